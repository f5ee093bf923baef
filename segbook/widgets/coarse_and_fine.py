"""Live figure: a fine row and a coarse row of sixteen pixels, and the one convolution that joins them."""

from typing import ClassVar

import torch
import traitlets as t
from jaxtyping import Float64
from torch import Tensor
from torch.nn import functional as F

from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import constant, slider

SIZE, SPECK, BLOCK, WINDOW = 16, 1, 4, 8


class CoarseAndFine(LiveFigure):
    """A speck and an object in a row of pixels, seen finely and coarsely, and what one convolution makes of both.

    Args:
        edge: The object's first pixel, 8 to 11, counted from 0; it reaches to the row's end.
        threshold: The coarse row calls a block of 4 pixels an object if the mean over 8 pixels around it is above this.
        skip_weight: w_1, by which the fine row is multiplied.
        up_weight: w_2, by which the coarse row is multiplied.
        bias: b, added to the sum before the ReLU.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: the book's own.

    >>> CoarseAndFine(edge=11).wrong(), CoarseAndFine(edge=11, threshold=0.2).wrong()  # fine, coarse, joined
    ((1, 1, 1), (1, 3, 0))
    """

    _esm = esm("coarse_and_fine")
    caption = (
        "A speck and an object in sixteen pixels. Move the edge and see which pixels come out wrong; then lower the "
        "coarse row's threshold, and change the weights."
    )
    edge = slider(9, "object begins at pixel", min=8, max=11)
    threshold = slider(0.5, "coarse row: object above", step=0.1, min=0.1, max=0.7)
    skip_weight = slider(1.0, "w_1 of the fine row", step=0.5, min=0.0, max=2.0)
    up_weight = slider(1.0, "w_2 of the coarse row", step=0.5, min=0.0, max=2.0)
    bias = slider(-1.0, "bias b", step=0.5, min=-2.0, max=0.0)
    row = constant(t.Dict(default_value={"size": SIZE, "speck": SPECK, "block": BLOCK, "window": WINDOW}))
    presets: ClassVar = {
        "and": {},
        "edge at 11": {"edge": 11},
        "edge at 11, generous": {"edge": 11, "threshold": 0.2},
        "too generous": {"edge": 11, "threshold": 0.1},
        "skip alone": {"up_weight": 0.0, "bias": 0.0},
        "no skip": {"skip_weight": 0.0, "bias": 0.0},
    }

    def truth(self) -> Float64[Tensor, "L"]:
        """Draw the object alone."""
        return (torch.arange(SIZE) >= self.edge).double()

    def fine(self) -> Float64[Tensor, "L"]:
        """Draw the object and the speck: the pixels as they are."""
        row = self.truth()
        row[SPECK] = 1
        return row

    def means(self) -> Float64[Tensor, "B"]:
        """Average 8 pixels around every block of 4; beyond the row's ends there are zeros."""
        return F.avg_pool1d(self.fine()[None, None], WINDOW, stride=BLOCK, padding=(WINDOW - BLOCK) // 2)[0, 0]

    def coarse(self) -> Float64[Tensor, "L"]:
        """Decide for every block, and repeat the answer for its pixels."""
        return (self.means() > self.threshold).double().repeat_interleave(BLOCK)

    def output(self) -> Float64[Tensor, "L"]:
        """Join both rows by a convolution of one tap and a ReLU."""
        stacked = torch.stack([self.fine(), self.coarse()])[None]
        weight = torch.tensor([[[self.skip_weight], [self.up_weight]]], dtype=torch.float64)
        return F.conv1d(stacked, weight, torch.tensor([self.bias], dtype=torch.float64)).relu()[0, 0]

    def wrong(self) -> tuple[int, int, int]:
        """Count the pixels that the fine row, the coarse row and the two joined get wrong; above 0 is "object"."""
        fine, coarse, joined = (
            int(((row > 0) != (self.truth() > 0)).sum()) for row in (self.fine(), self.coarse(), self.output())
        )
        return fine, coarse, joined

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        fine, coarse, joined = self.wrong()
        return (
            f"Sixteen pixels, a speck at {SPECK} and an object from {self.edge} on; blocks with a mean above "
            f"{self.threshold:.1f} are coarsely an object. Wrong pixels: {fine} in the fine row, {coarse} in the "
            f"coarse row, {joined} where weights {self.skip_weight:.1f} and {self.up_weight:.1f} and bias "
            f"{self.bias:.1f} join them."
        )
