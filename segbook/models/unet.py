"""Down and up again, with every encoder stage handed across to the decoder stage of its size.

Source: notes N9; Ronneberger et al. (2015), "U-Net: convolutional networks for biomedical image segmentation".
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from segbook.models.layers import (
    DoubleConv,
    Upsample,
    check_input_size,
    check_option,
    context_of,
    initialise,
    legal_size,
)
from segbook.shapes import legal_input_sizes

SKIPS = ("concat", "sum", "none")


class UNet(nn.Module):
    """Find out what is there on the way down, and where exactly it is on the way up, from the skips.

    `UNet(1, 2)` is the paper's net: 23 convolutions (the four up-convolutions counted), 31,030,658 parameters; an image
    of 572² pixels gives 388² scores.

    Args:
        in_channels: Channels of the image.
        num_classes: Channels of the scores.
        width: Channels at full size; every halving doubles them.
        depth: How often the size is halved.
        padding: False is the paper's: convolutions lose their border, skips are cropped to their middle, and the output
            is smaller than the input by `2 * context` pixels. True keeps all sizes.
        upsampling: "transposed" is the paper's; "nearest" and "bilinear" resize instead (see `Upsample`).
        skips: "concat" is the paper's; "sum" adds the skip to the upsampled map; "none" drops it and keeps all sizes.
        dropout: Probability with which a value of the bottleneck is dropped while training.
        norm: "none" is the paper's; for "batch" and "instance" see `DoubleConv`. The last one looks at the whole
            image, so such a net has no `context`, is no `Tileable`, and is predicted whole.

    Raises:
        ValueError: If `upsampling`, `skips` or `norm` has no such name.

    Source: Ronneberger et al. (2015), section 2, figure 1.
    Departs: the paper drops out "at the end of the contracting path" without saying how much or where; here it is
        nothing unless asked, and then once, after the bottleneck.

    >>> with torch.device("meta"):  # sizes without computing anything
    ...     model, images = UNet(1, 2), torch.zeros(1, 1, 572, 572)
    >>> model(images).shape, sum(parameter.numel() for parameter in model.parameters())
    (torch.Size([1, 2, 388, 388]), 31030658)
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        *,
        width: int = 64,
        depth: int = 4,
        padding: bool = False,
        upsampling: str = "transposed",
        skips: str = "concat",
        dropout: float = 0.0,
        norm: str = "none",
    ):
        super().__init__()
        check_option("skips", skips, SKIPS)
        self.skips = skips
        self.total_stride = 2**depth  # pixels between neighbours in the bottleneck
        if norm != "instance":
            self.context = context_of(depth, upsampling=upsampling, padding=padding)
        self.smallest = legal_input_sizes(1, depth=depth, padding=int(padding)).start
        widths = [width * 2**level for level in range(depth + 1)]
        self.encoder = nn.ModuleList(
            DoubleConv(before, after, padding=padding, norm=norm)
            for before, after in zip([in_channels, *widths], widths[:-1], strict=False)
        )
        self.bottleneck = DoubleConv(widths[-2] if depth else in_channels, widths[-1], padding=padding, norm=norm)
        self.dropout = nn.Dropout(dropout)
        self.upsample = nn.ModuleList(
            Upsample(2 * after, after, upsampling=upsampling) for after in reversed(widths[:-1])
        )
        self.decoder = nn.ModuleList(
            DoubleConv(2 * after if skips == "concat" else after, after, padding=padding, norm=norm)
            for after in reversed(widths[:-1])
        )
        self.head = nn.Conv2d(width, num_classes, 1)
        initialise(self)

    def legal_input_size(self, at_least: int) -> int:
        """Return the smallest legal height or width that is not below `at_least` (pixels).

        >>> with torch.device("meta"):
        ...     UNet(1, 2).legal_input_size(512)
        524
        """
        return legal_size(at_least, self.smallest, self.total_stride)

    def forward(self, images: Float[Tensor, "N C_in H W"]) -> Float[Tensor, "N C H_out W_out"]:
        """Return a score for every class at every pixel that has all its context.

        Raises:
            ValueError: If height or width is not legal: pooling would meet an odd size, or nothing would be left.
        """
        check_input_size(images, self.smallest, self.total_stride)
        carried, x = [], images
        for stage in self.encoder:
            x = stage(x)
            carried.append(x)
            x = F.max_pool2d(x, 2)
        x = self.dropout(self.bottleneck(x))
        for upsample, stage in zip(self.upsample, self.decoder, strict=True):
            x = stage(self._join(upsample(x), carried.pop()))
        return self.head(x)

    def _join(self, x: Tensor, skip: Tensor) -> Tensor:
        if self.skips == "none":
            return x
        height, width = x.shape[-2:]
        skip = crop_centre(skip, (height, width))
        return x + skip if self.skips == "sum" else torch.cat([skip, x], dim=1)


def crop_centre(x: Float[Tensor, "N C H W"], size: tuple[int, int]) -> Float[Tensor, "N C h w"]:
    """Keep the middle of a map.

    Args:
        x: What is cropped; nothing is copied.
        size: Height and width that are kept, in pixels.

    Raises:
        ValueError: If `x` is smaller, or there is no middle: the sizes differ by an odd number.

    Source: Ronneberger et al. (2015), section 2.

    >>> crop_centre(torch.zeros(1, 1, 64, 64), (56, 56)).shape  # 4 pixels from each side
    torch.Size([1, 1, 56, 56])
    """
    crops = [have - want for have, want in zip(x.shape[-2:], size, strict=True)]
    if min(crops) < 0 or any(crop % 2 for crop in crops):
        raise ValueError(f"cannot crop {tuple(x.shape[-2:])} to {tuple(size)} by the same on both sides")
    top, left = (crop // 2 for crop in crops)
    return x[..., top : x.shape[-2] - top, left : x.shape[-1] - left]
