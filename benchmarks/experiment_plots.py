"""Choose what the book's plots draw of results/experiments.json, and write it beside `segbook/plot/experiments.py`."""

import json
from pathlib import Path

from segbook.plot import experiments as plots

DRAWN = Path(plots.__file__).with_suffix(".json")
SCORES = ("IoU", "AP", "F per cell")
# The benchmark's names of the networks whose work is told.
WORK = {
    "patch classifier": "patch classifier",
    "FCN-8s": "FCN-8s",
    "encoder–decoder": "encoder–decoder, depth 3",
    "the same, depth 1": "encoder–decoder, depth 1",
    "U-Net": "U-Net",
    "U-Net, weighted": "U-Net, weighted loss",
}


def drawn(result: dict, training: list[dict]) -> dict:
    """Gather means and both ends of their intervals, curves over thresholds, floors and multiply–adds for a scene."""
    networks = {name for _, *pair, _ in plots.SCENES.values() for name in pair} | {*plots.NETWORKS.values()}
    rows = {
        f"{one['row']}|{one['mark']}|{one['reading']}": _spans(one["scores"])
        for one in result["rows"]
        if one["reading"] in plots.READINGS and (one["row"] in networks or ": depth" in one["row"])
    }
    curves = {
        f"{one['row']}|{one['mark']}": {score: one[score] for score in ("thresholds", "IoU", "AP")}
        for one in result["curves"]
        if one["row"] in networks
    }
    floors = {
        f"{one['scenes']}|{one['answer']}": _spans(one["scores"])
        for one in result["floors"]
        if one["answer"] == plots.FLOOR
    }
    multiply_adds = {row["model"]: row["multiply–adds"] for row in training}
    return {
        "rows": rows, "curves": curves, "floors": floors,
        "work": {name: multiply_adds[model] for name, model in WORK.items()},
    }  # fmt: skip


def text(result: dict, training: list[dict]) -> str:
    """Write it as JSON, a line for each row."""
    parts = []
    for part, lines in drawn(result, training).items():
        inner = ",\n".join(f"  {json.dumps(key, ensure_ascii=False)}: {json.dumps(one)}" for key, one in lines.items())
        parts.append(f' "{part}": {{\n{inner}\n }}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _spans(scores: dict) -> dict:
    """Leave out standard deviations, and scores that no plot draws."""
    return {name: [scores[name][0], *scores[name][2:]] for name in SCORES}
