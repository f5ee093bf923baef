"""Let a plain and a weighted U-Net answer for the crowd that chapter 10 decides on.

    PYTHONPATH=. python benchmarks/typical_crowd.py --out runs/typical     # trains what is missing there (some minutes)

The chapter quotes means of networks that benchmarks/experiments trained. So its crowd is one of the 200 scenes on which
these were tested, and its two networks learned as they did, with the same scenes, steps, rates and seed, on a CPU. Of
the 200 crowds it is the typical one: the plain U-Net's AP at ½ and by a watershed, and its IoU, are nearest to their
recorded means. The pictures in `segbook/widgets/data` are like those of benchmarks/threshold.py.

For chapter 9 it also writes what this pair says on all 200 scenes: AP and IoU of four readings, where the regions above
10/11 grow to ½ without weights and to 1/11 with them, as in benchmarks/regrown.py; and of all pixels in gaps and on
their rims the mean p, the share that does not exceed ½, and the share of cell in the carved target.
"""

import argparse
import json
import math
import sys
from functools import cache
from pathlib import Path

import numpy as np
import torch
from model_compare import GREYS, save
from run import machine
from scipy import ndimage
from torch import Tensor

from segbook import metrics
from segbook.objects import instances_from
from segbook.pixel_weights import carve_touching

sys.path.append(str(Path(__file__).parent / "experiments"))

import scenes
import train
from rows import ROWS
from runs import Setting

DATA = Path(__file__).parents[1] / "segbook" / "widgets" / "data"
RECORD = Path(__file__).parent / "results" / "experiments.json"
NAME, SEED, STEPS, LEVELS = "a typical crowd", 0, 3000, 50
PAIR = {"plain": "plain", "weighted": "border"}  # what the experiments call them
HIGH, LIMITS = 10 / 11, {"plain": 0.5, "weighted": 1 / 11}  # cores, and how far down they grow
NOTE = (
    "Two U-Nets of depth 3 and width 12, trained as in the experiments (benchmarks/EXPERIMENTS.md) for {steps} steps "
    "with seed {seed}, on a CPU, one of them with the weight map; what they say about one of the 200 scenes of the "
    "test, number {number}, in {levels} levels. Of the 200 it is the one where the plain U-Net's scores by three "
    "readings are nearest to their recorded means, in the sum of their distances. Written by "
    "benchmarks/typical_crowd.py."
)


def main() -> None:
    """Train what is missing, choose the crowd, write its three files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps what was trained")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    setting = Setting(str(folder), graph=False)
    images, ids = scenes.pictures("cells", "test", 0, setting.test, "", setting.out)
    said = {name: answers(name, images, setting) for name in PAIR}
    apart = [distance(*pair) for pair in zip(said["plain"], ids, strict=True)]
    number = int(np.argmin(apart))
    grey = (images[number] / 255 * (GREYS - 1)).round().byte().numpy() * (255 // (GREYS - 1))
    save(grey, DATA / "typical_crowd_images.png")
    tiles = [ids[number].byte(), *(levels[number] for levels in said.values())]
    save(torch.cat(tiles).numpy(), DATA / "typical_crowd.png")
    note = NOTE.format(steps=STEPS, seed=SEED, number=number, levels=LEVELS)
    text = {"note": note, "machine": machine(), "networks": [*PAIR], "crowd": NAME, "number": number}
    text["all scenes"] = {
        name: everywhere(torch.load(folder / f"{name}.pt"), ids.long(), LIMITS[name]) for name in PAIR
    }
    (DATA / "typical_crowd.json").write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(number, apart[number])


def answers(name: str, images: Tensor, setting: Setting) -> Tensor:
    """Say for every pixel how many fiftieths the probability of "cell" has reached, 0 to 49."""
    kept = Path(setting.out) / f"{name}.pt"
    if not kept.exists():
        torch.save(learned(name, setting).probabilities(images)[:, 1], kept)
    return (torch.load(kept) * LEVELS).long().clamp(max=LEVELS - 1).byte()


def learned(name: str, setting: Setting, steps: int = STEPS) -> train.Training:
    """Train one of the pair as the experiments do."""
    torch.set_num_threads(1)
    row = next(one for one in ROWS if one.name == PAIR[name])
    images, ids = scenes.pictures(row.scenes, "train", SEED, setting.train, "", setting.out)
    carved = scenes.carve(ids)
    training = train.Training(
        row.net, images, scenes.targets(carved, row.loss), scenes.weigh(carved, row.loss),
        rate=recorded(row.name)["rate"], seed=SEED, steps=STEPS, device=torch.device("cpu"), graph=False,
    )  # fmt: skip
    for _ in range(steps):
        training.step()
    return training


def everywhere(probs: Tensor, ids: Tensor, limit: float) -> dict[str, dict[str, float]]:
    """Score the readings of all scenes together, and say what p is in gaps and on their rims."""
    carved = torch.stack([carve_touching(one) for one in ids])
    gap = (carved == 0) & (ids > 0)
    away = torch.stack([torch.from_numpy(ndimage.distance_transform_edt(~one.numpy())) for one in gap])
    rim = (carved > 0) & (away <= 2)
    found = {}
    for way, one in {
        "at 1/2": instances_from(probs),
        "at 10/11": instances_from(probs, threshold=HIGH),
        "watershed": instances_from(probs, seeds="distance"),
        "at 10/11, grown": instances_from(probs, threshold=HIGH, grow=math.inf, limit=limit),
    }.items():
        hits = metrics.instance_counts(one, ids, thresholds=(0.5,))
        overlap = ((one > 0) & (ids > 0)).sum() / ((one > 0) | (ids > 0)).sum()
        found[way] = {"AP": metrics.average_precision(hits).item(), "IoU": overlap.item()}
    for group, here in {"gaps": gap, "rims": rim, "gaps and rims": gap | rim}.items():
        p, cell = probs[here].double(), carved[here] > 0
        found[group] = {"mean p": p.mean(), "at most 1/2": (p <= 0.5).double().mean(), "cell": cell.double().mean()}
    return {name: {what: round(float(one), 4) for what, one in group.items()} for name, group in found.items()}


@cache
def recorded(row: str, reading: str = "components") -> dict:
    """Look up the record of a network in the experiments."""
    rows = json.loads(RECORD.read_text("utf-8"))["rows"]
    return next(one for one in rows if (one["row"], one["reading"], one["mark"]) == (row, reading, STEPS))


def scores(levels: Tensor, ids: Tensor) -> tuple[float, float, float]:
    """Score what the plain U-Net says of a scene: AP at ½ and by a watershed, and IoU at ½."""
    probs, truth = (levels.double() + 0.5) / LEVELS, ids[None]
    half, cut = (instances_from(probs, seeds=seeds)[None] for seeds in ("components", "distance"))
    ap = [
        metrics.average_precision(metrics.instance_counts(one, truth, thresholds=(0.5,))).item() for one in (half, cut)
    ]
    confusion = metrics.confusion_matrix((half > 0).long(), (truth > 0).long(), num_classes=2)
    return ap[0], ap[1], metrics.iou(confusion)[1].item()


def distance(levels: Tensor, ids: Tensor) -> float:
    """Add how far the three scores are from their means."""
    half, cut = recorded("plain")["scores"], recorded("plain", "watershed")["scores"]
    means = half["AP"][0], cut["AP"][0], half["IoU"][0]
    return sum(abs(its - mean) for its, mean in zip(scores(levels, ids), means, strict=True))


if __name__ == "__main__":
    main()
