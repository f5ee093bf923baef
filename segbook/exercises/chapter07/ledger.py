"""7.2: the sizes of an encoder–decoder, down and up."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="7.2",
    title="The size ledger",
    level=2,
    points={"legal": 1, "odd": 1, "odd later": 2},
    prompt="""\
Follow one axis of an image through an encoder–decoder with padded convolutions. A 2 × 2 pooling of stride 2 halves a
size and, if the size is odd, drops the last place; a 2 × 2 transposed convolution of stride 2 doubles a size and
cannot know what was dropped.

Write `size_ledger`: from the input size and the number of poolings, return the sizes of the maps as an array of whole
numbers: the input, what each pooling gives down to the bottleneck, then what each doubling gives. It has
`2 * depth + 1` entries.""",
    hints=(
        "Write the ledger of 97 by hand for two levels: five numbers. Which operation makes each from the one before?",
        "Going down, size // 2; going up, size * 2. No step looks further back than one entry.",
        "Begin with [input_size] and append to the list in two loops of depth steps, always reading the last entry.",
    ),
)


@exercise.reference
def size_ledger(input_size: int, *, depth: int) -> np.ndarray:
    """Halve depth times, rounding down, then double as often; list every size.

    >>> size_ledger(97, depth=2)
    array([97, 48, 24, 48, 96])
    """
    sizes = [input_size]
    for _ in range(depth):
        sizes.append(sizes[-1] // 2)
    for _ in range(depth):
        sizes.append(sizes[-1] * 2)
    return np.array(sizes)


@exercise.cases
def cases(rng):
    """Draw sizes without a remainder, with one at the first pooling, and with one only later."""
    yield "legal", (96,), dict(depth=3)
    yield "odd", (97,), dict(depth=3)
    yield "odd", (103,), dict(depth=3)  # a remainder at every level
    yield "odd later", (100,), dict(depth=3)  # 100, 50, 25: the remainder comes at the third pooling
    yield "legal", (6,), dict(depth=1)
    for _ in range(4):
        depth = whole(rng, 2, 5)
        yield "legal", (2**depth * whole(rng, 1, 9),), dict(depth=depth)
        yield "odd", (2**depth * whole(rng, 1, 9) + 2 * whole(rng, 1, 2 ** (depth - 1) - 1) + 1,), dict(depth=depth)
        yield "odd later", (2 ** (depth - 1) * (2 * whole(rng, 1, 9) + 1),), dict(depth=depth)


@exercise.misconception("always restores N", loses={"odd", "odd later"})
def _always_restores(input_size, *, depth):
    """Your way up retraces the way down. The decoder does not see those sizes: it doubles what it is given."""
    down = size_ledger(input_size, depth=depth)[: depth + 1]
    return np.concatenate([down, down[-2::-1]])


@exercise.misconception("rounds up", loses={"odd", "odd later"})
def _(input_size, *, depth):
    """Your pooling keeps the last place of an odd size. A window that hangs over the end is dropped."""
    sizes = [input_size]
    for _ in range(depth):
        sizes.append(-(-sizes[-1] // 2))
    return np.array(sizes + [sizes[-1] * 2**level for level in range(1, depth + 1)])


@exercise.misconception("a level missed", loses={"legal", "odd", "odd later"})
def _(input_size, *, depth):
    """Your ledger is too short: there are depth poolings and depth doublings, and the input comes before all."""
    return size_ledger(input_size, depth=depth - 1)


@exercise.misconception("only the output corrected", loses={"odd", "odd later"})
def _(input_size, *, depth):
    """Your last entry is always the input size. The maps before it are too small for that, and nothing adds the
    lost places.
    """
    sizes = size_ledger(input_size, depth=depth)
    sizes[-1] = input_size
    return sizes


@exercise.misconception("only the first remainder", loses={"odd", "odd later"})
def _(input_size, *, depth):
    """Your way up gives back the sizes of the way down, as if only the first pooling left a remainder. An even size can
    become odd further down: follow 100 through three levels, and double what you are given.
    """
    even = input_size - input_size % 2
    sizes = _always_restores(even, depth=depth)
    sizes[0] = input_size
    return sizes


@exercise.misconception("never rounds", loses={"odd", "odd later"})
def _(input_size, *, depth):
    """Some of your sizes are not whole numbers. A map has whole rows: round down at each pooling."""
    return np.array([input_size / 2 ** (depth - abs(depth - level)) for level in range(2 * depth + 1)])


@exercise.misconception("without the input", loses={"legal", "odd", "odd later"})
def _(input_size, *, depth):
    """Your ledger begins after the first pooling. Its first entry is the input."""
    return size_ledger(input_size, depth=depth)[1:]


@exercise.misconception("bottleneck twice", loses={"legal", "odd", "odd later"})
def _(input_size, *, depth):
    """The smallest size stands in your ledger twice. The bottleneck ends the way down and begins the way up."""
    sizes = size_ledger(input_size, depth=depth)
    return np.insert(sizes, depth, sizes[depth])
