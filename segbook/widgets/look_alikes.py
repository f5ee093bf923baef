"""Live figure: a gap, the cell pixels that look like it, and what a weight or a threshold makes of them."""

from typing import ClassVar

import traitlets as t

from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import slider

LENGTH, GAP = 25, 12  # pixels of the line, and which of them is the gap
MOST, HEAVIEST = 12, 20


class LookAlikes(LiveFigure):
    """A line of pixels across two cells and their gap, and the best probability of cell at each pixel.

    Args:
        weight: How many times background counts in the loss, 1 to 20.
        alike: How many cell pixels look like the gap pixel, 0 to 12; they lie beside it, right and left in turn.
        threshold: What a pixel's probability must exceed to be called cell, 0.05 to 0.97 in steps of 0.01.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: the book's own; chapter 9, equation 9.1.

    >>> figure = LookAlikes(weight=10, alike=4)
    >>> round(figure.best(), 2), figure.opens(), round(figure.same_threshold(), 2)
    (0.29, True, 0.91)
    """

    _esm = esm("look_alikes")
    caption = (
        "The best probability of cell along a line across a gap. Raise the weight until the gap opens, then change "
        "how many cell pixels look like it."
    )
    weight = slider(1, "weight w of background", min=1, max=HEAVIEST)
    alike = slider(4, "cell pixels r that look like the gap", min=0, max=MOST)
    threshold = slider(0.5, "threshold t", step=0.01, min=0.05, max=0.97)
    presets: ClassVar = {
        "no weight": {},
        "weight 10": {"weight": 10},
        "a high threshold": {"threshold": 0.91},
        "too many look alike": {"weight": 10, "alike": 12},
        "a gap that is seen": {"alike": 0},
    }

    @t.validate("threshold")
    def _hundredths(self, proposal: dict) -> float:
        if abs(100 * proposal["value"] - round(100 * proposal["value"])) > 1e-6:
            raise t.TraitError(f"threshold must be a whole number of hundredths: got {proposal['value']}")
        return round(100 * proposal["value"]) / 100

    def best(self, weight: int | None = None) -> float:
        """Compute the best probability of the gap pixel and of those that look like it, by (9.1).

        Args:
            weight: Of background; the figure's own, if left out.
        """
        return self.alike / (self.alike + (self.weight if weight is None else weight))

    def opens(self) -> bool:
        """Say whether the gap pixel is called background; whole numbers, so that equal is equal."""
        percent = round(100 * self.threshold)
        return self.alike * (100 - percent) <= self.weight * percent

    def same_threshold(self) -> float:
        """Compute the threshold that calls the same pixels cell without a weight."""
        odds = self.weight * self.threshold
        return odds / (odds + 1 - self.threshold)

    def called(self) -> list[bool]:
        """Say of every pixel of the line whether it is called cell."""
        places = {GAP + (i + 1) // 2 * (1 if i % 2 else -1) for i in range(self.alike + 1)}
        return [not (self.opens() and place in places) for place in range(LENGTH)]

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        outcome = f"opens, {self.alike + 1} wide" if self.opens() else "stays filled"
        return (
            f"A line across a gap of one pixel, which {self.alike} cell pixels look like. With background counted "
            f"{self.weight} times their best probability of cell is {self.best():.2f}; read at {self.threshold:.2f} "
            f"the gap {outcome}. Without a weight it is {self.best(1):.2f}, and the same threshold is "
            f"{self.same_threshold():.2f}."
        )
