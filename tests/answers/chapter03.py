"""Right answers to the exercises of chapter 3 that other people would write."""

import numpy as np


def patch_by_loop(image, row, column, *, patch_size):
    height, width = image.shape
    patch, reach = np.empty((patch_size, patch_size), np.float32), patch_size // 2
    for a in range(patch_size):
        for b in range(patch_size):
            y, x = abs(row + a - reach), abs(column + b - reach)
            patch[a, b] = image[y if y < height else 2 * (height - 1) - y, x if x < width else 2 * (width - 1) - x]
    return patch


def patch_by_index(image, row, column, *, patch_size):
    def folded(centre, size):
        where = (centre + np.arange(patch_size) - patch_size // 2) % (2 * (size - 1))
        return np.minimum(where, 2 * (size - 1) - where)

    return image[np.ix_(folded(row, image.shape[0]), folded(column, image.shape[1]))]


def counts_by_axes(height, width, *, patch_size):
    def axis(size):
        distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
        return (distance <= patch_size // 2).sum(axis=0)

    return np.outer(axis(height), axis(width)).astype(float)


def counts_by_convolution(height, width, *, patch_size):
    def axis(size):
        full = np.convolve(np.ones(size, int), np.ones(patch_size, int))
        return full[patch_size // 2 : patch_size // 2 + size]

    return axis(height)[:, None] * axis(width)


def cost_by_places(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    def places(size):
        return len(range(size - kernel_size + 1)) ** 2

    products = kernel_size * kernel_size * in_channels * out_channels
    return np.array([image_size**2 * places(patch_size), places(image_size + 2 * (patch_size // 2))]) * products


ALLOWED = {
    "3.1": (patch_by_loop, patch_by_index),
    "3.2": (counts_by_axes, counts_by_convolution),
    "3.3": (cost_by_places,),
}

NOT_ALLOWED = {}
