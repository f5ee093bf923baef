"""Draw what random cases are made of."""

import numpy as np


def signal(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw halves from −3 to 3 without 0: results stay exact and short to read, and a cut to integers shows."""
    return rng.integers(1, 7, size) / 2 * rng.choice([-1, 1], size)


def whole(rng: np.random.Generator, low: int, high: int) -> int:
    """Draw a whole number from low … high, both included."""
    return int(rng.integers(low, high + 1))
