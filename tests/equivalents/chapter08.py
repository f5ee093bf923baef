"""Chapter 8: mutants of the references that compute the same, why, and inputs to try it on."""


def row(rng):
    while True:
        size, kept, context = rng.integers(1, 20), rng.integers(1, 9), rng.integers(0, 7)
        if -size % kept + context < size:  # no tile reaches beyond the first mirror picture
            return (rng.normal(size=size),), {"kept": int(kept), "context": int(context)}


INPUTS = {"8.4": row}

LONGER = "the mirrored signal is longer than the tiles need"
EQUIVALENT = {
    "8.4": {
        "rest = count * kept - len(row) → rest = count * kept": LONGER,
        "rest = count * kept - len(row) → rest = len(row)": LONGER,
        "rest = count * kept - len(row) → rest = count * kept + len(row)": LONGER,
        "rest = count * kept - len(row) → rest = count * kept * len(row)": LONGER,
    },
}
