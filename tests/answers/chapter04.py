"""Right answers to the exercises of chapter 4 that other people would write."""

import numpy as np


def kernels_by_loop(weight, *, in_channels, height, width):
    kernels = np.empty((len(weight), in_channels, height, width), np.float32)
    for place, column in enumerate(weight.T):
        rest, x = divmod(place, width)
        channel, y = divmod(rest, height)
        kernels[:, channel, y, x] = column
    return kernels


def pointwise_by_einsum(features, weight, bias):
    return np.einsum("kd,dhw->khw", weight, features) + bias[:, None, None]


def pointwise_by_pixel(features, weight, bias):
    scores = np.empty((len(weight), *features.shape[1:]))
    for y, x in np.ndindex(features.shape[1:]):
        scores[:, y, x] = weight @ features[:, y, x] + bias
    return scores


def window_by_recursion(kernel_sizes, strides, paddings, *, index):
    field, jump, start = 1, 1, 0
    for kernel, stride, padding in zip(kernel_sizes, strides, paddings, strict=True):
        field, start, jump = field + (kernel - 1) * jump, start - padding * jump, jump * stride
    return np.array([start + index * jump, start + index * jump + field - 1])


def window_by_sets(kernel_sizes, strides, paddings, *, index):
    reads = {index}
    for kernel, stride, padding in reversed(list(zip(kernel_sizes, strides, paddings, strict=True))):
        reads = {int(n * stride + tap - padding) for n in reads for tap in range(kernel)}
    return np.array([min(reads), max(reads)], float)


def stitch_by_transpose(maps, *, height, width):
    stride, _, rows, columns = maps.shape
    return maps.transpose(2, 0, 3, 1).reshape(stride * rows, stride * columns)[:height, :width]


def stitch_by_pixel(maps, *, height, width):
    stride = len(maps)
    return np.array(
        [[maps[y % stride, x % stride, y // stride, x // stride] for x in range(width)] for y in range(height)]
    )


ALLOWED = {
    "4.1": (kernels_by_loop,),
    "4.2": (pointwise_by_einsum, pointwise_by_pixel),
    "4.3": (window_by_recursion, window_by_sets),
    "4.4": (stitch_by_transpose, stitch_by_pixel),
}

NOT_ALLOWED = {}
