"""Must a network learn to compare a pixel with its surroundings, or can the patch's mean be subtracted? Chapter 3.

    PYTHONPATH=. python benchmarks/patch_means.py     # ten minutes on one core

A network of the form of chapter 3's learns from plain patches, each minus its mean. `results/patch_means.json` has its
IoU on the test images, as they are and with broad glows; and that of networks for 1 × 1 and for 29 × 29 pixels that
learn from plain patches, on the training images and on the test images.
"""

import json
from pathlib import Path

import torch
from patch_size import (
    EVERY,
    SEEDS,
    SHOWN,
    STEPS,
    TEST,
    at_a_and_b,
    cut,
    glows,
    iou,
    load,
    teach,
    train,
)
from patch_size import network as chapter_network
from patch_size import on_the_grid as on_the_grid_densely
from run import machine
from surroundings import SETS, P, on_the_grid
from torch import Tensor, nn

RESULTS = Path(__file__).parent / "results" / "patch_means.json"
NOTE = (
    f"Chapter 3's classifier of patches of {P} × {P} pixels, trained for {STEPS:,} steps with {len(SEEDS)} seeds. "
    f"Scored as in patch_size.py, on every {EVERY}th pixel of every {EVERY}th row; plain: IoU of "
    "networks that learned from plain patches. Written by benchmarks/patch_means.py."
)


class MinusMean(nn.Module):
    """Subtract from each patch its mean.

    >>> MinusMean()(torch.tensor([[[[1.0, 3.0]]]])).tolist()
    [[[[-1.0, 1.0]]]]
    """

    def forward(self, patches: Tensor) -> Tensor:
        """Take patches (N, 1, P, P)."""
        return patches - patches.mean((-2, -1), keepdim=True)


def main() -> None:
    """Train, score, write."""
    torch.set_num_threads(1)
    lessons, (images, labels) = load("train"), load("test")
    sets = dict(zip(SETS, (images, images + glows(images, TEST)), strict=True))
    rows = []
    for seed in SEEDS:
        torch.manual_seed(seed)
        model = teach(nn.Sequential(MinusMean(), chapter_network(P)), cut(*lessons, P, 0.0, seed), seed)
        model.patch_size = P
        row = {"seed": seed, "A and B": at_a_and_b(model, images[SHOWN])}
        truth = labels[:, ::EVERY, ::EVERY]
        rows.append(row | {name: iou(on_the_grid(model, test), truth) for name, test in sets.items()})
        print(rows[-1], flush=True)
    plain = []
    for size in (1, P):
        for seed in SEEDS:
            model = train(*lessons, size, 0.0, seed)
            parts = {"training images": lessons, "test images": (images, labels)}
            found = {
                part: iou(on_the_grid_densely(model, shown), truth[:, ::EVERY, ::EVERY])
                for part, (shown, truth) in parts.items()
            }
            plain.append({"P": size, "seed": seed} | found)
            print(plain[-1], flush=True)
    result = {"title": "A patch minus its mean", "note": NOTE, "machine": machine(), "rows": rows, "plain": plain}
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
