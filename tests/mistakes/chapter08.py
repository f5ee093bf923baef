"""Mistakes in the exercises of chapter 8, written as a learner would and not as the declarations do."""

from itertools import pairwise

import numpy as np


def corner_by_hand(skip, upsampled):
    return np.vstack((skip[:, : upsampled.shape[1], : upsampled.shape[2]], upsampled))


def up_kernel_of_three(in_channels, num_classes, *, width, depth):
    channels = [in_channels] + [width << level for level in range(depth + 1)]
    total = (width + 1) * num_classes
    for a, b in pairwise(channels):
        total += (9 * a + 1) * b + (9 * b + 1) * b
    for b in channels[1:-1]:
        total += (9 * 2 * b + 1) * b + (9 * 2 * b + 1) * b + (9 * b + 1) * b
    return total


def zeros_around(row, *, kept, context):
    tiles = []
    for start in range(0, len(row), kept):
        where = range(start - context, start + kept + context)
        tiles.append([row[n] if 0 <= n < len(row) else 0 for n in where])
    return np.array(tiles)


def size_with_k_for_each_convolution(input_size, *, depth, kernel_size):
    for _ in range(depth):
        input_size = (input_size - 2 * kernel_size) // 2
    input_size -= 2 * kernel_size
    for _ in range(depth):
        input_size = 2 * input_size - 2 * kernel_size
    return input_size


def tiles_without_what_lies_before(row, *, kept, context):
    tiles = -(-len(row) // kept)
    padded = np.pad(row, (0, tiles * kept - len(row) + context), mode="reflect")
    return np.array([padded[i * kept : (i + 1) * kept + context] for i in range(tiles)])


def context_and_then_the_rest(row, *, kept, context):
    row = np.pad(row, context, mode="reflect")
    tiles = []
    for start in range(0, len(row) - 2 * context, kept):
        tile = row[start : start + kept + 2 * context]
        tiles.append(tile)
    missing = kept + 2 * context - len(tiles[-1])
    if missing:
        tiles[-1] = np.pad(row, (0, missing), mode="reflect")[-(kept + 2 * context) :]
    return np.array(tiles)


def pools_first(size, *, depth, kernel_size):
    for _ in range(depth):
        size = size // 2 - 2 * (kernel_size - 1)
    size -= 2 * (kernel_size - 1)
    for _ in range(depth):
        size = size * 2 - 2 * (kernel_size - 1)
    return size


def doubles_last(size, *, depth, kernel_size):
    for _ in range(depth):
        size = (size - 2 * kernel_size + 2) // 2
    size = size - 2 * kernel_size + 2
    for _ in range(depth):
        size = (size - 2 * kernel_size + 2) * 2
    return size


def a_tile_more(row, *, kept, context):
    count = len(row) // kept + 1
    padded = np.pad(row, (context, count * kept - len(row) + context), mode="reflect")
    return np.stack([padded[i * kept : i * kept + kept + 2 * context] for i in range(count)])


MISTAKES = [  # exercise, answer, the misconception that it is
    ("8.1", corner_by_hand, "crops the corner"),
    ("8.2", lambda size, *, depth, kernel_size: np.int64(size), "restores the input"),
    ("8.3", up_kernel_of_three, "3×3 up-convolution"),
    ("8.4", zeros_around, "zero border"),
    ("8.2", size_with_k_for_each_convolution, "k for a convolution"),
    ("8.4", tiles_without_what_lies_before, "context on one side"),
    ("8.4", context_and_then_the_rest, "mirrored twice"),
    ("8.2", pools_first, "pooling before the stage"),
    ("8.2", doubles_last, "convolutions before doubling"),
    ("8.4", a_tile_more, "one tile too many"),
]
