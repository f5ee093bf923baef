"""Are pixels that belong together together? Pairs of pixels, whatever the ids: the score of EM challenges.

Source: Arganda-Carreras et al. (2015), "Crowdsourcing the creation of image segmentation algorithms for connectomics".
"""

import numpy as np
import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from segbook.inputs import Array, Whole, as_whole
from segbook.metrics.maps import ids_that_count


def pair_counts(
    preds: Whole[Array, "N H W"], labels: Whole[Array, "N H W"], *, ignore_index: int = -100
) -> Int64[Tensor, "3"]:
    """Count the pairs of pixels of an image that have one id: in both maps, in the prediction, in the truth.

    Only pixels with a true object count, since the background (in EM, the membranes) is no object. Where the prediction
    has background, it is one more id. Pairs are of two different pixels, in either order. Counts of several batches are
    added; a large object counts more than a small one, with the square of its pixels.

    Args:
        preds: Predicted ids, 0 = background.
        labels: True ids, 0 = background, or `ignore_index`.
        ignore_index: Label of further pixels that do not count.

    Returns:
        Pairs that are together in both maps, in the prediction, and in the truth.

    Raises:
        ValueError: If shapes differ, or an id is negative or no whole number.

    Source: Arganda-Carreras et al. (2015), foreground-restricted Rand scoring.

    >>> pair_counts(torch.tensor([[[5, 5, 5, 0]]]), torch.tensor([[[1, 1, 2, 0]]]))
    tensor([2, 6, 2])
    """
    total = np.zeros(3, np.int64)
    for predicted, true, _ in zip(*ids_that_count(preds, labels, ignore_index), strict=True):
        ids = np.stack([predicted[true > 0], true[true > 0]])
        for column, map_ in enumerate((ids, ids[:1], ids[1:])):
            areas = np.unique(map_, axis=1, return_counts=True)[1]
            total[column] += (areas * (areas - 1)).sum()
    return torch.from_numpy(total)


def adapted_rand_error(counts: Integer[Array, "3"]) -> float:
    """Combine precision (pairs rightly joined, of all joined) and recall (of all to join): 1 − 2PR / (P + R).

    Merging objects lowers precision, splitting them lowers recall.

    Args:
        counts: The sum of what `pair_counts` returned.

    Returns:
        An error between 0, for the truth, and 1; nan if no pair is together in either map. One object everywhere, or
        background everywhere, has a recall of 1, and as its precision the share of pairs that belong together.

    Raises:
        ValueError: If there are not three counts, or they are no whole numbers.

    Source: Arganda-Carreras et al. (2015): 1 − the Rand F-score with both parts weighted alike.

    Departs: the challenge of 2012 thinned borders before and took the best threshold of each answer.

    >>> adapted_rand_error(torch.tensor([2, 6, 2]))  # precision 1/3, recall 1
    0.5
    """
    whole = as_whole("counts", counts)
    if whole.shape != (3,):
        raise ValueError(f"counts must be (3,), as pair_counts returns them: got shape {tuple(whole.shape)}")
    both, in_preds, in_labels = whole.tolist()
    return 1 - 2 * both / (in_preds + in_labels) if in_preds + in_labels else float("nan")
