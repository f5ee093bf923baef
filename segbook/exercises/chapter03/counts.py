"""3.2: how often each pixel is read."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="3.2",
    title="How often each pixel is read",
    level=2,
    points={"square image": 2, "height and width": 1, "large patch": 1},
    prompt="""\
Around every pixel of an image lies a patch of `patch_size` × `patch_size` pixels, an odd size. Neighbouring patches
overlap, so most pixels are in many of them. Count only the patches that contain the pixel itself: what a patch shows
beyond the border does not count.

Write `read_counts`: return an array of whole numbers of shape `(height, width)`. The patch may be larger than the
image.""",
    hints=(
        "In one dimension: which patches contain pixel i? Those whose centre is at most patch_size // 2 away.",
        "Only centres inside the image exist. Count them between max(0, i − half) and min(size − 1, i + half).",
        "Rows and columns are independent: the count of a pixel is the product of the counts along the two axes.",
    ),
)


@exercise.reference
def read_counts(
    height: int,
    width: int,
    *,
    patch_size: int,
) -> np.ndarray:
    """Count, for every pixel, the patches that contain it.

    >>> read_counts(3, 4, patch_size=3)
    array([[4, 6, 6, 4],
           [6, 9, 9, 6],
           [4, 6, 6, 4]])
    """
    reach = patch_size // 2
    counts = np.zeros((height, width), dtype=int)
    for row in range(height):
        for column in range(width):
            top, left = max(row - reach, 0), max(column - reach, 0)  # a slice ends at the border by itself
            counts[top : row + reach + 1, left : column + reach + 1] += 1
    return counts


@exercise.cases
def cases(rng):
    """Draw square images, images of two different sides, and patches that reach beyond both sides at once."""
    yield "square image", (5, 5), dict(patch_size=3)
    yield "height and width", (3, 6), dict(patch_size=3)
    yield "large patch", (4, 4), dict(patch_size=7)
    yield "square image", (4, 4), dict(patch_size=1)
    yield "large patch", (3, 5), dict(patch_size=7)
    yield "large patch", (6, 2), dict(patch_size=7)
    yield "large patch", (16, 17), dict(patch_size=33)  # counts above 255
    for _ in range(3):
        reach = whole(rng, 1, 3)
        size = whole(rng, 2 * reach + 2, 10)
        yield "square image", (size, size), dict(patch_size=2 * reach + 1)
        yield "height and width", (size, size + whole(rng, 1, 4)), dict(patch_size=2 * reach + 1)
        small = whole(rng, 4, 6)
        yield "large patch", (small, small), dict(patch_size=2 * (small - 1) + 1)


@exercise.misconception("patch_size² everywhere", loses={"square image", "height and width", "large patch"})
def _(height, width, *, patch_size):
    """You count patch_size² for every pixel. Is there a patch on every side of a corner pixel?"""
    return np.full((height, width), patch_size**2)


@exercise.misconception("mirror images counted", loses={"square image", "height and width", "large patch"})
def _(height, width, *, patch_size):
    """You count what patches read beyond the border, too, as readings of the mirrored pixel. Count only patches in
    which the pixel lies at its own place.
    """

    def axis(size):
        mirrored = np.pad(np.arange(size), patch_size // 2, "reflect")
        return np.bincount(np.lib.stride_tricks.sliding_window_view(mirrored, patch_size).ravel(), minlength=size)

    return np.outer(axis(height), axis(width))


@exercise.misconception("only patches that fit", loses={"square image", "height and width", "large patch"})
def _(height, width, *, patch_size):
    """You leave out the patches that reach beyond the border. They count, too: there is a patch around every pixel."""
    counts = np.zeros((height, width), dtype=int)
    for row in range(height - patch_size + 1):
        for column in range(width - patch_size + 1):
            counts[row : row + patch_size, column : column + patch_size] += 1
    return counts


@exercise.misconception("rows plus columns", loses={"square image", "height and width", "large patch"})
def _(height, width, *, patch_size):
    """You add the count along the rows to the count along the columns. Multiply them: each row of centres goes
    with each column of centres.
    """
    rows = read_counts(height, 1, patch_size=patch_size)
    return rows + read_counts(1, width, patch_size=patch_size)


@exercise.misconception("height and width swapped", loses={"height and width", "large patch"})
def _(height, width, *, patch_size):
    """Your array lies on its side: the first axis is the height."""
    return read_counts(width, height, patch_size=patch_size)


@exercise.misconception("one border at a time", loses={"large patch"})
def _(height, width, *, patch_size):
    """With a small image a patch can reach beyond both ends at once. Cut it off at both."""

    def axis(size):
        places, reach = np.arange(size), patch_size // 2
        return np.minimum(patch_size, np.minimum(places + reach + 1, size - places + reach))

    return np.outer(axis(height), axis(width))


@exercise.misconception("edge pixels repeated", loses={"square image", "height and width", "large patch"})
def _(height, width, *, patch_size):
    """You count what a patch shows beyond the border as readings of the edge pixels. Only the image itself counts."""

    def axis(size):
        places = np.arange(size)[:, None] + np.arange(patch_size) - patch_size // 2
        return np.bincount(np.clip(places, 0, size - 1).ravel(), minlength=size)

    return np.outer(axis(height), axis(width))


@exercise.misconception("end left out", loses={"square image", "height and width", "large patch"})
def _(height, width, *, patch_size):
    """Your patches lack their last row and column. The end of a slice is not included, so it must be one further."""
    reach = patch_size // 2
    counts = np.zeros((height, width), dtype=int)
    for row in range(height):
        for column in range(width):
            counts[max(row - reach, 0) : row + reach, max(column - reach, 0) : column + reach] += 1
    return counts


@exercise.misconception("slice begins before 0", loses={"square image", "height and width", "large patch"})
def _(height, width, *, patch_size):
    """Near the top and the left your slice begins before 0, and NumPy counts that from the end. Begin at
    max(row − patch_size // 2, 0), and the same for the column.
    """
    reach = patch_size // 2
    counts = np.zeros((height, width), dtype=int)
    for row in range(height):
        for column in range(width):
            counts[row - reach : row + reach + 1, column - reach : column + reach + 1] += 1
    return counts
