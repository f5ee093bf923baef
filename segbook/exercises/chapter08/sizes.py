"""8.2: how large the output of an unpadded U-Net is."""

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="8.2",
    title="Sizes without padding",
    level=2,
    points={"one level": 1, "deep": 2, "kernels": 1},
    prompt="""\
The paper's network takes 572 pixels along an axis and answers for 388. Each stage, on the way down, in the bottleneck
and on the way up, has two convolutions of `kernel_size` taps without padding; poolings halve, up-convolutions double.
Skips are cropped to what comes up, so they change no size, and neither does the 1×1 head.

Write `unet_output_size`: given the input size along one axis, the number of poolings `depth` and `kernel_size` ($k$ in
the hints), return the output size. All inputs are legal: every pooling meets an even size.""",
    hints=(
        "Take 20 pixels, one pooling and 3 taps on paper: the sizes are 16, 8, 4, 8 and one more.",
        "A stage loses 2(k − 1) pixels of the map it works on, whatever that map's size is.",
        "Three parts: a loop that subtracts and halves, one subtraction, and a loop that doubles and subtracts.",
    ),
)


@exercise.reference
def unet_output_size(input_size: int, *, depth: int, kernel_size: int) -> int:
    """Follow a size down the U and up again; every stage has two unpadded convolutions.

    >>> unet_output_size(572, depth=4, kernel_size=3)
    388
    """
    lost = 2 * (kernel_size - 1)  # by the two convolutions of a stage
    size = input_size
    for _ in range(depth):
        size = (size - lost) // 2  # stage, pooling
    size = size - lost  # bottleneck
    for _ in range(depth):
        size = 2 * size - lost  # up-convolution, stage
    return size


@exercise.cases
def cases(rng):
    """Draw one level, several, and other kernels; every size can be halved evenly."""
    yield "one level", (20,), dict(depth=1, kernel_size=3)
    yield "deep", (572,), dict(depth=4, kernel_size=3)  # the paper
    yield "deep", (188,), dict(depth=4, kernel_size=3)
    yield "kernels", *_net(rng, depth=2, kernel_size=5)
    yield "kernels", *_net(rng, depth=1, kernel_size=4)
    yield "kernels", *_net(rng, depth=2, kernel_size=2)
    yield "kernels", (16,), dict(depth=2, kernel_size=1)
    for _ in range(4):
        yield "one level", *_net(rng, depth=1, kernel_size=3)
        yield "deep", *_net(rng, depth=whole(rng, 2, 4), kernel_size=3)
        yield "kernels", *_net(rng, depth=whole(rng, 1, 3), kernel_size=whole(rng, 2, 3) * 2 + 1)


def _net(rng, *, depth, kernel_size):
    size = 4 * (kernel_size - 1) + whole(rng, 0, 12)  # what enters the bottleneck: enough for an output
    for _ in range(depth):
        size = 2 * size + 2 * (kernel_size - 1)
    return (size,), dict(depth=depth, kernel_size=kernel_size)


@exercise.misconception("restores the input", loses={"one level", "deep", "kernels"})
def _(input_size, *, depth, kernel_size):
    """You return the input size. That holds with padding; here every convolution loses its border."""
    return input_size


def _walk(input_size, depth, *, down, bottom, up):
    size = input_size
    for _ in range(depth):
        size = (size - down) // 2
    size -= bottom
    for _ in range(depth):
        size = 2 * size - up
    return size


@exercise.misconception("one convolution a stage", loses={"one level", "deep", "kernels"})
def _(input_size, *, depth, kernel_size):
    """You take one convolution's border from each stage. How many convolutions does a stage have?"""
    lost = kernel_size - 1
    return _walk(input_size, depth, down=lost, bottom=lost, up=lost)


@exercise.misconception("decoder forgotten", loses={"one level", "deep", "kernels"})
def _(input_size, *, depth, kernel_size):
    """On the way up you only double. The decoder's stages have convolutions, too."""
    lost = 2 * (kernel_size - 1)
    return _walk(input_size, depth, down=lost, bottom=lost, up=0)


@exercise.misconception("bottleneck forgotten", loses={"one level", "deep", "kernels"})
def _(input_size, *, depth, kernel_size):
    """Between the last pooling and the first up-convolution you lose nothing. What is at the bottom of the U?"""
    lost = 2 * (kernel_size - 1)
    return _walk(input_size, depth, down=lost, bottom=0, up=lost)


@exercise.misconception("all losses at full size", loses={"one level", "deep", "kernels"})
def _(input_size, *, depth, kernel_size):
    """You subtract the same for every stage. A pixel lost after a pooling is worth two of the image's."""
    return input_size - 2 * (kernel_size - 1) * (2 * depth + 1)


@exercise.misconception("kernel size ignored", loses={"kernels"})
def _(input_size, *, depth, kernel_size):
    """Your result does not depend on the kernel size. How many places does a window of k taps lose?"""
    return unet_output_size(input_size, depth=depth, kernel_size=3)


@exercise.misconception("k // 2 for a convolution", loses={"one level", "deep", "kernels"})
def _(input_size, *, depth, kernel_size):
    """You take k // 2 pixels for each convolution. That is what it loses at one of two ends."""
    lost = 2 * (kernel_size // 2)
    return _walk(input_size, depth, down=lost, bottom=lost, up=lost)


@exercise.misconception("k // 2 on either side", loses={"kernels"})
def _(input_size, *, depth, kernel_size):
    """You take k // 2 pixels from either side. That is k − 1 in all for odd kernels only; look at one of 2 taps."""
    lost = 4 * (kernel_size // 2)
    return _walk(input_size, depth, down=lost, bottom=lost, up=lost)


@exercise.misconception("k for a convolution", loses={"one level", "deep", "kernels"})
def _(input_size, *, depth, kernel_size):
    """You take k pixels for each convolution. A window of k taps fits at k − 1 fewer places than there
    are pixels.
    """
    lost = 2 * kernel_size
    return _walk(input_size, depth, down=lost, bottom=lost, up=lost)


@exercise.misconception("pooling before the stage", loses={"one level", "deep", "kernels"})
def _(input_size, *, depth, kernel_size):
    """On the way down you halve before the two convolutions. A stage works on the larger map; its pooling comes
    after it.
    """
    lost = 2 * (kernel_size - 1)
    return _walk(input_size, depth, down=2 * lost, bottom=lost, up=lost)


@exercise.misconception("convolutions before doubling", loses={"one level", "deep", "kernels"})
def _(input_size, *, depth, kernel_size):
    """On the way up you subtract before you double. The up-convolution comes first; the two convolutions work on the
    larger map.
    """
    lost = 2 * (kernel_size - 1)
    return _walk(input_size, depth, down=lost, bottom=lost, up=2 * lost)
