"""Panoptic quality against torchmetrics, loops and numbers by hand."""

import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torchmetrics.functional.detection import panoptic_quality as torchmetrics_quality

from segbook.data import cell_scene
from segbook.metrics import average_precision, instance_counts, panoptic_counts, panoptic_quality

SMALL = settings(deadline=None, max_examples=60)
VOID = 255


@st.composite
def four_maps(draw, void=False, unanswered=False, ids=(0, 1, 2)):
    """Classes 0 … 2 and ids of a prediction and a truth, in few colours, so that matches are common."""
    shape = draw(st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 5)))
    columns = []
    for ignored in (unanswered, void):
        classes = draw(hnp.arrays(np.int64, shape, elements=st.sampled_from([0, 1, 2] + ignored * [VOID])))
        columns.append((classes, draw(hnp.arrays(np.int64, shape, elements=st.sampled_from(ids)))))
    (preds, pred_ids), (labels, ids_) = columns
    if draw(st.booleans()):  # mostly right
        some = draw(hnp.arrays(bool, shape))
        preds = np.where(some & (labels != VOID), labels, preds)
        pred_ids = np.where(some, ids_, pred_ids)
    return tuple(torch.from_numpy(one) for one in (preds, labels, pred_ids, ids_))


def count(maps, **options):
    return panoptic_counts(*maps, num_classes=3, ignore_index=VOID, **options)


def segments(classes, ids):
    """Give the pixels of every segment of an image."""
    found = {}
    for place in np.ndindex(*classes.shape):
        if classes[place] != VOID:
            found.setdefault((classes[place], ids[place]), set()).add(place)
    return found


def counts_by_loops(preds, labels, pred_ids, ids):
    rows = [[0.0, 0, 0, 0] for _ in range(3)]
    for n in range(len(labels)):
        void = {place for place in np.ndindex(*labels[n].shape) if labels[n][place] == VOID}
        theirs, ours = segments(labels[n], ids[n]), segments(preds[n], pred_ids[n])
        left = dict(theirs)
        for (kind, _), pixels in ours.items():
            for key, others in theirs.items():
                iou = len(pixels & others) / len((pixels - void) | others)
                if key[0] == kind and iou > 0.5:
                    del left[key]  # an error if it was matched before
                    rows[kind][0] += iou
                    rows[kind][1] += 1
                    break
            else:
                rows[kind][2] += len(pixels & void) <= len(pixels) / 2
        for kind, _ in left:
            rows[kind][3] += 1
    return rows


@SMALL
@given(st.one_of(four_maps(void=True, unanswered=True), four_maps(void=True), four_maps()))
def test_counts_match_brute_force(maps):
    torch.testing.assert_close(count(maps), torch.tensor(counts_by_loops(*(one.numpy() for one in maps))).double())


@SMALL
@given(four_maps(void=True))
def test_scores_are_torchmetrics(maps):
    preds, labels, pred_ids, ids = maps
    both = (torch.stack(pair, dim=-1) for pair in ((preds, pred_ids), (labels, ids)))
    expected = torchmetrics_quality(*both, {0, 1, 2}, set(), return_sq_and_rq=True, return_per_class=True)
    ours = panoptic_quality(count(maps)).T
    torch.testing.assert_close(ours.nan_to_num(), expected.double().reshape(3, 3), atol=1e-6, rtol=0)


def test_the_numbers_of_a_scene_by_hand():
    labels = torch.tensor([[[1, 1, 1, 1, 0, 1, 1, 0, 2, 2]]])
    ids = torch.tensor([[[1, 1, 1, 1, 0, 2, 2, 0, 1, 1]]])
    preds = torch.tensor([[[1, 1, 1, 0, 0, 1, 1, 2, 2, 1]]])
    pred_ids = torch.tensor([[[4, 4, 4, 0, 0, 5, 5, 1, 1, 6]]])
    # Class 0: 1 of 3 pixels in common. Class 1: 3/4, 2/2, and a false alarm. Class 2: 1 of 3.
    assert count((preds, labels, pred_ids, ids)).tolist() == [[0, 0, 1, 1], [1.75, 2, 1, 0], [0, 0, 1, 1]]
    pq, sq, rq = panoptic_quality(count((preds, labels, pred_ids, ids)))
    assert pq.tolist() == pytest.approx([0, 1.75 / 2.5, 0])
    assert sq[1].item() == pytest.approx(0.875)
    assert rq[1].item() == pytest.approx(0.8)


