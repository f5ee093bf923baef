"""7.3: bilinear upsampling by two."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="7.3",
    title="Bilinear doubling",
    level=2,
    points={"flat": 1, "black border": 1, "general": 2},
    prompt="""\
Cut each pixel of a row in two. The centres of the halves lie a quarter of a pixel left and right of the old centre, so
each half takes ¾ of its own pixel and ¼ of the neighbour on its side. At the border, where there is no neighbour, the
pixel itself takes its place. An image is doubled along one axis, then along the other. This is what
`F.interpolate(scale_factor=2, mode="bilinear")` computes.

Write `bilinear_double`: from `image` of shape `(H, W)`, return an array of shape `(2 * H, 2 * W)`.""",
    hints=(
        "Do a single row first: between which two old values does each new one lie, and nearer to which?",
        "The left half of pixel i is ¾ of pixel i and ¼ of pixel i − 1; the right half has pixel i + 1 in its place. "
        "Those are new[0::2] and new[1::2].",
        "Make two shifted copies, with the first or the last entry repeated, mix each with the original, and do the "
        "same along the other axis.",
    ),
)


@exercise.reference
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


@exercise.cases
def cases(rng):
    """Draw flat images, images with a black border, and images with neither."""
    yield "flat", (np.full((2, 3), 4.0),)
    yield "black border", (np.pad(np.array([[8.0, 4.0, 0.0]]), 1),)
    yield "general", (np.array([[1.0, 5.0]]),)
    yield "general", (np.array([[1.0], [5.0], [3.0]]),)
    yield "general", (np.array([[300.0, -8.0]]),)
    yield "general", (np.array([[0.1, 0.7]]),)
    for _ in range(3):
        size = whole(rng, 1, 4), whole(rng, 1, 4)
        yield "flat", (np.full(size, float(whole(rng, 1, 9))),)
        inner = rng.integers(1, 10, (whole(rng, 2, 4), whole(rng, 2, 4))).astype(float)
        yield "black border", (np.pad(inner, 1),)
        yield "black border", (np.pad(inner + 1, 1),)  # a shape never tells the answer
        image = rng.integers(0, 10, (whole(rng, 2, 5), whole(rng, 2, 5))).astype(float)
        image[0, 0], image[-1, -1] = 11.0, 17.0  # the corners are neither black nor equal
        yield "general", (image,)


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


@exercise.misconception("align_corners", loses={"black border", "general"})
def _(image):
    """Your corners stay where they were and the pixels between are spread evenly. That is align_corners=True; here
    every new pixel lies a quarter of a pixel beside an old one.
    """
    return _resample(image, lambda size: np.linspace(0, size - 1, 2 * size))


@exercise.misconception("no half pixel", loses={"black border", "general"})
def _(image):
    """Every second of your pixels is an old one, and the others are means of two. You read at i / 2; pixel centres lie
    at half numbers, so read at (i + 0.5) / 2 − 0.5.
    """
    return _resample(image, lambda size: np.arange(2 * size) / 2)


@exercise.misconception("zero border", loses={"flat", "general"})
def _(image):
    """Your border is too dark: beyond it you read zeros. A pixel without a neighbour takes its own value."""
    return bilinear_double(np.pad(image, 1))[2:-2, 2:-2]


@exercise.misconception("nearest", loses={"black border", "general"})
def _(image):
    """You repeat every pixel. A quarter of each new value comes from the neighbour."""
    return image.repeat(2, axis=0).repeat(2, axis=1)


@exercise.misconception("one axis only", loses={"black border", "general"})
def _(image):
    """Your rows come in equal pairs: you interpolate along one axis and repeat along the other. Do both."""
    return np.vstack([bilinear_double(row[None]) for row in image])


@exercise.misconception("¾ and ¼ swapped", loses={"black border", "general"})
def _(image):
    """You take ¾ of the neighbour and ¼ of the pixel itself. Its own centre is nearer, so it gets ¾."""
    for axis in (0, 1):
        old = np.moveaxis(image, axis, 0)
        before, after = np.concatenate([old[:1], old[:-1]]), np.concatenate([old[1:], old[-1:]])
        new = np.stack([0.75 * before + 0.25 * old, 0.25 * old + 0.75 * after], axis=1)
        image = np.moveaxis(new.reshape(-1, *old.shape[1:]), 0, axis)
    return image


def _with_border(image, mode):
    return bilinear_double(np.pad(image, 1, mode=mode))[2:-2, 2:-2]


@exercise.misconception("mirrored border", loses={"black border", "general"})
def _(image):
    """Beyond the border you read the pixel next to the last one. A pixel without a neighbour takes its own value."""
    return _with_border(image, "reflect")


@exercise.misconception("wraps around", loses={"general"})
def _(image):
    """Beyond the border you read the other side of the image: np.roll, or an index of −1, comes round. A pixel without
    a neighbour takes its own value.
    """
    return _with_border(image, "wrap")


@exercise.misconception("border missing", loses={"flat", "black border", "general"})
def _(image):
    """Your outermost rows and columns are missing: 2H − 2 by 2W − 2. There the pixel itself replaces the neighbour."""
    return bilinear_double(image)[1:-1, 1:-1]


@exercise.misconception("clipped to bytes", loses={"general"})
def _(image):
    """You clip to 0 … 255. The image may be a map of scores, which can have any value."""
    return np.clip(bilinear_double(image), 0, 255)
