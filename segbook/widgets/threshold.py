"""Live figure: a threshold that is dragged over the probabilities of two networks, and the cells that it leaves."""

import json
from typing import ClassVar

import numpy as np
import traitlets as t
from jaxtyping import Float64, Int64
from torch import Tensor

from segbook import metrics
from segbook.objects import instances_from
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import checkbox, choice, constant, slider
from segbook.widgets.stored import DATA, READINGS, THRESHOLDS, Answers, stored_threshold

TEXT = json.loads((DATA / "threshold.json").read_text("utf-8"))
NETWORKS, SCENES, SIZE = TEXT["networks"], TEXT["scenes"], TEXT["size"]
STORED = Answers("threshold", SCENES, NETWORKS, SIZE)
# For chapter 10, answered by other pairs, and not on the page: benchmarks/typical_crowd.py and benchmarks/grown.py.
MORE = {"a typical crowd": "typical_crowd", "bent cells": "typical_odd"}
STORES = dict.fromkeys(SCENES, STORED) | {scene: Answers(file, [scene], NETWORKS, SIZE) for scene, file in MORE.items()}


class Threshold(LiveFigure):
    """What two networks say about an image, cut at one threshold and read as cells; beside it AP against IoU.

    Args:
        scene: The image: "round cells", "a tighter crowd", "real nuclei" or "more real nuclei"; in Python also
            "a typical crowd" and "bent cells", each answered by a pair that trained three times as long.
        threshold: Probability that a pixel of a cell must exceed, from 0.02 to 0.98 in steps of 0.02.
        reading: "components" takes connected pixels for a cell, "watershed" cuts them between the peaks of their
            smoothed distance to background.
        outlines: Whether the true outlines are drawn, too.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N11; the answers come from benchmarks/threshold.py.

    >>> figure = Threshold(reading="watershed")
    >>> figure.scores("plain")["hits"], figure.scores("weighted")["hits"]
    (10, 10)
    """

    _esm = esm("threshold")
    caption = (
        "What two networks say about one image, cut at a threshold and read as cells. Each curve runs through all "
        "thresholds; its mark is at the chosen one. Compare AP with IoU."
    )
    scene = choice(SCENES[0], "image", {name: name for name in SCENES})
    scene.values = (*STORES,)
    threshold = slider(0.5, "threshold", step=0.02, min=THRESHOLDS[0], max=THRESHOLDS[-1])
    reading = choice("components", "cells are", {"components": "components", "watershed": "watershed"}, buttons=True)
    outlines = checkbox(False, "true outlines")
    maps = constant(t.Dict())
    # Means of ten such pairs of networks by reading: AP and IoU without weights, then with them.
    pairs: ClassVar = TEXT["pairs"]
    # The same of five pairs that learned odd shapes: long, bent and hollow cells.
    odd_pairs: ClassVar = TEXT["odd pairs"]
    # The same of larger networks, trained for longer, by their cells: round, odd and nuclei. They were never grown.
    larger: ClassVar = TEXT["larger"]
    presets: ClassVar = {
        "at ½": {},
        "a high threshold": {"threshold": 0.92},
        "a watershed": {"reading": "watershed"},
        "real nuclei": {"scene": "real nuclei"},
    }

    def __init__(self, **settings) -> None:
        named = {name: TEXT[name] for name in ("note", "networks", "scenes", "size")}
        settings.setdefault("maps", named | STORED.maps)
        super().__init__(**settings)

    @t.validate("threshold")
    def _check_threshold(self, proposal):
        return stored_threshold(proposal["value"])

    def image(self) -> np.ndarray:
        """Cut the image out of its sheet: grey values from 0 to 1, in 32 levels."""
        return STORES[self.scene].image(self.scene)

    def truth(self) -> Int64[Tensor, "H W"]:
        """Read the true ids."""
        return STORES[self.scene].truth(self.scene)

    def probs(self, network: str) -> Float64[Tensor, "H W"]:
        """Read what a network says, each pixel at the middle of its level.

        Args:
            network: One of the two names.
        """
        return STORES[self.scene].probs(self.scene, network)

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
            IoU of the pixels, average precision at 0.5, and how many cells are hit, merged and split.
        """
        found, ids = self.cells(network)[None], self.truth()[None]
        confusion = metrics.confusion_matrix((found > 0).long(), (ids > 0).long(), num_classes=2)
        counts = metrics.instance_counts(found, ids, thresholds=(0.5,))
        return {
            "IoU": metrics.iou(confusion)[1].item(),
            "AP": metrics.average_precision(counts)[0].item(),
            "hits": int(counts[0, 0]),
            "merged": metrics.merged_cells(found, ids),
            "split": metrics.split_cells(found, ids),
        }

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        said = []
        for network in NETWORKS:
            scores = self.scores(network)
            hits = f"{scores['hits']} hit{'' if scores['hits'] == 1 else 's'}"
            said.append(
                f"{network}: {hits}, {scores['merged']} merged, {scores['split']} split, IoU {scores['IoU']:.3f}, "
                f"AP {scores['AP']:.2f}"
            )
        way = f"read by {self.reading} above {self.threshold:.2f}"
        return f"{self.scene}, {len(self.truth().unique()) - 1} cells, {way}; {'; '.join(said)}."
