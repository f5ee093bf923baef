"""Let five networks answer for four images, for the live figure of chapter 10: `python model_compare.py`.

The figure is alive in pages without torch, so it shows stored answers, by the networks of training.py, trained with its
budget. `segbook/widgets/data/model_compare_images.png` has the images side by side; `model_compare.png` the true ids
and, below them, the answers: bit i of a pixel is set where network i says "cell". The JSON beside them names all.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from run import machine
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F
from training import BATCH, RATE, SCENES, STEPS, TEST, TRAIN, WIDTH, answer, gather, learn

from segbook import metrics
from segbook.data import cell_scene, picture

DATA = Path(__file__).parents[1] / "segbook" / "widgets" / "data"
SIZE, SEED, GREYS = 96, 0, 32
MODELS = {  # the benchmark's network: what the figure calls it
    "patch classifier": "patch classifier",
    "FCN-8s": "FCN-8s",
    "encoder–decoder, depth 3": "encoder–decoder",
    "U-Net": "U-Net",
    "U-Net, weighted loss": "U-Net, weighted",
}
NOTE = (
    f"Five networks of width {WIDTH}, each trained for {STEPS} steps of {BATCH} scenes (Adam with rate {RATE}, seed "
    f"{SEED}) by benchmarks/training.py, and what they say about four images that they have not seen. Two are "
    "generated; two are real (scikit-image's cell, at a sixth of its size, and ihc, the blue of its stain, twice "
    "enlarged). The outlines of the real ones are thresholds, no expert's: ihc's are a rough guess. Written by "
    "benchmarks/model_compare.py."
)


def main() -> None:
    """Train, answer, write the three files."""
    data = gather(TRAIN)
    models = {name: learn(name, data, seed=SEED) for name in MODELS}
    scenes = {"apart": apart(), "a crowd": crowd(), "one real cell": real_cell(), "tissue": tissue()}
    sheets: dict[str, list[np.ndarray]] = {"images": [], "ids": [], "answers": []}
    for name, (image, ids) in scenes.items():
        preds = [answer(model, image[None, None]).argmax(dim=1) for model in models.values()]
        for model, found in zip(models, preds, strict=True):
            confusion = metrics.confusion_matrix(found, (ids > 0).long()[None], num_classes=2)
            print(f"{name}: {model}, IoU {metrics.iou(confusion)[1]:.3f}")
        sheets["images"].append((image * (GREYS - 1)).round().byte().numpy())
        sheets["ids"].append(ids.byte().numpy())
        sheets["answers"].append(sum(found[0].byte().numpy() << bit for bit, found in enumerate(preds)))
    rows = {name: np.concatenate(tiles, axis=1).astype(np.uint8) for name, tiles in sheets.items()}
    save(rows["images"] * (255 // (GREYS - 1)), DATA / "model_compare_images.png")
    save(np.concatenate([rows["ids"], rows["answers"]]), DATA / "model_compare.png")
    text = {"note": NOTE, "machine": machine(), "size": SIZE, "scenes": [*scenes], "models": [*MODELS.values()]}
    (DATA / "model_compare.json").write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(*(f"{file.name} {file.stat().st_size} bytes" for file in sorted(DATA.glob("model_compare*"))), sep="\n")


def apart() -> tuple[Tensor, Tensor]:
    """Draw cells that keep their distance."""
    scene = cell_scene(seed=7001, **SCENES | {"num_cells": 5, "clustering": 0.0, "gap": 4})
    return scene.image, scene.instances


def crowd() -> tuple[Tensor, Tensor]:
    """Take a crowded scene of the test set."""
    image, _, instances = TEST[1]
    return image[0], instances


def real_cell() -> tuple[Tensor, Tensor]:
    """Shrink a micrograph until its cell is as large as ours, and its background as dark; a threshold outlines it."""
    small = F.avg_pool2d(picture("cell")[None, None, 84:660, :546], 6)
    image = F.pad(small, (0, SIZE - small.shape[-1], 0, 0), mode="reflect")[0, 0]
    mask = ndimage.binary_opening(image.numpy() > 0.5)
    return (image - image.median() + 0.06).clamp(0, 1), torch.from_numpy(ndimage.label(mask)[0]).long()


def tissue() -> tuple[Tensor, Tensor]:
    """Enlarge the blue of stained tissue; nuclei are guessed as in chapter 9, by threshold and distance."""
    stained = picture("ihc")
    blue = (stained[2] - stained[0])[None, None, 380 : 380 + SIZE // 2, 160 : 160 + SIZE // 2]
    values = F.interpolate(blue, scale_factor=2, mode="bilinear")[0, 0]
    smooth = ndimage.gaussian_filter(values.numpy(), 2)
    mask = ndimage.binary_opening(smooth > 0.03, iterations=3)
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), 1.5)
    peaks = ndimage.label((depth == ndimage.maximum_filter(depth, 15)) & (depth > 3))[0]
    _, (y, x) = ndimage.distance_transform_edt(peaks == 0, return_indices=True)
    ids = np.where(mask, peaks[y, x], 0)
    kept = [name for name in np.unique(ids[ids > 0]) if (ids == name).sum() >= 40]
    ids = sum(((ids == name) * number for number, name in enumerate(kept, start=1)), np.zeros_like(ids))
    bright = np.percentile(values, 99.5) - values.median().item()
    return ((values - values.median()) / bright * 0.6 + 0.06).clamp(0, 1).float(), torch.from_numpy(ids).long()


def save(values: np.ndarray, path: Path) -> None:
    """Write whole numbers 0 … 255 as a picture, exactly."""
    Image.fromarray(values).save(path, optimize=True)


if __name__ == "__main__":
    main()
