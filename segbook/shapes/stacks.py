"""What a stack of layers sees: sizes, receptive field, jump, offset."""

from collections.abc import Sequence
from typing import NamedTuple

from segbook.checks import check_number
from segbook.shapes.layers import conv_output_size, conv_transpose_output_size


class Layer(NamedTuple):
    """One layer along one axis: a convolution or a pooling (they read alike), or a transposed convolution.

    Attributes:
        kernel_size: Taps of the kernel, or samples of the pooling window.
        stride: Samples between neighbouring windows, or between neighbouring stamps.
        padding: Samples added on each side, or cropped from each side.
        dilation: Samples between neighbouring taps.
        transposed: Whether the layer stamps instead of reading.

    Source: notes N5–N7.

    >>> Layer(3, padding=1)
    Layer(kernel_size=3, stride=1, padding=1, dilation=1, transposed=False)
    """

    kernel_size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    transposed: bool = False


class ReceptiveField(NamedTuple):
    """Output n of a stack reads the inputs offset + n·jump … offset + n·jump + size − 1.

    Attributes:
        size: Samples in the window.
        jump: Input samples from one window to the next: the product of the strides.
        offset: The first sample of output 0's window; negative in the padding.

    Source: Araujo, Norris & Sim (2019), "Computing receptive fields of convolutional neural networks".

    >>> field = ReceptiveField(size=5, jump=2, offset=-2)
    >>> [field.offset + 3 * field.jump + place for place in range(field.size)]  # what output 3 reads
    [4, 5, 6, 7, 8]
    """

    size: int
    jump: int
    offset: int


def stack_output_size(layers: Sequence[Layer], input_size: int) -> int:
    """Send a size through the layers, one after the other.

    Args:
        layers: The stack, first layer first.
        input_size: Samples of the input.

    Returns:
        Samples of the last layer's output.

    Raises:
        ValueError: If a layer has too little to read, or an argument is out of range.

    Source: notes N5 and N7.

    >>> stack_output_size([Layer(3), Layer(2, stride=2), Layer(2, stride=2, transposed=True)], 9)
    6
    """
    for layer in layers:
        kernel_size, stride, padding, dilation, transposed = layer
        formula = conv_transpose_output_size if transposed else conv_output_size
        input_size = formula(input_size, kernel_size, stride=stride, padding=padding, dilation=dilation)
    return input_size


def receptive_field(layers: Sequence[Layer]) -> ReceptiveField:
    """Grow a window from the input side: each layer adds its own extent in steps of the strides *before* it.

    Args:
        layers: The stack, first layer first; no transposed convolutions.

    Returns:
        Size, jump and offset in input samples.

    Raises:
        ValueError: If a layer is transposed (outputs then have windows of different sizes: see `input_window`), or an
            argument is out of range.

    Source: Araujo, Norris & Sim (2019).

    >>> receptive_field([Layer(3, padding=1), Layer(2, stride=2), Layer(3, padding=1)])
    ReceptiveField(size=8, jump=2, offset=-3)
    """
    _check_layers(layers)
    size, jump, offset = 1, 1, 0
    for index, (kernel_size, stride, padding, dilation, transposed) in enumerate(layers):
        if transposed:
            raise ValueError(
                f"layer {index} of {len(layers)} is transposed: its outputs have windows of different sizes; "
                "use input_window(layers, output_index)"
            )
        size += dilation * (kernel_size - 1) * jump
        offset -= padding * jump
        jump *= stride
    return ReceptiveField(size, jump, offset)


def input_window(layers: Sequence[Layer], output_index: int) -> range:
    """Walk back from one output to the inputs it reads, layer by layer.

    Sizes are ignored, as if the signal went on for ever: what lies below 0 or past the end is padding.

    Args:
        layers: The stack, first layer first; transposed convolutions are welcome.
        output_index: Which output sample.

    Returns:
        The samples from the first to the last that is read (with dilation or gaps, not all between them are), empty
        if nothing is.

    Raises:
        ValueError: If an argument is out of range.

    Source: notes N5 and N6, read backwards.

    >>> input_window([Layer(3), Layer(2, stride=2)], 1)
    range(2, 6)
    >>> [len(input_window([Layer(2, stride=2), Layer(2, stride=2, transposed=True), Layer(2)], n)) for n in range(4)]
    [2, 4, 2, 4]
    """
    _check_layers(layers)
    reads = {output_index}
    for kernel_size, stride, padding, dilation, transposed in reversed(layers):
        taps = range(0, dilation * kernel_size, dilation)
        if transposed:  # output i holds tap j of stamp n where i + p = n·s + j·d
            covered = {i + padding - tap for i in reads for tap in taps}
            reads = {place // stride for place in covered if place % stride == 0}
        else:
            reads = {n * stride + tap - padding for n in reads for tap in taps}
    return range(min(reads), max(reads) + 1) if reads else range(0)


def _check_layers(layers: Sequence[Layer]) -> None:
    for index, layer in enumerate(layers):
        for name, least in (("kernel_size", 1), ("stride", 1), ("padding", 0), ("dilation", 1)):
            check_number(f"{name} of layer {index}", getattr(layer, name), least, whole=True)
