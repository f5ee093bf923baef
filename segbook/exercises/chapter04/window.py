"""4.3: what one score of a stack reads."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


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


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw single layers, stacks of them, and stacks with padding."""
    yield _case("one layer", [3], [2], [0], 4)
    yield _case("stack", [4, 2, 4, 2, 5], [1, 2, 1, 2, 1], [0, 0, 0, 0, 0], 3)
    yield _case("stack", [3, 2, 3], [3, 2, 4], [0, 0, 0], 2)
    yield _case("padding", [3, 2, 3], [3, 2, 1], [1, 0, 1], 2)
    for _ in range(4):
        layers = whole(rng, 2, 4)
        kernels = rng.integers(2, 6, layers).tolist()
        strides = [3, *rng.integers(1, 4, layers - 2).tolist(), 2]  # 3 · 2 is not 3 + 2
        paddings = [1, *rng.integers(0, 2, layers - 1).tolist()]
        index = whole(rng, 1, 9)
        yield _case("one layer", kernels[:1], [whole(rng, 1, 4)], [0], index)
        yield _case("stack", kernels, strides, [0] * layers, index)
        yield _case("padding", kernels, strides, paddings, index)


def _case(group: str, kernel_sizes: list, strides: list, paddings: list, index: int) -> Case:
    return Case(group, (np.array(kernel_sizes), np.array(strides), np.array(paddings)), {"index": index})


def _strides_summed(kernel_sizes, strides, paddings, *, index):
    before = np.cumsum(strides) - strides  # the sum of the strides before each layer
    jump = np.where(np.arange(len(strides)) == 0, 1, before)
    first = index * strides.sum() - (paddings * jump).sum()
    return np.array([first, first + ((kernel_sizes - 1) * jump).sum()])


def _padding_ignored(kernel_sizes, strides, paddings, *, index):
    return input_window(kernel_sizes, strides, np.zeros_like(paddings), index=index)


def _whole_kernel_added(kernel_sizes, strides, paddings, *, index):
    return input_window(kernel_sizes + 1, strides, paddings, index=index)


def _kernels_without_the_jump(kernel_sizes, strides, paddings, *, index):
    first, _ = input_window(kernel_sizes, strides, paddings, index=index)
    return np.array([first, first + (kernel_sizes - 1).sum()])


def _front_to_back(kernel_sizes, strides, paddings, *, index):
    return input_window(kernel_sizes[::-1], strides[::-1], paddings[::-1], index=index)


EXERCISE = Exercise(
    id="4.3",
    title="What a score reads",
    level=2,
    prompt="""\
A stack of convolutions and poolings makes scores; layer number $l$ has the kernel size `kernel_sizes[l]`, the stride
`strides[l]` and the padding `paddings[l]`, and layer 0 reads the image. Along one axis, score number `index` sees a
window of the image. With padding the window can begin before pixel 0; say so with a negative number.

Write `input_window`: return an array of two whole numbers, the first and the last pixel of the window.""",
    points={"one layer": 1, "stack": 2, "padding": 1},
    reference=input_window,
    cases=cases,
    hints=(
        "Start at the score and walk back through the layers, last layer first.",
        "If a layer reads samples first … last of its input for outputs a … b, then first = a · stride − "
        "padding. And last?",
        "last = b · stride − padding + kernel_size − 1. Begin with a = b = index and repeat for each layer.",
    ),
    misconceptions=(
        Misconception(
            "strides summed",
            _strides_summed,
            "You add the strides of the layers. A step in a later layer is made of steps of earlier ones: multiply.",
            loses={"stack", "padding"},
        ),
        Misconception(
            "padding ignored",
            _padding_ignored,
            "Your window does not depend on the padding. It moves the window towards the start.",
            loses={"padding"},
        ),
        Misconception(
            "k added",
            _whole_kernel_added,
            "Your window is too long. From the first of k taps to the last there are k − 1 steps.",
            loses={"one layer", "stack", "padding"},
        ),
        Misconception(
            "kernels without the jump",
            _kernels_without_the_jump,
            "You add up the kernels as if all their taps were pixels apart. After a stride of 2, the taps of the next "
            "layer lie two pixels apart.",
            loses={"stack", "padding"},
        ),
        Misconception(
            "front to back",
            _front_to_back,
            "You start at the image. You know which *score* it is, so walk back from the last layer to the first.",
            loses={"stack", "padding"},
        ),
    ),
)
