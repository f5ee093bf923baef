"""More pictures from the same pictures: crop, flip, rotate and bend an image and its labels alike.

Every function takes an image, then any number of label maps, and gives them back in that order, as tensors of the
dtypes that they had. Image values are interpolated, and rounded where they are integers; labels are picked: a label map
never holds a value that was not there before. What lies beyond the edge is the mirrored picture. Randomness comes from
the caller's NumPy generator, whose random bits are the same on every machine; everything runs on the CPU, in the
workers that load the data.

Source: Ronneberger et al. (2015), section 3.1.
"""

from math import cos, radians, sin

import numpy as np
import torch
from jaxtyping import Float64, Real, Shaped
from torch import Tensor
from torch.nn import functional as F

from segbook.checks import check_number, height_and_width
from segbook.data.warping import as_maps, warp
from segbook.inputs import Array


def crop(
    image: Real[Array, "*C H W"],
    *labels: Shaped[Array, "H W"],
    size: int | tuple[int, int],
    generator: np.random.Generator,
) -> tuple[Tensor, ...]:
    """Cut out a window at a random place, every place equally likely.

    Args:
        image: Values, of any channels; integers or floats.
        labels: Label maps of the image's height and width.
        size: Height and width of the window in pixels, or one number for both.
        generator: Chooses the place.

    Returns:
        The image and the label maps within the window.

    Raises:
        ValueError: If the window is larger than the image, or the shapes disagree.

    >>> image, labels = torch.rand(1, 8, 8), torch.arange(64).reshape(8, 8)
    >>> image, labels = crop(image, labels, size=4, generator=np.random.default_rng(0))
    >>> image.shape, labels.shape
    (torch.Size([1, 4, 4]), torch.Size([4, 4]))
    """
    maps = as_maps(image, labels)
    height, width = maps[0].shape[-2:]
    rows, columns = crop_window((height, width), size=size, generator=generator)
    return tuple(x[..., rows, columns] for x in maps)


def crop_window(
    picture: tuple[int, int], *, size: int | tuple[int, int], generator: np.random.Generator
) -> tuple[slice, slice]:
    """Draw the window that `crop` cuts out.

    Args:
        picture: Height and width of the picture in pixels.
        size: Height and width of the window in pixels, or one number for both.
        generator: Chooses the place.

    Raises:
        ValueError: If the window is larger than the picture.

    >>> crop_window((3, 8), size=(3, 4), generator=np.random.default_rng(0))
    (slice(0, 3, None), slice(4, 8, None))
    """
    sides = height_and_width(size, most=picture)
    starts = [int(generator.integers(length - side + 1)) for length, side in zip(picture, sides, strict=True)]
    rows, columns = (slice(start, start + side) for start, side in zip(starts, sides, strict=True))
    return rows, columns


def flip(
    image: Real[Array, "*C H W"], *labels: Shaped[Array, "H W"], generator: np.random.Generator
) -> tuple[Tensor, ...]:
    """Mirror top to bottom and left to right, each or not with equal chance.

    Args:
        image: Values, of any channels; integers or floats.
        labels: Label maps of the image's height and width.
        generator: Chooses among the four pictures.

    Raises:
        ValueError: If the shapes disagree.

    >>> flip(torch.tensor([[1.0, 2.0]]), torch.tensor([[1, 2]]), generator=np.random.default_rng(3))
    (tensor([[2., 1.]]), tensor([[2, 1]]))
    """
    maps = as_maps(image, labels)
    rows, columns = (
        torch.arange(size).flip(0) if generator.random() < 0.5 else torch.arange(size) for size in maps[0].shape[-2:]
    )
    return tuple(x[..., rows[:, None], columns] for x in maps)  # torch's own flip knows no uint16


def rotate(
    image: Real[Array, "*C H W"],
    *labels: Shaped[Array, "H W"],
    degrees: tuple[float, float] = (-180.0, 180.0),
    generator: np.random.Generator,
) -> tuple[Tensor, ...]:
    """Turn the picture about its centre, counter-clockwise as it is seen; the size stays, corners are mirrored in.

    Args:
        image: Values, of any channels; integers or floats.
        labels: Label maps of the image's height and width.
        degrees: Smallest and largest angle; give one angle twice to choose it.
        generator: Chooses the angle, all equally likely.

    Returns:
        The image by bilinear interpolation and the label maps by nearest neighbour.

    Raises:
        ValueError: If the angles are not finite and in ascending order, or the shapes disagree.

    >>> picture = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> rotate(picture, degrees=(90.0, 90.0), generator=np.random.default_rng(0))[0].round()
    tensor([[2., 4.],
            [1., 3.]])
    """
    maps = as_maps(image, labels)
    height, width = maps[0].shape[-2:]
    field = turn_displacement((height, width), degrees=degrees, generator=generator)
    return warp(*maps, displacement=field)


