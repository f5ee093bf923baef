"""Chapter 8: mutants of the references that compute the same, why, and inputs to try it on."""


def row(rng):
    while True:
        size, kept, context = rng.integers(1, 20), rng.integers(1, 9), rng.integers(0, 7)
        if -size % kept + context < size:  # no tile reaches beyond the first mirror picture
            return (rng.normal(size=size),), {"kept": int(kept), "context": int(context)}


def legal(rng):
    depth, kernel_size = int(rng.integers(1, 5)), int(rng.integers(1, 8))
    size = 4 * (kernel_size - 1) + int(rng.integers(0, 20))  # what enters the bottleneck
    for _ in range(depth):
        size = 2 * size + 2 * (kernel_size - 1)
    return (size,), {"depth": depth, "kernel_size": kernel_size}


INPUTS = {"8.2": legal, "8.4": row}

LONGER = "the mirrored signal is longer than the tiles need"
EQUIVALENT = {
    "8.2": {
        "size = (size - lost) // 2 → size = (size - lost) / 2": "every pooling meets an even size, and a whole float counts",
    },
    "8.4": {
        "rest = count * kept - len(row) → rest = count * kept": LONGER,
        "rest = count * kept - len(row) → rest = len(row)": LONGER,
        "rest = count * kept - len(row) → rest = count * kept + len(row)": LONGER,
        "rest = count * kept - len(row) → rest = count * kept * len(row)": LONGER,
    },
}
