"""How many pixels change class if an image is cut in tiles? Chapter 8's three rules, each left out in turn.

The chapter's U-Net and its large scene. All answers are compared with that of one pass over the same scene, with the
same border, and those at the image's border with one that sees how the scene goes on.
"""

import sys
from statistics import mean, stdev

import torch
from torch import Tensor
from torch.nn import functional as F

from segbook.data import CellScenes, cell_scene
from segbook.losses import cross_entropy
from segbook.models import UNet
from segbook.train import fit

TITLE = "Tiles without seams"
SEEDS, STEPS = range(10), (120, 1000)
CROWD = {"size": 96, "num_cells": 10, "radius": 9.0, "radius_spread": 2.0, "clustering": 0.8}
WIDTH, DEPTH, BATCH, RATE = 8, 4, 4, 2e-3
SIZE, CELLS, CONTEXT, NEAR = 768, 400, 112, 8
LARGE = CROWD | {"size": SIZE, "num_cells": CELLS}
WIDER = CROWD | {"size": SIZE + 2 * CONTEXT, "num_cells": round(CELLS * (1 + 2 * CONTEXT / SIZE) ** 2)}
TILES = {
    "no context": (128, 0),
    "context 16": (128, 16),
    "context 48": (128, 48),
    "context 96": (128, 96),
    "off the grid": (132, 110),
    "both right": (128, CONTEXT),
}
NOTE = (
    f"Chapter 8's U-Net of depth {DEPTH} and width {WIDTH}, trained on the chapter's scenes with Adam for so many "
    f"steps, {len(SEEDS)} seeds (first weights and batches), answers the chapter's scene of {SIZE}² pixels in one "
    f"pass, and in tiles. Pixels, of {SIZE**2:,}, whose class is not that of the one pass. Beyond the scene's border "
    "lie zeros in both if tiles have no context, and its mirror image in both if they have one. Tiles are 128 pixels "
    "apart, those off the grid 132, with a context of 110 (107 is all that an output pixel reads; 352 in all, as a "
    f"padded network needs a multiple of {2**DEPTH}); 'near a seam' is the share of the changed pixels less than "
    f"{NEAR} pixels from where two tiles meet, 'wrong' counts the pixels whose class is not the true one. 'Zeros' and "
    "'mirrored' are for the border: the middle of a larger scene is answered alone, with zeros (one pass of the padded "
    "network) or mirrored, and compared with the answer that sees the rest of the larger scene. Mean ± standard "
    "deviation, smallest and largest over seeds."
)


def measure() -> list[dict]:
    """Train with every seed, and count; a row each."""
    torch.set_num_threads(1)
    rows = []
    for steps in STEPS:
        for seed in SEEDS:
            rows.append({"steps": steps, "seed": seed} | count(learn(steps, seed)))
            print(rows[-1], file=sys.stderr, flush=True)
    return rows


def learn(steps: int, seed: int) -> UNet:
    """Train a U-Net as the chapter does; seed 0 is the chapter's own."""
    images, labels, _ = (torch.stack(views) for views in zip(*CellScenes(48, seed=0, **CROWD), strict=True))
    chosen = torch.randint(len(images), (steps, BATCH), generator=torch.Generator().manual_seed(seed))
    torch.manual_seed(seed)
    unet = UNet(1, 2, width=WIDTH, depth=DEPTH, padding=True)
    batches, adam = [(images[some], labels[some]) for some in chosen], torch.optim.Adam(unet.parameters(), lr=RATE)
    fit(unet, batches, lambda *given: cross_entropy(*given, reduction="pixel_mean"), adam, steps=steps)
    return unet.eval()


def count(unet: UNet) -> dict[str, float]:
    """Count the pixels that change class in each way of cutting, and those that are wrong."""
    scene, wider = cell_scene(seed=1, **LARGE), cell_scene(seed=1, **WIDER).image
    true = scene.classes[scene.instances]
    once = {"zeros": classes(unet, scene.image), "mirrored": in_tiles(unet, scene.image, SIZE, CONTEXT)}
    row = {f"at once, {border}, wrong": (answer != true).sum().item() for border, answer in once.items()}
    for name, (step, context) in TILES.items():
        answer = in_tiles(unet, scene.image, step, context)
        changed = answer != once["mirrored" if context else "zeros"]
        row |= {name: changed.sum().item(), f"{name}, wrong": (answer != true).sum().item()}
        if changed.any():
            row[f"{name}, near a seam"] = changed[near_a_seam(step)].sum().item() / row[name]
    inner = slice(CONTEXT, -CONTEXT)
    alone = wider[inner, inner]
    sees = classes(unet, wider)[inner, inner]
    row["zeros"] = (classes(unet, alone) != sees).sum().item()
    row["mirrored"] = (in_tiles(unet, alone, SIZE, CONTEXT) != sees).sum().item()
    return row


@torch.no_grad()
def classes(unet: UNet, image: Tensor) -> Tensor:
    """Answer for every pixel of an image (H, W) at once, as it is."""
    return unet(image[None, None]).argmax(1)[0]


def in_tiles(unet: UNet, image: Tensor, step: int, context: int) -> Tensor:
    """Answer for a square image (H, W) in tiles so far apart, with so much context, mirrored at the image's border."""
    size, read = len(image), step + 2 * context
    image = F.pad(image[None, None], [context, context + -size % step] * 2, mode="reflect")[0, 0]
    inner = slice(context, context + step)
    rows = [
        torch.cat([classes(unet, image[y : y + read, x : x + read])[inner, inner] for x in range(0, size, step)], dim=1)
        for y in range(0, size, step)
    ]
    return torch.cat(rows)[:size, :size]


def near_a_seam(step: int) -> Tensor:
    """Mark the pixels (H, W) near the place where two tiles meet."""
    places = torch.arange(SIZE)
    near = (places[:, None] - torch.arange(step, SIZE, step) + 0.5).abs().amin(dim=1) < NEAR
    return near[:, None] | near


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each count and number of steps."""
    found = []
    for steps in STEPS:
        some = [row for row in rows if row["steps"] == steps]
        tiles = [f"{tile}{what}" for tile in TILES for what in ("", ", wrong")]
        for name in ("at once, zeros, wrong", "at once, mirrored, wrong", *tiles, "zeros", "mirrored"):
            values = [row[name] for row in some]
            found.append({
                "steps": f"{steps:,}",
                "pixels": name,
                "seeds": len(values),
                "mean": f"{mean(values):,.0f} ± {stdev(values):,.0f}",
                "smallest": f"{min(values):,}",
                "largest": f"{max(values):,}",
            })  # fmt: skip
    return found
