"""Metrics against torchmetrics, scikit-image and brute force."""

import math
import re
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.measure import label as skimage_label
from skimage.metrics import hausdorff_distance
from torchmetrics.functional.classification import (
    multiclass_accuracy,
    multiclass_confusion_matrix,
    multiclass_f1_score,
    multiclass_jaccard_index,
)

from segbook.metrics import (
    IOU_THRESHOLDS,
    average_precision,
    boundary_counts,
    boundary_f_score,
    confusion_matrix,
    connected_components,
    dice,
    instance_counts,
    iou,
    mean_iou,
    merged_cells,
    pixel_accuracy,
    split_cells,
)

SMALL = settings(deadline=None, max_examples=50)
SHAPES = st.tuples(st.integers(1, 2), st.integers(1, 6), st.integers(1, 7))


@st.composite
def two_maps(draw, low=0, high=3, ignored=()):
    shape = draw(SHAPES)
    values = st.sampled_from([*range(low, high + 1)])
    preds = draw(hnp.arrays(np.int64, shape, elements=values))
    labels = draw(hnp.arrays(np.int64, shape, elements=st.sampled_from([*range(low, high + 1), *ignored])))
    return torch.from_numpy(preds), torch.from_numpy(labels)


def nan_equal(ours, expected):
    torch.testing.assert_close(ours, torch.as_tensor(expected, dtype=torch.float64), equal_nan=True)


# --- pixels


@SMALL
@given(two_maps(ignored=[255]))
def test_the_confusion_matrix_is_torchmetrics(maps):
    preds, labels = maps
    ours = confusion_matrix(preds, labels, num_classes=4, ignore_index=255)
    expected = multiclass_confusion_matrix(preds, labels, num_classes=4, ignore_index=255)
    assert ours.tolist() == expected.tolist()


@SMALL
@given(two_maps(ignored=[255]))
def test_scores_are_torchmetrics_and_absent_classes_are_nan(maps):
    preds, labels = maps
    confusion = confusion_matrix(preds, labels, num_classes=5, ignore_index=255)
    counted = labels != 255
    present = torch.tensor([((preds == k) & counted).any() or (labels == k).any() for k in range(5)])
    arguments = {"num_classes": 5, "ignore_index": 255, "average": "none"}
    expected = multiclass_jaccard_index(preds, labels, **arguments).double()
    nan_equal(iou(confusion), torch.where(present, expected, math.nan))
    expected = multiclass_f1_score(preds, labels, **arguments).double()
    nan_equal(dice(confusion), torch.where(present, expected, math.nan))
    if counted.any():
        expected = multiclass_accuracy(preds, labels, num_classes=5, ignore_index=255, average="micro")
        assert pixel_accuracy(confusion) == pytest.approx(expected.item(), rel=1e-6)
        expected = multiclass_jaccard_index(preds, labels, num_classes=5, ignore_index=255, average="macro")
        assert mean_iou(confusion) == pytest.approx(expected.item(), rel=1e-6)
    else:
        assert math.isnan(pixel_accuracy(confusion))
        assert math.isnan(mean_iou(confusion))


def test_rows_are_true_and_columns_predicted():
    confusion = confusion_matrix(torch.tensor([1, 1, 0]), torch.tensor([0, 0, 0]), num_classes=2)
    assert confusion.tolist() == [[1, 2], [0, 0]]
    assert confusion.dtype == torch.int64


def test_what_is_predicted_under_an_ignored_label_is_not_looked_at():
    preds, labels = torch.tensor([[0, 77]]), torch.tensor([[0, -100]])
    assert confusion_matrix(preds, labels, num_classes=1).tolist() == [[1]]


def test_a_class_predicted_but_not_there_has_iou_zero_and_an_absent_one_none():
    confusion = confusion_matrix(torch.tensor([0, 1]), torch.tensor([0, 0]), num_classes=3)
    nan_equal(iou(confusion), [0.5, 0, math.nan])
    nan_equal(dice(confusion), [2 / 3, 0, math.nan])
    assert mean_iou(confusion) == 0.25


def test_ninety_five_percent_right_and_one_class_never_found():
    labels = torch.tensor([0] * 95 + [1] * 5)
    confusion = confusion_matrix(torch.zeros_like(labels), labels, num_classes=2)
    assert pixel_accuracy(confusion) == 0.95
    assert iou(confusion).tolist() == [0.95, 0]


