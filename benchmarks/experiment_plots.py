"""Choose what the book draws of its results, and write it beside `segbook/plot/experiments.py`.

Plots draw it, and so does the live figure `WorkAndScore`.
"""

import json
import re
import sys
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from segbook.plot import experiments as plots
from segbook.widgets import work_and_score

sys.path.append(str(Path(__file__).parent / "experiments"))

from rows import ROWS
from train import NETS

DRAWN = Path(plots.__file__).with_suffix(".json")
SCORES = ("IoU", "AP", "F per cell")
SIDE = 96  # pixels of a scene, and of a crop of a real image
READINGS = {name for name, _ in work_and_score.READINGS.values()}


def drawn(result: dict, training: list[dict], cut: dict) -> dict:
    """Gather means and both ends of their intervals, floors and multiply–adds for a scene.

    Args:
        result: What the experiments measured.
        training: The rows of training.json.
        cut: What cut_depth2.py measured of networks that the experiments did not cut by a watershed.
    """
    compared = {row for networks in work_and_score.ROWS.values() for row in networks.values()}
    rows = {
        f"{one['row']}|{one['mark']}|{one['reading']}": _spans(one["scores"])
        for one in result["rows"]
        if one["reading"] in READINGS and (one["row"] in compared or "context: depth" in one["row"])
    }
    rows |= {key: _spans(scores) for key, scores in cut["drawn"].items()}
    floors = {
        f"{one['scenes']}|{one['answer']}": _spans(one["scores"])
        for one in result["floors"]
        if one["answer"] in {line for lines in work_and_score.LINES.values() for line in lines}
    }
    outlines = {
        one["row"]: {name: one["scores"][name][0] for name in ("F between", "F outer")}
        for one in result["rows"]
        if one["reading"] == "components" and one["mark"] == plots.STEPS and _has_skips_as_read(one["row"])
    }
    by_patches = next(row["multiply–adds"] for row in training if row["model"] == "patch classifier")
    return {
        "rows": rows, "floors": floors, "outlines": outlines,
        "work": {row: work(row) for row in sorted(compared)} | {"patch by patch": by_patches},
    }  # fmt: skip


def _has_skips_as_read(row: str) -> bool:
    return row == "plain" or bool(re.fullmatch(r"cells: depth \d, skips (none|concat)", row))


def work(name: str) -> int:
    """Count the multiply–adds of a row's network for one scene; the patch classifier answers in one pass."""
    row = next(one for one in ROWS if one.name == name)
    settings = dict(row.net)
    model = NETS[settings.pop("kind")](3 if row.loss["kind"] == "three" else 2, **settings)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, 1, SIDE, SIDE))
    return counter.get_total_flops() // 2


def text(result: dict, training: list[dict], cut: dict) -> str:
    """Write it as JSON, a line for each row."""
    parts = []
    for part, lines in drawn(result, training, cut).items():
        inner = ",\n".join(f"  {json.dumps(key, ensure_ascii=False)}: {json.dumps(one)}" for key, one in lines.items())
        parts.append(f' "{part}": {{\n{inner}\n }}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _spans(scores: dict) -> dict:
    """Leave out standard deviations, and scores that no plot draws."""
    return {name: [scores[name][0], *scores[name][2:]] for name in SCORES}
