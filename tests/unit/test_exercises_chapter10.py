"""Chapter 10: references against scipy, the statistics module and a sweep."""

from statistics import mean, stdev

import numpy as np
import pytest
from answering import drawn
from scipy import ndimage, stats


def test_the_error_rates_of_the_reference_are_those_of_scipys_transform():
    for (preds, labels), options, rates in drawn("10.1"):
        distance = ndimage.distance_transform_edt(labels) + ndimage.distance_transform_edt(1 - labels)
        bins = [*options["edges"], 1000]  # the last bin is closed on both sides, so it must not be one of ours
        wrong = stats.binned_statistic(distance.ravel(), (preds != labels).ravel(), "sum", bins).statistic[:-1]
        every = np.histogram(distance, bins)[0][:-1]
        expected = np.divide(wrong, every, out=np.zeros(len(every)), where=every > 0)
        np.testing.assert_allclose(rates, expected)


def test_an_empty_band_is_among_the_cases_and_gets_0():
    empty = [rates[-1] for _, options, rates in drawn("10.1") if options["edges"][-1] == 40]
    assert empty
    assert not any(empty)


def test_the_paired_difference_of_the_reference_is_that_of_the_statistics_module():
    for args, _, value in drawn("10.2"):
        seeds_a, a, seeds_b, b = (values.tolist() for values in args)
        one, other = dict(zip(seeds_a, a, strict=True)), dict(zip(seeds_b, b, strict=True))
        shared = sorted(one.keys() & other.keys())
        assert len(shared) >= 3
        differences = [other[seed] - one[seed] for seed in shared]
        np.testing.assert_allclose(value, [mean(differences), stdev(differences)])
        test = stats.ttest_rel([other[seed] for seed in shared], [one[seed] for seed in shared])
        assert value[0] / value[1] * len(shared) ** 0.5 == pytest.approx(test.statistic)


def test_the_front_of_the_reference_is_what_a_sweep_by_time_keeps():
    for (quality, time), _, front in drawn("10.3"):
        best, kept = -np.inf, set()
        for t in np.unique(time):
            top = quality[time == t].max()
            if top > best:
                best = top
                kept |= set(np.flatnonzero((time == t) & (quality == top)).tolist())
        assert set(np.flatnonzero(front).tolist()) == kept


def test_the_seeds_are_high_and_apart_and_every_high_pixel_is_near_a_seed_no_lower_than_itself():
    for (distance,), options, seeds in drawn("10.4"):
        heights = distance[tuple(seeds.T)]
        assert (heights >= options["lowest"]).all()
        assert (np.diff(heights) <= 0).all()
        away = np.linalg.norm(seeds[:, None] - seeds, axis=2)
        assert (away[~np.eye(len(seeds), dtype=bool)] >= options["apart"]).all()
        for place in np.argwhere(distance >= options["lowest"]):
            near = np.linalg.norm(seeds - place, axis=1) < options["apart"]
            assert heights[near].max() >= distance[tuple(place)]
