"""7.3: bilinear upsampling by two."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


def bilinear_double(image: np.ndarray) -> np.ndarray:
    """Double height and width, mixing each pixel with its nearer neighbours.

    >>> bilinear_double(np.array([[1.0, 5.0]]))
    array([[1., 2., 4., 5.],
           [1., 2., 4., 5.]])
    """
    for axis in (0, 1):
        old = np.moveaxis(image, axis, 0)
        before = np.concatenate([old[:1], old[:-1]])  # the border repeats itself
        after = np.concatenate([old[1:], old[-1:]])
        new = np.empty((2 * len(old), *old.shape[1:]))
        new[0::2] = 0.25 * before + 0.75 * old
        new[1::2] = 0.75 * old + 0.25 * after
        image = np.moveaxis(new, 0, axis)
    return image


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw flat images, images with a black border, and images with neither."""
    yield _case("flat", np.full((2, 3), 4.0))
    yield _case("black border", np.pad(np.array([[8.0, 4.0, 0.0]]), 1))
    yield _case("general", np.array([[1.0, 5.0]]))
    yield _case("general", np.array([[1.0], [5.0], [3.0]]))
    for _ in range(3):
        size = whole(rng, 1, 4), whole(rng, 1, 4)
        yield _case("flat", np.full(size, float(whole(rng, 1, 9))))
        inner = rng.integers(1, 10, (whole(rng, 2, 4), whole(rng, 2, 4))).astype(float)
        yield _case("black border", np.pad(inner, 1))
        image = rng.integers(0, 10, (whole(rng, 2, 5), whole(rng, 2, 5))).astype(float)
        image[0, 0], image[-1, -1] = 11.0, 17.0  # the corners are neither black nor equal
        yield _case("general", image)


def _case(group: str, image: np.ndarray) -> Case:
    return Case(group, (image,))


def _resample(image, places):
    """Read the image at fractional rows and columns; beyond the border it repeats itself."""
    for axis in (0, 1):
        size = image.shape[axis]
        at = np.clip(places(size), 0, size - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, size - 1)
        part = (at - low).reshape((-1, 1) if axis == 0 else (1, -1))
        image = (1 - part) * image.take(low, axis) + part * image.take(high, axis)
    return image


def _align_corners(image):
    return _resample(image, lambda size: np.linspace(0, size - 1, 2 * size))


def _no_half_pixel(image):
    return _resample(image, lambda size: np.arange(2 * size) / 2)


def _zero_border(image):
    return bilinear_double(np.pad(image, 1))[2:-2, 2:-2]


def _nearest(image):
    return image.repeat(2, axis=0).repeat(2, axis=1)


def _one_axis_only(image):
    return np.vstack([bilinear_double(row[None]) for row in image])


EXERCISE = Exercise(
    id="7.3",
    title="Bilinear doubling",
    level=2,
    prompt="""\
Cut each pixel of a row in two. The centres of the halves lie a quarter of a pixel left and right of the old centre, so
each half takes ¾ of its own pixel and ¼ of the neighbour on its side. At the border, where there is no neighbour, the
pixel is its own. An image is doubled along one axis, then along the other. This is what
`F.interpolate(scale_factor=2, mode="bilinear")` computes.

Write `bilinear_double`: from `image` of shape `(H, W)`, return an array of shape `(2 * H, 2 * W)`.""",
    points={"flat": 1, "black border": 1, "general": 2},
    reference=bilinear_double,
    cases=cases,
    hints=(
        "Do a single row first: between which two old values does each new one lie, and nearer to which?",
        "The left half of pixel i is ¾ of pixel i and ¼ of pixel i − 1; the right half has pixel i + 1 in its place. "
        "Those are new[0::2] and new[1::2].",
        "Make two shifted copies, with the first or the last entry repeated, mix each with the original, and do the "
        "same along the other axis.",
    ),
    misconceptions=(
        Misconception(
            "align_corners",
            _align_corners,
            "Your corners stay where they were and the pixels between are spread evenly. That is align_corners=True; "
            "here every new pixel lies a quarter of a pixel beside an old one.",
            loses={"black border", "general"},
        ),
        Misconception(
            "no half pixel",
            _no_half_pixel,
            "Every second of your pixels is an old one, and the others are means of two. You read at i / 2; pixel "
            "centres lie at half numbers, so read at (i + 0.5) / 2 − 0.5.",
            loses={"black border", "general"},
        ),
        Misconception(
            "zero border",
            _zero_border,
            "Your border is too dark: beyond it you read zeros. A pixel without a neighbour takes its own value.",
            loses={"flat", "general"},
        ),
        Misconception(
            "nearest",
            _nearest,
            "You repeat every pixel. A quarter of each new value comes from the neighbour.",
            loses={"black border", "general"},
        ),
        Misconception(
            "one axis only",
            _one_axis_only,
            "Your rows come in equal pairs: you interpolate along one axis and repeat along the other. Do both.",
            loses={"black border", "general"},
        ),
    ),
)
