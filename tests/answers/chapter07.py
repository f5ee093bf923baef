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


def legal_by_bits(limit, *, depth):
    return [size for size in range(1, limit + 1) if size & ((1 << depth) - 1) == 0]


def legal_by_lowest_bit(limit, *, depth):
    sizes = np.arange(1, limit + 1)
    return sizes[(sizes & -sizes) >= 2**depth]


def legal_by_recursion(limit, *, depth):
    if depth == 0:
        return np.arange(1, limit + 1)
    return 2 * legal_by_recursion(limit // 2, depth=depth - 1)


def legal_by_sieve(limit, *, depth):
    kept = np.ones(limit + 1, bool)
    kept[0] = False
    for level in range(depth):
        for odd in range(1, limit // 2**level + 1, 2):
            kept[odd * 2**level] = False
    return np.flatnonzero(kept).astype(float)


def ledger_by_slicing_a_row(input_size, *, depth):
    row, sizes = np.zeros(input_size), [input_size]
    for _ in range(depth):
        row = row[: len(row) // 2 * 2].reshape(-1, 2).max(axis=1)
        sizes.append(row.size)
    for _ in range(depth):
        row = row.repeat(2)
        sizes.append(row.size)
    return sizes


def ledger_by_recursion(input_size, *, depth):
    if depth == 0:
        return np.array([input_size])
    inner = ledger_by_recursion((input_size - input_size % 2) // 2, depth=depth - 1)
    return np.concatenate([[input_size], inner, [2 * inner[-1]]])


def ledger_by_powers(input_size, *, depth):
    down = input_size // 2 ** np.arange(depth + 1)
    return np.append(down, down[-1] * 2 ** np.arange(1, depth + 1))


def ledger_by_divmod(input_size, *, depth):
    sizes = np.empty(2 * depth + 1, dtype=np.float64)
    sizes[0] = input_size
    for step in range(1, 2 * depth + 1):
        sizes[step] = divmod(sizes[step - 1], 2)[0] if step <= depth else sizes[step - 1] * 2
    return sizes


def bilinear_by_loops(image):
    height, width = image.shape
    new = np.zeros((2 * height, 2 * width))
    for y, x in np.ndindex(new.shape):
        other_y = min(max(y // 2 + (1 if y % 2 else -1), 0), height - 1)
        other_x = min(max(x // 2 + (1 if x % 2 else -1), 0), width - 1)
        near, far = image[y // 2], image[other_y]
        new[y, x] = (9 * near[x // 2] + 3 * near[other_x] + 3 * far[x // 2] + far[other_x]) / 16
    return new


def bilinear_by_transposed_convolution(image):
    stamp = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 16
    wide = np.pad(image, 1, mode="edge")
    new = np.zeros((2 * wide.shape[0] + 2, 2 * wide.shape[1] + 2))
    for (y, x), value in np.ndenumerate(wide):
        new[2 * y : 2 * y + 4, 2 * x : 2 * x + 4] += value * stamp
    return new[3:-3, 3:-3]


def bilinear_by_padding(image):
    def doubled(rows):
        wide = np.pad(rows, ((1, 1), (0, 0)), mode="edge")
        both = np.stack([wide[:-2] + 3 * wide[1:-1], 3 * wide[1:-1] + wide[2:]], axis=1) / 4
        return both.reshape(-1, rows.shape[1])

    return doubled(doubled(image).T).T


def bilinear_in_lists(image):
    def doubled(row):
        last = len(row) - 1
        halves = [(row[max(i - 1, 0)] + 3 * a, 3 * a + row[min(i + 1, last)]) for i, a in enumerate(row)]
        return [half / 4 for pair in halves for half in pair]

    rows = [doubled(row) for row in image.tolist()]
    columns = [doubled(column) for column in zip(*rows, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


def edge_by_shifts(mask):
    edge = np.zeros_like(mask)
    edge[1:] |= mask[1:] & ~mask[:-1]
    edge[:-1] |= mask[:-1] & ~mask[1:]
    edge[:, 1:] |= mask[:, 1:] & ~mask[:, :-1]
    edge[:, :-1] |= mask[:, :-1] & ~mask[:, 1:]
    return edge


def boundary_by_discs(pred, truth, *, tolerance):
    """Grows each boundary by a disc of the tolerance and counts what falls under it."""
    reach = int(tolerance)
    a, b = edge_by_shifts(pred), edge_by_shifts(truth)

    def grown(edge):
        wide, out = np.pad(edge, reach), np.zeros_like(edge)
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                if dy * dy + dx * dx <= tolerance * tolerance:
                    rows, columns = (slice(reach + d, reach + d + n) for d, n in zip((dy, dx), edge.shape, strict=True))
                    out |= wide[rows, columns]
        return out

    precision, recall = grown(b)[a].mean(), grown(a)[b].mean()
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def boundary_by_complex_numbers(pred, truth, *, tolerance):
    y, x = np.indices(pred.shape)
    a, b = ((y + 1j * x)[edge_by_shifts(mask)] for mask in (pred, truth))
    near = abs(a[:, None] - b) <= tolerance
    p, r = near.any(1).mean(), near.any(0).mean()
    return float(np.nan_to_num(np.divide(2 * p * r, p + r)))


def boundary_by_roll(pred, truth, *, tolerance):
    found = []
    for mask in (pred, truth):
        wide = np.pad(mask, 1, mode="edge")
        hole = [~np.roll(wide, step, axis) for step in (1, -1) for axis in (0, 1)]
        found.append(np.argwhere((wide & np.any(hole, axis=0))[1:-1, 1:-1]).astype(float))
    a, b = found
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    near = squared <= tolerance**2
    share = near.any(1).sum() / len(a), near.any(0).sum() / len(b)
    return 2 * share[0] * share[1] / max(sum(share), 1e-9)


def boundary_by_maps_of_distance(pred, truth, *, tolerance):
    rows, columns = np.indices(pred.shape)
    edges = [edge_by_shifts(mask) for mask in (pred, truth)]
    maps = []
    for edge in edges:
        far = np.full(edge.shape, np.inf)
        for y, x in np.argwhere(edge):
            far = np.minimum(far, np.hypot(rows - y, columns - x))
        maps.append(far)
    hits = [(maps[1 - n][edges[n]] <= tolerance).mean() for n in (0, 1)]
    return np.float64(2) / (1 / hits[0] + 1 / hits[1]) if all(hits) else 0


ALLOWED = {
    "7.1": (legal_by_halving, legal_by_modulus, legal_by_bits, legal_by_lowest_bit, legal_by_recursion, legal_by_sieve),
    "7.2": (
        ledger_by_shifts,
        ledger_by_counting_windows,
        ledger_by_slicing_a_row,
        ledger_by_recursion,
        ledger_by_powers,
        ledger_by_divmod,
    ),
    "7.3": (
        bilinear_by_matrices,
        bilinear_by_interp,
        bilinear_by_loops,
        bilinear_by_transposed_convolution,
        bilinear_by_padding,
        bilinear_in_lists,
    ),
    "7.4": (
        boundary_by_loops,
        boundary_by_discs,
        boundary_by_complex_numbers,
        boundary_by_roll,
        boundary_by_maps_of_distance,
    ),
}

NOT_ALLOWED = {  # they use packages that the grader does not hold
    "7.4": (boundary_by_transform,),
}
