"""Outlines cell by cell and surface distances, against loops, scikit-image and what a perfect answer deserves."""

import math
import re
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.metrics import hausdorff_distance

from segbook.data import cell_scene
from segbook.metrics import boundary_counts, boundary_f_score, cell_boundary_counts, surface_distances
from segbook.metrics.outlines import outlines
from segbook.pixel_weights import carve_touching

SMALL = settings(deadline=None, max_examples=60)
CROWDED = dict(size=96, num_cells=10, radius=9.0, radius_spread=2.0, clustering=0.8)


@st.composite
def two_maps(draw, ignored=()):
    shape = draw(st.tuples(st.integers(1, 2), st.integers(1, 6), st.integers(1, 7)))
    ids = [0, 1, 2, 70_000]
    preds = draw(hnp.arrays(np.int64, shape, elements=st.sampled_from(ids)))
    labels = draw(hnp.arrays(np.int64, shape, elements=st.sampled_from([*ids, *ignored])))
    return torch.from_numpy(preds), torch.from_numpy(labels)


@pytest.fixture(scope="module")
def crowd():
    """True ids of a few crowded scenes, and the same carved."""
    truth = torch.stack([cell_scene(seed=seed, **CROWDED).instances for seed in range(6)])
    return truth, torch.stack([carve_touching(ids) for ids in truth])


