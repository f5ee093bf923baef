"""8.2: how large the output of an unpadded U-Net is."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


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


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw one level, several, and other kernels; every size can be halved evenly."""
    yield Case("one level", (20,), {"depth": 1, "kernel_size": 3})
    yield Case("deep", (572,), {"depth": 4, "kernel_size": 3})  # the paper
    yield Case("deep", (188,), {"depth": 4, "kernel_size": 3})
    yield _case("kernels", rng, depth=2, kernel_size=5)
    for _ in range(4):
        yield _case("one level", rng, depth=1, kernel_size=3)
        yield _case("deep", rng, depth=whole(rng, 2, 4), kernel_size=3)
        yield _case("kernels", rng, depth=whole(rng, 1, 3), kernel_size=whole(rng, 2, 3) * 2 + 1)


def _case(group: str, rng: np.random.Generator, *, depth: int, kernel_size: int) -> Case:
    size = 4 * (kernel_size - 1) + whole(rng, 0, 12)  # what enters the bottleneck: enough for an output
    for _ in range(depth):
        size = 2 * size + 2 * (kernel_size - 1)
    return Case(group, (size,), {"depth": depth, "kernel_size": kernel_size})


def _walk(input_size, depth, *, down, bottom, up):
    size = input_size
    for _ in range(depth):
        size = (size - down) // 2
    size -= bottom
    for _ in range(depth):
        size = 2 * size - up
    return size


def _restores(input_size, *, depth, kernel_size):
    return input_size


def _one_convolution_a_stage(input_size, *, depth, kernel_size):
    lost = kernel_size - 1
    return _walk(input_size, depth, down=lost, bottom=lost, up=lost)


def _forgets_the_decoder(input_size, *, depth, kernel_size):
    lost = 2 * (kernel_size - 1)
    return _walk(input_size, depth, down=lost, bottom=lost, up=0)


def _forgets_the_bottleneck(input_size, *, depth, kernel_size):
    lost = 2 * (kernel_size - 1)
    return _walk(input_size, depth, down=lost, bottom=0, up=lost)


def _counts_image_pixels(input_size, *, depth, kernel_size):
    return input_size - 2 * (kernel_size - 1) * (2 * depth + 1)


def _always_three(input_size, *, depth, kernel_size):
    return unet_output_size(input_size, depth=depth, kernel_size=3)


EXERCISE = Exercise(
    id="8.2",
    title="Sizes without padding",
    level=2,
    prompt="""\
The paper's network takes 572 pixels along an axis and answers for 388. Each stage, on the way down, in the bottleneck
and on the way up, has two convolutions of $k$ taps without padding; poolings halve, up-convolutions double. Skips are
cropped to what comes up, so they change no size.

Write `unet_output_size`: from the input size along one axis, the number of poolings `depth` and `kernel_size`, return
the output size. Every size you are given can be halved evenly.""",
    points={"one level": 1, "deep": 2, "kernels": 1},
    reference=unet_output_size,
    cases=cases,
    hints=(
        "Take 20 pixels, one pooling and 3 taps on paper: the sizes are 16, 8, 4, 8 and one more.",
        "A stage loses 2(k − 1) pixels of the map it works on, whatever that map's size is.",
        "Three parts: a loop that subtracts and halves, one subtraction, and a loop that doubles and subtracts.",
    ),
    misconceptions=(
        Misconception(
            "restores the input",
            _restores,
            "You return the input size. That holds with padding; here every convolution loses its border.",
            loses={"one level", "deep", "kernels"},
        ),
        Misconception(
            "one convolution a stage",
            _one_convolution_a_stage,
            "You take one convolution's border from each stage. How many convolutions does a stage have?",
            loses={"one level", "deep", "kernels"},
        ),
        Misconception(
            "decoder forgotten",
            _forgets_the_decoder,
            "On the way up you only double. The decoder's stages have convolutions, too.",
            loses={"one level", "deep", "kernels"},
        ),
        Misconception(
            "bottleneck forgotten",
            _forgets_the_bottleneck,
            "Between the last pooling and the first up-convolution you lose nothing. What is at the bottom of the U?",
            loses={"one level", "deep", "kernels"},
        ),
        Misconception(
            "all losses at full size",
            _counts_image_pixels,
            "You subtract the same for every stage. A pixel lost after a pooling is worth two of the image's.",
            loses={"one level", "deep", "kernels"},
        ),
        Misconception(
            "kernel size ignored",
            _always_three,
            "Your result does not depend on the kernel size. How many places does a window of k taps lose?",
            loses={"kernels"},
        ),
    ),
)
