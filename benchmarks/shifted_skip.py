"""Shift the skips of chapter 8's U-Net and store what it then says, for a live figure: `python shifted_skip.py`.

The network, its scenes and its budget are the chapter's. `segbook/widgets/data/shifted_skip.png` has, one below the
other, the true cells and the answers, for every choice of skips one for every shift; `shifted_skip_image.png` has the
image.
"""

import json
from pathlib import Path

import numpy as np
import torch
from model_compare import GREYS, save
from run import machine
from torch import Tensor
from torch.nn import functional as F

from segbook.data import CellScenes
from segbook.losses import cross_entropy
from segbook.models import UNet
from segbook.train import fit

DATA = Path(__file__).parents[1] / "segbook" / "widgets" / "data"
CROWD = {"size": 96, "num_cells": 10, "radius": 9.0, "radius_spread": 2.0, "clustering": 0.8}
STEPS, BATCH, RATE, WIDTH, SEED, SHOWN = 120, 4, 2e-3, 8, 0, 5
SHIFTS = [*range(-8, 9, 2)]
MOVED = {"both": (0, 1), "the finest": (0,), "the second": (1,)}  # levels of the skips that move
NOTE = (
    f"Chapter 8's U-Net of depth 4 and width {WIDTH}, trained for {STEPS} steps of {BATCH} scenes (Adam with rate "
    f"{RATE}, seed {SEED}), and what it says about scene {SHOWN} of the test set when its finest skip, its second, or "
    "both are moved to the right by so many pixels of the image. Written by benchmarks/shifted_skip.py."
)


def main() -> None:
    """Train, shift, write the three files."""
    images, labels, _ = (torch.stack(views) for views in zip(*CellScenes(48, seed=0, **CROWD), strict=True))
    chosen = torch.randint(len(images), (STEPS, BATCH), generator=torch.Generator().manual_seed(SEED))
    torch.manual_seed(SEED)
    unet = UNet(1, 2, width=WIDTH, depth=4, padding=True)
    batches, adam = [(images[some], labels[some]) for some in chosen], torch.optim.Adam(unet.parameters(), lr=RATE)
    fit(unet, batches, lambda *given: cross_entropy(*given, reduction="pixel_mean"), adam, steps=STEPS)
    image, truth, _ = CellScenes(SHOWN + 1, seed=5000, **CROWD)[SHOWN]
    answers = [answer(unet.eval(), image[None], shift, levels)[0] for levels in MOVED.values() for shift in SHIFTS]
    save((image[0] * (GREYS - 1)).round().byte().numpy() * (255 // (GREYS - 1)), DATA / "shifted_skip_image.png")
    save(np.concatenate([rows.byte().numpy() for rows in (truth, *answers)]), DATA / "shifted_skip.png")
    text = {"note": NOTE, "machine": machine(), "size": CROWD["size"], "moved": [*MOVED], "shifts": SHIFTS}
    (DATA / "shifted_skip.json").write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(*(f"{file.name} {file.stat().st_size} bytes" for file in sorted(DATA.glob("shifted_skip*"))), sep="\n")


@torch.no_grad()
def answer(net: UNet, images: Tensor, shift: int, levels: tuple[int, ...]) -> Tensor:
    """Say which class each pixel has when the skips of these levels move `shift` pixels of the image to the right."""
    carried, x = [], images
    for level, stage in enumerate(net.encoder):
        x = stage(x)
        carried.append(x.roll(shift // 2**level if level in levels else 0, dims=-1))
        x = F.max_pool2d(x, 2)
    x = net.bottleneck(x)
    for up, stage in zip(net.upsample, net.decoder, strict=True):
        x = stage(torch.cat([carried.pop(), up(x)], dim=1))
    return net.head(x).argmax(dim=1)


if __name__ == "__main__":
    main()
