"""Ids to compare where some pixels do not count: what measures of objects have in common."""

import numpy as np
from jaxtyping import Bool, Int64

from segbook.inputs import Array, Whole, as_ids, as_whole, check_same_shape, where_counted


def ids_that_count(
    preds: Whole[Array, "N H W"], labels: Whole[Array, "N H W"], ignore_index: int
) -> tuple[Int64[np.ndarray, "N H W"], Int64[np.ndarray, "N H W"], Bool[np.ndarray, "N H W"]]:
    """Take predicted and true ids, and say which pixels count.

    Args:
        preds: Predicted ids, or a mask.
        labels: True ids, or a mask; `ignore_index` where a pixel does not count.
        ignore_index: Label of these pixels.

    Returns:
        Predicted ids, true ids, both 0 where a pixel does not count, and where one counts. On the CPU.

    Raises:
        ValueError: If shapes differ, or an id that counts is negative or no whole number.

    Source: the book's own.

    >>> ids_that_count(np.array([[[1, 7]]]), np.array([[[2, 255]]]), 255)
    (array([[[1, 0]]]), array([[[2, 0]]]), array([[[ True, False]]]))
    """
    predicted, true = as_whole("preds", preds).cpu(), as_whole("labels", labels).cpu()
    check_same_shape(predicted, true, axes=3)
    counted = where_counted(true, ignore_index)
    predicted = as_ids("preds", predicted.where(counted, 0), axes=None)
    true = as_ids("labels", true.where(counted, 0), axes=None)
    return predicted.numpy(), true.numpy(), counted.numpy()
