"""More pictures from the same pictures: crop, flip, rotate and bend an image and its labels alike.

Every function takes an image, then any number of label maps, and gives them back in that order. Image values are
interpolated, labels are picked: a label map keeps its dtype and never holds a value that was not there before. What
lies beyond the edge is the mirrored picture. Randomness comes from the caller's NumPy generator, whose random bits are
the same on every machine; everything runs on the CPU, in the workers that load the data.

Source: Ronneberger et al. (2015), section 3.1.
"""

from math import cos, radians, sin

import numpy as np
import torch
from jaxtyping import Float, Float64, Shaped
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from segbook.checks import check_number, height_and_width


def crop(
    image: Float[Tensor, "*C H W"],
    *labels: Shaped[Tensor, "H W"],
    size: int | tuple[int, int],
    generator: np.random.Generator,
) -> tuple[Tensor, ...]:
    """Cut out a window at a random place, every place equally likely.

    Args:
        image: Values, of any channels.
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
    height, width = _check_shapes(image, labels)
    rows, columns = height_and_width(size, most=(height, width))
    top, left = generator.integers(height - rows + 1), generator.integers(width - columns + 1)
    return tuple(x[..., top : top + rows, left : left + columns] for x in (image, *labels))


def flip(
    image: Float[Tensor, "*C H W"], *labels: Shaped[Tensor, "H W"], generator: np.random.Generator
) -> tuple[Tensor, ...]:
    """Mirror top to bottom and left to right, each or not with equal chance.

    Args:
        image: Values, of any channels.
        labels: Label maps of the image's height and width.
        generator: Chooses among the four pictures.

    Raises:
        ValueError: If the shapes disagree.

    >>> flip(torch.tensor([[1.0, 2.0]]), torch.tensor([[1, 2]]), generator=np.random.default_rng(3))
    (tensor([[2., 1.]]), tensor([[2, 1]]))
    """
    _check_shapes(image, labels)
    axes = [axis for axis in (-2, -1) if generator.random() < 0.5]
    return tuple(x.flip(axes) for x in (image, *labels))


def rotate(
    image: Float[Tensor, "*C H W"],
    *labels: Shaped[Tensor, "H W"],
    degrees: tuple[float, float] = (-180.0, 180.0),
    generator: np.random.Generator,
) -> tuple[Tensor, ...]:
    """Turn the picture about its centre, counter-clockwise as it is seen; the size stays, corners are mirrored in.

    Args:
        image: Values, of any channels.
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
    height, width = _check_shapes(image, labels)
    for value in degrees:
        check_number("degrees", value, -360, 360)
    low, high = degrees
    if low > high:
        raise ValueError(f"degrees must be the smallest and the largest angle: got {low}, {high}")
    angle = radians(generator.uniform(low, high))
    y, x = np.mgrid[:height, :width] - np.array([(height - 1) / 2, (width - 1) / 2])[:, None, None]
    source = np.stack((cos(angle) * y + sin(angle) * x, cos(angle) * x - sin(angle) * y))
    return warp(image, *labels, displacement=torch.from_numpy(source - np.stack((y, x))))


def elastic(
    image: Float[Tensor, "*C H W"],
    *labels: Shaped[Tensor, "H W"],
    sigma: float = 10.0,
    knots: int = 3,
    generator: np.random.Generator,
) -> tuple[Tensor, ...]:
    """Bend the picture like a sheet of rubber that is pulled at a few random points.

    Args:
        image: Values, of any channels.
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
    size = _check_shapes(image, labels)
    return warp(image, *labels, displacement=elastic_displacement(size, sigma=sigma, knots=knots, generator=generator))


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


def warp(
    image: Float[Tensor, "*C H W"], *labels: Shaped[Tensor, "H W"], displacement: Float64[Tensor, "2 H W"]
) -> tuple[Tensor, ...]:
    """Read every pixel from another place: out[y, x] = in[y + displacement[0], x + displacement[1]].

    Args:
        image: Values, of any channels.
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
    height, width = _check_shapes(image, labels)
    if displacement.shape != (2, height, width):
        raise ValueError(f"displacement must be (2, {height}, {width}): got shape {tuple(displacement.shape)}")
    if not displacement.isfinite().all():
        raise ValueError("displacement must be finite: got a NaN or an infinite number of pixels")
    places = np.mgrid[:height, :width] + displacement.numpy()
    channels = image.reshape(-1, height, width).numpy()
    bent = np.stack([ndimage.map_coordinates(channel, places, order=1, mode="mirror") for channel in channels])
    numbers = np.arange(height * width).reshape(height, width)  # labels may be of any dtype: pick them by number
    nearest = torch.from_numpy(ndimage.map_coordinates(numbers, places, order=0, mode="mirror"))
    return torch.from_numpy(bent).reshape(image.shape), *(x.flatten()[nearest] for x in labels)


def _check_shapes(image: Tensor, labels: tuple[Tensor, ...]) -> tuple[int, int]:
    if image.ndim < 2 or 0 in image.shape:
        raise ValueError(f"image must be (…, H, W) with pixels: got shape {tuple(image.shape)}")
    if not image.is_floating_point():
        raise ValueError(f"image must hold float values, to be interpolated: got {image.dtype}")
    for x in labels:
        if x.shape != image.shape[-2:]:
            raise ValueError(f"labels must be (H, W) of the image {tuple(image.shape)}: got shape {tuple(x.shape)}")
    return image.shape[-2], image.shape[-1]
