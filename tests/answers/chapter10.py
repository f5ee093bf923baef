"""Right answers to the exercises of chapter 10 that other people would write."""

from itertools import pairwise

import numpy as np
from scipy import spatial


def rates_by_loops(preds, labels, *, edges):
    wrong, every = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1)
    for place in np.ndindex(labels.shape):
        others = np.argwhere(labels != labels[place])
        far = min(np.hypot(*(np.subtract(place, other))) for other in others)
        for b in range(len(edges) - 1):
            if edges[b] <= far < edges[b + 1]:
                every[b] += 1
                wrong[b] += preds[place] != labels[place]
    return np.where(every > 0, wrong / np.where(every > 0, every, 1), 0).astype(np.float32)


def rates_by_trees(preds, labels, *, edges):
    distance = np.zeros(labels.shape)
    for value in np.unique(labels):
        tree = spatial.KDTree(np.argwhere(labels != value))
        distance[labels == value] = tree.query(np.argwhere(labels == value))[0]
    band = np.digitize(distance, edges).ravel() - 1
    inside = (band >= 0) & (band < len(edges) - 1)
    every = np.bincount(band[inside], minlength=len(edges) - 1)
    wrong = np.bincount(band[inside], (preds != labels).ravel()[inside], minlength=len(edges) - 1)
    return wrong / np.maximum(every, 1)


def difference_by_dictionary(seeds_a, scores_a, seeds_b, scores_b):
    of_a = dict(zip(seeds_a.tolist(), scores_a.tolist(), strict=True))
    found = [b - of_a[seed] for seed, b in zip(seeds_b.tolist(), scores_b.tolist(), strict=True) if seed in of_a]
    centre = sum(found) / len(found)
    return np.array([centre, (sum((d - centre) ** 2 for d in found) / (len(found) - 1)) ** 0.5])


def difference_by_intersection(seeds_a, scores_a, seeds_b, scores_b):
    _, i, j = np.intersect1d(seeds_a, seeds_b, return_indices=True)
    d = scores_b[j] - scores_a[i]
    return np.array([np.average(d), np.sqrt(np.cov(d))])


def front_by_table(quality, time):
    q, t = quality[:, None], time[:, None]
    return ~((q >= quality) & (t <= time) & ((q > quality) | (t < time))).any(axis=0)


def front_by_sorting(quality, time):
    order = np.lexsort((-quality, time))
    kept, best = np.zeros(len(quality), bool), (-1.0, -1.0)
    for i in order:
        if quality[i] > best[0] or (quality[i], time[i]) == best:
            kept[i], best = True, (quality[i], time[i])
    return kept


def rates_by_digitize(preds, labels, *, edges):
    pixels = np.argwhere(np.ones(labels.shape, bool))
    table = np.linalg.norm(pixels[:, None] - pixels, axis=2)
    flat = labels.ravel()
    distance = np.where(flat[:, None] != flat, table, np.inf).min(axis=1)
    band, count = np.digitize(distance, edges) - 1, len(edges) - 1
    kept = (band >= 0) & (band < count)
    every = np.bincount(band[kept], minlength=count)
    wrong = np.bincount(band[kept], weights=(preds != labels).ravel()[kept], minlength=count)
    return np.divide(wrong, every, out=np.zeros(count), where=every > 0)


def rates_by_rows_and_columns(preds, labels, *, edges):
    height, width = labels.shape
    squared = np.zeros((height, width))
    for value in (0, 1):
        other = np.where(labels != value, 0.0, 1e9)
        along = (other[:, None, :] + (np.arange(width)[:, None] - np.arange(width)) ** 2).min(axis=2)
        both = (along[None] + ((np.arange(height)[:, None] - np.arange(height)) ** 2)[:, :, None]).min(axis=1)
        squared[labels == value] = both[labels == value]
    rates = []
    for near, far in pairwise(edges):
        inside = (np.sqrt(squared) >= near) & (np.sqrt(squared) < far)
        rates.append(np.mean(preds[inside] != labels[inside]) if inside.any() else 0.0)
    return rates


