"""5.4: how many samples an output of a stack of layers sees."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="5.4",
    title="The receptive field of a stack",
    level=2,
    points={"stride 1": 1, "strides": 2, "dilation": 1},
    prompt="""\
An output of a stack of layers can see a part of the input: how many samples are there from the first to the last one
that it can see, both included, even if some in between are not read? The arrays hold the settings of the layers: entry
0 is the layer that reads the input. A pooling layer counts like any other.

Write `receptive_field`: from three arrays of shape `(layers,)`, return a whole number.""",
    hints=(
        "Start with a single layer without dilation: how many samples does its output see?",
        "One more tap in a layer widens the field by its jump: the product of the strides of all layers before it.",
        "Begin with field 1 and jump 1; for each layer add (kernel_size − 1)·dilation·jump, then multiply "
        "jump by its stride.",
    ),
)


@exercise.reference
def receptive_field(
    kernel_sizes: np.ndarray,
    strides: np.ndarray,
    dilations: np.ndarray,
) -> int:
    """Count the input samples from the first to the last that an output can see.

    >>> receptive_field(np.array([3, 2, 3]), np.array([1, 2, 1]), np.array([1, 1, 1]))
    8
    """
    size, jump = 1, 1
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return int(size)


@exercise.cases
def cases(rng):
    """Draw stacks of plain layers, of layers with strides, of layers with dilation as well."""
    yield "stride 1", (np.array([3, 3, 3]), np.array([1, 1, 1]), np.array([1, 1, 1]))
    yield "stride 1", (np.array([5]), np.array([1]), np.array([1]))
    yield "strides", (np.array([3, 3, 2, 3, 3, 2]), np.array([1, 1, 2, 1, 1, 2]), np.array([1] * 6))
    yield "strides", (np.array([3, 3, 3]), np.array([2, 2, 2]), np.array([1, 1, 1]))
    yield "dilation", (np.array([3, 3, 3]), np.array([1, 1, 1]), np.array([1, 2, 4]))
    yield "dilation", (np.array([3, 3, 3]), np.array([1, 2, 1]), np.array([2, 1, 2]))
    yield "stride 1", (np.array([3] * 8), np.array([1] * 8), np.array([1] * 8))
    yield "strides", (np.array([3, 1, 3]), np.array([1, 2, 1]), np.array([1, 1, 1]))  # one tap, and yet a stride
    yield "dilation", (np.array([3, 1, 3]), np.array([1, 3, 1]), np.array([3, 2, 1]))
    for _ in range(4):
        count = whole(rng, 3, 6)
        kernel_sizes, strides = rng.integers(2, 6, count), rng.integers(1, 4, count)
        ones = np.ones_like(strides)
        yield "stride 1", (kernel_sizes, ones, ones)
        yield "strides", (kernel_sizes, strides, ones)
        yield "dilation", (kernel_sizes, strides, rng.integers(1, 5, count))


@exercise.misconception("adds k", loses={"stride 1", "strides", "dilation"})
def _(kernel_sizes, strides, dilations):
    """Each of your layers adds one step too many. A kernel of k taps has only k − 1 gaps between them."""
    return receptive_field(kernel_sizes + 1, strides, dilations)


@exercise.misconception("own stride first", loses={"strides", "dilation"})
def _(kernel_sizes, strides, dilations):
    """You multiply by a layer's own stride before you add its taps. They are as far apart as the outputs of the layer
    before; a layer's own stride matters only for later layers.
    """
    size, jump = 1, 1
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
        jump *= stride
        size += dilation * (kernel_size - 1) * jump
    return int(size)


@exercise.misconception("strides ignored", loses={"strides", "dilation"})
def _(kernel_sizes, strides, dilations):
    """Your result does not depend on the strides. After a stride of 2, neighbouring samples are 2 input samples apart,
    and so are the taps of all later layers.
    """
    return receptive_field(kernel_sizes, np.ones_like(strides), dilations)


@exercise.misconception("strides added", loses={"stride 1", "strides", "dilation"})
def _(kernel_sizes, strides, dilations):
    """You add the strides up. Two strides of 2 put neighbours 4 input samples apart, three of them 8."""
    size, jump = 1, 0
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
        size += dilation * (kernel_size - 1) * max(jump, 1)
        jump += stride
    return int(size)


@exercise.misconception("dilation ignored", loses={"dilation"})
def _(kernel_sizes, strides, dilations):
    """Your result does not depend on the dilations. A gap between two taps is d steps wide."""
    return receptive_field(kernel_sizes, strides, np.ones_like(dilations))


@exercise.misconception("fields multiplied", loses={"stride 1", "strides", "dilation"})
def _(kernel_sizes, strides, dilations):
    """You multiply the windows of the layers. Windows of neighbouring outputs overlap, so a layer adds to the field;
    try two kernels of 3 on paper.
    """
    return int(np.prod(dilations * (kernel_sizes - 1) + 1))


@exercise.misconception("steps for samples", loses={"stride 1", "strides", "dilation"})
def _(*layers):
    """You are one short each time: you count the steps from the first sample to the last. Count the samples."""
    return receptive_field(*layers) - 1


@exercise.misconception("last layer first", loses={"strides", "dilation"})
def _(*layers):
    """You take the layers in the wrong order. Entry 0 reads the input, so its stride matters for all others."""
    return receptive_field(*(values[::-1] for values in layers))


@exercise.misconception("kernels of one tap skipped", loses={"strides", "dilation"})
def _(kernel_sizes, strides, dilations):
    """You skip layers with a kernel of one tap. They do not widen the field, but their stride matters later."""
    return receptive_field(*(values[kernel_sizes > 1] for values in (kernel_sizes, strides, dilations)))
