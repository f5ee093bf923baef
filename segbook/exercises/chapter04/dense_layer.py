"""4.1: the weights of a dense layer, as kernels."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import signal, whole

exercise = Exercise(
    id="4.1",
    title="A dense layer as a convolution",
    level=1,
    points={"one channel": 1, "channels": 2, "not square": 1},
    prompt="""\
A dense layer reads a feature map of shape `(in_channels, height, width)`, flattened to one row as `torch` does it:
channel after channel, and within each channel row after row. Its `weight` has the shape
`(neurons, in_channels · height · width)`. The same layer is a convolution whose kernels are as large as the feature
map.

Write `dense_to_kernels`: return the convolution's weights, of shape `(neurons, in_channels, height, width)`.""",
    hints=(
        "How many numbers are in a row of weight, and in which order did the flattening read them?",
        "NumPy reads and writes arrays in the same order as torch flattens: the last axis runs fastest.",
        "A reshape is all it takes; neither a transpose nor a flip.",
    ),
)


@exercise.reference
def dense_to_kernels(
    weight: np.ndarray,
    *,
    in_channels: int,
    height: int,
    width: int,
) -> np.ndarray:
    """Turn each row of a dense layer's weights into a kernel.

    >>> dense_to_kernels(np.arange(8).reshape(1, 8), in_channels=2, height=2, width=2)
    array([[[[0, 1],
             [2, 3]],
    <BLANKLINE>
            [[4, 5],
             [6, 7]]]])
    """
    return weight.reshape(len(weight), in_channels, height, width)


@exercise.cases
def cases(rng):
    """Draw layers that read one square channel, several, and features that are not square."""
    yield "one channel", (np.arange(18.0).reshape(2, 9),), dict(in_channels=1, height=3, width=3)
    yield "channels", (np.arange(16.0).reshape(2, 8),), dict(in_channels=2, height=2, width=2)
    yield "channels", (np.arange(48.0).reshape(4, 12),), dict(in_channels=3, height=2, width=2)
    yield "not square", (np.arange(36.0).reshape(3, 12),), dict(in_channels=2, height=2, width=3)
    yield "not square", (np.arange(24.0).reshape(2, 12),), dict(in_channels=2, height=3, width=2)
    for _ in range(3):
        size, channels, neurons = whole(rng, 2, 4), whole(rng, 2, 4), whole(rng, 2, 4)
        wide = size + whole(rng, 1, 2)
        for _ in range(2):  # a shape never tells the answer
            yield "one channel", *_layer(rng, neurons, 1, size, size)
            yield "channels", *_layer(rng, neurons, channels, size, size)
            yield "not square", *_layer(rng, neurons, channels, size, wide)


def _layer(rng, neurons, channels, height, width):
    weight = signal(rng, neurons * channels * height * width).reshape(neurons, -1)
    return (weight,), dict(in_channels=channels, height=height, width=width)


@exercise.misconception("channels last", loses={"channels", "not square"})
def _(weight, *, in_channels, height, width):
    """You reshape as if the channels of one pixel stood side by side. In a row of weight, one channel is complete
    before the next one begins.
    """
    return weight.reshape(-1, height, width, in_channels).transpose(0, 3, 1, 2)


@exercise.misconception("column after column", loses={"one channel", "channels", "not square"})
def _(weight, *, in_channels, height, width):
    """Your kernels are transposed. In a row of weight, each channel is written row after row."""
    return weight.reshape(-1, in_channels, width, height).swapaxes(2, 3)


@exercise.misconception("flipped", loses={"one channel", "channels", "not square"})
def _(weight, *, in_channels, height, width):
    """Your kernels are turned by half a circle. What torch calls a convolution does not flip, and neither does a dense
    layer.
    """
    return weight.reshape(-1, in_channels, height, width)[..., ::-1, ::-1]


@exercise.misconception("transposed first", loses={"one channel", "channels", "not square"})
def _(weight, *, in_channels, height, width):
    """You transpose the weights before you reshape them, which mixes the neurons. Each row already is one neuron."""
    return weight.T.reshape(-1, in_channels, height, width)


@exercise.misconception("width before height", loses={"not square"})
def _(weight, *, in_channels, height, width):
    """Your kernels have the shape (width, height). Rows come first: (height, width)."""
    return weight.reshape(-1, in_channels, width, height)
