"""1.2: a semantic map from a map of ids and a table of classes."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.chapter01.scenes import scatter
from segbook.exercises.declaration import Case, Exercise, Misconception


def semantic_labels(instances: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Give every pixel the class of its id; rows of the table are id, class.

    >>> semantic_labels(np.array([[0, 4, 4, 9]]), np.array([[9, 1], [4, 2]]))
    array([[0, 2, 2, 1]])
    """
    labels = np.zeros_like(instances)
    for number, label in table:
        labels[instances == number] = label
    return labels


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw ids in order, ids with gaps, and ids that are also numbers of classes."""
    yield _case("ids 1, 2, 3", [[0, 1, 1], [3, 2, 2]], [[1, 5], [2, 4], [3, 4]])
    yield _case("ids with gaps", [[0, 40, 40], [90, 70, 0]], [[40, 3], [70, 1], [90, 2]])
    yield _case("ids that are classes", [[0, 2, 2], [3, 3, 1]], [[1, 2], [2, 3], [3, 1]])
    for _ in range(4):
        # No class is an id here: that is for the third group.
        ordered = [[1, rng.integers(4, 7)], [2, rng.integers(4, 7)], [3, rng.integers(4, 7)]]
        yield _case("ids 1, 2, 3", scatter(rng, [1, 2, 3]), ordered)
        gaps = np.sort(rng.choice(np.arange(10, 60), size=4, replace=False)).tolist()
        rows = [[number, rng.integers(1, 5)] for number in gaps]
        yield _case("ids with gaps", scatter(rng, gaps[::-1]), rng.permutation(rows))
        step = rng.choice([1, 2])  # each id is the class of another one: 1 → 2 → 3 → 4 → 1 or 1 → 3 → 1
        chain = [[number, (number - 1 + step) % 4 + 1] for number in (1, 2, 3, 4)]
        yield _case("ids that are classes", scatter(rng, [1, 2, 3, 4]), chain)


def _case(group: str, instances, table) -> Case:
    return Case(group, (np.array(instances), np.array(table)))


def _ids_as_classes(instances, table):
    return instances.copy()


def _replaced_in_place(instances, table):
    labels = instances.copy()
    for number, label in table:
        labels[labels == number] = label
    return labels


def _row_number_as_id(instances, table):
    classes = np.append(0, table[:, 1])
    return classes[np.minimum(instances, len(table))]


def _rank_in_the_map(instances, table):
    classes = np.append(0, table[:, 1])
    return classes[np.searchsorted(np.unique(np.append(instances, 0)), instances)]


def _background_as_first_class(instances, table):
    labels = semantic_labels(instances, table)
    return np.where(instances == 0, table[0, 1], labels)


EXERCISE = Exercise(
    id="1.2",
    title="A semantic map from ids",
    level=1,
    prompt="""\
An annotation tool exports a map of ids and a table that says which class each id has. Its rows are `id, class`, in any
order, and the ids are whatever numbers the tool gave out.

Write `semantic_labels`: from `instances` of shape `(height, width)`, 0 for background, and `table` of shape
`(objects, 2)`, return the class of every pixel. Background has class 0 and no row in the table.""",
    points={"ids 1, 2, 3": 1, "ids with gaps": 2, "ids that are classes": 1},
    reference=semantic_labels,
    cases=cases,
    hints=(
        "Start from a map full of zeros. What is still missing are the pixels of each row of the table.",
        "For a row (id, class), instances == id is a mask; write the class through it.",
        "Go over the rows, never over 0, 1, 2 …: an id is a name, not an index into the table.",
    ),
    misconceptions=(
        Misconception(
            "ids taken as classes",
            _ids_as_classes,
            "You return the ids. Two objects of one class have different ids; look their class up in the table.",
            loses={"ids 1, 2, 3", "ids with gaps", "ids that are classes"},
        ),
        Misconception(
            "replaced in place",
            _replaced_in_place,
            "You replace ids in the map that you are searching. A class just written can be the id of the next row; "
            "search the ids, write into another array.",
            loses={"ids that are classes"},
        ),
        Misconception(
            "row number taken as id",
            _row_number_as_id,
            "You take the first row of the table for id 1, the second for id 2. The id stands in the row itself.",
            loses={"ids with gaps"},
        ),
        Misconception(
            "table taken as sorted",
            _rank_in_the_map,
            "You take the rows of the table in the order of the ids. They may come in any order; read the id of each.",
            loses={"ids with gaps"},
        ),
        Misconception(
            "background lost",
            _background_as_first_class,
            "Your background has the class of an object. Id 0 is in no row of the table and has class 0.",
            loses={"ids 1, 2, 3", "ids with gaps", "ids that are classes"},
        ),
    ),
)
