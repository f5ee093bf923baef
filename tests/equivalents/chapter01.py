"""Chapter 1: mutants of the references that compute the same, why, and inputs to try it on."""

import numpy as np


def table(rng):
    ids = rng.choice(np.arange(1, 400), 5, replace=False)
    instances = rng.choice(np.append(0, ids), rng.integers(1, 8, 2))
    return (instances, np.column_stack([ids, rng.integers(1, 256, 5)])), {}


def scene(rng):
    instances = rng.integers(0, 6, rng.integers(1, 7, 2)) * 60
    classes = rng.integers(1, 4, 301)
    classes[0] = 0
    return (instances, classes), {}


INPUTS = {"1.2": table, "1.3": scene}

ANY_ORDER = "the list is worked off until it is empty; the order in which neighbours go on it does not matter"
SAME_SHAPE = "all maps have the shape of the map of ids"
BORDER = "the first and the last pixel are border, which is background and begins no region"
SAME_PIXELS = "every object has a class other than 0, so the pixels with an id are those with a class"
EQUIVALENT = {
    "1.2": {
        "labels = np.zeros_like(instances) → labels = np.zeros_like(instances, dtype=np.float16)": "classes are small numbers, and half precision holds whole numbers up to 2048",
    },
    "1.3": {
        "for start in np.ndindex(labels.shape): → for start in list(np.ndindex(labels.shape))[1:]:": BORDER,
        "for start in np.ndindex(labels.shape): → for start in list(np.ndindex(labels.shape))[:-1]:": BORDER,
        "for start in np.ndindex(labels.shape): → for start in np.ndindex(ids.shape):": SAME_SHAPE,
        "for start in np.ndindex(labels.shape): → for start in np.ndindex(numbered.shape):": SAME_SHAPE,
        "numbered, lost = (labels == 0, 0) → numbered, lost = (ids == 0, 0)": SAME_PIXELS,
        "numbered, lost = (labels == 0, 0) → numbered, lost = (labels <= 0, 0)": "no class is below 0",
        "waiting += [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)] → waiting += [(row + 1, column), (row - 1, column), (row, column - 1), (row, column + 1)]": ANY_ORDER,
        "waiting += [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)] → waiting += [(row - 1, column), (row, column - 1), (row + 1, column), (row, column + 1)]": ANY_ORDER,
        "waiting += [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)] → waiting += [(row - 1, column), (row + 1, column), (row, column + 1), (row, column - 1)]": ANY_ORDER,
    },
}  # fmt: skip
