"""From logits to probabilities to a loss, pixel by pixel.

Source: notes N2 and N10.
"""

from itertools import product

from jaxtyping import Float, Real
from torch import Tensor

from segbook.inputs import Array, Whole, as_scores, as_weights, scores_and_labels


def log_sum_exp(logits: Float[Array, "N C *pixels"]) -> Float[Tensor, "N *pixels"]:
    """Compute log Σ_c exp(a_c) at every pixel without overflow: take out the largest logit first.

    log Σ exp(a_c) = m + log Σ exp(a_c − m) for any m; with m the maximum, no exponent is positive and one is 0, so the
    sum lies between 1 and C.

    Args:
        logits: Scores, classes on axis 1.

    Raises:
        ValueError: If `logits` has fewer than two axes, or holds no floats.

    Source: notes N2.

    >>> import torch
    >>> logits = torch.tensor([[1000.0, 1000.0]])
    >>> log_sum_exp(logits), logits.exp().sum(1).log()
    (tensor([1000.6932]), tensor([inf]))
    """
    scores, largest = _scores_and_largest(logits)
    return largest[:, 0] + (scores - largest).exp().sum(dim=1).log()


def log_softmax(logits: Float[Array, "N C *pixels"]) -> Float[Tensor, "N C *pixels"]:
    """Turn scores into log-probabilities: log p_k = a_k − log Σ_c exp(a_c).

    A class that is far behind keeps a finite log-probability where its probability rounds to 0. The largest logit is
    taken out *before* the subtraction too: at 10,000 neighbouring float32 numbers are 0.001 apart, and the logarithm
    would be rounded to that.

    Args:
        logits: Scores, classes on axis 1.

    Raises:
        ValueError: If `logits` has fewer than two axes, or holds no floats.

    Source: notes N2.

    >>> import torch
    >>> log_softmax(torch.tensor([[0.0, 1000.0]]))
    tensor([[-1000.,     0.]])
    """
    scores, largest = _scores_and_largest(logits)
    behind = scores - largest
    return behind - log_sum_exp(behind).unsqueeze(1)


def softmax(logits: Float[Array, "N C *pixels"]) -> Float[Tensor, "N C *pixels"]:
    """Turn scores into probabilities that are positive and sum to 1 at every pixel: p_k = exp(a_k) / Σ_c exp(a_c).

    Args:
        logits: Scores, classes on axis 1.

    Raises:
        ValueError: If `logits` has fewer than two axes, or holds no floats.

    Source: notes N2 and N10.

    >>> import torch
    >>> softmax(torch.tensor([[0.0, 0.0, 1000.0], [1.0, 1.0, 1.0]]))
    tensor([[0.0000, 0.0000, 1.0000],
            [0.3333, 0.3333, 0.3333]])
    """
    return log_softmax(logits).exp()


def pixel_cross_entropy(
    logits: Float[Array, "N C H W"],
    labels: Whole[Array, "N H W"],
    weight_map: Real[Array, "N H W"] | None = None,
    *,
    ignore_index: int = -100,
) -> Float[Tensor, ""]:
    """Go from pixel to pixel and sum −w(x) log p_l(x)(x): the true class's log-probability, weighted.

    Args:
        logits: Scores, classes on axis 1.
        labels: True class of every pixel, 0 … C − 1, or `ignore_index`; integers of any size.
        weight_map: Weight of every pixel, at least 0; left out, all are 1.
        ignore_index: Label of the pixels that do not count.

    Returns:
        The sum over all images and pixels, as in the notes (`segbook.losses` has the means, and the speed), in float32
        also for half-precision logits.

    Raises:
        ValueError: If shapes disagree, a label is no class, or a weight is negative or not finite.

    Source: notes N2 (no weights) and N10 (weights).

    >>> import torch
    >>> logits, labels = torch.zeros(1, 2, 1, 3), torch.tensor([[[0, 1, 255]]])
    >>> pixel_cross_entropy(logits, labels, ignore_index=255)  # twice log 2
    tensor(1.3863)
    """
    scores, classes, counted = scores_and_labels(logits, labels, ignore_index)
    weights = counted.to(scores.dtype) if weight_map is None else as_weights(weight_map, counted, scores.dtype)
    log_probs = log_softmax(scores)
    loss = scores.new_zeros(())
    for n, row, column in product(*map(range, classes.shape)):
        if counted[n, row, column]:
            label = classes[n, row, column]
            loss = loss - weights[n, row, column] * log_probs[n, label, row, column]
    return loss


def _scores_and_largest(logits: Array) -> tuple[Tensor, Tensor]:
    scores = as_scores("logits", logits)
    if scores.ndim < 2:
        raise ValueError(f"logits must be (N, C, …), classes on axis 1: got shape {tuple(scores.shape)}")
    return scores, scores.amax(dim=1, keepdim=True)
