"""5.4: how many samples an output of a stack of layers sees."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


def receptive_field(
    kernel_sizes: np.ndarray,
    strides: np.ndarray,
    dilations: np.ndarray,
) -> int:
    """Grow a window: each layer adds its gaps, in steps of the grid that it reads.

    >>> receptive_field(np.array([3, 2, 3]), np.array([1, 2, 1]), np.array([1, 1, 1]))
    8
    """
    size, jump = 1, 1
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return int(size)


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw stacks of plain layers, of layers with strides, of layers with dilation as well."""
    yield _case("stride 1", [3, 3, 3], [1, 1, 1], [1, 1, 1])
    yield _case("stride 1", [5], [1], [1])
    yield _case("strides", [3, 3, 2, 3, 3, 2], [1, 1, 2, 1, 1, 2], [1] * 6)
    yield _case("strides", [3, 3, 3], [2, 2, 2], [1, 1, 1])
    yield _case("dilation", [3, 3, 3], [1, 1, 1], [1, 2, 4])
    yield _case("dilation", [3, 3, 3], [1, 2, 1], [2, 1, 2])
    for _ in range(4):
        count = whole(rng, 3, 6)
        kernel_sizes, strides = rng.integers(2, 6, count), rng.integers(1, 4, count)
        yield _case("stride 1", kernel_sizes, [1] * count, [1] * count)
        yield _case("strides", kernel_sizes, strides, [1] * count)
        yield _case("dilation", kernel_sizes, strides, rng.integers(1, 5, count))


def _case(group: str, *stack: list[int] | np.ndarray) -> Case:
    return Case(group, tuple(np.array(settings, dtype=np.int64) for settings in stack))


def _adds_the_kernel(kernel_sizes, strides, dilations):
    return receptive_field(kernel_sizes + 1, strides, dilations)


def _own_stride_first(kernel_sizes, strides, dilations):
    size, jump = 1, 1
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
        jump *= stride
        size += dilation * (kernel_size - 1) * jump
    return int(size)


def _ignores_strides(kernel_sizes, strides, dilations):
    return receptive_field(kernel_sizes, np.ones_like(strides), dilations)


def _adds_strides(kernel_sizes, strides, dilations):
    size, jump = 1, 0
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
        size += dilation * (kernel_size - 1) * max(jump, 1)
        jump += stride
    return int(size)


def _ignores_dilation(kernel_sizes, strides, dilations):
    return receptive_field(kernel_sizes, strides, np.ones_like(dilations))


def _multiplies_fields(kernel_sizes, strides, dilations):
    return int(np.prod(dilations * (kernel_sizes - 1) + 1))


EXERCISE = Exercise(
    id="5.4",
    title="The receptive field of a stack",
    level=2,
    prompt="""\
How many samples of the input lie between the first and the last one that an output of a stack of layers can see, both
counted? The arrays hold the settings of its layers, first layer first: entry 0 is the layer that reads the input. A
pooling layer is one of them like any other.

Write `receptive_field`: from three arrays of shape `(layers,)`, return a whole number.""",
    points={"stride 1": 1, "strides": 2, "dilation": 1},
    reference=receptive_field,
    cases=cases,
    hints=(
        "Start from the last layer: its output sees kernel_size samples of its own input, at most.",
        "One more tap in a layer widens the field by its jump: the product of the strides of all layers before it.",
        "Begin with field 1 and jump 1; for each layer add (kernel_size − 1)·dilation·jump, then multiply "
        "jump by its stride.",
    ),
    misconceptions=(
        Misconception(
            "adds k",
            _adds_the_kernel,
            "Each of your layers adds one step too many. A kernel of k taps has k − 1 gaps, and gaps are what adds up.",
            loses={"stride 1", "strides", "dilation"},
        ),
        Misconception(
            "own stride first",
            _own_stride_first,
            "You multiply by a layer's own stride before you add its taps. They are as far apart as the outputs of the "
            "layer before; the own stride widens only what comes later.",
            loses={"strides", "dilation"},
        ),
        Misconception(
            "strides ignored",
            _ignores_strides,
            "Your result does not depend on the strides. After a stride of 2, neighbouring samples are 2 input samples "
            "apart, and all later taps too.",
            loses={"strides", "dilation"},
        ),
        Misconception(
            "strides added",
            _adds_strides,
            "You add the strides up. Two strides of 2 put neighbours 4 input samples apart, three of them 8.",
            loses={"stride 1", "strides", "dilation"},
        ),
        Misconception(
            "dilation ignored",
            _ignores_dilation,
            "Your result does not depend on the dilations. A gap between two taps is d steps wide.",
            loses={"dilation"},
        ),
        Misconception(
            "fields multiplied",
            _multiplies_fields,
            "You multiply the windows of the layers. Windows of neighbouring outputs overlap, so a layer adds to the "
            "field; try two kernels of 3 on paper.",
            loses={"stride 1", "strides", "dilation"},
        ),
    ),
)
