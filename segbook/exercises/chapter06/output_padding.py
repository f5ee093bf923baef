"""6.4: the output_padding that gives the input size of a convolution back."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


def restoring_output_padding(
    input_size: int,
    kernel_size: int,
    *,
    stride: int,
    padding: int,
) -> int:
    """Count the samples that a convolution and its transpose lose together.

    >>> restoring_output_padding(17, 5, stride=3, padding=2)
    1
    """
    output_size = (input_size + 2 * padding - kernel_size) // stride + 1
    restored = (output_size - 1) * stride - 2 * padding + kernel_size
    return input_size - restored


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw sizes without and with padding; windows that reach the end and windows that do not in both."""
    yield _case("basic", 8, 4, stride=3, padding=0)
    yield _case("basic", 9, 4, stride=3, padding=0)
    yield _case("basic", 10, 4, stride=3, padding=0)
    yield _case("padding", 17, 5, stride=3, padding=2)
    yield _case("padding", 16, 5, stride=3, padding=2)
    for _ in range(6):
        kernel_size, stride = whole(rng, 2, 7), whole(rng, 1, 5)
        input_size = kernel_size + whole(rng, 0, 30)
        yield _case("basic", input_size, kernel_size, stride=stride, padding=0)
        yield _case("padding", input_size, kernel_size, stride=stride, padding=whole(rng, 1, kernel_size // 2))


def _case(group: str, input_size: int, kernel_size: int, **options: int) -> Case:
    return Case(group, (input_size, kernel_size), options)


def _always_zero(input_size, kernel_size, *, stride, padding):
    return 0


def _always_the_most(input_size, kernel_size, *, stride, padding):
    return stride - 1


def _remainder_of_the_input(input_size, kernel_size, *, stride, padding):
    return input_size % stride


def _ignores_padding(input_size, kernel_size, *, stride, padding):
    return restoring_output_padding(input_size, kernel_size, stride=stride, padding=0)


def _missing_instead_of_left(input_size, kernel_size, *, stride, padding):
    return -restoring_output_padding(input_size, kernel_size, stride=stride, padding=padding) % stride


EXERCISE = Exercise(
    id="6.4",
    title="The output_padding that restores N",
    level=2,
    prompt="""\
A convolution maps several input sizes to one output size, so its transpose has to be told which of them to give back.
Send $N$ samples through a convolution, and the result through the transposed convolution with the same kernel size,
stride and padding. With kernel size 5, stride 3 and padding 2, 17 samples become 6, and the 6 become 16: one is lost.

Write `restoring_output_padding`: return the `output_padding` with which the second layer gives $N$ samples again.""",
    points={"basic": 1, "padding": 2},
    reference=restoring_output_padding,
    cases=cases,
    hints=(
        "Follow N = 16, 17 and 18 through the example by hand. What do all three become, and what comes back?",
        "The convolution rounds down. The samples that its floor forgets are those that you have to add again.",
        "They are the remainder of N + 2·padding − kernel_size after division by the stride.",
    ),
    misconceptions=(
        Misconception(
            "always 0",
            _always_zero,
            "You return 0 every time. That restores N only where the last window ends at the last sample.",
            loses={"basic", "padding"},
        ),
        Misconception(
            "always stride − 1",
            _always_the_most,
            "You return stride − 1 every time. That is the most that can be missing; count what really is.",
            loses={"basic", "padding"},
        ),
        Misconception(
            "N mod s",
            _remainder_of_the_input,
            "You divide N by the stride. The windows do not tile the signal: the first one ends after kernel_size "
            "samples, and only from there on do they move in strides.",
            loses={"basic", "padding"},
        ),
        Misconception(
            "padding ignored",
            _ignores_padding,
            "Your result does not depend on the padding. It makes the signal longer before the windows are laid.",
            loses={"padding"},
        ),
        Misconception(
            "missing instead of left over",
            _missing_instead_of_left,
            "You count what is missing to one more window. Count the places, padding included, that the last window "
            "leaves unread.",
            loses={"basic", "padding"},
        ),
    ),
)
