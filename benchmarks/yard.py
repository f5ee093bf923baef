"""Where does grass grow between bricks? Rules without a network, and chapter 3's classifier with other labels.

    PYTHONPATH=. python benchmarks/yard.py     # twenty minutes on one core

Photographs of bricks and of grass (scikit-image, CC0), reduced to half their size, with every grey value equally often,
so that no function of a grey value can tell them apart. Grass fills discs among the bricks. The left half is to learn
from, the right half to test on. `results/yard.json` has the IoU of rules whose settings did best on the left half, and
of networks with the layers of `PatchClassifier` that learned from patches of it, and see all of each or its middle.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import patch_size
import torch
from patch_size import cut, teach
from run import machine
from scipy import ndimage
from skimage import data
from skimage.filters import threshold_local, threshold_otsu
from skimage.transform import downscale_local_mean
from surroundings import SEEN, P, on_the_grid, showing
from torch import Tensor

RESULTS = Path(__file__).parent / "results" / "yard.json"
PATCHES, STEPS, SEEDS = 2000, 1000, (0, 1, 2, 3, 4)
SQUARES = (3, 5, 9, 17, 29, 61)
MEDIANS = (5, 9, 13, 17, 21, 25, 29, 61)
NOTE = (
    "Grass among bricks: the IoU of grass in two test images of 128 × 128 pixels. A rule has the setting that did best "
    f"on the two images to learn from. Networks: {PATCHES:,} patches of each of these, as in "
    f"chapter 3, {STEPS:,} steps, {len(SEEDS)} seeds. They get {P} × {P} pixels and see the middle n × n: all others "
    "have the value of the centre. 'medians' has the rule of two ideas for each square of its median, with the "
    "threshold that did best on the images to learn from, 'nuclei' the same rule for chapter 3's nuclei: its "
    "threshold is that of 40 with the highest IoU on the training images with glows, every second pixel of every "
    "second row, and it is scored on the 18 test images, as they are and with glows, on every fourth pixel of "
    "every fourth row. Written by benchmarks/yard.py."
)
DISCS = {  # the corner of a part, and the row, column and radius of its discs
    "train": {(0, 0): [(36, 40, 24), (92, 88, 30)], (128, 0): [(30, 90, 26), (88, 36, 22), (104, 100, 18)]},
    "test": {(0, 128): [(40, 84, 28), (98, 36, 24)], (128, 128): [(34, 30, 20), (84, 84, 30)]},
}


def evened(photo: np.ndarray) -> Tensor:
    """Reduce a photograph to half its size, and give every grey value equally often: ranks from 0 to 1."""
    photo = downscale_local_mean(photo, (2, 2))
    ranks = photo.ravel().argsort(kind="stable").argsort(kind="stable")
    return torch.from_numpy(ranks / photo.size).reshape(photo.shape).float()


def yard(top: int, left: int, discs: list[tuple[int, int, int]]) -> tuple[Tensor, Tensor]:
    """Let grass grow in discs on a part of 128 × 128 pixels: an image (1, 128, 128), and where grass is."""
    part = slice(top, top + 128), slice(left, left + 128)
    down, along = torch.arange(128)[:, None], torch.arange(128)
    inside = torch.zeros(128, 128, dtype=torch.bool)
    for row, column, radius in discs:
        inside |= (down - row) ** 2 + (along - column) ** 2 < radius**2
    return torch.where(inside, evened(data.grass())[part], evened(data.brick())[part])[None], inside.long()


def load(part: str) -> tuple[Tensor, Tensor]:
    """Stack the images of a part, and their labels."""
    images, labels = zip(*(yard(*corner, discs) for corner, discs in DISCS[part].items()), strict=True)
    return torch.stack(images), torch.stack(labels)


def brightness(image: Tensor, size: int) -> np.ndarray:
    """Subtract from each pixel the mean of the square around it."""
    return image[0].numpy() - threshold_local(image[0].numpy(), size, method="mean")


def roughness(image: Tensor, size: int) -> np.ndarray:
    """Compute the standard deviation of the grey values in the square around each pixel."""
    grey = image[0].double().numpy()
    mean, square = (ndimage.uniform_filter(one, size, mode="mirror") for one in (grey, grey**2))
    return np.sqrt(np.maximum(square - mean**2, 0))


def typical_roughness(image: Tensor, size: int, around: int) -> np.ndarray:
    """Take the median of the roughness in a larger square around each pixel: an edge by itself does not count."""
    return ndimage.median_filter(roughness(image, size), around, mode="mirror")


STEPPED = [round(0.01 * n, 2) for n in range(5, 35)]
FINELY = [round(0.002 * n, 3) for n in range(1, 41)]  # nuclei are less rough than grass
RULES = {  # what is compared with a threshold, its squares, and thresholds to choose from
    "local threshold": (brightness, [(size,) for size in SQUARES], [0.0, 0.02, 0.05, 0.1, 0.15, 0.2]),
    "roughness": (roughness, [(size,) for size in SQUARES], STEPPED),
    "typical roughness": (typical_roughness, [*product((3, 5), MEDIANS)], STEPPED),
}


def iou(answers: Tensor, labels: Tensor) -> float:
    """Divide what both have by what either has, over all images."""
    return ((answers & labels).sum() / (answers | labels).sum()).item()


def by_rule(name: str, images: Tensor, squares: Sequence[int], threshold: float) -> Tensor:
    """Mark the pixels whose brightness or roughness exceeds a threshold."""
    measure, *_ = RULES[name]
    return torch.stack([torch.from_numpy(measure(image, *squares) > threshold) for image in images]).long()


def choose(name: str, images: Tensor, labels: Tensor) -> tuple[float, tuple[int, ...], float]:
    """Find the squares and the threshold with the highest IoU: that IoU, and both."""
    measure, settings, thresholds = RULES[name]
    scored = []
    for squares in settings:
        measured = torch.stack([torch.from_numpy(measure(image, *squares)) for image in images])
        scored += [(iou((measured > one).long(), labels), squares, one) for one in thresholds]
    return max(scored)


def on_nuclei() -> Iterator[dict]:
    """Score the rule of two ideas on nuclei, for each square of its median: glows do not change roughness."""
    lessons, (images, labels) = patch_size.load("train"), patch_size.load("test")
    glowing = lessons[0] + patch_size.glows(lessons[0], patch_size.LESSON)
    tests = {"IoU": images, "with glows": images + patch_size.glows(images, patch_size.TEST)}

    def measured(images: Tensor, around: int, every: int) -> Tensor:
        return torch.from_numpy(np.stack([typical_roughness(image, 3, around)[::every, ::every] for image in images]))

    for around in MEDIANS:
        rough, truth = measured(glowing, around, 2), lessons[1][:, ::2, ::2]
        best, threshold = max((iou((rough > one).long(), truth), one) for one in FINELY)
        row = {"n": around, "threshold": threshold, "IoU in training": best}
        for name, test in tests.items():
            row[name] = iou((measured(test, around, 4) > threshold).long(), labels[:, ::4, ::4])
        yield row


def main() -> None:
    """Choose, train, score, write."""
    torch.set_num_threads(1)
    lessons, (images, labels) = load("train"), load("test")
    otsu = torch.stack([image[0] > threshold_otsu(image.numpy()) for image in images]).long()
    everywhere = torch.ones_like(labels)
    plain = {"Otsu's threshold": otsu, "all grass": everywhere}
    rules = [{"rule": name, "IoU": iou(answers, labels)} for name, answers in plain.items()]
    for name in RULES:
        best, squares, threshold = choose(name, *lessons)
        row = {"rule": name, "squares": squares, "threshold": threshold, "IoU in training": best}
        rules.append(row | {"IoU": iou(by_rule(name, images, squares, threshold), labels)})
    print(*rules, sep="\n", flush=True)
    medians = []
    for around in MEDIANS:
        best, threshold = max(
            (iou(by_rule("typical roughness", lessons[0], (3, around), one), lessons[1]), one) for one in STEPPED
        )
        scored = iou(by_rule("typical roughness", images, (3, around), threshold), labels)
        medians.append({"n": around, "threshold": threshold, "IoU in training": best, "IoU": scored})
    nuclei = list(on_nuclei())
    print(*medians, *nuclei, sep="\n", flush=True)
    rows = []
    for seed in SEEDS:
        patches = cut(*lessons, P, 0.0, seed, number=PATCHES)
        for seen in (*SEEN, P):
            torch.manual_seed(seed)
            model = teach(showing(seen), patches, seed, steps=STEPS)
            rows.append({"n": seen, "seed": seed, "IoU": iou(on_the_grid(model, images, every=1), labels)})
            print(rows[-1], flush=True)
    result = {"title": "Grass among bricks", "note": NOTE, "machine": machine()}
    result |= {"rules": rules, "medians": medians, "nuclei": nuclei, "rows": rows}
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
