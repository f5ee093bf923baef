"""6.2: the transposed convolution as stamps that add up."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import signal, whole

exercise = Exercise(
    id="6.2",
    title="Stamp and add",
    level=2,
    points={"separate stamps": 1, "overlap": 2, "crop": 1},
    prompt="""\
A transposed convolution writes where a convolution reads. Each sample of `x` stamps the kernel, scaled by that sample,
into the output. Neighbouring stamps start `stride` samples apart, and where they overlap they add up.
At the end, `padding` samples are cropped from each side.

Write `conv_transpose1d`: from `x` of shape `(input_size,)` and `weight` of shape `(kernel_size,)`, return the output:
everything from the start of the first stamp to the end of the last one, less the crop. Samples between stamps are
0.""",
    hints=(
        "Make the long signal first, without any crop: after how many samples does the last stamp end?",
        "Sample n of x adds x[n] · weight to the samples from n·stride to n·stride + kernel_size − 1. Add; do not"
        " overwrite.",
        "When all stamps are in, return the long signal without its first and its last padding samples. Mind "
        "padding 0.",
    ),
)


@exercise.reference
def conv_transpose1d(
    x: np.ndarray,
    weight: np.ndarray,
    *,
    stride: int,
    padding: int,
) -> np.ndarray:
    """Stamp the kernel, scaled by each sample of x, add the stamps and crop the border.

    >>> x, weight = np.array([2.0, 3.0]), np.array([1.0, 10.0, 100.0])
    >>> conv_transpose1d(x, weight, stride=2, padding=0)
    array([  2.,  20., 203.,  30., 300.])
    """
    kernel_size = len(weight)
    y = np.zeros((len(x) - 1) * stride + kernel_size)
    for n, sample in enumerate(x):
        y[n * stride : n * stride + kernel_size] += sample * weight
    return y[padding : len(y) - padding]


@exercise.cases
def cases(rng):
    """Draw stamps that stay apart, stamps that overlap, and crops of both."""
    x, weight = np.array([2.0, 3.0]), np.array([1.0, 10.0, 100.0])  # each tap stays visible as a digit
    yield "separate stamps", (x, weight), dict(stride=3, padding=0)
    yield "separate stamps", (x, weight), dict(stride=4, padding=0)  # the gap of one sample stays zero
    yield "overlap", (x, weight), dict(stride=2, padding=0)  # the example of notes N6
    yield "overlap", (x, weight), dict(stride=1, padding=0)
    yield "overlap", (np.array([0.1, 0.7]), np.array([0.3, 0.9])), dict(stride=1, padding=0)
    yield "crop", (x, weight), dict(stride=2, padding=1)
    yield "crop", (np.array([2.0, 3.0, 4.0]), np.array([1.0, 10.0])), dict(stride=2, padding=2)  # whole stamps go
    yield "crop", (x, np.array([1.0, 10.0])), dict(stride=3, padding=1)
    for _ in range(4):
        input_size, kernel_size = whole(rng, 2, 4), whole(rng, 2, 5)
        x, weight = signal(rng, input_size), signal(rng, kernel_size)
        stride = whole(rng, 1, kernel_size - 1)
        covered = (input_size - 1) * stride + kernel_size
        yield "separate stamps", (x, weight), dict(stride=kernel_size + whole(rng, 0, 2), padding=0)
        yield "overlap", (x, weight), dict(stride=stride, padding=0)
        yield "crop", (x, weight), dict(stride=stride, padding=whole(rng, 1, (covered - 1) // 2))
    yield "separate stamps", (signal(rng, 1), signal(rng, 1)), dict(stride=2, padding=0)


@exercise.misconception("overwrites", loses={"overlap", "crop"})
def _(x, weight, *, stride, padding):
    """Where two stamps overlap, only the later one is left. Add one stamp after the other to what is there; with an
    array of indices, even += keeps only the last.
    """
    y = np.zeros((len(x) - 1) * stride + len(weight))
    for n, sample in enumerate(x):
        y[n * stride : n * stride + len(weight)] = sample * weight
    return y[padding : len(y) - padding]


@exercise.misconception("a sample short", loses={"separate stamps", "overlap", "crop"})
def _(x, weight, *, stride, padding):
    """Your output is one sample too short. The last stamp begins at sample (input_size − 1)·stride and is as
    long as the kernel, so the signal before the crop has (input_size − 1)·stride + kernel_size samples."""
    y = conv_transpose1d(x, weight, stride=stride, padding=0)[:-1]
    return y[padding : len(y) - padding]


@exercise.misconception("averages", loses={"overlap", "crop"})
def _(x, weight, **options):
    """Where stamps overlap, you divide by how many there are. Stamps add up and nothing evens them out; that is where
    checkerboards come from.
    """
    stamps = conv_transpose1d(np.ones_like(x), np.ones_like(weight), **options)
    return conv_transpose1d(x, weight, **options) / np.maximum(stamps, 1)


@exercise.misconception("pads instead of crops", loses={"crop"})
def _(x, weight, *, stride, padding):
    """Your padding adds zeros at both ends. Here it undoes the padding of a convolution, so it crops."""
    return np.pad(conv_transpose1d(x, weight, stride=stride, padding=0), padding)


@exercise.misconception("y[0:-0] is empty", loses={"separate stamps", "overlap"})
def _(x, weight, *, stride, padding):
    """With padding 0, y[padding:-padding] is y[0:0], which is empty. Slice up to len(y) - padding."""
    return conv_transpose1d(x, weight, stride=stride, padding=0)[padding:-padding]


@exercise.misconception("kernel flipped", loses={"separate stamps", "overlap", "crop"})
def _(x, weight, **options):
    """Your stamps are back to front. A stamp is the kernel as it is; only the view by zero insertion flips it."""
    return conv_transpose1d(x, weight[::-1], **options)


@exercise.misconception("cropped in front only", loses={"crop"})
def _(x, weight, *, stride, padding):
    """You crop only at the start. Crop as many samples at the end."""
    return conv_transpose1d(x, weight, stride=stride, padding=0)[padding:]


@exercise.misconception("not cropped", loses={"crop"})
def _(x, weight, *, stride, padding):
    """Your output does not depend on the padding. Crop that many samples from each end."""
    del padding
    return conv_transpose1d(x, weight, stride=stride, padding=0)


@exercise.misconception("stride ignored", loses={"separate stamps", "overlap", "crop"})
def _(x, weight, *, stride, padding):
    """Your output does not depend on the stride: each stamp starts one sample after the one before. It should start
    stride samples after it.
    """
    del stride
    return conv_transpose1d(x, weight, stride=1, padding=padding)


@exercise.misconception("input_size steps", loses={"separate stamps", "overlap", "crop"})
def _(x, weight, *, stride, padding):
    """Your signal is stride samples too long. From the first of input_size stamps to the last there are input_size − 1
    steps, and then comes one whole stamp.
    """
    y = np.pad(conv_transpose1d(x, weight, stride=stride, padding=0), (0, stride))
    return y[padding : len(y) - padding]
