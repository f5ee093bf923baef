"""Live figures: anywidgets that stay alive in a web page without a kernel.

Chapter 1: `FourTasks`.
Chapter 2: `PixelSoftmax`, `Imbalance`, `ScoreAndLoss`.
Chapter 3: `PatchCost`.
Chapter 4: `DenseSlide`, `ScoreMap`, `DilatedStrip`.
Chapter 5: `Conv1D`, `Conv2D`, `ReceptiveField`.
Chapter 6: `ConvTranspose1D`, `OutputSize`, `Checkerboard`, `LearnedKernel`.
Chapter 7: `SizeLedger`.
Chapter 8: `CoarseAndFine`, `UNetPlanner`, `ShiftedSkip`.
Chapter 9: `LookAlikes`, `WeightMap`, `Threshold`.
Chapter 10: `ModelCompare`, `WorkAndScore`.
Chapter 11: `TrainingFilm`, `ResultsBrowser`.

Each is an ipywidget whose traits Python reads and sets (`figure.stride = 3`); `Conv1D.presets` are its named settings,
`Conv1D(preset="holes")` begins with one, and `figure.alt()` says in a sentence what it shows.
"""

from segbook.widgets.checkerboard import Checkerboard
from segbook.widgets.coarse_and_fine import CoarseAndFine
from segbook.widgets.conv1d import Conv1D
from segbook.widgets.conv2d import Conv2D
from segbook.widgets.conv_transpose import ConvTranspose1D
from segbook.widgets.dense_slide import DenseSlide
from segbook.widgets.dilated_strip import DilatedStrip
from segbook.widgets.four_tasks import FourTasks
from segbook.widgets.imbalance import Imbalance
from segbook.widgets.learned_kernel import LearnedKernel
from segbook.widgets.look_alikes import LookAlikes
from segbook.widgets.model_compare import ModelCompare
from segbook.widgets.output_size import OutputSize
from segbook.widgets.patch_cost import PatchCost
from segbook.widgets.pixel_softmax import PixelSoftmax
from segbook.widgets.receptive_field import ReceptiveField
from segbook.widgets.results_browser import ResultsBrowser
from segbook.widgets.score_and_loss import ScoreAndLoss
from segbook.widgets.score_map import ScoreMap
from segbook.widgets.shifted_skip import ShiftedSkip
from segbook.widgets.size_ledger import SizeLedger
from segbook.widgets.threshold import Threshold
from segbook.widgets.training_film import TrainingFilm
from segbook.widgets.unet_planner import UNetPlanner
from segbook.widgets.weight_map import WeightMap
from segbook.widgets.work_and_score import WorkAndScore

__all__ = [
    "Checkerboard",
    "CoarseAndFine",
    "Conv1D",
    "Conv2D",
    "ConvTranspose1D",
    "DenseSlide",
    "DilatedStrip",
    "FourTasks",
    "Imbalance",
    "LearnedKernel",
    "LookAlikes",
    "ModelCompare",
    "OutputSize",
    "PatchCost",
    "PixelSoftmax",
    "ReceptiveField",
    "ResultsBrowser",
    "ScoreAndLoss",
    "ScoreMap",
    "ShiftedSkip",
    "SizeLedger",
    "Threshold",
    "TrainingFilm",
    "UNetPlanner",
    "WeightMap",
    "WorkAndScore",
]
