"""Right answers to the exercises of chapter 5 that other people would write."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def size_by_counting(input_size, kernel_size, *, stride, padding, dilation):
    places = range(0, input_size + 2 * padding, stride)
    return sum(start + dilation * (kernel_size - 1) < input_size + 2 * padding for start in places)


def size_from_numpy(input_size, kernel_size, *, stride=1, padding=0, dilation=1):
    room = input_size + 2 * padding - dilation * (kernel_size - 1) - 1
    return np.int64(np.floor(room / stride)) + 1


def size_by_formula_of_ceil(input_size, kernel_size, *, stride, padding, dilation):
    return -(-(input_size + 2 * padding - dilation * (kernel_size - 1)) // stride)


def convolution_by_correlate(x, weight, *, stride):
    return np.correlate(x, weight, "valid")[::stride]


def convolution_by_windows(x, weight, *, stride):
    return (sliding_window_view(x, len(weight))[::stride] @ weight).astype(np.float32)


def convolution_by_taps(x, weight, *, stride):
    starts = np.arange(0, len(x) - len(weight) + 1, stride)
    return sum(tap * x[starts + j] for j, tap in enumerate(weight))


def convolution_by_flipping(x, weight, *, stride):
    return np.convolve(x, weight[::-1], mode="valid")[::stride]


def unread_by_counts(input_size, kernel_size, *, stride, padding, dilation):
    starts = np.arange(-padding, input_size + padding - dilation * (kernel_size - 1), stride)
    places = starts[:, None] + dilation * np.arange(kernel_size)
    return ~np.isin(np.arange(input_size), places)


def unread_by_sets(input_size, kernel_size, *, stride, padding, dilation):
    read, start = set(), -padding
    while start + dilation * (kernel_size - 1) < input_size + padding:
        read |= {start + dilation * j for j in range(kernel_size)}
        start += stride
    return np.array([i not in read for i in range(input_size)])


def field_backwards(kernel_sizes, strides, dilations):
    size = 1
    for k, s, d in reversed(list(zip(kernel_sizes, strides, dilations, strict=True))):
        size = (size - 1) * s + d * (k - 1) + 1
    return size


def field_by_cumulative_product(kernel_sizes, strides, dilations):
    jumps = np.cumprod(np.concatenate([[1], strides[:-1]]))
    return 1 + (dilations * (kernel_sizes - 1) * jumps).sum()


ALLOWED = {
    "5.1": (size_by_counting, size_from_numpy, size_by_formula_of_ceil),
    "5.2": (convolution_by_correlate, convolution_by_windows, convolution_by_taps, convolution_by_flipping),
    "5.3": (unread_by_counts, unread_by_sets),
    "5.4": (field_backwards, field_by_cumulative_product),
}

NOT_ALLOWED = {}
