"""Live figure: which input sizes collapse to one output size, and which of them the transpose returns."""

from typing import ClassVar

from segbook import palette, plot, shapes
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
    input_size = slider(17, "input size N", min=1, max=32)
    kernel_size = slider(5, "kernel size k", min=1, max=7)
    stride = slider(3, "stride s", min=1, max=5)
    padding = slider(2, "padding p", min=0, max=4)
    output_padding = slider(0, "output padding", min=0, max=4)
    dilation = slider(1, "dilation d", min=1, max=3, more=True)
    presets: ClassVar = {
        "a false claim": {},
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

    def picture(self) -> plot.Figure:  # noqa: D102
        figure, (ax,) = plot.new_figure(1, size=(7.4, 2.6))
        first = max(1, self.input_size - 15)
        shown = range(first, first + 20)
        settings = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        for size in shown:
            try:
                after = shapes.conv_output_size(size, self.kernel_size, **settings)
            except ValueError:  # the kernel does not fit: a size without a line
                ax.text(size, 2, size, ha="center", va="center", fontsize=8, color=palette.GREY)
                continue
            group = [member for member in self._group(after) if member in shown]
            middle = sum(group) / len(group)
            back = group[0] + self.output_padding  # the smallest of the group comes back without output padding
            colour = palette.CYCLE[after % len(palette.CYCLE)]
            on = size == self.input_size
            line = {"color": palette.FOCUS if on else colour, "linewidth": 2.6 if on else 1, "zorder": 3 if on else 1}
            ax.plot([size, middle], [1.85, 1.15], **line)
            for x, y, text in ((size, 2, size), (middle, 1, after)):
                ax.text(x, y, text, ha="center", va="center", fontsize=8, color=plot.INK)
            if back in shown:
                ax.plot([middle, back], [0.85, 0.15], **line)
                ax.text(back, 0, back, ha="center", va="center", fontsize=8, color=plot.INK)
        ax.set(yticks=[2, 1, 0], yticklabels=["input size", "after convolution", "after its transpose"], xticks=[])
        ax.set(xlim=(first - 0.8, shown[-1] + 0.8), ylim=(-0.35, 2.35))
        ax.tick_params(length=0)
        return figure

    def _group(self, output_size: int) -> range:
        return shapes.collapsing_input_sizes(
            output_size, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation
        )
