"""Maps of pixels as they are handed over: ids, masks, class labels beside the scores or maps that they belong to.

Source: the book's own.
"""

import math
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segbook.inputs.arrays import as_scores, as_tensor, as_whole


def as_ids(name: str, instances: Any, *, axes: int | None = 2) -> Tensor:
    """Take a map of ids, whole numbers of at least 0, as int64; 0 is background.

    Args:
        name: Of the argument, as the caller knows it.
        instances: A tensor or a NumPy array of any integer dtype.
        axes: 2 for (H, W) with pixels; None if the caller looks at the shape.

    Raises:
        ValueError: As in `as_whole`, or if it holds True and False, has another number of axes, no pixels, or negative
            ids.

    >>> as_ids("instances", torch.tensor([[0, -1]]))
    Traceback (most recent call last):
    ValueError: instances must be at least 0 (0 = background): got -1
    """
    ids = as_whole(name, instances)
    if instances.dtype in (torch.bool, np.bool_):
        raise ValueError(
            f"{name} must hold whole numbers, one for each object: got dtype {instances.dtype}; "
            "metrics.connected_components numbers the pieces of a mask"
        )
    if axes is not None and (ids.ndim != axes or 0 in ids.shape):
        raise ValueError(f"{name} must be (H, W) with pixels: got shape {tuple(ids.shape)}")
    if ids.numel() and ids.min() < 0:
        raise ValueError(f"{name} must be at least 0 (0 = background): got {ids.min().item()}")
    return ids


def as_mask(name: str, mask: Any) -> Tensor:
    """Take a foreground as bool: True and False, or whole numbers of which 0 is background and one other foreground.

    Args:
        name: Of the argument, as the caller knows it.
        mask: A tensor or a NumPy array of any integer dtype, or bool.

    Raises:
        ValueError: As in `as_tensor`, or if the dtype is one of floats, or there is more than one value beside 0.

    >>> as_mask("mask", np.array([0, 255], np.uint8))
    tensor([False,  True])
    """
    tensor = as_tensor(name, mask)
    if tensor.dtype == torch.bool:
        return tensor
    if tensor.is_floating_point():
        raise ValueError(f"{name} must hold True and False: got dtype {mask.dtype}; {name} > 0.5, for one, converts it")
    whole = as_whole(name, mask)
    foreground = whole != 0
    if foreground.any() and (other := foreground & (whole != whole[foreground][0])).any():
        raise ValueError(
            f"{name} must hold 0 and one other value: got {whole[foreground][0].item()} and {whole[other][0].item()}; "
            f"{name} == 1, for one, chooses a class"
        )
    return foreground


def check_same_shape(preds: Tensor, labels: Tensor, axes: int | None = None) -> None:
    """Refuse maps that do not lie on top of each other.

    Args:
        preds: Predicted map.
        labels: True map.
        axes: How many axes they must have; left out, any number.

    Raises:
        ValueError: If the shapes differ, or have another number of axes.

    >>> check_same_shape(torch.zeros(2, 3), torch.zeros(2, 4))
    Traceback (most recent call last):
    ValueError: preds and labels must have one shape: got (2, 3), (2, 4)
    """
    if preds.shape != labels.shape:
        raise ValueError(f"preds and labels must have one shape: got {tuple(preds.shape)}, {tuple(labels.shape)}")
    if axes is not None and preds.ndim != axes:
        raise ValueError(f"preds and labels must have {axes} axes, (N, H, W): got shape {tuple(preds.shape)}")


def where_counted(labels: Tensor, ignore_index: int | None) -> Tensor:
    """Say which pixels count: those whose label is not `ignore_index`, an integer compared with integers.

    Args:
        labels: From `as_whole`.
        ignore_index: Label of the pixels that do not count; None if all do.

    Raises:
        ValueError: If `ignore_index` is no whole number.

    >>> where_counted(torch.tensor([0, 255]), 255)
    tensor([ True, False])
    """
    if ignore_index is None:
        return torch.ones_like(labels, dtype=torch.bool)
    if not isinstance(ignore_index, Integral) or isinstance(ignore_index, bool):
        raise ValueError(f"ignore_index must be a whole number: got {ignore_index!r}")
    return labels != int(ignore_index)