def turn_displacement(
    size: int | tuple[int, int], *, degrees: tuple[float, float] = (-180.0, 180.0), generator: np.random.Generator
) -> Float64[Tensor, "2 H W"]:
    """Draw the field that `rotate` turns with.

    Args:
        size: Height and width in pixels, or one number for both.
        degrees: Smallest and largest angle; give one angle twice to choose it.
        generator: Chooses the angle, all equally likely.

    Returns:
        Rows and columns, in pixels, from each pixel to the place that it is read from.

    Raises:
        ValueError: If `size` is out of range, or the angles are not finite and in ascending order.

    >>> field = turn_displacement((1, 3), degrees=(180.0, 180.0), generator=np.random.default_rng(0))
    >>> field.shape, field.abs().max().item()
    (torch.Size([2, 1, 3]), 2.0)
    """
    height, width = height_and_width(size)
    for value in degrees:
        check_number("degrees", value, -360, 360)
    low, high = degrees
    if low > high:
        raise ValueError(f"degrees must be the smallest and the largest angle: got {low}, {high}")
    angle = radians(generator.uniform(low, high))
    y, x = np.mgrid[:height, :width] - np.array([(height - 1) / 2, (width - 1) / 2])[:, None, None]
    source = np.stack((cos(angle) * y + sin(angle) * x, cos(angle) * x - sin(angle) * y))
    return torch.from_numpy(source - np.stack((y, x)))


def elastic(
    image: Real[Array, "*C H W"],
    *labels: Shaped[Array, "H W"],
    sigma: float = 10.0,
    knots: int = 3,
    generator: np.random.Generator,
) -> tuple[Tensor, ...]:
    """Bend the picture like a sheet of rubber that is pulled at a few random points.

    Args:
        image: Values, of any channels; integers or floats.
        labels: Label maps of the image's height and width.
        sigma: Standard deviation of the pull in pixels, in each direction.
        knots: Points along each side where the sheet is pulled.
        generator: Pulls.

    Returns:
        The image by bilinear interpolation and the label maps by nearest neighbour.

    Raises:
        ValueError: If `sigma` or `knots` is out of range, or the shapes disagree.

    Source: Ronneberger et al. (2015), section 3.1: a 3 × 3 grid, σ = 10 px, bicubic between the points.

    Departs: the paper does not say where its grid lies nor what is beyond the edge; ours spans the image from corner
    to corner, and the picture is mirrored.

    >>> image, labels = elastic(torch.rand(32, 32), torch.eye(32).long(), generator=np.random.default_rng(0))
    >>> image.shape, labels.unique()
    (torch.Size([32, 32]), tensor([0, 1]))
    """
    maps = as_maps(image, labels)
    height, width = maps[0].shape[-2:]
    field = elastic_displacement((height, width), sigma=sigma, knots=knots, generator=generator)
    return warp(*maps, displacement=field)


def elastic_displacement(
    size: int | tuple[int, int], *, sigma: float = 10.0, knots: int = 3, generator: np.random.Generator
) -> Float64[Tensor, "2 H W"]:
    """Draw the smooth field that `elastic` bends with: random at the knots, bicubic between them.

    Args:
        size: Height and width in pixels, or one number for both.
        sigma: Standard deviation at the knots in pixels, in each direction.
        knots: Knots along each side; the outermost lie on the corner pixels.
        generator: Draws knots · knots · 2 normal numbers.

    Returns:
        Rows and columns, in pixels, from each pixel to the place that it is read from.

    Raises:
        ValueError: If `size`, `sigma` or `knots` is out of range.

    >>> field = elastic_displacement((5, 9), sigma=0.0, generator=np.random.default_rng(0))
    >>> field.shape, field.abs().max().item()
    (torch.Size([2, 5, 9]), 0.0)
    """
    size = height_and_width(size)
    check_number("sigma", sigma)
    check_number("knots", knots, 2, whole=True)
    pulls = torch.from_numpy(sigma * generator.standard_normal((1, 2, knots, knots)))
    return F.interpolate(pulls, size=size, mode="bicubic", align_corners=True)[0]
