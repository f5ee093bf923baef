"""Live figure: a window that slides over a signal."""

from typing import ClassVar

import torch

from segbook import ops, shapes
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import checkbox, numbers, slider

DIGITS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7]


class Conv1D(LiveFigure):
    """A one-dimensional convolution: the window in focus, its products and their sum, the samples that nobody reads.

    Every setting is a trait that Python reads and sets; `output()` is what torch makes of it.

    Args:
        x: Input samples, 1 to 14 of them.
        weight: Taps of the kernel, 1 to 5 of them.
        stride: Samples between neighbouring windows, 1 to 4.
        padding: Zeros added on each side, 0 to 4.
        dilation: Samples between neighbouring taps, 1 to 3.
        n: Index of the output whose window is shown.
        matrix: Whether the matrix W stands under the signal.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N5; Dumoulin & Visin (2016), chapter 2.

    >>> Conv1D(x=[3, 1, 4, 1, 5], weight=[1, 2, 3], stride=2).output()
    [17.0, 21.0]
    """

    _esm = esm("conv_1d")
    caption = (
        "A window slides over a signal; hatched samples are read by no window. Change stride, padding and "
        "kernel size, and find a setting that reads every sample."
    )
    n = slider(1, "output n", min=0)
    weight = numbers([1, 2, 3], "kernel w", "kernel size k", fill=[1, 2, 3, 2, 1], most=5, more=False)
    stride = slider(2, "stride s", min=1, max=4)
    padding = slider(0, "padding p", min=0, max=4)
    x = numbers(DIGITS[:8], "input x", "input length N", fill=DIGITS, most=14, more=True)
    dilation = slider(1, "dilation d", min=1, max=3, more=True)
    matrix = checkbox(False, "show the matrix W", more=True)
    presets: ClassVar = {
        "by hand": {},
        "same size": {"stride": 1, "padding": 1, "n": 0},
        "gaps": {"x": DIGITS[:10], "weight": [1, 2], "stride": 3},
        "dilation 2": {"x": DIGITS[:10], "stride": 1, "dilation": 2, "n": 2},
        "holes": {"x": DIGITS[:12], "dilation": 2},
    }

    def layer(self) -> dict[str, int]:
        """Name the settings of the layer as torch does."""
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}

    def output(self) -> list[float]:
        """Compute the convolution of the present settings.

        Raises:
            ValueError: If the kernel is longer than the padded signal.
        """
        x = torch.tensor(self.x, dtype=torch.float64)[None, None]
        weight = torch.tensor(self.weight, dtype=torch.float64)[None, None]
        return ops.conv1d(x, weight, **self.layer())[0, 0].tolist()

    def unread(self) -> list[int]:
        """List the samples that no window reads.

        Raises:
            ValueError: If the kernel is longer than the padded signal.
        """
        return unread_samples(len(self.x), len(self.weight), **self.layer())

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        settings = (
            f"input length {len(self.x)}, kernel {len(self.weight)}, stride {self.stride}, padding {self.padding}, "
            f"dilation {self.dilation}"
        )
        try:
            y, unread = self.output(), self.unread()
        except ValueError as error:
            return f"Convolution, {settings}: {error}."
        lost = f"samples never read: {', '.join(map(str, unread))}" if unread else "every sample is read"
        return f"Convolution, {settings}: output length {len(y)}, values {', '.join(f'{v:g}' for v in y)}; {lost}."


def unread_samples(input_size: int, kernel_size: int, *, stride: int, padding: int, dilation: int) -> list[int]:
    """List the samples along one axis that no window reads: the tail, gaps between windows, holes of the kernel.

    Args:
        input_size: Samples of the input.
        kernel_size: Taps of the kernel.
        stride: Samples between neighbouring windows.
        padding: Zeros added on each side.
        dilation: Samples between neighbouring taps.

    Raises:
        ValueError: If the kernel is longer than the padded input.
    """
    layer = {"stride": stride, "padding": padding, "dilation": dilation}
    windows = shapes.conv_output_size(input_size, kernel_size, **layer)
    read = {n * stride + j * dilation - padding for n in range(windows) for j in range(kernel_size)}
    return sorted(set(range(input_size)) - read)
