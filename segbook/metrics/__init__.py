"""How good a prediction is, counted so that batches add up.

Each measure has two halves: a function that counts, whose results for several batches are simply added, and functions
that turn the counts into a score. What does not add up, `bowl_scores` and `surface_distances`, is given image by image.
What is undefined is nan and left out of means by `nanmean`.

- `pixels`: confusion matrix → pixel accuracy, IoU, mean IoU, Dice.
- `boundaries`: boundary F-score within a tolerance, class by class.
- `outlines`: the same cell by cell, between cells and elsewhere; surface distances.
- `instances`: connected components, average precision, merged and split cells.
- `misses`: missed objects by kind.
- `panoptic`: panoptic quality.
- `partitions`: adapted Rand error.
- `intervals`: how far a score moves with the images; differences of two methods.
"""

from segbook.metrics.boundaries import boundary_counts, boundary_f_score
from segbook.metrics.instances import (
    IOU_THRESHOLDS,
    average_precision,
    bowl_scores,
    connected_components,
    instance_counts,
    merged_cells,
    split_cells,
)
from segbook.metrics.intervals import Interval, bootstrap_interval, paired_difference
from segbook.metrics.misses import MISS_KINDS, misses_by_kind
from segbook.metrics.outlines import cell_boundary_counts, surface_distances
from segbook.metrics.panoptic import panoptic_counts, panoptic_quality
from segbook.metrics.partitions import adapted_rand_error, pair_counts
from segbook.metrics.pixels import confusion_matrix, dice, iou, mean_iou, pixel_accuracy

__all__ = [
    "IOU_THRESHOLDS",
    "MISS_KINDS",
    "Interval",
    "adapted_rand_error",
    "average_precision",
    "bootstrap_interval",
    "boundary_counts",
    "boundary_f_score",
    "bowl_scores",
    "cell_boundary_counts",
    "confusion_matrix",
    "connected_components",
    "dice",
    "instance_counts",
    "iou",
    "mean_iou",
    "merged_cells",
    "misses_by_kind",
    "pair_counts",
    "paired_difference",
    "panoptic_counts",
    "panoptic_quality",
    "pixel_accuracy",
    "split_cells",
    "surface_distances",
]
