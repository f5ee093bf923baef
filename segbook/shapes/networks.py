"""The encoder–decoder and U-Net as tables of sizes, channels and costs.

Each level of the encoder has two 3×3 convolutions and a 2×2 pooling; each level of the decoder a 2×2 up-convolution
(transposed, stride 2), the skip, and two 3×3 convolutions; a 1×1 convolution is the head. Channels double with depth.

Source: notes N8 and N9; Ronneberger et al. (2015), figure 1.
"""

from typing import NamedTuple

from segbook.checks import check_number
from segbook.shapes.costs import conv_multiply_adds, conv_parameters, conv_transpose_multiply_adds
from segbook.shapes.stacks import Layer, stack_output_size

POOL = Layer(2, stride=2)
UP = Layer(2, stride=2, transposed=True)
HEAD = Layer(1)


class LedgerRow(NamedTuple):
    """One row of a ledger: a layer, or a skip that is cropped and concatenated.

    Attributes:
        kind: What it is: "encoder", "pool", "bottleneck", "up", "skip", "decoder" or "head".
        level: 1 at full size, one more after every pooling; 0 for the head.
        input_size: Samples along one axis that go in; of a skip, before the crop.
        output_size: Samples along one axis that come out.
        in_channels: Channels that go in; of a skip, those it brings.
        out_channels: Channels that come out; of a skip, after the concatenation.
        parameters: Weights and biases.
        multiply_adds: Products, for a square image.

    Source: the book's own.

    >>> row = LedgerRow("skip", 4, 64, 56, 512, 1024, 0, 0)
    >>> row.name, (row.input_size - row.output_size) // 2  # cropped from each side
    ('skip 4', 4)
    """

    kind: str
    level: int
    input_size: int
    output_size: int
    in_channels: int
    out_channels: int
    parameters: int
    multiply_adds: int

    @property
    def name(self) -> str:
        """Kind and level in words: "encoder 1", "head"."""
        return f"{self.kind} {self.level}" if self.level else self.kind


def unet_layers(depth: int = 4, *, padding: int = 0) -> list[Layer]:
    """List the layers along the longest way through the U, down to the bottleneck and up again.

    The skips are shortcuts of this way, so what an output reads is `input_window(unet_layers(…), n)`; its size depends
    on n modulo 2^depth.

    Args:
        depth: Poolings.
        padding: Zeros added on each side by every 3×3 convolution: 0 as in the paper, or 1 to keep sizes.

    Returns:
        3·depth layers down, 2 in the bottleneck, 3·depth up, and the head.

    Raises:
        ValueError: If depth is below 0, or padding neither 0 nor 1.

    Source: Ronneberger et al. (2015), figure 1.

    >>> from segbook.shapes import input_window
    >>> sorted({len(input_window(unet_layers(), n)) for n in range(16)})
    [188, 204]
    """
    kinds = {"pool": POOL, "up": UP, "head": HEAD}
    check_number("padding", padding, 0, 1, whole=True)
    return [kinds.get(kind, Layer(3, padding=padding)) for kind, _ in _order(depth)]


def legal_input_sizes(limit: int, *, depth: int = 4, padding: int = 0) -> range:
    """List the input sizes up to a limit that every pooling halves without a remainder and that leave an output.

    Args:
        limit: The largest size of interest, included.
        depth: Poolings.
        padding: Zeros added on each side by every 3×3 convolution: 0 or 1.

    Returns:
        Every 2^depth-th size from the smallest on. With padding, these are the multiples of 2^depth. Without, the
        poolings are even where N ≡ −4 (mod 2^depth), and an output is left where N > 12·2^depth − 8.

    Raises:
        ValueError: If an argument is out of range.

    Source: Ronneberger et al. (2015), section 2, on the choice of the tile size.

    >>> legal_input_sizes(250), 572 in legal_input_sizes(1000)
    (range(188, 251, 16), True)
    """
    check_number("limit", limit, 1, whole=True)
    check_number("depth", depth, whole=True)
    check_number("padding", padding, 0, 1, whole=True)
    period = 2**depth
    return range(period if padding else 12 * period - 7 + 3 % period, limit + 1, period)


