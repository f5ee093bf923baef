"""Chapter 10: references against scipy, the statistics module and a sweep; right answers that other people would write."""

from statistics import mean, stdev

import numpy as np
import pytest
from scipy import ndimage, spatial, stats

from segbook.exercises import get, judge

SEEDS = range(10)


def cases(id):
    return [case for seed in SEEDS for case in get(id).draw(seed)]


def test_the_error_rates_of_the_reference_are_those_of_scipys_transform():
    for case in cases("10.1"):
        (preds, labels), edges = case.args, case.options["edges"]
        distance = ndimage.distance_transform_edt(labels) + ndimage.distance_transform_edt(1 - labels)
        bins = [*edges, 1000]  # the last bin is closed on both sides, so it must not be one of ours
        wrong = stats.binned_statistic(distance.ravel(), (preds != labels).ravel(), "sum", bins).statistic[:-1]
        every = np.histogram(distance, bins)[0][:-1]
        expected = np.divide(wrong, every, out=np.zeros(len(every)), where=every > 0)
        np.testing.assert_allclose(get("10.1").reference(*case.args, edges=edges), expected)


def test_an_empty_band_is_among_the_cases_and_gets_0():
    for case in cases("10.1"):
        if case.group == "empty band":
            assert get("10.1").reference(*case.args, **case.options)[-1] == 0


def test_the_paired_difference_of_the_reference_is_that_of_the_statistics_module():
    for case in cases("10.2"):
        seeds_a, a, seeds_b, b = (values.tolist() for values in case.args)
        one, other = dict(zip(seeds_a, a, strict=True)), dict(zip(seeds_b, b, strict=True))
        differences = [other[seed] - one[seed] for seed in one.keys() & other.keys()]
        assert len(differences) >= 3
        np.testing.assert_allclose(get("10.2").reference(*case.args), [mean(differences), stdev(differences)])
        shared = sorted(one.keys() & other.keys())
        test = stats.ttest_rel([other[seed] for seed in shared], [one[seed] for seed in shared])
        value = get("10.2").reference(*case.args)
        assert value[0] / value[1] * len(differences) ** 0.5 == pytest.approx(test.statistic)


def test_the_front_of_the_reference_is_what_a_sweep_by_time_keeps():
    for case in cases("10.3"):
        quality, time = case.args
        best, kept = -np.inf, set()
        for t in np.unique(time):
            top = quality[time == t].max()
            if top > best:
                best = top
                kept |= set(np.flatnonzero((time == t) & (quality == top)).tolist())
        assert set(np.flatnonzero(get("10.3").reference(quality, time)).tolist()) == kept


# Right answers by other ways


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


@pytest.mark.parametrize(
    ("id", "answer"),
    [("10.1", rates_by_loops), ("10.1", rates_by_trees), ("10.2", difference_by_dictionary),
     ("10.2", difference_by_intersection), ("10.3", front_by_table), ("10.3", front_by_sorting)],
    ids=lambda value: getattr(value, "__name__", value),
)  # fmt: skip
def test_other_right_answers_earn_full_marks(id, answer):
    for seed in SEEDS:
        verdict = judge(get(id), answer, seed)
        assert verdict.earned == verdict.possible, verdict.results
