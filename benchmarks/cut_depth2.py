"""Cut the regions of smaller networks, too: are they as good for a count as chapter 10's U-Net, of depth 3?

    PYTHONPATH=. python benchmarks/cut_depth2.py --out runs/depth2 --dsb FOLDER/dsb2018_small.npz

The experiments read U-Nets of depth 1 and 2, and all smaller networks on nuclei, at a threshold only. Here U-Nets of
depth 1 and 2 learn gaps in round cells, and an encoder–decoder of depth 2 in nuclei, all as in the experiments, on a
CPU. Beside them, as a control of the set-up, U-Net learns the same. All are read in all four ways. What is missing in
the folder is trained first (three hours). `results/cut_depth2.json` has the scores and, for every reading, by how much
U-Net leads, paired by seed and image. The live figure `WorkAndScore` draws what the watershed gives.
"""

import argparse
import json
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
from run import machine

sys.path.append(str(Path(__file__).parent / "experiments"))
import collect
import gather
import runs
import score
from rows import ROWS

RESULTS = Path(__file__).parent / "results" / "cut_depth2.json"
STEPS, RATE = 3000, 2e-3  # the experiments' rate of all of these
UNET = "U-Net"
IMAGES = "round cells", "nuclei"
COMPARED = (  # images, the smaller network, the experiments' rows of it and of U-Net, and how many seeds
    ("round cells", "U-Net of depth 2", "cells: depth 2, skips concat", "plain", 10),
    ("round cells", "U-Net of depth 1", "cells: depth 1, skips concat", "plain", 10),
    ("nuclei", "encoder–decoder of depth 2", "nuclei: depth 2, skips none", "nuclei: plain", 5),
)
READINGS = ("components", "tuned components", "watershed", "tuned watershed")
SCORES = ("IoU", "AP", "F per cell")
NOTE = (
    f"As in the experiments (EXPERIMENTS.md), on a CPU: networks of width 12 learn gaps for {STEPS} steps, and are "
    "tested on 200 other scenes of round cells (ten seeds) or on 20 micrographs of nuclei (five, each "
    "with other ones). Mean and standard deviation over seeds; a lead is the mean of U-Net's AP minus the other's, "
    "paired by seed and image, and the ends of its 95 % interval; a gain is that of the watershed over another "
    "reading; off by: found minus true regions in an image, mean and mean size; drawn: mean, standard deviation and "
    "both ends of its 95 % interval. Written by benchmarks/cut_depth2.py."
)


def main() -> None:
    """Train what is missing, score, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps the runs")
    parser.add_argument("--dsb", default="", help="dsb2018_small.npz, the file of nuclei")
    parser.add_argument("--seeds", type=int, nargs="*", help="train these only, and write no scores")
    parser.add_argument(
        "--images", nargs="*", default=[*IMAGES], choices=IMAGES, help="train with these only, and write no scores"
    )
    asked = parser.parse_args()
    setting = runs.Setting(str(asked.out), graph=False, nuclei=asked.dsb)
    scored = asked.seeds is None and {*asked.images} == {*IMAGES}  # else the file would lose rows
    rows, leads, gains, drawn = [], [], [], {}
    for images, name, *named, count in COMPARED:
        if images not in asked.images:
            continue
        seeds = range(count) if asked.seeds is None else asked.seeds
        shards = [[trained(row, seed, setting) for seed in seeds] for row in named]
        if not scored:
            continue
        small, large = (counts_of(each) for each in shards)
        numbers = collect.images_of(shards[0])
        known = {(row["images"], row["network"]) for row in rows}
        for reading, (network, counts) in product(READINGS, ((name, small), (UNET, large))):
            if (images, network) not in known:
                rows.append({"images": images, "network": network, "reading": reading} | summary(counts[reading]))
        for reading in READINGS[2:]:
            found = gather.intervals(small[reading], images=numbers)
            drawn[f"{named[0]}|{STEPS}|{reading}"] = {score: rounded(found[score]) for score in SCORES}
        for reading in READINGS:
            lead = gather.difference(large[reading], small[reading], score.average_precision, images=numbers)
            leads.append({"images": images, "over": name, "reading": reading, "lead in AP": rounded(lead)})
        for other, (network, counts) in product(READINGS[:2], ((name, small), (UNET, large))):
            if (images, network) in known:
                continue
            gain = gather.difference(counts["watershed"], counts[other], score.average_precision, images=numbers)
            gains.append({"images": images, "network": network, "over": other, "gain in AP": rounded(gain)})
    if scored:
        result = {"title": "Smaller networks, cut", "note": NOTE, "machine": machine()}
        result |= {"rows": rows, "leads": leads, "gains": gains, "drawn": drawn}
        RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


def trained(name: str, seed: int, setting: runs.Setting) -> dict:
    """Read a network's counts; train and read it first if that was not done."""
    row = next(row for row in ROWS if row.name == name)
    job = runs.Job(replace(row, marks=(1000, STEPS), readings="full"), (seed,), RATE)
    path = job.shard(seed, setting.out)
    if not path.exists():
        runs.work(job, setting)
    return json.loads(path.read_text("utf-8"))


def counts_of(shards: list[dict]) -> dict[str, gather.Counts]:
    """Pick the counts of every reading, a layer for every seed."""
    return {reading: np.array([one["marks"][str(STEPS)]["scenes"][reading] for one in shards]) for reading in READINGS}


def summary(counts: gather.Counts) -> dict:
    """Average over seeds what a reading scores, and list the AP of every seed."""
    totals = counts.sum(axis=1)
    of = {
        "AP": score.average_precision(totals),
        "IoU": score.area_iou(totals),
        "F per cell": score.outline_f(totals, "cell"),
    }
    spread = {name: rounded((values.mean(), values.std(ddof=1))) for name, values in of.items()}
    found, true = (counts[..., score.FIELDS.index(name)] for name in ("objects", "cells"))
    off = {"off by": rounded(((found - true).mean(), np.abs(found - true).mean()))}
    return spread | {"AP of each seed": rounded(of["AP"])} | off


def rounded(numbers) -> list[float]:
    """Round to four digits."""
    return [round(float(number), 4) for number in numbers]


if __name__ == "__main__":
    main()
