"""Tell whether granules are hard to draw from a coarse map, or hard to draw from few scenes. For chapter 7.

    PYTHONPATH=. python benchmarks/granule_lessons.py     # an hour on one core

Networks of granule_answers.py, trained in the same way, on 96 scenes and on many more, and scored on the first of the
scenes that they learned from as well as on the test scenes. Every training is a file in `_build/granule_lessons`, so
that a run that was cut short goes on where it stopped. `results/granule_lessons.json` has the scores.
"""

import json
import os
from pathlib import Path

import granule_answers as granules
import torch
from granule_answers import DEEP, LEARN, RATE, SEEDS, THRESHOLDS, TWO_SUMS, chances, iou, pictures, scenes, train, truth
from run import machine

RESULTS = Path(__file__).parent / "results" / "granule_lessons.json"
KEPT = Path(__file__).parents[1] / "_build" / "granule_lessons"
MARKS = (1000, 3000)
MANY = 1536  # scenes to learn from
TRAININGS = [(name, number, seed) for number in (LEARN, MANY) for seed in SEEDS for name in ("depth 3", TWO_SUMS, DEEP)]
NOTE = (
    f"IoU of granules as granule_answers.py has it, after so many steps on {LEARN} scenes or on {MANY:,}: on the first "
    f"{LEARN} of the scenes that a network learns from and on {granules.TEST} test scenes, at the threshold that did "
    f"best on {granules.TUNE} others. Written by benchmarks/granule_lessons.py."
)


def scores(name: str, number: int, seed: int) -> list[dict]:
    """Train one network and score it at every mark."""
    drawn = pictures(1000 * (seed + 1), LEARN) + pictures(1_000_000 * (seed + 1), number - LEARN)
    rows = []
    tuned, tested = pictures(scenes.FIRST["tune"], granules.TUNE), pictures(scenes.FIRST["test"], granules.TEST)
    images = torch.stack([(scene.image * 255).round().byte() for _, scene in drawn])
    settings = dict(rate=RATE, seed=seed, steps=MARKS[-1], device=torch.device("cpu"))
    ones = torch.ones(images.shape)
    training = train.Training(granules.COMPARED[name], images, truth(drawn).byte(), ones, **settings)
    for step in range(1, MARKS[-1] + 1):
        training.step()
        if step not in MARKS:
            continue
        net = training.model.eval()
        found = chances(net, tuned)
        best = max(THRESHOLDS, key=lambda t, found=found: iou(found > t, truth(tuned)))
        row: dict = {"network": name, "scenes": number, "seed": seed, "steps": step, "threshold": best}
        for part, shown in (("training", drawn[:LEARN]), ("test", tested)):
            row[part] = iou(chances(net, shown) > best, truth(shown))
        net.train()
        rows.append(row)
        print(row, flush=True)
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
    result = {"title": "Granules from few scenes and from many", "note": NOTE, "machine": machine(), "rows": rows}
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
