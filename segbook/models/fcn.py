"""Score coarse features, enlarge the scores, and add the scores of finer features on the way.

Source: notes N4; Long et al. (2015), "Fully convolutional networks for semantic segmentation", section 4.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from segbook.models.layers import DoubleConv, check_option, initialise
from segbook.ops import bilinear_kernel


class FCN(nn.Module):
    """Classify a coarse grid and enlarge it, with finer scores added where asked.

    With depth 5, `stride` 32, 16 and 8 are FCN-32s, FCN-16s and FCN-8s. Any image size is legal: pooling rounds up and
    each enlarged score map is cut to the size of what it is added to.

    Args:
        in_channels: Channels of the image.
        num_classes: Channels of the scores.
        width: Channels of the first stage; each later stage has twice as many, up to 8 times.
        depth: How often the size is halved.
        stride: Pixels between neighbours in the finest score map that is added: 2^depth (no fusion), …, 4 or 2.

    Raises:
        ValueError: If no stage has that stride.

    Source: Long et al. (2015), sections 4.1 and 4.2.
    Departs: narrow stages of two 3×3 convolutions for those of VGG-16 (Simonyan & Zisserman, 2015); one 3×3 convolution
        for its two dense layers; padding by 1 for their 100 pixels around the image; the last enlargement is learned
        too (theirs stays bilinear).

    >>> FCN(3, 2, depth=3, stride=2)(torch.zeros(1, 3, 50, 37)).shape
    torch.Size([1, 2, 50, 37])
    """

    def __init__(self, in_channels: int, num_classes: int, *, width: int = 16, depth: int = 5, stride: int = 8):
        super().__init__()
        check_option("stride", stride, tuple(2**level for level in range(depth, 0, -1)))
        self.depth = depth
        widths = [width * 2 ** min(level, 3) for level in range(depth + 1)]
        self.encoder = nn.ModuleList(
            DoubleConv(before, after, padding=True)
            for before, after in zip([in_channels, *widths], widths[:-1], strict=False)
        )
        self.bottleneck = nn.Sequential(nn.Conv2d(widths[-2], widths[-1], 3, padding=1), nn.ReLU(inplace=True))
        self.head = nn.Conv2d(widths[-1], num_classes, 1)
        # The fused stages, coarse to fine: their features have stride 2^(level + 1).
        fused = [level for level in range(depth - 2, -1, -1) if 2 ** (level + 1) >= stride]
        skips = [nn.Conv2d(widths[level], num_classes, 1) for level in fused]
        decoder = [nn.ConvTranspose2d(num_classes, num_classes, 4, stride=2) for _ in fused]
        self.skips, self.decoder = nn.ModuleList(skips), nn.ModuleList(decoder)
        self.enlarge = nn.ConvTranspose2d(num_classes, num_classes, 2 * stride, stride=stride)
        initialise(self)
        for skip in skips:  # so that a finer net starts with the coarser net's answer, as in section 4.2
            nn.init.zeros_(skip.weight)
        for layer in (*decoder, self.enlarge):
            initialise_bilinear(layer)

    @property
    def total_stride(self) -> int:
        """Pixels between neighbours in the coarsest grid."""
        return 2**self.depth

    @property
    def context(self) -> int:
        """Pixels on each side that an output pixel can look at, rounded up to the coarsest grid."""
        return 5 * 2**self.depth

    def legal_input_size(self, at_least: int) -> int:
        """Return `at_least` (pixels): every size is legal."""
        return at_least

    def forward(self, images: Float[Tensor, "N C_in H W"]) -> Float[Tensor, "N C H W"]:
        """Return a score for every class at every pixel."""
        features, x = [], images
        for stage in self.encoder:
            x = F.max_pool2d(stage(x), 2, ceil_mode=True)
            features.append(x)
        scores = self.head(self.bottleneck(x))
        for enlarge, skip, finer in zip(self.decoder, self.skips, features[-2::-1], strict=False):
            scores = _cut(enlarge(scores), finer, 1) + skip(finer)
        return _cut(self.enlarge(scores), images, self.enlarge.stride[0] // 2)


@torch.no_grad()
def initialise_bilinear(layer: nn.ConvTranspose2d) -> nn.ConvTranspose2d:
    """Set a transposed convolution to interpolate: tents for stamps, each class by itself.

    Args:
        layer: The kernel size of `ops.bilinear_kernel` for its stride (2·stride, if that is even), as many channels
            out as in; changed in place.

    Returns:
        The same layer. With an even stride, and stride / 2 pixels cut from each side, it enlarges like
        `F.interpolate(mode="bilinear")` except near the border, where it reads zeros beyond the image.

    Raises:
        ValueError: If the kernel has another size or channels differ.

    Source: Long et al. (2015), section 3.3.

    >>> initialise_bilinear(nn.ConvTranspose2d(1, 1, 4, stride=2)).weight[0, 0, 0] * 16
    tensor([1., 3., 3., 1.], grad_fn=<MulBackward0>)
    """
    factor, size = layer.stride[0], layer.kernel_size[0]
    kernel = bilinear_kernel(factor)
    if size != len(kernel) or layer.in_channels != layer.out_channels:
        raise ValueError(
            f"bilinear weights for stride {factor} need a kernel of {len(kernel)} and equal channels: "
            f"got kernel {size}, channels {layer.in_channels} → {layer.out_channels}"
        )
    nn.init.zeros_(layer.weight)
    for channel in range(layer.in_channels):
        layer.weight[channel, channel] = kernel
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _cut(x: Tensor, like: Tensor, start: int) -> Tensor:
    height, width = like.shape[-2:]
    return x[..., start : start + height, start : start + width]
