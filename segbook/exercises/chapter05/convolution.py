"""5.2: a strided convolution of one signal."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import signal, whole

exercise = Exercise(
    id="5.2",
    title="A strided convolution",
    level=2,
    points={"stride 1": 2, "larger strides": 2},
    prompt="""\
Place the kernel on the first samples of the signal, multiply each sample by its tap, and add the products: that is
$y[0]$. Move the kernel on by `stride` samples for $y[1]$, and so on, as long as it fits. As in equation
(5.1), the kernel is not flipped. There is no padding.

Write `conv1d`: from `x` of shape `(input_size,)` and `weight` of shape `(kernel_size,)`, return the output, with a
sample for every window that fits. You may assume that at least one window fits.""",
    hints=(
        "Write y[0] by hand: which samples of x does it read, and with which taps?",
        "Window n begins at sample n · stride; inside it neighbouring taps read neighbouring samples.",
        "y[n] is the dot product of x[n·stride : n·stride + kernel_size] and weight.",
    ),
)


@exercise.reference
def conv1d(x: np.ndarray, weight: np.ndarray, *, stride: int) -> np.ndarray:
    """Slide the kernel along the signal and add up the products of every window.

    >>> x, weight = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([1.0, 10.0, 100.0])
    >>> conv1d(x, weight, stride=2)
    array([321., 543.])
    """
    output_size = (len(x) - len(weight)) // stride + 1
    y = np.zeros(output_size)
    for n in range(output_size):
        for j in range(len(weight)):
            y[n] += x[n * stride + j] * weight[j]
    return y


@exercise.cases
def cases(rng):
    """Draw signals at stride 1 and with strides, some with samples left over."""
    weight = np.array([1.0, 2.0, 3.0])
    yield "stride 1", (np.array([3.0, 1.0, 4.0, 1.0]), weight), dict(stride=1)
    yield "larger strides", (np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]), weight), dict(stride=2)
    yield "larger strides", (np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]), weight), dict(stride=3)
    yield "stride 1", (np.array([2.0, 1.0, 3.0]), weight), dict(stride=1)  # one window
    yield "larger strides", (np.array([2.0, 1.0, 3.0]), weight), dict(stride=2)
    yield "stride 1", (np.array([0.1, 0.7, 0.2]), np.array([0.3, 0.6])), dict(stride=1)
    for _ in range(4):
        weight = signal(rng, whole(rng, 1, 4))
        x = signal(rng, len(weight) + whole(rng, 3, 9))
        yield "stride 1", (x, weight), dict(stride=1)
        yield "stride 1", (x + 1, weight), dict(stride=1)  # a shape never tells the answer
        yield "larger strides", (x, weight), dict(stride=whole(rng, 2, 4))


@exercise.misconception("kernel flipped", loses={"stride 1", "larger strides"})
def _(x, weight, *, stride):
    """Your kernel is back to front. Multiply the first sample of the window by weight[0]. (np.convolve flips,
    np.correlate does not.)
    """
    return conv1d(x, weight[::-1], stride=stride)


@exercise.misconception("stride ignored", loses={"larger strides"})
def _(x, weight, *, stride):
    """Your windows start at every sample, so there are too many. They start stride samples apart."""
    return conv1d(x, weight, stride=1)


@exercise.misconception("windows move by one", loses={"larger strides"})
def _(x, weight, *, stride):
    """You have the right number of outputs, but your windows are neighbours. Window n starts at sample n·s."""
    return conv1d(x, weight, stride=1)[: len(conv1d(x, weight, stride=stride))]


@exercise.misconception("stride on the kernel", loses={"larger strides"})
def _(x, weight, *, stride):
    """You move the taps of the kernel apart, which is dilation. A stride moves the whole kernel."""
    spread = np.zeros((len(weight) - 1) * stride + 1)
    spread[::stride] = weight
    return conv1d(x, spread, stride=1)


@exercise.misconception("wrong phase", loses={"larger strides"})
def _(x, weight, *, stride):
    """Your first window starts too late. The first output reads from sample 0 on, whatever the stride."""
    return conv1d(x, weight, stride=1)[stride - 1 :: stride]


@exercise.misconception("last window missing", loses={"stride 1", "larger strides"})
def _(x, weight, *, stride):
    """Your last output is missing. A window that ends exactly at the last sample still fits."""
    return conv1d(x, weight, stride=stride)[:-1]


@exercise.misconception("windows that hang over", loses={"larger strides"})
def _(x, weight, *, stride):
    """Your last window hangs over the end of the signal. Stop where the kernel no longer fits."""
    return conv1d(np.pad(x, (0, stride - 1)), weight, stride=stride)


@exercise.misconception("end of the range", loses={"stride 1", "larger strides"})
def _(x, weight, *, stride):
    """You leave out a window that ends exactly at the last sample. A range does not contain its end: add 1."""
    return np.array([x[n : n + len(weight)] @ weight for n in range(0, len(x) - len(weight), stride)])


@exercise.misconception("padded to the same size", loses={"stride 1", "larger strides"})
def _(x, weight, *, stride):
    """You pad the signal, so that the output is as long as the input. Here the first window starts at sample 0."""
    return np.correlate(x, weight, "same")[::stride]
