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


def patch_by_hand_made_mirror(image, row, column, *, patch_size):
    reach = patch_size // 2
    if reach == 0:
        return image[row : row + 1, column : column + 1]
    wide = np.vstack([image[reach:0:-1], image, image[-2 : -reach - 2 : -1] if reach < len(image) else image[-2::-1]])
    width = image.shape[1]
    right = wide[:, -2 : -reach - 2 : -1] if reach < width else wide[:, -2::-1]
    wide = np.hstack([wide[:, reach:0:-1], wide, right])
    return wide[row : row + patch_size, column : column + patch_size]


def patch_by_windows(image, row, column, *, patch_size):
    padded = np.pad(image, patch_size // 2, "reflect")
    return np.lib.stride_tricks.sliding_window_view(padded, (patch_size, patch_size))[row, column]


def patch_by_matrices(image, row, column, *, patch_size):
    def chooses(centre, size):
        where = [abs(n) for n in range(centre - patch_size // 2, centre + patch_size // 2 + 1)]
        return np.eye(size)[[n if n < size else 2 * size - 2 - n for n in where]]

    return chooses(row, image.shape[0]) @ image @ chooses(column, image.shape[1]).T


def patch_in_lists(image, row, column, *, patch_size):
    def bounced(n, size):
        while not 0 <= n < size:
            n = -n if n < 0 else 2 * (size - 1) - n
        return n

    near = range(-(patch_size // 2), patch_size // 2 + 1)
    height, width = image.shape
    return [[float(image[bounced(row + a, height), bounced(column + b, width)]) for b in near] for a in near]


def counts_by_formula(height, width, *, patch_size):
    half = patch_size // 2
    rows, columns = np.indices((height, width))
    high = np.minimum(rows + half, height - 1) - np.maximum(rows - half, 0) + 1
    return high * (np.minimum(columns + half, width - 1) - np.maximum(columns - half, 0) + 1)


def counts_by_integral_image(height, width, *, patch_size):
    half = patch_size // 2
    table = np.zeros((height + 2 * half + 1, width + 2 * half + 1), int)
    table[half + 1 : half + 1 + height, half + 1 : half + 1 + width] = 1
    table = table.cumsum(0).cumsum(1)
    table = np.pad(table, ((0, half), (0, half)), "edge")
    k = patch_size
    return (table[k:, k:] - table[:-k, k:] - table[k:, :-k] + table[:-k, :-k])[:height, :width]


def counts_by_difference_array(height, width, *, patch_size):
    marks = np.zeros((height + 1, width + 1), np.int64)
    for row in range(height):
        for column in range(width):
            top, low = max(row - patch_size // 2, 0), min(row + patch_size // 2 + 1, height)
            left, right = max(column - patch_size // 2, 0), min(column + patch_size // 2 + 1, width)
            marks[[top, low], [left, right]] += 1
            marks[[top, low], [right, left]] -= 1
    return marks.cumsum(0).cumsum(1)[:height, :width]


def counts_by_fourier(height, width, *, patch_size):
    shape = height + 2 * patch_size, width + 2 * patch_size
    ones = np.fft.rfft2(np.ones((height, width)), shape) * np.fft.rfft2(np.ones((patch_size, patch_size)), shape)
    half = patch_size // 2
    return np.rint(np.fft.irfft2(ones, shape)[half : half + height, half : half + width])


def cost_by_listing_starts(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    def starts(size):
        return sum(1 for row in range(size) for column in range(size) if max(row, column) + kernel_size <= size)

    each = in_channels * kernel_size * kernel_size * out_channels
    return [image_size * image_size * starts(patch_size) * each, starts(image_size + patch_size - 1) * each]


def cost_by_windows(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    windows = np.lib.stride_tricks.sliding_window_view
    patch = windows(np.zeros((patch_size, patch_size)), (kernel_size, kernel_size)).size
    size = image_size + patch_size - 1
    image = windows(np.broadcast_to(0.0, (size, size)), (kernel_size, kernel_size)).size
    return np.array([patch * image_size**2, image]) * in_channels * out_channels


def cost_from_one_pass(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    area = np.array([patch_size, image_size + patch_size - 1], dtype=np.int64) - (kernel_size - 1)
    return area**2 * [image_size**2, 1] * (kernel_size**2 * in_channels * out_channels)


def cost_by_adding_channels(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    total = [0, 0]
    for _ in range(in_channels * out_channels):
        total[0] += image_size**2 * (patch_size + 1 - kernel_size) ** 2 * kernel_size**2
        total[1] += (image_size + patch_size - kernel_size) ** 2 * kernel_size**2
    return np.array(total, dtype=np.float64)


def cost_by_taps(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    """Counts, for each tap, where it may stand, and then all taps of all kernels."""
    taps = np.ones((out_channels, in_channels, kernel_size, kernel_size), int)
    stands = patch_size - kernel_size + 1, image_size + patch_size - kernel_size
    return np.array([taps.sum() * stands[0] ** 2 * image_size**2, taps.sum() * stands[1] ** 2])


ALLOWED = {
    "3.1": (
        patch_by_loop,
        patch_by_index,
        patch_by_hand_made_mirror,
        patch_by_windows,
        patch_by_matrices,
        patch_in_lists,
    ),
    "3.2": (
        counts_by_axes,
        counts_by_convolution,
        counts_by_formula,
        counts_by_integral_image,
        counts_by_difference_array,
        counts_by_fourier,
    ),
    "3.3": (
        cost_by_places,
        cost_by_listing_starts,
        cost_by_windows,
        cost_from_one_pass,
        cost_by_adding_channels,
        cost_by_taps,
    ),
}

NOT_ALLOWED = {}
