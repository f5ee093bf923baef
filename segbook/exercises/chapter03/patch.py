"""3.1: the patch around a pixel, mirrored at the border."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import signal, whole

exercise = Exercise(
    id="3.1",
    title="The mirrored patch",
    level=1,
    points={"inside": 1, "border": 2},
    prompt="""\
A patch classifier looks at the square of `patch_size` × `patch_size` pixels around a pixel. The size is odd, so the
pixel is in the middle. Near the border the patch reaches beyond the image. There the image is mirrored, and the edge
pixels themselves are the mirror: a row `0 1 2` goes on to the left as `2 1 | 0 1 2`, not as `1 0 | 0 1 2`.

Write `mirrored_patch`: from `image` of shape `(height, width)`, return the patch centred at (`row`, `column`). No
patch is so large that the image would have to be mirrored twice.""",
    hints=(
        "Mirror the whole image at its border first; then every patch is a plain slice.",
        "np.pad has several modes: one repeats the edge pixel, one does not. Which one puts 2 1 left of 0 1 2?",
        "Pad by patch_size // 2 on all sides; the pixel (row, column) is now in the middle of the slice that "
        "begins at (row, column).",
    ),
)


@exercise.reference
def mirrored_patch(
    image: np.ndarray,
    row: int,
    column: int,
    *,
    patch_size: int,
) -> np.ndarray:
    """Cut the square patch centred at a pixel; beyond the border the image is mirrored.

    >>> mirrored_patch(np.arange(9).reshape(3, 3), 0, 0, patch_size=3)
    array([[4, 3, 4],
           [1, 0, 1],
           [4, 3, 4]])
    """
    reach = patch_size // 2
    padded = np.pad(image, reach, mode="reflect")  # pixel (row, column) is now at (row + reach, column + reach)
    return padded[row : row + patch_size, column : column + patch_size]


@exercise.cases
def cases(rng):
    """Draw patches inside the image, and patches that reach beyond its border."""
    numbers, few = np.arange(30.0).reshape(5, 6), np.arange(9.0).reshape(3, 3)
    yield "inside", (few, 1, 1), dict(patch_size=3)
    yield "border", (few, 0, 1), dict(patch_size=3)
    yield "inside", (numbers, 2, 3), dict(patch_size=3)
    yield "border", (numbers, 0, 0), dict(patch_size=5)
    yield "border", (numbers, 4, 5), dict(patch_size=3)
    yield "inside", (numbers, 2, 3), dict(patch_size=1)
    yield "border", (numbers, 2, 3), dict(patch_size=9)  # beyond both ends at once
    for _ in range(4):
        height, width, reach = whole(rng, 7, 9), whole(rng, 7, 9), whole(rng, 1, 3)
        image = signal(rng, height * width).reshape(height, width)
        inside = whole(rng, reach, height - 1 - reach), whole(rng, reach, width - 1 - reach)
        yield "inside", (image, *inside), dict(patch_size=2 * reach + 1)
        edge = whole(rng, 0, 1) * (height - 1), whole(rng, 0, width - 1)
        yield "border", (image, *edge), dict(patch_size=2 * reach + 1)


def _padded(image, row, column, patch_size, mode):
    padded = np.pad(image, patch_size // 2, mode=mode)
    return padded[row : row + patch_size, column : column + patch_size]


@exercise.misconception("zeros beyond the border", loses={"border"})
def _(image, row, column, *, patch_size):
    """Beyond the border your patch holds zeros: a frame that is not in the picture. Mirror the image there."""
    return _padded(image, row, column, patch_size, "constant")


@exercise.misconception("edge pixel mirrored too", loses={"border"})
def _(image, row, column, *, patch_size):
    """Your mirror stands outside the image, so the edge pixels appear twice. Let the edge pixel be the mirror: its two
    neighbours are the same pixel.
    """
    return _padded(image, row, column, patch_size, "symmetric")


@exercise.misconception("edge pixel repeated", loses={"border"})
def _(image, row, column, *, patch_size):
    """You repeat the edge pixel outwards. One step beyond the border, look one step inside it instead."""
    return _padded(image, row, column, patch_size, "edge")


@exercise.misconception("wraps around", loses={"border"})
def _(image, row, column, *, patch_size):
    """Left of the image you read its right side, because a negative index counts from the end. Mirror it instead."""
    return _padded(image, row, column, patch_size, "wrap")


@exercise.misconception("centre off by one", loses={"inside", "border"})
def _(image, row, column, *, patch_size):
    """Your patch is one pixel too far up and to the left. The pixel itself must be in the middle."""
    reach = patch_size // 2
    padded = np.pad(image, reach + 1, mode="reflect")
    return padded[row : row + patch_size, column : column + patch_size]


@exercise.misconception("pixel in the corner", loses={"inside", "border"})
def _(image, row, column, *, patch_size):
    """Your patch starts at the pixel. It has to reach patch_size // 2 pixels in every direction."""
    padded = np.pad(image, ((0, patch_size), (0, patch_size)), mode="reflect")
    return padded[row : row + patch_size, column : column + patch_size]


@exercise.misconception("cut off at the border", loses={"border"})
def _(image, row, column, *, patch_size):
    """Near the border your patch is smaller than patch_size. It keeps its size; the mirror fills what is missing."""
    reach = patch_size // 2
    return image[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]


@exercise.misconception("mirrored at one end", loses={"border"})
def _(image, row, column, *, patch_size):
    """You mirror at one end of the image only. A patch larger than the image reaches beyond both ends at once."""

    def axis(at, size):
        places = np.arange(at - patch_size // 2, at + patch_size // 2 + 1)
        return abs(places) if places[0] < 0 else np.where(places >= size, 2 * (size - 1) - places, places)

    return image[np.ix_(axis(row, len(image)), axis(column, image.shape[1]))]


@exercise.misconception("row and column swapped", loses={"inside", "border"})
def _(image, row, column, *, patch_size):
    """You look at (column, row). The first axis of the image counts rows, the second columns."""
    return mirrored_patch(image.T, row, column, patch_size=patch_size)


@exercise.variant("row and column swapped")
def _(image, row, column, *, patch_size):
    padded = np.pad(image, patch_size // 2, mode="reflect")
    return padded[column : column + patch_size, row : row + patch_size]


@exercise.variant("cut off at the border")
def _(image, row, column, *, patch_size):
    reach = patch_size // 2
    return image[row - reach : row + reach + 1, column - reach : column + reach + 1]  # a negative start: from the end


@exercise.misconception("old coordinates after padding", loses={"inside", "border"})
def _(image, row, column, *, patch_size):
    """You cut around (row, column) in the padded image, where every pixel lies patch_size // 2 further down and to the
    right. Add that to row and column, or begin the slice at (row, column).
    """
    reach = patch_size // 2
    padded = np.pad(image, reach, mode="reflect")
    return padded[row - reach : row + reach + 1, column - reach : column + reach + 1]
