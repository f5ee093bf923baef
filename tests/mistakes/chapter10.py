"""Mistakes in the exercises of chapter 10, written as a learner would and not as the declarations do."""

from itertools import pairwise

import numpy as np
from scipy.ndimage import distance_transform_edt


def of_differences(pair):
    def answer(seeds_a, scores_a, seeds_b, scores_b):
        a, b = pair(seeds_a, scores_a, seeds_b, scores_b)
        return np.array([np.mean(b - a), np.std(b - a, ddof=1)])

    return answer


def shared_in_their_places(seeds_a, scores_a, seeds_b, scores_b):
    return scores_a[np.isin(seeds_a, seeds_b)], scores_b[np.isin(seeds_b, seeds_a)]


def seeds_by_a_sort_turned_round(distance, *, apart, lowest):
    seeds = []
    for place in np.argsort(distance.ravel())[::-1]:
        row, column = divmod(place, distance.shape[1])
        if distance[row, column] < lowest:
            break
        if all((row - y) ** 2 + (column - x) ** 2 >= apart**2 for y, x in seeds):
            seeds.append((row, column))
    return np.array(seeds)


def by_the_predicted_boundary(preds, labels, *, edges):
    distance = distance_transform_edt(preds) + distance_transform_edt(1 - preds)
    bands = np.digitize(distance, edges) - 1
    return np.array([(preds != labels)[bands == b].sum() / max(1, (bands == b).sum()) for b in range(len(edges) - 1)])


def rates_in(inside, count=lambda wrong: wrong.mean() if wrong.size else 0.0):
    def answer(preds, labels, *, edges):
        distance = distance_transform_edt(labels) + distance_transform_edt(1 - labels)
        return np.array([count((preds != labels)[inside(distance, *pair)]) for pair in pairwise(edges)])

    return answer


def beaten_by_itself(quality, time):
    kept = []
    for q, t in zip(quality, time, strict=True):
        kept.append(not any(other >= q and theirs <= t for other, theirs in zip(quality, time, strict=True)))
    return np.array(kept)


def variance_of_differences(seeds_a, scores_a, seeds_b, scores_b):
    _, at_a, at_b = np.intersect1d(seeds_a, seeds_b, return_indices=True)
    difference = scores_b[at_b] - scores_a[at_a]
    return np.array([difference.mean(), np.var(difference, ddof=1)])


MISTAKES = [  # exercise, answer, the misconception that it is
    ("10.1", by_the_predicted_boundary, "boundary of the prediction"),
    ("10.2", of_differences(shared_in_their_places), "shared runs paired by place"),
    ("10.2", of_differences(lambda s, a, t, b: (a[: len(b)], b[: len(a)])), "paired by place"),
    ("10.2", of_differences(lambda s, a, t, b: (a[np.argsort(s)], b[np.argsort(t)])), "paired by rank"),
    (
        "10.2",
        lambda s, a, t, b: np.array([b.mean() - a.mean(), np.hypot(a.std(ddof=1), b.std(ddof=1))]),
        "not paired",
    ),
    ("10.4", seeds_by_a_sort_turned_round, "equal ones from the end"),
    ("10.1", rates_in(lambda distance, near, far: (near <= distance) & (distance <= far)), "both edges included"),
    ("10.1", rates_in(lambda distance, near, far: (near < distance) & (distance < far)), "no edge included"),
    ("10.1", rates_in(lambda distance, near, far: (near <= distance) & (distance < far), np.sum), "count of errors"),
    ("10.2", variance_of_differences, "variance"),
    ("10.3", beaten_by_itself, "compared with itself"),
]
