"""Why a true object was missed: merged with another, not seen at all, split, or outlined badly.

Source: the book's own definitions; Caicedo et al. (2019) count missed, merged and split nuclei in a similar way.
"""

import numpy as np
import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from segbook.inputs import Array
from segbook.metrics.instances import _overlaps

MISS_KINDS = ("merged", "no object", "split", "near miss")
LEAST_IOU = 0.1  # an object that overlaps less is no answer to this one


def misses_by_kind(preds: Integer[Array, "N H W"], labels: Integer[Array, "N H W"]) -> Int64[Tensor, "N 4"]:
    """Sort the misses of every image, the true objects whose IoU with every predicted one is at most 0.5.

    A miss is of the first kind that fits it:

    - merged: more than half of it lies in a predicted object, and so does more than half of another true object;
    - no object: its IoU with every predicted object is below 0.1;
    - split: it covers more than half of each of two predicted objects or more;
    - near miss: none of these; there is an object, but its outline is too far off.

    Args:
        preds: Predicted instances.
        labels: True instances.

    Returns:
        How many misses of each of `MISS_KINDS` each image has; together they are those of `instance_counts` at 0.5.

    Raises:
        ValueError: If shapes differ, or an id is negative or no whole number.

    >>> labels = torch.tensor([[[1, 1, 2, 2, 0, 3, 0, 4, 4, 4]]])
    >>> preds = torch.tensor([[[1, 1, 1, 1, 0, 0, 0, 2, 0, 3]]])
    >>> dict(zip(MISS_KINDS, misses_by_kind(preds, labels)[0].tolist()))
    {'merged': 2, 'no object': 1, 'split': 1, 'near miss': 0}
    """
    rows = []
    for overlap, pred_areas, true_areas in _overlaps(preds, labels):  # (predicted, true)
        best = (overlap / (pred_areas[:, None] + true_areas - overlap)).max(axis=0, initial=0)
        holds = overlap > 0.5 * true_areas
        merged = (holds & (holds.sum(axis=1, keepdims=True) > 1)).any(axis=0)
        split = (overlap > 0.5 * pred_areas[:, None]).sum(axis=0) > 1
        kind = np.select([merged, best < LEAST_IOU, split], [0, 1, 2], default=3)
        rows.append(np.bincount(kind[best <= 0.5], minlength=len(MISS_KINDS)))
    return torch.from_numpy(np.stack(rows).astype(np.int64)) if rows else torch.zeros(0, len(MISS_KINDS)).long()
