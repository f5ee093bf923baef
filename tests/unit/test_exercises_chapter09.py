"""Chapter 9: references against segbook, scipy and torch, and right answers that other people would write."""

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt
from scipy.special import log_softmax
from torch.nn import functional as F

from segbook import losses, metrics
from segbook.exercises import get, judge
from segbook.weight_map import balanced_weights, border_weights

SEEDS = range(10)


def cases(id):
    return [case for seed in SEEDS for case in get(id).draw(seed)]


def test_the_distances_of_the_reference_match_scipys_transforms():
    for case in cases("9.1"):
        (instances,) = case.args
        each = [distance_transform_edt(instances != cell) for cell in np.unique(instances[instances > 0])]
        np.testing.assert_allclose(get("9.1").reference(instances), np.sort(each, axis=0)[:2], atol=1e-12)


def test_the_border_term_of_the_reference_is_that_of_the_weight_map():
    for case in cases("9.1"):
        (instances,) = case.args
        d_1, d_2 = get("9.1").reference(instances)
        term = get("9.2").reference(d_1, d_2, instances, w_0=10.0, sigma=5.0)
        np.testing.assert_allclose(term, border_weights(torch.from_numpy(instances)), atol=1e-6)


def test_without_a_second_cell_the_border_term_is_0():
    for case in cases("9.2"):
        if case.group == "one cell":
            assert not get("9.2").reference(*case.args, **case.options).any()


def test_the_class_weights_of_the_reference_match_segbook_and_balance_the_classes():
    for case in cases("9.3"):
        labels, num_classes = case.args
        weights = get("9.3").reference(labels, num_classes, **case.options)
        expected = balanced_weights(torch.from_numpy(labels), num_classes, **case.options)
        np.testing.assert_allclose(weights, expected, rtol=1e-6)
        totals = [weights[c] * (labels == c).sum() for c in range(num_classes) if (labels == c).any()]
        np.testing.assert_allclose(totals, totals[0])


def test_the_loss_of_the_reference_matches_segbook_and_torch():
    for case in cases("9.4"):
        logits, labels, weights = (torch.from_numpy(values)[None] for values in case.args)
        value = get("9.4").reference(*case.args)
        assert value == pytest.approx(losses.cross_entropy(logits, labels, weights, reduction="pixel_mean").item())
        assert value == pytest.approx((F.cross_entropy(logits, labels, reduction="none") * weights).mean().item())


def test_the_merged_cells_of_the_reference_match_segbook():
    for case in cases("9.5"):
        preds, labels = (torch.from_numpy(values)[None] for values in case.args)
        assert get("9.5").reference(*case.args) == metrics.merged_cells(preds, labels)


# Right answers by other ways


def distances_by_loops(instances):
    ids = sorted(set(instances.ravel().tolist()) - {0})
    out = np.zeros((2, *instances.shape), np.float32)
    for place in np.ndindex(instances.shape):
        each = sorted(min(np.hypot(*np.subtract(place, q)) for q in np.argwhere(instances == i)) for i in ids)
        out[:, place[0], place[1]] = each[:2]
    return out


def distances_by_keeping_two(instances):
    first = np.full(instances.shape, np.inf)
    second = first.copy()
    for i in np.unique(instances)[1:]:
        d = distance_transform_edt(instances != i)
        second = np.minimum(second, np.maximum(first, d))
        first = np.minimum(first, d)
    return np.stack((first, second))


def border_by_mask(d_1, d_2, instances, *, w_0, sigma):
    return (instances == 0) * w_0 * np.exp(-0.5 * ((d_1 + d_2) / sigma) ** 2)


def border_by_loops(d_1, d_2, instances, *, w_0, sigma):
    out = np.zeros(instances.shape)
    for place in zip(*np.nonzero(instances == 0), strict=True):
        out[place] = w_0 / np.exp((d_1[place] + d_2[place]) ** 2 / 2 / sigma / sigma)
    return out.astype(np.float32)


def weights_by_counting(labels, num_classes, *, ignore_index):
    kept = [c for c in labels.ravel().tolist() if c != ignore_index]
    return np.array([len(kept) / len(set(kept)) / kept.count(c) if c in kept else 0 for c in range(num_classes)])


def weights_from_one_hot(labels, num_classes, *, ignore_index):
    shares = (labels[..., None] == np.arange(num_classes)).reshape(-1, num_classes).sum(0)
    shares = shares / shares.sum()
    return np.divide(1 / np.count_nonzero(shares), shares, out=np.zeros(num_classes), where=shares > 0)


def loss_by_scipy(logits, labels, weights):
    picked = (np.eye(len(logits))[labels] * np.moveaxis(log_softmax(logits, axis=0), 0, -1)).sum(-1)
    return -np.mean(weights * picked)


def loss_by_loops(logits, labels, weights):
    total = 0.0
    for i, j in np.ndindex(labels.shape):
        total += weights[i, j] * np.logaddexp.reduce(logits[:, i, j] - logits[labels[i, j], i, j])
    return total / (labels.shape[0] * labels.shape[1])


def merged_by_dictionary(preds, labels):
    held = {}
    for cell in set(labels.ravel().tolist()) - {0}:
        for name in set(preds.ravel().tolist()) - {0}:
            if 2 * np.sum((preds == name) & (labels == cell)) > np.sum(labels == cell):
                held.setdefault(name, []).append(cell)
    return sum(len(cells) for cells in held.values() if len(cells) > 1)


def merged_by_table(preds, labels):
    table = np.zeros((preds.max() + 1, labels.max() + 1), int)
    np.add.at(table, (preds, labels), 1)
    held = (table > table.sum(axis=0) / 2)[1:, 1:].sum(axis=1)
    return held[held > 1].sum()


@pytest.mark.parametrize(
    ("id", "answer"),
    [("9.1", distances_by_loops), ("9.1", distances_by_keeping_two), ("9.2", border_by_mask), ("9.2", border_by_loops),
     ("9.3", weights_by_counting), ("9.3", weights_from_one_hot), ("9.4", loss_by_scipy), ("9.4", loss_by_loops),
     ("9.5", merged_by_dictionary), ("9.5", merged_by_table)],
    ids=lambda value: getattr(value, "__name__", value),
)  # fmt: skip
def test_other_right_answers_earn_full_marks(id, answer):
    for seed in SEEDS:
        verdict = judge(get(id), answer, seed)
        assert verdict.earned == verdict.possible, verdict.results
