"""Must a network learn to compare a pixel with its surroundings, or can the patch's mean be subtracted? Chapter 3.

    PYTHONPATH=. python benchmarks/patch_means.py     # half an hour on one core

A network of the form of chapter 3's learns from plain patches, each minus its mean. `results/patch_means.json` has its
IoU on the test images, as they are and with broad glows; and that of networks for 1 × 1 and for 29 × 29 pixels that
learn from plain patches, on the training images and on the test images. Does what the surroundings bring come from the
one test image with a glow? The others are scored alone, too, for all of these, for networks that learned with constant
glows, and for three rules without a network; and networks that learn five times as long, from as many more patches.
"""

import json
from pathlib import Path

import torch
from patch_size import (
    EVERY,
    GLOWS,
    LESSONS,
    MARGINS,
    SEEDS,
    SHOWN,
    STEPS,
    TEST,
    above,
    at_a_and_b,
    by_grey,
    by_otsu,
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

SQUARE, MARGIN = 61, MARGINS[2]  # of the local threshold, as in patch_size.py
WITHOUT = "without the glow"
LONGER, LONG_SEEDS = 5, SEEDS[:3]  # times as many steps and patches
LONG = (
    (1, 0.0),
    (P, 0.0),
    (17, max(GLOWS.values())),
    (P, max(GLOWS.values())),
)  # patch size, and the largest constant that is added
RESULTS = Path(__file__).parent / "results" / "patch_means.json"
NOTE = (
    f"Chapter 3's classifier of patches of {P} × {P} pixels, trained for {STEPS:,} steps with {len(SEEDS)} seeds. "
    f"Scored as in patch_size.py, on every {EVERY}th pixel of every {EVERY}th row. Rows: networks that learned from "
    "plain patches, each minus its mean; plain: from plain patches; glows: with constant glows; longer: for "
    f"{LONGER} times as many steps, from as many more patches, with {len(LONG_SEEDS)} seeds. Rules: Otsu's threshold, "
    "the commoner label of each grey value in training, and the local threshold "
    f"({SQUARE} × {SQUARE}, margin {MARGIN}). Without the glow: on the 17 test images other than the one with a glow. "
    "Written by benchmarks/patch_means.py."
)


class MinusMean(nn.Module):
    """Subtract from each patch its mean.

    >>> MinusMean()(torch.tensor([[[[1.0, 3.0]]]])).tolist()
    [[[[-1.0, 1.0]]]]
    """

    def forward(self, patches: Tensor) -> Tensor:
        """Take patches (N, 1, P, P)."""
        return patches - patches.mean((-2, -1), keepdim=True)


def on_the_others(answers: Tensor, truth: Tensor) -> float:
    """Score all test images but the one with a glow (N, H, W)."""
    others = [number for number in range(len(truth)) if number != SHOWN]
    return iou(answers[others], truth[others])


def main() -> None:
    """Train, score, write."""
    torch.set_num_threads(1)
    lessons, (images, labels) = load("train"), load("test")
    sets = dict(zip(SETS, (images, images + glows(images, TEST)), strict=True))
    truth = labels[:, ::EVERY, ::EVERY]
    rows = []
    for seed in SEEDS:
        torch.manual_seed(seed)
        model = teach(nn.Sequential(MinusMean(), chapter_network(P)), cut(*lessons, P, 0.0, seed), seed)
        model.patch_size = P
        row = {"seed": seed, "A and B": at_a_and_b(model, images[SHOWN])}
        answers = {name: on_the_grid(model, test) for name, test in sets.items()}
        row |= {name: iou(answer, truth) for name, answer in answers.items()}
        rows.append(row | {WITHOUT: on_the_others(answers[SETS[0]], truth)})
        print(rows[-1], flush=True)
    plain, glowing = [], []
    for size in (1, P):
        for seed in SEEDS:
            model = train(*lessons, size, 0.0, seed)
            learned = on_the_grid_densely(model, lessons[0])
            answers = on_the_grid_densely(model, images)
            row = {"P": size, "seed": seed, "training images": iou(learned, lessons[1][:, ::EVERY, ::EVERY])}
            plain.append(row | {"test images": iou(answers, truth), WITHOUT: on_the_others(answers, truth)})
            print(plain[-1], flush=True)
    for size in (17, P):
        for seed in SEEDS:
            answers = on_the_grid_densely(train(*lessons, size, max(GLOWS.values()), seed), images)
            row = {"P": size, "seed": seed, "test images": iou(answers, truth)}
            glowing.append(row | {WITHOUT: on_the_others(answers, truth)})
            print(glowing[-1], flush=True)
    rules = []
    for name, whole in (
        ("Otsu's threshold", by_otsu(images)),
        ("the commoner label of each grey value", by_grey(*lessons, images)),
        ("local threshold", (above(images, SQUARE) > MARGIN).long()),
    ):
        answers = whole[:, ::EVERY, ::EVERY]
        rules.append({"rule": name, "test images": iou(answers, truth), WITHOUT: on_the_others(answers, truth)})
        print(rules[-1], flush=True)
    longer = []
    for seed in LONG_SEEDS:
        for size, glow in LONG:
            patches = cut(*lessons, size, glow, seed, number=LONGER * LESSONS)
            torch.manual_seed(seed)
            model = teach(chapter_network(size), patches, seed, steps=LONGER * STEPS)
            answers, bumped = (on_the_grid_densely(model, test) for test in sets.values())
            row = {"P": size, "largest glow": glow, "seed": seed, "test images": iou(answers, truth)}
            longer.append(row | {WITHOUT: on_the_others(answers, truth), SETS[1]: iou(bumped, truth)})
            print(longer[-1], flush=True)
    result = {"title": "A patch minus its mean", "note": NOTE, "machine": machine(), "rows": rows, "plain": plain}
    result |= {"glows": glowing, "rules": rules, "longer": longer}
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
