"""Live figures: anywidgets that stay alive in a web page without a kernel.

- Chapter 5: `Conv1D`, `Conv2D`, `ReceptiveField`.
- Chapter 6: `ConvTranspose1D`, `OutputSize`, `Checkerboard`.

Each is an ipywidget whose traits Python reads and sets (`figure.stride = 3`); `figure.alt()` says in a sentence what it
shows.
"""

from segbook.widgets.checkerboard import Checkerboard
from segbook.widgets.conv1d import Conv1D
from segbook.widgets.conv2d import Conv2D
from segbook.widgets.conv_transpose import ConvTranspose1D
from segbook.widgets.output_size import OutputSize
from segbook.widgets.receptive_field import ReceptiveField

__all__ = ["Checkerboard", "Conv1D", "Conv2D", "ConvTranspose1D", "OutputSize", "ReceptiveField"]
