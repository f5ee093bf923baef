"""Train for areas alone, on whole cells without gaps: what chapter 10's advice on areas needs.

    PYTHONPATH=. python benchmarks/whole_cells.py --out runs/whole     # trains what is missing there (an hour)

All networks of the experiments learn gaps. Here U-Net and the encoder-decoder of depth 1 learn whole cells for 3,000
steps, on a CPU, and are read in all four ways. `results/whole_cells.json` has the scores.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from run import machine

sys.path.append(str(Path(__file__).parent / "experiments"))

import collect
import gather
import runs
import scenes
import score
from rows import ROWS

RESULTS = Path(__file__).parent / "results" / "whole_cells.json"
SEEDS, STEPS = range(5), 3000
ROW = {"U-Net": "plain", "depth 1": "cells: depth 1, skips none"}
RATE = {"U-Net": 2e-3, "depth 1": 4e-3}  # as the experiments tuned them
READINGS = ("components", "tuned components", "watershed", "tuned watershed")
NOTE = (
    f"As in the experiments (EXPERIMENTS.md), on a CPU, but the target has no background between cells that touch: 96 "
    f"scenes of round cells to learn from, {STEPS:,} steps, {len(SEEDS)} seeds, 200 other scenes; mean and standard "
    "deviation over seeds. A lead is the mean of U-Net's IoU at ½ minus that of depth 1, paired by seed and scene, and "
    "the ends of its 95 % interval. Written by benchmarks/whole_cells.py."
)


def main() -> None:
    """Train what is missing, score, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps the runs")
    folder = parser.parse_args().out
    by_name = {row.name: row for row in ROWS}
    rows, shards = [], {}
    setting = runs.Setting(str(folder), graph=False)
    for name in ("depth 1", "U-Net"):
        row = replace(by_name[ROW[name]], marks=(STEPS,), readings="full")
        jobs = [runs.Job(row, (seed,), RATE[name]) for seed in SEEDS]
        for job in jobs:
            if not job.shard(job.seeds[0], setting.out).exists():
                trained(job, setting)
        shards[name] = [json.loads(job.shard(job.seeds[0], setting.out).read_text("utf-8")) for job in jobs]
        rows.append({"network": name} | summary(shards[name]))
        print(rows[-1], flush=True)
    counts = {
        name: np.array([one["marks"][str(STEPS)]["scenes"]["components"] for one in found])
        for name, found in shards.items()
    }
    numbers = collect.images_of(shards["U-Net"])
    lead = gather.difference(counts["U-Net"], counts["depth 1"], score.area_iou, images=numbers)
    result = {"title": "Whole cells as the target", "note": NOTE, "machine": machine(), "rows": rows}
    result["lead in IoU"] = [round(float(number), 4) for number in lead]
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


def trained(job: runs.Job, setting: runs.Setting) -> None:
    """Train one network on whole cells."""
    carve = scenes.carve
    scenes.carve = lambda instances: instances
    try:
        runs.work(job, setting)
    finally:
        scenes.carve = carve


def summary(shards: list[dict]) -> dict:
    """Average over seeds what a network scores in every reading."""
    scores: dict[str, list[tuple[float, float]]] = {reading: [] for reading in READINGS}
    for shard in shards:
        for reading, counted in shard["marks"][str(STEPS)]["scenes"].items():
            total = dict(zip(score.FIELDS, np.sum(counted, axis=0), strict=True))
            found, objects, cells = (total[name] for name in ("found 0.5", "objects", "cells"))
            scores[reading].append((found / (objects + cells - found), total["inter"] / total["union"]))
    spread = lambda values: [round(float(f(values)), 4) for f in (np.mean, lambda v: np.std(v, ddof=1))]  # noqa: E731
    return {
        reading: {name: spread(column) for name, column in zip(("AP", "IoU"), zip(*pairs, strict=True), strict=True)}
        for reading, pairs in scores.items()
    }


if __name__ == "__main__":
    main()
