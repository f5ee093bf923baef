"""4.4: coarse score maps of a shifted image, stitched into a fine one."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import signal, whole


def stitch(
    maps: np.ndarray,
    *,
    height: int,
    width: int,
) -> np.ndarray:
    """Put the score maps of shifted images back on their own grids.

    >>> maps = np.arange(4).reshape(2, 2, 1, 1)
    >>> stitch(maps, height=2, width=2)
    array([[0, 1],
           [2, 3]])
    """
    stride, _, rows, columns = maps.shape
    scores = np.zeros((stride * rows, stride * columns), dtype=maps.dtype)
    for down in range(stride):
        for right in range(stride):
            scores[down::stride, right::stride] = maps[down, right]
    return scores[:height, :width]


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw maps of stride 2, of larger strides, and images that the grid does not divide."""
    yield _case("stride 2", np.arange(24.0).reshape(2, 2, 2, 3), 4, 6)
    for _ in range(3):
        stride, rows, columns = whole(rng, 3, 4), whole(rng, 2, 3), whole(rng, 2, 4)
        yield _drawn(rng, "stride 2", 2, rows, columns, 0, 0)
        yield _drawn(rng, "larger strides", stride, rows, columns, 0, 0)
        yield _drawn(rng, "tail", stride, rows, columns, whole(rng, 1, stride - 1), whole(rng, 1, stride - 1))


def _drawn(rng, group: str, stride: int, rows: int, columns: int, less_high: int, less_wide: int) -> Case:
    maps = signal(rng, stride**2 * rows * columns) + np.arange(stride**2 * rows * columns) / 8  # all different
    maps = maps.reshape(stride, stride, rows, columns)
    return _case(group, maps, stride * rows - less_high, stride * columns - less_wide)


def _case(group: str, maps: np.ndarray, height: int, width: int) -> Case:
    return Case(group, (maps,), {"height": height, "width": width})


def _wrong_direction(maps, *, height, width):
    turned = -np.arange(len(maps)) % len(maps)
    return stitch(maps[turned][:, turned], height=height, width=width)


def _swapped(maps, *, height, width):
    return stitch(maps.swapaxes(0, 1), height=height, width=width)


def _side_by_side(maps, *, height, width):
    return np.block([[maps[a, b] for b in range(len(maps))] for a in range(len(maps))])[:height, :width]


def _not_cropped(maps, *, height, width):
    stride, _, rows, columns = maps.shape
    return stitch(maps, height=stride * rows, width=stride * columns)


def _tail_lost(maps, *, height, width):
    stride = len(maps)
    return stitch(maps, height=height // stride * stride, width=width // stride * stride)


EXERCISE = Exercise(
    id="4.4",
    title="Shift and stitch",
    level=3,
    prompt="""\
A network answers for every $s$-th pixel only. So it ran $s \\cdot s$ times, each time on an image whose first `down`
rows and first `right` columns were cut off; `maps[down, right]` is the score map of that run, for one class. Its score
$(i, j)$ belongs to the pixel ($s \\cdot i$ + `down`, $s \\cdot j$ + `right`) of the whole image.

Write `stitch`: from `maps` of shape `(s, s, rows, columns)`, return the scores of all pixels, of shape
`(height, width)`. Where $s$ does not divide the image, the last scores of some maps lie beyond it: leave those out.""",
    points={"stride 2": 2, "larger strides": 1, "tail": 1},
    reference=stitch,
    cases=cases,
    hints=(
        "Which pixels of the whole image does the map of one shift (down, right) answer for?",
        "They form a regular grid: rows down, down + s, … and columns right, right + s, …: a slice with a step.",
        "Assign each map to scores[down::s, right::s], and cut the map to the shape of that slice first.",
    ),
    misconceptions=(
        Misconception(
            "wrong direction",
            _wrong_direction,
            "Your answers of the shifted images move the wrong way. Cutting off the first row makes score 0 answer for "
            "pixel 1, not for pixel −1.",
            loses={"larger strides", "tail"},
        ),
        Misconception(
            "down and right swapped",
            _swapped,
            "You take the first axis of maps for the shift to the right. It is the shift down.",
            loses={"stride 2", "larger strides", "tail"},
        ),
        Misconception(
            "side by side",
            _side_by_side,
            "You lay the maps side by side. Neighbouring scores of one map are s pixels apart: interleave them.",
            loses={"stride 2", "larger strides", "tail"},
        ),
        Misconception(
            "not cropped",
            _not_cropped,
            "Your scores are more than the image has pixels. Cut them to height and width.",
            loses={"tail"},
        ),
        Misconception(
            "tail lost",
            _tail_lost,
            "The last rows and columns are missing. Some maps do have scores for them.",
            loses={"tail"},
        ),
    ),
)
