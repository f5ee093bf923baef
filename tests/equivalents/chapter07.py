"""Chapter 7: mutants of the references that compute the same, why, and inputs to try it on."""


def image(rng):
    return (rng.normal(0, 100, rng.integers(1, 8, 2)),), {}


def masks(rng):
    while True:
        shape = rng.integers(1, 9, 2)
        pair = [rng.random(shape) < rng.random() for _ in range(2)]
        if all(0 < mask.sum() < mask.size for mask in pair):  # each has a boundary then
            return tuple(pair), {"tolerance": float(rng.integers(0, 9)) / 2}


INPUTS = {"7.3": image, "7.4": masks}

TWO_AXES = "of two axes, either way of moving one to the front swaps them"
SAME_SHAPE = "the neighbours of a row's pixels are as many as its pixels"
TOGETHER = "a pixel found on one side finds one on the other: precision is 0 exactly if recall is, and neither is below"
EQUIVALENT = {
    "7.3": {
        "for axis in (0, 1): → for axis in (1, 0):": "doubling is linear along each axis, so the axes come in either order",
        "old = np.moveaxis(image, axis, 0) → old = np.moveaxis(image, 0, axis)": TWO_AXES,
        "image = np.moveaxis(new, 0, axis) → image = np.moveaxis(new, axis, 0)": TWO_AXES,
        "new[0::2] = 0.25 * before + 0.75 * old → new[::2] = 0.25 * before + 0.75 * old": "a slice begins at 0",
        "new = np.empty((2 * len(old), *old.shape[1:])) → new = np.empty((2 * len(before), *old.shape[1:]))": SAME_SHAPE,
        "new = np.empty((2 * len(old), *old.shape[1:])) → new = np.empty((2 * len(old), *before.shape[1:]))": SAME_SHAPE,
    },
    "7.4": {
        "for mask in (pred, truth): → for mask in (truth, pred):": "precision and recall change places, and their harmonic mean stays",
        "distances = np.linalg.norm(places[0][:, None] - places[1], axis=2) → distances = np.linalg.norm(places[1] - places[0][:, None], axis=2)": "a distance is the same both ways",
        "if precision + recall == 0: → if precision == 0:": TOGETHER,
        "if precision + recall == 0: → if recall == 0:": TOGETHER,
        "if precision + recall == 0: → if precision + recall <= 0:": TOGETHER,
        "if precision + recall == 0: → if recall + recall == 0:": TOGETHER,
        "if precision + recall == 0: → if precision * recall == 0:": TOGETHER,
        "if precision + recall == 0: → if precision + precision == 0:": TOGETHER,
        "wide = np.pad(mask, 1, mode='edge') → wide = np.pad(mask, 1, mode='symmetric')": "one pixel beyond the border, the mirror shows the border's pixel",
        "wide = np.pad(mask, 1, mode='edge') → wide = np.pad(mask, 1, mode='reflect')": "the mirror shows the neighbour on the other side, which is looked at anyhow",
    },
}  # fmt: skip
