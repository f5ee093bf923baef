"""The pieces that the models share: two convolutions, one step up, He's first weights, legal sizes.

Source: Ronneberger et al. (2015), "U-Net: convolutional networks for biomedical image segmentation", sections 2 and 3.
"""

from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

UPSAMPLINGS = ("transposed", "nearest", "bilinear")
NORMS = ("none", "batch", "instance")


class DoubleConv(nn.Sequential):
    """Twice: look at 3×3 neighbours, keep what is positive. The stage that every U-Net is stacked from.

    Args:
        in_channels: Channels that go in.
        out_channels: Channels after each of the two convolutions.
        padding: True keeps the size by a border of zeros; False loses 2 pixels on each side.
        norm: What brings the values to mean 0 and standard deviation 1 before each ReLU, and then scales and shifts
            them by learned numbers: "none" is the paper's; "batch" takes each channel of the whole batch, and running
            averages in evaluation mode; "instance" each channel of each image.

    Raises:
        ValueError: If `norm` has no such name.

    Source: Ronneberger et al. (2015), section 2; for the norms Ioffe & Szegedy (2015) and Ulyanov et al. (2016).

    >>> DoubleConv(1, 8, padding=False)(torch.zeros(1, 1, 12, 12)).shape
    torch.Size([1, 8, 8, 8])
    """

    def __init__(self, in_channels: int, out_channels: int, *, padding: bool, norm: str = "none"):
        check_option("norm", norm, NORMS)
        layers: list[nn.Module] = []
        for before in (in_channels, out_channels):
            layers.append(nn.Conv2d(before, out_channels, 3, padding=int(padding)))
            if norm == "batch":
                layers.append(nn.BatchNorm2d(out_channels))
            elif norm == "instance":
                layers.append(nn.InstanceNorm2d(out_channels, affine=True))
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)


class Upsample(nn.Module):
    """Double height and width and set the number of channels.

    Args:
        in_channels: Channels that go in.
        out_channels: Channels that come out.
        upsampling: "transposed" stamps a learned 2×2 kernel for every pixel; "nearest" and "bilinear" mix the channels
            (a 1×1 convolution) and then resize. Mixing first costs a quarter and gives the same: the two commute.

    Raises:
        ValueError: If `upsampling` has no such name.

    Source: Ronneberger et al. (2015), section 2 (the transposed one); Odena et al. (2016) for resizing instead.
    Departs: Odena et al. convolve 3×3 after resizing; here the convolutions of the next stage do.

    >>> Upsample(16, 8, upsampling="nearest")(torch.zeros(1, 16, 5, 7)).shape
    torch.Size([1, 8, 10, 14])
    """

    def __init__(self, in_channels: int, out_channels: int, *, upsampling: str = "transposed"):
        super().__init__()
        check_option("upsampling", upsampling, UPSAMPLINGS)
        self.upsampling = upsampling
        if upsampling == "transposed":
            self.conv = nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2)
        else:
            self.conv = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Float[Tensor, "N C_in H W"]) -> Float[Tensor, "N C_out H_up W_up"]:
        """Return twice the height and width."""
        x = self.conv(x)
        return x if self.upsampling == "transposed" else F.interpolate(x, scale_factor=2, mode=self.upsampling)


@torch.no_grad()
def initialise(model: nn.Module, *, generator: torch.Generator | None = None) -> nn.Module:
    """Draw every weight from the bell curve that keeps a signal's size through a convolution and a ReLU; biases are 0.

    The standard deviation is √(2 / fan_in), where fan_in = k²·C_in counts the values that one output reads. An
    up-convolution counts as the 2×2 convolution that the paper calls it, 4·C_in, though each of its outputs reads C_in
    values only: a signal shrinks by √2 in it. No ReLU follows the 1×1 convolution of the other two ways up, where it
    grows by √2 before it is resized. The two convolutions of the next stage keep what they get.

    Args:
        model: Any module; its convolutions, transposed convolutions and dense layers are drawn anew, in place.
        generator: Source of randomness; torch's global one if None.

    Returns:
        The same model.

    Source: Ronneberger et al. (2015), section 3; He et al. (2015), section 2.2.

    >>> layer = initialise(nn.Conv2d(64, 64, 3), generator=torch.Generator().manual_seed(0))
    >>> round(layer.weight.std().item(), 2), round(sqrt(2 / (9 * 64)), 2)
    (0.06, 0.06)
    """
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear | nn.ConvTranspose2d):
            in_axis = 0 if isinstance(layer, nn.ConvTranspose2d) else 1
            fan_in = layer.weight.shape[in_axis] * layer.weight[0, 0].numel()
            nn.init.normal_(layer.weight, std=sqrt(2 / fan_in), generator=generator)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return model


def context_of(depth: int, *, upsampling: str, padding: bool) -> int:
    """Count the pixels on each side that two convolutions per stage, going down `depth` times and up again, look at.

    Without padding they are lost, 6·2^depth − 4 of them. With padding they are read where the image has them, and up to
    2^depth − 1 more, depending on where the pixel lies in the coarsest grid: 7·2^depth − 5 at most, for which 7·2^depth
    is a simple bound. Bilinear upsampling reads a neighbour at every step, which adds 2^depth − 1, or simply 2^depth.

    Args:
        depth: How often the size is halved.
        upsampling: One of `UPSAMPLINGS`.
        padding: Whether the convolutions keep the size.

    Returns:
        Pixels on each side of an output pixel.

    Source: notes N9; the 92 pixels of Ronneberger et al. (2015), figure 1: (572 − 388) / 2.

    >>> context_of(4, upsampling="transposed", padding=False)
    92
    """
    lost = 6 * 2**depth - 4
    neighbours = 2**depth if upsampling == "bilinear" else 0
    return neighbours + (7 * 2**depth if padding else lost)


def check_option(name: str, value: object, options: tuple) -> None:
    """Refuse a setting that is none of the options.

    Args:
        name: What the setting is called.
        value: What was given.
        options: What can be given.

    Raises:
        ValueError: If `value` is not among them; it shows all.

    >>> check_option("skips", "add", ("concat", "sum", "none"))
    Traceback (most recent call last):
    ValueError: skips must be one of 'concat', 'sum', 'none': got 'add'
    """
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}: got {value!r}")


def check_input_size(images: Tensor, first: int, step: int) -> None:
    """Refuse images whose height or width is not one of first, first + step, first + 2·step, ….

    Args:
        images: Images (N, C, H, W).
        first: Smallest legal size, pixels.
        step: Pixels between legal sizes.

    Raises:
        ValueError: If a size is illegal; it shows the two nearest legal ones.

    >>> check_input_size(torch.zeros(1, 1, 188, 570), 188, 16)
    Traceback (most recent call last):
    ValueError: width 570 is no legal input size: the nearest are 556 and 572 (of 188, 204, 220, …)
    """
    for name, size in zip(("height", "width"), images.shape[-2:], strict=True):
        above = legal_size(size, first, step)
        if above != size:
            below = max(above - step, first)
            raise ValueError(
                f"{name} {size} is no legal input size: the nearest are {below} and {max(above, below + step)} "
                f"(of {first}, {first + step}, {first + 2 * step}, …)"
            )


def legal_size(at_least: int, first: int, step: int) -> int:
    """Round up to the next of first, first + step, first + 2·step, ….

    Args:
        at_least: Pixels that are needed.
        first: Smallest legal size, pixels.
        step: Pixels between legal sizes.

    >>> legal_size(560, 188, 16)
    572
    """
    return first + step * max(0, -(-(at_least - first) // step))
