"""Live figure: what accuracy and IoU say of three poor predictors, as the foreground grows rare."""

from typing import ClassVar

import numpy as np
import torch
import traitlets as t
from jaxtyping import Int64
from torch import Tensor

from segbook import metrics
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import choice, constant, slider

HEIGHT, WIDTH = 25, 40
PIXELS = HEIGHT * WIDTH  # a thousand, so that 0.1 % is one pixel
COIN_ORDER = np.random.default_rng(2).permutation(PIXELS)
PREDICTORS = {"nothing": "all background", "coin": "coin toss", "twice": "twice as large"}


def expected_shares(share: float, predictor: str) -> tuple[float, float, float, float]:
    """Say which shares of a large picture are found, false alarm, missed and rightly background.

    Args:
        share: The foreground's share of the picture, 0 … 0.5.
        predictor: A key of `PREDICTORS`. The coin says foreground as often as foreground is there.
    """
    q = share
    return {
        "nothing": (0.0, 0.0, q, 1 - q),
        "coin": (q * q, q * (1 - q), q * (1 - q), (1 - q) ** 2),
        "twice": (q, q, 0.0, 1 - 2 * q),
    }[predictor]


class Imbalance(LiveFigure):
    """A disc on a background, a poor predictor of it, and the scores it gets.

    Args:
        share: The foreground's share of the picture in percent, 0.1 to 50.
        predictor: "nothing" (all background), "coin" (tossed at every pixel, foreground as often as it occurs) or
            "twice" (the disc, at twice its area).
        order: The order in which coins come up foreground: the picture's pixels, shuffled.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N2, on what its loss is for; Long et al. (2015), section 5, for the scores.

    >>> Imbalance(share=5, predictor="nothing").expected()  # accuracy, foreground IoU, mean IoU
    (0.95, 0.0, 0.475)
    """

    _esm = esm("imbalance")
    caption = (
        "Three poor predictors of a disc, and their scores. Make the disc smaller and watch which score "
        "still rates the empty answer highly."
    )
    share = slider(5.0, "foreground, %", step=0.1, min=0.1, max=50)
    predictor = choice("nothing", "predictor", PREDICTORS)
    order = constant(t.Unicode(" ".join(map(str, COIN_ORDER))))
    presets: ClassVar = {
        "all background": {},
        "coin toss": {"predictor": "coin"},
        "twice as large": {"predictor": "twice"},
        "twice as large, and rare": {"share": 0.5, "predictor": "twice"},
    }

    def expected(self) -> tuple[float, float, float]:
        """Compute accuracy, foreground IoU and mean IoU of a large picture."""
        found, false, missed, background = expected_shares(self.share / 100, self.predictor)
        iou = found / (found + false + missed)
        return found + background, iou, (iou + background / (background + false + missed)) / 2

    def maps(self) -> tuple[Int64[Tensor, "H W"], Int64[Tensor, "H W"]]:
        """Draw labels and predictions of the picture's thousand pixels."""
        rows, columns = np.mgrid[:HEIGHT, :WIDTH]
        outward = ((2 * rows - HEIGHT + 1) ** 2 + (2 * columns - WIDTH + 1) ** 2).ravel().argsort(kind="stable")
        size = round(self.share * PIXELS / 100)
        coins = np.array(self.order.split(), dtype=int)
        predicted = {"nothing": outward[:0], "coin": coins[:size], "twice": outward[: 2 * size]}[self.predictor]
        labels, preds = torch.zeros(2, PIXELS, dtype=torch.int64)
        labels[torch.from_numpy(outward[:size])] = 1
        preds[torch.from_numpy(predicted.copy())] = 1
        return labels.reshape(HEIGHT, WIDTH), preds.reshape(HEIGHT, WIDTH)

    def counted(self) -> tuple[float, float, float]:
        """Count accuracy, foreground IoU and mean IoU of the picture."""
        labels, preds = self.maps()
        confusion = metrics.confusion_matrix(preds, labels, num_classes=2)
        return metrics.pixel_accuracy(confusion), metrics.iou(confusion)[1].item(), metrics.mean_iou(confusion)

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        accuracy, iou, mean = self.expected()
        return (
            f"{self.share:g} % foreground, predictor {PREDICTORS[self.predictor]}: expected accuracy {accuracy:.3f}, "
            f"foreground IoU {iou:.3f}, mean IoU {mean:.3f}."
        )
