import pytest
import torch

from segbook import metrics
from segbook.data import border_labels, nuclei
from segbook.train.readout import IOUS, STARTS, Readout, foreground_by_otsu, score_classes, score_objects, tune

TRUTHS = [instances[:128, :128] for _, _, instances in nuclei("train")[1:4]]


def one_hot(labels, count):
    return torch.nn.functional.one_hot(labels, count).movedim(-1, 0).float()


def test_tuning_finds_the_read_out_that_gives_a_perfect_network_its_cells_back():
    truth = torch.zeros(24, 48, dtype=torch.int64)
    truth[8:16, 8:20], truth[8:16, 20:32] = 1, 2  # a bar of two: without a neck, its distance map has one ridge
    probs = [one_hot(border_labels(truth), 3)]
    best = tune(probs, [truth], STARTS[3])
    assert best.seeds == "border"
    tuned, plain = (score_objects(readout.all(probs), [truth]) for readout in (best, Readout()))
    assert (tuned["AP"]["0.90"], tuned["merged"]) == ([1.0], [0.0])
    assert (plain["AP"]["0.50"], plain["merged"]) == ([0.0], [1.0])


def test_tuning_ends_with_the_size_below_which_objects_are_noise():
    truth = torch.zeros(40, 40, dtype=torch.int64)
    truth[5:15, 5:15] = 1
    mask = truth > 0
    mask[30:35, 30:33] = True  # a speck of 15 pixels
    assert tune([one_hot(mask.long(), 2)], [truth], [Readout()]).smallest == 20


def test_scores_are_those_of_the_metrics_and_lie_in_their_intervals():
    found = [torch.where(truth % 5 == 1, 0, truth) for truth in TRUTHS]  # a fifth is missed
    scores = score_objects(found, TRUTHS)
    pairs = torch.stack(found), torch.stack(TRUTHS)
    expected = metrics.average_precision(metrics.instance_counts(*pairs, thresholds=IOUS))
    assert [scores["AP"][f"{iou:.2f}"][0] for iou in IOUS] == pytest.approx(expected.tolist(), abs=1e-4)
    assert scores["cells"] == sum(len(truth.unique()) - 1 for truth in TRUTHS)
    assert scores["merged"][0] == scores["split"][0] == 0
    for low_to_high in (scores["mean AP"], scores["IoU"]):
        score, low, high = low_to_high
        assert low <= score <= high
    assert len(scores["each"]["AP 0.50"]) == len(TRUTHS)
    for name, whole in (("AP 0.50", scores["AP"]["0.50"]), ("merged", scores["merged"])):
        parts, wholes = map(sum, zip(*scores["each"][name], strict=True))
        assert parts / wholes == pytest.approx(whole[0], abs=1e-4)
    merged = score_objects([(truth > 0).long() for truth in TRUTHS], TRUTHS)
    assert merged["merged"][0] == 1.0
    assert score_objects(found[:1], TRUTHS[:1])["IoU"] == [scores_of_one(found[0], TRUTHS[0])]  # no interval of one


def scores_of_one(found, truth):
    return pytest.approx(((found > 0) & (truth > 0)).sum().item() / (truth > 0).sum().item(), abs=1e-4)


def test_classes_are_scored_one_by_one_and_pieces_of_two_by_pairs():
    truths = [torch.tensor([[1, 1, 0, 1, 1]]), torch.tensor([[1, 1, 1, 1, 0]])]
    assert score_classes(truths, truths, 2)["adapted Rand error"] == [0, 0, 0]
    joined = [torch.ones_like(truth) for truth in truths]
    scores = score_classes(joined, truths, 2)
    assert scores["IoU of class 0"][0] == 0
    assert scores["IoU of class 1"][0] == 0.8
    assert scores["mean IoU"][0] == 0.4
    assert scores["adapted Rand error"][0] > 0.1  # one piece where there are two
    assert "adapted Rand error" not in score_classes(truths, truths, 3)


def test_otsu_marks_what_is_bright():
    image = torch.zeros(1, 8, 8)
    image[0, 2:4, 2:6] = 1
    assert foreground_by_otsu(image).argmax(dim=0).equal(image[0].long())
