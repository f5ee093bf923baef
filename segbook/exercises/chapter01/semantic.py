"""1.2: a semantic map from a map of ids and a table of classes."""

import numpy as np

from segbook.exercises.chapter01.scenes import scatter
from segbook.exercises.declaration import Exercise

exercise = Exercise(
    id="1.2",
    title="A semantic map from ids",
    level=1,
    points={"ids 1, 2, 3": 1, "ids with gaps": 2, "ids that are classes": 1},
    prompt="""\
An annotation tool exports a map of ids and a table that says which class each id has. Each row of the table is
`id, class`. The rows are in no particular order, and the ids are whatever numbers the tool gave out, so an id is not
the number of its row.

Write `semantic_labels`: from `instances` of shape `(height, width)`, 0 for background, and `table` of shape
`(objects, 2)`, return the class of every pixel. Background has class 0 and no row in the table.""",
    hints=(
        "Start with a map full of zeros. Then each row of the table still has to write the class of its pixels.",
        "For a row (id, class), instances == id is a mask of the object's pixels; assign the class to them.",
        "Loop over the rows and not over 0, 1, 2 …: an id is a name, not an index into the table.",
    ),
)


@exercise.reference
def semantic_labels(instances: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Give every pixel the class of its id; rows of the table are id, class.

    >>> semantic_labels(np.array([[0, 4, 4, 9]]), np.array([[9, 1], [4, 2]]))
    array([[0, 2, 2, 1]])
    """
    labels = np.zeros_like(instances)
    for number, label in table:
        labels[instances == number] = label
    return labels


@exercise.cases
def cases(rng):
    """Draw ids in order, ids with gaps, and ids that are also numbers of classes."""
    yield "ids 1, 2, 3", (np.array([[0, 1, 1], [3, 2, 2]]), np.array([[1, 5], [2, 4], [3, 4]]))
    yield "ids with gaps", (np.array([[0, 40, 40], [90, 70, 0]]), np.array([[40, 3], [70, 1], [90, 2]]))
    yield "ids that are classes", (np.array([[0, 2, 2], [3, 3, 1]]), np.array([[1, 2], [2, 3], [3, 1]]))
    yield "ids 1, 2, 3", (np.array([[1, 1, 2], [3, 2, 2]]), np.array([[1, 5], [2, 4], [3, 4]]))  # no background
    yield "ids with gaps", (np.array([[0, 900, 30]]), np.array([[900, 200], [30, 7]]))  # a class above 127
    large = np.array([[300, 300, 44], [44, 256, 700]])  # two of them the same, modulo 256
    yield "ids with gaps", (large, np.array([[700, 1], [44, 2], [300, 3], [256, 1]]))
    for _ in range(4):
        # No class is an id here: that is for the third group.
        ordered = [[1, rng.integers(4, 7)], [2, rng.integers(4, 7)], [3, rng.integers(4, 7)]]
        yield "ids 1, 2, 3", (scatter(rng, [1, 2, 3]), np.array(ordered))
        gaps = np.sort(rng.choice(np.arange(10, 60), size=4, replace=False)).tolist()
        rows = [[number, rng.integers(1, 5)] for number in gaps]
        yield "ids with gaps", (scatter(rng, gaps[::-1]), rng.permutation(rows))
        step = rng.choice([1, 2])  # each id is the class of another one: 1 → 2 → 3 → 4 → 1 or 1 → 3 → 1
        chain = [[number, (number - 1 + step) % 4 + 1] for number in (1, 2, 3, 4)]
        yield "ids that are classes", (scatter(rng, [1, 2, 3, 4]), np.array(chain))


@exercise.misconception("ids taken as classes", loses={"ids 1, 2, 3", "ids with gaps", "ids that are classes"})
def _(instances, table):
    """You return the ids. Two objects of one class have different ids; look up their class in the table."""
    return instances.copy()


@exercise.misconception("replaced in place", loses={"ids that are classes"})
def _(instances, table):
    """You replace ids in the map that you are searching. A class that you have just written can equal the id of a
    later row. Search the ids, and write into another array.
    """
    labels = instances.copy()
    for number, label in table:
        labels[labels == number] = label
    return labels


@exercise.misconception("row number taken as id", loses={"ids with gaps"})
def _(instances, table):
    """You take the first row of the table for id 1 and the second for id 2. The id is in the row itself."""
    classes = np.append(0, table[:, 1])
    return classes[np.minimum(instances, len(table))]


@exercise.misconception("table taken as sorted", loses={"ids with gaps"})
def _(instances, table):
    """You assume that the rows of the table are sorted by id. They may come in any order; read the id of each."""
    classes = np.append(0, table[:, 1])
    return classes[np.searchsorted(np.unique(np.append(instances, 0)), instances)]


@exercise.misconception("background lost", loses={"ids 1, 2, 3", "ids with gaps", "ids that are classes"})
def _(instances, table):
    """Your background has the class of an object. Id 0 has no row in the table; its class is 0."""
    labels = semantic_labels(instances, table)
    return np.where(instances == 0, table[0, 1], labels)


@exercise.misconception("ids in eight bits", loses={"ids with gaps"})
def _(instances, table):
    """You store the ids in eight bits, where 300 becomes 44. Keep the dtype of the map."""
    return semantic_labels(instances.astype(np.uint8), table.astype(np.uint8))


@exercise.misconception("smallest number taken as background", loses={"ids 1, 2, 3", "ids with gaps"})
def _(instances, table):
    """You take the smallest number of the map for the background. But a map may have no background: only id 0 is."""
    _, place = np.unique(instances, return_inverse=True)
    classes = np.append(0, table[np.argsort(table[:, 0]), 1])
    return classes[np.minimum(place, len(table))].reshape(instances.shape)
