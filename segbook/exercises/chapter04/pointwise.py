"""4.2: the 1×1 convolution as a matrix product."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import signal, whole

exercise = Exercise(
    id="4.2",
    title="The 1 × 1 convolution",
    level=1,
    points={"one pixel": 1, "map": 2, "bias": 1},
    prompt="""\
A 1 × 1 convolution has a kernel of a single pixel. At every pixel it makes the scores of $K$ classes from $D$ features,
with the same weights everywhere: each score is a weighted sum of that pixel's features, plus the bias of its class.

Write `conv1x1`: from `features` of shape `(D, height, width)`, `weight` of shape `(K, D)` and `bias` of shape `(K,)`,
return the score map of shape `(K, height, width)`.""",
    hints=(
        "Take one pixel: its D features are a vector, and its K scores are weight times that vector plus bias.",
        "The same product at all pixels sums over the axis D and leaves rows and columns alone.",
        "Make the features a matrix with one column for each pixel, multiply, add the bias, and restore the shape.",
    ),
)


@exercise.reference
def conv1x1(
    features: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
) -> np.ndarray:
    """Multiply the features of every pixel by the same matrix, and add the bias.

    >>> features = np.array([[[1.0, 2.0]], [[10.0, 20.0]]])  # 2 channels, 1 × 2 pixels
    >>> weight = np.array([[1.0, 1.0], [0.0, 1.0], [2.0, 0.0]])
    >>> bias = np.array([0.0, 0.0, 5.0])
    >>> conv1x1(features, weight, bias)
    array([[[11., 22.]],
    <BLANKLINE>
           [[10., 20.]],
    <BLANKLINE>
           [[ 7.,  9.]]])
    """
    channels, height, width = features.shape
    pixels = features.reshape(channels, height * width)  # one column for each pixel
    scores = weight @ pixels + bias[:, None]
    return scores.reshape(len(weight), height, width)


@exercise.cases
def cases(rng):
    """Draw single pixels and whole maps without a bias, then biases."""
    features, weight = np.array([[[1.0, 2.0]], [[10.0, 20.0]]]), np.array([[1.0, 1.0], [0.0, 1.0], [2.0, 0.0]])
    yield "map", (features, weight, np.zeros(3))
    yield "bias", (features, weight, np.array([0.0, 3.0, 5.0]))
    for _ in range(4):
        channels, classes, height, width = whole(rng, 2, 4), whole(rng, 2, 4), whole(rng, 2, 4), whole(rng, 5, 6)
        for _ in range(2):  # a shape never tells the answer
            yield "one pixel", _layer(rng, channels, classes, 1, 1)
            yield "map", _layer(rng, channels, classes, height, width)
            yield "bias", _layer(rng, channels, classes, height, width, biased=True)
    yield "one pixel", _layer(rng, 3, 3, 1, 1)
    yield "map", _layer(rng, 3, 3, 2, 5)
    yield "map", _layer(rng, 2, 3, 5, 2)  # higher than wide
    yield "bias", _layer(rng, 3, 3, 2, 5, biased=True)


def _layer(rng, channels, classes, height, width, *, biased=False):
    features = signal(rng, channels * height * width).reshape(channels, height, width)
    weight = signal(rng, classes * channels).reshape(classes, channels)
    weight += np.arange(classes)[:, None] / 4  # never symmetric
    return features, weight, signal(rng, classes) if biased else np.zeros(classes)


@exercise.misconception("pixels mixed", loses={"map", "bias"})
def _(features, weight, bias):
    """Your features of one pixel come from different pixels. The first axis is the channels, and reshape does not move
    axes; a transpose does.
    """
    channels, height, width = features.shape
    scores = features.reshape(height * width, channels) @ weight.T + bias
    return scores.T.reshape(len(weight), height, width)


@exercise.misconception("weight transposed", loses={"one pixel", "map", "bias"})
def _(features, weight, bias):
    """You sum over the classes of the weight. Its rows are classes, its columns are the features to sum over."""
    return np.einsum("dk,dhw->khw", weight, features) + bias[:, None, None]


@exercise.misconception("bias lost", loses={"bias"})
def _(features, weight, bias):
    """Your scores do not depend on the bias. Each class adds its own number, at every pixel."""
    return conv1x1(features, weight, np.zeros_like(bias))


@exercise.misconception("bias for every channel", loses={"bias"})
def _(features, weight, bias):
    """You add the bias once for every feature. Add it once, to the finished sum."""
    return conv1x1(features, weight, bias * len(features))


@exercise.misconception("averages the features", loses={"one pixel", "map", "bias"})
def _(features, weight, bias):
    """You divide by the number of features. A score is a sum; the weights decide how much each feature counts."""
    return conv1x1(features, weight / len(features), bias)


@exercise.misconception("bias along the columns", loses={"one pixel", "map", "bias"})
def _(features, weight, bias):
    """You add the bias along the last axis, the columns. It belongs to the axis of the classes: bias[:, None, None]."""
    return np.einsum("kd,dhw->khw", weight, features) + bias
