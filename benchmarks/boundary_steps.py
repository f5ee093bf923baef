"""Does training give back the boundaries that halving costs? Boundary F against steps, in one set-up for all networks.

The networks, scenes, target, learning rate and score are chapter 7's; only the training goes on. Every training is a
file in `_build/boundary_steps`, so that a run that was cut short goes on where it stopped: `python benchmarks/run.py
boundary_steps`. It takes a quarter of an hour on one core that is free.
"""

import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean, stdev

import bottleneck
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segbook import metrics, models, train

TITLE = "Boundaries against training steps, by depth"
MARKS = (120, 300, 600, 1000, 2000)
SEEDS = range(3)
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    f"depth {depth}": partial(models.EncoderDecoder, 1, 2, width=bottleneck.WIDTH, depth=depth)
    for depth in (1, 2, 3, 4)
} | {f"FCN-{stride}s": partial(models.FCN, 1, 2, width=bottleneck.WIDTH, stride=stride) for stride in (32, 8)}
SUMS = {"FCN, depth 3, no sum": 8, "FCN, depth 3, two sums": 2}
NETWORKS |= {
    name: partial(models.FCN, 1, 2, width=bottleneck.WIDTH, depth=3, stride=stride) for name, stride in SUMS.items()
}
MORE = {
    f"depth {depth}, {more}": (depth, more)
    for more in ("width 12", "96 scenes", "width 12, 96 scenes")
    for depth in (1, 3)
}
NETWORKS |= {
    name: partial(models.EncoderDecoder, 1, 2, width=12 if "width" in more else bottleneck.WIDTH, depth=depth)
    for name, (depth, more) in MORE.items()
}
TOLD = "a decoder of true shares, depth 3"
NETWORKS[TOLD] = bottleneck.FromShares
BRIGHT = "no network: brightness above one threshold"
SHARES = "no network: true shares of blocks, depth {}"
EVERYTHING, TRUTH = "no network: everything is cell", "no network: the truth"
KEPT = Path(__file__).parents[1] / "_build" / "boundary_steps"
NOTE = (
    "Chapter 7's encoder–decoders (transposed convolutions) and FCNs on the chapter's scenes of cells (48 to train on, "
    "16 to test), width 8, batches of 4, Adam with a constant learning rate of 0.002; each network is trained once "
    "with every seed and scored after so many steps: boundary F at a distance of 1 pixel and IoU, mean ± standard "
    "deviation over the seeds, smallest and largest. One decoder, of depth 3, gets nothing but the "
    "true share of each block. Below, answers without a network: the threshold is the one of 99 with the best boundary "
    "F on the training scenes; shares are drawn as in the chapter, from the truth. Depth 2, the FCNs of depth 3 and "
    "those that are wider or learn from more scenes were trained later, on the processor named below, all others on an "
    "AMD EPYC. Command: `python benchmarks/run.py boundary_steps`."
)


def measure() -> list[dict]:
    """Train all networks with every seed, unless that was done before; a row for each network, seed and mark."""
    torch.set_num_threads(1)
    lessons, tests = bottleneck.gather(48, seed=0), bottleneck.gather(16, seed=5000)
    rows = [row for seed in SEEDS for name in NETWORKS for row in kept(name, seed, lessons, tests)]
    return rows + floors(lessons, tests)


def kept(name: str, seed: int, lessons: tuple[Tensor, Tensor], tests: tuple[Tensor, Tensor]) -> list[dict]:
    """Read the scores of a training, or train; a file is whole or not there."""
    file = KEPT / f"{name.replace(', ', '-').replace(' ', '-')}-{seed}.json"
    if not file.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(scores(name, seed, lessons, tests)), "utf-8")
        os.replace(part, file)
    return json.loads(file.read_text("utf-8"))


def scores(name: str, seed: int, lessons: tuple[Tensor, Tensor], tests: tuple[Tensor, Tensor]) -> list[dict]:
    """Train one network and score it at every mark."""
    if name == TOLD:
        lessons, tests = ((bottleneck.share(labels), labels) for _, labels in (lessons, tests))
    if "96 scenes" in name:
        lessons = bottleneck.gather(96, seed=0)
    torch.manual_seed(seed)
    network, rows = NETWORKS[name]().to(memory_format=torch.channels_last), []  # faster

    def score(step: int) -> None:
        if step in MARKS:
            with torch.no_grad():
                answer = network(tests[0]).argmax(dim=1)
            rows.append(row(name, seed, step, answer, tests[1]))
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


def row(name: str, seed: int, steps: int, answer: Tensor, labels: Tensor) -> dict:
    """Score one answer."""
    area = metrics.iou(metrics.confusion_matrix(answer, labels, num_classes=2))[1].item()
    drawn = bottleneck.boundary_f(answer, labels)
    return {"network": name, "seed": seed, "steps": steps, "IoU": area, "boundary F": drawn}


def floors(lessons: tuple[Tensor, Tensor], tests: tuple[Tensor, Tensor]) -> list[dict]:
    """Score answers that need no training."""
    images, labels = tests
    best = max(
        (number / 100 for number in range(1, 100)),
        key=lambda level: bottleneck.boundary_f((lessons[0][:, 0] > level).long(), lessons[1]),
    )
    answers = {EVERYTHING: torch.ones_like(labels), BRIGHT: (images[:, 0] > best).long()}
    for depth in (1, 2, 3, 4):
        large = F.interpolate(F.avg_pool2d(labels[:, None].float(), 2**depth), labels.shape[-2:], mode="bilinear")
        answers[SHARES.format(depth)] = (large[:, 0] >= 0.5).long()
    answers[TRUTH] = labels
    return [row(name, 0, 0, answer, labels) for name, answer in answers.items()]


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each network and length of training, over all seeds, and one for each answer without one."""
    lines = []
    for name, steps in dict.fromkeys((row["network"], row["steps"]) for row in rows):
        runs = [row for row in rows if (row["network"], row["steps"]) == (name, steps)]
        line: dict = {"network": name, "steps": f"{steps:,}" if steps else "–", "seeds": len(runs) if steps else "–"}
        for score in ("boundary F", "IoU"):
            values = [row[score] for row in runs]
            line[score] = f"{mean(values):.3f} ± {stdev(values):.3f}" if steps else f"{values[0]:.3f}"
            line[f"{score}, range"] = f"{min(values):.3f} to {max(values):.3f}" if steps else "–"
        lines.append(line)
    return lines
