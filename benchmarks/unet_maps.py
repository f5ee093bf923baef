"""Train a small U-Net and store a few of its feature maps, for the live figure of chapter 8: `python unet_maps.py`.

The figure is alive in pages without torch, so it shows frames. They lie side by side in one picture of 16 grey levels,
`segbook/widgets/data/unet_maps.png`; the JSON beside it says which frame is where, and how the net was trained.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from segbook import metrics
from segbook.data import CellScenes
from segbook.losses import cross_entropy
from segbook.models import UNet
from segbook.train import fit

DATA = Path(__file__).parents[1] / "segbook" / "widgets" / "data"
SIZE, DEPTH, WIDTH, STEPS, SEED, FRAMES = 64, 4, 8, 250, 0, 3
SCENES = {"size": SIZE, "num_cells": 5, "radius": 9.0, "radius_spread": 2.0, "clustering": 0.7}
SHOWN = 7000  # the scene whose maps are stored; no scene to train on


def main() -> None:
    """Train, pick the maps that vary most, write both files."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model = UNet(1, 2, width=WIDTH, depth=DEPTH, padding=True)
    images, labels, _ = (torch.stack(views) for views in zip(*CellScenes(64, seed=0, **SCENES), strict=True))
    generator = torch.Generator().manual_seed(SEED)
    chosen = torch.randint(len(images), (STEPS, 4), generator=generator)
    batches = [(images[some], labels[some]) for some in chosen]
    loss, rate = lambda *given: cross_entropy(*given, reduction="pixel_mean"), 2e-3
    fit(model, batches, loss, torch.optim.Adam(model.parameters(), lr=rate), steps=STEPS, seed=SEED)

    image, labels, _ = CellScenes(1, seed=SHOWN, **SCENES)[0]
    logits, maps = look_inside(model, image[None])
    confusion = metrics.confusion_matrix(logits.argmax(1), labels[None], num_classes=2)
    frames = {"image": [image[0]], **{name: spread(block) for name, block in maps.items()}}
    frames["answer"] = [logits.softmax(1)[0, 1]]
    picture, where = mosaic({name: [grey(frame) for frame in some] for name, some in frames.items()})
    DATA.mkdir(exist_ok=True)
    picture.save(DATA / "unet_maps.png", optimize=True, bits=4)
    note = (
        f"A padded U-Net of depth {DEPTH} and width {WIDTH}, trained for {STEPS} steps of 4 on 64 scenes of {SIZE}² "
        f"pixels (cross entropy, Adam with rate {rate}, seed {SEED}); a scene that it has not seen (IoU of the cells "
        f"{metrics.iou(confusion)[1]:.2f}). Of every stage, the {FRAMES} maps that vary most, each from its smallest "
        "value (black) to its largest (white). Written by benchmarks/unet_maps.py."
    )
    text = {"note": note, "size": SIZE, "depth": DEPTH, "frames": where}
    (DATA / "unet_maps.json").write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(note, *(f"{file.name} {file.stat().st_size} bytes" for file in DATA.iterdir()), sep="\n")


@torch.no_grad()
def look_inside(model: UNet, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Run the net and keep what every stage gives."""
    stages: dict[str, nn.Module] = {f"encoder {level}": stage for level, stage in enumerate(model.encoder, start=1)}
    stages[f"bottleneck {DEPTH + 1}"] = model.bottleneck
    stages |= {f"decoder {DEPTH - number}": stage for number, stage in enumerate(model.decoder)}
    maps: dict[str, Tensor] = {}
    handles = [
        stage.register_forward_hook(lambda _, __, output, name=name: maps.update({name: output[0]}))
        for name, stage in stages.items()
    ]
    logits = model.eval()(images)
    for handle in handles:
        handle.remove()
    return logits, maps


def spread(maps: Tensor) -> list[Tensor]:
    """Pick the maps that vary most, in the order of their channels; each next one least like those before it."""
    flat = maps.flatten(1)
    unit = nn.functional.normalize(flat - flat.mean(dim=1, keepdim=True), dim=1)
    chosen = [int(flat.std(dim=1).argmax())]
    while len(chosen) < FRAMES:
        likeness = (unit @ unit[chosen].T).abs().amax(dim=1)
        chosen.append(int(((1 - likeness) * flat.std(dim=1)).argmax()))
    return [maps[channel] for channel in sorted(chosen)]


def grey(frame: Tensor) -> np.ndarray:
    """Round a map to 16 levels, from its smallest value to its largest."""
    values = (frame - frame.min()) / (frame.max() - frame.min()).clamp(min=1e-9)
    return (values * 15).round().byte().numpy()


def mosaic(frames: dict[str, list[np.ndarray]]) -> tuple[Image.Image, dict[str, list[list[int]]]]:
    """Lay frames side by side, large ones first: the picture, and left, top and size of each frame by name."""
    ordered = sorted(((name, frame) for name, some in frames.items() for frame in some), key=lambda pair: -len(pair[1]))
    where: dict[str, list[list[int]]] = {name: [] for name in frames}
    width = 4 * SIZE
    sheet, left, top, tall = np.zeros((8 * SIZE, width), np.uint8), 0, 0, 0
    for name, frame in ordered:
        size = len(frame)
        if left + size > width:
            left, top, tall = 0, top + tall, 0
        sheet[top : top + size, left : left + size] = frame
        where[name].append([left, top, size])
        left, tall = left + size, max(tall, size)
    picture = Image.fromarray(sheet[: top + tall], mode="P")
    picture.putpalette([17 * level for level in range(16) for _ in range(3)])
    return picture, where


if __name__ == "__main__":
    main()
