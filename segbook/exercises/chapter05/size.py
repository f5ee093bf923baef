"""5.1: how many windows fit, that is, how long the output of a convolution is."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


def conv_output_size(
    input_size: int,
    kernel_size: int,
    *,
    stride: int,
    padding: int,
    dilation: int,
) -> int:
    """Count the places where the kernel fits.

    >>> conv_output_size(17, 5, stride=3, padding=2, dilation=1)
    6
    """
    padded = input_size + 2 * padding
    extent = dilation * (kernel_size - 1) + 1  # samples from the first tap to the last
    return (padded - extent) // stride + 1


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw sizes at stride 1, with strides, with padding too, with dilation too; windows always fit."""
    yield _case("stride 1", 8, 3, stride=1, padding=0, dilation=1)
    yield _case("stride", 8, 3, stride=2, padding=0, dilation=1)
    yield _case("stride", 9, 3, stride=2, padding=0, dilation=1)
    yield _case("padding", 17, 5, stride=3, padding=2, dilation=1)
    yield _case("dilation", 12, 3, stride=2, padding=2, dilation=3)
    for _ in range(4):
        kernel_size, stride, dilation = whole(rng, 2, 7), whole(rng, 2, 4), whole(rng, 2, 4)
        input_size = dilation * (kernel_size - 1) + 1 + whole(rng, 0, 30)
        padding = whole(rng, 1, 3)
        yield _case("stride 1", input_size, kernel_size, stride=1, padding=0, dilation=1)
        yield _case("stride", input_size, kernel_size, stride=stride, padding=0, dilation=1)
        yield _case("padding", input_size, kernel_size, stride=stride, padding=padding, dilation=1)
        yield _case("dilation", input_size, kernel_size, stride=stride, padding=padding, dilation=dilation)


def _case(group: str, input_size: int, kernel_size: int, **options: int) -> Case:
    return Case(group, (input_size, kernel_size), options)


def _rounds_up(input_size, kernel_size, *, stride, padding, dilation):
    return -((dilation * (kernel_size - 1) + 1 - input_size - 2 * padding) // stride) + 1


def _counts_steps(input_size, kernel_size, **options):
    return conv_output_size(input_size, kernel_size, **options) - 1


def _pads_once(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size + padding - dilation * (kernel_size - 1) - 1) // stride + 1


def _ignores_dilation(input_size, kernel_size, *, dilation, **options):
    return conv_output_size(input_size, kernel_size, dilation=1, **options)


def _dilates_every_tap(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size + 2 * padding - dilation * kernel_size) // stride + 1


EXERCISE = Exercise(
    id="5.1",
    title="Output size",
    level=1,
    prompt="""\
How long is the output of a convolution? Pad the signal with `padding` zeros on each side, and count the places where a
window can start: the first one at the first place, its neighbours `stride` places further on, and all of the kernel
inside. With dilation $d$, neighbouring taps of the kernel lie $d$ places apart.

Write `conv_output_size`: from whole numbers, return a whole number. In every case at least one window fits.""",
    points={"stride 1": 1, "stride": 1, "padding": 1, "dilation": 1},
    reference=conv_output_size,
    cases=cases,
    hints=(
        "Count starts of windows: the first at 0. How far can the last one begin, so that its end is still inside?",
        "The padded signal has N + 2·padding places; the kernel reaches over dilation·(kernel_size − 1) + 1 of them.",
        "The room left after the first window, divided by the stride and rounded down, plus the first window itself.",
    ),
    misconceptions=(
        Misconception(
            "rounds up",
            _rounds_up,
            "You count a last window that hangs over the end. Only windows that fit completely write an output.",
            loses={"stride", "padding", "dilation"},
        ),
        Misconception(
            "counts steps",
            _counts_steps,
            "You are one short each time. You count the steps from window to window; the first window needs no step.",
            loses={"stride 1", "stride", "padding", "dilation"},
        ),
        Misconception(
            "padding on one side",
            _pads_once,
            "You add the padding once. There are that many zeros on each of the two sides.",
            loses={"padding", "dilation"},
        ),
        Misconception(
            "dilation ignored",
            _ignores_dilation,
            "Your result does not depend on the dilation. It pulls the taps apart, so a window covers more places.",
            loses={"dilation"},
        ),
        Misconception(
            "d·k as the extent",
            _dilates_every_tap,
            "You count d·k places for a window. Between its k taps there are only k − 1 gaps.",
            loses={"dilation"},
        ),
    ),
)
