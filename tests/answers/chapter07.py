"""Right answers to the exercises of chapter 7 that other people would write."""

import numpy as np
from scipy import ndimage


def legal_by_halving(limit, *, depth):
    legal = []
    for size in range(1, limit + 1):
        half, rests = size, 0
        for _ in range(depth):
            half, rest = divmod(half, 2)
            rests += rest
        if rests == 0:
            legal.append(size)
    return np.array(legal, dtype=np.int32)


def legal_by_modulus(limit, *, depth):
    sizes = np.arange(1, limit + 1)
    return sizes[sizes % 2**depth == 0]


def ledger_by_shifts(input_size, *, depth):
    down = [input_size >> level for level in range(depth + 1)]
    up = [down[-1] << level for level in range(1, depth + 1)]
    return np.array(down + up, dtype=np.uint16)


def ledger_by_counting_windows(input_size, *, depth):
    sizes = [input_size]
    for _ in range(depth):
        sizes.append(len(range(0, sizes[-1] - 1, 2)))
    for _ in range(depth):
        sizes.append((sizes[-1] - 1) * 2 + 2)
    return np.array(sizes)


def bilinear_by_matrices(image):
    def matrix(size):
        places = np.clip((np.arange(2 * size) + 0.5) / 2 - 0.5, 0, size - 1)
        return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(size)))

    return matrix(image.shape[0]) @ image @ matrix(image.shape[1]).T


def bilinear_by_interp(image):
    def along(row):
        size = len(row)
        return np.interp((np.arange(2 * size) + 0.5) / 2 - 0.5, np.arange(size), row)

    return np.apply_along_axis(along, 1, np.apply_along_axis(along, 0, image)).astype(np.float32)


def boundary_by_transform(pred, truth, *, tolerance):
    cross = ndimage.generate_binary_structure(2, 1)
    edges = [mask & ~ndimage.binary_erosion(mask, cross, border_value=1) for mask in (pred, truth)]
    near = [ndimage.distance_transform_edt(~edge) <= tolerance for edge in edges]
    hits = [(edges[0] & near[1]).sum(), (edges[1] & near[0]).sum()]
    precision, recall = hits[0] / edges[0].sum(), hits[1] / edges[1].sum()
    return 2 * precision * recall / (precision + recall) if precision + recall else 0


def boundary_by_loops(pred, truth, tolerance):
    def edge(mask):
        places = []
        for row, column in zip(*np.nonzero(mask), strict=True):
            for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                r, c = row + down, column + right
                if 0 <= r < mask.shape[0] and 0 <= c < mask.shape[1] and not mask[r, c]:
                    places.append((int(row), int(column)))
                    break
        return places

    def share(here, there):
        found = [min((r - a) ** 2 + (c - b) ** 2 for a, b in there) <= tolerance**2 for r, c in here]
        return sum(found) / len(found)

    p, r = share(edge(pred), edge(truth)), share(edge(truth), edge(pred))
    return np.float32(2 / (1 / p + 1 / r)) if p and r else 0.0


ALLOWED = {
    "7.1": (legal_by_halving, legal_by_modulus),
    "7.2": (ledger_by_shifts, ledger_by_counting_windows),
    "7.3": (bilinear_by_matrices, bilinear_by_interp),
    "7.4": (boundary_by_loops,),
}

NOT_ALLOWED = {  # they use packages that the grader does not hold
    "7.4": (boundary_by_transform,),
}
