"""9.6: the average precision as its threshold moves."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="9.6",
    title="AP over the IoU of a hit",
    level=2,
    points={"one pair": 1, "curve": 2, "at the threshold": 1, "misses": 1},
    prompt="""\
How many cells are found depends on how much overlap you demand. At threshold $t$ a predicted object **hits** a
true cell if their IoU is larger than $t$: the number of pixels that both cover, divided by the number of pixels that at
least one covers.
No threshold is below 0.5, so no object hits two cells. An object that hits nothing is a false alarm; a cell that
nothing hits is a miss. The average precision is the number of hits divided by the sum of hits, false alarms and
misses. (In object detection the same name means another score, the area under a curve of precision against recall.)

Write `precision_curve`: from `preds` and `labels`, ids of shape `(H, W)` with 0 for background in both, and the array
`thresholds`, return the average precision at each threshold. Ids need not be 1, 2, 3, and those of the two maps have
nothing to do with each other. There is at least one true cell; objects may be missing altogether.""",
    hints=(
        "Make a table first: the IoU of every object with every cell. The thresholds come after that.",
        "At t the hits are the entries above t. How many false alarms and misses are there, if you know the hits?",
        "hits + false alarms + misses = objects + cells − hits: each hit takes one of both.",
    ),
)


@exercise.reference
def precision_curve(
    preds: np.ndarray,
    labels: np.ndarray,
    *,
    thresholds: np.ndarray,
) -> np.ndarray:
    """Divide hits by hits, false alarms and misses, at every threshold.

    >>> preds, labels = np.array([[1, 1, 0, 2]]), np.array([[5, 5, 5, 0]])
    >>> precision_curve(preds, labels, thresholds=np.array([0.5, 0.8]))  # an IoU of 2/3
    array([0.5, 0. ])
    """
    objects, cells = np.unique(preds[preds > 0]), np.unique(labels[labels > 0])
    overlaps = []
    for number in objects:
        for cell in cells:
            both = (preds == number) & (labels == cell)
            either = (preds == number) | (labels == cell)
            overlaps.append(both.sum() / either.sum())
    hits = np.array([sum(overlap > threshold for overlap in overlaps) for threshold in thresholds])
    return hits / (len(objects) + len(cells) - hits)


@exercise.cases
def cases(rng):
    """Draw single pairs, rows of cells, IoUs that equal a threshold, and maps in which one side lacks a partner."""
    some = {"thresholds": np.array([0.5, 0.6, 0.7])}
    yield "one pair", (np.array([[1, 1, 0]]), np.array([[5, 5, 5]])), some  # 2/3, and no background in the truth
    yield "one pair", (np.array([[7, 7, 7, 7]]), np.array([[0, 7, 7, 7]])), some  # 3/4, and none in the prediction
    yield "at the threshold", (np.array([[3, 0]]), np.array([[3, 3]])), some
    yield (
        "at the threshold",
        (np.array([[4, 4, 4, 0]]), np.array([[9, 9, 9, 9]])),
        {"thresholds": np.array([0.75, 0.5])},
    )
    yield "misses", (np.array([[0, 0, 0]]), np.array([[5, 5, 0]])), some
    yield "misses", (np.array([[0, 2, 2]]), np.array([[5, 2, 2]])), some
    yield "curve", (np.array([[300, 300, 44, 44, 0]]), np.array([[256, 256, 0, 7, 7]])), some
    yield "curve", (np.array([[3, 3, 3, 3, 3, 3, 0]]), np.array([[1, 1, 2, 2, 2, 2, 0]])), some  # over two cells
    for _ in range(3):
        steps = {"thresholds": np.arange(whole(rng, 50, 54), 100, whole(rng, 6, 9)) / 100 + 0.001}
        yield "one pair", _row(rng, [(0, whole(rng, 1, 2))]), steps
        yield "one pair", _row(rng, [(whole(rng, 1, 3), 0)]), steps
        yield "curve", _row(rng, [(0, 0), (1, 0), (whole(rng, 2, 3), 0), (5, 0)]), steps
        yield "curve", _row(rng, [(0, 1), (2, 2), (0, 0), (3, 1), (1, 0)]), steps  # two lie beside their cells
        for lacking in (2, 3, 4):  # a shape never tells the answer
            exact = {"thresholds": np.array([0.5, 0.625, 0.75])}
            yield "at the threshold", _row(rng, [(0, 0), (2, 0), (4, 0), (lacking, 0)]), exact
        yield "misses", _row(rng, [(0, 0), (8, 0), (1, 0), (8, 0)]), steps
        yield "misses", _row(rng, [(0, 1), (1, 0)], alarms=whole(rng, 1, 2)), steps


def _row(rng, pairs, *, alarms=0):
    """Set cells of eight pixels side by side; an object lacks `late` of them and reaches `beyond` pixels further."""
    names, found = rng.permutation(np.arange(1, 20))[: len(pairs)], rng.permutation(np.arange(1, 20))
    preds, labels = np.zeros((2, 10 * (len(pairs) + alarms)), int), np.zeros((2, 10 * (len(pairs) + alarms)), int)
    for i, (late, beyond) in enumerate(pairs):
        labels[:, 10 * i : 10 * i + 8] = names[i]
        preds[:, 10 * i + late : 10 * i + 8 + beyond] = found[i]
    for i in range(len(pairs), len(pairs) + alarms):
        preds[:, 10 * i : 10 * i + 5] = found[i]
    return preds, labels


def _curve(preds, labels, thresholds, *, overlap=None, hits=np.greater, score=None):
    """Follow the prompt but for the step that is given in another way."""
    overlap = overlap or (lambda both, one, other: both / (one + other - both))
    score = score or (lambda hit, objects, cells: hit / (objects + cells - hit))
    objects, cells = np.unique(preds[preds > 0]), np.unique(labels[labels > 0])
    table = np.zeros((len(objects), len(cells)))
    for at in np.ndindex(table.shape):
        one, other = preds == objects[at[0]], labels == cells[at[1]]
        table[at] = overlap((one & other).sum(), one.sum(), other.sum())
    return np.array([score(hits(table, threshold).sum(), len(objects), len(cells)) for threshold in thresholds])


@exercise.misconception("at least the threshold", loses={"at the threshold"})
def _(preds, labels, *, thresholds):
    """You let an IoU of exactly the threshold count. It must be larger."""
    return _curve(preds, labels, thresholds, hits=np.greater_equal)


@exercise.misconception("Dice", loses={"one pair", "curve", "at the threshold", "misses"})
def _(preds, labels, *, thresholds):
    """You divide twice the overlap by the sum of the two areas: that is Dice. The IoU divides by the union."""
    return _curve(preds, labels, thresholds, overlap=lambda both, one, other: 2 * both / (one + other))


@exercise.misconception("share of the cell", loses={"one pair", "curve", "misses"})
def _(preds, labels, *, thresholds):
    """You divide the overlap by the cell alone, so an object may reach as far beyond it as it likes. Divide by the
    union.
    """
    return _curve(preds, labels, thresholds, overlap=lambda both, one, other: both / other)


@exercise.misconception("share of the object", loses={"one pair", "curve", "at the threshold", "misses"})
def _(preds, labels, *, thresholds):
    """You divide the overlap by the object alone, so a single pixel inside a cell would find it. Divide by the
    union.
    """
    return _curve(preds, labels, thresholds, overlap=lambda both, one, other: both / one)


@exercise.misconception("misses forgotten", loses={"curve", "at the threshold", "misses"})
def _(preds, labels, *, thresholds):
    """You divide by the objects: hits and false alarms. Cells that nothing hits count, too."""
    return _curve(preds, labels, thresholds, score=lambda hit, objects, cells: hit / max(objects, 1))


@exercise.misconception("false alarms forgotten", loses={"curve", "at the threshold", "misses"})
def _(preds, labels, *, thresholds):
    """You divide by the cells: hits and misses. Objects that hit nothing count, too."""
    return _curve(preds, labels, thresholds, score=lambda hit, objects, cells: hit / cells)


@exercise.misconception("hits counted twice", loses={"one pair", "curve", "at the threshold", "misses"})
def _(preds, labels, *, thresholds):
    """You divide by objects and cells together, and a hit is one of both. Subtract the hits."""
    return _curve(preds, labels, thresholds, score=lambda hit, objects, cells: hit / (objects + cells))


@exercise.misconception("F-score", loses={"curve", "at the threshold", "misses"})
def _(preds, labels, *, thresholds):
    """You divide twice the hits by objects and cells together: that is the F-score. Divide the hits by hits, false
    alarms and misses.
    """
    return _curve(preds, labels, thresholds, score=lambda hit, objects, cells: 2 * hit / (objects + cells))


@exercise.misconception("every overlap hits", loses={"one pair", "curve", "at the threshold", "misses"})
def _(preds, labels, *, thresholds):
    """You let every overlap count, so your curve is flat. An IoU must be larger than the threshold."""
    return _curve(preds, labels, np.zeros_like(thresholds))


@exercise.misconception("one threshold for all", loses={"one pair", "curve", "at the threshold", "misses"})
def _(preds, labels, *, thresholds):
    """You use the first threshold everywhere, so your curve is flat. Ask at each of them."""
    return precision_curve(preds, labels, thresholds=np.full_like(thresholds, thresholds[0]))


@exercise.misconception("the mean of the curve", loses={"one pair", "curve", "at the threshold", "misses"})
def _(preds, labels, *, thresholds):
    """You return the mean over the thresholds. Return one number for each of them."""
    return precision_curve(preds, labels, thresholds=thresholds).mean()


@exercise.misconception("ids compared", loses={"one pair", "curve", "at the threshold", "misses"})
def _(preds, labels, *, thresholds):
    """You compare each object with the cell of the same id. The numbers of the two maps have nothing to do with each
    other: compare it with every cell.
    """
    ids = np.unique([*preds[preds > 0], *labels[labels > 0]])
    overlaps = [((preds == n) & (labels == n)).sum() / ((preds == n) | (labels == n)).sum() for n in ids]
    hits = np.array([sum(overlap > threshold for overlap in overlaps) for threshold in thresholds])
    count = len(np.unique(preds[preds > 0])) + len(np.unique(labels[labels > 0]))
    return hits / (count - hits)


@exercise.misconception("ids in eight bits", loses={"curve"})
def _(preds, labels, *, thresholds):
    """You squeeze the ids into eight bits, where 256 becomes 0 and 300 becomes 44. Keep the dtype of the maps."""
    return precision_curve(preds.astype(np.uint8), labels.astype(np.uint8), thresholds=thresholds)


@exercise.misconception("smallest id of the truth dropped", loses={"one pair", "at the threshold", "misses"})
def _(preds, labels, *, thresholds):
    """You leave out the smallest number of the truth. That is the background only where there is one: leave out 0."""
    return precision_curve(preds, np.where(labels == labels.min(), 0, labels), thresholds=thresholds)
