"""The pictures: drawn anew for every seed to train on, the same to tune and to test on; and what a pixel weighs."""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from score import Truth
from torch import Tensor

from segbook.data import Scene, cell_scene, granule_scene
from segbook.metrics.outlines import outlines
from segbook.pixel_weights import balanced_weights, border_distances, carve_touching, weight_map

CROWDED = {"size": 96, "num_cells": 10, "radius": 9.0, "radius_spread": 2.0, "clustering": 0.8}
ODD = {"size": 96, "num_cells": 8, "radius": 10.0, "radius_spread": 2.0, "clustering": 0.8}
FIRST = {"tune": 500_000, "test": 600_000}  # seeds of the scenes that never change
CROP, CROPS = 96, 8  # pixels, and crops of a real image


def draw(scenes: str, seed: int) -> Scene:
    """Draw one scene of a kind; the shapes of cells take turns."""
    if scenes == "cells":
        return cell_scene(seed=seed, **CROWDED)
    if scenes == "shapes":
        return cell_scene(seed=seed, shape=("long", "bent", "hollow")[seed % 3], **ODD)
    if scenes == "context":
        return granule_scene(96, seed=seed)
    raise ValueError(f"scenes must be cells, shapes or context: got {scenes!r}")


@lru_cache(maxsize=24)
def pictures(scenes: str, part: str, seed: int, count: int, nuclei: str, kept_in: str) -> tuple[Tensor, Tensor]:
    """Give images (uint8) and true ids of a part: train, tune or test, drawn once and then kept in a file."""
    if scenes == "nuclei":
        return real(nuclei, part, seed, count)
    first = 1000 * (seed + 1) if part == "train" else FIRST[part]
    kept = Path(kept_in) / "scenes" / f"{scenes}_{first}_{count}.npz"
    if kept.is_file():
        with np.load(kept) as stored:
            return torch.from_numpy(stored["images"]), torch.from_numpy(stored["ids"])
    drawn = [draw(scenes, first + i) for i in range(count)]
    images = torch.stack([(scene.image * 255).round().to(torch.uint8) for scene in drawn])
    # Of granules, those that count are the objects.
    ids = torch.stack([scene.instances * (scene.classes[scene.instances] > 0) for scene in drawn])
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}.npz")
    np.savez(unfinished, images=images.numpy(), ids=ids.numpy())
    unfinished.replace(kept)
    return images, ids


def everything(scenes: str, count: int) -> np.ndarray:
    """Mark all that was drawn in the test scenes, whether it counts or not."""
    return np.stack([draw(scenes, FIRST["test"] + i).instances.numpy() > 0 for i in range(count)])


def real(path: str, part: str, seed: int, count: int) -> tuple[Tensor, Tensor]:
    """Give crops of 50 real images to train on, or 10 and 20 whole ones, split anew by every seed."""
    if not Path(path).is_file():
        raise FileNotFoundError(f"the rows with nuclei need dsb2018_small.npz: --dsb {path!r} is no file")
    stored = np.load(path)
    split = np.random.default_rng(seed).permutation(len(stored["images"]))
    chosen = {"train": split[:50], "tune": split[50:60], "test": split[60:]}[part][:count]
    images, labels = stored["images"][chosen].astype(np.float32), stored["labels"][chosen].astype(np.int64)
    bright = np.percentile(images, 99.8, axis=(1, 2), keepdims=True).clip(1)
    images = (images / bright * 255).clip(0, 255).round().astype(np.uint8)
    if part == "train":
        rng = np.random.default_rng(seed + 1)
        corners = rng.integers(0, images.shape[1] - CROP + 1, (len(images) * CROPS, 2))
        cuts = [np.s_[i // CROPS, y : y + CROP, x : x + CROP] for i, (y, x) in enumerate(corners)]
        images, labels = np.stack([images[cut] for cut in cuts]), np.stack([labels[cut] for cut in cuts])
    return torch.from_numpy(images), torch.from_numpy(labels)


@lru_cache(maxsize=12)
def truth(scenes: str, part: str, seed: int, count: int, nuclei: str, kept_in: str) -> Truth:
    """Give what predictions for a part are scored against."""
    return Truth.of(pictures(scenes, part, seed, count, nuclei, kept_in)[1])


def carve(instances: Tensor) -> Tensor:
    """Part the touching cells of every scene."""
    return torch.stack([carve_touching(ids) for ids in instances])


def targets(carved: Tensor, loss: dict) -> Tensor:
    """Give the class of every pixel: background and cell, or background, cell and the rim of a cell."""
    classes = (carved > 0).to(torch.uint8)
    return classes + torch.from_numpy(outlines(carved.numpy())) if loss["kind"] == "three" else classes


def weigh(carved: Tensor, loss: dict) -> Tensor:
    """Give the weight of every pixel of a stack of carved ids.

    Kinds: plain and three, 1 everywhere; border, ours, the term on background only; printed, at every pixel; ring, as
    if a second cell were always as near as the first; constant, a dearer background. The last two add as much in
    total as the border term does, unless the ring's w_0 is given.
    """
    settings = {key: loss[key] for key in ("w_0", "sigma") if key in loss}
    kinds: dict[str, Callable[[], Tensor]] = {
        "plain": lambda: torch.ones(carved.shape),
        "three": lambda: torch.ones(carved.shape),
        "border": lambda: torch.stack(
            [weight_map(ids, class_weights=_classes(carved, loss), **settings) for ids in carved]
        ),
        "printed": lambda: 1 + _term(carved, second=True, **settings),
        "ring": lambda: _ring(carved, **settings),
        "constant": lambda: 1 + _level(carved, (carved == 0).float()),
    }
    if loss["kind"] not in kinds:
        raise ValueError(f"the loss must be one of {', '.join(kinds)}: got {loss['kind']!r}")
    return kinds[loss["kind"]]()


def _classes(carved: Tensor, loss: dict) -> Tensor:
    return balanced_weights((carved > 0).long(), 2) if loss.get("balanced") else torch.ones(2)


def _term(carved: Tensor, *, second: bool, w_0: float = 10.0, sigma: float = 5.0) -> Tensor:
    both = [border_distances(ids) for ids in carved]
    sums = torch.stack([d_1 + d_2 if second else 2 * d_1 for d_1, d_2 in both])
    return w_0 * torch.exp(-(sums**2) / (2 * sigma**2))


def _ring(carved: Tensor, w_0: float | None = None, sigma: float = 5.0) -> Tensor:
    ring = _term(carved, second=False, w_0=w_0 or 1.0, sigma=sigma) * (carved == 0)
    return 1 + (ring if w_0 else _level(carved, ring))


def _level(carved: Tensor, added: Tensor) -> Tensor:
    """Scale what is added so that it weighs as much in total as the border term."""
    border = torch.stack([weight_map(ids) for ids in carved]) - 1
    return added * (border.sum() / added.sum())
