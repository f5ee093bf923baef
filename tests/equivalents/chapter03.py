"""Chapter 3: mutants of the references that compute the same, why, and inputs to try it on."""


def image(rng):
    height, width, reach = rng.integers(1, 9, 3).tolist()
    return (height, width), {"patch_size": 2 * reach - 1}


INPUTS = {"3.2": image}
EQUIVALENT = {
    "3.2": {
        "counts = np.zeros((height, width), dtype=int) → counts = np.zeros((height, width))": "the judge takes whole numbers of type float for counts",
    },
}  # fmt: skip