def rates_by_cumulative_counts(preds, labels, *, edges):
    """Counts what is nearer than each edge, and subtracts neighbours."""
    y, x = np.indices(labels.shape)
    places = y + 1j * x
    distance = np.where(
        labels == 1,
        abs(places[..., None] - places[labels == 0]).min(-1),
        abs(places[..., None] - places[labels == 1]).min(-1),
    )
    nearer = np.array([distance < edge for edge in edges]).reshape(len(edges), -1)
    every = np.diff(nearer.sum(axis=1))
    wrong = np.diff((nearer & (preds != labels).ravel()).sum(axis=1))
    return wrong / np.where(every == 0, 1, every)


def rates_by_growing(preds, labels, *, edges):
    height, width = labels.shape
    offsets = [(dy, dx) for dy in range(-height, height + 1) for dx in range(-width, width + 1)]
    offsets.sort(key=lambda offset: offset[0] ** 2 + offset[1] ** 2)
    bands = [[0, 0] for _ in edges[1:]]
    for y, x in np.ndindex(height, width):
        for dy, dx in offsets:
            inside = 0 <= y + dy < height and 0 <= x + dx < width
            if inside and labels[y + dy, x + dx] != labels[y, x]:
                break
        far = (dy * dy + dx * dx) ** 0.5
        for b, band in enumerate(bands):
            if edges[b] <= far < edges[b + 1]:
                band[0] += 1
                band[1] += int(preds[y, x] != labels[y, x])
    return [wrong / every if every else 0.0 for every, wrong in bands]


def difference_by_matching_table(seeds_a, scores_a, seeds_b, scores_b):
    i, j = np.nonzero(seeds_a[:, None] == seeds_b)
    d = scores_b[j] - scores_a[i]
    return [float(np.mean(d)), float(np.std(d, ddof=1))]


def difference_by_sorting(seeds_a, scores_a, seeds_b, scores_b):
    a, b = np.isin(seeds_a, seeds_b), np.isin(seeds_b, seeds_a)
    first = scores_a[a][np.argsort(seeds_a[a])]
    second = scores_b[b][np.argsort(seeds_b[b])]
    d = second - first
    return np.array([d.sum() / d.size, np.linalg.norm(d - d.mean()) / (d.size - 1) ** 0.5], dtype=np.float32)


def difference_by_statistics(seeds_a, scores_a, seeds_b, scores_b):
    import statistics

    a, b = (dict(zip(s.tolist(), v.tolist(), strict=True)) for s, v in ((seeds_a, scores_a), (seeds_b, scores_b)))
    d = [b[seed] - a[seed] for seed in a.keys() & b.keys()]
    return np.array([statistics.mean(d), statistics.stdev(d)])


def difference_by_running_sums(seeds_a, scores_a, seeds_b, scores_b):
    """Welford's update: one pass, no list."""
    n, mean, squares = 0, 0.0, 0.0
    for seed, score in zip(seeds_b, scores_b, strict=True):
        for other, before in zip(seeds_a, scores_a, strict=True):
            if seed == other:
                n += 1
                step = (score - before) - mean
                mean += step / n
                squares += step * (score - before - mean)
    return (mean, (squares / (n - 1)) ** 0.5)


def front_in_lists(quality, time):
    models = list(zip(quality.tolist(), (-time).tolist(), strict=True))
    return [not any(a != b and a[0] >= b[0] and a[1] >= b[1] for a in models) for b in models]


def front_by_best_of_the_fast(quality, time):
    def kept(q, t):
        return q >= quality[time <= t].max() and t <= time[quality >= q].min()

    return np.array([kept(q, t) for q, t in zip(quality, time, strict=True)], dtype=bool)


def front_by_throwing_out(quality, time):
    left = set(range(len(time)))
    for a in range(len(time)):
        left -= {
            b
            for b in left
            if quality[a] >= quality[b] and time[a] <= time[b] and (quality[a], time[a]) != (quality[b], time[b])
        }
    return np.isin(np.arange(len(time)), list(left))


