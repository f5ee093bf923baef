"""Live figure: what five networks say about one image, any two of them side by side, with their errors."""

import base64
import json
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
import traitlets as t
from jaxtyping import Int64
from PIL import Image
from torch import Tensor

from segbook import metrics
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import checkbox, choice, constant, slider

DATA = Path(__file__).parent / "data"
TEXT = json.loads((DATA / "model_compare.json").read_text("utf-8"))
MODELS, SCENES, SIZE = TEXT["models"], TEXT["scenes"], TEXT["size"]


@cache
def stored_maps() -> dict:
    """Read the stored images and answers.

    Returns:
        `note`, `models`, `scenes`, `size`; `sheet`, the images side by side as a data address; `ids` and `answers`, for
        every scene a map in one row as runs "value:length": the true ids, and numbers whose bit i says "cell" for
        network i.
    """
    sheet = base64.b64encode((DATA / "model_compare_images.png").read_bytes()).decode()
    ids, answers = ([_runs(tile) for tile in row] for row in _tiles())
    named = {name: TEXT[name] for name in ("note", "models", "scenes", "size")}
    return named | {"sheet": f"data:image/png;base64,{sheet}", "ids": ids, "answers": answers}


class ModelCompare(LiveFigure):
    """One image, the answers of two networks left and right of a line that is dragged, and what is wrong with them.

    Args:
        scene: The image: "apart", "a crowd", "one real cell" or "tissue".
        left: The network whose answer is drawn left of the line.
        right: The one right of it.
        wipe: Where the line stands, in percent of the width.
        errors: Whether missed pixels, false alarms and merged cells are marked.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N12; the answers come from benchmarks/model_compare.py.

    >>> figure = ModelCompare(scene="a crowd")
    >>> figure.scores("U-Net")["merged"], figure.scores("U-Net, weighted")["merged"]
    (10, 0)
    """

    _esm = esm("model_compare")
    caption = (
        "Two networks' answers to one image, outlined in blue left of a line and in orange right of it. "
        "Drag the line, change the networks, and look for what is missed, invented and merged."
    )
    scene = choice("a crowd", "image", {name: name for name in SCENES})
    left = choice("encoder–decoder", "left", {name: name for name in MODELS})
    right = choice("U-Net", "right", {name: name for name in MODELS})
    wipe = slider(50, "line", unit=" %", min=0, max=100)
    errors = checkbox(True, "mark errors")
    maps = constant(t.Dict())
    presets: ClassVar = {
        "what skips do": {},
        "what weights do": {"left": "U-Net", "right": "U-Net, weighted"},
        "a coarse grid": {"left": "patch classifier", "right": "FCN-8s"},
        "cells apart": {"scene": "apart", "left": "U-Net", "right": "U-Net, weighted"},
        "one real cell": {"scene": "one real cell", "left": "FCN-8s", "wipe": 74},
        "tissue": {"scene": "tissue", "left": "U-Net", "right": "U-Net, weighted"},
    }

    def __init__(self, **settings) -> None:
        settings.setdefault("maps", stored_maps())
        super().__init__(**settings)

    def image(self) -> np.ndarray:
        """Cut the image out of its sheet: grey values from 0 to 1, in 32 levels."""
        start = SCENES.index(self.scene) * SIZE
        with Image.open(DATA / "model_compare_images.png") as sheet:
            return np.asarray(sheet)[:, start : start + SIZE] / 248

    def truth(self) -> Int64[Tensor, "H W"]:
        """Read the true ids; for the real images a threshold's, not an expert's."""
        return self._tile(0)

    def answer(self, model: str) -> Int64[Tensor, "H W"]:
        """Read the classes that a network gives, 1 for cell.

        Args:
            model: One of the five names.
        """
        return self._tile(1) >> MODELS.index(model) & 1

    def scores(self, model: str) -> dict[str, float]:
        """Score a network's answer for this one image.

        Args:
            model: One of the five names.

        Returns:
            IoU and boundary F-score of the cells (1 pixel allowed), average precision at 0.5, and how many cells are
            merged and split. A region of the answer counts as one cell.
        """
        preds, ids = self.answer(model)[None], self.truth()[None]
        labels, found = (ids > 0).long(), metrics.connected_components(preds > 0)
        counts = metrics.boundary_counts(preds, labels, num_classes=2, tolerance=1)
        return {
            "IoU": metrics.iou(metrics.confusion_matrix(preds, labels, num_classes=2))[1].item(),
            "boundary F": metrics.boundary_f_score(counts)[1].item(),
            "AP": metrics.average_precision(metrics.instance_counts(found, ids, thresholds=(0.5,)))[0].item(),
            "merged": metrics.merged_cells(found, ids),
            "split": metrics.split_cells(found, ids),
        }

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        sides = []
        for side, model in (("left", self.left), ("right", self.right)):
            scores = self.scores(model)
            sides.append(
                f"{side}, {model}: IoU {scores['IoU']:.3f}, boundary F {scores['boundary F']:.3f}, "
                f"{scores['merged']} merged, {scores['split']} split"
            )
        return f"{self.scene}, {self.truth().max()} cells; {'; '.join(sides)}."

    def _tile(self, row: int) -> Int64[Tensor, "H W"]:
        return torch.from_numpy(_tiles()[row][SCENES.index(self.scene)].astype(np.int64))


@cache
def _tiles() -> np.ndarray:
    """Cut the sheet into (2, scenes, H, W): true ids above, answers below."""
    with Image.open(DATA / "model_compare.png") as sheet:
        return np.asarray(sheet).reshape(2, SIZE, len(SCENES), SIZE).transpose(0, 2, 1, 3)


def _runs(tile: np.ndarray) -> str:
    return " ".join(f"{value}:{len([*run])}" for value, run in groupby(tile.ravel().tolist()))
