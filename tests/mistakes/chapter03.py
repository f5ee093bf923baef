"""Mistakes in the exercises of chapter 3, written as a learner would and not as the declarations do."""

import numpy as np
from answers.chapter03 import counts_by_axes


def patch_in_zeros(image, row, column, *, patch_size):
    patch, reach = np.zeros((patch_size, patch_size)), patch_size // 2
    for a in range(patch_size):
        for b in range(patch_size):
            y, x = row + a - reach, column + b - reach
            if 0 <= y < image.shape[0] and 0 <= x < image.shape[1]:
                patch[a, b] = image[y, x]
    return patch


def patch_clipped(image, row, column, *, patch_size):
    steps = np.arange(patch_size) - patch_size // 2
    rows, columns = (np.clip(c + steps, 0, n - 1) for c, n in zip((row, column), image.shape, strict=True))
    return image[rows][:, columns]


def patch_with_the_axes_exchanged(image, row, column, *, patch_size):
    half = patch_size // 2
    padded = np.pad(image, half, "reflect")
    return padded[column : column + 2 * half + 1, row : row + 2 * half + 1]


def patch_without_padding(image, row, column, *, patch_size):
    half = patch_size // 2
    return image[row - half : row + half + 1, column - half : column + half + 1]


def counts_by_slices_from_below_zero(height, width, *, patch_size):
    half, seen = patch_size // 2, np.zeros((height, width))
    for y, x in np.ndindex(height, width):
        seen[y - half : y + half + 1, x - half : x + half + 1] += 1
    return seen


def patch_at_the_old_place(image, row, column, *, patch_size):
    half = patch_size // 2
    wide = np.pad(image, half, "reflect")
    return wide[slice(row - half, row + half + 1), slice(column - half, column + half + 1)]


MISTAKES = [  # exercise, answer, the misconception that it is
    ("3.1", patch_in_zeros, "zeros beyond the border"),
    ("3.1", patch_clipped, "edge pixel repeated"),
    ("3.2", lambda h, w, *, patch_size: np.ones((h, w)) * patch_size * patch_size, "patch_size² everywhere"),
    ("3.2", lambda h, w, *, patch_size: counts_by_axes(w, h, patch_size=patch_size), "height and width swapped"),
    (
        "3.3",
        lambda n, p, *, kernel_size, in_channels, out_channels: (
            np.array([n**2 * (p - kernel_size + 1) ** 2, (n + p - kernel_size) ** 2]) * kernel_size**2
        ),
        "channels missing",
    ),
    ("3.1", patch_with_the_axes_exchanged, "row and column swapped"),
    ("3.1", patch_without_padding, "cut off at the border"),
    ("3.2", counts_by_slices_from_below_zero, "slice begins before 0"),
    ("3.1", patch_at_the_old_place, "old coordinates after padding"),
    (
        "3.3",
        lambda n, p, *, kernel_size, in_channels, out_channels: (
            np.array([(n + p - kernel_size) ** 2, n**2 * (p - kernel_size + 1) ** 2])
            * (kernel_size**2 * in_channels * out_channels)
        ),
        "order swapped",
    ),
    (
        "3.3",
        lambda n, p, *, kernel_size, in_channels, out_channels: (
            np.array([n * n, (n + p - kernel_size) ** 2]) * (kernel_size * kernel_size * in_channels * out_channels)
        ),
        "one place in each patch",
    ),
    (
        "3.3",
        lambda n, p, *, kernel_size, in_channels, out_channels: (
            np.array([n * n * p * p, n * n]) * (kernel_size * kernel_size * in_channels * out_channels)
        ),
        "input size for output size",
    ),
]
