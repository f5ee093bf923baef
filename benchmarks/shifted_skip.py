"""Shift the skips of chapter 8's U-Net and store what it then says, for a live figure: `python shifted_skip.py`.

The network, its scenes and its budget are the chapter's. `segbook/widgets/data/shifted_skip.png` has, one below the
other, the true cells and the answers, for every choice of skips one for every shift; `shifted_skip_image.png` has the
image. `results/shifted_skip.json` says, for that network and for ten trained from other seeds, what is marked of the
cells that the moved skips show, by how far a pixel lies from the cells that stay; and how outlines score with zeros in
place of each skip.
"""

import json
from pathlib import Path

import numpy as np
import torch
from model_compare import GREYS, save
from run import machine
from torch import Tensor
from torch.nn import functional as F

from segbook import metrics
from segbook.data import CellScenes
from segbook.losses import cross_entropy
from segbook.models import UNet
from segbook.train import fit

DATA = Path(__file__).parents[1] / "segbook" / "widgets" / "data"
RESULTS = Path(__file__).parent / "results"
CROWD = {"size": 96, "num_cells": 10, "radius": 9.0, "radius_spread": 2.0, "clustering": 0.8}
STEPS, BATCH, RATE, WIDTH, SEED, SHOWN = 120, 4, 2e-3, 8, 0, 5
SHIFTS = [*range(-16, 17, 4)]
FAR, TRIED, OTHERS = 16, 4, range(1, 11)  # pixels of the longest move and of the shortest; seeds of more networks
BANDS = {
    "in a cell": (None, 0),
    "up to 8": (0, 8),
    "9 to 16": (8, FAR),
}  # pixels from one; what moves by FAR cannot lie farther
MOVED = {"both": (0, 1), "the finest": (0,), "the second": (1,)}  # levels of the skips that move
NOTE = (
    f"Chapter 8's U-Net of depth 4 and width {WIDTH}, trained for {STEPS} steps of {BATCH} scenes (Adam with rate "
    f"{RATE}, seed {SEED}), and what it says about scene {SHOWN} of the test set when its finest skip, its second, or "
    "both are moved to the right by so many pixels of the image. Written by benchmarks/shifted_skip.py."
)
RECORDED = (
    f"For that network and for {len(OTHERS)} trained from other seeds (weights and batches), on the 12 test scenes: "
    f"boundary F against the true outlines moved as far, with skips moved by {TRIED} pixels; and with skips moved by "
    f"{FAR}, the share marked of the pixels at which the moved skips show a cell: in a cell that stays, or by how many "
    "pixels they lie from the nearest one (the larger of rows and columns); and of those left behind, where a cell "
    f"stays and the moved skips show none. Without the first {FAR} columns, where the moved skips show what has left "
    "them at the right. Last, boundary F with zeros in place of one skip, the finest first. Written by "
    "benchmarks/shifted_skip.py."
)


def main() -> None:
    """Train, shift, write the four files."""
    unet, (images, labels) = trained(SEED), scenes(12, seed=5000)
    image, truth = images[SHOWN], labels[SHOWN]
    answers = [answer(unet, image[None], shift, levels)[0] for levels in MOVED.values() for shift in SHIFTS]
    save((image[0] * (GREYS - 1)).round().byte().numpy() * (255 // (GREYS - 1)), DATA / "shifted_skip_image.png")
    save(np.concatenate([rows.byte().numpy() for rows in (truth, *answers)]), DATA / "shifted_skip.png")
    text = {"note": NOTE, "machine": machine(), "size": CROWD["size"], "moved": [*MOVED], "shifts": SHIFTS}
    (DATA / "shifted_skip.json").write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n", "utf-8")
    rows = [measured(seed, trained(seed), images, labels) for seed in (SEED, *OTHERS)]
    record = {"note": RECORDED, "machine": machine(), "rows": rows}
    (RESULTS / "shifted_skip.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(*(f"{file.name} {file.stat().st_size} bytes" for file in sorted(DATA.glob("shifted_skip*"))), sep="\n")


def scenes(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draw the chapter's scenes: images and classes."""
    images, labels, _ = (torch.stack(views) for views in zip(*CellScenes(count, seed=seed, **CROWD), strict=True))
    return images, labels


def trained(seed: int) -> UNet:
    """Train the chapter's U-Net, from weights and batches of this seed."""
    images, labels = scenes(48, seed=0)
    chosen = torch.randint(len(images), (STEPS, BATCH), generator=torch.Generator().manual_seed(seed))
    torch.manual_seed(seed)
    unet = UNet(1, 2, width=WIDTH, depth=4, padding=True)
    batches, adam = [(images[some], labels[some]) for some in chosen], torch.optim.Adam(unet.parameters(), lr=RATE)
    fit(unet, batches, lambda *given: cross_entropy(*given, reduction="pixel_mean"), adam, steps=STEPS)
    return unet.eval()


def measured(seed: int, net: UNet, images: Tensor, labels: Tensor) -> dict:
    """Score the outlines after the shortest move, and say what is marked after the longest, by place."""
    shown, bands = labels.roll(FAR, dims=-1) > 0, {}
    for name, (inner, outer) in BANDS.items():
        bands[name] = (
            shown & grown(labels, outer) & ~(torch.zeros_like(shown) if inner is None else grown(labels, inner))
        )
    bands["left behind"] = (labels > 0) & ~shown  # a cell in place where the moved skips show none
    for band in bands.values():
        band[..., :FAR] = False  # what has entered at the left was not moved by FAR
    row = {"seed": seed, "pixels": {name: int(band.sum()) for name, band in bands.items()}}
    for name, levels in MOVED.items():
        marked = answer(net, images, FAR, levels).float()
        counts = metrics.boundary_counts(
            answer(net, images, TRIED, levels), labels.roll(TRIED, dims=-1), num_classes=2, tolerance=1.0
        )
        row[name] = {
            f"boundary F, moved by {TRIED}": round(metrics.boundary_f_score(counts)[1].item(), 4),
            f"marked, moved by {FAR}": {where: round(marked[band].mean().item(), 4) for where, band in bands.items()},
        }
    outlines = [
        metrics.boundary_counts(answer(net, images, left_out=level), labels, num_classes=2, tolerance=1.0)
        for level in range(len(net.encoder))
    ]
    row["boundary F, one left out"] = [round(metrics.boundary_f_score(one)[1].item(), 4) for one in outlines]
    return row


def grown(labels: Tensor, pixels: int) -> Tensor:
    """Grow cells by so many pixels on every side, along rows and columns."""
    return F.max_pool2d(labels.float(), 2 * pixels + 1, stride=1, padding=pixels) > 0


@torch.no_grad()
def answer(
    net: UNet, images: Tensor, shift: int = 0, levels: tuple[int, ...] = (), left_out: int | None = None
) -> Tensor:
    """Say which class each pixel has when the skips of these levels move `shift` pixels of the image to the right.

    The skip of the level that is left out is all zeros.
    """
    carried, x = [], images
    for level, stage in enumerate(net.encoder):
        x = stage(x)
        carried.append(x.roll(shift // 2**level if level in levels else 0, dims=-1))
        x = F.max_pool2d(x, 2)
    if left_out is not None:
        carried[left_out] = torch.zeros_like(carried[left_out])
    x = net.bottleneck(x)
    for up, stage in zip(net.upsample, net.decoder, strict=True):
        x = stage(torch.cat([carried.pop(), up(x)], dim=1))
    return net.head(x).argmax(dim=1)


if __name__ == "__main__":
    main()
