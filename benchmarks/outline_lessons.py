"""Tell whether outlines are hard to learn or hard to learn from few scenes, and what FCN's sums bring. For chapter 7.

    PYTHONPATH=. python benchmarks/outline_lessons.py     # an hour on one core

The networks of boundary_steps.py, trained in the same way, on 48 scenes and on many more, and scored on 48 of the
scenes that they learned from as well as on the test scenes. One more FCN enlarges in as many steps, but adds nothing.
Every training is a file in `_build/outline_lessons`, so that a run that was cut short goes on where it stopped.
`results/outline_lessons.json` has the scores.
"""

import json
import os
from pathlib import Path

import bottleneck
import torch
from boundary_steps import NETWORKS, SEEDS
from run import machine
from torch import Tensor, nn
from torch.nn import functional as F

from segbook import train

RESULTS = Path(__file__).parent / "results" / "outline_lessons.json"
KEPT = Path(__file__).parents[1] / "_build" / "outline_lessons"
MARKS = (120, 600, 2000)
SUMS, STEPS_ALONE = "FCN, depth 3, two sums", "FCN, depth 3, as many steps, no sum"
FEW, MANY = 48, 768  # scenes to learn from
TRAININGS = [
    (name, number, seed)
    for number in (FEW, MANY)
    for seed in SEEDS
    for name in ("depth 3", "depth 1", "depth 4", SUMS, *([STEPS_ALONE] if number == FEW else []))
]
NOTE = (
    "Boundary F, at a distance of one pixel, of chapter 7's networks of width 8 on cells, after so many steps on so "
    f"many scenes (batches of {bottleneck.BATCH}, Adam, learning rate {bottleneck.RATE}): on the first {FEW} of the "
    "scenes that they learn from and on the chapter's 16 test scenes. 'As many steps, no sum': the FCN with two sums, "
    "but the finer scores stay zero. Written by benchmarks/outline_lessons.py."
)


def built(name: str) -> nn.Module:
    """Build a network, before its training."""
    model = NETWORKS[SUMS if name == STEPS_ALONE else name]()
    if name == STEPS_ALONE:
        for skip in model.skips:
            nn.init.zeros_(skip.bias)  # its weights are zero
            skip.requires_grad_(requires_grad=False)
    return model.to(memory_format=torch.channels_last)  # faster


def scores(name: str, number: int, seed: int) -> list[dict]:
    """Train one network and score it at every mark."""
    lessons, tests, rows = bottleneck.gather(number, seed=0), bottleneck.gather(16, seed=5000), []
    scored: dict[str, tuple[Tensor, Tensor]] = {"training": (lessons[0][:FEW], lessons[1][:FEW]), "test": tests}
    torch.manual_seed(seed)
    network = built(name)

    def score(step: int) -> None:
        if step in MARKS:
            row: dict = {"network": name, "scenes": number, "seed": seed, "steps": step}
            with torch.no_grad():
                for part, (images, labels) in scored.items():
                    row[part] = bottleneck.boundary_f(network(images).argmax(dim=1), labels)
            rows.append(row)
            print(row, flush=True)

    train.fit(
        network,
        torch.utils.data.TensorDataset(*lessons),
        F.cross_entropy,
        torch.optim.Adam([one for one in network.parameters() if one.requires_grad], lr=bottleneck.RATE),
        steps=MARKS[-1],
        batch_size=bottleneck.BATCH,
        device=torch.device("cpu"),
        seed=seed,
        after_step=score,
    )
    return rows


def kept(name: str, number: int, seed: int) -> list[dict]:
    """Read the scores of a training, or train; a file is whole or not there."""
    file = KEPT / f"{name.replace(', ', '-').replace(' ', '-')}-{number}-{seed}.json"
    if not file.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(scores(name, number, seed)), "utf-8")
        os.replace(part, file)
    return json.loads(file.read_text("utf-8"))


def main() -> None:
    """Train what was not trained before, and write the scores."""
    torch.set_num_threads(1)
    rows = [row for training in TRAININGS for row in kept(*training)]
    result = {"title": "Outlines from few scenes and from many", "note": NOTE, "machine": machine(), "rows": rows}
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
