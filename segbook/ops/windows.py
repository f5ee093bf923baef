"""What is read from a window of an image: its maximum, its mean, or the patch itself.

Source: notes N3 and N5.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Real
from torch import Tensor
from torch.nn import functional as F

from segbook.checks import check_number
from segbook.inputs import Array, as_image
from segbook.shapes import pool_output_size


def max_pool2d(
    x: Real[Array, "N C H W"],
    kernel_size: int,
    *,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> Float[Tensor, "N C H_out W_out"]:
    """Keep the largest value of every window; what lies outside the image never wins.

    Args:
        x: Images or feature maps.
        kernel_size: Side of the window in pixels.
        stride: Pixels between neighbouring windows; left out, it is `kernel_size`.
        padding: Pixels added on each of the four sides, worth −∞.
        dilation: Pixels between neighbouring taps of a window.
        ceil_mode: Keep the incomplete windows at the bottom and at the right.

    Raises:
        ValueError: If no window fits, the padding exceeds half of the kernel, or `x` has not four axes.

    Source: notes N5 and N8; the documentation of `torch.nn.MaxPool2d`.

    >>> max_pool2d(torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]), 2, ceil_mode=True)
    tensor([[[[5., 6.]]]])
    """
    layer = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    return _pool2d(x, kernel_size, layer, outside=float("-inf"), summary=torch.amax)


def avg_pool2d(
    x: Real[Array, "N C H W"],
    kernel_size: int,
    *,
    stride: int | None = None,
    padding: int = 0,
    ceil_mode: bool = False,
) -> Float[Tensor, "N C H_out W_out"]:
    """Take the mean of every window; zeros of the padding count, what hangs over the padded image does not.

    Args:
        x: Images or feature maps.
        kernel_size: Side of the window in pixels.
        stride: Pixels between neighbouring windows; left out, it is `kernel_size`.
        padding: Zeros added on each of the four sides.
        ceil_mode: Keep the incomplete windows at the bottom and at the right.

    Raises:
        ValueError: If no window fits, the padding exceeds half of the kernel, or `x` has not four axes.

    Source: notes N5; the documentation of `torch.nn.AvgPool2d` (its `count_include_pad=True`).

    >>> avg_pool2d(torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]), 2, ceil_mode=True)
    tensor([[[[3.0000, 4.5000]]]])
    """
    layer = {"stride": stride, "padding": padding, "dilation": 1, "ceil_mode": ceil_mode}
    return _pool2d(x, kernel_size, layer, outside=0.0, summary=torch.mean)


def patch_at(image: Real[Array, "C H W"], row: int, column: int, *, patch_size: int) -> Real[Tensor, "C k k"]:
    """Cut the square patch round one pixel; beyond the border the image is mirrored, its edge not repeated.

    Args:
        image: One image.
        row: Row of the centre.
        column: Column of the centre.
        patch_size: Side of the patch in pixels, odd: only then is there a centre.

    Raises:
        ValueError: If `patch_size` is even or below 1, the pixel is outside the image, or `image` has not three axes.

    Source: notes N3; the mirror is U-Net's (Ronneberger et al., 2015, figure 2).

    >>> patch_at(torch.arange(9.0).reshape(1, 3, 3), 0, 0, patch_size=3)
    tensor([[[4., 3., 4.],
             [1., 0., 1.],
             [4., 3., 4.]]])
    """
    check_number("patch_size", patch_size, 1, whole=True)
    if patch_size % 2 == 0:
        raise ValueError(f"patch_size must be odd, so that the patch has a centre: got {patch_size}")
    pixels = _as_channels(image)
    _, height, width = pixels.shape
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(f"pixel ({row}, {column}) is outside the image of {height} × {width} pixels")
    reach = patch_size // 2
    rows = [_mirrored(row + step, height) for step in range(-reach, reach + 1)]
    columns = [_mirrored(column + step, width) for step in range(-reach, reach + 1)]
    return pixels[:, rows][:, :, columns]


def all_patches(image: Real[Array, "C H W"], *, patch_size: int) -> Real[Tensor, "HW C k k"]:
    """Cut the patch round every pixel, row by row: the batch that a patch classifier sees.

    It holds patch_size² times the image's values.

    Args:
        image: One image.
        patch_size: Side of the patches in pixels, odd.

    Raises:
        ValueError: If `patch_size` is even or below 1, or `image` has not three axes.

    Source: notes N3.

    >>> all_patches(torch.zeros(3, 8, 10), patch_size=5).shape
    torch.Size([80, 3, 5, 5])
    """
    pixels = _as_channels(image)
    _, height, width = pixels.shape
    return torch.stack(
        [patch_at(pixels, row, column, patch_size=patch_size) for row in range(height) for column in range(width)]
    )


def _as_channels(image: Array) -> Tensor:
    pixels = as_image("image", image)
    if pixels.ndim != 3:
        raise ValueError(f"image must be (C, H, W): got shape {tuple(pixels.shape)}")
    return pixels


def _pool2d(x: Array, kernel_size: int, layer: dict, *, outside: float, summary: Callable) -> Tensor:
    x = as_image("x", x)
    x = x if x.is_floating_point() else x.float()  # −∞ and means are no integers
    if x.ndim != 4:
        raise ValueError(f"x must be (N, C, H, W): got shape {tuple(x.shape)}")
    height, width = x.shape[2:]
    rows, columns = pool_output_size(height, kernel_size, **layer), pool_output_size(width, kernel_size, **layer)
    stride, padding, dilation = layer["stride"] or kernel_size, layer["padding"], layer["dilation"]
    padded = F.pad(x, (padding,) * 4, value=outside)
    y = x.new_zeros(*x.shape[:2], rows, columns)
    reach = dilation * (kernel_size - 1) + 1
    for row in range(rows):
        for column in range(columns):
            down = slice(row * stride, row * stride + reach, dilation)  # a slice stops at the end by itself
            across = slice(column * stride, column * stride + reach, dilation)
            y[:, :, row, column] = summary(padded[:, :, down, across], dim=(2, 3))
    return y


def _mirrored(index: int, size: int) -> int:
    """Fold an index back into 0 … size − 1, as between two facing mirrors that stand on the edge pixels."""
    if size == 1:
        return 0
    index = abs(index) % (2 * (size - 1))
    return min(index, 2 * (size - 1) - index)
