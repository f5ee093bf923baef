"""Cut the smaller U-Net's regions, too: is a U-Net of depth 2 as good for a count as chapter 10's, of depth 3?

    PYTHONPATH=. python benchmarks/cut_depth2.py --out runs/depth2     # trains what is missing there (an hour)

The experiments read U-Nets of depth 1 and 2 at a threshold only. Here one of depth 2 learns gaps as they do, on a CPU,
and beside it, as a control of the set-up, one of depth 3. Both are read in all four ways. `results/cut_depth2.json` has
the scores.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from run import machine

sys.path.append(str(Path(__file__).parent / "experiments"))

import runs
import score
from rows import ROWS

RESULTS = Path(__file__).parent / "results" / "cut_depth2.json"
ROW = {"depth 2": "cells: depth 2, skips concat", "depth 3": "plain"}
SEEDS, STEPS, RATE = range(4), 3000, 2e-3  # the experiments' rate of both
READINGS = ("components", "tuned components", "watershed", "tuned watershed")
NOTE = (
    f"As in the experiments (EXPERIMENTS.md), on a CPU: U-Nets of width 12 learn round cells with gaps for {STEPS} "
    f"steps, {len(SEEDS)} seeds, 200 other scenes; mean and standard deviation over seeds. Written by "
    "benchmarks/cut_depth2.py."
)


def main() -> None:
    """Train what is missing, score, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps the runs")
    parser.add_argument("--seeds", type=int, nargs="*", help="train these only, and write no scores")
    asked = parser.parse_args()
    setting = runs.Setting(str(asked.out), graph=False)
    rows = []
    for name in ROW:
        row = replace(next(row for row in ROWS if row.name == ROW[name]), marks=(1000, STEPS), readings="full")
        paths = [trained(runs.Job(row, (seed,), RATE), setting) for seed in asked.seeds or SEEDS]
        shards = [json.loads(path.read_text("utf-8")) for path in paths]
        rows += [{"network": f"U-Net of {name}", "reading": one} | summary(shards, one) for one in READINGS]
    if not asked.seeds:
        result = {"title": "A U-Net of depth 2, cut", "note": NOTE, "machine": machine(), "rows": rows}
        RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


def trained(job: runs.Job, setting: runs.Setting) -> Path:
    """Train and score a network, if that was not done, and return where its scores are."""
    path = job.shard(job.seeds[0], setting.out)
    if not path.exists():
        runs.work(job, setting)
    return path


def summary(shards: list[dict], reading: str) -> dict:
    """Average over seeds what a reading scores, and list the AP of every seed."""
    totals = [np.sum(shard["marks"][str(STEPS)]["scenes"][reading], axis=0) for shard in shards]
    of = {
        "AP": [float(score.average_precision(total)) for total in totals],
        "IoU": [float(score.area_iou(total)) for total in totals],
        "F per cell": [float(score.outline_f(total, "cell")) for total in totals],
    }
    spread = {name: [round(float(np.mean(of[name])), 4), round(float(np.std(of[name], ddof=1)), 4)] for name in of}
    return spread | {"AP of each seed": [round(ap, 4) for ap in of["AP"]]}


if __name__ == "__main__":
    main()
