"""Convolution reads, transposed convolution stamps; loops over places and taps.

What torch and the whole field call convolution is cross-correlation: the kernel is not flipped.

Source: notes N5–N7; Dumoulin & Visin (2016), "A guide to convolution arithmetic for deep learning".
"""

import torch
from jaxtyping import Float, Real
from torch import Tensor
from torch.nn import functional as F

from segbook.checks import check_number
from segbook.inputs import Array, as_tensor
from segbook.shapes import conv_output_size, conv_transpose_output_size


def conv1d(
    x: Real[Array, "N C_in L"],
    weight: Real[Array, "C_out C_in k"],
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Real[Tensor, "N C_out O"]:
    """Slide the kernel along the signal and sum the products at every stop: y[n] = Σ_j x[n·s + j·d] w[j].

    Args:
        x: Signals.
        weight: Kernels, output channels first (as in `nn.Conv1d`).
        stride: Samples between neighbouring windows.
        padding: Zeros added on each side.
        dilation: Samples between neighbouring taps.

    Raises:
        ValueError: If x and weight disagree in type or channels, or the kernel is longer than the padded signal.

    Source: notes N5.

    >>> x, weight = torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0]]]), torch.tensor([[[1.0, 10.0, 100.0]]])
    >>> conv1d(x, weight, stride=2)
    tensor([[[321., 543.]]])
    """
    x, weight = _read_layer(x, weight, axes=1, channel_axis=1)
    input_size, kernel_size = x.shape[-1], weight.shape[-1]
    output_size = conv_output_size(input_size, kernel_size, stride=stride, padding=padding, dilation=dilation)
    padded = F.pad(x, (padding, padding))
    y = x.new_zeros(len(x), len(weight), output_size)
    for n in range(output_size):
        for j in range(kernel_size):
            y[:, :, n] += padded[:, :, n * stride + j * dilation] @ weight[:, :, j].T
    return y


def conv2d(
    x: Real[Array, "N C_in H W"],
    weight: Real[Array, "C_out C_in k_h k_w"],
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Real[Tensor, "N C_out H_out W_out"]:
    """Lay the kernel over the image at every stop and sum the products.

    Args:
        x: Images or feature maps.
        weight: Kernels, output channels first (as in `nn.Conv2d`).
        stride: Pixels between neighbouring windows, on both axes.
        padding: Zeros added on each of the four sides.
        dilation: Pixels between neighbouring taps, on both axes.

    Raises:
        ValueError: If x and weight disagree in type or channels, or the kernel is larger than the padded image.

    Source: notes N4 and N5.

    >>> image = torch.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(image, torch.tensor([[[[1.0, 0.0], [0.0, 10.0]]]]))
    tensor([[[[40., 51.],
              [73., 84.]]]])
    """
    x, weight = _read_layer(x, weight, axes=2, channel_axis=1)
    (height, width), (k_h, k_w) = x.shape[2:], weight.shape[2:]
    layer = {"stride": stride, "padding": padding, "dilation": dilation}
    rows, columns = conv_output_size(height, k_h, **layer), conv_output_size(width, k_w, **layer)
    padded = F.pad(x, (padding,) * 4)
    y = x.new_zeros(len(x), len(weight), rows, columns)
    for row in range(rows):
        for column in range(columns):
            down = slice(row * stride, row * stride + dilation * (k_h - 1) + 1, dilation)
            across = slice(column * stride, column * stride + dilation * (k_w - 1) + 1, dilation)
            y[:, :, row, column] = torch.einsum("ncij,ocij->no", padded[:, :, down, across], weight)
    return y


def conv_transpose1d(
    x: Real[Array, "N C_in I"],
    weight: Real[Array, "C_in C_out k"],
    *,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> Real[Tensor, "N C_out O"]:
    """Stamp a scaled kernel for every input sample, add the stamps, crop the border.

    Args:
        x: Signals.
        weight: Kernels, input channels first (as in `nn.ConvTranspose1d`).
        stride: Output samples between neighbouring stamps.
        padding: Output samples cropped from each side.
        output_padding: Output samples cropped less at the end; beyond the stamps they are 0.
        dilation: Output samples between neighbouring taps of a stamp.

    Raises:
        ValueError: If x and weight disagree in type or channels, or the crop would leave no samples.

    Source: notes N6; Dumoulin & Visin (2016), chapter 4.

    >>> import torch
    >>> x, weight = torch.tensor([[[1.0, 10.0]]]), torch.tensor([[[1.0, 2.0, 3.0]]])
    >>> conv_transpose1d(x, weight, stride=2)  # [a, b] and [f, g, h] give [af, ag, ah + bf, bg, bh]
    tensor([[[ 1.,  2., 13., 20., 30.]]])
    """
    x, weight = _read_layer(x, weight, axes=1, channel_axis=0)
    input_size, kernel_size = x.shape[-1], weight.shape[-1]
    output_size = conv_transpose_output_size(
        input_size, kernel_size, stride=stride, padding=padding, output_padding=output_padding, dilation=dilation
    )
    covered = x.new_zeros(len(x), weight.shape[1], output_size + 2 * padding)
    for n in range(input_size):
        for j in range(kernel_size):
            covered[:, :, n * stride + j * dilation] += x[:, :, n] @ weight[:, :, j]
    return F.pad(covered, (-padding, -padding))  # a crop


def conv_transpose2d(
    x: Real[Array, "N C_in H W"],
    weight: Real[Array, "C_in C_out k_h k_w"],
    *,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> Real[Tensor, "N C_out H_out W_out"]:
    """Stamp a scaled kernel for every input pixel, add the stamps, crop the border.

    Args:
        x: Feature maps.
        weight: Kernels, input channels first (as in `nn.ConvTranspose2d`).
        stride: Output pixels between neighbouring stamps, on both axes.
        padding: Output pixels cropped from each of the four sides.
        output_padding: Output pixels kept or added at the bottom and at the right.
        dilation: Output pixels between neighbouring taps of a stamp.

    Raises:
        ValueError: If x and weight disagree in type or channels, or the crop would leave no pixels.

    Source: notes N6 and N7; Dumoulin & Visin (2016), chapter 4.

    >>> x = torch.tensor([[[[1.0, 10.0]]]])
    >>> conv_transpose2d(x, torch.ones(1, 1, 2, 3), stride=2)
    tensor([[[[ 1.,  1., 11., 10., 10.],
              [ 1.,  1., 11., 10., 10.]]]])
    """
    x, weight = _read_layer(x, weight, axes=2, channel_axis=0)
    (height, width), (k_h, k_w) = x.shape[2:], weight.shape[2:]
    layer = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    rows, columns = conv_transpose_output_size(height, k_h, **layer), conv_transpose_output_size(width, k_w, **layer)
    covered = x.new_zeros(len(x), weight.shape[1], rows + 2 * padding, columns + 2 * padding)
    for row in range(height):
        for column in range(width):
            down = slice(row * stride, row * stride + dilation * (k_h - 1) + 1, dilation)
            across = slice(column * stride, column * stride + dilation * (k_w - 1) + 1, dilation)
            covered[:, :, down, across] += torch.einsum("nc,coij->noij", x[:, :, row, column], weight)
    return F.pad(covered, (-padding,) * 4)  # a crop


def bilinear_kernel(factor: int) -> Float[Tensor, "k k"]:
    """Build the tent that makes a transposed convolution interpolate: 1 in the middle, 0 from `factor` pixels on.

    Use it with stride `factor` and padding ⌊factor/2⌋, one kernel for each channel. The result is `factor` times larger
    and, away from the border, equal to `F.interpolate(…, mode="bilinear", align_corners=False)`. At the border it is
    darker: the tents of the missing neighbours count as 0, where `interpolate` repeats the edge.

    Args:
        factor: How many times larger the image becomes.

    Returns:
        Kernel with k = 2·factor − (factor mod 2), float32.

    Raises:
        ValueError: If factor is below 1.

    Source: notes N4 and N8; Long et al. (2015), section 3.3, and their `surgery.py`.

    Departs: their crop after the upsampling is our padding.

    >>> bilinear_kernel(2)[1] * 4
    tensor([0.7500, 2.2500, 2.2500, 0.7500])
    >>> weight = torch.eye(21)[:, :, None, None] * bilinear_kernel(2)  # FCN: 21 classes, no mixing
    >>> conv_transpose2d(torch.ones(1, 21, 3, 3), weight, stride=2, padding=1).shape
    torch.Size([1, 21, 6, 6])
    """
    check_number("factor", factor, 1, whole=True)
    kernel_size = 2 * factor - factor % 2
    middle = (kernel_size - 1) / 2
    tent = [1 - abs(j - middle) / factor for j in range(kernel_size)]
    return torch.tensor([[across * down for across in tent] for down in tent])


def _read_layer(x: Array, weight: Array, *, axes: int, channel_axis: int) -> tuple[Tensor, Tensor]:
    """Check what a layer is given; count integers, which have no half, in int64, or as floats beside floats."""
    x, weight = as_tensor("x", x), as_tensor("weight", weight)
    floats = {tensor.dtype for tensor in (x, weight) if tensor.is_floating_point()}
    if len(floats) == 2:
        raise ValueError(f"x and weight must have one dtype: got {x.dtype}, {weight.dtype}")
    dtype = floats.pop() if floats else torch.int64
    names = {1: "k", 2: "k_h, k_w"}[axes]
    if x.ndim != axes + 2 or weight.ndim != axes + 2:
        sizes, order = {1: "L", 2: "H, W"}[axes], ("C_in, C_out", "C_out, C_in")[channel_axis]
        raise ValueError(
            f"x must be (N, C_in, {sizes}) and weight ({order}, {names}): got {tuple(x.shape)}, {tuple(weight.shape)}"
        )
    if x.shape[1] != weight.shape[channel_axis]:
        raise ValueError(
            f"x has {x.shape[1]} channels, weight expects {weight.shape[channel_axis]} (its axis {channel_axis})"
        )
    return x.to(dtype), weight.to(dtype)
