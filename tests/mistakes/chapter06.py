"""Mistakes in the exercises of chapter 6, written as a learner would and not as the declarations do."""

import numpy as np


def unflipped_by_correlate(x, weight, *, stride, padding):
    spread = np.zeros((len(x) - 1) * stride + 1)
    spread[::stride] = x
    full = np.correlate(spread, weight[::-1][::-1], "full")
    return full[padding : len(full) - padding]


def averages_by_counting(x, weight, *, stride, padding):
    y, count = np.zeros((2, (len(x) - 1) * stride + len(weight)))
    for i in range(len(x)):
        for tap in range(len(weight)):
            y[i * stride + tap] += x[i] * weight[tap]
            count[i * stride + tap] += 1
    y[count > 0] /= count[count > 0]
    return y[padding : len(y) - padding]


def rows_by_one(weight, input_size, *, stride, padding):
    rows = (input_size + 2 * padding - len(weight)) // stride + 1
    matrix = np.zeros((rows, input_size + 2 * padding))
    for row in range(rows):
        matrix[row, row : row + len(weight)] = weight
    return matrix[:, padding : input_size + padding]


def one_row_less(weight, input_size, *, stride, padding):
    rows = (input_size + 2 * padding - len(weight)) // stride
    padded = np.zeros((rows, input_size + 2 * padding))
    for row in range(rows):
        padded[row, row * stride : row * stride + len(weight)] = weight
    return padded[:, padding : padding + input_size]


def one_sample_less(x, weight, *, stride, padding):
    y = np.zeros((len(x) - 1) * stride + len(weight) - 1)
    for i in range(len(x)):
        for tap in range(len(weight)):
            if i * stride + tap < len(y):
                y[i * stride + tap] += x[i] * weight[tap]
    return y[padding : len(y) - padding]


def rows_by_one_and_counted_so(weight, input_size, *, stride, padding):
    matrix = np.zeros((input_size + 2 * padding - len(weight) + 1, input_size + 2 * padding))
    for row in range(len(matrix)):
        matrix[row, row : row + len(weight)] = weight
    return matrix[:, padding : padding + input_size]


def stamps_at(step, crop):
    def answer(x, weight, *, stride, padding):
        y = np.zeros((len(x) - 1) * step(stride) + len(weight))
        for i in range(len(x)):
            y[i * step(stride) : i * step(stride) + len(weight)] += x[i] * weight
        return y[crop(padding) : len(y) - crop(padding)]

    return answer


def matrix_without_bounds(weight, input_size, *, stride, padding):
    rows = (input_size + 2 * padding - len(weight)) // stride + 1
    found = np.zeros((rows, input_size))
    for n in range(rows):
        first = n * stride - padding
        for column, value in enumerate(weight, first):
            found[n][column] = value
    return found


def matrix_cut_up_to_minus_zero(weight, input_size, *, stride, padding):
    places = range(0, input_size + 2 * padding - len(weight) + 1, stride)
    wide = np.zeros((len(places), input_size + 2 * padding))
    for row, start in zip(wide, places, strict=True):
        row[start : start + len(weight)] = weight
    return wide[:, padding:-padding]


def matrix_of_rows(rows, start):
    def answer(weight, input_size, *, stride, padding):
        matrix = np.zeros((rows(input_size, len(weight), stride, padding), input_size))
        for n in range(len(matrix)):
            for j, value in enumerate(weight):
                column = n * stride + j + start(padding)
                if column in range(input_size):
                    matrix[n, column] = value
        return matrix

    return answer


def rows_with_padding(n, k, stride, padding):
    return (n + 2 * padding - k) // stride + 1


def rows_without_padding(n, k, stride, padding):
    return (n - k) // stride + 1


def stamps_in_too_long_a_signal(x, weight, *, stride, padding):
    y = np.zeros(len(x) * stride + len(weight))
    for i, value in enumerate(x):
        y[i * stride : i * stride + len(weight)] += value * weight
    return y[padding : len(y) - padding]


def size_that_comes_back(n, k, *, stride, padding):
    return ((n + 2 * padding - k) // stride) * stride + k - 2 * padding


MISTAKES = [  # exercise, answer, the misconception that it is
    ("6.5", unflipped_by_correlate, "kernel not flipped"),
    ("6.2", averages_by_counting, "averages"),
    ("6.1", rows_by_one, "rows move by one"),
    ("6.3", lambda n, k, *, stride, padding, dilation: (n - 1) * stride - 2 * padding + k, "dilation ignored"),
    ("6.1", one_row_less, "no + 1 row"),
    ("6.2", one_sample_less, "a sample short"),
    (
        "6.3",
        lambda n, k, *, stride, padding, dilation: (n - 1) * stride - 2 * padding + dilation * (k - 1),
        "no + 1 in the extent",
    ),
    ("6.4", lambda n, k, *, stride, padding: np.int64(n % stride), "N mod s"),
    ("6.1", rows_by_one_and_counted_so, "rows move by one"),
    ("6.2", stamps_at(lambda stride: stride, lambda padding: 0), "not cropped"),
    ("6.2", stamps_at(lambda stride: 1, lambda padding: padding), "stride ignored"),
    ("6.1", matrix_without_bounds, "no bounds"),
    ("6.1", matrix_cut_up_to_minus_zero, "[0:-0] is empty"),
    ("6.1", matrix_of_rows(rows_without_padding, lambda padding: -padding), "padding not in the size"),
    ("6.1", matrix_of_rows(rows_with_padding, lambda padding: 0), "padding not in the start"),
    ("6.1", matrix_of_rows(rows_without_padding, lambda padding: 0), "padding ignored"),
    ("6.2", stamps_in_too_long_a_signal, "input_size steps"),
    ("6.4", lambda n, k, **options: size_that_comes_back(n, k, **options) - n, "negative sign"),
    ("6.4", size_that_comes_back, "size returned"),
    ("6.4", lambda n, k, *, stride, padding: (n + 2 * padding - k) // stride + 1, "size returned"),
]
