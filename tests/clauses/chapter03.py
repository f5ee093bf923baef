"""Chapter 3: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

import numpy as np

from segbook.exercises import get

patch, counts, cost = (get(id).solution for id in ("3.1", "3.2", "3.3"))


def patch_by(fold_rows, fold_columns):
    def answer(image, row, column, *, patch_size):
        reach = patch_size // 2
        rows = [fold_rows(y, image.shape[0]) for y in range(row - reach, row + reach + 1)]
        columns = [fold_columns(x, image.shape[1]) for x in range(column - reach, column + reach + 1)]
        return image[np.ix_(rows, columns)]

    return answer


def fold(i, n):
    return n - 1 - abs(n - 1 - abs(i))


def patch_of_slices(image, row, column, *, patch_size):
    reach = patch_size // 2
    padded = np.pad(image, reach, mode="reflect")
    return (
        padded[row:, column:][: 2 * reach or None, : 2 * reach or None]
        if patch_size == 1
        else patch(image, row, column, patch_size=patch_size)
    )


def patch_at_one_end(image, row, column, *, patch_size):
    reach = patch_size // 2

    def axis(at, n):
        places = np.arange(at - reach, at + reach + 1)
        return abs(places) if at < reach else np.where(places >= n, 2 * (n - 1) - places, places)

    return image[np.ix_(axis(row, len(image)), axis(column, image.shape[1]))]


def counts_by(axis):
    return lambda height, width, *, patch_size: np.outer(axis(height, patch_size), axis(width, patch_size))


def per_axis(n, k):
    at, reach = np.arange(n), k // 2
    return np.minimum(at + reach, n - 1) - np.maximum(at - reach, 0) + 1


CLAUSES = {
    "3.1": [
        ("The size is odd, so the pixel is in the middle", "inside", lambda image, row, column, *, patch_size: patch(image, row, column, patch_size=patch_size + 1)[:-1, :-1]),
        ("The size is odd, so the pixel is in the middle", "inside", patch_of_slices),
        ("Near the border the patch reaches beyond the image", "border", lambda image, row, column, *, patch_size: image[max(row - patch_size // 2, 0) : row + patch_size // 2 + 1, max(column - patch_size // 2, 0) : column + patch_size // 2 + 1]),
        ("There the image is mirrored", "border", patch_by(lambda i, n: min(max(i, 0), n - 1), lambda i, n: min(max(i, 0), n - 1))),
        ("There the image is mirrored", "border", patch_by(lambda i, n: i % n, lambda i, n: i % n)),
        ("There the image is mirrored", "border", patch_by(lambda i, n: abs(i) if i < n else n - 1, fold)),
        ("There the image is mirrored", "border", patch_by(fold, lambda i, n: abs(i) if i < n else n - 1)),
        ("There the image is mirrored", "border", patch_at_one_end),
        ("the edge pixels themselves are the mirror", "border", patch_by(lambda i, n: -1 - i if i < 0 else (2 * n - 1 - i if i >= n else i), fold)),
        ("centred at (`row`, `column`)", "inside", lambda image, row, column, *, patch_size: patch(image.T, row, column, patch_size=patch_size)),
        ("No patch is so large that the image would have to be mirrored twice", "border", lambda image, row, column, *, patch_size: np.pad(image, min(patch_size // 2, 3), mode="reflect")[row : row + patch_size, column : column + patch_size]),
    ],
    "3.2": [
        ("so most pixels are in many of them", "square image", lambda height, width, *, patch_size: np.full((height, width), patch_size**2)),
        ("Count only the patches that contain the pixel itself", "square image", counts_by(lambda n, k: np.bincount(np.clip(np.arange(n)[:, None] + np.arange(k) - k // 2, 0, n - 1).ravel(), minlength=n))),
        ("of shape `(height, width)`", "height and width", lambda height, width, *, patch_size: counts(width, height, patch_size=patch_size)),
        ("of shape `(height, width)`", "height and width", lambda height, width, *, patch_size: np.outer(per_axis(height, patch_size), np.resize(per_axis(height, patch_size), width))),
        ("The patch may be larger than the image", "large patch", counts_by(lambda n, k: np.minimum(k, np.minimum(np.arange(n) + k // 2 + 1, n - np.arange(n) + k // 2)))),
        ("The patch may be larger than the image", "large patch", lambda height, width, *, patch_size: np.full((height, width), height * width) if patch_size >= 2 * min(height, width) - 1 else counts(height, width, patch_size=patch_size)),
        ("The patch may be larger than the image", "large patch", lambda height, width, *, patch_size: np.outer(per_axis(height, min(patch_size, 2 * height - 1)), per_axis(width, min(patch_size, 2 * height - 1)))),
        ("an odd size", "square image", lambda height, width, *, patch_size: counts(height, width, patch_size=max(patch_size, 3))),
    ],
    "3.3": [
        ("without padding", "one channel", lambda image_size, patch_size, *, kernel_size, in_channels, out_channels: np.array([image_size**2 * patch_size**2, (image_size + patch_size - 1) ** 2]) * kernel_size**2 * in_channels * out_channels),
        ("with square kernels", "one channel", lambda image_size, patch_size, *, kernel_size, **rest: cost(image_size, patch_size, kernel_size=kernel_size, **rest) // kernel_size),
        ("reads `in_channels` channels", "channels", lambda image_size, patch_size, *, in_channels, **rest: cost(image_size, patch_size, in_channels=1, **rest)),
        ("and writes `out_channels`", "channels", lambda image_size, patch_size, *, out_channels, **rest: cost(image_size, patch_size, out_channels=1, **rest)),
        ("in the patch around every pixel", "1 × 1 kernel", lambda image_size, patch_size, **rest: cost(image_size, patch_size, **rest) // [image_size, 1]),
        ("mirrored at the border until every patch lies inside", "1 × 1 kernel", lambda image_size, patch_size, *, kernel_size, **rest: np.array([cost(image_size, patch_size, kernel_size=kernel_size, **rest)[0], cost(image_size, 1, kernel_size=1, **rest)[1] * kernel_size**2 * (image_size - kernel_size + 1) ** 2 // image_size**2])),
        ("the multiply–adds of all patches", "one channel", lambda image_size, patch_size, *, kernel_size, **rest: cost(image_size, patch_size, kernel_size=kernel_size, **rest) if kernel_size < patch_size else cost(image_size, patch_size, kernel_size=kernel_size, **rest) * [0, 1]),
        ("Biases do not count", "channels", lambda image_size, patch_size, *, kernel_size, in_channels, out_channels: cost(image_size, patch_size, kernel_size=kernel_size, in_channels=in_channels, out_channels=out_channels) * (kernel_size**2 * in_channels + 1) // (kernel_size**2 * in_channels)),
    ],
}  # fmt: skip
