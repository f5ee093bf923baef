"""8.4: cut a signal into overlapping tiles, mirrored at the border."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


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


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw tiles that fit, without context and with it, and tiles that leave a rest."""
    yield _case("no context", rng, 6, kept=3, context=0)
    yield _case("context", rng, 8, kept=4, context=2)
    yield _case("rest", rng, 9, kept=4, context=2)
    for _ in range(4):
        kept, count, context = whole(rng, 2, 5), whole(rng, 2, 4), whole(rng, 2, 3)
        yield _case("no context", rng, kept * count, kept=kept, context=0)
        yield _case("context", rng, kept * count, kept=kept, context=context)
        yield _case("rest", rng, kept * count + whole(rng, 1, kept - 1), kept=kept, context=context)


def _case(group: str, rng: np.random.Generator, size: int, *, kept: int, context: int) -> Case:
    row = 1 + rng.permutation(size)  # every value once, and none 0
    return Case(group, (row,), {"kept": kept, "context": context})


def _cut(row, count, *, kept, context, step=None, mode="reflect"):
    step = step or kept
    padded = np.pad(row, (context, len(row)), mode=mode)
    return np.array([padded[i * step : i * step + kept + 2 * context] for i in range(count)])


def _last_missing(row, *, kept, context):
    return _cut(row, len(row) // kept, kept=kept, context=context)


def _zero_border(row, *, kept, context):
    return _cut(row, -(-len(row) // kept), kept=kept, context=context, mode="constant")


def _border_repeated(row, *, kept, context):
    return _cut(row, -(-len(row) // kept), kept=kept, context=context, mode="symmetric")


def _side_by_side(row, *, kept, context):
    tile = kept + 2 * context
    return _cut(row, -(-len(row) // tile), kept=kept, context=context, step=tile)


def _context_on_one_side(row, *, kept, context):
    tiles = -(-len(row) // kept)
    padded = np.pad(row, (0, len(row) + 2 * context), mode="reflect")
    return np.array([padded[i * kept : (i + 1) * kept + 2 * context] for i in range(tiles)])


def _last_moved_back(row, *, kept, context):
    mirrored = np.pad(row, context, mode="reflect")
    starts = [min(i * kept, len(row) - kept) for i in range(-(-len(row) // kept))]
    return np.array([mirrored[start : start + kept + 2 * context] for start in starts])


EXERCISE = Exercise(
    id="8.4",
    title="Overlapping tiles",
    level=3,
    prompt="""\
A long signal is predicted tile by tile. Tile number $i$ is responsible for the samples from $i$ times `kept` on, `kept`
of them, and reads `context` samples more on each side. Beyond both ends of the signal it reads the mirror picture, in
which the sample at the end itself is not repeated: before 1, 2, 3 come 3, 2. The last tile may reach past the end; it
reads the mirror picture there, too.

Write `cut_tiles`: from `row` of shape `(N,)`, return what the tiles read, an array with one row of `kept` + 2·`context`
samples for each tile, as many tiles as it takes to answer for every sample.""",
    points={"no context": 1, "context": 2, "rest": 2},
    reference=cut_tiles,
    cases=cases,
    hints=(
        "How many tiles are there for 5 samples, when each answers for 2? The last one may have less to do.",
        "Extend the row first: `context` on the left, on the right enough to complete the last tile. Then cut.",
        '`np.pad(…, mode="reflect")` makes the mirror picture. Tile i of the longer row starts at i · kept.',
    ),
    misconceptions=(
        Misconception(
            "last tile missing",
            _last_missing,
            "Some samples at the end have no tile. Count the tiles for a length that kept does not divide.",
            loses={"rest"},
        ),
        Misconception(
            "zero border",
            _zero_border,
            "Beyond the ends you read zeros, which no camera took. Read the mirror picture.",
            loses={"context", "rest"},
        ),
        Misconception(
            "border sample repeated",
            _border_repeated,
            "Your mirror stands between samples, so the one at the end is read twice. Put the mirror on that sample.",
            loses={"context", "rest"},
        ),
        Misconception(
            "tiles side by side",
            _side_by_side,
            "Your tiles do not overlap, so nobody answers for what is context in two of them. How far apart do the "
            "kept parts start?",
            loses={"context", "rest"},
        ),
        Misconception(
            "context on one side",
            _context_on_one_side,
            "Your tiles start where their kept part starts. Look at what stands to the left of the first kept sample.",
            loses={"context", "rest"},
        ),
        Misconception(
            "last tile moved back",
            _last_moved_back,
            "Your last tile starts earlier, so that it fits. Then it leaves the grid of the others; let it reach past "
            "the end instead.",
            loses={"rest"},
        ),
    ),
)
