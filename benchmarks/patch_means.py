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
    LOCAL,
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
from surroundings import SETS, WITHOUT, P, on_the_grid, on_the_others, showing
from torch import Tensor, nn

LONGER, LONG_SEEDS = 5, SEEDS[:3]  # times as many steps and patches
BRIGHTER = max(GLOWS.values())
# Patch size, how much of it is seen, and the largest constant that is added.
LONG = ((1, 1, 0.0), (P, P, 0.0), (17, 17, BRIGHTER), (P, 17, BRIGHTER), (P, P, BRIGHTER))
RESULTS = Path(__file__).parent / "results" / "patch_means.json"
NOTE = (
    f"Chapter 3's classifier of patches of {P} × {P} pixels, trained for {STEPS:,} steps with {len(SEEDS)} seeds. "
    f"Scored as in patch_size.py, on every {EVERY}th pixel of every {EVERY}th row. Rows: networks that learned from "
    "plain patches, each minus its mean; plain: from plain patches; glows: with constant glows; longer: for "
    f"{LONGER} times as many steps, from as many more patches, with {len(LONG_SEEDS)} seeds. Rules: Otsu's threshold, "
    "the commoner label of each grey value in training, and the local threshold with patch_size.py's margins. Without "
    "the glow: on the 17 test images other than the one with a glow. Written by benchmarks/patch_means.py."
)


class MinusMean(nn.Module):
    """Subtract from each patch its mean.

    >>> MinusMean()(torch.tensor([[[[1.0, 3.0]]]])).tolist()
    [[[[-1.0, 1.0]]]]
    """

    def forward(self, patches: Tensor) -> Tensor:
        """Take patches (N, 1, P, P)."""
        return patches - patches.mean((-2, -1), keepdim=True)


def in_both(answers: Tensor, truth: Tensor) -> dict[str, float]:
    """Score all test images, and all but the one with a glow."""
    return {"test images": iou(answers, truth), WITHOUT: on_the_others(answers, truth)}


def chosen_margins() -> dict[int, float]:
    """Look up the margin that patch_size.py chose for each square."""
    rows = json.loads((RESULTS.parent / "patch_size.json").read_text("utf-8"))["rows"]
    return {row["P"]: row["margin"] for row in rows if row["answer"] == LOCAL}


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
            plain.append(row | in_both(answers, truth))
            print(plain[-1], flush=True)
    for size in (17, P):
        for seed in SEEDS:
            answers = on_the_grid_densely(train(*lessons, size, BRIGHTER, seed), images)
            glowing.append({"P": size, "seed": seed} | in_both(answers, truth))
            print(glowing[-1], flush=True)
    rules = [
        {"rule": name} | in_both(whole[:, ::EVERY, ::EVERY], truth)
        for name, whole in (
            ("Otsu's threshold", by_otsu(images)),
            ("the commoner label of each grey value", by_grey(*lessons, images)),
        )
    ]
    for size, margin in chosen_margins().items():
        answers = (above(images, size) > margin).long()[:, ::EVERY, ::EVERY]
        rules.append({"rule": "local threshold", "P": size, "margin": margin} | in_both(answers, truth))
    print(*rules, sep="\n", flush=True)
    longer = []
    for seed in LONG_SEEDS:
        for size, seen, glow in LONG:
            patches = cut(*lessons, size, glow, seed, number=LONGER * LESSONS)
            torch.manual_seed(seed)
            model = teach(chapter_network(size) if seen == size else showing(seen), patches, seed, steps=LONGER * STEPS)
            label = on_the_grid_densely if seen == size else on_the_grid
            answers, bumped = (label(model, test) for test in sets.values())
            row = {"P": size, "seen": seen, "largest glow": glow, "seed": seed}
            longer.append(row | in_both(answers, truth) | {SETS[1]: iou(bumped, truth)})
            print(longer[-1], flush=True)
    result = {"title": "A patch minus its mean", "note": NOTE, "machine": machine(), "rows": rows, "plain": plain}
    result |= {"glows": glowing, "rules": rules, "longer": longer}
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
