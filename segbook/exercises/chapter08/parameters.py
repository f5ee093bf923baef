"""8.3: how many parameters a U-Net has."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


def unet_parameters(
    in_channels: int,
    num_classes: int,
    *,
    width: int,
    depth: int,
) -> int:
    """Add up the weights and biases of all convolutions and up-convolutions.

    >>> unet_parameters(1, 2, width=64, depth=4)
    31030658
    """

    def conv(before, after, kernel_size):
        return before * after * kernel_size**2 + after

    channels = [width * 2**level for level in range(depth + 1)]  # down to the bottleneck
    total = conv(width, num_classes, 1)  # head
    for before, after in zip([in_channels, *channels], channels, strict=False):
        total += conv(before, after, 3) + conv(after, after, 3)  # encoder, bottleneck
    for after in channels[:-1]:
        total += conv(2 * after, after, 2)  # up-convolution
        total += conv(2 * after, after, 3) + conv(after, after, 3)  # decoder, after the concatenation
    return total


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw one level, several, and images with more channels than one."""
    yield _case("one level", 1, 2, width=4, depth=1)
    yield _case("deep", 1, 2, width=64, depth=4)  # the paper
    yield _case("colour", 3, 5, width=4, depth=2)
    for _ in range(3):
        width, num_classes = whole(rng, 2, 32), whole(rng, 2, 20)
        yield _case("one level", 1, num_classes, width=width, depth=1)
        yield _case("deep", 1, num_classes, width=width, depth=whole(rng, 2, 5))
        yield _case("colour", whole(rng, 2, 4), num_classes, width=width, depth=whole(rng, 1, 3))


def _case(group: str, in_channels: int, num_classes: int, *, width: int, depth: int) -> Case:
    return Case(group, (in_channels, num_classes), {"width": width, "depth": depth})


def _channels(width, depth):
    return [width * 2**level for level in range(depth + 1)]


def _no_biases(in_channels, num_classes, *, width, depth):
    channels = _channels(width, depth)
    biases = num_classes + 2 * channels[-1] + 5 * sum(channels[:-1])
    return unet_parameters(in_channels, num_classes, width=width, depth=depth) - biases


def _not_doubled(in_channels, num_classes, *, width, depth):
    missed = sum(9 * after * after for after in _channels(width, depth)[:-1])
    return unet_parameters(in_channels, num_classes, width=width, depth=depth) - missed


def _up_with_three_taps(in_channels, num_classes, *, width, depth):
    extra = sum((9 - 4) * 2 * after * after for after in _channels(width, depth)[:-1])
    return unet_parameters(in_channels, num_classes, width=width, depth=depth) + extra


def _up_keeps_channels(in_channels, num_classes, *, width, depth):
    total = unet_parameters(in_channels, num_classes, width=width, depth=depth)
    for after in _channels(width, depth)[:-1]:
        total += 2 * after * after * 4 + after  # to 2·after channels
        total += 9 * after * after  # which the next stage reads beside the skip's
    return total


def _head_forgotten(in_channels, num_classes, *, width, depth):
    return unet_parameters(in_channels, num_classes, width=width, depth=depth) - (width + 1) * num_classes


def _grey(in_channels, num_classes, *, width, depth):
    return unet_parameters(1, num_classes, width=width, depth=depth)


EXERCISE = Exercise(
    id="8.3",
    title="Parameters of the U",
    level=2,
    allows=("torch",),
    prompt="""\
Count the parameters of a U-Net with concatenated skips. Level 1 has `width` channels, each pooling doubles them, and
the bottleneck comes after `depth` poolings. A stage is two 3×3 convolutions; an up-convolution is 2×2, transposed, and
halves the channels; the head is a 1×1 convolution from `width` to `num_classes`. All of them have biases.

Write `unet_parameters`: from whole numbers, return a whole number. The paper's network has 31,030,658.
You may use torch here, to build the layers and count.""",
    points={"one level": 2, "deep": 1, "colour": 1},
    reference=unet_parameters,
    cases=cases,
    hints=(
        "One convolution has a weight for each pair of channels and each tap, and a bias for each output channel.",
        "List the channels, width · 1, 2, 4 …: depth + 1 numbers. Encoder and bottleneck go through them in order.",
        "A decoder level of c channels: an up-convolution from 2c to c, then convolutions from 2c to c and c to c.",
    ),
    misconceptions=(
        Misconception(
            "no biases",
            _no_biases,
            "Your count has only weights. Each output channel of each convolution adds one number more.",
            loses={"one level", "deep", "colour"},
        ),
        Misconception(
            "concatenation not doubled",
            _not_doubled,
            "The first convolution of your decoder stages reads too few channels. Who meets there?",
            loses={"one level", "deep", "colour"},
        ),
        Misconception(
            "3×3 up-convolution",
            _up_with_three_taps,
            "Your up-convolutions are too large. They double a map at stride 2 with a kernel that just tiles it.",
            loses={"one level", "deep", "colour"},
        ),
        Misconception(
            "up-convolution keeps the channels",
            _up_keeps_channels,
            "Your up-convolution doubles the map and leaves its channels. In the paper it halves them.",
            loses={"one level", "deep", "colour"},
        ),
        Misconception(
            "head forgotten",
            _head_forgotten,
            "You stop after the last stage. What makes class scores of its channels?",
            loses={"one level", "deep", "colour"},
        ),
        Misconception(
            "grey images only",
            _grey,
            "Your count does not depend on the channels of the image. Look at the very first convolution.",
            loses={"colour"},
        ),
    ),
)
