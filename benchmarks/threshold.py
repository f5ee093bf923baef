"""Let plain and weighted networks answer for a few images, for the live figure of chapter 9: `python threshold.py`.

For generated scenes and for real nuclei two U-Nets each learn from the same first weights and the same batches, one of
them with U-Net's weight map. The figure has no torch, so it shows stored answers: `threshold_images.png` in
`segbook/widgets/data` has the images side by side, `threshold.png` the true ids and, below them, what the plain and the
weighted network say: the probability of "cell", as a level of 50. The JSON beside them names all, and has the means of
the ten pairs of `results/regrown.json`, of the five of `results/regrown_odd.json` and of the larger networks of
`results/experiments.json`.

Of the ten pairs the figure shows the seventh, whose scores by all readings lie nearest to the medians (`tests/unit`
holds this). All takes minutes; `--pairs` writes only the means, `--round` trains only the pair for generated scenes.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from model_compare import GREYS, save
from PIL import Image
from run import machine
from torch import Tensor, nn

from segbook.data import cell_scene, nuclei
from segbook.losses import cross_entropy
from segbook.models import UNet
from segbook.pixel_weights import carve_touching, weight_map
from segbook.train import fit

DATA = Path(__file__).parents[1] / "segbook" / "widgets" / "data"
SIZE, LEVELS, COUNT, CROPS = 96, 50, 96, 4
REGROWN = Path(__file__).parent / "results" / "regrown.json"
PAIRS = {  # what the chapter calls the readings of regrown.py
    "½": "at 1/2",
    "threshold": "best threshold",
    "watershed": "watershed",
    "grown": "best threshold, grown",
}
LARGER = {  # without weights and with them: those of round cells and of nuclei at one rate
    "round": ("plain", "border, rate 0.002"),
    "odd": ("shapes: plain", "shapes: border"),
    "nuclei": ("nuclei: plain", "nuclei: border"),
}
THEIRS = {"½": "components", "threshold": "tuned components", "watershed": "watershed"}  # readings of the larger ones
STEPS, BATCH, RATE, WIDTH, DEPTH = 1000, 4, 3e-3, 8, 3
CROWDED = {"size": SIZE, "num_cells": 10, "radius": 9.0, "radius_spread": 2.0, "clustering": 0.8}
CONTRAST = (1, 99.8)
NOTE = (
    f"Two U-Nets of depth {DEPTH} and width {WIDTH} for generated scenes and two for real nuclei, trained for {STEPS} "
    f"steps of {BATCH} (Adam with rate {RATE}, seeds 6 and 1, turned and mirrored, targets carved), one of each pair "
    f"with the weight map; what they say about images they have not seen, in {LEVELS} levels. One pair saw {COUNT} "
    f"scenes, the other {CROPS} parts of each training image of the book's sample. Written by benchmarks/threshold.py."
)
NETWORKS = ("plain", "weighted")
Scene = tuple[Tensor, Tensor]  # an image (H, W) and its true ids


def main() -> None:
    """Train, answer, write the three files."""
    if sys.argv[1:] == ["--pairs"]:
        file = DATA / "threshold.json"
        write(json.loads(file.read_text("utf-8")) | means())
        return
    if sys.argv[1:] == ["--round"]:
        draw(KINDS[:1], stored())
    else:
        draw(KINDS, {})
    text = {"note": NOTE, "machine": machine(), "networks": [*NETWORKS], "scenes": [*SHOWN]}
    write(text | {"size": SIZE, "levels": LEVELS} | means())
    print(*(f"{file.name} {file.stat().st_size} bytes" for file in sorted(DATA.glob("threshold*"))), sep="\n")


def draw(kinds: tuple, tiles: dict[str, list[np.ndarray]]) -> None:
    """Train a pair for each kind, let it answer for its images, and write them side by side."""
    for seed, train, shown in kinds:
        models = {name: learn(train(), weighted=name == "weighted", seed=seed) for name in NETWORKS}
        for scene in shown:
            image, ids = SHOWN[scene]()
            grey = (image.clamp(0, 1) * (GREYS - 1)).round().byte().numpy() * (255 // (GREYS - 1))
            tiles[scene] = [grey, ids.byte().numpy(), *(levels(model, image) for model in models.values())]
    images, *rows = (np.concatenate(row, axis=1) for row in zip(*tiles.values(), strict=True))
    save(images, DATA / "threshold_images.png")
    save(np.concatenate(rows), DATA / "threshold.png")


def stored() -> dict[str, list[np.ndarray]]:
    """Read the tiles that are stored, by the names of their scenes: the image, the ids, what the networks say."""
    with Image.open(DATA / "threshold_images.png") as grey, Image.open(DATA / "threshold.png") as below:
        rows = [np.asarray(grey), *np.split(np.asarray(below), 1 + len(NETWORKS))]
    return {name: [row[:, at * SIZE : (at + 1) * SIZE] for row in rows] for at, name in enumerate(SHOWN)}


def write(text: dict) -> None:
    """Write what is said beside the pictures."""
    (DATA / "threshold.json").write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n", "utf-8")


def means() -> dict[str, dict]:
    """Average over the pairs for round cells, over those for odd shapes, and over the larger networks."""
    found = {"pairs": pairs(REGROWN), "odd pairs": pairs(REGROWN.with_name("regrown_odd.json"))}
    return found | {"larger": larger(REGROWN.with_name("experiments.json"))}


def pairs(record: Path, steps: int = 1000) -> dict[str, list[float]]:
    """Average AP and IoU over pairs, without weights and with them, by reading."""
    rows = [row["scores"] for row in json.loads(record.read_text("utf-8"))["rows"] if row["steps"] == steps]
    columns = [(name, score) for name in ("plain", "weighted") for score in ("AP", "IoU")]
    return {
        words: [round(mean(row[f"{name}: {way}"][score] for row in rows), 4) for name, score in columns]
        for words, way in PAIRS.items()
    }


def larger(record: Path, steps: int = 3000) -> dict[str, dict[str, list[float]]]:
    """Average AP and IoU over the larger networks, without weights and with them, by cells and by reading."""
    rows = {
        (row["row"], row["reading"]): row["scores"]
        for row in json.loads(record.read_text("utf-8"))["rows"]
        if row["mark"] == steps
    }
    return {
        kind: {
            words: [rows[name, reading][score][0] for name in names for score in ("AP", "IoU")]
            for words, reading in THEIRS.items()
        }
        for kind, names in LARGER.items()
    }


def generated(seed: int) -> Scene:
    """Draw one crowded scene."""
    scene = cell_scene(seed=seed, **CROWDED)
    return scene.image, scene.instances


def part(scene: tuple[Tensor, ...], row: int, column: int) -> Scene:
    """Cut a part out of a real image; its ids are numbered anew."""
    image, _, ids = scene
    cut = ids[row : row + SIZE, column : column + SIZE]
    return image[0, row : row + SIZE, column : column + SIZE], cut.unique(return_inverse=True)[1].reshape(cut.shape)


def real() -> list[Scene]:
    """Cut parts out of the training images."""
    corners = np.random.default_rng(1)
    images = nuclei("train", percentiles=CONTRAST)
    return [part(image, *corner) for image in images for corner in corners.integers(0, 257 - SIZE, (CROPS, 2)).tolist()]


def learn(scenes: list[Scene], *, weighted: bool, seed: int) -> nn.Module:
    """Train one network; the weights are all that may differ between two."""
    images = torch.stack([image[None] for image, _ in scenes])
    carved = [carve_touching(ids) for _, ids in scenes]
    views = [images, torch.stack([(ids > 0).long() for ids in carved])]
    if weighted:
        views.append(torch.stack([weight_map(ids) for ids in carved]))
    generator, batches = torch.Generator().manual_seed(seed), []
    for _ in range(STEPS):
        chosen = torch.randint(len(images), (BATCH,), generator=generator)
        turns, mirrored = torch.randint(4, (2,), generator=generator).tolist()
        turned = [torch.rot90(view[chosen], turns, (-2, -1)) for view in views]
        batches.append([view.flip(-1) if mirrored % 2 else view for view in turned])
    torch.manual_seed(seed)
    model = UNet(1, 2, width=WIDTH, depth=DEPTH, padding=True)
    adam = torch.optim.Adam(model.parameters(), lr=RATE)
    fit(model, batches, partial(cross_entropy, reduction="pixel_mean"), adam, steps=STEPS, seed=seed)
    return model.eval()


@torch.no_grad()
def levels(model: nn.Module, image: Tensor) -> np.ndarray:
    """Say how many fiftieths the probability of "cell" has reached, 0 to 49."""
    probs = model(image[None, None]).softmax(dim=1)[0, 1]
    return (probs * LEVELS).long().clamp(max=LEVELS - 1).byte().numpy()


def unseen(number: int, row: int, column: int) -> Scene:
    """Cut a part out of a test image."""
    return part(nuclei("test", percentiles=CONTRAST)[number], row, column)


SHOWN: dict[str, Callable[[], Scene]] = {
    "round cells": lambda: generated(5012),
    "a tighter crowd": lambda: generated(5004),
    "real nuclei": lambda: unseen(5, 80, 80),
    "more real nuclei": lambda: unseen(6, 100, 20),
}
PAIR = 6  # of the ten of regrown.py, with its own scenes
KINDS: tuple[tuple[int, Callable[[], list[Scene]], list[str]], ...] = (  # a seed, what to learn from, what is shown
    (
        PAIR,
        lambda: [generated(seed) for seed in range(COUNT * PAIR, COUNT * (PAIR + 1))],
        ["round cells", "a tighter crowd"],
    ),
    (1, real, ["real nuclei", "more real nuclei"]),
)

if __name__ == "__main__":
    main()
