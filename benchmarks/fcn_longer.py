"""Do finer scores still help an FCN when it trains for longer? FCN-32s and FCN-8s after 120 to 1,000 steps.

The networks, scenes, target and learning rate are chapter 7's; only the training goes on. Every training is a file in
`_build/fcn_longer`, so that a run that was cut short goes on where it stopped: `python benchmarks/run.py fcn_longer`.
"""

import json
import sys
from pathlib import Path
from statistics import mean, stdev

import bottleneck
import torch
from torch import Tensor
from torch.nn import functional as F

from segbook import metrics, models, train

TITLE = "FCN-32s and FCN-8s with longer training"
MARKS = (120, 300, 1000)
SEEDS = range(3)
NAMES = ("FCN-32s", "FCN-8s")
KEPT = Path(__file__).parents[1] / "_build" / "fcn_longer"
NOTE = (
    "Chapter 7's FCNs on the chapter's scenes (48 to train on, 16 to test), width 8, batches of 4, Adam with a "
    "learning rate of 0.002, scored after so many steps: boundary F at a distance of 1 pixel and IoU, mean ± "
    "standard deviation over the seeds, smallest and largest."
)


def measure() -> list[dict]:
    """Train both networks with every seed, unless that was done before; a row for each network, seed and mark."""
    torch.set_num_threads(1)
    lessons, tests = bottleneck.gather(48, seed=0), bottleneck.gather(16, seed=5000)
    return [row for seed in SEEDS for name in NAMES for row in kept(name, seed, lessons, tests)]


def kept(name: str, seed: int, lessons: tuple[Tensor, Tensor], tests: tuple[Tensor, Tensor]) -> list[dict]:
    """Read the scores of a training, or train."""
    file = KEPT / f"{name}-{seed}.json"
    if not file.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(scores(name, seed, lessons, tests)), "utf-8")
    return json.loads(file.read_text("utf-8"))


def scores(name: str, seed: int, lessons: tuple[Tensor, Tensor], tests: tuple[Tensor, Tensor]) -> list[dict]:
    """Train one network and score it at every mark."""
    torch.manual_seed(seed)
    network = models.FCN(1, 2, width=bottleneck.WIDTH, stride=int(name[4:-1]))
    network, rows = network.to(memory_format=torch.channels_last), []  # faster

    def score(step: int) -> None:
        if step in MARKS:
            with torch.no_grad():
                answer = network(tests[0]).argmax(dim=1)
            area = metrics.iou(metrics.confusion_matrix(answer, tests[1], num_classes=2))[1].item()
            drawn = bottleneck.boundary_f(answer, tests[1])
            rows.append({"network": name, "seed": seed, "steps": step, "IoU": area, "boundary F": drawn})
            print(rows[-1], file=sys.stderr, flush=True)

    train.fit(
        network,
        torch.utils.data.TensorDataset(*lessons),
        F.cross_entropy,
        torch.optim.Adam(network.parameters(), lr=bottleneck.RATE),
        steps=MARKS[-1],
        batch_size=bottleneck.BATCH,
        device=torch.device("cpu"),
        seed=seed,
        after_step=score,
    )
    return rows


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each network and length of training, over all seeds."""
    lines = []
    for name in NAMES:
        for steps in MARKS:
            runs = [row for row in rows if (row["network"], row["steps"]) == (name, steps)]
            line: dict = {"network": name, "steps": f"{steps:,}", "seeds": len(runs)}
            for score in ("boundary F", "IoU"):
                values = [row[score] for row in runs]
                line[score] = f"{mean(values):.3f} ± {stdev(values):.3f}"
                line[f"{score}, range"] = f"{min(values):.3f} to {max(values):.3f}"
            lines.append(line)
    return lines
