"""From the numbers that others store to the numbers that a network takes: images, labels, equal contrast."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from segbook.checks import check_number
from segbook.inputs import Array, as_array, as_ids, as_image

Color = str | Sequence[int]
Colors = Mapping[Any, int] | Sequence[Color]
WHITE = {"bool": 1, "uint8": 255, "uint16": 65535}


def to_image(values: Array, *, channels: int | None = None) -> Float[Tensor, "C H W"]:
    """Make an image for a network from the numbers that a camera or a file gives.

    Args:
        values: (H, W), (C, H, W) or (H, W, C), where at most 4 channels can stand last. Of bool, uint8 or uint16, which
            are divided by their white (1, 255, 65,535), or floats, which stay as they are.
        channels: 1 refuses colours, 3 repeats grey. None takes both; three equal channels become one.

    Raises:
        ValueError: If the shape or the dtype is another, a float is not finite, or other channels were asked for.

    >>> to_image(np.array([[0, 51, 255]], np.uint8))
    tensor([[[0.0000, 0.2000, 1.0000]]])
    >>> to_image(np.zeros((8, 9, 3), np.uint8), channels=3).shape
    torch.Size([3, 8, 9])
    """
    array = as_array("image", values)
    if array.ndim not in {2, 3} or 0 in array.shape:
        raise ValueError(f"image must be (H, W), (C, H, W) or (H, W, C) with pixels: got shape {array.shape}")
    if array.ndim == 3 and array.shape[2] <= 4 < array.shape[0]:
        array = np.moveaxis(array, 2, 0)
    array = array.reshape(-1, *array.shape[-2:])
    if channels not in {None, 1, 3}:
        raise ValueError(f"channels must be 1, 3 or None: got {channels!r}")
    if len(array) == 3 and channels != 3 and (array == array[:1]).all():
        array = array[:1]
    if channels == 3 and len(array) == 1:
        array = np.repeat(array, 3, axis=0)
    if channels is not None and len(array) != channels:
        raise ValueError(f"image must have {channels} channel{'s' * (channels > 1)}: got {len(array)}{_differ(array)}")
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            channel, row, column = np.argwhere(~np.isfinite(array))[0]
            raise ValueError(f"image must be finite: got {array[channel, row, column]} at row {row}, column {column}")
        return torch.from_numpy(array.astype(np.float32))
    if array.dtype.name not in WHITE:
        raise ValueError(
            f"image must be of bool, uint8, uint16 or floats: got {array.dtype}, which does not say what is white; its "
            f"values run from {array.min()} to {array.max()}: divide by what is white"
        )
    return torch.from_numpy(array.astype(np.float32) / WHITE[array.dtype.name])


def to_labels(values: Array, *, colors: Colors | None = None) -> Int64[Tensor, "H W"]:
    """Make class indices or ids from the numbers or colours that a mask is stored in.

    Args:
        values: (H, W) of any integer dtype, bool, or floats that are whole; or (H, W, 3): three equal channels, or
            colours that the table names. Where there is nothing but 0 and 255 (or 0 and 65,535 in uint16), the mask is
            black and white, and white is 1.
        colors: The class of each colour: `{"#0072B2": 1, (255, 0, 0): 2}`, or colours in the order of their classes.

    Raises:
        ValueError: If a value is not whole or negative, a colour is not in the table, or there is no table for colours;
            the message says where.

    >>> to_labels(np.array([[0, 255]], np.uint8)), to_labels(np.array([[0, 7, 300]], np.uint16))
    (tensor([[0, 1]]), tensor([[  0,   7, 300]]))
    >>> to_labels(np.array([[[0, 0, 0], [255, 0, 0]]], np.uint8), colors=["#000000", "#FF0000"])
    tensor([[0, 1]])
    """
    array = as_array("mask", values)
    if array.ndim == 3 and array.shape[2] == 3 and (colors is not None or not (array == array[..., :1]).all()):
        return _by_color(array, colors)
    if array.ndim == 3 and array.shape[2] == 3:
        array = array[..., 0]
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"mask must be (H, W) or (H, W, 3) with pixels: got shape {array.shape}")
    if colors is not None:
        return _by_color(np.stack([array] * 3, axis=-1), colors)
    if array.dtype.kind == "f":
        if (broken := array != np.trunc(array)).any() or not np.isfinite(array).all():
            row, column = np.argwhere(broken | ~np.isfinite(array))[0]
            raise ValueError(
                f"mask must hold whole numbers: got {array[row, column]:.4g} at row {row}, column {column} "
                "(probabilities? interpolated?)"
            )
        array = array.astype(np.int64)
    for white in (255, 65535):
        if ((array == 0) | (array == white)).all():
            array = array == white
    return as_ids("mask", array.astype(np.int64) if array.dtype == bool else array)


def normalise(image: Array, *, low: int | float = 1.0, high: int | float = 99.8) -> Float[Tensor, "*C H W"]:
    """Give every image the same contrast: subtract its dark, divide by what lies between its dark and its bright.

    Dark and bright are percentiles of all values of this one image, all channels together, so that neither one hot
    pixel nor the exposure decides. Values are not clipped: those beyond the percentiles lie below 0 or above 1. If both
    percentiles are equal, as where few pixels are not black, the smallest and the largest value take their places; a
    constant image becomes 0. Normalise whole images, as `LabelledImages` does, and crop them then: in a crop without
    objects, noise would be stretched to full contrast.

    Args:
        image: Values of any dtype but bool.
        low: The percentile that becomes 0.
        high: The percentile that becomes 1.

    Raises:
        ValueError: If a percentile is not from 0 to 100, they are not in ascending order, or a value is not finite.

    >>> normalise(torch.tensor([[10, 20, 30]]), low=0, high=100)
    tensor([[0.0000, 0.5000, 1.0000]])
    """
    check_number("low", low, 0, 100)
    check_number("high", high, 0, 100)
    if low >= high:
        raise ValueError(f"low must be below high: got {low} and {high}")
    array = as_array("image", as_image("image", image)).astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"image must be finite: got {array[~np.isfinite(array)][0]}")
    dark, bright = np.percentile(array, [low, high])
    if dark == bright:
        dark, bright = array.min(), array.max()
    return torch.from_numpy(((array - dark) / (bright - dark if bright > dark else 1)).astype(np.float32))


def _by_color(array: np.ndarray, colors: Colors | None) -> Tensor:
    """Look every colour up in the table."""
    if array.dtype.kind not in "bu" or array.max() > 255:
        raise ValueError(f"colours must be 0 … 255: got {array.dtype} up to {array.max()}")
    codes = array.astype(np.int64) @ [65536, 256, 1]
    found, first, index = np.unique(codes, return_index=True, return_inverse=True)
    if colors is None:
        some = ", ".join(_hex(code) for code in found[:6].tolist()) + (" …" if len(found) > 6 else "")
        raise ValueError(
            f"mask holds {len(found)} colours, {some}: say which class each is, colors={{{_hex(int(found[0]))!r}: 0}}"
        )
    pairs = colors.items() if isinstance(colors, Mapping) else ((color, number) for number, color in enumerate(colors))
    table: dict[int, int] = {}
    for color, number in pairs:
        check_number("class of a colour", number, whole=True)
        if table.setdefault(_code(color), number) != number:
            raise ValueError(
                f"the table gives colour {_hex(_code(color))} two classes: {table[_code(color)]} and {number}"
            )
    for code, place in zip(found.tolist(), first.tolist(), strict=True):
        if code not in table:
            row, column = divmod(place, array.shape[1])
            known = ", ".join(_hex(color) for color in table)
            raise ValueError(
                f"mask holds colour {_hex(code)} at row {row}, column {column} (and {(codes == code).sum() - 1} more), "
                f"which is not in the table: {known}"
            )
    return torch.from_numpy(np.array([table[code] for code in found.tolist()], np.int64)[index.reshape(codes.shape)])


def _code(color: Color) -> int:
    try:
        red, green, blue = bytes.fromhex(color.removeprefix("#")) if isinstance(color, str) else bytes(color)
    except (ValueError, TypeError):
        raise ValueError(f"a colour must be '#RRGGBB' or three numbers from 0 to 255: got {color!r}") from None
    return 65536 * red + 256 * green + blue


def _hex(code: int) -> str:
    return f"#{code:06X}"


def _differ(array: np.ndarray) -> str:
    if len(array) != 3:
        return ""
    row, column = np.argwhere((array != array[:1]).any(axis=0))[0]
    return f", which differ at row {row}, column {column}: {tuple(array[:, row, column].tolist())}"
