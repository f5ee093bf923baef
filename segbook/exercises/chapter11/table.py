"""11.3: a table of the objects of an image."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="11.3",
    title="A table of objects",
    level=1,
    points={"one object": 1, "several": 2, "ids with gaps": 1},
    prompt="""\
A biologist wants numbers, not pictures: where is every object, how large and how bright? The place of an object is the
mean row and the mean column of its pixels.

Write `object_table`: from `instances` of shape `(H, W)`, ids with 0 for background, and the `image` of the same shape,
return one row for each id that occurs, in ascending order: its id, its number of pixels, its mean row, its mean column,
and the mean grey value of its pixels. Ids need not be 1, 2, 3. There is at least one object.""",
    hints=(
        "np.unique(instances) lists the ids that occur. Which of them is not an object?",
        "rows, columns = np.nonzero(instances == number) are an object's pixels; image[rows, columns] are their grey "
        "values.",
    ),
)


@exercise.reference
def object_table(instances: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Write id, pixels, row, column and grey value of every object.

    >>> object_table(np.array([[0, 7, 7]]), np.array([[1.0, 2.0, 4.0]]))
    array([[7. , 2. , 0. , 1.5, 3. ]])
    """
    table = []
    for number in np.unique(instances[instances > 0]):
        rows, columns = np.nonzero(instances == number)
        table.append([number, len(rows), rows.mean(), columns.mean(), image[rows, columns].mean()])
    return np.array(table, dtype=float)


@exercise.cases
def cases(rng):
    """Draw one object, several, and ids with gaps; objects are lopsided, so that their middle is not that of a box."""
    yield "one object", (np.array([[0, 1, 1], [0, 0, 1]]), np.array([[1.0, 2.0, 4.0], [0.0, 1.0, 3.0]]))
    yield "several", (np.array([[1, 2, 2, 2]]), np.array([[1.0, 2.0, 3.0, 7.0]]))  # no background at all
    yield "ids with gaps", (np.array([[0, 7, 7], [3, 0, 7]]), np.array([[1.0, 2.0, 4.0], [8.0, 1.0, 3.0]]))
    for _ in range(3):
        yield "one object", _scene(rng, [1])
        yield "several", _scene(rng, [1, 2, 3])
        yield "ids with gaps", _scene(rng, sorted((rng.permutation(9)[:3] + 2).tolist()))
        yield "ids with gaps", _scene(rng, [3, 300])


def _scene(rng, numbers):
    """Set an L of 6 pixels for every id into its own columns of a map of 6 rows."""
    instances = np.zeros((6, 5 * len(numbers)), int)
    for place, number in enumerate(rng.permutation(numbers)):
        top, left = whole(rng, 0, 2), 5 * place + whole(rng, 0, 2)
        instances[top : top + 4, left] = number
        instances[top + 3, left : left + 3] = number
    return instances, rng.integers(1, 40, instances.shape) / 4


def _rows(instances, image, numbers=None, *, place=None, grey=np.mean):
    """Follow the prompt but for the step that is given in another way."""
    table = []
    for number in np.unique(instances[instances > 0]) if numbers is None else numbers:
        rows, columns = np.nonzero(instances == number)
        y, x = place(rows, columns) if place else (rows.mean(), columns.mean())
        table.append([number, len(rows), y, x, grey(image[rows, columns])])
    return np.array(table, dtype=float)


@exercise.misconception("background listed", loses={"one object", "several", "ids with gaps"})
def _(instances, image):
    """Your table has a row for the background. The id 0 is not an object."""
    return _rows(instances, image, np.unique(instances))


@exercise.misconception("column before row", loses={"one object", "several", "ids with gaps"})
def _(instances, image):
    """You give the mean column before the mean row. The mean row comes first."""
    return _rows(instances, image, place=lambda rows, columns: (columns.mean(), rows.mean()))


@exercise.misconception("middle of the box", loses={"one object", "several", "ids with gaps"})
def _(instances, image):
    """You take the middle of the object's box. Its place is the mean over its pixels."""
    middle = lambda values: (values.min() + values.max()) / 2  # noqa: E731
    return _rows(instances, image, place=lambda rows, columns: (middle(rows), middle(columns)))


@exercise.misconception("sum of grey values", loses={"one object", "several", "ids with gaps"})
def _(instances, image):
    """You add up the grey values, so a large object seems brighter. Take the mean."""
    return _rows(instances, image, grey=np.sum)


@exercise.misconception("ids 1, 2, 3", loses={"ids with gaps"})
def _(instances, image):
    """You number the objects 1, 2, 3. Give the ids that the map holds."""
    table = object_table(instances, image)
    table[:, 0] = np.arange(1, len(table) + 1)
    return table


@exercise.misconception("brightest first", loses={"several", "ids with gaps"})
def _(instances, image):
    """Your rows are sorted by brightness. Sort them by id."""
    table = object_table(instances, image)
    return table[np.argsort(-table[:, 4], kind="stable")]


@exercise.misconception("greys of the whole image", loses={"one object", "several", "ids with gaps"})
def _(instances, image):
    """You give the mean grey value of the image in every row. Take it over the object's pixels."""
    table = object_table(instances, image)
    table[:, 4] = image.mean()
    return table


@exercise.misconception("smallest number taken as background", loses={"several"})
def _(instances, image):
    """You leave out the smallest number of the map. That is the background only where there is one: leave out id 0."""
    return _rows(instances, image, np.unique(instances)[1:])


@exercise.misconception("every number up to the largest id", loses={"ids with gaps"})
def _(instances, image):
    """You write a row for every number up to the largest id. A number that no pixel carries is no object: take the ids
    that occur, with np.unique.
    """
    table = np.full((instances.max(), 5), np.nan)
    table[:, 0], table[:, 1] = np.arange(1, len(table) + 1), 0
    known = object_table(instances, image)
    table[known[:, 0].astype(int) - 1] = known
    return table
