"""Figures: small, colour-blind safe, each with a sentence that says what it shows.

`show_*` functions draw, display and return None. The sentence (`alt`) is stored with the picture: a browser reads it
aloud, a terminal prints it, and the tests compare it. Pictures are quantised to 256 colours, which keeps a figure
under 60 kB.
"""

from segbook.plot.canvas import new_figure, show
from segbook.plot.charts import show_confusion, show_history, show_kernel, show_line, show_matrix
from segbook.plot.experiments import (
    scores_with_skips,
    show_view_and_depths,
)
from segbook.plot.images import compare, show_boxes, show_feature_maps, show_image, show_weight_map
from segbook.plot.labels import show_found, show_instances, show_labels, show_overlay
from segbook.plot.networks import show_ledger, show_network
from segbook.plot.stacks import show_stack
from segbook.plot.tiles import show_tile_grid

__all__ = [
    "compare",
    "new_figure",
    "scores_with_skips",
    "show",
    "show_boxes",
    "show_confusion",
    "show_feature_maps",
    "show_found",
    "show_history",
    "show_image",
    "show_instances",
    "show_kernel",
    "show_labels",
    "show_ledger",
    "show_line",
    "show_matrix",
    "show_network",
    "show_overlay",
    "show_stack",
    "show_tile_grid",
    "show_view_and_depths",
    "show_weight_map",
]
