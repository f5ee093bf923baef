"""4.1: the weights of a dense layer, folded into kernels."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import signal, whole


def dense_to_kernels(
    weight: np.ndarray,
    *,
    in_channels: int,
    height: int,
    width: int,
) -> np.ndarray:
    """Fold the rows of a dense layer's weights into kernels.

    >>> dense_to_kernels(np.arange(8).reshape(1, 8), in_channels=2, height=2, width=2)
    array([[[[0, 1],
             [2, 3]],
    <BLANKLINE>
            [[4, 5],
             [6, 7]]]])
    """
    return weight.reshape(len(weight), in_channels, height, width)


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw layers that read one square channel, several, and features that are not square."""
    yield _case("one channel", np.arange(18.0).reshape(2, 9), 1, 3, 3)
    yield _case("channels", np.arange(48.0).reshape(4, 12), 3, 2, 2)
    yield _case("not square", np.arange(36.0).reshape(3, 12), 2, 2, 3)
    for _ in range(3):
        size, channels, neurons = whole(rng, 2, 4), whole(rng, 2, 4), whole(rng, 2, 4)
        yield _drawn(rng, "one channel", neurons, 1, size, size)
        yield _drawn(rng, "channels", neurons, channels, size, size)
        yield _drawn(rng, "not square", neurons, channels, size, size + whole(rng, 1, 2))


def _drawn(rng, group: str, neurons: int, channels: int, height: int, width: int) -> Case:
    weight = signal(rng, neurons * channels * height * width).reshape(neurons, -1)
    return _case(group, weight, channels, height, width)


def _case(group: str, weight: np.ndarray, in_channels: int, height: int, width: int) -> Case:
    return Case(group, (weight,), {"in_channels": in_channels, "height": height, "width": width})


def _channels_last(weight, *, in_channels, height, width):
    return weight.reshape(-1, height, width, in_channels).transpose(0, 3, 1, 2)


def _columns_first(weight, *, in_channels, height, width):
    return weight.reshape(-1, in_channels, width, height).swapaxes(2, 3)


def _flipped(weight, *, in_channels, height, width):
    return weight.reshape(-1, in_channels, height, width)[..., ::-1, ::-1]


def _transposed(weight, *, in_channels, height, width):
    return weight.T.reshape(-1, in_channels, height, width)


EXERCISE = Exercise(
    id="4.1",
    title="A dense layer as a convolution",
    level=1,
    prompt="""\
A dense layer reads a feature map of shape `(in_channels, height, width)`, flattened to one row as `torch` does it:
channel after channel, in each of them row after row. Its `weight` has the shape `(neurons, in_channels · height ·
width)`. The same layer is a convolution whose kernels are as large as the feature map.

Write `dense_to_kernels`: return the convolution's weights, of shape `(neurons, in_channels, height, width)`.""",
    points={"one channel": 1, "channels": 2, "not square": 1},
    reference=dense_to_kernels,
    cases=cases,
    hints=(
        "How many numbers does a row of weight hold, and in which order did the flattening read them?",
        "NumPy reads and writes arrays in the same order as torch flattens: the last axis runs fastest.",
        "A reshape is all it takes; neither a transpose nor a flip.",
    ),
    misconceptions=(
        Misconception(
            "channels last",
            _channels_last,
            "You fold as if the channels of one pixel stood side by side. In the row, one channel is complete before "
            "the next one begins.",
            loses={"channels", "not square"},
        ),
        Misconception(
            "column after column",
            _columns_first,
            "Your kernels lie on their side: in the row, a channel is written row after row.",
            loses={"one channel", "channels", "not square"},
        ),
        Misconception(
            "flipped",
            _flipped,
            "Your kernels are turned by half a circle. What torch calls a convolution does not flip, and neither does "
            "a dense layer.",
            loses={"one channel", "channels", "not square"},
        ),
        Misconception(
            "transposed first",
            _transposed,
            "You transpose the weights before you fold them, so the neurons get mixed. One row already is one neuron.",
            loses={"one channel", "channels", "not square"},
        ),
    ),
)