def check_classes(
    name: str, labels: Tensor, num_classes: int, counted: Tensor, *, ignore_index: int | None = None
) -> None:
    """Refuse a value that is no class where a pixel counts.

    Args:
        name: Of the argument, as the caller knows it.
        labels: From `as_whole`.
        num_classes: How many classes there are.
        counted: Which pixels count, from `where_counted`.
        ignore_index: Named in the message, where the caller has one for these labels.

    Raises:
        ValueError: If a value that counts lies outside 0 … num_classes − 1.

    >>> labels = torch.tensor([[0, 255]])
    >>> check_classes("labels", labels, 2, where_counted(labels, -100), ignore_index=-100)
    Traceback (most recent call last):
    ValueError: labels hold 255 at [0, 1], which is none of 2 classes (0 … 1) and not ignore_index -100
    """
    if not labels.numel():
        return
    low, high = labels.where(counted, 0).aminmax()  # quicker than to look for the place at once
    if low < 0 or high >= num_classes:
        wrong = counted & ((labels < 0) | (labels >= num_classes))
        place = wrong.nonzero()[0].tolist()
        ignored = "" if ignore_index is None else f" and not ignore_index {ignore_index}"
        raise ValueError(
            f"{name} hold {labels[tuple(place)].item()} at {place}, which is none of {num_classes} classes "
            f"(0 … {num_classes - 1}){ignored}"
        )


def scores_and_labels(logits: Any, labels: Any, ignore_index: int) -> tuple[Tensor, Tensor, Tensor]:
    """Take what a loss compares, the scores of every pixel and its true class.

    Args:
        logits: Scores in (N, C, H, W), of any float dtype.
        labels: Class indices in (N, H, W), of any integer dtype.
        ignore_index: Label of the pixels that do not count.

    Returns:
        The scores, in float32 where they were coarser, because sums overflow half precision, whose largest number is
        65,504; the labels in int64; and which pixels count.

    Raises:
        ValueError: If a dtype or a shape is another, or a label is no class and not `ignore_index`.

    >>> [x.dtype for x in scores_and_labels(torch.zeros(1, 2, 1, 1).half(), np.ones((1, 1, 1), np.uint8), 255)]
    [torch.float32, torch.int64, torch.bool]
    """
    logits = as_scores("logits", logits)
    labels = as_whole("labels", labels, device=logits.device)
    if logits.ndim != 4 or labels.shape != (logits.shape[0], *logits.shape[2:]):
        raise ValueError(
            f"logits must be (N, C, H, W) and labels (N, H, W): got {tuple(logits.shape)}, {tuple(labels.shape)}"
        )
    counted = where_counted(labels, ignore_index)
    check_classes("labels", labels, logits.shape[1], counted, ignore_index=ignore_index)
    return logits.to(torch.promote_types(logits.dtype, torch.float32)), labels, counted


def as_weights(weight_map: Any, counted: Tensor, dtype: torch.dtype) -> Tensor:
    """Take the weights of pixels, of any real dtype; where a pixel does not count, 0.

    Args:
        weight_map: A tensor or a NumPy array of the labels' shape; an ignored pixel may hold anything, also nan.
        counted: Which pixels count.
        dtype: Of the result.

    Raises:
        ValueError: If the shapes differ, or a weight that counts is negative or not finite.

    >>> as_weights(torch.tensor([1.0, -1.0]), torch.tensor([True, True]), torch.float32)
    Traceback (most recent call last):
    ValueError: weight_map must hold finite numbers of at least 0: got -1
    """
    weights = as_tensor("weight_map", weight_map, device=counted.device)
    if weights.shape != counted.shape:
        raise ValueError(f"weight_map must be (N, H, W) like labels {tuple(counted.shape)}: got {tuple(weights.shape)}")
    weights = weights.to(dtype).where(counted, 0)
    if weights.numel():
        low, high = (bound.item() for bound in weights.detach().aminmax())  # nan, if there is one
        if not 0 <= low <= high < math.inf:
            wrong = high if low >= 0 else low
            raise ValueError(f"weight_map must hold finite numbers of at least 0: got {wrong:.4g}")
    return weights
