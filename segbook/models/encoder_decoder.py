"""Down to a small, wide map and up again, with nothing carried across.

Source: notes N8; Badrinarayanan et al. (2017), "SegNet"; Noh et al. (2015), "Learning deconvolution network".
"""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from segbook.models.layers import (
    DoubleConv,
    Upsample,
    check_input_size,
    context_of,
    initialise,
    legal_size,
)


class EncoderDecoder(nn.Module):
    """Halve the image `depth` times, then double it as often: all that is known about a pixel passes the bottleneck.

    Args:
        in_channels: Channels of the image.
        num_classes: Channels of the scores.
        width: Channels at full size; every halving doubles them.
        depth: How often the size is halved; 0 keeps it.
        upsampling: "transposed", "nearest" or "bilinear" (see `Upsample`).

    Raises:
        ValueError: If `upsampling` has no such name.

    Source: notes N8; Badrinarayanan et al. (2017), section 3.
    Departs: no pooling indices are kept and no batch norm is used; each stage is U-Net's, so that `UNet(padding=True)`
        differs from this net by its skips alone.

    >>> import torch
    >>> EncoderDecoder(1, 2, width=8, depth=3)(torch.zeros(1, 1, 64, 40)).shape
    torch.Size([1, 2, 64, 40])
    """

    def __init__(
        self, in_channels: int, num_classes: int, *, width: int = 16, depth: int = 3, upsampling: str = "transposed"
    ):
        super().__init__()
        widths = [width * 2**level for level in range(depth + 1)]
        self.total_stride = 2**depth
        self.context = context_of(depth, upsampling=upsampling, padding=True)
        self.encoder = nn.ModuleList(
            DoubleConv(before, after, padding=True)
            for before, after in zip([in_channels, *widths], widths[:-1], strict=False)
        )
        self.bottleneck = DoubleConv(widths[-2] if depth else in_channels, widths[-1], padding=True)
        self.decoder = nn.ModuleList(
            nn.Sequential(Upsample(2 * after, after, upsampling=upsampling), DoubleConv(after, after, padding=True))
            for after in reversed(widths[:-1])
        )
        self.head = nn.Conv2d(width, num_classes, 1)
        initialise(self)

    def legal_input_size(self, at_least: int) -> int:
        """Return the smallest multiple of 2^depth that is not below `at_least` (pixels)."""
        return legal_size(at_least, self.total_stride, self.total_stride)

    def forward(self, images: Float[Tensor, "N C_in H W"]) -> Float[Tensor, "N C H W"]:
        """Return a score for every class at every pixel.

        Raises:
            ValueError: If height or width is no multiple of 2^depth.
        """
        check_input_size(images, self.total_stride, self.total_stride)
        x = images
        for stage in self.encoder:
            x = F.max_pool2d(stage(x), 2)
        x = self.bottleneck(x)
        for stage in self.decoder:
            x = stage(x)
        return self.head(x)
