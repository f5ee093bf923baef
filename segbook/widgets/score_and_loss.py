"""Live figure: one weight of the smallest network, with the score and the loss that each of its values gives."""

import math
from typing import ClassVar

import torch
import traitlets as t
from jaxtyping import Float64, Int64
from torch import Tensor
from torch.nn import functional as F

from segbook import metrics
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import constant, slider

BRIGHTNESS = [[0, 1, 3, 0], [0, 1, 3, 0], [0, 0, 0, 0]]
LABELS = [[0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
STEPS = 12


class ScoreAndLoss(LiveFigure):
    """The map of 12 pixels, and above one weight the IoU of the cell and the mean loss, with their slopes.

    The logit of background is log 9 at every pixel, that of cell is the weight times the brightness. Gradient descent
    changes the weight alone.

    Args:
        weight: The weight before the first step, 0 to 4.
        step: Steps of gradient descent taken from there, 0 to 12.
        rate: The learning rate, 0.5 to 4.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N2.

    >>> figure = ScoreAndLoss()  # the weight is about log 3, as in chapter 2
    >>> round(figure.slope(), 2), figure.iou()
    (-0.25, 0.5)
    """

    _esm = esm("score_and_loss")
    caption = (
        "The small map, and one weight w of its network: p − y at every pixel, the IoU of the cell, and the mean loss "
        "with its tangent. Drag w, or take steps against the slope."
    )
    weight = slider(1.1, "weight w", step=0.1, min=0, max=4)
    step = slider(0, "training step", min=0, max=STEPS)
    rate = slider(1.0, "learning rate", step=0.5, min=0.5, max=4)
    brightness = constant(t.List(t.List(t.Int()), BRIGHTNESS))
    labels = constant(t.List(t.List(t.Int()), LABELS))
    bias = constant(t.Float(math.log(9)))
    presets: ClassVar = {
        "before training": {},
        "after 3 steps": {"step": 3},
        "after 8 steps": {"step": 8},
        "larger steps": {"step": 2, "rate": 4.0},
        "bright half missed": {"weight": 0.5},
    }

    def path(self) -> list[float]:
        """Follow gradient descent: the weight before the first step, and after each."""
        weights = [self.weight]
        for _ in range(self.step):
            weights.append(weights[-1] - self.rate * self._loss(weights[-1])[1])
        return weights

    def loss(self) -> float:
        """Compute the mean loss of a pixel after the last step."""
        return self._loss(self.path()[-1])[0]

    def slope(self) -> float:
        """Differentiate it with respect to the weight."""
        return self._loss(self.path()[-1])[1]

    def iou(self) -> float:
        """Score the predicted classes: the IoU of the cell."""
        logits, labels = self.logits(torch.tensor(self.path()[-1], dtype=torch.float64)), self._labels()
        return metrics.iou(metrics.confusion_matrix(logits.argmax(1), labels, num_classes=2))[1].item()

    def gradient(self) -> Float64[Tensor, "H W"]:
        """Subtract truth from prediction: p − y of the class cell, at every pixel."""
        logits = self.logits(torch.tensor(self.path()[-1], dtype=torch.float64))
        return logits.softmax(1)[0, 1] - self._labels()[0]

    def logits(self, weight: Float64[Tensor, ""]) -> Float64[Tensor, "1 2 H W"]:
        """Compute the logits of background and cell.

        Args:
            weight: Any weight of the cell.
        """
        cell = weight * torch.tensor(self.brightness, dtype=torch.float64)
        return torch.stack([torch.full_like(cell, self.bias), cell])[None]

    def _labels(self) -> Int64[Tensor, "1 H W"]:
        return torch.tensor(self.labels)[None]

    def _loss(self, weight: float) -> tuple[float, float]:
        """Compute the loss and its slope at a weight."""
        at = torch.tensor(weight, dtype=torch.float64, requires_grad=True)
        loss = F.cross_entropy(self.logits(at), self._labels())
        (slope,) = torch.autograd.grad(loss, at)
        return loss.item(), slope.item()

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        steps = "" if self.step == 0 else f", after {self.step} step{'s' * (self.step > 1)} of {self.rate:g} × slope"
        return (
            f"The small map at weight w = {self.path()[-1]:.2f}{steps}: the IoU of the cell is {self.iou():.2f}, the "
            f"mean loss {self.loss():.3f} and its slope {self.slope():.3f}."
        )
