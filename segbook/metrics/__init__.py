"""How good a prediction is, counted so that batches add up.

Each measure has two halves: a function that counts, whose results for several batches are simply added, and functions
that turn the counts into a score. What is undefined is nan and left out of means by `nanmean`.

- `pixels`: confusion matrix → pixel accuracy, IoU, mean IoU, Dice.
- `boundaries`: boundary F-score within a tolerance.
- `instances`: connected components, average precision, merged and split cells.
"""

from segbook.metrics.boundaries import boundary_counts, boundary_f_score
from segbook.metrics.instances import (
    IOU_THRESHOLDS,
    average_precision,
    connected_components,
    instance_counts,
    merged_cells,
    split_cells,
)
from segbook.metrics.pixels import confusion_matrix, dice, iou, mean_iou, pixel_accuracy
