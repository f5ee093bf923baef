"""Live figure: one image while a network learns, with the loss and the AP."""

import json
from functools import cache
from typing import ClassVar

import numpy as np
import torch
import traitlets as t
from jaxtyping import Float64, Int64
from PIL import Image
from torch import Tensor

from segbook import metrics
from segbook.objects import instances_from
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import choice, constant, slider
from segbook.widgets.stored import DATA, LEVELS, address, letters

TEXT = json.loads((DATA / "training_film.json").read_text("utf-8"))
STEPS, SIZE = TEXT["steps"], TEXT["size"]
SHOWN = {"probability": "probability", "objects": "what is over ½"}


@cache
def stored_frames() -> dict:
    """Read the stored image and what was kept at every frame.

    Returns:
        `note`, `steps`, `size`; `sheet`, the image as a data address; `ids` and `frames`, a letter for each pixel: the
        true ids, and the level of probability at every frame; `loss`, of every step; `ap`, of this image at every
        frame, in thousandths.
    """
    ids, *frames = map(letters, _tiles())
    named = {name: TEXT[name] for name in ("note", "steps", "size", "loss", "ap")}
    return named | {"sheet": address(DATA / "training_film_image.png"), "ids": ids, "frames": frames}


class TrainingFilm(LiveFigure):
    """A part of an image that a network has not learned from, while the network learns.

    Args:
        frame: Which of the kept moments, from 0, before the first step.
        shown: "probability" draws how likely each pixel is a nucleus, "objects" the outlines of what exceeds ½.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: the book's own experiment; the frames come from benchmarks/real_images.py.

    >>> figure = TrainingFilm(frame=0)
    >>> figure.step, figure.probs().shape
    (0, torch.Size([96, 96]))
    """

    _esm = esm("training_film")
    caption = (
        "A part of a micrograph that a network has not learned from, while the network learns. Scrub through the steps "
        "and compare the loss (the dashed curve) with the nuclei that are found."
    )
    frame = slider(0, "step", names=map(str, STEPS), min=0, max=len(STEPS) - 1)
    shown = choice("probability", "drawn", SHOWN, buttons=True)
    maps = constant(t.Dict())
    presets: ClassVar = {
        "before": {},
        "step 30": {"frame": STEPS.index(30), "shown": "objects"},
        "step 50": {"frame": STEPS.index(50), "shown": "objects"},
        "step 80": {"frame": STEPS.index(80), "shown": "objects"},
        "the end": {"frame": len(STEPS) - 1, "shown": "objects"},
    }

    def __init__(self, **settings) -> None:
        settings.setdefault("maps", stored_frames())
        super().__init__(**settings)

    @property
    def step(self) -> int:
        """How many steps were taken at this frame."""
        return STEPS[self.frame]

    def truth(self) -> Int64[Tensor, "H W"]:
        """Read the true ids."""
        return torch.from_numpy(_tiles()[0].astype(np.int64))

    def probs(self) -> Float64[Tensor, "H W"]:
        """Read what the network says at this frame, each pixel at the middle of its level."""
        return torch.from_numpy((_tiles()[1 + self.frame] + 0.5) / LEVELS)

    def objects(self) -> Int64[Tensor, "H W"]:
        """Read the connected pixels over ½."""
        return instances_from(self.probs())

    def scores(self) -> dict[str, int | float]:
        """Score this frame: nuclei found, objects, nuclei that there are, AP at 0.5."""
        counts = metrics.instance_counts(self.objects()[None], self.truth()[None], thresholds=(0.5,))
        hits, alarms, misses = counts[0].tolist()
        ap = metrics.average_precision(counts)[0].item()
        return {"found": hits, "objects": hits + alarms, "cells": hits + misses, "AP": ap}

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        scores = self.scores()
        return (
            f"After {self.step} steps the network finds {scores['found']} of {scores['cells']} nuclei in "
            f"{scores['objects']} objects over ½, AP {scores['AP']:.2f}."
        )


@cache
def _tiles() -> np.ndarray:
    """Cut the sheet into (1 + frames, H, W): true ids, then the levels."""
    with Image.open(DATA / "training_film.png") as sheet:
        return np.asarray(sheet).reshape(1 + len(STEPS), SIZE, SIZE)
