"""Real nuclei on a GPU: the command `python -m segbook.train` with several seeds."""

import json
import os
import tempfile
from pathlib import Path

import torch

from segbook.train.command import main

SEEDS = 3


def command(device: torch.device, *, quick: bool = False) -> dict:
    """Run the command on the sample with several seeds, as a reader would; with its defaults, but for the workers.

    Args:
        device: Where to train.
        quick: Whether two steps of a tiny network are enough.
    """
    rows, small = [], ["--width", "2", "--depth", "1", "--size", "32", "--steps", "2", "--every", "1"]
    for seed in range(1 if quick else SEEDS):
        with tempfile.TemporaryDirectory() as folder:
            given = ["--data", "sample", "--out", folder, "--seed", str(seed), "--device", device.type]
            given += small if quick else ["--workers", str(workers(device)), "--precision", "auto"]
            if status := main(given):
                raise RuntimeError(f"python -m segbook.train {' '.join(given)} ended with {status}")
            record = json.loads((Path(folder) / "metrics.json").read_text("utf-8"))
        rows.append({
            "seed": seed,
            "steps": record["recipe"]["steps"],
            "seconds": record["seconds"],
            "AP 0.50": record["test"]["AP"]["0.50"][0],
            "mean AP": record["test"]["mean AP"][0],
            "merged": record["test"]["merged"][0],
            "split": record["test"]["split"][0],
            "IoU": record["test"]["IoU"][0],
            "AP 0.50 of Otsu": record["test of Otsu"]["AP"]["0.50"][0],
        })  # fmt: skip
    note = "`python -m segbook.train --data sample`, whose read-out is tuned on validation images; 18 test images."
    return {"title": "The training command on a GPU", "note": note, "rows": rows}


def workers(device: torch.device) -> int:
    """Say how many processes prepare batches: where a GPU trains, as many as there are cores beside."""
    return max(0, min(12, len(os.sched_getaffinity(0)) - 2)) if device.type == "cuda" else 0
