"""A classifier of patches, and the same weights slid over a whole image.

Source: notes N3 and N4; Cireşan et al. (2012), "Deep neural networks segment neuronal membranes in electron microscopy
images"; for the dense forms Long et al. (2015), sections 3.1 and 3.2.
"""

from collections.abc import Iterable
from typing import TypeVar

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from segbook.models.layers import initialise, legal_size

Layer = TypeVar("Layer", bound=nn.Module)


class PatchClassifier(nn.Module):
    """Look at one square patch and name its centre pixel.

    `depth` times: a 4×4 convolution without padding, ReLU, 2×2 max pooling. Then a dense head. The 4×4 kernel makes an
    odd patch, which has a centre, even, so that pooling leaves nothing over.

    Args:
        in_channels: Channels of the image.
        num_classes: Classes to choose from.
        patch_size: Height and width of a patch in pixels: 2^depth·m − 3 with m ≥ 4.
        width: Channels of every convolution.
        depth: How often the patch is halved.
        hidden: Neurons of the dense layer before the scores.

    Raises:
        ValueError: If no patch of that size fits the layers; it shows the two nearest sizes that do.

    Source: notes N3; Cireşan et al. (2012), table 1.
    Departs: ReLU and scores before softmax for their tanh-like units; two stages by default for their four; every
        kernel is 4×4 (one of theirs is 5×5). Nothing depends on the mode: there is neither dropout nor batch norm.

    >>> import torch
    >>> PatchClassifier(1, 2, patch_size=29)(torch.zeros(5, 1, 29, 29)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        *,
        patch_size: int = 29,
        width: int = 16,
        depth: int = 2,
        hidden: int = 64,
    ):
        super().__init__()
        step = 2**depth
        above = legal_size(patch_size, 4 * step - 3, step)
        if above != patch_size:
            below = max(above - step, 4 * step - 3)
            raise ValueError(
                f"patch_size {patch_size} does not fit depth {depth}: the nearest that do are {below} and "
                f"{max(above, below + step)} ({step}·m − 3)"
            )
        self.patch_size = patch_size
        self.stride = step  # pixels between neighbouring answers of the dense form
        self.encoder = nn.ModuleList(nn.Conv2d(width if i else in_channels, width, 4) for i in range(depth))
        self.head_size = (patch_size + 3) // step - 3  # pixels that are left of the patch after the encoder
        channels = width if depth else in_channels
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(channels * self.head_size**2, hidden), nn.ReLU(), nn.Linear(hidden, num_classes)
        )
        initialise(self)

    def forward(self, patches: Float[Tensor, "N C_in P P"]) -> Float[Tensor, "N C"]:
        """Score the centre pixel of each patch.

        Raises:
            ValueError: If the patches have another size than the classifier was built for.
        """
        if patches.shape[-2:] != (self.patch_size, self.patch_size):
            raise ValueError(f"patches must be {self.patch_size}² pixels: got {tuple(patches.shape[-2:])}")
        x = patches
        for conv in self.encoder:
            x = F.max_pool2d(F.relu(conv(x)), 2)
        return self.head(x)

    def dense(self) -> "DensePatchClassifier":
        """Return the same weights as a fully convolutional network: an answer for every `stride`-th pixel.

        >>> import torch
        >>> PatchClassifier(1, 2, patch_size=29).dense()(torch.zeros(1, 1, 64, 64)).shape  # (64 − 29) // 4 + 1
        torch.Size([1, 2, 9, 9])
        """
        return DensePatchClassifier(self, dilated=False)

    def dilated(self) -> "DensePatchClassifier":
        """Return the same weights with pooling that skips nothing: an answer for every pixel.

        >>> import torch
        >>> PatchClassifier(1, 2, patch_size=29).dilated()(torch.zeros(1, 1, 64, 64)).shape  # 64 − 29 + 1
        torch.Size([1, 2, 36, 36])
        """
        return DensePatchClassifier(self, dilated=True)


class DensePatchClassifier(nn.Module):
    """Slide a `PatchClassifier` over a whole image, computing every convolution once.

    The dense layer on a c×h×h feature map is a convolution with an h×h kernel; slid, it answers for every patch whose
    corner lies on the pooling grid. Dilated, pooling moves by one pixel instead of two, and every later kernel spreads
    its taps so that each patch still sees exactly its own pixels ("à trous").

    Output (i, j) is the answer for the patch with its corner at (s·i, s·j), so for the pixel s·i + patch_size // 2;
    s is the classifier's stride, or 1 when dilated. Mirror the image by patch_size // 2 pixels first, or use
    `segbook.train.predict`, to get an answer for every pixel.

    Args:
        classifier: The weights, shared, not copied: training one trains the other.
        dilated: Whether every pixel is answered, rather than every s-th.

    Source: notes N4; Long et al. (2015), sections 3.1 and 3.2.

    >>> import torch
    >>> classifier, images = PatchClassifier(1, 2, patch_size=29), torch.rand(1, 1, 40, 40)
    >>> patch = images[:, :, 8:37, 4:33]
    >>> torch.allclose(classifier(patch), classifier.dense()(images)[:, :, 2, 1], atol=1e-5)
    True
    """

    def __init__(self, classifier: PatchClassifier, *, dilated: bool):
        super().__init__()
        self.classifier = classifier
        self.is_dilated = dilated
        self.total_stride = 1 if dilated else classifier.stride
        self.context = classifier.patch_size // 2

    def legal_input_size(self, at_least: int) -> int:
        """Return `at_least`, or the patch size if that is larger (pixels)."""
        return max(at_least, self.classifier.patch_size)

    def forward(self, images: Float[Tensor, "N C_in H W"]) -> Float[Tensor, "N C H_out W_out"]:
        """Score the centre pixels of all patches on the grid.

        Raises:
            ValueError: If the images are smaller than one patch.
        """
        model = self.classifier
        if min(images.shape[-2:]) < model.patch_size:
            raise ValueError(f"images must hold one patch of {model.patch_size}²: got {tuple(images.shape[-2:])}")
        x, dilation = images, 1
        for conv in _layers(model.encoder, nn.Conv2d):
            x = F.relu(F.conv2d(x, conv.weight, conv.bias, dilation=dilation))
            if self.is_dilated:
                x = F.max_pool2d(x, 2, stride=1, dilation=dilation)
                dilation *= 2
            else:
                x = F.max_pool2d(x, 2)
        hidden, scores = _layers(model.head, nn.Linear)
        kernel = hidden.weight.unflatten(1, (-1, model.head_size, model.head_size))
        x = F.relu(F.conv2d(x, kernel, hidden.bias, dilation=dilation))
        return F.conv2d(x, scores.weight[..., None, None], scores.bias)


def _layers(modules: Iterable[nn.Module], kind: type[Layer]) -> list[Layer]:
    """Keep the layers of one kind."""
    return [module for module in modules if isinstance(module, kind)]
