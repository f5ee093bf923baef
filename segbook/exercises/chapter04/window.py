"""4.3: what one score of a stack reads."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="4.3",
    title="What a score reads",
    level=2,
    points={"one layer": 1, "stack": 2, "padding": 1},
    prompt="""\
A stack of convolutions and poolings makes scores; layer number $l$ has the kernel size `kernel_sizes[l]`, the stride
`strides[l]` and the padding `paddings[l]`, and layer 0 reads the image. No layer is dilated. Along one axis, score
number `index`, counted from 0, sees a window of the image. With padding the window can begin before pixel 0; say so
with a negative number. (It can end beyond the image, too, so you need not know how large the image is.)

Write `input_window`: return an integer array of two elements, the first and the last pixel of the window. (The last one
is included; the chapter's function of this name returns a `range`, whose end is not.)""",
    hints=(
        "Start at the score and walk back through the layers, last layer first.",
        "If a layer reads samples first … last of its input for outputs a … b, then first = a · stride − "
        "padding. And last?",
        "last = b · stride − padding + kernel_size − 1. Begin with a = b = index and repeat for each layer.",
    ),
)


@exercise.reference
def input_window(
    kernel_sizes: np.ndarray,
    strides: np.ndarray,
    paddings: np.ndarray,
    *,
    index: int,
) -> np.ndarray:
    """Find the first and the last pixel that one score reads, along one axis.

    >>> input_window(np.array([3, 2]), np.array([1, 2]), np.array([0, 0]), index=1)
    array([2, 5])
    """
    first = last = index
    for kernel_size, stride, padding in zip(kernel_sizes[::-1], strides[::-1], paddings[::-1], strict=True):
        first = first * stride - padding
        last = last * stride - padding + kernel_size - 1
    return np.array([first, last])


@exercise.cases
def cases(rng):
    """Draw single layers, stacks of them, and stacks with padding."""
    yield "one layer", (np.array([3]), np.array([2]), np.array([0])), dict(index=4)
    yield "one layer", (np.array([4]), np.array([3]), np.array([0])), dict(index=2)
    yield "stack", (np.array([4, 2, 4, 2, 5]), np.array([1, 2, 1, 2, 1]), np.array([0, 0, 0, 0, 0])), dict(index=3)
    yield "stack", (np.array([3, 2, 3]), np.array([3, 2, 4]), np.array([0, 0, 0])), dict(index=2)
    yield "padding", (np.array([3, 2, 3]), np.array([3, 2, 1]), np.array([1, 0, 1])), dict(index=2)
    yield "one layer", (np.array([3]), np.array([2]), np.array([0])), dict(index=0)
    yield "stack", (np.array([3, 2, 3]), np.array([3, 2, 4]), np.array([0, 0, 0])), dict(index=0)
    yield "padding", (np.array([3, 2, 3]), np.array([3, 2, 1]), np.array([1, 0, 1])), dict(index=0)
    yield "padding", (np.array([3, 3, 2]), np.array([2, 1, 2]), np.array([0, 2, 1])), dict(index=1)
    for _ in range(4):
        layers = whole(rng, 2, 4)
        kernels = rng.integers(2, 6, layers).tolist()
        strides = [3, *rng.integers(1, 4, layers - 2).tolist(), 2]  # 3 · 2 is not 3 + 2
        paddings = [1, *rng.integers(0, 2, layers - 1).tolist()]
        index = whole(rng, 1, 9)
        yield "one layer", (np.array(kernels[:1]), np.array([whole(rng, 1, 4)]), np.array([0])), dict(index=index)
        yield "stack", (np.array(kernels), np.array(strides), np.array([0] * layers)), dict(index=index)
        yield "padding", (np.array(kernels), np.array(strides), np.array(paddings)), dict(index=index)


@exercise.misconception("strides summed", loses={"stack", "padding"})
def _(kernel_sizes, strides, paddings, *, index):
    """You add the strides of the layers. A step of a later layer is several steps of the layers before: multiply."""
    before = np.cumsum(strides) - strides  # the sum of the strides before each layer
    jump = np.where(np.arange(len(strides)) == 0, 1, before)
    first = index * strides.sum() - (paddings * jump).sum()
    return np.array([first, first + ((kernel_sizes - 1) * jump).sum()])


@exercise.misconception("padding ignored", loses={"padding"})
def _(kernel_sizes, strides, paddings, *, index):
    """Your window does not depend on the padding. It moves the window towards the start."""
    return input_window(kernel_sizes, strides, np.zeros_like(paddings), index=index)


@exercise.misconception("k added", loses={"one layer", "stack", "padding"})
def _(kernel_sizes, strides, paddings, *, index):
    """Your window is too long. From the first to the last of k taps there are k − 1 steps."""
    return input_window(kernel_sizes + 1, strides, paddings, index=index)


@exercise.misconception("kernels without the jump", loses={"stack", "padding"})
def _(kernel_sizes, strides, paddings, *, index):
    """You add up the kernels as if all their taps were pixels apart. After a stride of 2, the taps of the next layer
    lie two pixels apart.
    """
    first, _ = input_window(kernel_sizes, strides, paddings, index=index)
    return np.array([first, first + (kernel_sizes - 1).sum()])


@exercise.misconception("front to back", loses={"stack", "padding"})
def _(kernel_sizes, strides, paddings, *, index):
    """You take the layers in the wrong order. Begin at the score that is given and walk back, last layer first."""
    return input_window(kernel_sizes[::-1], strides[::-1], paddings[::-1], index=index)


@exercise.misconception("cut off at pixel 0", loses={"padding"})
def _(kernel_sizes, strides, paddings, *, index):
    """You cut off the window where the image begins. The places in front of pixel 0 have negative numbers."""
    return np.maximum(input_window(kernel_sizes, strides, paddings, index=index), 0)


@exercise.misconception("sign lost", loses={"padding"})
def _(kernel_sizes, strides, paddings, *, index):
    """Your numbers are never negative. A window that begins two places in front of the image begins at −2."""
    return abs(input_window(kernel_sizes, strides, paddings, index=index))


@exercise.misconception("end exclusive", loses={"one layer", "stack", "padding"})
def _(kernel_sizes, strides, paddings, *, index):
    """You return the first pixel after the window. Return the last pixel in it."""
    return np.add(input_window(kernel_sizes, strides, paddings, index=index), [0, 1])


@exercise.misconception("padding without the jump", loses={"padding"})
def _(kernel_sizes, strides, paddings, *, index):
    """You add up the paddings as if all were in pixels. After a stride of 2, one place of the next layer's padding is
    two pixels: multiply each by the jump of its input.
    """
    first, last = input_window(kernel_sizes, strides, np.zeros_like(paddings), index=index)
    return np.array([first, last]) - paddings.sum()
