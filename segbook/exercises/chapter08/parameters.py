"""8.3: how many parameters a U-Net has."""

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="8.3",
    title="Parameters of the U",
    level=2,
    points={"one level": 2, "deep": 1, "colour": 1},
    prompt="""\
Count the parameters of a U-Net with concatenated skips. Level 1 has `width` channels, the stage after each pooling
doubles them, and the bottleneck comes after `depth` poolings. A stage is two 3×3 convolutions; an up-convolution is
2×2, transposed, and halves the channels; the head is a 1×1 convolution from `width` to `num_classes`. All convolutions
have biases.

Write `unet_parameters`: given `in_channels`, `num_classes`, `width` and `depth`, return a whole number. Counted so,
the paper's network has 31,030,658. In Colab or on your computer you may use torch, to build the layers and
count. The page's own Python has only NumPy, and sums are enough.""",
    hints=(
        "One convolution has a weight for each pair of channels and each tap, and a bias for each output channel.",
        "List the channels, width · 1, 2, 4 …: depth + 1 numbers. Encoder and bottleneck go through them in order.",
        "A decoder level of c channels: an up-convolution from 2c to c, then convolutions from 2c to c and c to c.",
    ),
    allows=("torch",),
)


@exercise.reference
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


@exercise.cases
def cases(rng):
    """Draw one level, several, and images with more channels than one."""
    yield "one level", (1, 2), dict(width=4, depth=1)
    yield "deep", (1, 2), dict(width=64, depth=4)  # the paper
    yield "colour", (3, 5), dict(width=4, depth=2)
    yield "colour", (4, 3), dict(width=3, depth=1)
    for _ in range(3):
        width, num_classes = whole(rng, 2, 32), whole(rng, 2, 20)
        yield "one level", (1, num_classes), dict(width=width, depth=1)
        yield "deep", (1, num_classes), dict(width=width, depth=whole(rng, 2, 5))
        yield "colour", (whole(rng, 2, 4), num_classes), dict(width=width, depth=whole(rng, 1, 3))


def _channels(width, depth):
    return [width * 2**level for level in range(depth + 1)]


@exercise.misconception("no biases", loses={"one level", "deep", "colour"})
def _(in_channels, num_classes, *, width, depth):
    """Your count has only weights. Each output channel of each convolution adds one number more."""
    channels = _channels(width, depth)
    biases = num_classes + 2 * channels[-1] + 5 * sum(channels[:-1])
    return unet_parameters(in_channels, num_classes, width=width, depth=depth) - biases


@exercise.misconception("concatenation not doubled", loses={"one level", "deep", "colour"})
def _(in_channels, num_classes, *, width, depth):
    """The first convolution of your decoder stages reads too few channels. Which two maps are stacked there?"""
    missed = sum(9 * after * after for after in _channels(width, depth)[:-1])
    return unet_parameters(in_channels, num_classes, width=width, depth=depth) - missed


@exercise.misconception("3×3 up-convolution", loses={"one level", "deep", "colour"})
def _(in_channels, num_classes, *, width, depth):
    """Your up-convolutions are too large. They double a map at stride 2 with a kernel that just tiles it."""
    extra = sum((9 - 4) * 2 * after * after for after in _channels(width, depth)[:-1])
    return unet_parameters(in_channels, num_classes, width=width, depth=depth) + extra


@exercise.misconception("up-convolution keeps the channels", loses={"one level", "deep", "colour"})
def _(in_channels, num_classes, *, width, depth):
    """Your up-convolution doubles the map and leaves its channels. In the paper it halves them."""
    total = unet_parameters(in_channels, num_classes, width=width, depth=depth)
    for after in _channels(width, depth)[:-1]:
        total += 2 * after * after * 4 + after  # to 2·after channels
        total += 9 * after * after  # which the next stage reads beside the skip's
    return total


@exercise.misconception("head forgotten", loses={"one level", "deep", "colour"})
def _(in_channels, num_classes, *, width, depth):
    """You stop after the last stage. What makes class scores of its channels?"""
    return unet_parameters(in_channels, num_classes, width=width, depth=depth) - (width + 1) * num_classes


@exercise.misconception("grey images only", loses={"colour"})
def _(in_channels, num_classes, *, width, depth):
    """Your count does not depend on the channels of the image. Look at the very first convolution."""
    return unet_parameters(1, num_classes, width=width, depth=depth)


@exercise.misconception("one pooling missing", loses={"one level", "deep", "colour"})
def _(in_channels, num_classes, *, width, depth):
    """Your network is a level too small: the bottleneck comes after depth poolings and has width·2^depth channels."""
    return unet_parameters(in_channels, num_classes, width=width, depth=depth - 1)


@exercise.misconception("biases of the input channels", loses={"one level", "deep", "colour"})
def _(in_channels, num_classes, *, width, depth):
    """You count as many biases for an up-convolution as it reads channels. There is one for each that it writes."""
    return unet_parameters(in_channels, num_classes, width=width, depth=depth) + sum(_channels(width, depth)[:-1])


@exercise.misconception("head without biases", loses={"one level", "deep", "colour"})
def _(in_channels, num_classes, *, width, depth):
    """Only the biases of the head are missing. It has one for each class."""
    return unet_parameters(in_channels, num_classes, width=width, depth=depth) - num_classes
