"""Live figure: a window that slides over an image."""

from typing import ClassVar

import numpy as np
import torch
import traitlets as t

from segbook import ops
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import choice, constant, slider
from segbook.widgets.conv1d import unread_samples

# A bright disc on a darker ground, in whole numbers: flat parts, edges, nothing that repeats.
_ROWS, _COLUMNS = np.mgrid[:12, :12]
IMAGE = (1 + 7 * (np.hypot(_ROWS - 4, _COLUMNS - 5) < 3.3) + (3 * _ROWS + 5 * _COLUMNS) % 7 // 5).tolist()


class Conv2D(LiveFigure):
    """A convolution or a pooling in the plane: the window in focus, its output, the pixels that no window reads.

    Args:
        height: Rows of the image, 1 to 12.
        width: Columns of the image, 1 to 12.
        kernel_size: Side of the window in pixels, 1 to 5.
        stride: Pixels between neighbouring windows, 1 to 4.
        padding: Pixels added on each side, at most half of the kernel.
        dilation: Pixels between neighbouring taps, 1 to 3.
        operation: What a window does: takes the "mean", subtracts its left half from its right one ("edges"), or
            keeps the "maximum".
        row: Row of the output in focus.
        column: Column of the output in focus.
        image: The pixels, 12 rows of 12; height and width take the upper left part.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N5; Dumoulin & Visin (2016), chapters 2 and 3.

    >>> Conv2D(height=4, width=5, kernel_size=2, stride=2, operation="maximum").output().shape
    (2, 2)
    """

    _esm = esm("conv_2d")
    caption = (
        "A window slides over an image; hatched rows and columns are read by no window. Point at an output to "
        "see what it reads, then raise the stride."
    )
    row = slider(1, "output row", min=0)
    column = slider(2, "output column", min=0)
    kernel_size = slider(3, "kernel size k", min=1, max=5)
    stride = slider(2, "stride s", min=1, max=4)
    padding = slider(0, "padding p", min=0, max=2)
    operation = choice(
        "edges", "the window", {"mean": "takes the mean", "edges": "right minus left", "maximum": "keeps the maximum"}
    )
    height = slider(9, "height", min=1, max=12, more=True)
    width = slider(10, "width", min=1, max=12, more=True)
    dilation = slider(1, "dilation d", min=1, max=3, more=True)
    image = constant(t.List(t.List(t.Int(), minlen=12, maxlen=12), IMAGE, minlen=12, maxlen=12))
    presets: ClassVar = {
        "stride 2": {},
        "same size": {"height": 8, "width": 8, "stride": 1, "padding": 1, "operation": "mean"},
        "pooling": {"width": 9, "kernel_size": 2, "operation": "maximum"},
        "dilation 2": {"height": 10, "stride": 1, "dilation": 2, "operation": "mean"},
        "holes": {"height": 10, "dilation": 2, "operation": "mean"},
    }

    def layer(self) -> dict[str, int]:
        """Name the settings of the layer as torch does."""
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}

    def kernel(self) -> torch.Tensor:
        """Make the kernel (k, k) of the mean or of the edges."""
        size = self.kernel_size
        if self.operation == "mean":
            return torch.full((size, size), 1 / size**2, dtype=torch.float64)
        return torch.sign(torch.arange(size, dtype=torch.float64) - (size - 1) / 2).repeat(size, 1)

    def output(self) -> np.ndarray:
        """Compute what the windows of the present settings write.

        Raises:
            ValueError: If no window fits, or the padding exceeds half of the kernel.
        """
        image = torch.tensor(self.image, dtype=torch.float64)[None, None, : self.height, : self.width]
        if self.operation == "maximum":
            largest = ops.max_pool2d(
                image, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation
            )
            return largest[0, 0].numpy()
        return ops.conv2d(image, self.kernel()[None, None], **self.layer())[0, 0].numpy()

    def unread(self) -> tuple[list[int], list[int]]:
        """List the rows and the columns that no window reads.

        Raises:
            ValueError: If no window fits.
        """
        rows, columns = (unread_samples(size, self.kernel_size, **self.layer()) for size in (self.height, self.width))
        return rows, columns

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        settings = (
            f"image {self.height} × {self.width}, kernel {self.kernel_size}, stride {self.stride}, padding "
            f"{self.padding}, dilation {self.dilation}, operation {self.operation}"
        )
        try:
            y, (rows, columns) = self.output(), self.unread()
        except ValueError as error:
            return f"Convolution in the plane, {settings}: {error}."
        names = (("rows", rows), ("columns", columns))
        lost = " and ".join(f"{name} {', '.join(map(str, lines))}" for name, lines in names if lines)
        return (
            f"Convolution in the plane, {settings}: output {y.shape[0]} × {y.shape[1]}, values {y.min():.2f} to "
            f"{y.max():.2f}; {f'never read: {lost}' if lost else 'every pixel is read'}."
        )
