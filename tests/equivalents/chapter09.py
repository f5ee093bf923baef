"""Chapter 9: mutants of the references that compute the same, why, and inputs to try it on."""

import numpy as np


def cells(rng):
    while True:
        instances = rng.integers(0, 5, rng.integers(2, 8, 2)) * rng.integers(1, 3)
        if len(np.unique(instances[instances > 0])) > 1:
            return (instances,), {}


def ridge(rng):
    shape = rng.integers(1, 6, 2)
    d_1 = rng.random(shape) * 9
    d_2 = d_1 + rng.choice([rng.random() * 9, np.inf])
    return (d_1, d_2, rng.integers(0, 3, shape)), {
        "w_0": float(rng.random() * 20),
        "sigma": float(1 + rng.random() * 9),
    }


def labels(rng):
    number = int(rng.integers(1, 6))
    ignored = int(rng.choice([-100, 0, 255, number - 1]))
    drawn = rng.choice(np.append(np.arange(number), ignored), rng.integers(1, 6, rng.integers(1, 4)))
    return (drawn, number), {"ignore_index": ignored}


def charged(rng):
    classes, height, width = rng.integers(1, 6, 3)
    logits = rng.normal(0, rng.choice([1, 600]), (classes, height, width))
    return (logits, rng.integers(0, classes, (height, width)), rng.random((height, width)) * 9), {}


def merged(rng):
    shape = rng.integers(1, 7, 2)
    return (rng.integers(0, 3, shape) * 7, np.repeat(rng.integers(0, 5, shape), 3, axis=1)[:, : shape[1]]), {}


INPUTS = {"9.1": cells, "9.2": ridge, "9.3": labels, "9.4": charged, "9.5": merged}

SQUARED = "a difference squared is the same both ways"
NOT_TAKEN = "where a class does not occur, the quotient is not taken"
ONE_ROW = "there is one row: without [0] it spreads over all weights, and it is the last one, too"
NOT_READ = "the ids of the holders are not read again"
EQUIVALENT = {
    "9.1": {
        "squared = (rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2 → squared = (y - rows[..., None]) ** 2 + (columns[..., None] - x) ** 2": SQUARED,
        "squared = (rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2 → squared = (rows[..., None] - y) ** 2 + (x - columns[..., None]) ** 2": SQUARED,
    },
    "9.2": {
        "return np.where(instances == 0, term, 0.0) → return np.where(instances <= 0, term, 0.0)": "no id is negative",
    },
    "9.3": {
        "return np.where(counts > 0, counted.size / (present * np.maximum(counts, 1)), 0.0) → return np.where(counts > 0, counted.size / (present * counts), 0.0)": NOT_TAKEN,
        "return np.where(counts > 0, counted.size / (present * np.maximum(counts, 1)), 0.0) → return np.where(counts > 0, counted.size / (present * np.maximum(counts, 0)), 0.0)": NOT_TAKEN,
    },
    "9.4": {
        "charges = -np.take_along_axis(log_probs, labels[None], axis=0)[0] → charges = -np.take_along_axis(log_probs, labels[None], axis=0)": ONE_ROW,
        "charges = -np.take_along_axis(log_probs, labels[None], axis=0)[0] → charges = -np.take_along_axis(log_probs, labels[None], axis=0)[-1]": ONE_ROW,
        "return float((weights * charges).sum() / labels.size) → return float((weights * charges).sum() / weights.size)": "a weight for each pixel",
    },
    "9.5": {
        "_, shared = np.unique(holders, return_counts=True) → counts, shared = np.unique(holders, return_counts=True)": NOT_READ,
        "_, shared = np.unique(holders, return_counts=True) → shared, shared = np.unique(holders, return_counts=True)": NOT_READ,
        "holders.extend(ids[counts > seen.size / 2].tolist()) → holders.extend(ids[counts > seen.size // 2].tolist())": "a whole number is above a half exactly if it is above its floor",
    },
}  # fmt: skip