def test_ignored_pixels_leave_the_union_and_excuse_what_lies_on_them():
    labels = torch.tensor([[[1, 1, VOID, VOID, VOID, 0, 0]]])
    ids = torch.tensor([[[1, 1, 0, 0, 0, 0, 0]]])
    preds = torch.tensor([[[1, 1, 1, 1, 1, 0, 0]]])
    assert count((preds, labels, ids + 1, ids))[1].tolist() == [1, 1, 0, 0]  # one object of 5 pixels, 3 ignored
    other = torch.tensor([[[5, 5, 5, 6, 6, 0, 0]]])
    assert count((preds, labels, other, ids))[1].tolist() == [1, 1, 0, 0]  # 6 lies on ignored pixels only
    half = torch.tensor([[[1, 1, VOID, 0, 0, 0, 0]]])
    assert count((preds, half, torch.tensor([[[5, 5, 6, 6, 0, 0, 0]]]), ids))[1].tolist() == [1, 1, 2, 0]


def cells(pred_ids, ids):
    return panoptic_counts((pred_ids > 0).long(), (ids > 0).long(), pred_ids, ids, num_classes=2)


def test_perfect_lazy_and_joined_answers_and_images_without_cells():
    truth = torch.stack([cell_scene(seed=seed, size=64).instances for seed in range(3)])
    empty, full = torch.zeros_like(truth), torch.ones_like(truth)
    assert (panoptic_quality(cells(truth, truth)) == 1).all()
    assert panoptic_quality(cells(empty, truth))[0, 1] == 0
    assert panoptic_quality(cells(empty, truth))[1, 1].isnan()
    assert panoptic_quality(cells(full, truth))[0, 1] == 0
    assert panoptic_quality(cells(truth, empty))[0, 1] == 0
    assert panoptic_quality(cells(empty, empty))[:, 1].isnan().all()
    assert panoptic_quality(cells(empty, empty))[:, 0].tolist() == [1, 1, 1]


@SMALL
@given(four_maps(ids=(0, 1, 2, 3)))
def test_cells_of_one_kind_are_counted_as_instance_counts_does(maps):
    *_, pred_ids, ids = maps
    ours = cells(pred_ids, ids)[1]
    hits = instance_counts(pred_ids, ids, thresholds=(0.5,))
    assert ours[1:].tolist() == hits[0].tolist()
    if hits.sum():
        assert panoptic_quality(ours[None])[2].item() >= average_precision(hits).item()


@SMALL
@given(four_maps(void=True, unanswered=True))
def test_ids_are_names_only_and_batches_add_up(maps):
    preds, labels, pred_ids, ids = maps
    table = torch.tensor([70_000, 2**62, 0])
    assert torch.equal(count((preds, labels, table[pred_ids], ids)), count(maps))
    assert torch.equal(count((preds, labels, pred_ids, table[ids])), count(maps))
    parts = [count(tuple(one[n : n + 1] for one in maps)) for n in range(len(preds))]
    torch.testing.assert_close(sum(parts), count(maps))
    arrays = tuple(one.numpy().astype(np.uint16) for one in maps)
    assert torch.equal(count(arrays), count(maps))


A = torch.zeros(1, 2, 2, dtype=torch.int64)
BAD = torch.tensor([[[0, 1], [2, -3]]])


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: panoptic_counts(BAD, A, A, A, num_classes=2), "preds hold 2 at .* which is none of 2 classes"),
        (lambda: panoptic_counts(A, BAD, A, A, num_classes=3), "labels hold -3 at .* which is none of 3 classes"),
        (lambda: panoptic_counts(A, A, BAD, A, num_classes=3), "pred_instances must be at least 0 .* got -3"),
        (lambda: panoptic_counts(A, A, A, BAD, num_classes=3), "label_instances must be at least 0 .* got -3"),
        (lambda: panoptic_counts(A, A, A, A, num_classes=0), "num_classes must be a whole number of at least 1: got 0"),
    ],
)
def test_bad_input_is_refused_with_the_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()


def test_an_id_under_an_ignored_label_is_not_looked_at():
    labels, ids = torch.tensor([[[1, VOID]]]), torch.tensor([[[1, -1]]])
    assert count((labels.clamp(max=1), labels, ids.abs(), ids))[1].tolist() == [1, 1, 0, 0]
    assert math.isnan(panoptic_quality(torch.zeros(1, 4).double())[0, 0])
