"""Does a patch classifier learn more if it is trained in coarse passes over pieces of images, for the same work?

Chapter 4 draws this, on the micrographs of chapter 3 and scored as there (patch_size.py). One pass over a square piece
gives n × n scores, four pixels apart, for far less work than n × n patches; but they are all of one image.
"""

import sys

import torch
from patch_size import (
    BATCH,
    GLOWS,
    LESSONS,
    RATE,
    TEST,
    glows,
    load,
    network,
    on_the_grid,
    scores,
    spread,
)
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook.train import fit

TITLE = "Training in coarse passes, for the same work"
SEEDS = range(10)
P, JUMP = 29, 4
STEPS = 500  # a quarter of chapter 3's
KINDS = {  # pieces in a step, n, steps: about as much work as 500 steps of 64 patches
    "64 patches": (64, 1, STEPS),
    "16 pieces": (16, 5, STEPS),
    "4 pieces": (4, 12, STEPS),
    "1 piece": (1, 27, STEPS),
    "1 whole image": (1, 64, 97),
}
NOTE = (
    f"Chapter 3's classifier of patches of {P} × {P} pixels and its 36 training images of nuclei. In a step the "
    "network passes over square pieces at random places of random images, mirrored at the border, and scores n × n "
    f"pixels of each, {JUMP} pixels apart; the loss is their mean cross entropy. Each piece is made brighter by a "
    f"random constant of up to {max(GLOWS.values())}. Pieces and steps are such that all trainings take about as many "
    f"multiply–adds (work, of the passes forward, as a multiple of {STEPS} steps of {BATCH} patches, a quarter of "
    f"chapter 3's). All pieces are drawn anew, also the patches of the first row, where chapter 3 draws from "
    f"{LESSONS} of each image. Adam with a rate of {RATE}, {len(SEEDS)} seeds. Scored on the 18 test images as in "
    "'The size of a patch', as they are and with glows. IoU of the nuclei, mean ± standard deviation over the seeds, "
    "smallest and largest."
)


def measure() -> list[dict]:
    """Train in every way with every seed; a row each."""
    torch.set_num_threads(1)
    lessons, (images, labels) = load("train"), load("test")
    bumped = images + glows(images, TEST)
    rows = []
    for seed in SEEDS:
        for kind, (pieces, n, steps) in KINDS.items():
            torch.manual_seed(seed)
            model = network(P)
            batches = cut(*lessons, pieces, n, steps, seed)
            optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
            fit(model.dense(), batches, F.cross_entropy, optimizer, steps=steps, device="cpu", seed=seed)
            row = {"in a step": kind, "n": n, "steps": steps, "seed": seed}
            row["work"] = steps * pieces * cost(model.dense(), n) / (STEPS * BATCH * cost(model.dense(), 1))
            row |= scores(on_the_grid(model, images), on_the_grid(model, bumped), labels, every=1)
            rows.append(row)
            print(row, file=sys.stderr, flush=True)
    return rows


def side(n: int) -> int:
    """Count the pixels on a side of a piece with n × n scores."""
    return P + JUMP * (n - 1)


def cut(images: Tensor, labels: Tensor, pieces: int, n: int, steps: int, seed: int) -> list[tuple[Tensor, Tensor]]:
    """Cut the pieces of all steps, make each brighter by a random constant, and label the pixels that are scored."""
    generator = torch.Generator().manual_seed(seed)
    mirrored = F.pad(images, (P // 2,) * 4, mode="reflect")
    reach = JUMP * (n - 1)  # from the first scored pixel to the last
    batches = []
    for _ in range(steps):
        image = torch.randint(len(images), (pieces,), generator=generator).tolist()
        row, column = torch.randint(images.shape[-1] - reach, (2, pieces), generator=generator).tolist()
        places = list(zip(image, row, column, strict=True))
        shown = torch.stack([mirrored[i, :, r : r + side(n), c : c + side(n)] for i, r, c in places])
        shown = shown + GLOWS["random glow"] * torch.rand(pieces, 1, 1, 1, generator=generator)
        known = [labels[i, r : r + reach + 1 : JUMP, c : c + reach + 1 : JUMP] for i, r, c in places]
        batches.append((shown, torch.stack(known)))
    return batches


@torch.no_grad()
def cost(fcn: nn.Module, n: int) -> int:
    """Count the multiply–adds of one piece."""
    with FlopCounterMode(display=False) as counter:
        fcn(torch.zeros(1, 1, side(n), side(n)))
    return counter.get_total_flops() // 2


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each way, over all seeds."""
    table = []
    for kind, (pieces, n, steps) in KINDS.items():
        some = [row for row in rows if row["in a step"] == kind]
        line = {"in a step": kind, "side": side(n), "scores in a step": f"{pieces * n**2:,}", "steps": steps}
        line |= {"work": f"{some[0]['work']:.2f}", "seeds": len(some)}
        for score in ("IoU", "with glows"):
            values = [row[score] for row in some]
            line[score] = f"{spread(values)} ({min(values):.2f} to {max(values):.2f})"
        table.append(line)
    return table
