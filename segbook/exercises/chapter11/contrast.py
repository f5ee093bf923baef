"""11.2: the same contrast for every image of a stack."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="11.2",
    title="Equal contrast",
    level=2,
    points={"one image": 1, "a stack": 2, "hot pixels": 1, "flat": 1},
    prompt="""\
A network should not have to learn how long a camera was exposed. For each image separately, let dark be the
`low`-th percentile of its values and bright the `high`-th, both as `np.percentile` gives them. Subtract dark, then
divide by bright minus dark. Nothing is clipped: a hot pixel may lie far above 1. If bright equals dark, the image
becomes 0 everywhere.

Write `equal_contrast`: from `images` of shape `(N, H, W)` and the two percentiles from 0 to 100, return the
changed images in the same shape.""",
    hints=(
        "What changes from image to image, and along which axes must the percentiles be taken?",
        "np.percentile(images, low, axis=(1, 2), keepdims=True) gives one number for each image.",
        "Where bright equals dark, you could divide by 1. Then the image is 0 only if all values are dark. Are they?",
    ),
)


@exercise.reference
def equal_contrast(images: np.ndarray, *, low: float, high: float) -> np.ndarray:
    """Make one percentile of every image 0 and another one 1.

    >>> images = np.array([[[1.0, 2.0, 3.0]], [[10.0, 10.0, 10.0]]])
    >>> equal_contrast(images, low=0.0, high=100.0)
    array([[[0. , 0.5, 1. ]],
    <BLANKLINE>
           [[0. , 0. , 0. ]]])
    """
    dark, bright = np.percentile(images, [low, high], axis=(1, 2), keepdims=True)
    flat = bright == dark
    return np.where(flat, 0.0, (images - dark) / np.where(flat, 1.0, bright - dark))


@exercise.cases
def cases(rng):
    """Draw single images, stacks of different exposure, hot pixels, and images without contrast."""
    yield "one image", (np.array([[[2.0, 4.0, 8.0]]]),), dict(low=0.0, high=100.0)
    yield "flat", (np.array([[[5.0, 5.0, 5.0]]]),), dict(low=10.0, high=90.0)
    yield "flat", (np.array([[[5.0, 5.0, 5.0, 5.0, 5.0, 9.0]]]),), dict(low=10.0, high=70.0)  # not all equal
    yield "a stack", (np.array([[[2.0, 4.0, 8.0]], [[10.0, 30.0, 20.0]]]),), dict(low=0.0, high=100.0)
    for _ in range(3):
        yield "one image", (_images(rng, 1),), dict(low=10.0, high=80.0)
        yield "one image", (_images(rng, 1),), dict(low=20.0, high=90.0)
        yield "a stack", (_images(rng, whole(rng, 2, 3)),), dict(low=10.0, high=90.0)
        hot = _images(rng, 1)
        hot[0, whole(rng, 0, 2), whole(rng, 0, 3)] = 400.0
        yield "hot pixels", (hot,), dict(low=5.0, high=80.0)
        dull = _images(rng, 2)  # and one that is not
        dull[0] = float(whole(rng, 3, 20))
        dull[0, 0, 0] += 4.0
        yield "flat", (dull,), dict(low=20.0, high=80.0)


def _images(rng, number):
    """Draw images of 3 × 4 pixels without a value twice, each of an exposure of its own."""
    values = np.stack([rng.permutation(np.arange(2, 14)).reshape(3, 4) for _ in range(number)])
    exposures = rng.permutation(np.arange(1, 6))[:number] * 2.0
    return values * exposures[:, None, None] + rng.permutation(np.arange(1, 9))[:number, None, None]


def _between(images, dark, bright):
    flat = bright == dark
    return np.where(flat, 0.0, (images - dark) / np.where(flat, 1.0, bright - dark))


@exercise.misconception("one contrast for the stack", loses={"a stack", "flat"})
def _(images, *, low, high):
    """You take the percentiles of the whole stack. Take them for each image separately: axis=(1, 2)."""
    return _between(images, *np.percentile(images, [low, high]))


@exercise.misconception("darkest and brightest pixel", loses={"one image", "a stack", "hot pixels", "flat"})
def _(images, *, low, high):
    """You take the darkest and the brightest pixel. One hot pixel then darkens all others; take the percentiles."""
    del low, high
    return _between(images, images.min(axis=(1, 2), keepdims=True), images.max(axis=(1, 2), keepdims=True))


@exercise.misconception("clipped", loses={"one image", "a stack", "hot pixels", "flat"})
def _(images, *, low, high):
    """You clip to 0 … 1. Values beyond the percentiles should stay below 0 or above 1."""
    return equal_contrast(images, low=low, high=high).clip(0, 1)


@exercise.misconception("divided by bright", loses={"one image", "a stack", "hot pixels", "flat"})
def _(images, *, low, high):
    """You divide by bright. After you have subtracted dark, it is bright minus dark that must become 1."""
    dark, bright = np.percentile(images, [low, high], axis=(1, 2), keepdims=True)
    return np.where(bright == dark, 0.0, (images - dark) / bright)


@exercise.misconception("dark not subtracted", loses={"one image", "a stack", "hot pixels", "flat"})
def _(images, *, low, high):
    """You only divide. Subtract dark first, so that the background of every image lies near 0."""
    dark, bright = np.percentile(images, [low, high], axis=(1, 2), keepdims=True)
    flat = bright == dark
    return np.where(flat, 0.0, images / np.where(flat, 1.0, bright - dark))


@exercise.misconception("mean and deviation", loses={"one image", "a stack", "hot pixels", "flat"})
def _(images, *, low, high):
    """You subtract the mean and divide by the standard deviation. The exercise asks for two percentiles."""
    del low, high
    deviation = images.std(axis=(1, 2), keepdims=True)
    return (images - images.mean(axis=(1, 2), keepdims=True)) / np.where(deviation == 0, 1.0, deviation)


@exercise.misconception("divided by 1 where flat", loses={"flat"})
def _(images, *, low, high):
    """Where bright equals dark you divide by 1, so values other than dark remain. Such an image should become 0."""
    dark, bright = np.percentile(images, [low, high], axis=(1, 2), keepdims=True)
    return (images - dark) / np.where(bright == dark, 1.0, bright - dark)


@exercise.misconception("nothing over nothing", loses={"flat"})
def _(images, *, low, high):
    """Where bright equals dark you divide by 0. Such an image should become 0 everywhere."""
    dark, bright = np.percentile(images, [low, high], axis=(1, 2), keepdims=True)
    return (images - dark) / (bright - dark)


def _plus(small):
    def answer(images, *, low, high):
        """You add a small number to bright minus dark. Where these are equal, the other values become huge, and the
        image should be 0 everywhere: ask where they are equal.
        """
        dark, bright = np.percentile(images, [low, high], axis=(1, 2), keepdims=True)
        return (images - dark) / (bright - dark + small)

    return answer


exercise.misconception("a small number added", loses={"flat"})(_plus(1e-8))
for _small in (1e-6, 1e-7, 1e-9, 1e-10, 1e-12):
    exercise.variant("a small number added")(_plus(_small))


@exercise.misconception("row by row", loses={"one image", "a stack", "hot pixels", "flat"})
def _(images, *, low, high):
    """You take percentiles of every row. The whole image needs one pair of numbers: axis=(1, 2)."""
    dark, bright = np.percentile(images, [low, high], axis=2, keepdims=True)
    return _between(images, dark, bright)


@exercise.misconception("pixel by pixel", loses={"one image", "a stack", "hot pixels", "flat"})
def _(images, *, low, high):
    """You take the percentiles along the stack: a pair of numbers for each pixel. Each image needs one pair of its own:
    axis=(1, 2).
    """
    return _between(images, *np.percentile(images, [low, high], axis=0))


@exercise.misconception("keepdims forgotten", loses={"a stack", "flat"})
def _(images, *, low, high):
    """With several images, your percentiles cannot be subtracted: their shape is (N,), that of the images (N, H, W).
    With keepdims=True it is (N, 1, 1).
    """
    return _between(images, *np.percentile(images, [low, high], axis=(1, 2)))


@exercise.misconception("keepdims forgotten, and nothing over nothing", loses={"a stack", "flat"})
def _(images, *, low, high):
    """Two things go wrong. Where bright equals dark you divide by 0. And with several images, percentiles of shape (N,)
    cannot be subtracted from images of shape (N, H, W): keepdims=True makes it (N, 1, 1).
    """
    dark, bright = np.percentile(images, [low, high], axis=(1, 2))
    return (images - dark) / (bright - dark)
