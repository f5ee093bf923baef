"""5.1: how many windows fit, that is, how long the output of a convolution is."""

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="5.1",
    title="Output size",
    level=1,
    points={"stride 1": 1, "larger strides": 1, "padding": 1, "dilation": 1},
    prompt="""\
How long is the output of a convolution? Add `padding` zeros on each side of the signal, and count the windows.
The first window starts at the first place of the padded signal, each further one starts `stride` places after the one
before, and all of them must end inside it. With dilation $d$, neighbouring taps of the kernel lie $d$ places apart.

Write `conv_output_size`: all arguments are whole numbers, and so is the result. You may assume that at least one window
fits.""",
    hints=(
        "Count the starts of windows, the first at 0. Where can the last one start so that its end is still inside?",
        "The padded signal has N + 2·padding places; a window covers dilation·(kernel_size − 1) + 1 of them.",
        "Divide the places left after the first window by the stride and round down; then add the first window itself.",
    ),
)


@exercise.reference
def conv_output_size(
    input_size: int,
    kernel_size: int,
    *,
    stride: int,
    padding: int,
    dilation: int,
) -> int:
    """Count the windows of a convolution.

    >>> conv_output_size(17, 5, stride=3, padding=2, dilation=1)
    6
    """
    padded = input_size + 2 * padding
    extent = dilation * (kernel_size - 1) + 1  # samples from the first tap to the last
    return (padded - extent) // stride + 1


@exercise.cases
def cases(rng):
    """Draw sizes at stride 1, with strides, with padding too, with dilation too; windows always fit."""
    yield "stride 1", (8, 3), dict(stride=1, padding=0, dilation=1)
    yield "larger strides", (8, 3), dict(stride=2, padding=0, dilation=1)
    yield "larger strides", (9, 3), dict(stride=2, padding=0, dilation=1)
    yield "padding", (17, 5), dict(stride=3, padding=2, dilation=1)
    yield "dilation", (12, 3), dict(stride=2, padding=2, dilation=3)
    yield "stride 1", (5, 5), dict(stride=1, padding=0, dilation=1)  # one window
    yield "stride 1", (9, 4), dict(stride=1, padding=0, dilation=1)
    yield "larger strides", (4, 3), dict(stride=3, padding=0, dilation=1)
    yield "larger strides", (10, 3), dict(stride=2, padding=0, dilation=1)
    yield "larger strides", (7, 1), dict(stride=3, padding=0, dilation=1)
    yield "padding", (2, 5), dict(stride=2, padding=3, dilation=1)  # only padding makes it fit
    yield "dilation", (12, 3), dict(stride=2, padding=0, dilation=3)
    yield "dilation", (7, 1), dict(stride=3, padding=0, dilation=3)
    for _ in range(4):
        kernel_size, stride, dilation = whole(rng, 2, 7), whole(rng, 2, 4), whole(rng, 2, 4)
        input_size = dilation * (kernel_size - 1) + 1 + whole(rng, 0, 30)
        padding = whole(rng, 1, 3)
        yield "stride 1", (input_size, kernel_size), dict(stride=1, padding=0, dilation=1)
        yield "larger strides", (input_size, kernel_size), dict(stride=stride, padding=0, dilation=1)
        yield "padding", (input_size, kernel_size), dict(stride=stride, padding=padding, dilation=1)
        yield "dilation", (input_size, kernel_size), dict(stride=stride, padding=padding, dilation=dilation)


@exercise.misconception("rounds up", loses={"larger strides", "padding", "dilation"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """You count a last window that hangs over the end. Only windows that fit completely write an output."""
    return -((dilation * (kernel_size - 1) + 1 - input_size - 2 * padding) // stride) + 1


@exercise.misconception("counts steps", loses={"stride 1", "larger strides", "padding", "dilation"})
def _(input_size, kernel_size, **options):
    """You are one short each time. You count the steps from window to window; the first window needs no step."""
    return conv_output_size(input_size, kernel_size, **options) - 1


@exercise.misconception("padding on one side", loses={"padding", "dilation"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """You add the padding once. There are that many zeros on each of the two sides."""
    return (input_size + padding - dilation * (kernel_size - 1) - 1) // stride + 1


@exercise.misconception("dilation ignored", loses={"dilation"})
def _(input_size, kernel_size, *, dilation, **options):
    """Your result does not depend on the dilation. It moves the taps apart, so a window covers more places."""
    return conv_output_size(input_size, kernel_size, dilation=1, **options)


@exercise.misconception("d·k as the extent", loses={"dilation"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """You count d·k places for a window. Between its k taps there are only k − 1 gaps."""
    return (input_size + 2 * padding - dilation * kernel_size) // stride + 1


@exercise.misconception("stride ignored", loses={"larger strides", "padding", "dilation"})
def _(input_size, kernel_size, *, stride, **options):
    """Your result does not depend on the stride. Only every stride-th place starts a window."""
    return conv_output_size(input_size, kernel_size, stride=1, **options)


@exercise.misconception("never rounds", loses={"larger strides", "padding", "dilation"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """You divide with / and get a float. Only whole windows count: // rounds down to an int."""
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1


@exercise.misconception("+ 1 before the division", loses={"larger strides", "padding", "dilation"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """You add 1 before you divide by the stride. Divide the steps by the stride first; then add the first window."""
    return (input_size + 2 * padding - dilation * (kernel_size - 1)) // stride
