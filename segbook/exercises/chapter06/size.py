"""6.3: how long the output of a transposed convolution is."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


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


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw sizes without padding, with it, and with dilation."""
    yield _case("basic", 2, 3, stride=2, padding=0, dilation=1)  # the example of notes N6
    yield _case("basic", 1, 4, stride=3, padding=0, dilation=1)
    yield _case("padding", 6, 5, stride=3, padding=2, dilation=1)
    yield _case("dilation", 5, 3, stride=2, padding=0, dilation=2)
    yield _case("dilation", 4, 3, stride=2, padding=1, dilation=3)
    for _ in range(4):
        input_size, kernel_size, stride = whole(rng, 2, 40), whole(rng, 3, 7), whole(rng, 1, 4)
        padding = whole(rng, 1, kernel_size // 2)
        yield _case("basic", input_size, kernel_size, stride=stride, padding=0, dilation=1)
        yield _case("padding", input_size, kernel_size, stride=stride, padding=padding, dilation=1)
        yield _case("dilation", input_size, kernel_size, stride=stride, padding=padding, dilation=whole(rng, 2, 4))


def _case(group: str, input_size: int, kernel_size: int, **options: int) -> Case:
    return Case(group, (input_size, kernel_size), options)


def _input_size_times_stride(input_size, kernel_size, *, stride, padding, dilation):
    return input_size * stride


def _convolution(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def _adds_padding(input_size, kernel_size, *, padding, **options):
    return conv_transpose_output_size(input_size, kernel_size, padding=-padding, **options)


def _ignores_dilation(input_size, kernel_size, *, dilation, **options):
    return conv_transpose_output_size(input_size, kernel_size, dilation=1, **options)


def _dilates_every_tap(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size - 1) * stride + dilation * kernel_size - 2 * padding


EXERCISE = Exercise(
    id="6.3",
    title="Output size",
    level=1,
    prompt="""\
How long is the output of a transposed convolution? Count from the first stamp to the end of the last one, then crop.
With dilation $d$, neighbouring taps of the kernel lie $d$ samples apart.

Write `conv_transpose_output_size`: from whole numbers, return a whole number. There is no `output_padding` here.""",
    points={"basic": 2, "padding": 1, "dilation": 1},
    reference=conv_transpose_output_size,
    cases=cases,
    hints=(
        "Forget padding at first. Where does the last stamp begin, if the first begins at sample 0?",
        "A stamp with dilation reaches from its first tap to its last: dilation·(kernel_size − 1) + 1 samples.",
        "The start of the last stamp, plus the reach of one stamp, minus padding on each of two sides.",
    ),
    misconceptions=(
        Misconception(
            "input size times stride",
            _input_size_times_stride,
            "You multiply the size by the stride. From the first of I stamps to the last there are I − 1 steps, and "
            "the last stamp is as long as the kernel.",
            loses={"basic", "padding", "dilation"},
        ),
        Misconception(
            "formula of the convolution",
            _convolution,
            "This is the output size of a convolution. Its transpose goes the other way: the stride multiplies.",
            loses={"basic", "padding", "dilation"},
        ),
        Misconception(
            "padding added",
            _adds_padding,
            "You add the padding. In a transposed convolution it is what gets cropped, from each side.",
            loses={"padding", "dilation"},
        ),
        Misconception(
            "dilation ignored",
            _ignores_dilation,
            "Your result does not depend on the dilation. It spreads the taps of a stamp, so the last one ends later.",
            loses={"dilation"},
        ),
        Misconception(
            "d·k as the extent",
            _dilates_every_tap,
            "You count d·k samples for a stamp. Between its k taps there are only k − 1 gaps.",
            loses={"dilation"},
        ),
    ),
)
