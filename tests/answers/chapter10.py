"""Right answers to the exercises of chapter 10 that other people would write."""

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


ALLOWED = {
    "10.1": (rates_by_loops,),
    "10.2": (difference_by_dictionary, difference_by_intersection),
    "10.3": (front_by_table, front_by_sorting),
}

NOT_ALLOWED = {  # they use packages that the grader does not hold
    "10.1": (rates_by_trees,),
}
