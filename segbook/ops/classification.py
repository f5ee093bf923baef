"""From logits to probabilities to a loss, pixel by pixel.

Source: notes N2 and N10.
"""

from itertools import product

from jaxtyping import Float, Int64
from torch import Tensor


def log_sum_exp(logits: Float[Tensor, "N C *pixels"]) -> Float[Tensor, "N *pixels"]:
    """Compute log Σ_c exp(a_c) at every pixel without overflow: take out the largest logit first.

    log Σ exp(a_c) = m + log Σ exp(a_c − m) for any m; with m the maximum, no exponent is positive and one is 0, so the
    sum lies between 1 and C.

    Args:
        logits: Scores, classes on axis 1.

    Raises:
        ValueError: If `logits` has fewer than two axes.

    Source: notes N2.

    >>> import torch
    >>> logits = torch.tensor([[1000.0, 1000.0]])
    >>> log_sum_exp(logits), logits.exp().sum(1).log()
    (tensor([1000.6932]), tensor([inf]))
    """
    largest = _largest(logits)
    return largest[:, 0] + (logits - largest).exp().sum(dim=1).log()


def log_softmax(logits: Float[Tensor, "N C *pixels"]) -> Float[Tensor, "N C *pixels"]:
    """Turn scores into log-probabilities: log p_k = a_k − log Σ_c exp(a_c).

    A class that is far behind keeps a finite log-probability where its probability rounds to 0. The largest logit is
    taken out *before* the subtraction too: at 10,000 neighbouring float32 numbers are 0.001 apart, and the logarithm
    would be rounded to that.

    Args:
        logits: Scores, classes on axis 1.

    Raises:
        ValueError: If `logits` has fewer than two axes.

    Source: notes N2.

    >>> import torch
    >>> log_softmax(torch.tensor([[0.0, 1000.0]]))
    tensor([[-1000.,     0.]])
    """
    behind = logits - _largest(logits)
    return behind - log_sum_exp(behind).unsqueeze(1)


def softmax(logits: Float[Tensor, "N C *pixels"]) -> Float[Tensor, "N C *pixels"]:
    """Turn scores into probabilities that are positive and sum to 1 at every pixel: p_k = exp(a_k) / Σ_c exp(a_c).

    Args:
        logits: Scores, classes on axis 1.

    Raises:
        ValueError: If `logits` has fewer than two axes.

    Source: notes N2 and N10.

    >>> import torch
    >>> softmax(torch.tensor([[0.0, 0.0, 1000.0], [1.0, 1.0, 1.0]]))
    tensor([[0.0000, 0.0000, 1.0000],
            [0.3333, 0.3333, 0.3333]])
    """
    return log_softmax(logits).exp()


def pixel_cross_entropy(
    logits: Float[Tensor, "N C H W"],
    labels: Int64[Tensor, "N H W"],
    weight_map: Float[Tensor, "N H W"] | None = None,
    *,
    ignore_index: int = -100,
) -> Float[Tensor, ""]:
    """Go from pixel to pixel and sum −w(x) log p_l(x)(x): the true class's log-probability, weighted.

    Args:
        logits: Scores, classes on axis 1.
        labels: True class of every pixel, 0 … C − 1, or `ignore_index`.
        weight_map: Weight of every pixel; left out, all are 1.
        ignore_index: Label of the pixels that do not count.

    Returns:
        The sum over all images and pixels, as in the notes (`segbook.losses` has the means, and the speed).

    Raises:
        ValueError: If shapes disagree or a label is no class.

    Source: notes N2 (no weights) and N10 (weights).

    >>> import torch
    >>> logits, labels = torch.zeros(1, 2, 1, 3), torch.tensor([[[0, 1, 255]]])
    >>> pixel_cross_entropy(logits, labels, ignore_index=255)  # twice log 2
    tensor(1.3863)
    """
    if logits.ndim != 4 or labels.shape != (expected := (logits.shape[0], *logits.shape[2:])):
        raise ValueError(
            f"logits must be (N, C, H, W) and labels (N, H, W): got {tuple(logits.shape)}, {tuple(labels.shape)}"
        )
    if weight_map is not None and weight_map.shape != expected:
        raise ValueError(f"weight_map must be (N, H, W) like labels {expected}: got {tuple(weight_map.shape)}")
    num_classes = logits.shape[1]
    log_probs = log_softmax(logits)
    loss = logits.new_zeros(())
    for n, row, column in product(*map(range, expected)):
        label = int(labels[n, row, column])
        if label == ignore_index:
            continue
        if not 0 <= label < num_classes:
            raise ValueError(f"label {label} at pixel ({row}, {column}) of image {n} is none of {num_classes} classes")
        weight = 1 if weight_map is None else weight_map[n, row, column]
        loss = loss - weight * log_probs[n, label, row, column]
    return loss


def _largest(logits: Tensor) -> Tensor:
    if logits.ndim < 2:
        raise ValueError(f"logits must be (N, C, …), classes on axis 1: got shape {tuple(logits.shape)}")
    return logits.amax(dim=1, keepdim=True)
