"""How much does a watershed depend on how far apart deepest places must lie? Chapter 10 takes 5 pixels.

    PYTHONPATH=. python benchmarks/watershed_distance.py --out runs/distance    # trains U-Nets (a quarter of an hour)

U-Nets learn gaps in round cells as in the experiments, on a CPU, and their regions at ½ are cut with distances of 1 to
12 pixels. Beside them stand the true classes without gaps, and Otsu's threshold, cut likewise.
`results/watershed_distance.json` has the scores.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from run import machine
from skimage.filters import threshold_otsu

sys.path.append(str(Path(__file__).parent / "experiments"))
import runs
import score
from rows import ROWS
from train import together

RESULTS = Path(__file__).parent / "results" / "watershed_distance.json"
SEEDS, STEPS, RATE = range(3), 3000, 2e-3  # the experiments' rate of U-Net
APART = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12)  # pixels
NOTE = (
    f"As in the experiments (EXPERIMENTS.md), on a CPU: U-Net learns gaps in 96 scenes of round cells for {STEPS:,} "
    f"steps, {len(SEEDS)} seeds. On 200 other scenes, whose cells have a mean radius of 9 pixels, its regions at ½ are "
    "cut by a watershed from deepest places that lie so far apart; likewise the true classes without gaps, and what "
    "Otsu's threshold finds. AP, and off by: the mean size of the error in the number of regions; for U-Net mean and "
    "standard deviation over seeds. Written by benchmarks/watershed_distance.py."
)


def main() -> None:
    """Train, cut, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps the scenes")
    setting = runs.Setting(str(parser.parse_args().out), graph=False)
    torch.set_num_threads(1)
    (row,) = [row for row in ROWS if row.name == "plain"]
    masks = {"U-Net": []}
    for seed in SEEDS:
        training = runs.prepare(row, seed, RATE, STEPS, setting, torch.device("cpu"))
        for _ in together([training], (STEPS,)):
            pass
        _, whole, truth = runs.predict(training, row, seed, setting, "test")
        masks["U-Net"].append(whole > 0.5)
        print("trained", seed, flush=True)
    images, _ = runs.part_of("cells", 0, "test", setting)
    masks["true classes"] = [truth.instances > 0]
    masks["Otsu's threshold"] = [np.stack([scene > threshold_otsu(scene) for scene in images.numpy()])]
    rows = []
    for name, answers in masks.items():
        for apart in APART:
            pairs = [scores(answer, truth, apart) for answer in answers]
            named = dict(zip(("AP", "off by"), zip(*pairs, strict=True), strict=True))
            rows.append({"answer": name, "apart": apart} | {one: spread(values) for one, values in named.items()})
            print(rows[-1], flush=True)
    result = {"title": "The distance between deepest places", "note": NOTE, "machine": machine(), "rows": rows}
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


def scores(mask: np.ndarray, truth: score.Truth, apart: int) -> tuple[float, float]:
    """Cut a stack of masks, and give AP and by how much the count of a scene is off."""
    counted = score.count(score.parted(mask, window=2 * apart - 1), truth)  # as `part_by_distance` counts
    objects, cells = (counted[:, score.FIELDS.index(name)] for name in ("objects", "cells"))
    return float(score.average_precision(counted.sum(axis=0))), float(np.abs(objects - cells).mean())


def spread(values: tuple[float, ...]) -> list[float]:
    """Give the mean, and the standard deviation if there are several."""
    numbers = [np.mean(values)] + ([np.std(values, ddof=1)] if len(values) > 1 else [])
    return [round(float(number), 4) for number in numbers]


if __name__ == "__main__":
    main()
