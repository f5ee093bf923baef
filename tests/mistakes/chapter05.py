"""Mistakes in the exercises of chapter 5, written as a learner would and not as the declarations do."""

import numpy as np


def convolved_by_numpy(x, weight, *, stride):
    return np.convolve(x, weight, "valid")[::stride]


def tail_by_the_formula(input_size, kernel_size, *, stride, padding, dilation):
    mask = np.zeros(input_size + 2 * padding, dtype=bool)
    left = (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) % stride
    mask[len(mask) - left :] = True
    return mask[padding : input_size + padding]


def field_of_whole_kernels(kernel_sizes, strides, dilations):
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        size += d * k * jump
        jump *= s
    return size


def field_with_the_own_stride(kernel_sizes, strides, dilations):
    return int(1 + (dilations * (kernel_sizes - 1) * np.cumprod(strides)).sum())


def steps_between_windows(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride


def size_without_dilation(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size + 2 * padding - kernel_size) // stride + 1


MISTAKES = [  # exercise, answer, the misconception that it is
    ("5.1", size_without_dilation, "dilation ignored"),
    ("5.1", steps_between_windows, "counts steps"),
    ("5.2", convolved_by_numpy, "kernel flipped"),
    ("5.3", tail_by_the_formula, "only the tail"),
    ("5.4", field_of_whole_kernels, "adds k"),
    ("5.4", field_with_the_own_stride, "own stride first"),
]
