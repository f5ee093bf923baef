"""What every count asks of its two maps: one shape, and classes that exist."""

from torch import Tensor


def check_same_shape(preds: Tensor, labels: Tensor, axes: int | None = None) -> None:
    """Refuse maps that do not lie on top of each other.

    Args:
        preds: Predicted map.
        labels: True map.
        axes: How many axes they must have; left out, any number.

    Raises:
        ValueError: If the shapes differ, or have another number of axes.

    Source: the book's own.

    >>> import torch
    >>> check_same_shape(torch.zeros(2, 3), torch.zeros(2, 4))
    Traceback (most recent call last):
    ValueError: preds and labels must have one shape: got (2, 3), (2, 4)
    """
    if preds.shape != labels.shape:
        raise ValueError(f"preds and labels must have one shape: got {tuple(preds.shape)}, {tuple(labels.shape)}")
    if axes is not None and preds.ndim != axes:
        raise ValueError(f"preds and labels must have {axes} axes, (N, H, W): got shape {tuple(preds.shape)}")


def check_classes(name: str, values: Tensor, num_classes: int) -> None:
    """Refuse a value that is no class.

    Args:
        name: What the message calls the values.
        values: Class indices.
        num_classes: How many classes there are.

    Raises:
        ValueError: If a value lies outside 0 … num_classes − 1.

    Source: the book's own.

    >>> import torch
    >>> check_classes("labels", torch.tensor([0, 255]), 2)
    Traceback (most recent call last):
    ValueError: labels hold 255, which is none of 2 classes (0 … 1)
    """
    wrong = values[(values < 0) | (values >= num_classes)]
    if len(wrong):
        raise ValueError(
            f"{name} hold {wrong[0].item()}, which is none of {num_classes} classes (0 … {num_classes - 1})"
        )
