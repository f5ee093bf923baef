"""Draw small maps of ids."""

import numpy as np


def scatter(rng: np.random.Generator, ids: list[int], *, height: int = 6, width: int = 9) -> np.ndarray:
    """Lay rectangles of at least 2 × 2 pixels over each other, never so that an earlier one vanishes.

    Args:
        rng: Draws places and sizes.
        ids: One for each rectangle, from back to front.
        height: Of the map, in pixels.
        width: Of the map, in pixels; not the height, so that exchanged axes show.
    """
    while True:
        instances = np.zeros((height, width), dtype=np.int64)
        for number in ids:
            rows, columns = rng.integers(2, 4), rng.integers(2, 5)
            top, left = rng.integers(0, height - rows + 1), rng.integers(0, width - columns + 1)
            instances[top : top + rows, left : left + columns] = number
        if set(np.unique(instances)) == {0, *ids}:
            return instances


def turned(rng: np.random.Generator, instances: np.ndarray) -> np.ndarray:
    """Mirror a map at random, so that no corner of it is special."""
    return instances[:: rng.choice([-1, 1]), :: rng.choice([-1, 1])].copy()
