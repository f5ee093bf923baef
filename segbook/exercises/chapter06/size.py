"""6.3: how long the output of a transposed convolution is."""

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="6.3",
    title="Output size",
    level=1,
    points={"basic": 2, "padding": 1, "dilation": 1},
    prompt="""\
How long is the output of a transposed convolution? Count the samples from the start of the first stamp to the end of
the last one, then subtract those that are cropped.
With dilation $d$, neighbouring taps of the kernel lie $d$ samples apart.

Write `conv_transpose_output_size`: from whole numbers, return a whole number. There is no `output_padding` here, that
is, no samples that the layer appends to its output (exercise 6.4 needs them).""",
    hints=(
        "Ignore padding at first. Where does the last stamp begin, if the first begins at sample 0?",
        "A stamp with dilation reaches from its first tap to its last: dilation·(kernel_size − 1) + 1 samples.",
        "Take the start of the last stamp, add the length of a stamp, and subtract the padding on each of two sides.",
    ),
)


@exercise.reference
def conv_transpose_output_size(
    input_size: int,
    kernel_size: int,
    *,
    stride: int,
    padding: int,
    dilation: int,
) -> int:
    """Measure what the stamps cover, less the crop.

    >>> conv_transpose_output_size(6, 5, stride=3, padding=2, dilation=1)
    16
    """
    last_stamp = (input_size - 1) * stride  # where it starts
    extent = dilation * (kernel_size - 1) + 1  # samples from its first tap to its last
    return last_stamp + extent - 2 * padding


@exercise.cases
def cases(rng):
    """Draw sizes without padding, with it, and with dilation."""
    yield "basic", (2, 3), dict(stride=2, padding=0, dilation=1)  # the example of notes N6
    yield "basic", (1, 4), dict(stride=3, padding=0, dilation=1)
    yield "padding", (6, 5), dict(stride=3, padding=2, dilation=1)
    yield "dilation", (5, 3), dict(stride=2, padding=0, dilation=2)
    yield "dilation", (4, 3), dict(stride=2, padding=1, dilation=3)
    yield "basic", (3, 2), dict(stride=4, padding=0, dilation=1)  # stamps that stay apart
    yield "padding", (6, 4), dict(stride=3, padding=2, dilation=1)
    yield "padding", (6, 3), dict(stride=2, padding=3, dilation=1)
    yield "dilation", (5, 1), dict(stride=2, padding=0, dilation=3)
    for _ in range(4):
        input_size, kernel_size, stride = whole(rng, 2, 40), whole(rng, 3, 7), whole(rng, 1, 4)
        padding = whole(rng, 1, kernel_size // 2)
        yield "basic", (input_size, kernel_size), dict(stride=stride, padding=0, dilation=1)
        yield "padding", (input_size, kernel_size), dict(stride=stride, padding=padding, dilation=1)
        yield "dilation", (input_size, kernel_size), dict(stride=stride, padding=padding, dilation=whole(rng, 2, 4))


@exercise.misconception("input size times stride", loses={"basic", "padding", "dilation"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """You multiply the size by the stride. From the first of input_size stamps to the last there are input_size − 1
    steps, and the last stamp is as long as the kernel.
    """
    return input_size * stride


@exercise.misconception("formula of the convolution", loses={"basic", "padding", "dilation"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """This is the output size of a convolution. Its transpose goes the other way: the stride multiplies."""
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


@exercise.misconception("padding added", loses={"padding", "dilation"})
def _(input_size, kernel_size, *, padding, **options):
    """You add the padding. In a transposed convolution it is what gets cropped, from each side."""
    return conv_transpose_output_size(input_size, kernel_size, padding=-padding, **options)


@exercise.misconception("dilation ignored", loses={"dilation"})
def _(input_size, kernel_size, *, dilation, **options):
    """Your result does not depend on the dilation. It spreads the taps of a stamp, so the last one ends later."""
    return conv_transpose_output_size(input_size, kernel_size, dilation=1, **options)


@exercise.misconception("d·k as the extent", loses={"dilation"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """You count d·k samples for a stamp. Between its k taps there are only k − 1 gaps."""
    return (input_size - 1) * stride + dilation * kernel_size - 2 * padding


@exercise.misconception("no + 1 in the extent", loses={"basic", "padding", "dilation"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """Your output is one sample too short. Between the k taps of a stamp there are k − 1 gaps, but the stamp also holds
    its first sample: it is d·(k − 1) + 1 long.
    """
    return (input_size - 1) * stride + dilation * (kernel_size - 1) - 2 * padding


@exercise.misconception("input_size steps", loses={"basic", "padding", "dilation"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """You take input_size steps of the stride. From the first stamp to the last there are input_size − 1."""
    return input_size * stride + dilation * (kernel_size - 1) + 1 - 2 * padding


@exercise.misconception("stride − 1 too long", loses={"basic", "padding", "dilation"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """Your output is stride − 1 samples too long. From the first of input_size stamps to the last there are
    input_size − 1 steps, then comes one whole stamp, and no output_padding.
    """
    return input_size * stride + dilation * (kernel_size - 1) - 2 * padding


@exercise.misconception("cropped once", loses={"padding", "dilation"})
def _(input_size, kernel_size, *, padding, **options):
    """You crop the padding once. It is cropped from each of the two sides."""
    return conv_transpose_output_size(input_size, kernel_size, padding=0, **options) - padding


@exercise.misconception("padding dilated", loses={"dilation"})
def _(input_size, kernel_size, *, padding, dilation, **options):
    """You multiply the padding by the dilation. Only the taps move apart; the crop stays as it is."""
    return conv_transpose_output_size(input_size, kernel_size, padding=padding * dilation, dilation=dilation, **options)
