"""Pixel by pixel: one confusion matrix, and the scores that are read from it.

Source: notes N2; Long et al. (2015), section 5, for the names of the scores.
"""

import torch
from jaxtyping import Float64, Int64, Integer
from torch import Tensor

from segbook.inputs import Array, Whole, as_whole, check_classes, check_same_shape, where_counted


def confusion_matrix(
    preds: Whole[Array, "*pixels"], labels: Whole[Array, "*pixels"], *, num_classes: int, ignore_index: int = -100
) -> Int64[Tensor, "C C"]:
    """Count the pixels of every pair (true class, predicted class): rows are true, columns predicted.

    The matrices of several batches (or machines) are added: `total += confusion_matrix(…)`.

    Args:
        preds: Predicted classes, of any one shape with the labels; integers of any size, or True and False.
        labels: True classes, or `ignore_index`.
        num_classes: C, how many classes there are.
        ignore_index: Label of the pixels that do not count; what is predicted there is not looked at.

    Returns:
        Pixel counts, on the device of the labels.

    Raises:
        ValueError: If shapes differ, or a counted pixel holds no class.

    Source: Long et al. (2015), section 5: their n_ij.

    >>> preds, labels = torch.tensor([0, 1, 1, 0]), torch.tensor([0, 1, 0, 255])
    >>> confusion_matrix(preds, labels, num_classes=2, ignore_index=255)
    tensor([[1, 1],
            [0, 1]])
    """
    labels = as_whole("labels", labels)
    preds = as_whole("preds", preds, device=labels.device)
    check_same_shape(preds, labels)
    counted = where_counted(labels, ignore_index)
    check_classes("preds", preds, num_classes, counted)
    check_classes("labels", labels, num_classes, counted, ignore_index=ignore_index)
    pairs = torch.bincount(labels[counted] * num_classes + preds[counted], minlength=num_classes**2)
    return pairs.reshape(num_classes, num_classes)


def pixel_accuracy(confusion: Integer[Array, "C C"]) -> float:
    """Say which share of the counted pixels is right.

    Args:
        confusion: Pixel counts, rows true, columns predicted.

    Returns:
        A share between 0 and 1; nan if no pixel was counted.

    Raises:
        ValueError: If the matrix is not square, or holds no whole numbers.

    Source: Long et al. (2015), section 5.

    >>> pixel_accuracy(torch.tensor([[95, 0], [5, 0]]))
    0.95
    """
    right, true, _ = _areas(confusion)
    return (right.sum() / true.sum()).item()


def iou(confusion: Integer[Array, "C C"]) -> Float64[Tensor, "C"]:
    """Divide, for every class, the overlap of prediction and truth by the area of both together.

    Args:
        confusion: Pixel counts, rows true, columns predicted.

    Returns:
        A share for every class; nan for an absent one, which has no pixel in either map. A class that is predicted but
        not true anywhere has 0.

    Raises:
        ValueError: If the matrix is not square, or holds no whole numbers.

    Source: Everingham et al. (2010), "The Pascal visual object classes challenge".

    >>> iou(torch.tensor([[95, 0, 0], [5, 0, 0], [0, 0, 0]]))  # 95 % accuracy, and the second class never found
    tensor([0.9500, 0.0000,    nan], dtype=torch.float64)
    """
    right, true, predicted = _areas(confusion)
    return right / (true + predicted - right)


def mean_iou(confusion: Integer[Array, "C C"]) -> float:
    """Average the IoU over the classes that are present in the labels or the predictions.

    Args:
        confusion: Pixel counts, rows true, columns predicted.

    Returns:
        A share between 0 and 1; nan if every class is absent.

    Raises:
        ValueError: If the matrix is not square, or holds no whole numbers.

    Source: Long et al. (2015), section 5.

    Departs: they take every class to be present.

    >>> mean_iou(torch.tensor([[95, 0, 0], [5, 0, 0], [0, 0, 0]]))
    0.475
    """
    return iou(confusion).nanmean().item()


def dice(confusion: Integer[Array, "C C"]) -> Float64[Tensor, "C"]:
    """Divide, for every class, twice the overlap by the sum of the two areas: 2·IoU / (1 + IoU).

    Args:
        confusion: Pixel counts, rows true, columns predicted.

    Returns:
        A share for every class, absent ones nan (as in `iou`); the mean is `.nanmean()`.

    Raises:
        ValueError: If the matrix is not square, or holds no whole numbers.

    Source: Dice (1945), "Measures of the amount of ecologic association between species".

    >>> dice(torch.tensor([[2, 0], [2, 0]]))
    tensor([0.6667, 0.0000], dtype=torch.float64)
    """
    right, true, predicted = _areas(confusion)
    return 2 * right / (true + predicted)


def _areas(confusion: Array) -> tuple[Tensor, Tensor, Tensor]:
    """Read for every class the pixels that are right, true and predicted."""
    counts = as_whole("confusion", confusion)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"confusion must be square, (C, C): got shape {tuple(counts.shape)}")
    exact = counts.cpu().double()
    return exact.diagonal(), exact.sum(dim=1), exact.sum(dim=0)
