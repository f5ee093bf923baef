"""7.1: the input sizes that an encoder–decoder gives back."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


def legal_input_sizes(limit: int, *, depth: int) -> np.ndarray:
    """List the sizes from 1 to limit that can be halved depth times without a rest.

    >>> legal_input_sizes(30, depth=3)
    array([ 8, 16, 24])
    """
    step = 2**depth
    return np.arange(step, limit + 1, step)


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw few levels, many levels, and limits that are legal themselves or leave nothing."""
    yield _case("one or two levels", 11, 1)
    yield _case("one or two levels", 27, 2)
    yield _case("more levels", 63, 3)
    yield _case("more levels", 103, 4)
    yield _case("limit", 32, 3)  # legal itself
    yield _case("limit", 7, 3)  # nothing is legal
    for _ in range(3):
        depth = whole(rng, 1, 2)
        yield _case("one or two levels", 2**depth * whole(rng, 4, 9) + whole(rng, 1, 2**depth - 1), depth)
        depth = whole(rng, 3, 5)
        yield _case("more levels", 2**depth * whole(rng, 4, 9) + whole(rng, 1, 2**depth - 1), depth)
        yield _case("limit", 2**depth * whole(rng, 4, 9), depth)


def _case(group: str, limit: int, depth: int) -> Case:
    return Case(group, (limit,), {"depth": depth})


def _multiples_of_twice_the_depth(limit, *, depth):
    return np.arange(2 * depth, limit + 1, 2 * depth)


def _powers_of_two(limit, *, depth):
    return np.array([2**power for power in range(depth, 64) if 2**power <= limit], dtype=int)


def _one_level_more(limit, *, depth):
    return legal_input_sizes(limit, depth=depth + 1)


def _even(limit, *, depth):
    return np.arange(2, limit + 1, 2)


def _limit_left_out(limit, *, depth):
    return np.arange(2**depth, limit, 2**depth)


def _zero_too(limit, *, depth):
    return np.arange(0, limit + 1, 2**depth)


EXERCISE = Exercise(
    id="7.1",
    title="Legal input sizes",
    level=1,
    prompt="""\
An encoder halves its map at every level, a decoder doubles it as often. With padded convolutions and 2 × 2 pooling, the
input comes back at its own size only if no pooling leaves a rest, at *any* level.

Write `legal_input_sizes`: from the largest size of interest and the number of levels, return all legal sizes from 1 to
`limit`, `limit` included, in rising order, as an array of whole numbers. It may be empty.""",
    points={"one or two levels": 1, "more levels": 2, "limit": 1},
    reference=legal_input_sizes,
    cases=cases,
    hints=(
        "Try it on paper with two levels: take 12, then 14. Which of them meets an odd size on its way down?",
        "Each level needs its own factor of two, and the factors multiply. What is the smallest legal size?",
        "The answer is that smallest size, 2**depth, and all its multiples up to and including the limit.",
    ),
    misconceptions=(
        Misconception(
            "multiples of 2·depth",
            _multiples_of_twice_the_depth,
            "Your sizes are multiples of 2·depth. Follow one of them down: each level halves what the level before "
            "left, so the factors multiply.",
            loses={"more levels", "limit"},
        ),
        Misconception(
            "powers of two",
            _powers_of_two,
            "You list powers of two. They are legal, but a size need not stay even for ever: how often must you halve?",
            loses={"one or two levels", "more levels", "limit"},
        ),
        Misconception(
            "one level too many",
            _one_level_more,
            "Every size that you list is legal, but you leave out every other one. Count the poolings: the bottleneck "
            "is not followed by one.",
            loses={"one or two levels", "more levels", "limit"},
        ),
        Misconception(
            "even sizes",
            _even,
            "You ask for even sizes. That is enough for the first pooling; look at what the second one is given.",
            loses={"one or two levels", "more levels", "limit"},
        ),
        Misconception(
            "limit left out",
            _limit_left_out,
            "When the limit itself is legal, it belongs to the answer. The end of a range is left out.",
            loses={"limit"},
        ),
        Misconception(
            "zero is legal",
            _zero_too,
            "You begin with 0. It can be halved as often as you like, but there is no image of that size.",
            loses={"one or two levels", "more levels", "limit"},
        ),
    ),
)