def front_by_recursion(quality, time):
    def best(models):
        if len(models) < 2:
            return models
        half = len(models) // 2
        a, b = best(models[:half]), best(models[half:])
        return [m for m in a if not beaten(m, b)] + [m for m in b if not beaten(m, a)]

    def beaten(m, others):
        return any(
            quality[o] >= quality[m] and time[o] <= time[m] and (quality[o] > quality[m] or time[o] < time[m])
            for o in others
        )

    kept = np.zeros(len(time), bool)
    kept[best(list(range(len(time))))] = True
    return kept


def seeds_by_rubbing_out(distance, *, apart, lowest):
    left, seeds = distance.copy(), []
    rows, columns = np.indices(distance.shape)
    while left.max() >= lowest:
        row, column = np.unravel_index(left.argmax(), left.shape)
        seeds.append([row, column])
        left[(rows - row) ** 2 + (columns - column) ** 2 < apart**2] = -np.inf
    return np.array(seeds)


def seeds_in_plain_python(distance, *, apart, lowest):
    places = [(-value, place) for place, value in np.ndenumerate(distance) if value >= lowest]
    seeds = []
    for _, (row, column) in sorted(places):
        if all((row - y) ** 2 + (column - x) ** 2 >= apart * apart for y, x in seeds):
            seeds.append((row, column))
    return seeds


def seeds_by_complex_numbers(distance, *, apart, lowest):
    rows, columns = np.nonzero(distance >= lowest)
    places = (rows + 1j * columns)[np.argsort(-distance[rows, columns], kind="stable")]
    kept = []
    while places.size:
        kept.append(places[0])
        places = places[abs(places - places[0]) >= apart]
    return np.stack([np.real(kept), np.imag(kept)], axis=1).astype(int)


def seeds_by_table(distance, *, apart, lowest):
    places = np.argwhere(distance >= lowest)
    places = places[np.argsort(-distance[tuple(places.T)], kind="stable")]
    near = np.linalg.norm(places[:, None] - places, axis=2) < apart
    alive = np.ones(len(places), bool)
    for n in range(len(places)):
        if alive[n]:
            alive[n + 1 :] &= ~near[n, n + 1 :]
    return places[alive].astype(np.float32)


def seeds_by_lexsort(distance, *, apart, lowest):
    rows, columns = (axis.ravel() for axis in np.indices(distance.shape))
    seeds = np.zeros((0, 2), int)
    for place in np.lexsort((columns, rows, -distance.ravel())):
        here = np.array([rows[place], columns[place]])
        if distance.flat[place] >= lowest and (np.sqrt(((seeds - here) ** 2).sum(axis=1)) >= apart).all():
            seeds = np.vstack([seeds, here])
    return seeds


def seeds_by_recursion(distance, *, apart, lowest):
    def after(left):
        if left.max() < lowest:
            return []
        row, column = divmod(int(left.argmax()), left.shape[1])
        y, x = np.ogrid[: left.shape[0], : left.shape[1]]
        return [(row, column), *after(np.where(np.hypot(y - row, x - column) < apart, -1e9, left))]

    return np.array(after(distance), dtype=np.uint8)


ALLOWED = {
    "10.1": (
        rates_by_loops,
        rates_by_digitize,
        rates_by_rows_and_columns,
        rates_by_cumulative_counts,
        rates_by_growing,
    ),
    "10.2": (
        difference_by_dictionary,
        difference_by_intersection,
        difference_by_matching_table,
        difference_by_sorting,
        difference_by_statistics,
        difference_by_running_sums,
    ),
    "10.3": (
        front_by_table,
        front_by_sorting,
        front_in_lists,
        front_by_best_of_the_fast,
        front_by_throwing_out,
        front_by_recursion,
    ),
    "10.4": (
        seeds_by_rubbing_out,
        seeds_in_plain_python,
        seeds_by_complex_numbers,
        seeds_by_table,
        seeds_by_lexsort,
        seeds_by_recursion,
    ),
}

NOT_ALLOWED = {  # they use packages that the grader does not hold
    "10.1": (rates_by_trees,),
}
