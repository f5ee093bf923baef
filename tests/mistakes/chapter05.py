"""Mistakes in the exercises of chapter 5, written as a learner would and not as the declarations do."""

import numpy as np


def convolved_by_numpy(x, weight, *, stride):
    return np.convolve(x, weight, "valid")[::stride]


def tail_by_the_formula(input_size, kernel_size, *, stride, padding, dilation):
    mask = np.zeros(input_size + 2 * padding, dtype=bool)
    left = (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) % stride
    mask[len(mask) - left :] = True
    return mask[padding : input_size + padding]


def wheel_with_one_mark(turns, spokes, frames):
    per_picture = turns / frames
    return (per_picture - np.round(per_picture)) * frames


def wheel_by_remainder(turns, spokes, frames):
    return turns % (frames / spokes)


def steps_between_windows(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride


def size_without_dilation(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size + 2 * padding - kernel_size) // stride + 1


def unread_by_whole_slices(input_size, kernel_size, *, stride, padding, dilation):
    lost = np.full(input_size, True)
    first = -padding
    while first + dilation * (kernel_size - 1) < input_size + padding:
        for tap in range(first, first + dilation * kernel_size, dilation):
            lost[tap : tap + 1] = False
        first += stride
    return lost


def unread_without_bounds(input_size, kernel_size, *, stride, padding, dilation):
    lost = np.full(input_size, True)
    for first in range(-padding, input_size + padding - dilation * (kernel_size - 1), stride):
        lost[first + dilation * np.arange(kernel_size)] = False
    return lost


MISTAKES = [  # exercise, answer, the misconception that it is
    ("5.1", size_without_dilation, "dilation ignored"),
    ("5.1", steps_between_windows, "counts steps"),
    ("5.2", convolved_by_numpy, "kernel flipped"),
    ("5.3", tail_by_the_formula, "only the tail"),
    ("5.3", unread_by_whole_slices, "negative index"),
    ("5.3", unread_without_bounds, "no bounds"),
    ("5.4", wheel_with_one_mark, "one spoke"),
    ("5.4", wheel_by_remainder, "never backwards"),
    (
        "5.1",
        lambda n, k, *, stride, padding, dilation: (n + 2 * padding - dilation * (k - 1)) // stride,
        "+ 1 before the division",
    ),
]
