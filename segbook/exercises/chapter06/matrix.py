"""6.1: the matrix of a convolution, row by row."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import signal, whole


def conv_matrix(
    weight: np.ndarray,
    input_size: int,
    *,
    stride: int,
    padding: int,
) -> np.ndarray:
    """Build W (output_size, input_size): W @ u is the convolution of u with weight.

    >>> conv_matrix(np.array([1.0, 2.0, 3.0]), 5, stride=2, padding=0)
    array([[1., 2., 3., 0., 0.],
           [0., 0., 1., 2., 3.]])
    """
    kernel_size = len(weight)
    output_size = (input_size + 2 * padding - kernel_size) // stride + 1
    matrix = np.zeros((output_size, input_size))
    for row in range(output_size):
        for tap in range(kernel_size):
            column = row * stride + tap - padding
            if 0 <= column < input_size:  # elsewhere the tap reads a zero of the padding
                matrix[row, column] = weight[tap]
    return matrix


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw cases without and with steps, then with padding too."""
    weight = np.array([1.0, 2.0, 3.0])
    yield _case("basic", weight, 5, stride=1, padding=0)
    yield _case("stride", weight, 5, stride=2, padding=0)
    yield _case("stride", weight, 6, stride=2, padding=0)  # the last sample is never read: a column of zeros
    yield _case("padding", weight, 4, stride=1, padding=1)
    yield _case("padding", weight, 5, stride=2, padding=1)
    for _ in range(4):
        kernel_size = whole(rng, 1, 4)
        weight, input_size = signal(rng, kernel_size), kernel_size + whole(rng, 0, 3)
        yield _case("basic", weight, input_size, stride=1, padding=0)
        yield _case("stride", weight, input_size, stride=whole(rng, 2, 3), padding=0)
        yield _case("padding", weight, input_size, stride=whole(rng, 1, 3), padding=whole(rng, 1, 3))


def _case(group: str, weight: np.ndarray, input_size: int, **options: int) -> Case:
    return Case(group, (weight, input_size), options)


def _flipped(weight, input_size, **options):
    return conv_matrix(weight[::-1], input_size, **options)


def _transposed(weight, input_size, **options):
    return conv_matrix(weight, input_size, **options).T


def _moves_by_one(weight, input_size, *, stride, padding):
    rows = len(conv_matrix(weight, input_size, stride=stride, padding=padding))
    return conv_matrix(weight, input_size, stride=1, padding=padding)[:rows]


def _keeps_padding_columns(weight, input_size, *, stride, padding):
    return conv_matrix(weight, input_size + 2 * padding, stride=stride, padding=0)


EXERCISE = Exercise(
    id="6.1",
    title="The matrix W",
    level=2,
    prompt="""\
A convolution is a matrix product, $y = Wu$. Row $n$ of $W$ holds the kernel at the samples that window $n$ reads.
Padding adds zeros to the signal but no columns to $W$: a tap that reads a zero adds nothing.
As everywhere in this book, the kernel is not flipped.

Write `conv_matrix`: from `weight` of shape `(kernel_size,)`, return $W$ of shape `(output_size, input_size)`.""",
    points={"basic": 1, "stride": 1, "padding": 2},
    reference=conv_matrix,
    cases=cases,
    hints=(
        "How many rows does W have, and how many columns? The rows are output samples, the columns input samples.",
        "Window n begins at sample n·stride − padding. Tap j of row n therefore belongs in column n·stride − "
        "padding + j.",
        "Loop over n and j, and write weight[j] only where that column lies in 0 … input_size − 1; skip the others.",
    ),
    misconceptions=(
        Misconception(
            "kernel flipped",
            _flipped,
            "Your rows hold the kernel back to front. Put weight[0] at the first sample that the window reads.",
            loses={"basic", "stride", "padding"},
        ),
        Misconception(
            "transposed",
            _transposed,
            "This is Wᵀ, the matrix of the transposed convolution. W has one row for each output, one column for each "
            "input.",
            loses={"basic", "stride", "padding"},
        ),
        Misconception(
            "rows move by one",
            _moves_by_one,
            "From one row to the next, your kernel moves by one sample. Neighbouring windows lie stride samples apart.",
            loses={"stride", "padding"},
        ),
        Misconception(
            "padding columns kept",
            _keeps_padding_columns,
            "Your W multiplies the padded signal. What lies in the padding is zero: drop those columns on both sides.",
            loses={"padding"},
        ),
    ),
)
