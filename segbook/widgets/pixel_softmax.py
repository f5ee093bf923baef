"""Live figure: the logits of one pixel, its probabilities and its loss, in a map of 96 pixels."""

from typing import ClassVar

import numpy as np
import torch
import traitlets as t
from jaxtyping import Float64, Int64
from scipy import ndimage
from torch import Tensor

from segbook import losses, ops
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import constant, setting

CLASS_NAMES = ("background", "disc", "square")
LABELS = (
    "000000000000",
    "001110000000",
    "011111000000",
    "011111022220",
    "011111022220",
    "001110022220",
    "000000022220",
    "000000000000",
)
HEIGHT, WIDTH = len(LABELS), len(LABELS[0])
PIXELS = HEIGHT * WIDTH


def network_scores() -> list[float]:
    """Make logits as a network might: the blurred truth and some noise, (3, 8, 12) in one row, one decimal each."""
    labels = np.array([[int(digit) for digit in row] for row in LABELS])
    blurred = [ndimage.gaussian_filter((labels == c).astype(float), 0.9) for c in range(len(CLASS_NAMES))]
    noise = np.random.default_rng(2).normal(0, 0.7, (len(CLASS_NAMES), HEIGHT, WIDTH))
    return (7 * np.array(blurred) - 2.3 + noise).round(1).ravel().tolist()


class PixelSoftmax(LiveFigure):
    """A map of 8 × 12 pixels and three classes: choose a pixel, move its logits, see its loss.

    Args:
        pixel: The chosen pixel, row · 12 + column.
        edits: Logits that replace the network's, four numbers for each edited pixel: pixel, a_0, a_1, a_2.
        labels: The true classes, eight rows of digits.
        scores: The network's logits (3, 8, 12), in one row.

    Raises:
        traitlets.TraitError: If there is no such pixel, or `edits` is no list of fours.

    Source: notes N2.

    >>> figure = PixelSoftmax(pixel=16, edits=[16, 0, 0, 0])
    >>> round(figure.pixel_losses()[0, 1, 4].item(), 4)  # undecided between three: log 3
    1.0986
    """

    _esm = esm("pixel_softmax")
    caption = (
        "A small map of logits, and one pixel of it: its probabilities, its loss, and the gradient p − y. "
        "Choose a pixel and drag its three logits."
    )
    pixel = setting(t.Int(16, min=0, max=PIXELS - 1))
    edits = setting(
        t.List(t.Float()), rows=[[0, PIXELS - 1], *[[-10, 10]] * len(CLASS_NAMES)], least=0, most=PIXELS, flat=True
    )
    labels = constant(t.Unicode(" ".join(LABELS)))
    scores = constant(t.Unicode(" ".join(f"{score:g}" for score in network_scores())))
    presets: ClassVar = {
        "as predicted": {"pixel": 16},
        "sure and right": {"edits": [16, -2, 4, -1]},
        "the same, all + 5": {"edits": [16, 3, 9, 4]},
        "undecided": {"edits": [16, 0, 0, 0]},
        "sure and wrong": {"edits": [16, 4, -2, -1]},
    }

    @t.validate("edits")
    def _check_edits(self, proposal: dict) -> list[float]:
        edits = proposal["value"]
        pixels = edits[::4]
        if len(edits) % 4 or not all(p in range(PIXELS) for p in pixels) or len(set(pixels)) < len(pixels):
            raise t.TraitError(f"edits must be fours of pixel, a_0, a_1, a_2, each pixel once: got {edits}")
        return edits

    def truth(self) -> Int64[Tensor, "1 H W"]:
        """Read the true classes."""
        return torch.tensor([[[int(digit) for digit in row] for row in self.labels.split()]])

    def logits(self) -> Float64[Tensor, "1 C H W"]:
        """Lay the edits over the network's logits."""
        logits = torch.tensor([float(score) for score in self.scores.split()], dtype=torch.float64)
        logits = logits.reshape(len(CLASS_NAMES), PIXELS)
        for start in range(0, len(self.edits), 4):
            pixel, *values = self.edits[start : start + 4]
            logits[:, int(pixel)] = torch.tensor(values, dtype=torch.float64)
        return logits.reshape(1, len(CLASS_NAMES), HEIGHT, WIDTH)

    def pixel_losses(self) -> Float64[Tensor, "1 H W"]:
        """Compute the loss of every pixel: −log p of its true class."""
        return -ops.log_softmax(self.logits()).gather(1, self.truth()[:, None])[:, 0]

    def loss(self, reduction: str) -> float:
        """Compute the loss of the whole map.

        Args:
            reduction: As in `segbook.losses.cross_entropy`.
        """
        return losses.cross_entropy(self.logits(), self.truth(), reduction=reduction).item()

    def preds(self) -> np.ndarray:
        """Take the class of the largest logit at every pixel; of equal ones the first."""
        return self.logits()[0].numpy().argmax(axis=0)

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        row, column = divmod(self.pixel, WIDTH)
        truth, probs = int(self.truth()[0, row, column]), ops.softmax(self.logits())[0, :, row, column]
        wrong = int((self.preds() != self.truth()[0].numpy()).sum())
        return (
            f"Pixel ({row}, {column}) of {HEIGHT} × {WIDTH} is {CLASS_NAMES[truth]}; its probabilities are "
            f"{', '.join(f'{name} {p:.3f}' for name, p in zip(CLASS_NAMES, probs, strict=True))}, and its loss is "
            f"{self.pixel_losses()[0, row, column]:.3f}. {wrong} of {PIXELS} pixels are wrong; the losses of all "
            f"add up to {self.loss('sum'):.2f}, {self.loss('pixel_mean'):.3f} each on average."
        )
