"""Chapter 7: mutants of the references that compute the same, why, and inputs to try it on."""


def image(rng):
    return (rng.normal(0, 100, rng.integers(1, 8, 2)),), {}


def masks(rng):
    while True:
        shape = rng.integers(1, 9, 2)
        pair = [rng.random(shape) < rng.random() for _ in range(2)]
        if all(0 < mask.sum() < mask.size for mask in pair):  # each has a boundary then
            return tuple(pair), {"tolerance": float(rng.integers(0, 9)) / 2}


def network(rng):
    depth = int(rng.integers(1, 3))
    image = rng.normal(0, 1, (rng.integers(1, 3), *rng.integers(2**depth, 9, 2)))
    return (image,), {"num_classes": int(rng.integers(2, 4)), "width": int(rng.integers(1, 3)), "depth": depth}


INPUTS = {"7.3": image, "7.4": masks, "7.5": network}

TWO_AXES = "of two axes, either way of moving one to the front swaps them"
SAME_SHAPE = "the neighbours of a row's pixels are as many as its pixels"
TOGETHER = "a pixel found on one side finds one on the other: precision is 0 exactly if recall is, and neither is below"
THIRD = "of 1 tap and of 3, a third and a half round down to the same"
PAD = "wide = np.pad(x, ((0, 0), (taps // {}, taps // {}), (taps // {}, taps // {})))"
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
    "7.5": {
        "return x[:, :2 * rows, :2 * columns].reshape(len(x), rows, 2, columns, 2).max(axis=(2, 4)) → return x[:, :2 * rows, :2 * columns].reshape(len(x), rows, 2, columns, 2).max(axis=(4, 2))": "the largest of four is the same in either order",
    } | {f"{PAD.format(2, 2, 2, 2)} → {PAD.format(*(3 if i == at else 2 for i in range(4)))}": THIRD for at in range(4)},
}  # fmt: skip
