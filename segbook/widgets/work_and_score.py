"""Live figure: what each network scores for its work, and which networks are worth having."""

import json
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple

import traitlets as t

from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import choice, constant, setting

# What benchmarks/experiment_plots.py chose of the experiments, for plots and for this figure.
RECORD = Path(__file__).parents[1] / "plot/experiments.json"
# For each kind of images its networks, as the drawing calls them, and their rows in the record.
ROWS = {
    "round cells": {
        "patches": "control: patches, all pixels labelled",
        "FCN-8s": "control: FCN-8s",
        "depth 1": "cells: depth 1, skips none",
        "depth 2": "cells: depth 2, skips none",
        "encoder–decoder": "cells: depth 3, skips none",
        "U-Net of depth 1": "cells: depth 1, skips concat",
        "U-Net of depth 2": "cells: depth 2, skips concat",
        "U-Net": "plain",
        "weighted U-Net": "border",
    },
    "granules": {
        "depth 1": "context: depth 1, skips none",
        "depth 2": "context: depth 2, skips none",
        "encoder–decoder": "context: depth 3, skips none",
        "depth 4": "context: depth 4, skips none",
        "U-Net of depth 1": "context: depth 1, skips concat",
        "U-Net of depth 2": "context: depth 2, skips concat",
        "U-Net": "context: depth 3, skips concat",
        "U-Net of depth 4": "context: depth 4, skips concat",
    },
    "odd shapes": {"U-Net": "shapes: plain", "weighted U-Net": "shapes: border"},
    "real nuclei": {
        "depth 1": "nuclei: depth 1, skips none",
        "depth 2": "nuclei: depth 2, skips none",
        "encoder–decoder": "nuclei: depth 3, skips none",
        "U-Net of depth 1": "nuclei: depth 1, skips concat",
        "U-Net of depth 2": "nuclei: depth 2, skips concat",
        "U-Net": "nuclei: plain",
        "weighted U-Net": "nuclei: border",
        "border class": "nuclei: three classes",
    },
}
NETWORKS = (*dict.fromkeys(name for rows in ROWS.values() for name in rows),)
SCENES = {"round cells": "cells", "granules": "context", "odd shapes": "shapes", "real nuclei": "nuclei"}
SCORES = ("IoU", "F per cell", "AP")
# What each reading is called in the record, and in the sentence.
READINGS = {
    "one half": ("components", "read at ½"),
    "best threshold": ("tuned components", "read at the best threshold"),
    "watershed": ("watershed", "cut by a watershed"),
    "both": ("tuned watershed", "cut by a watershed at the best threshold"),
}
PERFECT = {"carved truth, components": "perfect answer with gaps"}
CUT = {"Otsu, watershed": "Otsu's threshold", "truth, watershed": "true classes without gaps"}
# The lines of each reading: answers without a network in the record, and what they are called.
LINES = {
    "one half": {"Otsu, components": "Otsu's threshold"} | PERFECT,
    "best threshold": {"Otsu, components": "Otsu's threshold"} | PERFECT,
    "watershed": CUT,
    "both": CUT,
    "granules": {"all granules": "all granules marked", "carved truth, components": "perfect answer"},
}


class Mark(NamedTuple):
    """A network: multiply–adds for 96 × 96 pixels, its mean score, and both ends of the interval."""

    work: int
    score: float
    interval: tuple[float, float]


