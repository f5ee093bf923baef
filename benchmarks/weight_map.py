"""U-Net's weight map against what people use: a full-image distance transform for every cell, stacked and sorted."""

import math
import os
from pathlib import Path
from timeit import repeat

import numpy as np
import torch
from scipy import ndimage

from segbook.data import cell_scene
from segbook.pixel_weights import border_weights

TITLE = "The weight map"
NOTE = (
    'w_0 = 10, σ = 5, one thread. "Stack and sort" computes one distance transform of the whole image for every cell '
    "and sorts them; where they would need more than 1 GB, its time is that of 20 transforms, scaled, without the sort "
    '(≥). "difference" is the largest between the two maps. The real nuclei are 80 images of DSB 2018, 256²; the '
    "ratio is that of the summed times, the smallest and largest of an image stand behind it."
)
SIZES, CELLS = (256, 512, 1024), (10, 100, 1000)
LARGEST_STACK = 1e9  # bytes
SAMPLE = 20


def measure() -> list[dict]:
    """Time both ways on drawn cells and, where `SEGBOOK_DATA` has them, on real nuclei."""
    torch.set_num_threads(1)
    rows = [_row(size, cells) for size in SIZES for cells in CELLS]
    real = Path(os.environ.get("SEGBOOK_DATA", "")) / "dsb2018-small" / "dsb2018_small.npz"
    return [*rows, _real_row(real)] if real.is_file() else rows


def stack_and_sort(instances: np.ndarray, *, w_0: float = 10.0, sigma: float = 5.0) -> np.ndarray:
    """Compute the border term as most public code does."""
    ids = [number for number in np.unique(instances) if number]
    if len(ids) < 2:
        return np.zeros(instances.shape)
    distances = np.stack([ndimage.distance_transform_edt(instances != number) for number in ids], axis=-1)
    distances.sort(axis=-1)
    return np.where(instances == 0, w_0 * np.exp(-(distances[..., :2].sum(axis=-1) ** 2) / (2 * sigma**2)), 0)


def _row(size: int, cells: int) -> dict:
    radius = size * math.sqrt(0.25 / math.pi / cells)  # a quarter of the image is cells
    instances = cell_scene(size, seed=0, num_cells=cells, radius=max(radius, 2.0), radius_spread=0.0).instances
    array = instances.numpy()
    ours = _best(lambda: border_weights(instances), 7)
    fits = cells * array.size * 8 < LARGEST_STACK
    if fits:
        difference = f"{np.abs(stack_and_sort(array) - border_weights(instances).numpy()).max():.1e}"
        theirs = _best(lambda: stack_and_sort(array), 1 if cells * array.size > 1e7 else 3)
    else:
        difference = "–"
        some = _best(lambda: [ndimage.distance_transform_edt(array != n) for n in range(1, SAMPLE + 1)], 1)
        theirs = some * cells / SAMPLE
    return {
        "image": f"{size}²",
        "cells": f"{cells:,}",
        "stack and sort": f"{'' if fits else '≥ '}{theirs * 1e3:,.0f} ms",
        "segbook": f"{ours * 1e3:,.1f} ms",
        "ratio": f"{'' if fits else '≥ '}{theirs / ours:,.0f}",
        "difference": difference,
    }


def _real_row(path: Path) -> dict:
    maps = np.load(path)["labels"].astype(np.int64)
    ours, theirs, difference = [], [], 0.0
    for array in maps:
        instances = torch.from_numpy(array)
        ours.append(_best(lambda instances=instances: border_weights(instances), 3))
        theirs.append(_best(lambda array=array: stack_and_sort(array), 1))
        difference = max(difference, float(np.abs(stack_and_sort(array) - border_weights(instances).numpy()).max()))
    ratios = np.array(theirs) / np.array(ours)
    return {
        "image": f"{len(maps)} real, 256²",
        "cells": f"{sum(len(np.unique(array)) - 1 for array in maps):,}",
        "stack and sort": f"{sum(theirs) * 1e3:,.0f} ms",
        "segbook": f"{sum(ours) * 1e3:,.1f} ms",
        "ratio": f"{sum(theirs) / sum(ours):,.0f} ({ratios.min():,.0f} … {ratios.max():,.0f})",
        "difference": f"{difference:.1e}",
    }


def _best(way, times: int) -> float:
    return min(repeat(way, number=1, repeat=times))
