"""8.4: cut a signal into overlapping tiles, mirrored at the border."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="8.4",
    title="Overlapping tiles",
    level=3,
    points={"no context": 1, "context": 2, "last tile": 2},
    prompt="""\
A long signal is predicted tile by tile. Tile number $i$ answers for `kept` samples, starting at sample $i$ times
`kept`, and reads `context` samples more on each side. (Here `kept` may be any number. For a U-Net it must be a
multiple of $2^{\\text{depth}}$: otherwise its pooling windows fall on different pixels, and its scores differ however
much context it has.)

Beyond both ends of the signal a tile reads the mirror picture, in which the sample at the end itself is not repeated:
before 1, 2, 3 come 3, 2. (NumPy calls that `reflect`.) The last tile may reach past the end; it reads the mirror
picture there, too. You may assume that no tile reaches beyond the first mirror picture, $N - 1$ samples.

Write `cut_tiles`: given `row` of shape `(N,)`, return an array with one row for each tile, the `kept` + 2·`context`
samples that it reads, and as many tiles as it takes to answer for every sample.""",
    hints=(
        "How many tiles are there for 5 samples, when each answers for 2? The last one may have less to do.",
        "Extend the row first: context samples on the left, on the right enough to complete the last tile. Then cut.",
        'np.pad(…, mode="reflect") makes the mirror picture. Tile i of the longer row starts at i · kept.',
    ),
)


@exercise.reference
def cut_tiles(row: np.ndarray, *, kept: int, context: int) -> np.ndarray:
    """Read a tile for every `kept` samples, with context on both sides.

    >>> cut_tiles(np.array([1, 2, 3, 4, 5]), kept=2, context=1)
    array([[2, 1, 2, 3],
           [2, 3, 4, 5],
           [4, 5, 4, 3]])
    """
    count = -(-len(row) // kept)  # rounded up: the last tile may have less to keep
    rest = count * kept - len(row)
    mirrored = np.pad(row, (context, context + rest), mode="reflect")
    return np.array([mirrored[i * kept : (i + 1) * kept + 2 * context] for i in range(count)])


@exercise.cases
def cases(rng):
    """Draw tiles that fit, without context and with it, and tiles that leave a rest."""
    yield "no context", _row(rng, 6), dict(kept=3, context=0)
    yield "context", _row(rng, 8), dict(kept=4, context=2)
    yield "last tile", _row(rng, 9), dict(kept=4, context=2)
    yield "context", _row(rng, 6), dict(kept=3, context=1)
    yield "last tile", _row(rng, 7), dict(kept=3, context=0)
    yield "last tile", _row(rng, 5), dict(kept=6, context=1)  # one tile, longer than the signal
    yield "last tile", _row(rng, 9), dict(kept=8, context=1)  # more missing than there are tiles
    yield "last tile", _row(rng, 9), dict(kept=4, context=5)  # more context than a tile keeps
    for _ in range(4):
        kept, count, context = whole(rng, 2, 5), whole(rng, 2, 4), whole(rng, 2, 3)
        yield "no context", _row(rng, kept * count), dict(kept=kept, context=0)
        yield "context", _row(rng, kept * count), dict(kept=kept, context=context)
        yield "last tile", _row(rng, kept * count + whole(rng, 1, kept - 1)), dict(kept=kept, context=context)


def _row(rng, size):
    return (1 + rng.permutation(size),)  # every value once, and none 0


def _cut(row, count, *, kept, context, step=None, mode="reflect"):
    step = step or kept
    padded = np.pad(row, (context, len(row)), mode=mode)
    return np.array([padded[i * step : i * step + kept + 2 * context] for i in range(count)])


@exercise.misconception("last tile missing", loses={"last tile"})
def _(row, *, kept, context):
    """Some samples at the end have no tile. Count the tiles for a length that kept does not divide."""
    return _cut(row, len(row) // kept, kept=kept, context=context)


@exercise.misconception("zero border", loses={"context", "last tile"})
def _(row, *, kept, context):
    """Beyond the ends you read zeros, which no camera took. Read the mirror picture."""
    return _cut(row, -(-len(row) // kept), kept=kept, context=context, mode="constant")


@exercise.misconception("border sample repeated", loses={"context", "last tile"})
def _(row, *, kept, context):
    """Your mirror stands between samples, so the one at the end is read twice. Put the mirror on that sample."""
    return _cut(row, -(-len(row) // kept), kept=kept, context=context, mode="symmetric")


@exercise.misconception("tiles side by side", loses={"context", "last tile"})
def _(row, *, kept, context):
    """Your tiles do not overlap, so no tile answers for samples that only serve as context. How far apart do the kept
    parts start?
    """
    tile = kept + 2 * context
    return _cut(row, -(-len(row) // tile), kept=kept, context=context, step=tile)


@exercise.misconception("context on one side", loses={"context", "last tile"})
def _(row, *, kept, context):
    """Your tiles start where their kept part starts. Look at what stands to the left of the first kept sample."""
    tiles = -(-len(row) // kept)
    padded = np.pad(row, (0, len(row) + 2 * context), mode="reflect")
    return np.array([padded[i * kept : (i + 1) * kept + 2 * context] for i in range(tiles)])


@exercise.misconception("last tile moved back", loses={"last tile"})
def _(row, *, kept, context):
    """Your last tile starts earlier, so that it fits. Then it leaves the grid of the others; let it reach past the end
    instead.
    """
    mirrored = np.pad(row, context, mode="reflect")
    starts = [min(i * kept, len(row) - kept) for i in range(-(-len(row) // kept))]
    return np.array([mirrored[start : start + kept + 2 * context] for start in starts])


@exercise.misconception("context kept", loses={"context", "last tile"})
def _(row, *, kept, context):
    """You cut the signal into pieces of kept + 2·context samples. A tile answers for kept samples, and reads more."""
    return cut_tiles(row, kept=kept + 2 * context, context=0)


@exercise.misconception("wraps around", loses={"context", "last tile"})
def _(row, *, kept, context):
    """Beyond one end you read the other end of the signal. Read the mirror picture."""
    return _cut(row, -(-len(row) // kept), kept=kept, context=context, mode="wrap")


@exercise.misconception("rest filled with zeros", loses={"last tile"})
def _(row, *, kept, context):
    """You complete the last tile with zeros before you mirror. The mirror stands at the last sample of the signal."""
    return cut_tiles(np.pad(row, (0, -len(row) % kept)), kept=kept, context=context)


@exercise.misconception("mirrored twice", loses={"last tile"})
def _(row, *, kept, context):
    """You mirror twice: first for the context, then what came out, for the last tile. The second mirror then stands at
    the end of the context. Extend the row once, on the right by both together.
    """
    once = np.pad(row, context, mode="reflect")
    return _pieces(np.pad(once, (0, -len(row) % kept), mode="reflect"), kept, context)


@exercise.variant("mirrored twice")
def _(row, *, kept, context):  # the last tile first
    once = np.pad(row, (0, -len(row) % kept), mode="reflect")
    return _pieces(np.pad(once, context, mode="reflect"), kept, context)


def _pieces(longer, kept, context):
    starts = range(0, len(longer) - 2 * context, kept)
    return np.array([longer[start : start + kept + 2 * context] for start in starts])


@exercise.variant("context on one side")
def _(row, *, kept, context):
    return cut_tiles(row, kept=kept, context=context)[:, context:]  # shorter by what is missing on the left


@exercise.misconception("one tile too many", loses={"no context", "context"})
def _(row, *, kept, context):
    """Where kept divides the length, you have one tile too many: it answers for no sample. Round N / kept up, which is
    not N // kept + 1.
    """
    count = len(row) // kept + 1
    longer = np.pad(row, (context, context + count * kept - len(row)), mode="reflect")
    return _pieces(longer, kept, context)