def unet_ledger(
    input_size: int,
    *,
    in_channels: int = 1,
    num_classes: int = 2,
    depth: int = 4,
    width: int = 64,
    padding: int = 0,
    skips: bool = True,
) -> list[LedgerRow]:
    """Follow a square image through the U and write down every size, crop, channel count and cost.

    Without skips it is an encoder–decoder, and any size will do: a pooling drops the odd sample, and the output then
    is smaller than the input by what was dropped.

    Args:
        input_size: Samples along one axis of the image.
        in_channels: Channels of the image.
        num_classes: Channels of the logits.
        depth: Poolings.
        width: Channels of the first level; they double at each level.
        padding: Zeros added on each side by every 3×3 convolution: 0 or 1.
        skips: Whether the encoder's features are cropped and concatenated in the decoder.

    Returns:
        One row for each layer and skip, in the order of the computation. A skip's `input_size` is the encoder's; half
        of what it loses is cropped from each side.

    Raises:
        ValueError: If the input size is not legal (with skips) or too small (without), or an argument is out of range.

    Source: Ronneberger et al. (2015), figure 1.

    >>> ledger = unet_ledger(572)
    >>> ledger[-1].output_size, sum(row.parameters for row in ledger), sum(row.parameters > 0 for row in ledger)
    (388, 31030658, 23)
    >>> [row[1:4] for row in ledger if row.kind == "skip"]  # level, size before and after the crop
    [(4, 64, 56), (3, 136, 104), (2, 280, 200), (1, 568, 392)]
    """
    for name, value in (("in_channels", in_channels), ("num_classes", num_classes), ("width", width)):
        check_number(name, value, 1, whole=True)
    layers = unet_layers(depth, padding=padding)
    if skips:
        _check_legal(input_size, depth=depth, padding=padding)
    rows, size, channels, kept = [], input_size, in_channels, {}
    for (kind, level), layer in zip(_order(depth), layers, strict=True):
        if kind == "pool":
            kept[level] = size, channels
        out_size = stack_output_size([layer], size)
        out_channels = {"pool": channels, "head": num_classes}.get(kind, width * 2**level // 2)
        costs = _costs(layer, channels, out_channels, size, out_size)
        rows.append(LedgerRow(kind, level, size, out_size, channels, out_channels, *costs))
        size, channels = out_size, out_channels
        if kind == "up" and skips:
            skip_size, skip_channels = kept[level]
            rows.append(LedgerRow("skip", level, skip_size, size, skip_channels, skip_channels + channels, 0, 0))
            channels += skip_channels
    return rows


def _order(depth: int) -> list[tuple[str, int]]:
    """List kind and level of the layers, from the image to the logits (the head has level 0)."""
    check_number("depth", depth, whole=True)
    down = [(kind, level) for level in range(1, depth + 1) for kind in ("encoder", "encoder", "pool")]
    up = [(kind, level) for level in range(depth, 0, -1) for kind in ("up", "decoder", "decoder")]
    return [*down, ("bottleneck", depth + 1), ("bottleneck", depth + 1), *up, ("head", 0)]


def _costs(layer: Layer, in_channels: int, out_channels: int, size: int, out_size: int) -> tuple[int, int]:
    if layer == POOL:
        return 0, 0
    kernels = in_channels, out_channels, layer.kernel_size
    if layer == UP:
        return conv_parameters(*kernels), conv_transpose_multiply_adds(*kernels, input_size=size)
    return conv_parameters(*kernels), conv_multiply_adds(*kernels, output_size=out_size)


def _check_legal(input_size: int, *, depth: int, padding: int) -> None:
    check_number("input_size", input_size, 1, whole=True)
    sizes = legal_input_sizes(input_size + 2**depth, depth=depth, padding=padding)
    if input_size not in sizes:
        near = sizes[-2:] or [sizes.start]
        raise ValueError(
            f"input_size {input_size} is not legal for depth {depth} and padding {padding}: legal are "
            f"{sizes.start}, {sizes.start + sizes.step}, {sizes.start + 2 * sizes.step}, …, "
            f"nearest {' and '.join(map(str, near))}"
        )
