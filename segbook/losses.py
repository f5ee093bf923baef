"""Losses as the notes write them, with the reduction spelled out, at torch's speed.

Everything is computed in float32 (float64 stays float64): a sum over an image's pixels overflows half precision, whose
largest number is 65,504. Nothing here overflows at logits of ±10,000.

Source: notes N2 and N10.
"""

from jaxtyping import Float, Real
from torch import Tensor
from torch.nn import functional as F

from segbook.inputs import Array, Whole, as_weights, scores_and_labels

REDUCTIONS = ("sum", "pixel_mean", "weight_mean")


def cross_entropy(
    logits: Float[Array, "N C H W"],
    labels: Whole[Array, "N H W"],
    weight_map: Real[Array, "N H W"] | None = None,
    *,
    reduction: str,
    ignore_index: int = -100,
) -> Float[Tensor, ""]:
    """Charge every pixel −w(x) log p_l(x)(x), the surprise at its true class, and reduce the charges to one number.

    The three reductions differ in what the sum is divided by, hence in the size of a training step:

    - `"sum"`: by nothing, as in the notes;
    - `"pixel_mean"`: by the number of pixels that count, whatever their weights;
    - `"weight_mean"`: by the sum of their weights, as torch does for class weights (doubling all weights then changes
      nothing).

    Class weights enter through the weight map: `class_weights[labels]` where no label is ignored.

    Args:
        logits: Scores before the softmax.
        labels: True class of every pixel, 0 … C − 1, or `ignore_index`; integers of any size.
        weight_map: Weight of every pixel, w(x), at least 0; left out, all are 1.
        reduction: `"sum"`, `"pixel_mean"` or `"weight_mean"`; there is no default, so that every use says which.
        ignore_index: Label of the pixels that do not count; their weights are not read.

    Returns:
        The loss, in float32 also for half-precision logits. As in torch, a mean over no pixels is nan (the sum is 0).

    Raises:
        ValueError: If shapes disagree, a label is no class, a weight is negative or not finite, or the reduction is
            unknown.

    Source: notes N2 (no weights) and N10 (weights); Ronneberger et al. (2015), equation 1.

    Departs: the paper's equation 1 has no minus sign; it is meant.

    >>> import torch
    >>> logits, labels = torch.zeros(1, 2, 1, 2), torch.tensor([[[0, 1]]])
    >>> weight_map = torch.tensor([[[1.0, 4.0]]])
    >>> [round(cross_entropy(logits, labels, weight_map, reduction=r).item(), 4) for r in REDUCTIONS]  # log 2 is 0.6931
    [3.4657, 1.7329, 0.6931]
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {', '.join(REDUCTIONS)}: got {reduction!r}")
    logits, labels, counted = scores_and_labels(logits, labels, ignore_index)
    surprise = F.cross_entropy(logits, labels, ignore_index=ignore_index, reduction="none")
    dtype = surprise.dtype
    weights = counted.to(dtype) if weight_map is None else as_weights(weight_map, counted, dtype)
    total = (weights * surprise).sum()
    if reduction == "sum":
        return total
    return total / (counted.sum() if reduction == "pixel_mean" else weights.sum())


def soft_dice_loss(
    logits: Float[Array, "N C H W"], labels: Whole[Array, "N H W"], *, ignore_index: int = -100
) -> Float[Tensor, ""]:
    """Compare each class's probabilities with its true region as if both were areas: 1 − 2·overlap / (sum of both).

    For class k, with y_k = 1 where k is the true class and 0 elsewhere, over the counted pixels of the whole batch:

        dice_k = 2 Σ p_k y_k / (Σ p_k + Σ y_k),    loss = 1 − mean of dice_k over the classes present.

    A class that is not among the labels is left out of the mean: its overlap is 0 whatever is predicted, so it has no
    gradient, and it would only lift the loss. A class present has Σ y_k ≥ 1: no constant is needed below the line.

    Args:
        logits: Scores before the softmax.
        labels: True class of every pixel, 0 … C − 1, or `ignore_index`; integers of any size.
        ignore_index: Label of the pixels that do not count.

    Returns:
        The loss, between 0 and 1, in float32 also for half-precision logits; nan if no pixel counts.

    Raises:
        ValueError: If shapes disagree or a label is no class.

    Source: Milletari, Navab & Ahmadi (2016), "V-Net: fully convolutional neural networks for volumetric
    medical image segmentation".

    Departs: more than two classes; the areas below the line are not squared.

    >>> import torch
    >>> logits = torch.tensor([[[[9.0, 9.0, 0.0]], [[0.0, 0.0, 9.0]]]])
    >>> right, wrong = torch.tensor([[[0, 0, 1]]]), torch.tensor([[[1, 1, 0]]])
    >>> round(soft_dice_loss(logits, right).item(), 3), round(soft_dice_loss(logits, wrong).item(), 3)
    (0.0, 1.0)
    """
    logits, labels, counted = scores_and_labels(logits, labels, ignore_index)
    probs = logits.softmax(dim=1).movedim(1, -1)[counted]
    truth = F.one_hot(labels[counted], logits.shape[1])
    overlap, true_area = (probs * truth).sum(0), truth.sum(0)
    dice = 2 * overlap / (probs.sum(0) + true_area)
    return 1 - dice[true_area > 0].mean()