class WorkAndScore(LiveFigure):
    """The networks of the book, work to the right and a score upwards, and the step line of those worth having.

    A network is dominated if another one is at least as good in the score, needs no more work, and is better in one of
    the two. Means are compared; intervals are the middle 95 % of 1,000 draws of seeds and scenes.

    Args:
        images: "round cells", "granules", "odd shapes" or "real nuclei".
        score: "IoU", "F per cell" or "AP".
        steps: Of training: "300", "1000" or "3000".
        reading: "one half", regions above ½; "best threshold", regions above the threshold that had the highest AP on
            other scenes (of granules, the highest IoU); "watershed", regions above ½, cut; "both", regions above the
            threshold at which cutting had the highest AP on other scenes, cut. Granules were not cut.
        network: The one in focus, if it was measured so.

    Raises:
        traitlets.TraitError: If a setting is unknown, or no network was read so on these images.

    Source: the book's own experiments (benchmarks/EXPERIMENTS.md).

    >>> figure = WorkAndScore(score="F per cell")
    >>> figure.front()
    ['depth 1', 'depth 2', 'U-Net of depth 2', 'U-Net']
    """

    _esm = esm("work_and_score")
    caption = (
        "Filled dots are worth having, hollow ones are dominated. All but the border class learned gaps (granules "
        "whole). By a watershed, U-Nets of depth 1 and 2, and depth 2 on nuclei, were trained later, in the same way."
    )
    images = choice("round cells", "images", {name: name for name in ROWS}, buttons=True)
    score = choice("F per cell", "score", {name: name for name in SCORES}, buttons=True)
    steps = choice("1000", "steps", {"300": "300", "1000": "1,000", "3000": "3,000"}, buttons=True)
    reading = setting(t.Enum([*READINGS], "one half"), options=[*READINGS])
    network = setting(t.Enum(NETWORKS, "U-Net"), options=[*NETWORKS])
    record = constant(t.Dict())
    presets: ClassVar = {
        "areas": {"score": "IoU"},
        "outlines": {},
        "counts": {"score": "AP", "reading": "watershed"},
        "far context": {"images": "granules", "score": "IoU", "reading": "best threshold"},
        "counts of nuclei": {"images": "real nuclei", "score": "AP", "reading": "watershed"},
    }

    def __init__(self, **settings) -> None:
        settings.setdefault("record", recorded())
        super().__init__(**settings)

    @t.validate("images", "reading")
    def _check_reading(self, proposal: dict) -> str:
        value, name = proposal["value"], proposal["trait"].name
        images, reading = (value, self.reading) if name == "images" else (self.images, value)
        if not any(key.startswith(f"{reading}|") for key in _scores(images)):
            raise t.TraitError(f"no network was read by {reading!r} on {images}")
        return value

    def marks(self) -> dict[str, Mark]:
        """Look up the networks that were measured so, from the least work on; of equal work the best comes first."""
        marks = {}
        for name, network in self.record[self.images]["networks"].items():
            score = network["scores"].get(f"{self.reading}|{self.steps}", {}).get(self.score)
            if score:
                marks[name] = Mark(network["work"], score[0], (score[1], score[2]))
        return dict(sorted(marks.items(), key=lambda one: (one[1].work, -one[1].score, one[0])))

    def dominated(self) -> dict[str, str]:
        """Name for every network that is dominated the best one that dominates it."""
        marks, found = self.marks(), {}
        for name, mark in marks.items():
            better = [
                other
                for other, its in marks.items()
                if its.score >= mark.score and its.work <= mark.work and its[:2] != mark[:2]
            ]
            if better:
                found[name] = max(better, key=lambda other: marks[other].score)  # the first of equals: the least work
        return found

    def front(self) -> list[str]:
        """List the networks that no other one dominates, from the least work on."""
        dominated = self.dominated()
        return [name for name in self.marks() if name not in dominated]

    def best(self) -> str:
        """Name the network with the highest score, of several the one with the least work."""
        marks = self.marks()
        return max(marks, key=lambda name: marks[name].score)

    def in_focus(self) -> str:
        """Name the network in focus: `network`, or the best one if that was not measured so."""
        return self.network if self.network in self.marks() else self.best()

    def lines(self) -> dict[str, float]:
        """Look up the answers without a network: what they are called and what they score."""
        return {name: scores[self.score] for name, scores in self.record[self.images]["lines"][self.reading]}

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        best, front, dominated = self.best(), self.front(), self.dominated()
        mark = self.marks()[best]
        span = f"{mark.interval[0]:.3f} to {mark.interval[1]:.3f}"
        by = [
            f"by {other}: {_listed([name for name, its in dominated.items() if its == other])}"
            for other in dict.fromkeys(dominated.values())
        ]
        return (
            f"{self.images.capitalize()}, {READINGS[self.reading][1]} after {int(self.steps):,} steps: {best} has the "
            f"highest {self.score}, {mark.score:.3f} ({span}), for {mark.work / 1e6:.1f} million multiply–adds. "
            f"Worth having: {_listed(front)}{'' if front[1:] else ' alone'}."
            + (f" Dominated {'; '.join(by)}." if by else "")
        )


@cache
def recorded() -> dict:
    """Gather what the figure draws.

    Returns:
        For each kind of images `networks`, by name their `work` and `scores`, by reading and steps, then by score: the
        mean and both ends of its interval; and `lines`, by reading: a name with its scores. Patches,
        which answer in one pass, also have their work `patch by patch`.
    """
    record = json.loads(RECORD.read_text("utf-8"))

    def scores(row: str) -> dict:
        keys = {
            f"{reading}|{steps}": f"{row}|{steps}|{name}"
            for reading, (name, _) in READINGS.items()
            for steps in (300, 1000, 3000)
        }
        return {key: record["rows"][source] for key, source in keys.items() if source in record["rows"]}

    def lines(images: str, reading: str) -> list:
        named = LINES.get(images, LINES[reading])
        floors = {name: record["floors"][f"{SCENES[images]}|{answer}"] for answer, name in named.items()}
        return [[name, {score: value[0] for score, value in floor.items()}] for name, floor in floors.items()]

    found = {
        images: {
            "networks": {name: {"work": record["work"][row], "scores": scores(row)} for name, row in rows.items()},
            "lines": {reading: lines(images, reading) for reading in READINGS},
        }
        for images, rows in ROWS.items()
    }
    found["round cells"]["networks"]["patches"]["patch by patch"] = record["work"]["patch by patch"]
    return found


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _scores(images: str) -> set[str]:
    return {key for network in recorded()[images]["networks"].values() for key in network["scores"]}
