"""Chapter 10: mutants of the references that compute the same, why, and inputs to try it on."""

import numpy as np


def maps(rng):
    while True:
        shape = rng.integers(1, 8, 2)
        labels = (rng.random(shape) < rng.random()).astype(int)
        if 0 < labels.sum() < labels.size:
            preds = np.where(rng.random(shape) < 0.3, 1 - labels, labels)
            return (preds, labels), {
                "edges": np.sort(rng.choice(np.arange(2, 20) / 2, rng.integers(2, 6), replace=False))
            }


def runs(rng):
    first, second = (rng.permutation(8)[: rng.integers(6, 9)] for _ in range(2))
    return (first, rng.random(len(first)), second, rng.random(len(second))), {}


def models(rng):
    number = rng.integers(1, 9)
    return (rng.integers(50, 56, number) / 100, rng.integers(1, 7, number) / 2), {}


def hills(rng):
    distance = rng.integers(0, 9, rng.integers(1, 8, 2)) / 2
    lowest = float(rng.integers(0, 2 * distance.max() + 1) / 2)
    return (distance,), {"apart": float(rng.integers(1, 12) / 2), "lowest": lowest}


INPUTS = {"10.1": maps, "10.2": runs, "10.3": models, "10.4": hills}

WRITTEN = "every pixel has one of two classes, so every distance is written"
SAME_SHAPE = "prediction and truth have one shape"
SQUARED = "a difference squared is the same both ways"
ONE_SCORE = (
    "no seed occurs twice: its one score is the first and the last, and an array of one does not change mean or spread"
)
BOTH_WAYS = "a distance is the same both ways, and with its legs swapped"
AS_MANY = "a time for each quality"
EQUIVALENT = {
    "10.1": {
        "distance = np.zeros(labels.shape) → distance = np.zeros(labels.shape, dtype=np.int8)": WRITTEN,
        "distance = np.zeros(labels.shape) → distance = np.zeros(labels.shape, dtype=np.float16)": WRITTEN,
        "distance = np.zeros(labels.shape) → distance = np.ones(labels.shape)": WRITTEN,
        "distance = np.where(labels == value, np.sqrt(squared.min(axis=-1)), distance) → distance = np.where(labels >= value, np.sqrt(squared.min(axis=-1)), distance)": "class 1 comes second and writes its pixels again",
        "for value in (0, 1): → for value in (1, 0):": "the two classes write different pixels",
        "rates = np.zeros(len(edges) - 1) → rates = np.ones(len(edges) - 1)": "every rate is written",
        "rows, columns = np.indices(labels.shape) → rows, columns = np.indices(preds.shape)": SAME_SHAPE,
        "distance = np.zeros(labels.shape) → distance = np.zeros(preds.shape)": SAME_SHAPE,
        "squared = (rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2 → squared = (y - rows[..., None]) ** 2 + (columns[..., None] - x) ** 2": SQUARED,
        "squared = (rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2 → squared = (rows[..., None] - y) ** 2 + (x - columns[..., None]) ** 2": SQUARED,
    },
    "10.2": {
        "differences = np.array([scores_b[seeds_b == seed][0] - scores_a[seeds_a == seed][0] for seed in shared]) → differences = np.array([scores_b[seeds_b == seed] - scores_a[seeds_a == seed][0] for seed in shared])": ONE_SCORE,
        "differences = np.array([scores_b[seeds_b == seed][0] - scores_a[seeds_a == seed][0] for seed in shared]) → differences = np.array([scores_b[seeds_b == seed][0] - scores_a[seeds_a == seed] for seed in shared])": ONE_SCORE,
        "differences = np.array([scores_b[seeds_b == seed][0] - scores_a[seeds_a == seed][0] for seed in shared]) → differences = np.array([scores_b[seeds_b == seed][-1] - scores_a[seeds_a == seed][0] for seed in shared])": ONE_SCORE,
        "differences = np.array([scores_b[seeds_b == seed][0] - scores_a[seeds_a == seed][0] for seed in shared]) → differences = np.array([scores_b[seeds_b == seed][0] - scores_a[seeds_a == seed][-1] for seed in shared])": ONE_SCORE,
    },
    "10.3": {
        "kept = np.ones(len(quality), dtype=bool) → kept = np.zeros(len(quality), dtype=bool)": "every entry is written",
        "kept = np.ones(len(quality), dtype=bool) → kept = np.ones(len(time), dtype=bool)": AS_MANY,
        "for i in range(len(quality)): → for i in range(len(time)):": AS_MANY,
    },
    "10.4": {
        "if all((np.hypot(row - y, column - x) >= apart for y, x in seeds)): → if all((np.hypot(column - x, row - y) >= apart for y, x in seeds)):": BOTH_WAYS,
        "if all((np.hypot(row - y, column - x) >= apart for y, x in seeds)): → if all((np.hypot(y - row, column - x) >= apart for y, x in seeds)):": BOTH_WAYS,
        "if all((np.hypot(row - y, column - x) >= apart for y, x in seeds)): → if all((np.hypot(row - y, x - column) >= apart for y, x in seeds)):": BOTH_WAYS,
    },
}  # fmt: skip
