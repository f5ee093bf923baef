"""9.5: true cells that share their predicted object with another one."""

import numpy as np

from segbook.exercises.declaration import Exercise

exercise = Exercise(
    id="9.5",
    title="Merged cells",
    level=3,
    points={"two cells": 1, "clumps": 1, "a touch": 2},
    prompt="""\
A predicted object *holds* a true cell if it covers more than half of the cell's pixels. An object that holds two or
more cells has merged them, and each of those cells counts: three cells in one object are three merged cells.
The ids of prediction and truth have nothing to do with each other, and 0 is background in both.

Write `merged_cells`: from `preds` and `labels`, ids of shape `(H, W)`, return the number of merged cells, an int.""",
    hints=(
        "Take one true cell. Which predicted ids lie on its pixels, and how many pixels has each?",
        "Write down, for every true cell, the id of the object that holds it, if any. Which ids stand there twice?",
        "np.unique(..., return_counts=True) on that list tells how many cells each object holds; add up those above 1.",
    ),
)


@exercise.reference
def merged_cells(preds: np.ndarray, labels: np.ndarray) -> int:
    """Count the true cells that share their predicted object with another true cell.

    >>> merged_cells(np.array([[7, 7, 7, 7, 0, 9]]), np.array([[1, 1, 2, 2, 0, 3]]))
    2
    """
    holders = []
    for cell in np.unique(labels[labels > 0]):
        seen = preds[labels == cell]
        ids, counts = np.unique(seen[seen > 0], return_counts=True)
        holders.extend(ids[counts > seen.size / 2].tolist())
    _, shared = np.unique(holders, return_counts=True)
    return int(shared[shared > 1].sum())


WIDTH = 4  # of a cell, in pixels: two rows of four


@exercise.cases
def cases(rng):
    """Draw two cells in one object, larger clumps, and objects that only reach into a neighbour."""
    yield "two cells", (np.array([[2, 2, 2, 2, 0]]), np.array([[1, 1, 2, 2, 0]]))  # an id that both maps use
    yield "two cells", (np.array([[9, 9, 9, 9]]), np.array([[3, 3, 4, 4]]))  # no background
    yield "two cells", (np.array([[256, 256, 256, 256]]), np.array([[300, 300, 44, 44]]))  # 0, and one id, modulo 256
    flood = np.ones((1, 7), np.int64)  # id 1, over the background as well
    yield "two cells", (flood, np.array([[1, 1, 0, 0, 0, 2, 2]]))
    # An object holds the second cell, and of the first one a quarter, or half beside two others.
    yield "a touch", (np.array([[5, 0, 0, 0, 5, 5, 5, 5]]), np.array([[1, 1, 1, 1, 2, 2, 2, 2]]))
    yield "a touch", (np.array([[5, 5, 6, 7, 5, 5, 5, 5]]), np.array([[1, 1, 1, 1, 2, 2, 2, 2]]))
    yield "clumps", (np.array([[8, 8, 8, 8, 8, 8, 0]]), np.array([[1, 1, 2, 2, 3, 3, 0]]))
    for _ in range(3):
        yield "two cells", _row(rng, [0, 0, 1])
        yield "two cells", _row(rng, [0, 1, 2])
        yield "clumps", _row(rng, [0, 0, 0, 0, 1, 2, 2])
        yield "clumps", _row(rng, [0, 1, 1, 1, 1, 2])
        yield "clumps", _row(rng, [0, 1, 2, 3, 4, 5, 5])
        yield "clumps", _row(rng, [0, 0, 0, 1, 2, 2])
        for reach in (1, 2):  # a quarter of the neighbour, and exactly half
            yield "a touch", _row(rng, [0, 1, 2], reach=reach)
        yield "a touch", _row(rng, [0, 0, 1], reach=1)
        labels = np.repeat([[1, 2, 0]], 2, axis=0)
        yield "a touch", (np.zeros_like(labels), labels)  # nothing predicted: nothing merged


def _row(rng, objects, *, reach=0):
    """Set cells side by side; cell i lies in object objects[i], and each object reaches into the cell before it."""
    cells = len(objects)
    names, found = rng.permutation(np.arange(1, 20))[:cells], rng.permutation(np.arange(20, 40))[:cells]
    labels = np.repeat(names, WIDTH)
    preds = np.repeat(found[objects], WIDTH)
    for i in range(1, cells):
        preds[i * WIDTH - reach : i * WIDTH] = found[objects[i]]
    return np.tile(np.append(preds, 0), (2, 1)), np.tile(np.append(labels, 0), (2, 1))


@exercise.misconception("a touch is enough", loses={"a touch"})
def _(preds, labels):
    """You count a cell as merged as soon as its object touches another cell. An object holds a cell only if it covers
    more than half of it.
    """
    merged = 0
    for cell in np.unique(labels[labels > 0]):
        ids = np.unique(preds[(labels == cell) & (preds > 0)])
        others = labels[np.isin(preds, ids) & (labels > 0) & (labels != cell)]
        merged += int(others.size > 0)
    return merged


