"""Chapter 4: mutants of the references that compute the same, why, and inputs to try it on."""


def layer(rng):
    channels, outputs, height, width = rng.integers(1, 6, 4)
    return (
        rng.normal(size=(channels, height, width)),
        rng.normal(size=(outputs, channels)),
        rng.normal(size=outputs),
    ), {}


def maps(rng):
    stride, rows, columns = rng.integers(1, 5, 3).tolist()
    height, width = stride * rows - int(rng.integers(stride)), stride * columns - int(rng.integers(stride))
    return (rng.normal(size=(stride, stride, rows, columns)),), {"height": height, "width": width}


INPUTS = {"4.2": layer, "4.4": maps}

SQUARE = "the first two axes of the maps are both s long"
EQUIVALENT = {
    "4.2": {
        "return scores.reshape(len(weight), height, width) → return scores.reshape(len(bias), height, width)": "a bias for each row of the weight",
    },
    "4.4": {
        "stride, _, rows, columns = maps.shape → _, stride, rows, columns = maps.shape": SQUARE,
        "stride, _, rows, columns = maps.shape → stride, stride, rows, columns = maps.shape": SQUARE,
        "stride, _, rows, columns = maps.shape → stride, rows, rows, columns = maps.shape": "the second axis of the maps is not looked at",
        "for down in range(stride): → for down in range(_):": SQUARE,
        "for right in range(stride): → for right in range(_):": SQUARE,
        "scores = np.zeros((stride * rows, stride * columns), dtype=maps.dtype) → scores = np.zeros((_ * rows, stride * columns), dtype=maps.dtype)": SQUARE,
        "scores = np.zeros((stride * rows, stride * columns), dtype=maps.dtype) → scores = np.zeros((stride * rows, _ * columns), dtype=maps.dtype)": SQUARE,
        "scores[down::stride, right::stride] = maps[down, right] → scores[down::_, right::stride] = maps[down, right]": SQUARE,
        "scores[down::stride, right::stride] = maps[down, right] → scores[down::stride, right::_] = maps[down, right]": SQUARE,
        "scores = np.zeros((stride * rows, stride * columns), dtype=maps.dtype) → scores = np.ones((stride * rows, stride * columns), dtype=maps.dtype)": "every score is written",
        "scores = np.zeros((stride * rows, stride * columns), dtype=maps.dtype) → scores = np.zeros((stride * rows, stride * columns))": "the judge takes floats for whole numbers",
    },
}  # fmt: skip
