"""Live figure: what several methods find in real images, at any threshold, with what is merged and split."""

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

TEXT = json.loads((DATA / "results_browser.json").read_text("utf-8"))
METHODS, SCENES, SIZE = TEXT["methods"], TEXT["scenes"], TEXT["size"]
STORED = Answers("results_browser", SCENES, METHODS, SIZE)


class ResultsBrowser(LiveFigure):
    """Validation images by methods by thresholds: the nuclei that are found, merged and split, and the AP that makes.

    Args:
        scene: The image: "a few", "a crowd", "many small ones", "large ones" or "dim ones".
        method: Whose answer is drawn: "Otsu" is Otsu's threshold for the whole image, the same mask at every
            threshold; "network" is the one that the package carries.
        threshold: Probability that a pixel of a nucleus must exceed, from 0.02 to 0.98 in steps of 0.02.
        reading: "components" takes connected pixels for a nucleus, "watershed" cuts them between the peaks of their
            smoothed distance to background.
        outlines: Whether the outlines that people drew are shown, too.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N11; the answers come from benchmarks/siblings.py.

    >>> figure = ResultsBrowser(scene="a crowd")
    >>> figure.scores()["cells"] >= figure.scores()["found"]
    True
    """

    _esm = esm("results_browser")
    caption = (
        "Choose a part of an image and a method, and drag the network's threshold (Otsu's is fixed, its objects not "
        "grown). White dots mark found nuclei, black ones the others, pink outlines false alarms."
    )
    scene = choice("a crowd", "image", {name: name for name in SCENES})
    threshold = slider(0.7, "threshold", step=0.02, min=THRESHOLDS[0], max=THRESHOLDS[-1])
    method = choice("network", "method", {name: name for name in METHODS}, buttons=True)
    reading = choice("watershed", "nuclei are", {"components": "components", "watershed": "watershed"}, buttons=True)
    outlines = checkbox(True, "true outlines")
    maps = constant(t.Dict())
    presets: ClassVar = {
        "a crowd": {},
        "at ½": {"threshold": 0.5},
        "without a watershed": {"reading": "components"},
        "without learning": {"method": "Otsu"},
        "dim nuclei": {"scene": "dim ones"},
    }

    def __init__(self, **settings) -> None:
        # `curves`: for every scene, method and reading the thousandths of AP at the 49 thresholds.
        named = {name: TEXT[name] for name in ("note", "methods", "scenes", "size", "curves")}
        settings.setdefault("maps", named | STORED.maps)
        super().__init__(**settings)

    @t.validate("threshold")
    def _check_threshold(self, proposal):
        return stored_threshold(proposal["value"])

    def image(self) -> np.ndarray:
        """Cut the image out of its sheet: grey values from 0 to 1, in 32 levels."""
        return STORED.image(self.scene)

    def truth(self) -> Int64[Tensor, "H W"]:
        """Read the true ids."""
        return STORED.truth(self.scene)

    def probs(self) -> Float64[Tensor, "H W"]:
        """Read what the method says, each pixel at the middle of its level."""
        return STORED.probs(self.scene, self.method)

    def objects(self) -> Int64[Tensor, "H W"]:
        """Read objects from the method's answer, at the threshold and in the way that are set."""
        return instances_from(self.probs(), threshold=self.threshold, seeds=READINGS[self.reading])

    def scores(self) -> dict[str, int | float]:
        """Score the method's objects for this one image.

        Returns:
            Average precision at 0.5; how many true cells there are, and how many of them are found, merged and split;
            how many objects there are.
        """
        found, ids = self.objects()[None], self.truth()[None]
        counts = metrics.instance_counts(found, ids, thresholds=(0.5,))
        hits, alarms, misses = counts[0].tolist()
        return {
            "AP": metrics.average_precision(counts)[0].item(),
            "cells": hits + misses,
            "found": hits,
            "merged": metrics.merged_cells(found, ids),
            "split": metrics.split_cells(found, ids),
            "objects": hits + alarms,
        }

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        scores, above = self.scores(), "Otsu's threshold" if self.method == "Otsu" else f"{self.threshold:.2f}"
        alarms = scores["objects"] - scores["found"]
        return (
            f"{self.scene}, {scores['cells']} nuclei; {self.method}, read by {self.reading} above "
            f"{above}: {scores['objects']} objects, {scores['found']} nuclei found, {alarms} false alarms, "
            f"{scores['merged']} merged, {scores['split']} split, AP {scores['AP']:.2f}."
        )
