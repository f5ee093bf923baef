"""Read the pixels of a picture from other places: what turning and bending have in common.

Image values are interpolated, and rounded where they are integers; labels are picked: a label map never holds a value
that was not there before. What lies beyond the edge is the mirrored picture. Of a picture that is moved several times,
a window can be had without the rest.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Real, Shaped
from scipy import ndimage
from torch import Tensor

from segbook.inputs import Array, as_array, as_image, as_tensor


def warp(
    image: Real[Array, "*C H W"], *labels: Shaped[Array, "H W"], displacement: Float[Array, "2 H W"]
) -> tuple[Tensor, ...]:
    """Read every pixel from another place: out[y, x] = in[y + displacement[0], x + displacement[1]].

    Args:
        image: Values, of any channels; integers or floats.
        labels: Label maps of the image's height and width.
        displacement: Rows and columns, in pixels, from each pixel to the place that it is read from.

    Returns:
        The image by bilinear interpolation and the label maps by nearest neighbour, mirrored at the edge pixels.

    Raises:
        ValueError: If the shapes disagree, or a displacement is not finite.

    >>> shift = torch.stack((torch.zeros(1, 4), torch.ones(1, 4))).double()
    >>> warp(torch.tensor([[1.0, 2.0, 3.0, 4.0]]), torch.tensor([[1, 2, 3, 4]]), displacement=shift)
    (tensor([[2., 3., 4., 3.]]), tensor([[2, 3, 4, 3]]))
    """
    maps = as_maps(image, labels)
    height, width = maps[0].shape[-2:]
    return warp_window(*maps, displacements=[displacement], window=(slice(0, height), slice(0, width)))


def warp_window(
    image: Real[Array, "*C H W"],
    *labels: Shaped[Array, "H W"],
    displacements: Sequence[Float[Array, "2 H W"]],
    window: tuple[slice, slice],
) -> tuple[Tensor, ...]:
    """Give a window of the picture that `warp` makes with one displacement after the other, bit by bit.

    Only what the window shows is interpolated, and of the pictures before the last only what that looks at.

    Args:
        image: Values, of any channels; integers or floats.
        labels: Label maps of the image's height and width.
        displacements: As of `warp`, in the order in which they are applied.
        window: Rows and columns of the last picture, from one index to another.

    Raises:
        ValueError: If the shapes disagree, a displacement is not finite, or the window does not lie in the picture.

    >>> shift = torch.stack((torch.zeros(1, 4), torch.ones(1, 4))).double()
    >>> window = slice(0, 1), slice(0, 2)
    >>> warp_window(torch.tensor([[1.0, 2.0, 3.0, 4.0]]), displacements=[shift, shift], window=window)
    (tensor([[3., 4.]]),)
    """
    maps = as_maps(image, labels)
    height, width = maps[0].shape[-2:]
    for side, length in zip(window, (height, width), strict=True):
        if not 0 <= side.start < side.stop <= length:
            raise ValueError(f"window must have pixels and lie in 0 … {length}: got {side.start} … {side.stop}")
    fields = [as_array("displacement", displacement) for displacement in displacements]
    for field in fields:
        if field.shape != (2, height, width):
            raise ValueError(f"displacement must be (2, {height}, {width}): got shape {field.shape}")
        if not np.isfinite(field).all():
            raise ValueError("displacement must be finite: got a NaN or an infinite number of pixels")
    return tuple(_moved(maps, fields, window))


def as_maps(image: Array, labels: Sequence[Array]) -> list[Tensor]:
    """Take an image and its label maps as tensors of the dtypes that they have.

    Args:
        image: Values, of any channels; integers or floats.
        labels: Label maps.

    Raises:
        ValueError: If the label maps have not the image's height and width.
    """
    maps = [as_image("image", image), *(as_tensor("labels", x) for x in labels)]
    for x in maps[1:]:
        if x.shape != maps[0].shape[-2:]:
            raise ValueError(f"labels must be (H, W) of the image {tuple(maps[0].shape)}: got shape {tuple(x.shape)}")
    return maps


def _moved(maps: list[Tensor], fields: list[np.ndarray], window: tuple[slice, slice]) -> list[Tensor]:
    """Give a window of what the fields make of the picture."""
    if not fields:
        return [x[..., *window] for x in maps]
    *before, field = fields
    places = np.mgrid[window] + field[:, *window]
    if before:  # on a sheet of the picture's size, so that places mean the same as if all of it were there
        size = maps[0].shape[-2:]
        rows, columns = (_reach(along, length) for along, length in zip(places, size, strict=True))
        seen = _moved(maps, before, (rows, columns))
        maps = [x.new_zeros(x.shape) for x in maps]
        for sheet, part in zip(maps, seen, strict=True):
            sheet[..., rows, columns] = part
    pixels, *rest = maps
    height, width = pixels.shape[-2:]
    numbers = np.arange(height * width).reshape(height, width)  # labels may be of any dtype: pick them by number
    nearest = torch.from_numpy(ndimage.map_coordinates(numbers, places, order=0, mode="mirror"))
    return [_bend(pixels, places), *(x.flatten()[nearest] for x in rest)]


def _reach(places: np.ndarray, length: int) -> slice:
    """Say which pixels along an axis lie beside some places, beyond the edges those whose mirror images do."""
    first, last, period = np.floor(places.min()), np.floor(places.max()) + 1, 2 * length - 2
    if last - first >= period:
        return slice(0, length)
    phase = np.arange(first, last + 1) % period
    near = np.minimum(phase, period - phase)
    return slice(int(near.min()), int(near.max()) + 1)


def _bend(image: Tensor, places: np.ndarray) -> Tensor:
    """Interpolate in the image's own float dtype where scipy knows it, else in float64; round what was whole."""
    dtype = image.dtype if image.dtype in (torch.float32, torch.float64) else torch.float64
    channels = image.to(dtype).reshape(-1, *image.shape[-2:]).numpy()
    bent = np.stack([ndimage.map_coordinates(channel, places, order=1, mode="mirror") for channel in channels])
    if not image.is_floating_point():
        bent = np.rint(bent)
    return torch.from_numpy(bent).reshape(*image.shape[:-2], *places.shape[1:]).to(image.dtype)
