"""Chapter 10: references against scipy, the statistics module and a sweep."""

from statistics import mean, stdev

import numpy as np
import pytest
from scipy import ndimage, stats

from segbook.exercises import get

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
