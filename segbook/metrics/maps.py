"""What the measures of objects ask of their maps: whole numbers in one shape, from torch or from NumPy."""

import numpy as np
from jaxtyping import Int64
from torch import Tensor

from segbook.inputs import as_whole


def whole_maps(**maps: Tensor | np.ndarray) -> list[Int64[np.ndarray, "N H W"]]:
    """Turn maps into arrays of int64, in their order.

    Args:
        maps: Stacks (N, H, W) of any integer dtype, or of True and False, under the names that the messages give them.

    Returns:
        The arrays; on the CPU.

    Raises:
        ValueError: If a map holds no whole numbers, or shapes differ or are not (N, H, W).

    Source: the book's own.

    >>> whole_maps(preds=np.zeros((1, 2, 2)))
    Traceback (most recent call last):
    ValueError: preds must hold whole numbers: got dtype float64
    """
    tensors = [as_whole(name, one) for name, one in maps.items()]
    shapes = [tuple(one.shape) for one in tensors]
    if len(set(shapes)) > 1 or len(shapes[0]) != 3 or 0 in shapes[0]:
        raise ValueError(
            f"{', '.join(maps)} must have one shape (N, H, W) with pixels: got {', '.join(map(str, shapes))}"
        )
    return [one.numpy(force=True) for one in tensors]


def check_objects(**maps: Int64[np.ndarray, "..."]) -> None:
    """Refuse negative ids.

    Args:
        maps: Ids of the pixels that count, under the names that the messages give them.

    Raises:
        ValueError: If an id is negative.

    Source: the book's own.

    >>> check_objects(labels=np.array([0, -3]))
    Traceback (most recent call last):
    ValueError: labels hold the id -3: ids must be at least 0, and 0 is background
    """
    for name, ids in maps.items():
        if ids.size and ids.min() < 0:
            raise ValueError(f"{name} hold the id {ids.min()}: ids must be at least 0, and 0 is background")
