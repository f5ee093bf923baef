"""4.4: coarse score maps of a shifted image, stitched into a fine one."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import signal, whole

exercise = Exercise(
    id="4.4",
    title="Shift and stitch",
    level=3,
    points={"stride 2": 2, "larger strides": 1, "tail": 1},
    prompt="""\
A network answers for every $s$-th pixel only: its jump is $s$. To cover all pixels, it was run $s \\cdot s$ times, each
time after cutting off `down` rows at the top and `right` columns on the left. (The image had been extended at its lower
and right edges, so that all runs gave score maps of one size.) `maps[down, right]` is the score map of such a
run, for one class, and its score $(i, j)$ belongs to the pixel ($s \\cdot i$ + `down`, $s \\cdot j$ + `right`) of the
whole image.

Write `stitch`: from `maps` of shape `(s, s, rows, columns)`, return the scores of all pixels of the image, of shape
`(height, width)`. Where $s$ does not divide the height or the width, the last scores of some maps belong to pixels in
the extension: leave those out.""",
    hints=(
        "Which pixels of the whole image does the map of one shift (down, right) answer for?",
        "They form a regular grid: rows down, down + s, … and columns right, right + s, …: a slice with a step.",
        "Make an array in which all maps find room as they are, assign each to scores[down::s, right::s], and cut the "
        "array to height and width at the end.",
    ),
)


@exercise.reference
def stitch(
    maps: np.ndarray,
    *,
    height: int,
    width: int,
) -> np.ndarray:
    """Interleave the score maps of shifted images.

    >>> maps = np.arange(4).reshape(2, 2, 1, 1)
    >>> stitch(maps, height=2, width=2)
    array([[0, 1],
           [2, 3]])
    >>> maps = np.arange(8).reshape(2, 2, 2, 1)
    >>> stitch(maps, height=3, width=2)
    array([[0, 2],
           [4, 6],
           [1, 3]])
    """
    stride, _, rows, columns = maps.shape
    scores = np.zeros((stride * rows, stride * columns), dtype=maps.dtype)
    for down in range(stride):
        for right in range(stride):
            scores[down::stride, right::stride] = maps[down, right]
    return scores[:height, :width]


@exercise.cases
def cases(rng):
    """Draw maps of stride 2, of larger strides, and images that the grid does not divide."""
    yield "stride 2", (np.arange(24.0).reshape(2, 2, 2, 3),), dict(height=4, width=6)
    yield "larger strides", (np.arange(18.0).reshape(3, 3, 1, 2),), dict(height=3, width=6)
    yield "tail", (np.arange(8.0).reshape(2, 2, 2, 1),), dict(height=3, width=2)
    yield "tail", *_maps(rng, 3, 2, 3, 2, 0)  # s divides one side only
    yield "tail", *_maps(rng, 3, 2, 3, 0, 1)
    for _ in range(3):
        stride, rows, columns = whole(rng, 3, 4), whole(rng, 2, 3), whole(rng, 2, 4)
        for _ in range(2):  # a shape never tells the answer
            yield "stride 2", *_maps(rng, 2, rows, columns, 0, 0)
            yield "larger strides", *_maps(rng, stride, rows, columns, 0, 0)
        yield "tail", *_maps(rng, stride, rows, columns, whole(rng, 1, stride - 1), whole(rng, 1, stride - 1))


def _maps(rng, stride, rows, columns, less_high, less_wide):
    maps = signal(rng, stride**2 * rows * columns) + np.arange(stride**2 * rows * columns) / 8  # all different
    maps = maps.reshape(stride, stride, rows, columns)
    return (maps,), dict(height=stride * rows - less_high, width=stride * columns - less_wide)


@exercise.misconception("wrong direction", loses={"larger strides", "tail"})
def _(maps, *, height, width):
    """You shift the answers the wrong way. After the first row is cut off, score 0 answers for pixel 1, not for
    pixel −1.
    """
    turned = -np.arange(len(maps)) % len(maps)
    return stitch(maps[turned][:, turned], height=height, width=width)


@exercise.misconception("down and right swapped", loses={"stride 2", "larger strides", "tail"})
def _(maps, *, height, width):
    """You take the first axis of maps for the shift to the right. It is the shift down."""
    return stitch(maps.swapaxes(0, 1), height=height, width=width)


@exercise.misconception("side by side", loses={"stride 2", "larger strides", "tail"})
def _(maps, *, height, width):
    """You lay the maps side by side. Neighbouring scores of one map are s pixels apart: interleave them."""
    return np.block([[maps[a, b] for b in range(len(maps))] for a in range(len(maps))])[:height, :width]


@exercise.misconception("not cropped", loses={"tail"})
def _(maps, *, height, width):
    """You return more scores than the image has pixels. Cut them to height and width."""
    stride, _, rows, columns = maps.shape
    return stitch(maps, height=stride * rows, width=stride * columns)


@exercise.misconception("tail lost", loses={"tail"})
def _(maps, *, height, width):
    """The last rows and columns are missing. Some maps do have scores for them."""
    stride = len(maps)
    return stitch(maps, height=height // stride * stride, width=width // stride * stride)


@exercise.misconception("maps transposed", loses={"stride 2", "larger strides", "tail"})
def _(maps, *, height, width):
    """You take the third axis of maps for columns. It counts rows; the last one counts columns."""
    return stitch(maps.swapaxes(2, 3), height=height, width=width)


@exercise.misconception("cropped at the front", loses={"tail"})
def _(maps, *, height, width):
    """You crop at the top and on the left. The scores beyond the image are the last rows and columns."""
    stride, _, rows, columns = maps.shape
    return stitch(maps, height=stride * rows, width=stride * columns)[-height:, -width:]


@exercise.misconception("no room for the tail", loses={"tail"})
def _(maps, *, height, width):
    """Your array is as large as the image, so the scores of the extension find no room in it. Make it large enough for
    all maps, and cut it to height and width at the end.
    """
    scores, stride = np.zeros((height, width)), len(maps)
    for down in range(stride):
        for right in range(stride):
            scores[down::stride, right::stride] = maps[down, right]
    return scores
