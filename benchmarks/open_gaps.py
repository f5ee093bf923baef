"""How many gap pixels do weights open, and how many should they, on round cells and on odd shapes? For chapter 9.

    PYTHONPATH=. python benchmarks/open_gaps.py --out runs/gaps     # trains what is missing there (minutes a network)

By (9.1) a weight of 10 opens a gap pixel if its p without weights does not exceed 10/11. `regrown.py` keeps mean p, and
a mean does not say how many pixels lie above 10/11. So one pair for each kind of cells is trained again as there: for
round cells the pair of the chapter's pictures, for odd shapes the one of the five that has the median of mean p on gaps
and rims. `results/open_gaps.json` counts the gap pixels of the 40 test scenes.
"""

import argparse
import json
from pathlib import Path

import torch
from regrown import MARKS, TEST, gather, learned, odd
from run import machine
from threshold import COUNT, generated
from torch import Tensor

RESULTS = Path(__file__).parent / "results" / "open_gaps.json"
KINDS = {"round": (generated, 6), "odd": (odd, 2)}  # how to draw scenes, the seed of the pair
HALF, HIGH = 1 / 2, 10 / 11
NOTE = (
    f"One pair of benchmarks/regrown.py for each kind of cells, after {MARKS[-1]:,} steps, on the gap pixels of "
    f"{len(TEST)} test scenes. Which share is open without weights (p at most 1/2), which should by (9.1) be open with "
    "a weight of 10 (p without weights at most 10/11), and which is open with weights? Which share of the foretold "
    "pixels, and of the others, is open with weights? Mean p is that without weights, on gaps and rims. Written by "
    "benchmarks/open_gaps.py."
)


def answered(kind: str, name: str, folder: Path) -> Tensor:
    """Train one network as in `regrown.py`, or take what it answered for the test scenes."""
    file = folder / f"{kind}-{name}.pt"
    if not file.exists():
        draw, seed = KINDS[kind]
        train = gather(range(COUNT * seed, COUNT * (seed + 1)), draw)
        *_, last = learned(seed, name, {"train": train, "test": gather(TEST, draw)}, MARKS)
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(last[1], file)
    return torch.load(file)


def counted(plain: Tensor, heavy: Tensor, gap: Tensor) -> dict[str, float]:
    """Count the open gap pixels, without weights, by (9.1) and with weights."""
    foretold, opened = plain[gap] <= HIGH, heavy[gap] <= HALF
    shares = {
        "open without weights": plain[gap] <= HALF,
        "foretold": foretold,
        "open with weights": opened,
        "open of the foretold": opened[foretold],
        "open of the others": opened[~foretold],
    }
    return {"gap pixels": int(gap.sum())} | {name: round(one.double().mean().item(), 4) for name, one in shares.items()}


def main() -> None:
    """Train what is missing, count, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps the networks' answers")
    folder = parser.parse_args().out
    rows = []
    for kind, (draw, seed) in KINDS.items():
        views = gather(TEST, draw)
        plain, heavy = (answered(kind, name, folder) for name in ("plain", "weighted"))
        gap = (views["ids"] > 0) & (views["target"] == 0)
        mean = round(plain[views["gap and rims"]].double().mean().item(), 4)
        rows.append({"cells": kind, "seed": seed, "mean p": mean} | counted(plain, heavy, gap))
        print(rows[-1], flush=True)
    kept = {"title": "Open gap pixels", "note": NOTE, "machine": machine(), "rows": rows}
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
