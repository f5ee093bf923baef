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

ANY_ORDER = "regions spread until nothing changes; the order in which they spread does not matter"
SAME_SHAPE = "the map of classes has the shape of the map of ids"
SAME_PIXELS = "every object has a class other than 0, so the pixels with an id are those with a class"
EQUIVALENT = {
    "1.2": {
        "labels = np.zeros_like(instances) → labels = np.zeros_like(instances, dtype=np.float16)": "classes are small numbers, and half precision holds whole numbers up to 2048",
    },
    "1.3": {
        "for shift, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)): → for shift, axis in ((-1, 0), (1, 0), (1, 1), (-1, 1)):": ANY_ORDER,
        "for shift, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)): → for shift, axis in ((1, 0), (1, 1), (-1, 0), (-1, 1)):": ANY_ORDER,
        "for shift, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)): → for shift, axis in ((1, 0), (-1, 0), (-1, 1), (1, 1)):": ANY_ORDER,
        "regions = np.where(same, np.minimum(regions, np.roll(regions, shift, axis)), regions) → regions = np.where(same, np.minimum(regions, np.roll(before, shift, axis)), regions)": ANY_ORDER,
        "regions = np.where(same, np.minimum(regions, np.roll(regions, shift, axis)), regions) → regions = np.where(same, np.maximum(regions, np.roll(regions, shift, axis)), regions)": "the largest number names a region as well as the smallest",
        "regions = np.arange(ids.size).reshape(ids.shape) → regions = np.arange(ids.size).reshape(labels.shape)": SAME_SHAPE,
        "regions = np.arange(ids.size).reshape(ids.shape) → regions = np.arange(labels.size).reshape(ids.shape)": SAME_SHAPE,
        "pairs = set(zip(regions[ids > 0].tolist(), ids[ids > 0].tolist(), strict=True)) → pairs = set(zip(before[ids > 0].tolist(), ids[ids > 0].tolist(), strict=True))": "the loop ends when regions equals before",
        "pairs = set(zip(regions[ids > 0].tolist(), ids[ids > 0].tolist(), strict=True)) → pairs = set(zip(regions[labels > 0].tolist(), ids[ids > 0].tolist(), strict=True))": SAME_PIXELS,
        "pairs = set(zip(regions[ids > 0].tolist(), ids[ids > 0].tolist(), strict=True)) → pairs = set(zip(regions[ids > 0].tolist(), ids[labels > 0].tolist(), strict=True))": SAME_PIXELS,
    },
}  # fmt: skip
