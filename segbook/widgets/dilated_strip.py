"""Live figure: scores for every place of a strip, by shifting it, and by dilating the layers that read it."""

from typing import ClassVar

import torch
import traitlets as t
from torch import Tensor
from torch.nn import functional as F

from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import constant, setting, slider

SIGNAL = [9, 3, 2, 1, 0, 5, 2, 6, 0, 1, 2, 3, 9, 2, 8, 3, 2]
KERNEL = [1, -1]
FIELD, JUMP = 10, 4  # of pooling, kernel, pooling and kernel, all with two inputs
SCORES = len(SIGNAL) - FIELD + 1
# Places from one input of each layer to the other, where poolings step by one place.
APART = {"taps together": (1, 1, 1, 1), "dilated": (1, 2, 2, 4)}
FORMS = ("strided", "shifted", *APART)


class DilatedStrip(LiveFigure):
    """A strip of pixels through pooling, kernel, pooling and kernel, in four forms; what one score reads; the work.

    Every value stands under the first pixel that it reads, so the forms can be compared column by column.

    Args:
        form: "strided", poolings step by two places; "shifted", the same for every shift of the strip; "taps together",
            poolings step by one place and nothing else is changed; "dilated", later layers are spread as well.
        place: The score in focus, named by its first pixel.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N4; Long et al. (2015), section 3.2.

    >>> DilatedStrip(form="strided").scores()  # every fourth
    {0: 2, 4: 7}
    """

    _esm = esm("dilated_strip")
    caption = (
        "Pooling, kernel, pooling, kernel: every number stands under the first pixel that it depends on, and every "
        "score has the colour of the shift that would give it. Choose a score and follow its lines through the four "
        "forms."
    )
    place = slider(JUMP, "score at pixel", min=0, max=SCORES - 1)
    form = setting(t.Enum(FORMS, "strided"), options=[*FORMS])
    signal = constant(t.List(t.Int(), SIGNAL))
    kernel = constant(t.List(t.Int(), KERNEL))
    presets: ClassVar = {form: {"form": form} | ({"place": JUMP} if form == "strided" else {}) for form in FORMS}

    def in_focus(self) -> int:
        """Name the score in focus: strided, the last one before `place` that there is."""
        return self.place - self.place % JUMP if self.form == "strided" else self.place

    def rows(self) -> list[dict[int, int]]:
        """Compute what the drawing shows of strip, pooling, kernel, pooling and kernel: values by their places.

        Strided and shifted, these are those of one shift, that of the score in focus.
        """
        x = torch.tensor(self.signal).float()
        if self.form in APART:
            steps, shift, values = [1] * 5, 0, self._layers(x, 1, APART[self.form])
        else:
            steps, shift = [1, 2, 2, 4, 4], self.in_focus() % JUMP
            values = self._layers(x[shift:], 2, (1, 1, 1, 1))
        return [
            {shift + step * n: int(value) for n, value in enumerate(row)}
            for step, row in zip(steps, values, strict=True)
        ]

    def scores(self) -> dict[int, int]:
        """Compute the scores of the present form, stitched if it is "shifted", by their places."""
        if self.form != "shifted":
            return self.rows()[-1]
        passes = [DilatedStrip(form="shifted", place=shift).rows()[-1] for shift in range(JUMP)]
        return dict(sorted(pair for one in passes for pair in one.items()))

    def patch_scores(self) -> list[int]:
        """Score every patch by itself: the right scores."""
        x = torch.tensor(self.signal).float()
        return [int(self._layers(x[n : n + FIELD], 2, (1, 1, 1, 1))[-1][0]) for n in range(SCORES)]

    def computed(self) -> dict[str, int]:
        """Count the numbers that each way computes: patch by patch, and in every form."""
        x, together = torch.tensor(self.signal).float(), (1, 1, 1, 1)

        def numbers(values: list[Tensor]) -> int:
            return sum(map(len, values[1:]))

        shifts = [numbers(self._layers(x[shift:], 2, together)) for shift in range(JUMP)]
        patches = sum(numbers(self._layers(x[n : n + FIELD], 2, together)) for n in range(SCORES))
        spread = {form: numbers(self._layers(x, 1, apart)) for form, apart in APART.items()}
        return {"patch by patch": patches, "strided": shifts[0], "shifted": sum(shifts)} | spread

    def _layers(self, x: Tensor, step: int, apart: tuple[int, ...]) -> list[Tensor]:
        """Apply pooling, kernel, pooling and kernel; poolings step by `step`, inputs lie so far apart."""
        weight, rows = torch.tensor(self.kernel).float()[None, None], [x[None, None]]
        for pooling, distance in zip((True, False, True, False), apart, strict=True):
            last = rows[-1]
            rows.append(
                F.max_pool1d(last, 2, stride=step, dilation=distance)
                if pooling
                else F.conv1d(last, weight, dilation=distance)
            )
        return [row[0, 0] for row in rows]

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        place, scores, right, computed = self.in_focus(), self.scores(), self.patch_scores(), self.computed()
        wrong = sum(scores.get(n, right[n]) != right[n] for n in range(SCORES))
        verdict = f"{wrong} of {SCORES} scores wrong" if wrong else f"{len(scores)} of {SCORES} scores, all right"
        return (
            f"A strip of {len(self.signal)} pixels, {self.form}: {verdict}; {computed[self.form]} numbers computed, "
            f"patch by patch {computed['patch by patch']}. The score at pixel {place} is {scores[place]}."
        )
