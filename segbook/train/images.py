"""Images as they come, and logits as models return them."""

import numpy as np
import torch
from torch import Tensor, nn

from segbook.inputs import as_tensor


def check_images(images: object) -> Tensor:
    """Take a batch of images as a tensor, or say what it should be.

    Args:
        images: A tensor or a NumPy array (N, C_in, H, W) of floats, or of uint8 from 0 to 255.

    Returns:
        The same values in a tensor, not copied where that is possible.

    Raises:
        ValueError: As in `as_tensor`, or if it has other axes or no pixels, or is of integers other than uint8.

    >>> check_images(np.zeros((64, 48)))
    Traceback (most recent call last):
    ValueError: images must be (N, C_in, H, W): got shape (64, 48); of one grey image make image[None, None]
    """
    images = as_tensor("images", images)
    if images.ndim != 4 or 0 in images.shape[1:]:
        hint = {2: "; of one grey image make image[None, None]", 3: "; of one image (C_in, H, W) make image[None]"}
        raise ValueError(
            f"images must be (N, C_in, H, W): got shape {tuple(images.shape)}{hint.get(images.ndim, ' without pixels')}"
        )
    if not images.is_floating_point() and images.dtype != torch.uint8:
        raise ValueError(
            f"images must hold floats, or uint8 from 0 to 255: got {images.dtype}; scale them as for training, "
            "16 bits for example by images / 65535.0"
        )
    return images


def to_numbers_of(model: nn.Module, images: Tensor) -> Tensor:
    """Give images the number format of a model's weights; uint8 is divided by 255.

    Args:
        model: Any module; one without weights leaves floats as they are.
        images: What `check_images` returned.
    """
    weights = (parameter.dtype for parameter in model.parameters() if parameter.is_floating_point())
    dtype = next(weights, images.dtype if images.is_floating_point() else torch.float32)
    return images.to(dtype) / 255 if images.dtype == torch.uint8 else images.to(dtype)


def describe(value: object) -> str:
    """Say what something is, for a message: a tensor by its shape and dtype, a container by what is in it.

    Args:
        value: Anything.

    >>> describe(torch.zeros(2, 3)), describe({"out": 1, "aux": 2}), describe((1, 2))
    ('(2, 3) float32', 'a dict with out, aux', 'a tuple of 2')
    """
    if isinstance(value, Tensor | np.ndarray):
        return f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, dict):
        return f"a dict with {', '.join(map(str, value))}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return type(value).__name__
