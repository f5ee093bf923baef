"""Real nuclei on a GPU: the command `python -m segbook.train` with several seeds, and others' networks beside ours."""

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from peers import FULL, QUICK, TITLE, measure

from segbook.train.command import main

SEEDS = 3
FAST = replace(FULL, steps=600, elastic=0.0, every=50)  # of the peers: some seconds for each training


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


def peers(device: torch.device, *, quick: bool = False, until: float) -> dict:
    """Train others' networks and ours as `peers.py` does, with fewer steps; what is not begun in time is left out.

    Args:
        device: Where to train.
        quick: Whether two steps are enough.
        until: When no further training begins, as `time.perf_counter()` counts.
    """
    result = measure(
        QUICK if quick else FAST,
        seeds=range(1 if quick else SEEDS),
        rates=(QUICK.rate,) if quick else (1e-3, 2e-3),
        device=device.type,
        workers=0 if quick else workers(device),
        until=until,
    )
    return result | {"title": f"{TITLE}, on a GPU"}


def workers(device: torch.device) -> int:
    """Say how many processes prepare batches: where a GPU trains, as many as there are cores beside."""
    return max(0, min(12, len(os.sched_getaffinity(0)) - 2)) if device.type == "cuda" else 0
