"""1.1: boxes from a map of ids."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.chapter01.scenes import scatter
from segbook.exercises.declaration import Case, Exercise, Misconception


def bounding_boxes(instances: np.ndarray) -> np.ndarray:
    """Draw the tightest box x0, y0, x1, y1 around every id, far edges exclusive.

    >>> bounding_boxes(np.array([[0, 7, 7], [0, 7, 0]]))
    array([[1, 0, 3, 2]])
    """
    boxes = []
    for number in np.unique(instances[instances > 0]):
        rows, columns = np.nonzero(instances == number)
        boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return np.array(boxes)


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw one object, several, and several whose ids leave some out."""
    yield Case("one object", (np.array([[0, 0, 0, 0], [0, 1, 1, 1], [0, 0, 0, 0]]),))
    yield Case("several", (np.array([[1, 1, 0, 0, 3], [0, 2, 2, 0, 3]]),))
    yield Case("ids with gaps", (np.array([[0, 7, 7], [0, 7, 0]]),))  # the example of the docstring
    for _ in range(4):
        yield Case("one object", (scatter(rng, [1]),))
        yield Case("several", (scatter(rng, rng.permutation([1, 2, 3]).tolist()),))
        gaps = rng.choice(np.arange(2, 12), size=3, replace=False)
        yield Case("ids with gaps", (scatter(rng, [2 * int(number) for number in gaps]),))


def _changed(change):
    def boxes(instances):
        return np.array([change(*row) for row in bounding_boxes(instances)])

    return boxes


def _background_too(instances):
    return bounding_boxes(instances + 1)


def _every_number_up_to_the_largest(instances):
    boxes = np.zeros((instances.max(), 4), dtype=int)
    boxes[np.unique(instances[instances > 0]) - 1] = bounding_boxes(instances)
    return boxes


EXERCISE = Exercise(
    id="1.1",
    title="Boxes from ids",
    level=1,
    prompt="""\
Detection follows from instances. Around every object lies one tightest upright box: its smallest and its largest column
and row.

Write `bounding_boxes`: from a map of ids of shape `(height, width)`, 0 for background, return one row `x0, y0, x1, y1`
for each id that occurs, in ascending order of ids. The columns come first, and the far edges are exclusive: the width
of a box is `x1 - x0`. Ids need not be 1, 2, 3; every map holds at least one.""",
    points={"one object": 2, "several": 1, "ids with gaps": 1},
    reference=bounding_boxes,
    cases=cases,
    hints=(
        "Take one id. Which rows hold it, and which columns? Its box needs only the smallest and the largest of each.",
        "np.nonzero(instances == id) gives rows first and columns second; the box begins with the column.",
        "The far edges are exclusive: one more than the largest column and row. The ids in order are "
        "np.unique without 0.",
    ),
    misconceptions=(
        Misconception(
            "far edges inclusive",
            _changed(lambda x0, y0, x1, y1: (x0, y0, x1 - 1, y1 - 1)),
            "Your boxes end on their last pixel. Far edges are exclusive: one further, so that x1 − x0 is the width.",
            loses={"one object", "several", "ids with gaps"},
        ),
        Misconception(
            "x and y exchanged",
            _changed(lambda x0, y0, x1, y1: (y0, x0, y1, x1)),
            "Your rows come first. x counts columns, the second axis of the array, and y counts rows.",
            loses={"one object", "several", "ids with gaps"},
        ),
        Misconception(
            "width and height",
            _changed(lambda x0, y0, x1, y1: (x0, y0, x1 - x0, y1 - y0)),
            "The last two numbers of your rows are a width and a height. Return the far edges themselves.",
            loses={"one object", "several", "ids with gaps"},
        ),
        Misconception(
            "background boxed",
            _background_too,
            "You draw a box around the background, too. Id 0 is no object.",
            loses={"one object", "several", "ids with gaps"},
        ),
        Misconception(
            "every number up to the largest id",
            _every_number_up_to_the_largest,
            "You return a row for every number up to the largest id. An id that no pixel carries has no box.",
            loses={"ids with gaps"},
        ),
    ),
)
