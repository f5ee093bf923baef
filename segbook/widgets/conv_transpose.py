"""Live figure: one transposed convolution seen as stamps, as zero-insertion and as a matrix."""

from typing import ClassVar

import torch

from segbook import ops
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import checkbox, numbers, slider


class ConvTranspose1D(LiveFigure):
    """A one-dimensional transposed convolution in three linked views.

    Every setting is a trait that Python reads and sets; `output()` is what torch makes of it.

    Args:
        x: Input samples, 1 to 6 of them.
        weight: Taps of the kernel, 1 to 5 of them.
        stride: Output samples between stamps, 1 to 4.
        padding: Output samples cropped from each side.
        output_padding: Output samples added at the end; below the larger of stride and dilation.
        dilation: Output samples between taps, 1 to 3.
        i: Index of the output sample that the three views explain.
        letters: Whether cells show letters in place of numbers.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N6 and N7; Dumoulin & Visin (2016), chapter 4.

    >>> ConvTranspose1D(x=[1, 10], weight=[1, 2, 3], stride=2).output()
    [1.0, 2.0, 13.0, 20.0, 30.0]
    """

    _esm = esm("conv_transpose_1d")
    caption = (
        "One transposed convolution three times: as stamps that add up, as zeros and an ordinary convolution, "
        "as a matrix. Point at an output sample and find it in all three."
    )
    i = slider(2, "output sample i", min=0)
    weight = numbers([1, 2, 3], "kernel w", "kernel size k", fill=[1, 2, 1, 2, 1], most=5, more=False)
    stride = slider(2, "stride s", min=1, max=4)
    padding = slider(0, "padding p", min=0)
    x = numbers([1, 10], "input v", "input length I", fill=[1, 2, 3, 1, 2, 3], most=6, more=True)
    output_padding = slider(0, "output padding", min=0, max=3, more=True)
    dilation = slider(1, "dilation d", min=1, max=3, more=True)
    letters = checkbox(True, "letters for numbers", more=True)
    presets: ClassVar = {
        "by hand": {},
        "stride 2": {"x": [1, 2, 3, 4], "weight": [1, 3, 3, 1], "padding": 1, "letters": False, "i": 3},
        "uneven overlap": {"x": [1, 1, 1, 1], "weight": [1, 1, 1], "letters": False, "i": 4},
        # The places that output padding adds are some of those that padding cropped, and hold what was stamped there.
        "output padding": {
            "x": [1, 2, 3],
            "weight": [1, 2, 1, 2, 1],
            "stride": 3,
            "padding": 2,
            "output_padding": 2,
            "letters": False,
            "i": 7,
        },
        "dilation 2": {"x": [1, 2, 3, 4], "stride": 1, "dilation": 2, "letters": False, "i": 4},
    }

    def output(self) -> list[float]:
        """Compute the transposed convolution of the present settings.

        Raises:
            ValueError: If the padding crops everything, or output_padding is too large.
        """
        x = torch.tensor(self.x, dtype=torch.float64)[None, None]
        weight = torch.tensor(self.weight, dtype=torch.float64)[None, None]
        y = ops.conv_transpose1d(
            x,
            weight,
            stride=self.stride,
            padding=self.padding,
            output_padding=self.output_padding,
            dilation=self.dilation,
        )
        return y[0, 0].tolist()

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        settings = (
            f"input length {len(self.x)}, kernel {len(self.weight)}, stride {self.stride}, padding {self.padding}, "
            f"output padding {self.output_padding}, dilation {self.dilation}"
        )
        try:
            y = self.output()
        except ValueError as error:
            return f"Transposed convolution, {settings}: {error}."
        return f"Transposed convolution, {settings}: output length {len(y)}, values {', '.join(f'{v:g}' for v in y)}."
