"""9.1: distances to the nearest cell and to the second nearest."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="9.1",
    title="Two distances",
    level=2,
    points={"single pixels": 1, "blocks": 1, "touching": 1, "two pieces": 1},
    prompt="""\
The weight map needs two numbers at every pixel: $d_1$, the Euclidean distance to the nearest cell, and $d_2$, the
distance to the second nearest cell. (On a cell, the nearest cell is that one itself.) The distance to a cell is that to
the nearest of its pixels, measured between pixel centres; on the cell itself it is 0. All pixels with one id are one
cell, even if they lie in several pieces or touch another cell.

Write `two_nearest`: from `instances` of shape `(H, W)`, ids with 0 for background and at least two cells, return
$d_1$ and $d_2$ as one array of shape `(2, H, W)`.""",
    hints=(
        "Make one map of distances for each cell first. How would you get the two smallest at every pixel from those?",
        "For one id: all pixels' offsets to that id's pixels, squared and added, the smallest, its root.",
        "Stack the maps of all ids, sort along the first axis, and keep the first two.",
    ),
)


@exercise.reference
def two_nearest(instances: np.ndarray) -> np.ndarray:
    """Measure d_1 and d_2 at every pixel, stacked as (2, H, W).

    >>> two_nearest(np.array([[1, 0, 0, 2]]))
    array([[[0., 1., 1., 0.]],
    <BLANKLINE>
           [[3., 2., 2., 3.]]])
    """
    rows, columns = np.indices(instances.shape)
    each = []
    for cell in np.unique(instances[instances > 0]):
        y, x = np.nonzero(instances == cell)
        squared = (rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2
        each.append(np.sqrt(squared.min(axis=-1)))
    return np.sort(each, axis=0)[:2]


@exercise.cases
def cases(rng):
    """Draw cells of one pixel, blocks that stay apart, blocks that touch, and a cell in two pieces."""
    bay = np.zeros((7, 15), np.int64)
    bay[1:6, 2:9] = 300
    bay[1:4, 4:7] = 0  # near its box, far from its pixels
    bay[2:5, 12:14] = 44  # the same id, modulo 256
    yield "blocks", (bay,)
    yield "touching", (np.array([[2, 2, 5, 5], [2, 7, 7, 5]]),)  # no background
    yield "single pixels", (np.array([[1, 0, 0, 2]]),)  # the example of the docstring
    yield "two pieces", (np.array([[1, 0, 2, 0, 1]]),)
    yield "blocks", (np.array([[4, 4, 0, 0, 7, 7]]),)
    yield "single pixels", (np.array([[1, 0, 0, 2, 0], [0, 0, 0, 0, 9]]),)  # id 1
    for _ in range(3):
        ids = _names(rng)
        points = np.zeros((5, 9), np.int64)
        for number, column in enumerate((0, 3, 7)):
            points[whole(rng, 0, 4), column] = ids[number]
        yield "single pixels", (points,)
        yield "blocks", (_blocks(rng, ids, (0, 5, 11)),)
        yield "touching", (_blocks(rng, ids, (0, 3, 11)),)
        yield "two pieces", (_blocks(rng, [ids[0], ids[0], ids[1]], (0, 5, 12)),)


def _names(rng: np.random.Generator) -> list[int]:
    return rng.permutation(np.arange(1, 10))[:3].tolist()


def _blocks(rng: np.random.Generator, ids: list[int], columns: tuple[int, ...]) -> np.ndarray:
    """Lay blocks three pixels wide into 7 × 15 pixels; all of them cross the middle row."""
    instances = np.zeros((7, 15), np.int64)
    for cell, column in zip(ids, columns, strict=True):
        top, bottom = whole(rng, 0, 2), whole(rng, 4, 6)
        instances[top : bottom + 1, column : column + 3] = cell
    return instances


@exercise.misconception("d_2 from the same cell", loses={"blocks", "touching", "two pieces"})
def _(instances):
    """Your d_2 leads to the second nearest pixel, which mostly belongs to the same cell. Take the smallest distance for
    each id first; then compare ids.
    """
    rows, columns = np.indices(instances.shape)
    y, x = np.nonzero(instances)
    squared = (rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2
    return np.moveaxis(np.sqrt(np.sort(squared, axis=-1)[..., :2]), -1, 0)


@exercise.misconception("centroids", loses={"blocks", "touching", "two pieces"})
def _(instances):
    """You measure to the centres of the cells. A large cell is near when its border is: take the nearest of its
    pixels.
    """
    rows, columns = np.indices(instances.shape)
    each = []
    for cell in np.unique(instances[instances > 0]):
        y, x = np.nonzero(instances == cell)
        each.append(np.hypot(rows - y.mean(), columns - x.mean()))
    return np.sort(each, axis=0)[:2]


@exercise.misconception("components for ids", loses={"touching", "two pieces"})
def _(instances):
    """You number connected pieces of the mask again. Cells that touch become one piece, and one cell may have two: the
    ids that you were given know better.
    """
    pieces = np.where(instances > 0, np.arange(1, instances.size + 1).reshape(instances.shape), 0)
    for _ in range(instances.size):
        wide = np.pad(pieces, 1)
        around = np.max([wide[1:-1, 1:-1], wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:]], axis=0)
        pieces = np.where(instances > 0, around, 0)
    return two_nearest(pieces)


@exercise.misconception("squared distances", loses={"single pixels", "blocks", "touching", "two pieces"})
def _(instances):
    """These are squared distances. Take their square root."""
    return two_nearest(instances) ** 2


@exercise.misconception("chessboard distance", loses={"single pixels", "blocks", "touching", "two pieces"})
def _(instances):
    """Along a diagonal your distances are too short: you take the larger of the two offsets. Euclid squares both and
    adds them.
    """
    rows, columns = np.indices(instances.shape)
    each = []
    for cell in np.unique(instances[instances > 0]):
        y, x = np.nonzero(instances == cell)
        each.append(np.maximum(abs(rows[..., None] - y), abs(columns[..., None] - x)).min(axis=-1))
    return np.sort(each, axis=0)[:2].astype(float)


def _cells(instances):
    return np.unique(instances[instances > 0])


@exercise.misconception("city-block distance", loses={"single pixels", "blocks", "touching", "two pieces"})
def _(instances):
    """You add rows and columns. Euclid's distance is a straight line: the root of the sum of their squares."""
    rows, columns = np.indices(instances.shape)
    each = []
    for cell in _cells(instances):
        y, x = np.nonzero(instances == cell)
        each.append((abs(rows[..., None] - y) + abs(columns[..., None] - x)).min(axis=-1))
    return np.sort(each, axis=0)[:2].astype(float)


