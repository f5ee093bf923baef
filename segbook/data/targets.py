"""Targets that keep objects apart: the classes inside, border and outside, made from ids."""

import numpy as np
import torch
from jaxtyping import Int64, Integer
from scipy import ndimage
from torch import Tensor

from segbook.checks import check_number
from segbook.inputs import Array, as_ids

BORDER_CLASSES = ("outside", "inside", "border")


def border_labels(instances: Integer[Array, "H W"], *, width: int | float = 1) -> Int64[Tensor, "H W"]:
    """Turn ids into three classes: 0 outside, 1 inside, 2 border.

    The border is the outermost part of every object: its pixels that lie at most `width` from a pixel of something
    else, background or another object. So the border takes nothing from the background, and between two objects that
    touch runs a border of twice the width. Where the picture ends, no border is drawn: the object may go on there. An
    object thinner than twice the width is all border.

    Args:
        instances: Ids, 0 = background.
        width: Of the border in pixels, between centres: 1 takes the pixels with a foreign neighbour beside, above or
            below, 1.5 also those with one across a corner.

    Raises:
        ValueError: If the ids are not whole numbers of at least 0 in (H, W), or the width is below 1.

    Source: after the boundary class of Caicedo et al. (2019), "Evaluation of deep learning strategies for nucleus
    segmentation in fluorescence images".

    >>> border_labels(torch.tensor([[0, 0, 0, 0, 0, 0], [0, 3, 3, 3, 5, 5], [0, 3, 3, 3, 5, 5], [0, 3, 3, 3, 5, 5]]))
    tensor([[0, 0, 0, 0, 0, 0],
            [0, 2, 2, 2, 2, 2],
            [0, 2, 1, 2, 2, 1],
            [0, 2, 1, 2, 2, 1]])
    """
    check_number("width", width, 1, None)
    ids = as_ids("instances", instances).numpy(force=True)
    numbers, contiguous = np.unique(np.append(ids.ravel(), 0), return_inverse=True)  # with 0: it stays background
    contiguous = contiguous[:-1].reshape(ids.shape)
    labels = (ids > 0).astype(np.int64)
    for number, box in enumerate(ndimage.find_objects(contiguous, max_label=len(numbers) - 1), start=1):
        # The nearest foreign pixel is never farther out than the ring around the object's box.
        window = tuple(slice(max(0, side.start - 1), side.stop + 1) for side in box)
        own = contiguous[window] == number
        if not own.all():
            labels[window][own & (ndimage.distance_transform_edt(own) <= width)] = 2
    return torch.from_numpy(labels).to(instances.device if isinstance(instances, Tensor) else "cpu")
