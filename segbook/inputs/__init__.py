"""What is handed over, and as what: class labels, ids, a mask, scores, weights or an image.

One place decides which dtypes each of them may have, so that every function takes the same: tensors and NumPy arrays,
integers of any size. What is taken becomes a tensor that the function can compute with, without a copy where it is one
already; what is not is refused with the value that does not fit and with what would make it fit.

- `arrays`: numbers, whatever they stand for.
- `maps`: numbers that stand for pixels.
"""

from segbook.inputs.arrays import Array, Whole, as_array, as_image, as_scores, as_tensor, as_whole
from segbook.inputs.maps import (
    as_ids,
    as_mask,
    as_weights,
    check_classes,
    check_same_shape,
    scores_and_labels,
    where_counted,
)

__all__ = [
    "Array",
    "Whole",
    "as_array",
    "as_ids",
    "as_image",
    "as_mask",
    "as_scores",
    "as_tensor",
    "as_weights",
    "as_whole",
    "check_classes",
    "check_same_shape",
    "scores_and_labels",
    "where_counted",
]
