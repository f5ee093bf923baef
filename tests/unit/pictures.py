"""Small folders of images and masks, written for tests of what reads and trains on folders."""

from pathlib import Path

import numpy as np
from PIL import Image


def write_discs(folder: Path, count: int, *, size: int = 32, seed: int = 0) -> Path:
    """Write images with three bright discs each, two of which touch, and masks with their ids; pairs are fields."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for number in range(count):
        ids = np.zeros((size, size), np.uint8)
        y, x = rng.integers(6, size - 16, 2)
        for id, (row, column) in enumerate([(y, x), (y, x + 9), (size - 6, size - 6)], start=1):
            ids[(rows - row) ** 2 + (columns - column) ** 2 <= 20] = id
        image = np.clip(40 + 140 * (ids > 0) + rng.normal(0, 8, ids.shape), 0, 255).astype(np.uint8)
        name = f"field{number // 2}_tile{number % 2}.png"
        Image.fromarray(image).save(folder / "images" / name)
        Image.fromarray(ids).save(folder / "masks" / name)
    return folder
