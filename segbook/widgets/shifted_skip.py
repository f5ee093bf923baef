"""Live figure: a trained U-Net whose skips are moved sideways, and where its outlines go."""

import json
from functools import cache
from typing import ClassVar

import numpy as np
import torch
import traitlets as t
from jaxtyping import Int64
from PIL import Image
from torch import Tensor

from segbook import metrics
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import choice, constant, slider
from segbook.widgets.stored import DATA, address, letters

TEXT = json.loads((DATA / "shifted_skip.json").read_text("utf-8"))
MOVED, SHIFTS, SIZE = TEXT["moved"], TEXT["shifts"], TEXT["size"]


@cache
def stored_answers() -> dict:
    """Read the stored image and answers.

    Returns:
        `note`, `moved`, `shifts`, `size`; `sheet`, the image as a data address; `truth` and `answers`, for every choice
        of skips and every shift, a letter for each pixel: A for background, B for cell.
    """
    truth, *answers = map(letters, _tiles())
    rows = [answers[i : i + len(SHIFTS)] for i in range(0, len(answers), len(SHIFTS))]
    named = {name: TEXT[name] for name in ("note", "moved", "shifts", "size")}
    return named | {"sheet": address(DATA / "shifted_skip_image.png"), "truth": truth, "answers": rows}


class ShiftedSkip(LiveFigure):
    """What chapter 8's U-Net says about a scene when a skip is moved, and how well its outlines fit.

    Args:
        shift: Pixels of the image by which the skips are moved to the right, a multiple of 4; what leaves the map on
            one side enters it on the other.
        moved: Which skips move: "both" of the two finest, "the finest", or "the second".

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: the book's own experiment; the answers come from benchmarks/shifted_skip.py.

    >>> figure = ShiftedSkip(shift=4)
    >>> [round(score, 2) for score in figure.scores()]  # against the true outlines, and against the same moved by 4
    [0.21, 0.95]
    """

    _esm = esm("shifted_skip")
    caption = (
        "What a trained U-Net says when its skips are moved sideways. What leaves on the right enters on the left. "
        "Move one skip alone and see which outlines follow."
    )
    shift = slider(
        4, "moved to the right by", unit=" pixels", step=SHIFTS[1] - SHIFTS[0], min=SHIFTS[0], max=SHIFTS[-1]
    )
    moved = choice("both", "which skips", {name: name for name in MOVED}, buttons=True)
    maps = constant(t.Dict())
    presets: ClassVar = {
        "4 to the right": {},
        "in place": {"shift": 0},
        "8 to the left": {"shift": -8},
        "the finest, 16 to the right": {"shift": 16, "moved": "the finest"},
    }

    def __init__(self, **settings) -> None:
        settings.setdefault("maps", stored_answers())
        super().__init__(**settings)

    @t.validate("shift")
    def _check_shift(self, proposal):
        if proposal["value"] not in SHIFTS:
            raise t.TraitError(f"shift must be one of {', '.join(map(str, SHIFTS))}: got {proposal['value']}")
        return proposal["value"]

    def truth(self) -> Int64[Tensor, "H W"]:
        """Read the true classes, 1 for cell."""
        return torch.from_numpy(_tiles()[0].astype(np.int64))

    def answer(self) -> Int64[Tensor, "H W"]:
        """Read the classes that the network gives with its skips moved."""
        number = 1 + MOVED.index(self.moved) * len(SHIFTS) + SHIFTS.index(self.shift)
        return torch.from_numpy(_tiles()[number].astype(np.int64))

    def scores(self) -> tuple[float, float]:
        """Score the outlines by the boundary F-score, 1 pixel allowed: against the true ones, and against these, moved.

        Moved outlines are those of the true map moved to the right like the skips.
        """
        preds, truth = self.answer()[None], self.truth()[None]
        held = [
            metrics.boundary_counts(preds, labels, num_classes=2, tolerance=1)
            for labels in (truth, truth.roll(self.shift, dims=-1))
        ]
        still, moved = (metrics.boundary_f_score(counts)[1].item() for counts in held)
        return still, moved

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        still, moved = self.scores()
        which = {"both": "its two finest skips", "the finest": "its finest skip", "the second": "its second skip"}
        way = f"{abs(self.shift)} pixels to the {'left' if self.shift < 0 else 'right'}"
        return (
            f"A U-Net's outlines with {which[self.moved]} moved {way}: boundary F {still:.2f} against the true "
            f"outlines and {moved:.2f} against the same moved as far."
        )


@cache
def _tiles() -> np.ndarray:
    """Cut the sheet into the truth and the answers, (number, H, W)."""
    with Image.open(DATA / "shifted_skip.png") as sheet:
        return np.asarray(sheet).reshape(-1, SIZE, SIZE)