# --- boundaries


def boundary_by_loops(classes, counted, k):
    height, width = classes.shape
    found = []
    for row, column in product(range(height), range(width)):
        if counted[row, column] and classes[row, column] == k:
            near = [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
            near = [(r, c) for r, c in near if 0 <= r < height and 0 <= c < width and counted[r, c]]
            if any(classes[r, c] != k for r, c in near):
                found.append((row, column))
    return found


def boundary_counts_by_loops(preds, labels, num_classes, tolerance, ignore_index):
    rows = []
    for k in range(num_classes):
        row = [0, 0, 0, 0]
        for pred, label in zip(preds.numpy(), labels.numpy(), strict=True):
            counted = label != ignore_index
            here, there = boundary_by_loops(pred, counted, k), boundary_by_loops(label, counted, k)
            row[0] += sum(any(math.dist(a, b) <= tolerance for b in there) for a in here)
            row[1] += len(here)
            row[2] += sum(any(math.dist(a, b) <= tolerance for a in here) for b in there)
            row[3] += len(there)
        rows.append(row)
    return rows


@SMALL
@given(two_maps(high=2, ignored=[255]), st.sampled_from([0, 1, 1.4, 1.5, 2, math.inf]))
def test_boundary_counts_match_brute_force(maps, tolerance):
    ours = boundary_counts(*maps, num_classes=3, tolerance=tolerance, ignore_index=255)
    assert ours.tolist() == boundary_counts_by_loops(*maps, 3, tolerance, 255)


@SMALL
@given(two_maps(high=1), st.sampled_from([0.0, 1.0, 2.5]))
def test_boundary_f_score_is_two_sided_precision_and_recall(maps, tolerance):
    counts = boundary_counts(*maps, num_classes=2, tolerance=tolerance)
    for k, (a, b, c, d) in enumerate(counts.tolist()):
        score = boundary_f_score(counts)[k].item()
        if b + d == 0:
            assert math.isnan(score)
        elif a * c == 0:
            assert score == 0
        else:
            assert score == pytest.approx(2 * (a / b) * (c / d) / (a / b + c / d))
    flipped = boundary_counts(maps[1], maps[0], num_classes=2, tolerance=tolerance)
    nan_equal(boundary_f_score(flipped), boundary_f_score(counts))


def test_a_shifted_square_is_found_within_its_shift_which_is_the_hausdorff_distance():
    preds, labels = torch.zeros(1, 30, 30, dtype=torch.int64), torch.zeros(1, 30, 30, dtype=torch.int64)
    labels[:, 8:18, 8:18], preds[:, 11:21, 12:22] = 1, 1
    edges = [np.zeros((30, 30), bool) for _ in range(2)]
    for edge, (top, left) in zip(edges, ((8, 8), (11, 12)), strict=True):
        edge[top : top + 10, left : left + 10] = True
        edge[top + 1 : top + 9, left + 1 : left + 9] = False
    distance = hausdorff_distance(*edges)
    assert distance == 5  # 3 down, 4 across: Euclid, not Chebyshev
    for tolerance, perfect in ((distance, True), (distance - 0.01, False)):
        score = boundary_f_score(boundary_counts(preds, labels, num_classes=2, tolerance=tolerance))[1].item()
        assert (score == 1) == perfect


def test_the_images_border_is_no_boundary():
    ones = torch.ones(1, 4, 4, dtype=torch.int64)
    assert boundary_counts(ones, ones, num_classes=2, tolerance=1).sum() == 0


def test_a_boundary_in_only_one_map_scores_zero_and_in_none_nan():
    half = torch.tensor([[[0, 0, 1, 1]]])
    none = torch.zeros_like(half)
    nan_equal(boundary_f_score(boundary_counts(half, none, num_classes=3, tolerance=9)), [0, 0, math.nan])
    nan_equal(boundary_f_score(boundary_counts(none, half, num_classes=3, tolerance=9)), [0, 0, math.nan])
    nan_equal(boundary_f_score(torch.tensor([[0, 4, 0, 4]])), [0])


# --- instances


@SMALL
@given(hnp.arrays(bool, SHAPES), st.sampled_from([4, 8]))
def test_connected_components_are_scikit_images(mask, connectivity):
    ours = connected_components(torch.from_numpy(mask), connectivity=connectivity)
    for n, image in enumerate(mask):
        expected = skimage_label(image, connectivity=1 if connectivity == 4 else 2)
        assert ours[n].tolist() == expected.tolist()


def test_by_default_corners_do_not_connect():
    assert connected_components(torch.eye(3, dtype=torch.bool)[None]).max() == 3


def objects(image):
    return [image == i for i in np.unique(image) if i]


def counts_by_loops(preds, labels, thresholds):
    """Match greedily, the best pair first: an independent way to the same counts."""
    rows = []
    for threshold in thresholds:
        row = [0, 0, 0]
        for pred, label in zip(preds.numpy(), labels.numpy(), strict=True):
            ours, theirs = objects(pred), objects(label)
            pairs = [((a & b).sum() / (a | b).sum(), i, j) for i, a in enumerate(ours) for j, b in enumerate(theirs)]
            used_i, used_j = set(), set()
            for score, i, j in sorted(pairs, reverse=True):
                if score > threshold and i not in used_i and j not in used_j:
                    used_i.add(i)
                    used_j.add(j)
            row = [row[0] + len(used_i), row[1] + len(ours) - len(used_i), row[2] + len(theirs) - len(used_j)]
        rows.append(row)
    return rows


@SMALL
@given(two_maps())
def test_instance_counts_match_greedy_matching(maps):
    assert instance_counts(*maps).tolist() == counts_by_loops(*maps, IOU_THRESHOLDS)


def test_thresholds_run_from_one_half_to_95_percent_in_steps_of_5():
    assert IOU_THRESHOLDS == (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@pytest.mark.parametrize("common", range(11, 21))
def test_a_match_must_exceed_its_threshold_whatever_the_rounding(common):
    labels, preds = torch.ones(1, 1, 20, dtype=torch.int64), torch.zeros(1, 1, 20, dtype=torch.int64)
    preds[:, :, :common] = 9  # IoU = common / 20, a multiple of 0.05
    hits = instance_counts(preds, labels)[:, 0].tolist()
    assert hits == [int(100 * common > 20 * percent) for percent in range(50, 100, 5)]


def test_a_hand_made_scene_has_the_bowls_score():
    labels = torch.tensor([[[1, 1, 1, 1, 0, 2, 2, 0, 3, 3]]])
    preds = torch.tensor([[[5, 5, 5, 0, 0, 8, 8, 0, 0, 4]]])  # IoU 3/4, 1, and 1/2, which is no match
    counts = instance_counts(preds, labels)
    assert counts.tolist() == [[2, 1, 1]] * 5 + [[1, 2, 2]] * 5  # 0.75 is not above 0.75
    assert average_precision(counts).mean().item() == pytest.approx((5 * 2 / 4 + 5 * 1 / 5) / 10)


def test_empty_images_score_nan_and_one_sided_ones_zero():
    cell, empty = torch.tensor([[[1, 1]]]), torch.tensor([[[0, 0]]])
    assert average_precision(instance_counts(empty, empty)).isnan().all()
    assert average_precision(instance_counts(cell, empty)).tolist() == [0] * 10
    assert average_precision(instance_counts(empty, cell)).tolist() == [0] * 10
    assert average_precision(instance_counts(cell, cell)).tolist() == [1] * 10
    assert merged_cells(cell, empty) == merged_cells(empty, cell) == split_cells(empty, empty) == 0


def merged_by_loops(preds, labels, share):
    total = 0
    for pred, label in zip(preds.numpy(), labels.numpy(), strict=True):
        for blob in objects(pred):
            held = sum((blob & cell).sum() > share * cell.sum() for cell in objects(label))
            total += held if held >= 2 else 0
    return int(total)


def split_by_loops(preds, labels, share):
    total = 0
    for pred, label in zip(preds.numpy(), labels.numpy(), strict=True):
        for cell in objects(label):
            total += sum((blob & cell).sum() > share * blob.sum() for blob in objects(pred)) >= 2
    return int(total)


@SMALL
@given(two_maps(), st.sampled_from([0.5, 0.75, 0.9]))
def test_merges_and_splits_match_their_definitions(maps, share):
    assert merged_cells(*maps, share=share) == merged_by_loops(*maps, share)
    assert split_cells(*maps, share=share) == split_by_loops(*maps, share)


def test_three_cells_in_one_blob_are_three_merged_cells_and_a_touch_is_none():
    labels = torch.tensor([[[1, 1, 2, 2, 3, 3, 0, 4, 4, 4]]])
    assert merged_cells(labels.clamp(max=1), labels) == 4
    blob = torch.tensor([[[1, 1, 1, 1, 1, 1, 0, 2, 2, 2]]])
    assert merged_cells(blob, labels) == 3
    touch = torch.tensor([[[1, 1, 1, 2, 3, 3, 0, 4, 4, 4]]])  # half of cell 2 is not more than half
    assert merged_cells(touch, labels) == 0
    assert split_cells(touch, labels) == 0


def test_a_cell_in_two_pieces_is_split_once():
    cell = torch.tensor([[[7, 7, 7, 7, 7, 7]]])
    assert split_cells(torch.tensor([[[1, 0, 2, 0, 3, 0]]]), cell) == 1
    assert split_cells(torch.tensor([[[1, 1, 1, 1, 0, 0]]]), cell) == 0
    assert merged_cells(torch.tensor([[[1, 0, 2, 0, 3, 0]]]), cell) == 0


def test_half_of_an_object_is_not_more_than_half():
    labels, preds = torch.tensor([[[1, 1, 2, 2]]]), torch.tensor([[[5, 6, 6, 7]]])
    assert split_cells(preds, labels) == 0  # 6 lies in both cells by halves and is held by neither
    assert merged_cells(labels, preds) == 0


def test_ids_are_names_only():
    labels, preds = torch.tensor([[[0, 1, 1, 2, 2]]]), torch.tensor([[[0, 1, 1, 1, 2]]])
    renamed = torch.tensor([0, 10**12, 3])[preds]
    assert instance_counts(renamed, labels).tolist() == instance_counts(preds, labels).tolist()
    assert merged_cells(renamed, labels) == merged_cells(preds, labels)


# --- streaming


@SMALL
@given(two_maps())
def test_counts_of_batches_add_up_to_the_counts_of_all(maps):
    for count in (
        lambda p, q: confusion_matrix(p, q, num_classes=4),
        lambda p, q: boundary_counts(p, q, num_classes=4, tolerance=1),
        lambda p, q: instance_counts(p, q),
        lambda p, q: torch.tensor([merged_cells(p, q), split_cells(p, q)]),
    ):
        parts = sum(count(p[None], q[None]) for p, q in zip(*maps, strict=True))
        assert parts.tolist() == count(*maps).tolist()


A, B = torch.zeros(1, 2, 2, dtype=torch.int64), torch.tensor([[[0, 1], [2, -3]]])


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (
            lambda: confusion_matrix(B, A, num_classes=2),
            r"preds hold 2 at \[0, 1, 0\], which is none of 2 classes \(0 … 1\)$",
        ),
        (
            lambda: confusion_matrix(A, B, num_classes=3),
            r"labels hold -3 at \[0, 1, 1\], which is none of 3 classes \(0 … 2\) and not ignore_index -100",
        ),
        (lambda: boundary_counts(B, A, num_classes=2, tolerance=1), "preds hold 2 at .* none of 2 classes"),
        (lambda: boundary_counts(A, B, num_classes=3, tolerance=1), "labels hold -3 at .* none of 3 classes"),
        (lambda: boundary_counts(A, A, num_classes=3, tolerance=-1), "tolerance must be at least 0 pixels: got -1"),
        (lambda: boundary_counts(A, A, num_classes=3, tolerance=math.nan), "at least 0 pixels: got nan"),
        (lambda: connected_components(A.bool(), connectivity=6), "connectivity must be 4 .* or 8 .*: got 6"),
        (lambda: instance_counts(B, A), "preds must be at least 0 .* got -3"),
        (lambda: merged_cells(A, B), "labels must be at least 0 .* got -3"),
        (lambda: instance_counts(A, A, thresholds=[0.5, 0.4]), "threshold must be at least 0.5 and below 1: got 0.4"),
        (lambda: instance_counts(A, A, thresholds=[1.0]), "threshold must be at least 0.5 and below 1: got 1.0"),
        (lambda: merged_cells(A, A, share=0.49), "share must be at least 0.5 and below 1: got 0.49"),
        (lambda: split_cells(A, A, share=1.0), "share must be at least 0.5 and below 1: got 1.0"),
    ],
)
def test_bad_input_raises_and_shows_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
