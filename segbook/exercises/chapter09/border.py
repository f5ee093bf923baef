"""9.2: the border term of the weight map."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="9.2",
    title="The border term",
    level=1,
    points={"background": 2, "with cells": 1, "one cell or two": 1},
    prompt="""\
The second term of the weight map is a ridge where two cells are near: $w_0 \\exp(-(d_1 + d_2)^2 / (2\\sigma^2))$.
As in this book, and unlike in the paper, it is for background only: on cells it is 0.
In an image with only one cell, $d_2$ is infinite, and there is no ridge.

Write `border_term`: from `d_1`, `d_2` and `instances`, all of shape `(H, W)`, and the numbers `w_0` and `sigma`
(in pixels), return the term, in the same shape.""",
    hints=(
        "Work the formula for one pixel by hand: d_1 = d_2 = 1, w_0 = 10 and σ = 5 give 9.23. Does your code?",
        "Add the two distances first, then square. σ is squared, too. What does np.exp(-np.inf) give?",
        "At the end, np.where(instances == 0, term, 0.0).",
    ),
)


@exercise.reference
def border_term(
    d_1: np.ndarray,
    d_2: np.ndarray,
    instances: np.ndarray,
    *,
    w_0: float,
    sigma: float,
) -> np.ndarray:
    """Raise a ridge on the background where two cells are near.

    >>> d_1, d_2 = np.array([[0.0, 1.0, 0.0]]), np.array([[2.0, 1.0, 2.0]])
    >>> border_term(d_1, d_2, np.array([[1, 0, 2]]), w_0=10.0, sigma=5.0).round(2)
    array([[0.  , 9.23, 0.  ]])
    """
    term = w_0 * np.exp(-((d_1 + d_2) ** 2) / (2 * sigma**2))
    return np.where(instances == 0, term, 0.0)


@exercise.cases
def cases(rng):
    """Draw maps of background alone, maps with cells, and maps with one cell, whose d_2 is infinite, or two."""
    d_1, d_2, options = np.array([[0.0, 1.0, 0.0]]), np.array([[2.0, 1.0, 2.0]]), {"w_0": 8.0, "sigma": 2.0}
    yield "background", (d_1 + 1, d_2, np.array([[0, 0, 0]])), options
    yield "with cells", (d_1, d_2, np.array([[1, 0, 2]])), options
    yield "one cell or two", (np.array([[0.0, 1.0]]), np.array([[np.inf, np.inf]]), np.array([[1, 0]])), options
    for _ in range(4):
        for group in ("background", "with cells", "one cell or two"):
            d_1 = rng.integers(2, 13, (3, 5)) / 2
            d_2 = d_1 + rng.integers(0, 9, (3, 5)) / 2
            instances = np.zeros((3, 5), np.int64)
            if group != "background":
                column = whole(rng, 0, 4)
                instances[:, column] = whole(rng, 1, 9)
                d_1[:, column] = 0.0
            options = {"w_0": whole(rng, 5, 15) + 0.5, "sigma": whole(rng, 3, 7) + 0.5}
            if group == "one cell or two":
                yield group, (d_1, np.full_like(d_2, np.inf), instances), options
            if group != "background":  # a second cell, beside the first one
                instances, d_1 = instances.copy(), d_1.copy()
                instances[:, column - 1], d_1[:, column - 1] = 256, 0.0
            yield group, (d_1, d_2, instances), options


@exercise.misconception("d_1² + d_2²", loses={"background", "with cells", "one cell or two"})
def _(d_1, d_2, instances, *, w_0, sigma):
    """You square the distances and then add them. The square applies to the sum: (d_1 + d_2)²."""
    return np.where(instances == 0, w_0 * np.exp(-(d_1**2 + d_2**2) / (2 * sigma**2)), 0.0)


@exercise.misconception("σ for σ²", loses={"background", "with cells", "one cell or two"})
def _(d_1, d_2, instances, *, w_0, sigma):
    """You divide by 2σ. The width is squared: 2σ². Check units: pixels² in numerator and denominator."""
    return border_term(d_1, d_2, instances, w_0=w_0, sigma=np.sqrt(sigma))


@exercise.misconception("the 2 forgotten", loses={"background", "with cells", "one cell or two"})
def _(d_1, d_2, instances, *, w_0, sigma):
    """Your ridge is too narrow: the exponent is divided by 2σ², not by σ²."""
    return border_term(d_1, d_2, instances, w_0=w_0, sigma=sigma / np.sqrt(2))


@exercise.misconception("inside cells too", loses={"with cells", "one cell or two"})
def _(d_1, d_2, instances, *, w_0, sigma):
    """You add the term on cells as well, where d_1 is 0 and the term is large. The paper does; here it is for
    background only.
    """
    return w_0 * np.exp(-((d_1 + d_2) ** 2) / (2 * sigma**2))


@exercise.misconception("d_2 := d_1 for one cell", loses={"one cell or two"})
def _(d_1, d_2, instances, **options):
    """Where d_2 is infinite you put d_1 in its place, and a lonely cell gets a ring. Leave infinity alone: its
    exponential is 0.
    """
    return border_term(d_1, np.where(np.isinf(d_2), d_1, d_2), instances, **options)


@exercise.misconception("the paper's w_0", loses={"background", "with cells", "one cell or two"})
def _(d_1, d_2, instances, *, w_0, sigma):
    """Your ridge is 10 high, whatever w_0 is. That is the paper's setting; use the argument."""
    return border_term(d_1, d_2, instances, w_0=10.0, sigma=sigma)


@exercise.misconception("ids in eight bits", loses={"with cells", "one cell or two"})
def _(d_1, d_2, instances, **options):
    """You squeeze the ids into eight bits, where 256 becomes 0. Keep the dtype of the map."""
    return border_term(d_1, d_2, instances.astype(np.uint8), **options)


@exercise.misconception("times σ²", loses={"background", "with cells", "one cell or two"})
def _(d_1, d_2, instances, *, w_0, sigma):
    """You divide by 2 and then multiply by σ²: Python works from left to right. Put the denominator in parentheses:
    / (2 * sigma**2).
    """
    return np.where(instances == 0, w_0 * np.exp(-((d_1 + d_2) ** 2) / 2 * sigma**2), 0.0)


@exercise.misconception("sign of the exponent", loses={"background", "with cells", "one cell or two"})
def _(d_1, d_2, instances, *, w_0, sigma):
    """Your exponent is positive, so the term grows with the distance. A minus inside of the square is lost: write it
    in front of the square.
    """
    return np.where(instances == 0, w_0 * np.exp((d_1 + d_2) ** 2 / (2 * sigma**2)), 0.0)


@exercise.variant("sign of the exponent")
def _(d_1, d_2, instances, *, w_0, sigma):
    return w_0 * np.exp((d_1 + d_2) ** 2 / (2 * sigma**2)) * (instances == 0)  # infinity times 0 is nan
