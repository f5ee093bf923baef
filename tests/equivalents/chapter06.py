"""Chapter 6: mutants of the references that compute the same, why, and inputs to try it on."""


def layer(rng):
    size, taps, stride = rng.integers(1, 7, 3).tolist()
    covered = (size - 1) * stride + taps
    return (rng.normal(size=size), rng.normal(size=taps)), {
        "stride": stride,
        "padding": int(rng.integers((covered + 1) // 2)),
    }


INPUTS = {"6.5": layer}
EQUIVALENT = {
    "6.5": {
        "return np.array([window @ weight[::-1] for window in windows]) → return np.array([weight[::-1] @ window for window in windows])": "the inner product is the same in either order",
    },
}  # fmt: skip
