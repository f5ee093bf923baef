"""7.1: the input sizes that an encoder–decoder gives back."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="7.1",
    title="Legal input sizes",
    level=1,
    points={"one or two levels": 1, "more levels": 2, "limit": 1},
    prompt="""\
An encoder halves its map at every level, and a decoder doubles it as often. With padded convolutions and 2 × 2
pooling, a size is called legal if the poolings leave no remainder at *any* level. Only then is the output as large as
the input.

Write `legal_input_sizes`: from the largest size of interest and the number of levels, return all legal sizes from 1 to
`limit`, `limit` included, in rising order, as an array of whole numbers. It may be empty.""",
    hints=(
        "Try it on paper with two levels: take 12, then 14. At which of them does a pooling get an odd size?",
        "Each level needs its own factor of two, and the factors multiply. What is the smallest legal size?",
        "The answer is that smallest size, 2**depth, and all its multiples up to and including the limit.",
    ),
)


@exercise.reference
def legal_input_sizes(limit: int, *, depth: int) -> np.ndarray:
    """List the sizes from 1 to limit that depth halvings leave without a remainder.

    >>> legal_input_sizes(30, depth=3)
    array([ 8, 16, 24])
    """
    step = 2**depth
    return np.arange(step, limit + 1, step)


@exercise.cases
def cases(rng):
    """Draw few levels, many levels, and limits that are legal themselves or leave nothing."""
    yield "one or two levels", (11,), dict(depth=1)
    yield "one or two levels", (27,), dict(depth=2)
    yield "more levels", (63,), dict(depth=3)
    yield "more levels", (103,), dict(depth=4)
    yield "limit", (32,), dict(depth=3)  # legal itself
    yield "limit", (7,), dict(depth=3)  # nothing is legal
    for _ in range(3):
        depth = whole(rng, 1, 2)
        yield "one or two levels", (2**depth * whole(rng, 4, 9) + whole(rng, 1, 2**depth - 1),), dict(depth=depth)
        depth = whole(rng, 3, 5)
        yield "more levels", (2**depth * whole(rng, 4, 9) + whole(rng, 1, 2**depth - 1),), dict(depth=depth)
        yield "limit", (2**depth * whole(rng, 4, 9),), dict(depth=depth)


@exercise.misconception("multiples of 2·depth", loses={"more levels", "limit"})
def _(limit, *, depth):
    """Your sizes are multiples of 2·depth. Follow one of them down: each level halves what the level before left, so
    the factors multiply.
    """
    return np.arange(2 * depth, limit + 1, 2 * depth)


@exercise.misconception("powers of two", loses={"one or two levels", "more levels", "limit"})
def _(limit, *, depth):
    """You list powers of two. They are legal, but a size need not stay even for ever: how often must you halve?"""
    return np.array([2**power for power in range(depth, 64) if 2**power <= limit], dtype=int)


@exercise.misconception("one level too many", loses={"one or two levels", "more levels", "limit"})
def _(limit, *, depth):
    """Every size that you list is legal, but every other one is missing. Count the poolings: the bottleneck has none
    after it.
    """
    return legal_input_sizes(limit, depth=depth + 1)


@exercise.misconception("even sizes", loses={"one or two levels", "more levels", "limit"})
def _(limit, *, depth):
    """You ask for even sizes. That is enough for the first pooling; look at what the second one is given."""
    return np.arange(2, limit + 1, 2)


@exercise.misconception("limit left out", loses={"limit"})
def _(limit, *, depth):
    """When the limit itself is legal, it belongs to the answer. A range does not contain its end."""
    return np.arange(2**depth, limit, 2**depth)


@exercise.misconception("zero is legal", loses={"one or two levels", "more levels", "limit"})
def _(limit, *, depth):
    """You begin with 0. It can be halved as often as you like, but there is no image of that size."""
    return np.arange(0, limit + 1, 2**depth)


@exercise.misconception("falling order", loses={"one or two levels", "more levels", "limit"})
def _(limit, *, depth):
    """Your sizes are in descending order. Return them in ascending order."""
    return legal_input_sizes(limit, depth=depth)[::-1]
