"""Live figures: anywidgets that stay alive in a web page without a kernel.

Chapter 2: `PixelSoftmax`, `Imbalance`.
Chapter 6: `ConvTranspose1D`, `OutputSize`, `Checkerboard`.
Chapter 9: `WeightMap`. Each is an ipywidget whose traits Python reads and sets
(`figure.stride = 3`); `figure.alt()` says in a sentence what it shows.
"""

from segbook.widgets.checkerboard import Checkerboard
from segbook.widgets.conv_transpose import ConvTranspose1D
from segbook.widgets.imbalance import Imbalance
from segbook.widgets.output_size import OutputSize
from segbook.widgets.pixel_softmax import PixelSoftmax
from segbook.widgets.weight_map import WeightMap

__all__ = ["Checkerboard", "ConvTranspose1D", "Imbalance", "OutputSize", "PixelSoftmax", "WeightMap"]
