"""Live figures: anywidgets that stay alive in a web page without a kernel.

Chapter 6: `ConvTranspose1D`, `OutputSize`, `Checkerboard`. Chapter 8: `UNetPlanner`. Each is an ipywidget whose traits
Python reads and sets (`figure.stride = 3`); `figure.alt()` says in a sentence what it shows.
"""

from segbook.widgets.checkerboard import Checkerboard
from segbook.widgets.conv_transpose import ConvTranspose1D
from segbook.widgets.output_size import OutputSize
from segbook.widgets.unet_planner import UNetPlanner

__all__ = ["Checkerboard", "ConvTranspose1D", "OutputSize", "UNetPlanner"]
