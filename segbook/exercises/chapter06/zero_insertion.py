"""6.5: the transposed convolution as zero insertion and a plain convolution."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import signal, whole

exercise = Exercise(
    id="6.5",
    title="Zero insertion",
    level=3,
    points={"stride 1": 1, "zeros": 1, "padding": 1, "crop": 2},
    prompt="""\
A transposed convolution is a plain convolution of a spread-out signal. Insert $s-1$ zeros between neighbouring samples,
add $k-1-p$ zeros at each end (where this is negative, crop $p-k+1$ places instead), and convolve at stride 1 with the
kernel flipped.

Write `zero_insert_conv`: from `x` of shape `(input_size,)` and `weight` of shape `(kernel_size,)`, return the same
signal as in exercise 6.2.""",
    hints=(
        "Draw x = [2, 3] with stride 2 on paper: how long is it after the zeros are in, and where do 2 and 3 stand?",
        "A stamp writes weight[0] first; the window that collects it meets weight[0] last. What must happen to "
        "the kernel?",
        "Put kernel_size − 1 − padding zeros at each end, or cut that many samples off where the number is "
        "negative; then take the dot product of the flipped kernel with every window.",
    ),
)


@exercise.reference
def zero_insert_conv(
    x: np.ndarray,
    weight: np.ndarray,
    *,
    stride: int,
    padding: int,
) -> np.ndarray:
    """Spread x out with zeros, adjust the border, convolve with the flipped kernel.

    >>> x, weight = np.array([2.0, 3.0]), np.array([1.0, 10.0, 100.0])
    >>> zero_insert_conv(x, weight, stride=2, padding=1)
    array([ 20., 203.,  30.])
    """
    kernel_size = len(weight)
    spread = np.zeros((len(x) - 1) * stride + 1)
    spread[::stride] = x
    border = kernel_size - 1 - padding
    crop = max(-border, 0)  # a negative border crops
    spread = np.pad(spread[crop : len(spread) - crop], max(border, 0))
    windows = [spread[i : i + kernel_size] for i in range(len(spread) - kernel_size + 1)]
    return np.array([window @ weight[::-1] for window in windows])


@exercise.cases
def cases(rng):
    """Draw no zeros to insert, zeros, a smaller border, and a border so small that it crops."""
    x, weight = np.array([2.0, 3.0]), np.array([1.0, 10.0, 100.0])  # each tap stays visible as a digit
    yield "stride 1", (np.array([2.0, 3.0, 4.0]), weight), dict(stride=1, padding=0)
    yield "zeros", (x, weight), dict(stride=2, padding=0)  # the example of notes N6
    yield "zeros", (x, weight), dict(stride=4, padding=0)
    yield "zeros", (np.array([0.1, 0.7]), np.array([0.3, 0.9])), dict(stride=2, padding=0)
    yield "padding", (x, weight), dict(stride=2, padding=2)
    yield "crop", (np.array([2.0, 3.0, 4.0]), np.array([1.0, 10.0])), dict(stride=3, padding=2)
    yield "padding", (np.array([2.0, 3.0, 4.0]), weight), dict(stride=1, padding=1)
    yield "crop", (np.array([2.0, 3.0, 4.0, 5.0]), np.array([1.0, 10.0])), dict(stride=3, padding=3)
    for _ in range(4):
        input_size, kernel_size, stride = whole(rng, 3, 5), whole(rng, 2, 3), whole(rng, 2, 3)
        x, weight = signal(rng, input_size), signal(rng, kernel_size)
        yield "stride 1", (x, weight), dict(stride=1, padding=0)
        yield "zeros", (x, weight), dict(stride=stride, padding=0)
        yield "padding", (x, weight), dict(stride=stride, padding=whole(rng, 1, kernel_size - 1))
        yield "crop", (x, weight), dict(stride=stride, padding=kernel_size)


@exercise.misconception("kernel not flipped", loses={"stride 1", "zeros", "padding", "crop"})
def _(x, weight, **options):
    """Your kernel meets the signal unflipped. A window reads backwards what a stamp wrote forwards, so flip the kernel
    once; np.convolve flips by itself.
    """
    return zero_insert_conv(x, weight[::-1], **options)


@exercise.misconception("s zeros", loses={"stride 1", "zeros", "padding", "crop"})
def _(x, weight, *, stride, padding):
    """You insert one zero too many between neighbours: samples that lie s apart have s − 1 others between them."""
    return zero_insert_conv(x, weight, stride=stride + 1, padding=padding)


@exercise.misconception("trailing zeros", loses={"zeros", "padding", "crop"})
def _(x, weight, *, stride, padding):
    """You insert zeros after the last sample too. Zeros go between samples: input_size samples
    spread to (input_size − 1)·s + 1."""
    full = zero_insert_conv(x, weight, stride=stride, padding=0)
    longer = np.pad(full, (0, stride - 1))
    return longer[padding : len(longer) - padding]


@exercise.misconception("padding of the convolution", loses={"stride 1", "zeros", "padding", "crop"})
def _(x, weight, *, stride, padding):
    """You add padding zeros at each end. With more padding the output is shorter, so fewer zeros belong there: add
    kernel_size − 1 − padding.
    """
    return zero_insert_conv(x, weight, stride=stride, padding=len(weight) - 1 - padding)


@exercise.misconception("border never cropped", loses={"crop"})
def _(x, weight, *, stride, padding):
    """Where kernel_size − 1 − padding is negative, you do nothing. Crop that many samples from each end."""
    return zero_insert_conv(x, weight, stride=stride, padding=min(padding, len(weight) - 1))


@exercise.misconception("stride twice", loses={"zeros", "padding", "crop"})
def _(x, weight, *, stride, padding):
    """You move the kernel by the stride. The zeros that you inserted stand for it already: convolve at stride 1."""
    return zero_insert_conv(x, weight, stride=stride, padding=padding)[::stride]