def outline_by_loops(ids, counted):
    height, width = ids.shape
    found = []
    for row, column in product(range(height), range(width)):
        if counted[row, column] and ids[row, column] > 0:
            near = [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
            near = [(r, c) for r, c in near if 0 <= r < height and 0 <= c < width and counted[r, c]]
            if any(ids[r, c] != ids[row, column] for r, c in near):
                found.append((row, column))
    return found


def is_between(place, ids, counted, pixels):
    reached = set()
    for other in product(*map(range, ids.shape)):
        if counted[other] and ids[other] > 0 and math.dist(place, other) <= pixels:
            reached.add(ids[other])
    return len(reached) > 1


def counts_by_loops(preds, labels, tolerance, between, ignore_index):
    rows = [[0] * 4, [0] * 4]
    for pred, label in zip(preds.numpy(), labels.numpy(), strict=True):
        counted = label != ignore_index
        here, there = outline_by_loops(pred, counted), outline_by_loops(label, counted)
        for start, mine, others in ((0, here, there), (2, there, here)):
            for place in mine:
                row = rows[0 if is_between(place, label, counted, between) else 1]
                row[start] += any(math.dist(place, other) <= tolerance for other in others)
                row[start + 1] += 1
    return rows


@SMALL
@given(two_maps(ignored=[255]), st.sampled_from([0, 1, 1.5, 2]), st.sampled_from([0, 1, 1.5, 3, 20]))
def test_counts_match_brute_force(maps, tolerance, between):
    ours = cell_boundary_counts(*maps, tolerance=tolerance, between=between, ignore_index=255)
    assert ours.tolist() == counts_by_loops(*maps, tolerance, between, 255)


@SMALL
@given(hnp.arrays(np.int64, (2, 4, 5), elements=st.sampled_from([0, 1, 2, 9])), hnp.arrays(bool, (2, 4, 5)))
def test_outlines_match_brute_force(ids, counted):
    for mask in (counted, None):
        marked = outlines(ids, mask)
        for n in range(2):
            expected = outline_by_loops(ids[n], np.ones((4, 5), bool) if mask is None else mask[n])
            assert sorted(map(tuple, np.argwhere(marked[n]).tolist())) == sorted(expected)
    assert (outlines(ids[0]) == outlines(ids)[0]).all()


def all_outlines(*maps, **options):
    return boundary_f_score(cell_boundary_counts(*maps, **options).sum(dim=0, keepdim=True)).item()


def test_a_perfect_answer_to_the_carved_target_is_perfect_and_was_not_by_classes(crowd):
    truth, carved = crowd
    for ids in crowd:
        assert boundary_f_score(cell_boundary_counts(ids, ids, tolerance=0)).tolist() == [1, 1]
    by_classes = boundary_counts((carved > 0).long(), (truth > 0).long(), num_classes=2, tolerance=1)
    assert boundary_f_score(by_classes)[1] < 0.9
    assert all_outlines(carved, truth, tolerance=1) > 0.95  # the corners of a carve are √2 away
    assert all_outlines(truth, carved, tolerance=1) > 0.95


def test_what_is_wrong_between_cells_shows_between_cells(crowd):
    _, carved = crowd
    merged = (carved > 0).long()
    for n, ids in enumerate(crowd[0]):
        merged[n][ids > 0] = 1  # all in one, gaps filled
    counts = cell_boundary_counts(merged, carved, tolerance=1)
    between, outer = boundary_f_score(counts).tolist()
    assert between < 0.7  # precision is not what suffers
    assert counts[0, 2] < counts[0, 3] / 2
    assert outer > 0.97


def test_an_outline_may_be_found_by_one_that_lies_in_the_other_part():
    labels = torch.tensor([[[1, 1, 1, 2, 2, 2, 0, 0]]])  # between cells: the third and the fourth pixel
    preds = torch.tensor([[[1, 1, 1, 1, 1, 0, 0, 0]]])  # an outline in the fifth
    found = [[0, 0, 1, 2], [1, 1, 1, 1]]
    assert cell_boundary_counts(preds, labels, tolerance=1, between=1).tolist() == found
    labels, preds = torch.tensor([[[1, 0, 0, 0, 2]]]), torch.tensor([[[0, 0, 5, 0, 0]]])  # between: the third
    assert cell_boundary_counts(preds, labels, tolerance=2, between=2).tolist() == [[1, 1, 0, 0], [0, 0, 2, 2]]


def test_an_answer_of_background_scores_zero_and_no_cells_nan(crowd):
    truth, _ = crowd
    empty = torch.zeros_like(truth)
    assert boundary_f_score(cell_boundary_counts(empty, truth, tolerance=9)).tolist() == [0, 0]
    between, outer = boundary_f_score(cell_boundary_counts(truth, empty, tolerance=9)).tolist()
    assert math.isnan(between)  # where there is no second true cell, nothing lies between cells
    assert outer == 0
    assert boundary_f_score(cell_boundary_counts(empty, empty, tolerance=9)).isnan().all()


# --- surface distances


def distances_by_loops(pred, label, counted, percentile):
    here, there = outline_by_loops(pred, counted), outline_by_loops(label, counted)
    if not here and not there:
        return [math.nan, math.nan]
    if not here or not there:
        return [math.inf, math.inf]
    forth = [min(math.dist(a, b) for b in there) for a in here]
    back = [min(math.dist(a, b) for a in here) for b in there]
    at = []
    for distances in (sorted(forth), sorted(back)):
        place = percentile / 100 * (len(distances) - 1)
        low, high = distances[math.floor(place)], distances[math.ceil(place)]
        at.append(low + (place - math.floor(place)) * (high - low))
    return [sum(forth + back) / len(forth + back), max(at)]


@SMALL
@given(two_maps(ignored=[255]), st.sampled_from([0, 50, 95, 100]))
def test_surface_distances_match_brute_force(maps, percentile):
    ours = surface_distances(*maps, percentile=percentile, ignore_index=255)
    for row, pred, label in zip(ours.tolist(), *(one.numpy() for one in maps), strict=True):
        assert row == pytest.approx(distances_by_loops(pred, label, label != 255, percentile), nan_ok=True)


@SMALL
@given(two_maps())
def test_the_hundredth_percentile_is_scikit_images_hausdorff_distance(maps):
    ours = surface_distances(*maps, percentile=100)[:, 1].tolist()
    for distance, *edges in zip(ours, *(outlines(one.numpy()) for one in maps), strict=True):
        expected = hausdorff_distance(*edges) if edges[0].any() or edges[1].any() else math.nan
        assert distance == pytest.approx(expected, nan_ok=True)


def test_a_square_that_is_moved_lies_as_far_off_as_it_was_moved():
    labels, preds = torch.zeros(1, 40, 40, dtype=torch.int64), torch.zeros(1, 40, 40, dtype=torch.int64)
    labels[:, 5:25, 5:25], preds[:, 8:28, 9:29] = 1, 1
    mean, hausdorff = surface_distances(preds, labels, percentile=100)[0].tolist()
    assert hausdorff == 5
    assert 2 < mean < 4
    assert surface_distances(preds, labels)[0, 1] <= hausdorff
    far = preds.clone()
    far[:, 38, 2] = 7  # one stray pixel decides the Hausdorff distance, and hardly that at 95 %
    assert surface_distances(far, labels, percentile=100)[0, 1] > 13
    assert surface_distances(far, labels)[0, 1] <= 5


def test_perfect_lazy_and_joined_answers_and_images_without_cells(crowd):
    truth, _ = crowd
    empty, full = torch.zeros_like(truth), torch.ones_like(truth)
    assert (surface_distances(truth, truth) == 0).all()
    assert surface_distances(empty, truth).isinf().all()
    assert surface_distances(full, truth).isinf().all()  # what fills the image has no outline
    assert surface_distances(empty, empty).isnan().all()
    joined = surface_distances((truth > 0), truth)
    assert joined.isfinite().all()
    assert (joined[:, 0] > 0.2).all()


# --- both


def test_ids_are_names_only(crowd):
    truth, carved = crowd
    order = torch.randperm(int(truth.max()), generator=torch.Generator().manual_seed(0)) + 1
    table = torch.cat([torch.zeros(1, dtype=torch.int64), 65_530 + 10_000_000_000 * order])
    for measure in (surface_distances, lambda *maps: cell_boundary_counts(*maps, tolerance=1)):
        expected = measure(carved, truth)
        assert torch.equal(measure(table[carved], truth), expected)
        assert torch.equal(measure(carved, table[truth]), expected)


@SMALL
@given(two_maps(ignored=[255]), st.integers(0, 3))
def test_what_is_ignored_might_as_well_be_cut_off(maps, columns):
    preds, labels = maps
    kept = labels.shape[2] - min(columns, labels.shape[2] - 1)
    ignored = labels.clone()
    ignored[:, :, kept:] = 255
    for measure in (surface_distances, lambda *maps, **kw: cell_boundary_counts(*maps, tolerance=1, **kw)):
        torch.testing.assert_close(
            measure(preds, ignored, ignore_index=255),
            measure(preds[:, :, :kept], labels[:, :, :kept], ignore_index=255),
            equal_nan=True,
        )


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64])
def test_every_integer_dtype_and_numpy_arrays_are_taken(crowd, kind):
    truth, carved = crowd
    arrays = [ids.numpy().astype(kind) for ids in (carved, truth)]
    for measure in (surface_distances, lambda *maps: cell_boundary_counts(*maps, tolerance=1)):
        assert torch.equal(measure(*arrays), measure(carved, truth))
        assert torch.equal(measure(*map(torch.from_numpy, arrays)), measure(carved, truth))


A, B = torch.zeros(1, 2, 2, dtype=torch.int64), torch.tensor([[[0, 1], [2, -3]]])


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: cell_boundary_counts(B, A, tolerance=1), "preds must be at least 0 .* got -3"),
        (lambda: surface_distances(A, B), "labels must be at least 0 .* got -3"),
        (lambda: cell_boundary_counts(A, A, tolerance=-1), "tolerance must be a number of at least 0: got -1"),
        (lambda: cell_boundary_counts(A, A, tolerance=math.inf), "tolerance must be a number of at least 0: got inf"),
        (lambda: cell_boundary_counts(A, A, tolerance=1, between=math.nan), "between must be a number .* got nan"),
        (lambda: surface_distances(A, A, percentile=101), "percentile must be a number from 0 to 100: got 101"),
    ],
)
def test_bad_input_is_refused_with_the_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
