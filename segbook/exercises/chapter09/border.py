"""9.2: the border term of the weight map."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


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


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw maps of background alone, maps with cells, and maps with one cell, whose d_2 is infinite."""
    for _ in range(4):
        for group in ("background", "with cells", "one cell"):
            d_1 = rng.integers(2, 13, (3, 5)) / 2
            d_2 = d_1 + rng.integers(0, 9, (3, 5)) / 2
            instances = np.zeros((3, 5), np.int64)
            if group != "background":
                column = whole(rng, 0, 4)
                instances[:, column] = whole(rng, 1, 9)
                d_1[:, column] = 0.0
            if group == "one cell":
                d_2[:] = np.inf
            options = {"w_0": float(whole(rng, 5, 15)), "sigma": float(whole(rng, 3, 7))}
            yield Case(group, (d_1, d_2, instances), options)


def _sum_of_squares(d_1, d_2, instances, *, w_0, sigma):
    return np.where(instances == 0, w_0 * np.exp(-(d_1**2 + d_2**2) / (2 * sigma**2)), 0.0)


def _sigma_not_squared(d_1, d_2, instances, *, w_0, sigma):
    return border_term(d_1, d_2, instances, w_0=w_0, sigma=np.sqrt(sigma))


def _no_two(d_1, d_2, instances, *, w_0, sigma):
    return border_term(d_1, d_2, instances, w_0=w_0, sigma=sigma / np.sqrt(2))


def _everywhere(d_1, d_2, instances, *, w_0, sigma):
    return w_0 * np.exp(-((d_1 + d_2) ** 2) / (2 * sigma**2))


def _same_cell_twice(d_1, d_2, instances, **options):
    return border_term(d_1, np.where(np.isinf(d_2), d_1, d_2), instances, **options)


EXERCISE = Exercise(
    id="9.2",
    title="The border term",
    level=1,
    prompt="""\
The second term of the weight map is a ridge where two cells are near: $w_0 \\exp(-(d_1 + d_2)^2 / (2\\sigma^2))$.
As in this book, and unlike in the paper, it is for background only: on cells it is 0.
Where the picture has just one cell, $d_2$ is infinite, and there is no ridge.

Write `border_term`: from `d_1`, `d_2` and `instances`, all of shape `(H, W)`, and the numbers `w_0` and `sigma`
(in pixels), return the term, in the same shape.""",
    points={"background": 2, "with cells": 1, "one cell": 1},
    reference=border_term,
    cases=cases,
    hints=(
        "Work the formula for one pixel by hand: d_1 = d_2 = 1, w_0 = 10 and σ = 5 give 9.23. Does your code?",
        "Add the two distances first, then square. σ is squared, too. What does np.exp(-np.inf) give?",
        "At the end, np.where(instances == 0, term, 0.0).",
    ),
    misconceptions=(
        Misconception(
            "d_1² + d_2²",
            _sum_of_squares,
            "You square the distances and then add them. The square is round the sum: (d_1 + d_2)².",
            loses={"background", "with cells"},
        ),
        Misconception(
            "σ for σ²",
            _sigma_not_squared,
            "You divide by 2σ. The width is squared: 2σ². Check units: pixels² above the line, pixels² below.",
            loses={"background", "with cells"},
        ),
        Misconception(
            "the 2 forgotten",
            _no_two,
            "Your ridge is too narrow: the exponent is divided by 2σ², not by σ².",
            loses={"background", "with cells"},
        ),
        Misconception(
            "inside cells too",
            _everywhere,
            "You add the term on cells as well, where d_1 is 0 and the term is large. The paper does; here it is for "
            "background only.",
            loses={"with cells"},
        ),
        Misconception(
            "d_2 := d_1 for one cell",
            _same_cell_twice,
            "Where d_2 is infinite you put d_1 in its place, and a lonely cell gets a ring. Leave infinity alone: its "
            "exponential is 0.",
            loses={"one cell"},
        ),
    ),
)
