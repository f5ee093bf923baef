"""3.2: how often each pixel is read."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


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


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw square images, images of two different sides, and patches that reach beyond both sides at once."""
    yield _case("square image", 5, 5, 3)
    yield _case("height and width", 3, 6, 3)
    yield _case("large patch", 4, 4, 7)
    for _ in range(3):
        reach = whole(rng, 1, 3)
        size = whole(rng, 2 * reach + 2, 10)
        yield _case("square image", size, size, 2 * reach + 1)
        yield _case("height and width", size, size + whole(rng, 1, 4), 2 * reach + 1)
        small = whole(rng, 4, 6)
        yield _case("large patch", small, small, 2 * (small - 1) + 1)


def _case(group: str, height: int, width: int, patch_size: int) -> Case:
    return Case(group, (height, width), {"patch_size": patch_size})


def _outer(axis):
    return lambda height, width, *, patch_size: np.outer(axis(height, patch_size), axis(width, patch_size))


def _mirror_counted(size, patch_size):
    reach, counts = patch_size // 2, np.zeros(size, dtype=int)
    np.add.at(
        counts, np.lib.stride_tricks.sliding_window_view(np.pad(np.arange(size), reach, "reflect"), patch_size), 1
    )
    return counts


def _whole_patches_only(size, patch_size):
    counts = np.zeros(size, dtype=int)
    for start in range(size - patch_size + 1):
        counts[start : start + patch_size] += 1
    return counts


def _one_end_at_a_time(size, patch_size):
    places, reach = np.arange(size), patch_size // 2
    return np.minimum(patch_size, np.minimum(places + reach + 1, size - places + reach))


def _rows_plus_columns(height, width, *, patch_size):
    rows = read_counts(height, 1, patch_size=patch_size)
    return rows + read_counts(1, width, patch_size=patch_size)


def _swapped(height, width, *, patch_size):
    return read_counts(width, height, patch_size=patch_size)


EXERCISE = Exercise(
    id="3.2",
    title="How often each pixel is read",
    level=2,
    prompt="""\
Around every pixel of an image lies a patch of `patch_size` × `patch_size` pixels, an odd size. Neighbouring patches
overlap, so most pixels are in many of them. Count only the patches that contain the pixel itself: what a patch shows
beyond the border, mirrored or not, does not count.

Write `read_counts`: return an array of whole numbers of shape `(height, width)`. The patch may be larger than the
image.""",
    points={"square image": 2, "height and width": 1, "large patch": 1},
    reference=read_counts,
    cases=cases,
    hints=(
        "In one dimension: which patches contain pixel i? Those whose centre is at most patch_size // 2 away.",
        "Only centres inside the image exist. Count them between max(0, i − half) and min(size − 1, i + half).",
        "Rows and columns are independent: the count of a pixel is the product of the counts along the two axes.",
    ),
    misconceptions=(
        Misconception(
            "patch_size² everywhere",
            lambda height, width, *, patch_size: np.full((height, width), patch_size**2),
            "You count patch_size² for every pixel. Is there a patch on every side of a corner pixel?",
            loses={"square image", "height and width", "large patch"},
        ),
        Misconception(
            "mirror images counted",
            _outer(_mirror_counted),
            "You count what patches read beyond the border, too, as readings of the mirrored pixel. Count only patches "
            "in which the pixel lies at its own place.",
            loses={"square image", "height and width", "large patch"},
        ),
        Misconception(
            "only patches that fit",
            _outer(_whole_patches_only),
            "You leave out the patches that reach beyond the border. They exist too, one around every pixel.",
            loses={"square image", "height and width", "large patch"},
        ),
        Misconception(
            "rows plus columns",
            _rows_plus_columns,
            "You add the count along the rows to the count along the columns. Each choice of a row goes with each "
            "choice of a column.",
            loses={"square image", "height and width", "large patch"},
        ),
        Misconception(
            "height and width swapped",
            _swapped,
            "Your array lies on its side: the first axis is the height.",
            loses={"height and width"},
        ),
        Misconception(
            "one border at a time",
            _outer(_one_end_at_a_time),
            "With a small image a patch can reach beyond both ends at once. Cut it off at both.",
            loses={"large patch"},
        ),
    ),
)
