"""6.1: the matrix of a convolution, row by row."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import signal, whole

exercise = Exercise(
    id="6.1",
    title="The matrix W",
    level=2,
    points={"basic": 1, "stride": 1, "padding": 2},
    prompt="""\
A convolution is a matrix product, $y = Wu$. Row $n$ of $W$ holds the kernel at the samples that window $n$ reads.
Padding adds zeros to the signal but no columns to $W$: a tap that reads a zero adds nothing.
As everywhere in this book, the kernel is not flipped.

Write `conv_matrix`: from `weight` of shape `(kernel_size,)`, return $W$ of shape `(output_size, input_size)`.""",
    hints=(
        "How many rows does W have, and how many columns? The rows are output samples, the columns input samples.",
        "Window n begins at sample n·stride − padding. Tap j of row n therefore belongs in column n·stride − "
        "padding + j.",
        "Loop over n and j, and write weight[j] only where that column lies in 0 … input_size − 1; skip the others.",
    ),
)


@exercise.reference
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


@exercise.cases
def cases(rng):
    """Draw cases without and with steps, then with padding too."""
    weight = np.array([1.0, 2.0, 3.0])
    yield "basic", (weight, 5), dict(stride=1, padding=0)
    yield "stride", (weight, 5), dict(stride=2, padding=0)
    yield "stride", (weight, 6), dict(stride=2, padding=0)  # the last sample is never read: a column of zeros
    yield "padding", (weight, 4), dict(stride=1, padding=1)
    yield "padding", (weight, 5), dict(stride=2, padding=1)
    yield "basic", (weight, 3), dict(stride=1, padding=0)  # one window
    yield "basic", (np.array([0.1, 0.7]), 3), dict(stride=1, padding=0)
    yield "stride", (weight[:2], 6), dict(stride=3, padding=0)  # gaps between windows
    for _ in range(4):
        kernel_size = whole(rng, 1, 4)
        weight, input_size = signal(rng, kernel_size), kernel_size + whole(rng, 0, 3)
        yield "basic", (weight, input_size), dict(stride=1, padding=0)
        yield "stride", (weight, input_size), dict(stride=whole(rng, 2, 3), padding=0)
        yield "padding", (weight, input_size), dict(stride=whole(rng, 1, 3), padding=whole(rng, 1, 3))


@exercise.misconception("kernel flipped", loses={"basic", "stride", "padding"})
def _(weight, input_size, **options):
    """Your rows hold the kernel back to front. Put weight[0] at the first sample that the window reads."""
    return conv_matrix(weight[::-1], input_size, **options)


@exercise.misconception("transposed", loses={"basic", "stride", "padding"})
def _(weight, input_size, **options):
    """This is Wᵀ, the matrix of the transposed convolution. W has one row for each output, one column for each
    input.
    """
    return conv_matrix(weight, input_size, **options).T


@exercise.misconception("no + 1 row", loses={"basic", "stride", "padding"})
def _(weight, input_size, **options):
    """Your W lacks its last row. The window fits once where it starts, and once more for each step: the rows are the
    steps plus 1.
    """
    return conv_matrix(weight, input_size, **options)[:-1]


@exercise.misconception("rows move by one", loses={"stride", "padding"})
def _(weight, input_size, *, stride, padding):
    """From one row to the next, your kernel moves by one sample. Neighbouring windows lie stride samples apart."""
    rows = len(conv_matrix(weight, input_size, stride=stride, padding=padding))
    return conv_matrix(weight, input_size, stride=1, padding=padding)[:rows]


@exercise.misconception("padding columns kept", loses={"padding"})
def _(weight, input_size, *, stride, padding):
    """Your W is made for the padded signal. The padding is zero, so drop its columns on both sides."""
    return conv_matrix(weight, input_size + 2 * padding, stride=stride, padding=0)


def _placed(place, weight, input_size, *, stride, padding):
    matrix = np.zeros_like(conv_matrix(weight, input_size, stride=stride, padding=padding))
    for row in range(len(matrix)):
        for tap, value in enumerate(weight):
            place(matrix[row], row * stride + tap - padding, value)
    return matrix


@exercise.misconception("negative index", loses={"padding"})
def _(*given, **options):
    """A tap on the padding in front has a negative column, and NumPy counts that from the end. Skip it."""

    def place(row, column, value):
        if column < len(row):
            row[column] = value

    return _placed(place, *given, **options)


@exercise.misconception("padding put on the border", loses={"padding"})
def _(*given, **options):
    """You move taps that read the padding to the first or the last sample. They read a zero: leave them out."""

    def place(row, column, value):
        row[min(max(column, 0), len(row) - 1)] += value

    return _placed(place, *given, **options)


@exercise.variant("rows move by one")
def _(weight, input_size, *, stride, padding):
    del stride
    return conv_matrix(weight, input_size, stride=1, padding=padding)  # and the rows are counted so, too


@exercise.misconception("no bounds", loses={"padding"})
def _(*given, **options):
    """A tap on the padding belongs in no column: its column would be negative, or input_size or more. Skip it."""

    def place(row, column, value):
        row[column] = value

    return _placed(place, *given, **options)


@exercise.misconception("[0:-0] is empty", loses={"basic", "stride"})
def _(weight, input_size, *, stride, padding):
    """With padding 0, the slice [padding:-padding] is [0:0], which is empty. Slice up to padding + input_size."""
    return conv_matrix(weight, input_size + 2 * padding, stride=stride, padding=0)[:, padding:-padding]


@exercise.misconception("padding not in the size", loses={"padding"})
def _(weight, input_size, *, stride, padding):
    """Your W lacks rows: they are counted without the padding. Windows lie on the padded signal, which is 2·padding
    samples longer.
    """
    rows = (input_size - len(weight)) // stride + 1
    return conv_matrix(weight, input_size, stride=stride, padding=padding)[:rows]


@exercise.misconception("padding not in the start", loses={"padding"})
def _(weight, input_size, *, stride, padding):
    """Your W has the right number of rows, but window n begins at sample n·stride. The padding lies in front of sample
    0, so it begins padding samples earlier.
    """
    rows = len(conv_matrix(weight, input_size, stride=stride, padding=padding))
    longer = conv_matrix(weight, input_size + 2 * padding, stride=stride, padding=0)
    return longer[:rows, :input_size]


@exercise.misconception("padding ignored", loses={"padding"})
def _(weight, input_size, *, stride, padding):
    """Your W does not depend on the padding. It adds windows at both ends, and the first one begins padding samples
    before sample 0.
    """
    del padding
    return conv_matrix(weight, input_size, stride=stride, padding=0)
