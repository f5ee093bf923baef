"""Chapter 11: mutants of the references that compute the same, why, and inputs to try it on."""


def stacks(rng):
    images = rng.integers(0, 6, (rng.integers(1, 4), rng.integers(1, 5), rng.integers(1, 5))) * 1.0
    low = float(rng.integers(0, 60))
    return (images,), {"low": low, "high": low + float(rng.integers(0, 40))}


def scenes(rng):
    shape = rng.integers(1, 7, 2)
    instances = rng.integers(0, 5, shape)
    instances[0, 0] = 7
    return (instances, rng.integers(1, 40, shape) / 4), {}


INPUTS = {"11.2": stacks, "11.3": scenes}

FLAT = "where an image is flat its values become 0, whatever they were divided by"
EQUIVALENT = {
    "11.2": {
        "flat = bright == dark → flat = bright <= dark": "the higher percentile is never below the lower one",
        "dark, bright = np.percentile(images, [low, high], axis=(1, 2), keepdims=True) → dark, bright = np.percentile(images, [low, high], axis=(2, 1), keepdims=True)": "the same two axes in another order",
        "return np.where(flat, 0.0, (images - dark) / np.where(flat, 1.0, bright - dark)) → return np.where(flat, 0.0, (images - dark) / np.where(flat, 2.0, bright - dark))": FLAT,
        "return np.where(flat, 0.0, (images - dark) / np.where(flat, 1.0, bright - dark)) → return np.where(flat, 0.0, (images - dark) / np.where(flat, 0.0, bright - dark))": FLAT,
    },
    "11.3": {
        "return np.array(table, dtype=float) → return np.array(table)": "means are floats, so the table is one of floats",
        "table.append([number, len(rows), rows.mean(), columns.mean(), image[rows, columns].mean()]) → table.append([number, len(columns), rows.mean(), columns.mean(), image[rows, columns].mean()])": "a pixel has one row and one column",
    },
}  # fmt: skip
