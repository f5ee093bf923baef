"""How close predicted boundaries are to the true ones, which areas hardly show.

Source: Csurka, Larlus & Perronnin (2013), "What is a good evaluation measure for semantic segmentation?".
"""

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64, Integer
from scipy import ndimage
from torch import Tensor

from segbook.inputs import Array, Whole, as_whole, check_classes, check_same_shape, where_counted


def boundary_counts(
    preds: Whole[Array, "N H W"],
    labels: Whole[Array, "N H W"],
    *,
    num_classes: int,
    tolerance: float | int,
    ignore_index: int = -100,
) -> Int64[Tensor, "C 4"]:
    """Count, for every class, the boundary pixels of each map that have one of the other map nearby.

    A boundary pixel of class k is a pixel of k, one of whose four neighbours in the image is not of k; pairs with an
    ignored pixel do not count, and neither does the image's border. Nearby means: the centres are at most `tolerance`
    apart, in Euclidean distance. Counts of several batches are added.

    Args:
        preds: Predicted classes; integers of any size, or True and False.
        labels: True classes, or `ignore_index`.
        num_classes: C, how many classes there are.
        tolerance: Largest distance in pixels that still counts as found, 0 or more.
        ignore_index: Label of the pixels that do not count, in either map.

    Returns:
        A row for every class: predicted boundary pixels that are near a true one, all predicted ones, true ones that
        are near a predicted one, all true ones.

    Raises:
        ValueError: If shapes differ, a counted pixel holds no class, or the tolerance is negative or nan.

    Source: Csurka et al. (2013).

    >>> labels = torch.tensor([[[0, 0, 1, 1, 1]]])
    >>> preds = torch.tensor([[[0, 0, 0, 1, 1]]])
    >>> boundary_counts(preds, labels, num_classes=2, tolerance=0)
    tensor([[0, 1, 0, 1],
            [0, 1, 0, 1]])
    """
    preds, labels = as_whole("preds", preds).cpu(), as_whole("labels", labels).cpu()
    check_same_shape(preds, labels, axes=3)
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be at least 0 pixels: got {tolerance}")
    where = where_counted(labels, ignore_index)
    check_classes("preds", preds, num_classes, where)
    check_classes("labels", labels, num_classes, where, ignore_index=ignore_index)
    predicted, true, counted = preds.numpy(), labels.numpy(), where.numpy()
    counts = np.zeros((num_classes, 4), dtype=np.int64)
    for n, c in np.ndindex(len(labels), num_classes):
        pred_boundary = _boundary(predicted[n] == c, counted[n])
        true_boundary = _boundary(true[n] == c, counted[n])
        counts[c] += (
            _count_near(pred_boundary, true_boundary, tolerance),
            pred_boundary.sum(),
            _count_near(true_boundary, pred_boundary, tolerance),
            true_boundary.sum(),
        )
    return torch.from_numpy(counts)


def boundary_f_score(counts: Integer[Array, "C 4"]) -> Float64[Tensor, "C"]:
    """Combine precision P (predicted pixels near true ones) and recall R (true near predicted): F = 2PR / (P + R).

    Args:
        counts: The sum of what `boundary_counts` returned.

    Returns:
        A score between 0 and 1 for every class; nan if neither map has a boundary, 0 if only one has.

    Raises:
        ValueError: If there are not four counts for every class, or they are no whole numbers.

    Source: Csurka et al. (2013).

    Departs: they score every image and average the images that have the class; here all images are pooled.

    >>> boundary_f_score(torch.tensor([[3, 4, 2, 2], [0, 5, 0, 0], [0, 0, 0, 0]]))
    tensor([0.8571, 0.0000,    nan], dtype=torch.float64)
    """
    whole = as_whole("counts", counts)
    if whole.ndim != 2 or whole.shape[1] != 4:
        raise ValueError(f"counts must be (C, 4), as boundary_counts returns them: got shape {tuple(whole.shape)}")
    pred_near, pred_all, true_near, true_all = whole.cpu().double().unbind(dim=1)
    precision, recall = pred_near / pred_all, true_near / true_all
    score = 2 * precision * recall / (precision + recall)
    missed = (pred_near + true_near == 0) & (pred_all + true_all > 0)  # P or R may be 0/0 here
    return score.masked_fill(missed, 0)


def _boundary(mask: Bool[np.ndarray, "H W"], counted: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    return ndimage.binary_dilation(counted & ~mask) & mask & counted  # grows by the four neighbours


def _count_near(here: Bool[np.ndarray, "H W"], there: Bool[np.ndarray, "H W"], tolerance: float | int) -> int:
    if not there.any():  # the transform measures the distance to the nearest False and needs one
        return 0
    return int((ndimage.distance_transform_edt(~there)[here] <= tolerance).sum())
