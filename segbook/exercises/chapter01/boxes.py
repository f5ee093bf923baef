"""1.1: boxes from a map of ids."""

import numpy as np

from segbook.exercises.chapter01.scenes import scatter
from segbook.exercises.declaration import Exercise

exercise = Exercise(
    id="1.1",
    title="Boxes from ids",
    level=1,
    points={"one object": 2, "several": 1, "ids with gaps": 1},
    prompt="""\
The boxes of detection can be computed from an instance map. Every object has exactly one smallest upright box, given by
its smallest and its largest column and row.

Write `bounding_boxes`: from a map of ids of shape `(height, width)`, 0 for background, return one row `x0, y0, x1, y1`
for each id that occurs, in ascending order of ids. The columns come first, and the far edges are exclusive: the width
of a box is `x1 - x0`. Ids need not be 1, 2, 3; every map holds at least one.""",
    hints=(
        "In which rows and columns does one id occur? Its box needs only the smallest and the largest of each.",
        "np.nonzero(instances == id) gives rows first and columns second; the box begins with the column.",
        "The far edges are exclusive: one more than the largest column and row. The ids in order are "
        "np.unique without 0.",
    ),
)


@exercise.reference
def bounding_boxes(instances: np.ndarray) -> np.ndarray:
    """Return the smallest box x0, y0, x1, y1 around every id, far edges exclusive.

    >>> bounding_boxes(np.array([[0, 7, 7], [0, 7, 0]]))
    array([[1, 0, 3, 2]])
    """
    boxes = []
    for number in np.unique(instances[instances > 0]):
        rows, columns = np.nonzero(instances == number)
        boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return np.array(boxes)


@exercise.cases
def cases(rng):
    """Draw one object, several, and several whose ids leave some out."""
    yield "one object", (np.array([[0, 0, 0, 0], [0, 1, 1, 1], [0, 0, 0, 0]]),)
    yield "several", (np.array([[1, 1, 0, 0, 3], [0, 2, 2, 0, 3]]),)
    yield "ids with gaps", (np.array([[0, 7, 7], [0, 7, 0]]),)  # the example of the docstring
    whole_map, corner = np.ones((3, 4), dtype=int), np.array([[0, 0, 1, 0], [1, 1, 1, 0], [0, 1, 0, 0]])
    yield "one object", (whole_map,)  # no background
    yield "one object", (corner,)  # a shape that is no box
    yield "several", (np.array([[2, 2, 1], [1, 1, 1]]),)
    yield "several", (np.array([[3, 0, 3, 1], [0, 2, 1, 1]]),)  # one in two pieces
    yield "ids with gaps", (np.array([[300, 300, 0, 0], [0, 44, 256, 256]]),)  # the same or 0, modulo 256
    for _ in range(4):
        yield "one object", (scatter(rng, [1]),)
        yield "several", (scatter(rng, rng.permutation([1, 2, 3]).tolist()),)
        gaps = rng.choice(np.arange(2, 12), size=3, replace=False)
        yield "ids with gaps", (scatter(rng, [2 * int(number) for number in gaps]),)


@exercise.misconception("far edges inclusive", loses={"one object", "several", "ids with gaps"})
def _(instances):
    """Your boxes end on their last pixel. Far edges are exclusive, one further, so that x1 − x0 is the width."""
    return bounding_boxes(instances) - [0, 0, 1, 1]


@exercise.misconception("x and y exchanged", loses={"one object", "several", "ids with gaps"})
def _(instances):
    """Your rows come first. x counts columns, the second axis of the array, and y counts rows."""
    return bounding_boxes(instances)[:, [1, 0, 3, 2]]


@exercise.misconception("width and height", loses={"one object", "several", "ids with gaps"})
def _(instances):
    """The last two numbers of your rows are a width and a height. Return the far edges themselves."""
    boxes = bounding_boxes(instances)
    boxes[:, 2:] -= boxes[:, :2]
    return boxes


@exercise.misconception("background boxed", loses={"one object", "several", "ids with gaps"})
def _(instances):
    """You draw a box around the background, too. Id 0 is no object."""
    return bounding_boxes(instances + 1)


@exercise.misconception("every number up to the largest id", loses={"ids with gaps"})
def _(instances):
    """You ask for a box for every number up to the largest id. A number that no pixel carries has none: take the ids
    that occur, with np.unique.
    """
    boxes = np.zeros((instances.max(), 4), dtype=int)
    boxes[np.unique(instances[instances > 0]) - 1] = bounding_boxes(instances)
    return boxes


@exercise.misconception("first and last pixel", loses={"one object", "several", "ids with gaps"})
def _(instances):
    """You take the box from the first and the last pixel of an object. They give its top and its bottom row, but the
    leftmost and the rightmost pixel may be in any row.
    """
    found = [np.argwhere(instances == number) for number in np.unique(instances[instances > 0])]
    return np.array([[p[0, 1], p[0, 0], p[-1, 1] + 1, p[-1, 0] + 1] for p in found])


@exercise.misconception("smallest number taken as background", loses={"one object", "several"})
def _(instances):
    """You leave out the smallest number of the map. That is the background only where there is one: leave out id 0."""
    boxes = bounding_boxes(instances)
    return boxes if (instances == 0).any() else boxes[1:]


@exercise.misconception("in reading order", loses={"several", "ids with gaps"})
def _(instances):
    """Your rows are in the order in which the ids first occur in the map. Sort them by id."""
    ids, first = np.unique(instances, return_index=True)
    order = [number for number in ids[np.argsort(first)] if number]
    return np.array([bounding_boxes(instances == number)[0] for number in order])


@exercise.misconception("ids in eight bits", loses={"ids with gaps"})
def _(instances):
    """You store the ids in eight bits, where 256 becomes 0 and 300 becomes 44. Keep the dtype of the map."""
    return bounding_boxes(instances.astype(np.uint8))


@exercise.misconception("ids up to 255", loses={"ids with gaps"})
def _(instances):
    """You look for ids up to 255 only. An id may be any number: take those that occur, with np.unique."""
    return bounding_boxes(np.where(instances < 256, instances, 0))


@exercise.variant("every number up to the largest id")
def _(instances):
    boxes = []
    for number in range(1, instances.max() + 1):
        rows, columns = np.nonzero(instances == number)  # none: the smallest of nothing is an error
        boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return np.array(boxes)
