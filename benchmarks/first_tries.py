"""Does a falling loss show that nuclei are found? Chapter 11's first try, with other seeds again and again.

    PYTHONPATH=. python benchmarks/first_tries.py   # five minutes

The first try (`from_first_try.py`) trains for 40 steps. How far does its loss fall, and what AP does it then have on
the validation images, at the best of eighteen readings? `results/first_tries.json` has every run.
"""

import json
from pathlib import Path

import torch
from from_first_try import BATCH, TRY, read, tried
from real_images import parts
from run import machine

RESULTS = Path(__file__).parent / "results" / "first_tries.json"
RUNS, MEAN = 21, 10  # trainings, and the steps whose mean loss is compared
NOTE = (
    "The first try of benchmarks/from_first_try.py (width 8, depth 3, two classes with a gap, weight map, 40 steps of "
    "4 crops), with other seeds of weights, crops and batches. loss: the mean of the first and of the last ten steps. "
    "AP: on the 9 validation images, at the best of eighteen readings. Written by benchmarks/first_tries.py."
)


def main() -> None:
    """Train, score, write."""
    torch.set_num_threads(1)
    images, rows = parts(), []
    for seed in range(RUNS):
        said = tried(TRY, BATCH, seed, images)
        loss = torch.tensor(said["loss"])
        ends = [round(part.mean().item(), 3) for part in (loss[:MEAN], loss[-MEAN:])]
        rows.append({"seed": seed, "loss": ends, "AP": read(said["validation"], images["validation"], gap=True)["AP"]})
        print(rows[-1], flush=True)
    record = {"title": "Chapter 11's first try, again and again", "note": NOTE, "machine": machine(), "rows": rows}
    RESULTS.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
