"""Mistakes in the exercises of chapter 4, written as a learner would and not as the declarations do."""

import numpy as np
from answers.chapter04 import stitch_by_pixel, window_by_recursion


def kernels_in_matlab_order(weight, *, in_channels, height, width):
    kernels = [np.stack(np.split(row, in_channels)) for row in weight]
    return np.stack([[channel.reshape((height, width), order="F") for channel in kernel] for kernel in kernels])


def stitch_blocks(maps, *, height, width):
    return np.concatenate([np.concatenate(list(row), axis=1) for row in maps])[:height, :width]


def window_with_paddings_summed(kernel_sizes, strides, paddings, *, index):
    field, jump, shift = 1, 1, 0
    for kernel_size, stride, padding in zip(kernel_sizes, strides, paddings, strict=True):
        field += (kernel_size - 1) * jump
        shift += padding
        jump *= stride
    return np.array([index * jump - shift, index * jump - shift + field - 1])


def stitch_into_the_image(maps, *, height, width):
    image = np.empty((height, width))
    for a, b in np.ndindex(maps.shape[:2]):
        image[a :: len(maps), b :: len(maps)] = maps[a, b]
    return image


MISTAKES = [  # exercise, answer, the misconception that it is
    ("4.1", kernels_in_matlab_order, "column after column"),
    ("4.2", lambda features, weight, bias: np.tensordot(weight, features, axes=1), "bias lost"),
    ("4.3", lambda k, s, p, *, index: window_by_recursion(k, s, 0 * p, index=index), "padding ignored"),
    ("4.4", stitch_blocks, "side by side"),
    (
        "4.4",
        lambda maps, *, height, width: stitch_by_pixel(maps.transpose(1, 0, 2, 3), height=height, width=width),
        "down and right swapped",
    ),
    ("4.3", window_with_paddings_summed, "padding without the jump"),
    ("4.4", stitch_into_the_image, "no room for the tail"),
]
