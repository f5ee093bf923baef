"""Panoptic quality: were the segments of every class found, and how well do they fit?

Source: Kirillov et al. (2019), "Panoptic segmentation".
"""

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from segbook.checks import check_number
from segbook.inputs import Array, Whole, as_ids, as_tensor, as_whole, check_classes, check_same_shape, where_counted

MATCH = 0.5  # IoU that a match exceeds, and the share of ignored pixels that excuses a false alarm


def panoptic_counts(
    preds: Whole[Array, "N H W"],
    labels: Whole[Array, "N H W"],
    pred_instances: Whole[Array, "N H W"],
    label_instances: Whole[Array, "N H W"],
    *,
    num_classes: int,
    ignore_index: int = -100,
) -> Float64[Tensor, "C 4"]:
    """Match predicted with true segments whose IoU exceeds one half; count them and add up the IoUs, class by class.

    The pixels of an image that have one class and one id are a segment. Where things are not told apart, as in the sky
    or in the background, let the id be 0. For cells of one kind, the classes are `(instances > 0).long()`: row 1 is
    theirs, and row 0 the background's.

    A match is unique. Segments of one map do not overlap, so only one of them can share more than half of its union
    with a given segment of the other: of two that did, each would cover more than half of that segment.

    Ignored pixels count for no IoU. A predicted segment without a match is no false alarm if more than half of it is
    ignored. Counts of several batches are added.

    Args:
        preds: Predicted classes; `ignore_index` where there is no answer.
        labels: True classes, or `ignore_index`.
        pred_instances: Predicted ids.
        label_instances: True ids; what is there under an ignored label is not looked at.
        num_classes: C, how many classes there are.
        ignore_index: Label of the pixels that do not count.

    Returns:
        A row for every class: sum of the matches' IoUs, true positives, false positives, false negatives (segments).

    Raises:
        ValueError: If shapes differ, a map holds no whole numbers, a pixel no class, or an id is negative.

    Source: Kirillov et al. (2019), sections 4.1 and 4.2.

    Departs: they also ignore the regions of groups, in which a data set does not tell things apart; mark such regions
        with `ignore_index`.

    >>> instances = torch.tensor([[[1, 1, 1, 0, 2]]])
    >>> found = torch.tensor([[[7, 7, 0, 0, 0]]])
    >>> panoptic_counts((found > 0).long(), (instances > 0).long(), found, instances, num_classes=2)
    tensor([[0.0000, 0.0000, 1.0000, 1.0000],
            [0.6667, 1.0000, 0.0000, 1.0000]], dtype=torch.float64)
    """
    check_number("num_classes", num_classes, 1, whole=True)
    classes = [as_whole("preds", preds).cpu(), as_whole("labels", labels).cpu()]
    ids = [as_whole("pred_instances", pred_instances).cpu(), as_whole("label_instances", label_instances).cpu()]
    check_same_shape(*classes, axes=3)
    counted = [where_counted(one, ignore_index) for one in classes]
    for name, of, where, one in zip(("pred", "label"), classes, counted, ids, strict=True):
        if one.shape != of.shape:
            raise ValueError(f"{name}_instances must be {tuple(of.shape)} like {name}s: got {tuple(one.shape)}")
        check_classes(f"{name}s", of, num_classes, where, ignore_index=ignore_index)
        as_ids(f"{name}_instances", one.where(where, 0), axes=None)
    total = np.zeros((num_classes, 4))
    for n in range(len(ids[0])):
        segments = [_segments(*(part[n].numpy() for part in maps)) for maps in zip(classes, ids, counted, strict=True)]
        total += _matched(*segments[0], *segments[1], num_classes)
    return torch.from_numpy(total)


def panoptic_quality(counts: Float[Array, "C 4"]) -> Float64[Tensor, "3 C"]:
    """Multiply how well the found segments fit, SQ, by the share that was found, RQ: PQ = SQ · RQ.

    SQ, the segmentation quality, is the mean IoU of the matches. RQ, the recognition quality, is the F-score of the
    detection, TP / (TP + ½ FP + ½ FN).

    Args:
        counts: The sum of what `panoptic_counts` returned.

    Returns:
        PQ, SQ and RQ, each with a share for every class: `pq, sq, rq = panoptic_quality(counts)`. All three are 1 for
        the truth. PQ and RQ are 0 if nothing of a class was found, say for an answer that is all background, and then
        there is no SQ (nan). A class with no segment in either map has nan everywhere. The paper averages PQ over the
        classes, `pq.nanmean()`.

    Raises:
        ValueError: If there are not four counts for every class.

    Source: Kirillov et al. (2019), equations 1 and 2.

    >>> pq, sq, rq = panoptic_quality(torch.tensor([[1.5, 2, 1, 1], [0, 0, 0, 3]]).double())
    >>> pq, sq, rq
    (tensor([0.5000, 0.0000], dtype=torch.float64), tensor([0.7500,    nan], dtype=torch.float64), \
tensor([0.6667, 0.0000], dtype=torch.float64))
    """
    table = as_tensor("counts", counts)
    if table.ndim != 2 or table.shape[1] != 4:
        raise ValueError(f"counts must be (C, 4), as panoptic_counts returns them: got shape {tuple(table.shape)}")
    ious, hits, false_alarms, misses = table.cpu().double().unbind(dim=1)
    found = hits + (false_alarms + misses) / 2
    return torch.stack([ious / found, ious / hits, hits / found])


def _segments(classes: np.ndarray, ids: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the segments of an image 1, 2, …, 0 where a pixel does not count; give the class of each, too."""
    _, index = np.unique(ids, return_inverse=True)
    keys = np.where(counted, classes * ids.size + index.reshape(ids.shape), -1)
    found, numbers = np.unique(np.append(-1, keys), return_inverse=True)
    return numbers[1:], found // ids.size


def _matched(
    predicted: np.ndarray, pred_classes: np.ndarray, true: np.ndarray, true_classes: np.ndarray, num_classes: int
) -> np.ndarray:
    """Count one image; segment 0 stands for the pixels that do not count."""
    pairs, shared = np.unique(predicted * len(true_classes) + true, return_counts=True)
    p, t = np.divmod(pairs, len(true_classes))
    pred_areas, true_areas = np.bincount(predicted), np.bincount(true)
    ignored = np.bincount(p[t == 0], shared[t == 0], minlength=len(pred_areas))
    alike = (p > 0) & (t > 0) & (pred_classes[p] == true_classes[t])
    p, t, shared = p[alike], t[alike], shared[alike]
    ious = shared / (pred_areas[p] - ignored[p] + true_areas[t] - shared)
    p, t, ious = p[ious > MATCH], t[ious > MATCH], ious[ious > MATCH]
    excused = np.flatnonzero(ignored > MATCH * pred_areas)
    false_alarms = np.delete(pred_classes, np.concatenate([[0], p, excused]))
    missed = np.delete(true_classes, np.append(0, t))
    columns = (true_classes[t], ious), (true_classes[t], None), (false_alarms, None), (missed, None)
    return np.stack([np.bincount(kinds, weights, minlength=num_classes) for kinds, weights in columns], axis=1)
