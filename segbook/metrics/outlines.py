"""Outlines of single objects: which share of them is found, between cells and elsewhere, and how far off they are.

`boundaries` outlines classes: cells that touch have one outline together, and a network that opens the gap between
them is blamed for it. Here every id has an outline of its own, so the truth has a perfect score, and so have the ids
that `carve_touching` parted if they are the truth that a network learned.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64, Shaped
from scipy import ndimage
from torch import Tensor

from segbook.checks import check_number
from segbook.inputs import Array, Whole
from segbook.metrics.maps import ids_that_count


def outlines(
    instances: Shaped[np.ndarray, "*N H W"], counted: Bool[np.ndarray, "*N H W"] | None = None
) -> Bool[np.ndarray, "*N H W"]:
    """Mark the pixels of an id one of whose four neighbours in the image is not of it.

    Args:
        instances: Ids, 0 = background, or a mask.
        counted: Pixels that count; a pair with another one makes no outline. Left out, all count.

    Source: the book's own; `boundary_counts` outlines classes by the same rule.

    >>> outlines(np.array([[1, 1, 1, 2, 2]])).tolist()
    [[False, False, True, True, False]]
    """
    edge = np.zeros(instances.shape, bool)
    for axis in (-2, -1):
        first, second = (np.s_[..., :-1, :], np.s_[..., 1:, :]) if axis == -2 else (np.s_[..., :-1], np.s_[..., 1:])
        differ = instances[first] != instances[second]
        if counted is not None:
            differ &= counted[first] & counted[second]
        edge[first] |= differ
        edge[second] |= differ
    return edge & (instances > 0)


def cell_boundary_counts(
    preds: Whole[Array, "N H W"],
    labels: Whole[Array, "N H W"],
    *,
    tolerance: float | int,
    between: float | int = 4,
    ignore_index: int = -100,
) -> Int64[Tensor, "2 4"]:
    """Count the outline pixels of cells that have one of the other map nearby: between cells, and on outer outlines.

    A pixel lies between cells if a second true cell is at most `between` pixels away, its own included; both maps are
    divided by this rule, which looks at the truth only. Nearby means: the centres are at most `tolerance` apart, in
    Euclidean distance, whatever the ids. Counts of several batches are added.

    For the score of a network that learned carved ids, hand over these (`carve_touching`). Between cells that touch,
    uncarved ids have two lines of outline, a carve three pixels wide, so with a tolerance of 1 the two differ little.

    Args:
        preds: Predicted ids, 0 = background.
        labels: True ids, or `ignore_index`.
        tolerance: Largest distance in pixels that still counts as found.
        between: Largest distance in pixels to the second nearest true cell of what lies between cells. The time grows
            with its square.
        ignore_index: Label of the pixels that do not count.

    Returns:
        Two rows for `boundary_f_score`, between cells and outer, each with predicted outline pixels that are near a
        true one, all predicted ones, true ones that are near a predicted one, all true ones. The F-score of all
        outlines is that of their sum, `counts.sum(dim=0, keepdim=True)`.

    Raises:
        ValueError: If shapes differ, an id is negative or no whole number, or a distance is negative or not finite.

    Source: the book's own, after Csurka et al. (2013).

    >>> labels = torch.tensor([[[0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 0, 0]]])
    >>> cell_boundary_counts(labels > 0, labels, tolerance=0, between=1)  # the right pixels, as one object
    tensor([[0, 0, 0, 2],
            [2, 2, 2, 2]])
    """
    check_number("tolerance", tolerance)
    check_number("between", between)
    counts = np.zeros((2, 4), np.int64)
    for predicted, true, counted in zip(*ids_that_count(preds, labels, ignore_index), strict=True):
        inner = _near_two(true, between)
        pred_outline, true_outline = outlines(predicted, counted), outlines(true, counted)
        for row, zone in enumerate((inner, ~inner)):
            pred_here, true_here = pred_outline & zone, true_outline & zone
            near = (_distances(pred_here, true_outline) <= tolerance).sum()
            true_near = (_distances(true_here, pred_outline) <= tolerance).sum()
            counts[row] += near, pred_here.sum(), true_near, true_here.sum()
    return torch.from_numpy(counts)


def surface_distances(
    preds: Whole[Array, "N H W"],
    labels: Whole[Array, "N H W"],
    *,
    percentile: float | int = 95,
    ignore_index: int = -100,
) -> Float64[Tensor, "N 2"]:
    """Measure, image by image, how far the outlines of two maps lie apart: on average, and at worst.

    Every outline pixel of either map has a distance to the nearest one of the other. Their mean is the mean symmetric
    surface distance. Of each map alone, take the percentile; the larger of the two is the Hausdorff distance at 95 %
    (at 100 %, the Hausdorff distance itself, which one stray pixel decides).

    Args:
        preds: Predicted ids or a mask, 0 = background.
        labels: True ids or a mask, or `ignore_index`.
        percentile: Of the distances, 0 … 100.
        ignore_index: Label of the pixels that do not count.

    Returns:
        For every image, in pixels: the mean symmetric surface distance, and the Hausdorff distance at the percentile.
        Both are 0 for the truth. They are nan where neither map has an outline, and infinite where only one has, say
        for an answer that is all background: such images have to be counted apart, since no mean can hold them. The
        edge of the image is no outline, so an object that fills the image has none.

    Raises:
        ValueError: If shapes differ, an id is negative or no whole number, or the percentile is out of range.

    Source: Taha & Hanbury (2015), "Metrics for evaluating 3D medical image segmentation", for both distances.

    >>> labels = torch.tensor([[[0, 1, 1, 1, 0, 0]]])
    >>> preds = torch.tensor([[[0, 1, 1, 1, 1, 0]]])
    >>> surface_distances(preds, labels, percentile=100)  # right on the left, one pixel off on the right
    tensor([[0.5000, 1.0000]], dtype=torch.float64)
    """
    check_number("percentile", percentile, 0, 100)
    rows = []
    for predicted, true, counted in zip(*ids_that_count(preds, labels, ignore_index), strict=True):
        pred_outline, true_outline = outlines(predicted, counted), outlines(true, counted)
        there, back = _distances(pred_outline, true_outline), _distances(true_outline, pred_outline)
        if len(there) and len(back):
            worst = max(np.percentile(there, percentile), np.percentile(back, percentile))
            rows.append((np.concatenate([there, back]).mean(), worst))
        else:
            rows.append((np.inf, np.inf) if len(there) + len(back) else (np.nan, np.nan))
    return torch.tensor(rows, dtype=torch.float64).reshape(-1, 2)


def _distances(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Measure the distance of every marked pixel to the nearest one marked there; infinite if there is none."""
    if not there.any():
        return np.full(here.sum(), np.inf)
    return ndimage.distance_transform_edt(~there)[here]


def _near_two(ids: np.ndarray, pixels: float | int) -> np.ndarray:
    """Mark the pixels with two ids or more within so many pixels: the least id around is not the greatest there."""
    found, index = np.unique(np.append(0, ids), return_inverse=True)
    index, none = index[1:].reshape(ids.shape).astype(np.int32), len(found)
    reach = int(pixels)
    rows, columns = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    disc = rows**2 + columns**2 <= pixels**2
    greatest = ndimage.maximum_filter(index, footprint=disc, mode="constant", cval=0)
    least = ndimage.minimum_filter(np.where(index > 0, index, none), footprint=disc, mode="constant", cval=none)
    return least < greatest
