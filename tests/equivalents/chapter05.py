"""Chapter 5: mutants of the references that compute the same, why, and inputs to try it on."""


def stack(rng):
    layers = rng.integers(1, 9)
    return (rng.integers(1, 8, layers), rng.integers(1, 5, layers), rng.integers(1, 5, layers)), {}


INPUTS = {"5.4": stack}
EQUIVALENT = {"5.4": {"size, jump = (1, 1) → jump, size = (1, 1)": "both begin with 1"}}
