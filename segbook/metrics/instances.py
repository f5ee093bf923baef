"""Object by object: which cells were found, which merged, which split.

Instances are maps of ids, 0 for the background; ids need not be contiguous, and every id of an image is one object,
also where its pixels do not touch.

Source: notes N1 and N11; Caicedo et al. (2019), "Nucleus segmentation across imaging experiments: the 2018 Data Science
Bowl".
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float64, Int, Int64, Integer
from scipy import ndimage
from torch import Tensor

from segbook.inputs import Array, Whole, as_ids, as_mask, as_whole, check_same_shape

IOU_THRESHOLDS = tuple(percent / 100 for percent in range(50, 100, 5))


def connected_components(mask: Whole[Array, "N H W"], *, connectivity: int = 4) -> Int64[Tensor, "N H W"]:
    """Give every connected piece of the foreground an id of its own, image by image.

    Args:
        mask: Foreground: True and False, or whole numbers of which 0 is background and one other foreground.
        connectivity: 4, where pixels connect through edges, or 8, where corners connect them too.

    Returns:
        Ids 1, 2, … in each image, in the order of their first pixels, row by row; 0 is background. On the CPU.

    Raises:
        ValueError: If `mask` is not (N, H, W) or holds other values, or the connectivity is neither 4 nor 8.

    Source: Rosenfeld & Pfaltz (1966), "Sequential operations in digital picture processing".

    >>> diagonal = torch.eye(2, dtype=torch.bool)[None]
    >>> connected_components(diagonal).max().item(), connected_components(diagonal, connectivity=8).max().item()
    (2, 1)
    """
    foreground = as_mask("mask", mask)
    if foreground.ndim != 3:
        raise ValueError(f"mask must be (N, H, W): got shape {tuple(foreground.shape)}")
    if connectivity not in (4, 8):
        raise ValueError(f"connectivity must be 4 (edges) or 8 (edges and corners): got {connectivity}")
    neighbours = np.ones((3, 3)) if connectivity == 8 else None  # None: through edges
    instances = torch.zeros(foreground.shape, dtype=torch.int64)
    for n, image in enumerate(foreground.cpu().numpy()):
        instances[n] = torch.from_numpy(ndimage.label(image, structure=neighbours)[0])
    return instances


def instance_counts(
    preds: Integer[Array, "N H W"], labels: Integer[Array, "N H W"], *, thresholds: Sequence[float] = IOU_THRESHOLDS
) -> Int64[Tensor, "T 3"]:
    """Match predicted with true objects whose IoU exceeds a threshold; count hits, false alarms and misses.

    Above one half a match is unique: two objects that each fill more than half of a third would overlap.
    Counts of several batches are added.

    Args:
        preds: Predicted instances.
        labels: True instances.
        thresholds: IoU that a match must exceed, each at least 0.5 and below 1.

    Returns:
        A row for every threshold: true positives, false positives, false negatives.

    Raises:
        ValueError: If shapes differ, an id is negative or no whole number, or a threshold is out of range.

    Source: Caicedo et al. (2019), methods.

    >>> labels = torch.tensor([[[1, 1, 1, 0, 2]]])
    >>> preds = torch.tensor([[[7, 7, 0, 0, 0]]])
    >>> instance_counts(preds, labels, thresholds=[0.5, 0.75])  # the IoU of 7 and 1 is 2/3
    tensor([[1, 0, 1],
            [0, 1, 2]])
    """
    for threshold in thresholds:
        _check_share("threshold", threshold)
    counts = torch.zeros(len(thresholds), 3, dtype=torch.int64)
    for overlap, pred_areas, true_areas in _overlaps(preds, labels):
        ious = overlap / (pred_areas[:, None] + true_areas - overlap)
        for row, threshold in enumerate(thresholds):
            hits = int((ious > threshold).sum())
            counts[row] += torch.tensor([hits, len(pred_areas) - hits, len(true_areas) - hits])
    return counts


def average_precision(counts: Integer[Array, "T 3"]) -> Float64[Tensor, "T"]:
    """Divide the hits by all objects, predicted or missed: TP / (TP + FP + FN) at every threshold.

    Its mean over the thresholds 0.5, 0.55 … 0.95 is the score of the Data Science Bowl 2018, where it is taken for
    every image and then averaged over images; counts that were added pool all objects instead.

    Args:
        counts: What `instance_counts` returned, or a sum of it.

    Returns:
        A share for every threshold; nan if there is no object in either map, 0 if there are objects in only one.

    Raises:
        ValueError: If there are not three counts for every threshold, or they are no whole numbers.

    Source: Caicedo et al. (2019), methods; the competition's page calls it average precision.

    Departs: elsewhere that name means the area under the precision–recall curve; no score ranks the objects here.

    >>> average_precision(torch.tensor([[1, 0, 1], [0, 1, 2], [0, 0, 0]]))
    tensor([0.5000, 0.0000,    nan], dtype=torch.float64)
    """
    whole = as_whole("counts", counts)
    if whole.ndim != 2 or whole.shape[1] != 3:
        raise ValueError(f"counts must be (T, 3), as instance_counts returns them: got shape {tuple(whole.shape)}")
    exact = whole.cpu().double()
    return exact[:, 0] / exact.sum(dim=1)


def bowl_scores(
    preds: Integer[Array, "N H W"], labels: Integer[Array, "N H W"], *, thresholds: Sequence[float] = IOU_THRESHOLDS
) -> Float64[Tensor, "N"]:
    """Score every image as the Data Science Bowl 2018 did: the mean of `average_precision` over the thresholds.

    The competition's score is the mean over the images, `bowl_scores(preds, labels).nanmean()`, in which an image with
    few cells counts as much as one with many.

    Args:
        preds: Predicted instances.
        labels: True instances.
        thresholds: IoUs that a match must exceed; left out, 0.5, 0.55 … 0.95. `IOU_THRESHOLDS[:9]` ends at 0.9.

    Returns:
        A share for every image: 1 for the truth, 0 for background everywhere; nan if there is no object in either map.

    Raises:
        ValueError: If shapes differ, an id is negative, or a threshold is out of range.

    Source: Caicedo et al. (2019), methods, and the competition's page.

    >>> labels = torch.tensor([[[1, 1, 1, 0, 2]], [[1, 1, 1, 1, 1]]])
    >>> preds = torch.tensor([[[7, 7, 0, 0, 0]], [[1, 1, 1, 1, 1]]])
    >>> bowl_scores(preds, labels, thresholds=(0.5, 0.75))
    tensor([0.2500, 1.0000], dtype=torch.float64)
    """
    predicted, true = as_ids("preds", preds, axes=None), as_ids("labels", labels, axes=None)
    check_same_shape(predicted, true, axes=3)
    counts = [
        instance_counts(*pair, thresholds=thresholds) for pair in zip(predicted.split(1), true.split(1), strict=True)
    ]
    return torch.tensor([average_precision(one).mean() for one in counts], dtype=torch.float64)


def merged_cells(preds: Integer[Array, "N H W"], labels: Integer[Array, "N H W"], *, share: float = 0.5) -> int:
    """Count the true cells that share their predicted object with another true cell.

    A predicted object holds a cell if it covers more than `share` of the cell's pixels; an object that holds two or
    more cells has merged them, and each of those cells counts once. Counts of several batches are added.

    Args:
        preds: Predicted instances.
        labels: True instances.
        share: Share of a cell's pixels that must be exceeded, at least 0.5 and below 1, so that at most one object
            holds a cell.

    Returns:
        Cells, not objects and not pairs: three cells in one object are three merged cells.

    Raises:
        ValueError: If shapes differ, an id is negative or no whole number, or the share is out of range.

    Source: notes N11; the book's own definition.

    >>> labels = torch.tensor([[[1, 1, 2, 2, 0, 3]]])
    >>> merged_cells(torch.tensor([[[1, 1, 1, 1, 0, 2]]]), labels)
    2
    >>> merged_cells(torch.tensor([[[1, 1, 1, 2, 0, 2]]]), labels)  # half of cell 2 is not more than half
    0
    """
    _check_share("share", share)
    merged = 0
    for overlap, _, true_areas in _overlaps(preds, labels):
        held = (overlap > share * true_areas).sum(axis=1)
        merged += int(held[held > 1].sum())
    return merged


def split_cells(preds: Integer[Array, "N H W"], labels: Integer[Array, "N H W"], *, share: float = 0.5) -> int:
    """Count the true cells that hold two or more predicted objects: a merge with the parts exchanged.

    A cell holds an object if it covers more than `share` of the object's pixels. Specks count: remove objects that are
    too small to matter before. Counts of several batches are added.

    Args:
        preds: Predicted instances.
        labels: True instances.
        share: Share of an object's pixels that must be exceeded, at least 0.5 and below 1.

    Returns:
        Cells that were split, however many the pieces.

    Raises:
        ValueError: If shapes differ, an id is negative or no whole number, or the share is out of range.

    Source: the book's own definition.

    >>> split_cells(torch.tensor([[[1, 1, 0, 2, 2, 2]]]), torch.tensor([[[5, 5, 5, 5, 5, 0]]]))
    1
    """
    _check_share("share", share)
    split = 0
    for overlap, pred_areas, _ in _overlaps(preds, labels):
        held = (overlap > share * pred_areas[:, None]).sum(axis=0)
        split += int((held > 1).sum())
    return split


def _overlaps(preds: Array, labels: Array) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For every image: common pixels (predicted, true), pixels of each predicted object, pixels of each true one."""
    preds, labels = as_ids("preds", preds, axes=None).cpu(), as_ids("labels", labels, axes=None).cpu()
    check_same_shape(preds, labels, axes=3)
    tables = []
    for predicted, true in zip(preds.numpy(), labels.numpy(), strict=True):
        pred_ids, pred_index = _ids(predicted)
        true_ids, true_index = _ids(true)
        shape = len(pred_ids), len(true_ids)
        pairs = np.bincount(pred_index * shape[1] + true_index, minlength=shape[0] * shape[1]).reshape(shape)
        tables.append((pairs[1:, 1:], pairs[1:].sum(axis=1), pairs[:, 1:].sum(axis=0)))
    return tables


def _ids(instances: Int[np.ndarray, "H W"]) -> tuple[np.ndarray, np.ndarray]:
    """List the ids of an image, background first even where there is none, and every pixel's place in the list."""
    ids, index = np.unique(np.append(instances.ravel(), 0), return_inverse=True)
    return ids, index[:-1]


def _check_share(name: str, value: float) -> None:
    if not 0.5 <= value < 1:
        raise ValueError(f"{name} must be at least 0.5 and below 1: got {value}")