@exercise.misconception("first two ids", loses={"single pixels", "blocks", "touching"})
def _(instances):
    """You measure to the first two ids everywhere. At each pixel other cells may be nearest: measure to all."""
    return two_nearest(np.where(np.isin(instances, _cells(instances)[:2]), instances, 0))


@exercise.misconception("boxes for cells", loses={"blocks", "touching", "two pieces"})
def _(instances):
    """You measure to the box around a cell. A cell need not fill its box: measure to its pixels."""
    rows, columns = np.indices(instances.shape)
    each = []
    for cell in _cells(instances):
        y, x = np.nonzero(instances == cell)
        beside = np.maximum(np.maximum(x.min() - columns, columns - x.max()), 0)
        above = np.maximum(np.maximum(y.min() - rows, rows - y.max()), 0)
        each.append(np.hypot(above, beside))
    return np.sort(each, axis=0)[:2]


@exercise.misconception("half a pixel less", loses={"single pixels", "blocks", "touching", "two pieces"})
def _(instances):
    """You measure to the edge between two pixels. Measure from centre to centre: neighbours are 1 apart."""
    return np.maximum(two_nearest(instances) - 0.5, 0)


def _each(instances, ids):
    """Map the distances to each of these ids."""
    rows, columns = np.indices(instances.shape)
    squared = [
        ((rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2).min(axis=-1)
        for y, x in (np.nonzero(instances == number) for number in ids)
    ]
    return np.sqrt(squared)


@exercise.misconception("not sorted", loses={"single pixels", "blocks", "touching", "two pieces"})
def _(instances):
    """You give the distances to the first two ids, in the order of their ids. At every pixel d_1 is the smallest of the
    distances to all cells, and d_2 the second smallest: sort them first.
    """
    return _each(instances, _cells(instances))[:2]


@exercise.misconception("sorted along a row", loses={"single pixels", "blocks", "touching", "two pieces"})
def _(instances):
    """You sort along the rows of the image, as np.sort does without an axis. Compare the cells at a pixel: axis=0."""
    return np.sort(_each(instances, _cells(instances)))[:2]


@exercise.misconception("background taken for a cell", loses={"single pixels", "blocks", "touching", "two pieces"})
def _(instances):
    """You measure to the background, too, as if it were a cell. The id 0 is no cell: leave it out."""
    return np.sort(_each(instances, np.unique(instances)), axis=0)[:2]


@exercise.misconception("smallest number taken as background", loses={"touching"})
def _(instances):
    """You leave out the smallest number of the map. That is the background only where there is one: leave out id 0."""
    return two_nearest(np.where(instances == instances.min(), 0, instances))


@exercise.misconception("ids in eight bits", loses={"blocks"})
def _(instances):
    """You squeeze the ids into eight bits, where 300 becomes 44 and two cells become one. Keep the dtype of the map."""
    return two_nearest(instances.astype(np.uint8))


@exercise.misconception("pieces for cells", loses={"two pieces"})
def _(instances):
    """You take every connected piece for a cell of its own. All pixels with one id are one cell, also where they lie in
    several pieces: go by the ids.
    """
    pieces = np.arange(1, instances.size + 1).reshape(instances.shape)
    for _ in range(instances.size):
        for axis in (0, 1):
            for step in (1, -1):
                beside = np.roll(np.stack([pieces, instances]), step, axis + 1)
                edge = np.zeros(instances.shape, bool)
                edge[(slice(None),) * axis + (0 if step == 1 else -1,)] = True  # np.roll comes round
                same = (beside[1] == instances) & ~edge
                pieces = np.where(same, np.maximum(pieces, beside[0]), pieces)
    return two_nearest(np.where(instances > 0, pieces, 0))


@exercise.misconception(
    "every number up to the largest id", loses={"single pixels", "blocks", "touching", "two pieces"}
)
def _(instances):
    """You measure to every number up to the largest id. A number that no pixel carries is no cell: take the ids that
    occur, with np.unique.
    """
    rows, columns = np.indices(instances.shape)
    each = []
    for cell in range(1, instances.max() + 1):
        y, x = np.nonzero(instances == cell)
        squared = (rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2
        each.append(np.sqrt(squared.min(axis=-1)))
    return np.sort(each, axis=0)[:2]
