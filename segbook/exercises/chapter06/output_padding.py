"""6.4: the output_padding that gives the input size of a convolution back."""

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="6.4",
    title="The output_padding that restores N",
    level=2,
    points={"basic": 1, "padding": 2},
    prompt="""\
A convolution maps several input sizes to one output size, so its transpose has to be told which of them to return.
Send $N$ samples through a convolution, and the result through the transposed convolution with the same kernel size,
stride and padding. With kernel size 5, stride 3 and padding 2, 17 samples become 6, and the 6 become 16: one is lost.

The second layer can make up for that: `output_padding` is the number of samples that it appends to its output.

Write `restoring_output_padding`: return the `output_padding` with which the second layer returns $N$ samples.""",
    hints=(
        "Follow N = 16, 17 and 18 through the example by hand. What do all three become, and what comes back?",
        "The convolution rounds down. The places that its last window leaves over are those that you have to add.",
        "They are the remainder of N + 2·padding − kernel_size after division by the stride.",
    ),
)


@exercise.reference
def restoring_output_padding(
    input_size: int,
    kernel_size: int,
    *,
    stride: int,
    padding: int,
) -> int:
    """Count the samples that are missing after a convolution and then its transpose.

    >>> restoring_output_padding(17, 5, stride=3, padding=2)
    1
    """
    output_size = (input_size + 2 * padding - kernel_size) // stride + 1
    restored = (output_size - 1) * stride - 2 * padding + kernel_size
    return input_size - restored


@exercise.cases
def cases(rng):
    """Draw sizes without and with padding; windows that reach the end and windows that do not in both."""
    yield "basic", (8, 4), dict(stride=3, padding=0)
    yield "basic", (9, 4), dict(stride=3, padding=0)
    yield "basic", (10, 4), dict(stride=3, padding=0)
    yield "padding", (17, 5), dict(stride=3, padding=2)
    yield "padding", (16, 5), dict(stride=3, padding=2)
    yield "basic", (6, 2), dict(stride=5, padding=0)  # more is lost than a stamp is long
    yield "padding", (9, 4), dict(stride=4, padding=2)
    yield "padding", (3, 5), dict(stride=3, padding=2)  # only padding makes it fit
    for _ in range(6):
        kernel_size, stride = whole(rng, 2, 7), whole(rng, 1, 5)
        input_size = kernel_size + whole(rng, 0, 30)
        yield "basic", (input_size, kernel_size), dict(stride=stride, padding=0)
        yield "padding", (input_size, kernel_size), dict(stride=stride, padding=whole(rng, 1, kernel_size // 2))


@exercise.misconception("always 0", loses={"basic", "padding"})
def _(input_size, kernel_size, *, stride, padding):
    """You return 0 every time. That restores N only where the last window ends at the last sample."""
    return 0


@exercise.misconception("always stride − 1", loses={"basic", "padding"})
def _(input_size, kernel_size, *, stride, padding):
    """You return stride − 1 every time. That is the most that can be missing; count how much is."""
    return stride - 1


@exercise.misconception("N mod s", loses={"basic", "padding"})
def _(input_size, kernel_size, *, stride, padding):
    """You divide N by the stride. The windows do not tile the signal: the first one ends after kernel_size samples, and
    only from there on do they move in strides.
    """
    return input_size % stride


@exercise.misconception("padding ignored", loses={"padding"})
def _(input_size, kernel_size, *, stride, padding):
    """Your result does not depend on the padding. It makes the signal longer before the windows are placed."""
    return restoring_output_padding(input_size, kernel_size, stride=stride, padding=0)


@exercise.misconception("missing instead of left over", loses={"basic", "padding"})
def _(input_size, kernel_size, *, stride, padding):
    """You count the places that one more window would need. Count the places, padding included, that the last window
    leaves unread.
    """
    return -restoring_output_padding(input_size, kernel_size, stride=stride, padding=padding) % stride


@exercise.misconception("kernel taken for one tap", loses={"basic", "padding"})
def _(input_size, kernel_size, *, stride, padding):
    """You count as if a window were a single sample. The first one ends after kernel_size samples: subtract that before
    you divide by the stride.
    """
    return (input_size + 2 * padding - 1) % stride


@exercise.misconception("kernel forgotten", loses={"basic", "padding"})
def _(input_size, kernel_size, *, stride, padding):
    """Your result does not depend on the kernel size. What is left over is counted from the end of the first window."""
    return (input_size + 2 * padding) % stride


@exercise.misconception("padding on one side", loses={"padding"})
def _(input_size, kernel_size, *, stride, padding):
    """You add the padding once. The convolution pads both ends of the signal."""
    return (input_size + padding - kernel_size) % stride


@exercise.misconception("negative sign", loses={"basic", "padding"})
def _(input_size, kernel_size, *, stride, padding):
    """Your sign is wrong: you subtract N from the size that comes back. Samples are missing, so subtract that size from
    N.
    """
    return -restoring_output_padding(input_size, kernel_size, stride=stride, padding=padding)


@exercise.misconception("size returned", loses={"basic", "padding"})
def _(input_size, kernel_size, *, stride, padding):
    """You return the size that comes back without output_padding. How many samples does it lack of N?"""
    return input_size - restoring_output_padding(input_size, kernel_size, stride=stride, padding=padding)


@exercise.variant("size returned")
def _(input_size, kernel_size, *, stride, padding):
    return (input_size + 2 * padding - kernel_size) // stride + 1  # the size in between
