"""Numbers as they are handed over: which containers and dtypes are taken, and what becomes of them.

Source: the book's own.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

Array = np.ndarray | Tensor

if TYPE_CHECKING:  # to a type checker a dtype is a remark, as jaxtyping's own are
    from typing import Annotated as Whole
else:
    from jaxtyping import AbstractDtype, Bool, Integer

    class Whole(AbstractDtype):
        """Integers of any size, signed or not, or True and False for 1 and 0."""

        dtypes = (*Integer.dtypes, *Bool.dtypes)


def as_tensor(name: str, values: Any, *, device: torch.device | None = None) -> Tensor:
    """Take numbers of any real dtype, or True and False, as a tensor.

    Args:
        name: Of the argument, as the caller knows it.
        values: A tensor, which is given back as it is, or a NumPy array of any layout and byte order.
        device: Where an array goes; a tensor stays where it is.

    Raises:
        ValueError: If it is neither, holds no real numbers, or some of its values are masked or not stored.

    >>> as_tensor("image", np.array([[1, 2], [3, 4]], ">u2")[:, ::-1])
    tensor([[2, 1],
            [4, 3]], dtype=torch.uint16)
    """
    if isinstance(values, Tensor):
        if values.layout != torch.strided:
            raise ValueError(f"{name} must be dense: got layout {values.layout}; {name}.to_dense() converts it")
        if values.is_complex():
            raise ValueError(f"{name} must hold real numbers: got dtype {values.dtype}")
        return values
    if not isinstance(values, np.ndarray):
        given = type(values).__name__
        raise ValueError(f"{name} must be a tensor or a NumPy array: got {given}; np.asarray({name}) may convert it")
    if np.ma.is_masked(values):
        masked = int(np.ma.count_masked(values))
        raise ValueError(f"{name} must have a value everywhere: got {masked} masked; {name}.filled(…) says which")
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers: got dtype {values.dtype}")
    size = min(values.dtype.itemsize, 8)  # torch has no longer floats than these
    native = np.require(values, dtype=f"{values.dtype.kind}{size}", requirements=["C", "W", "A"])
    return torch.from_numpy(native).to(device)


def as_array(name: str, values: Any) -> np.ndarray:
    """Take numbers of any real dtype, or True and False, as a NumPy array that takes no part in gradients.

    Args:
        name: Of the argument, as the caller knows it.
        values: A tensor on any device or a NumPy array.

    Raises:
        ValueError: As in `as_tensor`.

    >>> as_array("image", torch.ones(2, dtype=torch.bfloat16, requires_grad=True))
    array([1., 1.], dtype=float32)
    """
    tensor = as_tensor(name, values)
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy(force=True)


def as_whole(name: str, values: Any, *, device: torch.device | None = None) -> Tensor:
    """Take whole numbers of any integer dtype, or True and False for 1 and 0, as int64.

    Args:
        name: Of the argument, as the caller knows it.
        values: A tensor or a NumPy array.
        device: Where an array goes; a tensor stays where it is.

    Raises:
        ValueError: As in `as_tensor`, or if the dtype is one of floats, or a number exceeds int64.

    >>> as_whole("labels", np.array([0, 255], np.uint8))
    tensor([  0, 255])
    >>> as_whole("labels", torch.tensor([1.0, 0.5]))
    Traceback (most recent call last):
    ValueError: labels must hold whole numbers: got dtype torch.float32 with 0.5 in it (probabilities? interpolated?)
    """
    tensor = as_tensor(name, values, device=device)
    if tensor.is_floating_point():
        broken = tensor[tensor != tensor.trunc()]  # nan too, which differs from itself
        remedy = f"; {name}.{'long()' if isinstance(values, Tensor) else 'astype(int)'} converts it"
        if broken.numel():
            remedy = f" with {broken[0].item():.4g} in it (probabilities? interpolated?)"
        raise ValueError(f"{name} must hold whole numbers: got dtype {values.dtype}{remedy}")
    whole = tensor.long()
    if tensor.dtype == torch.uint64 and (whole < 0).any():
        raise ValueError(f"{name} must not exceed {2**63 - 1} (int64): got {whole[whole < 0][0].item() + 2**64}")
    return whole


def as_scores(name: str, scores: Any) -> Tensor:
    """Take scores, such as logits, as a tensor of floats; its precision stays.

    Args:
        name: Of the argument, as the caller knows it.
        scores: A tensor or a NumPy array of any float dtype.

    Raises:
        ValueError: As in `as_tensor`, or if the dtype is not one of floats: class indices are no scores.

    >>> as_scores("logits", torch.tensor([0, 1]))
    Traceback (most recent call last):
    ValueError: logits must hold floats: got dtype torch.int64
    """
    tensor = as_tensor(name, scores)
    if not tensor.is_floating_point():
        raise ValueError(f"{name} must hold floats: got dtype {scores.dtype}")
    return tensor


def as_image(name: str, image: Any) -> Tensor:
    """Take an image, of any number of axes before height and width, as a tensor; its dtype stays.

    Args:
        name: Of the argument, as the caller knows it.
        image: A tensor or a NumPy array of any dtype of integers or floats.

    Raises:
        ValueError: As in `as_tensor`, or if it holds True and False, has fewer than two axes, or no pixels.

    >>> as_image("image", np.zeros((3, 4, 5), np.uint8)).shape
    torch.Size([3, 4, 5])
    """
    tensor = as_tensor(name, image)
    if tensor.ndim < 2 or 0 in tensor.shape:
        raise ValueError(f"{name} must be (…, H, W) with pixels: got shape {tuple(tensor.shape)}")
    if tensor.dtype == torch.bool:
        raise ValueError(f"{name} must hold numbers: got dtype {image.dtype}, which is a mask")
    return tensor
