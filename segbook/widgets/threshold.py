"""Live figure: a threshold that is dragged over the probabilities of two networks, and the cells that it leaves."""

import json
from functools import cache
from pathlib import Path
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
from segbook.widgets.controls import checkbox, choice, constant, slider
from segbook.widgets.stored import address, letters

DATA = Path(__file__).parent / "data"
TEXT = json.loads((DATA / "threshold.json").read_text("utf-8"))
NETWORKS, SCENES, SIZE, LEVELS = TEXT["networks"], TEXT["scenes"], TEXT["size"], TEXT["levels"]
THRESHOLDS = [level / LEVELS for level in range(1, LEVELS)]
READINGS = {"components": "components", "watershed": "distance"}  # and what `instances_from` calls them


@cache
def stored_probabilities() -> dict:
    """Read the stored images and answers.

    Returns:
        `note`, `networks`, `scenes`, `size`; `sheet`, the images side by side as a data address; a letter for each
        pixel in `ids`, for every scene the true ids, and in `answers`, for every scene and network the levels of
        probability.
    """
    ids, *answers = _tiles()
    named = {name: TEXT[name] for name in ("note", "networks", "scenes", "size")}
    return named | {
        "sheet": address(DATA / "threshold_images.png"),
        "ids": [letters(tile) for tile in ids],
        "answers": [[letters(tile) for tile in scene] for scene in zip(*answers, strict=True)],
    }


class Threshold(LiveFigure):
    """What two networks say about an image, cut at one threshold and read as cells; beside it AP against IoU.

    Args:
        scene: The image: "round cells", "a denser crowd", "real nuclei" or "more real nuclei".
        threshold: Probability that a pixel of a cell must exceed, from 0.02 to 0.98 in steps of 0.02.
        reading: "components" takes connected pixels for a cell, "watershed" cuts them between the peaks of their
            smoothed distance to background.
        outlines: Whether the true outlines are drawn, too.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N11; the answers come from benchmarks/threshold.py.

    >>> figure = Threshold(reading="watershed")
    >>> figure.scores("plain")["found"], figure.scores("weighted")["found"]
    (10, 10)
    """

    _esm = esm("threshold")
    caption = (
        "What two networks say about one image, cut at a threshold and read as cells. Move the threshold and "
        "compare AP with IoU."
    )
    scene = choice(SCENES[0], "image", {name: name for name in SCENES})
    threshold = slider(0.5, "threshold", step=0.02, min=THRESHOLDS[0], max=THRESHOLDS[-1])
    reading = choice("components", "cells are", {"components": "components", "watershed": "watershed"}, buttons=True)
    outlines = checkbox(False, "true outlines")
    maps = constant(t.Dict())
    presets: ClassVar = {
        "at ½": {},
        "a high threshold": {"threshold": 0.9},
        "a watershed": {"reading": "watershed"},
        "real nuclei": {"scene": "real nuclei"},
    }

    def __init__(self, **settings) -> None:
        settings.setdefault("maps", stored_probabilities())
        super().__init__(**settings)

    @t.validate("threshold")
    def _check_threshold(self, proposal):
        value = proposal["value"]
        nearest = round(value * LEVELS) / LEVELS
        if abs(value - nearest) > 1e-9:
            raise t.TraitError(f"threshold is stored in steps of {1 / LEVELS:g}: got {value:g}; near are {nearest:g}")
        return nearest

    def image(self) -> np.ndarray:
        """Cut the image out of its sheet: grey values from 0 to 1, in 32 levels."""
        start = SCENES.index(self.scene) * SIZE
        with Image.open(DATA / "threshold_images.png") as sheet:
            return np.asarray(sheet)[:, start : start + SIZE] / 248

    def truth(self) -> Int64[Tensor, "H W"]:
        """Read the true ids."""
        return torch.from_numpy(self._tile(0).astype(np.int64))

    def probs(self, network: str) -> Float64[Tensor, "H W"]:
        """Read what a network says, each pixel at the middle of its level.

        Args:
            network: One of the two names.
        """
        return torch.from_numpy((self._tile(1 + NETWORKS.index(network)) + 0.5) / LEVELS)

    def cells(self, network: str) -> Int64[Tensor, "H W"]:
        """Read cells from a network's answer, at the threshold and in the way that are set.

        Args:
            network: One of the two names.
        """
        return instances_from(self.probs(network), threshold=self.threshold, seeds=READINGS[self.reading])

    def scores(self, network: str) -> dict[str, float]:
        """Score a network's cells for this one image.

        Args:
            network: One of the two names.

        Returns:
            IoU of the pixels, average precision at 0.5, and how many cells are found, merged and split.
        """
        found, ids = self.cells(network)[None], self.truth()[None]
        confusion = metrics.confusion_matrix((found > 0).long(), (ids > 0).long(), num_classes=2)
        counts = metrics.instance_counts(found, ids, thresholds=(0.5,))
        return {
            "IoU": metrics.iou(confusion)[1].item(),
            "AP": metrics.average_precision(counts)[0].item(),
            "found": int(counts[0, 0]),
            "merged": metrics.merged_cells(found, ids),
            "split": metrics.split_cells(found, ids),
        }

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        said = []
        for network in NETWORKS:
            scores = self.scores(network)
            said.append(
                f"{network}: {scores['found']} found, {scores['merged']} merged, {scores['split']} split, IoU "
                f"{scores['IoU']:.3f}, AP {scores['AP']:.2f}"
            )
        way = f"read by {self.reading} above {self.threshold:.2f}"
        return f"{self.scene}, {len(self.truth().unique()) - 1} cells, {way}; {'; '.join(said)}."

    def _tile(self, row: int) -> np.ndarray:
        return _tiles()[row][SCENES.index(self.scene)]


@cache
def _tiles() -> np.ndarray:
    """Cut the sheet into (3, scenes, H, W): true ids, and below them the levels of either network."""
    with Image.open(DATA / "threshold.png") as sheet:
        rows = 1 + len(NETWORKS)
        return np.asarray(sheet).reshape(rows, SIZE, len(SCENES), SIZE).transpose(0, 2, 1, 3)
