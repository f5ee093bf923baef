"""What a model says about itself, so that it can answer for an image of any size, tile by tile."""

from typing import NamedTuple, Protocol, runtime_checkable

from torch import nn

from segbook.models.layers import legal_size


@runtime_checkable
class Tileable(Protocol):
    """A model that says how far it looks and which sizes it takes; all models of the book do, and yours can.

    Source: Ronneberger et al. (2015), figure 2 (overlap-tile strategy).

    >>> from segbook.models import UNet
    >>> isinstance(UNet(1, 2, width=2), Tileable), isinstance(nn.Conv2d(1, 2, 3), Tileable)
    (True, False)
    """

    @property
    def context(self) -> int:
        """Pixels on each side that an output pixel can look at, rounded up to the coarsest grid."""
        ...

    @property
    def total_stride(self) -> int:
        """Pixels between neighbours in the coarsest grid: tiles begin at multiples of it."""
        ...

    def legal_input_size(self, at_least: int) -> int:
        """Return the smallest legal height or width that is not below `at_least` (pixels)."""
        ...


class Tiling(NamedTuple):
    """What a user says of a model that does not say it itself.

    Attributes:
        context: Pixels on each side that an output pixel can look at.
        total_stride: Heights and widths are multiples of it, in pixels.

    Source: the book's own.

    >>> Tiling(context=70, total_stride=16).legal_input_size(100)
    112
    """

    context: int
    total_stride: int

    def legal_input_size(self, at_least: int) -> int:
        """Return the smallest multiple of `total_stride` that is not below `at_least` (pixels)."""
        return legal_size(at_least, self.total_stride, self.total_stride)


def unwrap(model: nn.Module) -> nn.Module:
    """Take off every wrapper that hands images on as they are.

    Args:
        model: A model in `DataParallel`, `DistributedDataParallel`, `torch.compile`, a `Sequential` of one, or several
            of them; or bare.

    Returns:
        The model itself, not a copy.

    Source: the book's own.

    >>> layer = nn.Conv2d(1, 2, 3)
    >>> unwrap(nn.DataParallel(nn.Sequential(layer))) is layer
    True
    """
    while True:
        if isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
            model = model.module
        elif isinstance(inner := getattr(model, "_orig_mod", None), nn.Module):  # torch.compile
            model = inner
        elif type(model) is nn.Sequential and len(model) == 1:
            model = model[0]
        else:
            return model
