"""What do FCN's sums bring on chapter 7's encoder of depth 3, with the chapter's short training?

The FCNs of the chapter halve five times and its encoder–decoders three, so their scores cannot be compared. Here an
FCN has the encoder of depth 3, and scores are added down to a stride of 8 (none), 4 or 2. Every training is a file in
`_build/fcn_trunk`, so that a run that was cut short goes on where it stopped: `python benchmarks/run.py fcn_trunk`.
"""

import json
import sys
from functools import partial
from pathlib import Path
from statistics import mean, stdev

import bottleneck
import torch
from torch import Tensor

from segbook import metrics, models

TITLE = "FCN's sums on an encoder of depth 3"
SEEDS = range(20)
STRIDES = (8, 4, 2)
KEPT = Path(__file__).parents[1] / "_build" / "fcn_trunk"
NOTE = (
    "FCNs with the encoder of chapter 7's networks of depth 3 (width 8, the same channels, one convolution at the "
    "bottleneck where the encoder–decoder has two), on the chapter's scenes (48 to train on, 16 to test), batches of "
    "4, Adam with a learning rate of 0.002, 120 steps. Scores are added down to the stride; the rest is enlarged at "
    "once. Boundary F at a distance of 1 pixel and IoU, mean ± standard deviation over the seeds, smallest and largest."
)


def measure() -> list[dict]:
    """Train each network with every seed, unless that was done before; a row each."""
    torch.set_num_threads(1)
    lessons, tests = bottleneck.gather(48, seed=0), bottleneck.gather(16, seed=5000)
    return [kept(stride, seed, lessons, tests) for seed in SEEDS for stride in STRIDES]


def kept(stride: int, seed: int, lessons: tuple[Tensor, Tensor], tests: tuple[Tensor, Tensor]) -> dict:
    """Read the scores of a training, or train."""
    file = KEPT / f"{stride}-{seed}.json"
    if not file.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        make = partial(models.FCN, 1, 2, width=bottleneck.WIDTH, depth=bottleneck.DEPTH, stride=stride)
        network = bottleneck.learn(make, *lessons, seed=seed)
        with torch.no_grad():
            answer = network(tests[0]).argmax(dim=1)
        area = metrics.iou(metrics.confusion_matrix(answer, tests[1], num_classes=2))[1].item()
        row = {"stride": stride, "seed": seed, "IoU": area, "boundary F": bottleneck.boundary_f(answer, tests[1])}
        file.write_text(json.dumps(row), "utf-8")
        print(row, file=sys.stderr, flush=True)
    return json.loads(file.read_text("utf-8"))


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each stride, over all seeds."""
    lines = []
    for stride in STRIDES:
        runs = [row for row in rows if row["stride"] == stride]
        line: dict = {"finest scores added at stride": stride if stride < 8 else "none", "seeds": len(runs)}
        for score in ("boundary F", "IoU"):
            values = [row[score] for row in runs]
            line[score] = f"{mean(values):.3f} ± {stdev(values):.3f}"
            line[f"{score}, range"] = f"{min(values):.3f} to {max(values):.3f}"
        lines.append(line)
    return lines
