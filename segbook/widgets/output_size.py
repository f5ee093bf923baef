"""Live figure: which input sizes collapse to one output size, and which of them the transpose returns."""

from typing import ClassVar

from segbook import shapes
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import slider


class OutputSize(LiveFigure):
    """Input sizes above, the sizes after a convolution between, the sizes that its transpose returns below.

    Args:
        input_size: The size in focus, N, 1 to 32.
        kernel_size: Taps of the kernel, 1 to 7.
        stride: Samples between neighbouring windows, 1 to 5.
        padding: Zeros added on each side, 0 to 4.
        dilation: Samples between neighbouring taps, 1 to 3.
        output_padding: Samples added to what the transpose returns; below the stride.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N5 and N7; Dumoulin & Visin (2016), section 4.6.

    >>> OutputSize(input_size=17, kernel_size=5, stride=3, padding=2).sizes()
    (6, 16)
    """

    _esm = esm("output_size")
    caption = (
        "Sizes before a convolution, after it, and after its transpose. Several sizes collapse to one; move "
        "the output padding until the thick line ends where it began."
    )
    input_size = slider(17, "input size N", min=1, max=32)
    kernel_size = slider(5, "kernel size k", min=1, max=7)
    stride = slider(3, "stride s", min=1, max=5)
    padding = slider(2, "padding p", min=0, max=4)
    output_padding = slider(0, "output padding", min=0, max=4)
    dilation = slider(1, "dilation d", min=1, max=3, more=True)
    presets: ClassVar = {
        "one place short": {},
        "the way back": {"output_padding": 1},
        "halving": {"input_size": 9, "kernel_size": 3, "stride": 2, "padding": 1},
        "stride 1": {"input_size": 8, "kernel_size": 3, "stride": 1, "padding": 1},
    }

    def sizes(self) -> tuple[int, int]:
        """Follow the size in focus: after the convolution, and after its transpose.

        Raises:
            ValueError: If the kernel does not fit, or output_padding is too large.
        """
        settings = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        after = shapes.conv_output_size(self.input_size, self.kernel_size, **settings)
        back = shapes.conv_transpose_output_size(
            after, self.kernel_size, **settings, output_padding=self.output_padding
        )
        return after, back

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        settings = f"kernel {self.kernel_size}, stride {self.stride}, padding {self.padding}, dilation {self.dilation}"
        try:
            after, back = self.sizes()
        except ValueError as error:
            return f"Input size {self.input_size} through a convolution ({settings}): {error}."
        group = self._group(after)
        return (
            f"Input size {self.input_size} through a convolution ({settings}) gives {after}, as do all of "
            f"{', '.join(map(str, group))}; its transpose with output padding {self.output_padding} returns {back}."
        )

    def _group(self, output_size: int) -> range:
        return shapes.collapsing_input_sizes(
            output_size, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation
        )