def _sizes(preds, labels, share):
    """How many cells each object holds, when it must cover more than this share of them."""
    held = []
    for cell in np.unique(labels[labels > 0]):
        seen = preds[labels == cell]
        ids, counts = np.unique(seen[seen > 0], return_counts=True)
        held.extend(ids[counts > share * seen.size].tolist())
    return np.unique(held, return_counts=True)[1]


@exercise.misconception("pairs", loses={"two cells", "clumps", "a touch"})
def _(preds, labels):
    """You count pairs of cells. Two cells in one object are one pair and two merged cells; four are six pairs and four
    cells.
    """
    sizes = _sizes(preds, labels, 0.5)
    return int((sizes * (sizes - 1) // 2).sum())


@exercise.misconception("objects", loses={"two cells", "clumps", "a touch"})
def _(preds, labels):
    """You count the objects that merge something. Count the cells in them."""
    return int((_sizes(preds, labels, 0.5) > 1).sum())


@exercise.misconception("all but one", loses={"two cells", "clumps", "a touch"})
def _(preds, labels):
    """You leave out one cell of each clump. None of them has an object to itself, so all of them count."""
    sizes = _sizes(preds, labels, 0.5)
    return int((sizes[sizes > 1] - 1).sum())


@exercise.misconception("ids compared", loses={"two cells", "clumps", "a touch"})
def _(preds, labels):
    """You compare predicted ids with true ids. Their numbers are unrelated; what matters is whether two cells have the
    same object.
    """
    merged = 0
    for cell in np.unique(labels[labels > 0]):
        values, counts = np.unique(preds[labels == cell], return_counts=True)
        merged += int(values[counts.argmax()] != cell)
    return merged


def _merged(preds, labels, holder):
    """Count the cells that share what `holder` says to hold them: of the ids on a cell, their counts, and its size."""
    held = []
    for cell in np.unique(labels[labels > 0]):
        seen = preds[labels == cell]
        ids, counts = np.unique(seen, return_counts=True)
        held.append(holder(ids, counts, seen.size))
    _, shared = np.unique([name for name in held if name is not None], return_counts=True)
    return int(shared[shared > 1].sum())


def _first(ids):
    return int(ids[0]) if len(ids) else None


@exercise.misconception("half is enough", loses={"a touch"})
def _(preds, labels):
    """You let an object hold a cell of which it covers just half. It must be more than half."""
    return _merged(preds, labels, lambda ids, counts, size: _first(ids[(ids > 0) & (2 * counts >= size)]))


@exercise.misconception("the commonest object", loses={"a touch"})
def _(preds, labels):
    """You let the object that covers most of a cell hold it. It must cover more than half of it; else nobody does."""
    return _merged(preds, labels, lambda ids, counts, size: _first(ids[ids > 0][np.argsort(-counts[ids > 0])]))


@exercise.misconception("half of what is covered", loses={"a touch"})
def _(preds, labels):
    """You compare with the pixels of the cell that are predicted at all. Compare with all of its pixels."""
    return _merged(
        preds, labels, lambda ids, counts, size: _first(ids[(ids > 0) & (2 * counts > counts[ids > 0].sum())])
    )


@exercise.misconception("the commonest number", loses={"a touch"})
def _(preds, labels):
    """You let the commonest number on a cell hold it, background or not. Only an object holds cells, and it must cover
    more than half.
    """
    return _merged(preds, labels, lambda ids, counts, size: int(ids[counts.argmax()]))


@exercise.misconception("background holds cells", loses={"a touch"})
def _(preds, labels):
    """You let the background hold cells. Two cells that nobody predicted are missed, and not merged."""
    return _merged(preds, labels, lambda ids, counts, size: _first(ids[2 * counts > size]))


@exercise.misconception("any object that touches", loses={"a touch"})
def _(preds, labels):
    """You take the first object that you meet on a cell for the one that holds it. It must cover more than half."""
    return _merged(preds, labels, lambda ids, counts, size: _first(ids[ids > 0]))


@exercise.misconception("smallest number taken as background", loses={"two cells"})
def _(preds, labels):
    """You leave out the smallest number of a map. That is the background only where there is one: leave out id 0."""
    return merged_cells(preds, np.where(labels == labels.min(), 0, labels))


@exercise.variant("smallest number taken as background")
def _(preds, labels):
    return merged_cells(np.where(preds == preds.min(), 0, preds), labels)


@exercise.misconception("ids in eight bits", loses={"two cells"})
def _(preds, labels):
    """You squeeze the ids into eight bits, where 256 becomes 0 and 300 becomes 44. Keep the dtype of the maps."""
    return merged_cells(preds.astype(np.uint8), labels.astype(np.uint8))


@exercise.misconception("the same id dropped", loses={"two cells"})
def _(preds, labels):
    """You leave out an object that has the id of the cell it lies on. The two numbers have nothing to do with each
    other.
    """
    return merged_cells(np.where(preds == labels, 0, preds), labels)


@exercise.variant("half is enough")
def _(preds, labels):
    held = []
    for cell in np.unique(labels[labels > 0]):
        seen = preds[labels == cell]
        ids, counts = np.unique(seen[seen > 0], return_counts=True)
        held.extend(ids[2 * counts >= seen.size].tolist())  # two objects may hold one cell
    _, shared = np.unique(held, return_counts=True)
    return int(shared[shared > 1].sum())
