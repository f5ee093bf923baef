"""Intervals against scipy's bootstrap, the big experiment's, and the share of them that holds the truth."""

import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from segbook.metrics import (
    Interval,
    average_precision,
    bootstrap_interval,
    bowl_scores,
    instance_counts,
    paired_difference,
)

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "experiments"))
gather, score = (__import__(name) for name in ("gather", "score"))


def test_the_interval_of_a_mean_is_scipys():
    values = np.random.default_rng(0).gamma(2, size=40)
    ours = bootstrap_interval(values, rounds=20_000, level=0.9)
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, confidence_level=0.9, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours.score == pytest.approx(values.mean())
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), abs=0.02)
    assert ours.low < ours.score < ours.high


def test_the_interval_of_a_pooled_score_is_the_big_experiments():
    counts = np.random.default_rng(0).integers(0, 9, (30, len(score.FIELDS)))
    for of in (score.average_precision, lambda counts: score.outline_f(counts, "cell")):
        ours = bootstrap_interval(counts, lambda total, of=of: of(total.numpy()[None])[0])
        assert ours == pytest.approx(gather.interval(counts[None], of))
    other = counts + np.random.default_rng(1).integers(0, 2, counts.shape)
    ours = paired_difference(counts, other, lambda total: score.average_precision(total.numpy()[None])[0])
    assert ours == pytest.approx(gather.difference(counts[None], other[None], score.average_precision))


def test_about_as_many_intervals_hold_the_truth_as_they_promise():
    rng = np.random.default_rng(0)
    held = [bootstrap_interval(rng.normal(7, 2, 50), rounds=200, level=0.8, seed=n) for n in range(150)]
    share = np.mean([one.low <= 7 <= one.high for one in held])
    assert 0.7 < share < 0.88  # three standard errors, and a percentile interval is a little narrow


def test_images_of_one_group_are_drawn_together():
    counts = torch.tensor([[5, 10], [7, 10], [36, 40], [7, 10]])
    share = lambda total: total[0] / total[1]  # noqa: E731
    groups = ["a", "b", "b", "c"]
    summed = torch.stack([counts[0], counts[1] + counts[2], counts[3]])
    assert bootstrap_interval(counts, share, groups=groups) == bootstrap_interval(summed, share)
    assert paired_difference(counts, counts // 2, share, groups=groups) == paired_difference(summed, torch.stack(
        [counts[0] // 2, counts[1] // 2 + counts[2] // 2, counts[3] // 2]), share)  # fmt: skip
    assert bootstrap_interval(counts, share, groups=range(4)) == bootstrap_interval(counts, share)
    twice = torch.rand(30, generator=torch.Generator().manual_seed(0)).repeat_interleave(4)
    alone, together = bootstrap_interval(twice), bootstrap_interval(twice, groups=[n // 4 for n in range(120)])
    assert (together.high - together.low) / (alone.high - alone.low) == pytest.approx(2, rel=0.15)  # √4


@pytest.mark.parametrize(
    ("groups", "message"),
    [("abc", "got 3 for 4 images"), ("aaaa", "at least 2 groups: got 1")],
)
def test_groups_that_do_not_fit_are_refused(groups, message):
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(torch.rand(4), groups=groups)


def test_pairs_cancel_what_makes_an_image_hard_for_both():
    rng = np.random.default_rng(0)
    hard = rng.uniform(0, 1, 60)
    better, worse = hard + 0.02 + rng.normal(0, 0.01, 60), hard
    apart = [bootstrap_interval(values) for values in (better, worse)]
    together = paired_difference(better, worse)
    assert apart[0].low < apart[1].high  # which would tell nothing
    assert 0 < together.low < together.score < together.high
    assert together.high - together.low < (apart[0].high - apart[0].low) / 5
    assert together.score == pytest.approx(apart[0].score - apart[1].score)
    assert paired_difference(worse, better) == pytest.approx([-together.score, -together.high, -together.low])


def test_one_seed_is_one_interval_and_a_generator_goes_on():
    values = torch.rand(20, generator=torch.Generator().manual_seed(0))
    assert bootstrap_interval(values, seed=3) == bootstrap_interval(values, seed=3)
    assert bootstrap_interval(values, seed=3) != bootstrap_interval(values, seed=4)
    rng = np.random.default_rng(3)
    assert bootstrap_interval(values, seed=rng) == bootstrap_interval(values, seed=3)
    assert bootstrap_interval(values, seed=rng) != bootstrap_interval(values, seed=3)


def test_undefined_images_are_left_out_of_means():
    values = torch.tensor([0.25, math.nan, 0.75, math.nan])
    result = bootstrap_interval(values)
    assert result.score == 0.5
    assert (result.low, result.high) == (0.25, 0.75)
    assert all(map(math.isnan, bootstrap_interval(torch.full((3,), math.nan))))
    difference = paired_difference(torch.tensor([1.0, math.nan, 3.0]), torch.tensor([0.5, 0.5, math.nan]))
    assert difference == (0.5, 0.5, 0.5)  # one image has both


def test_scores_of_the_module_take_the_drawn_counts():
    labels = torch.randint(0, 4, (12, 6, 6), generator=torch.Generator().manual_seed(0))
    preds = labels.clone()
    preds[::2, :3] = 0
    counts = torch.stack([instance_counts(preds[n : n + 1], labels[n : n + 1]) for n in range(12)])
    pooled = bootstrap_interval(counts, lambda total: average_precision(total).mean())
    assert pooled.score == average_precision(instance_counts(preds, labels)).mean().item()
    assert pooled.low < pooled.score < pooled.high
    each = bootstrap_interval(bowl_scores(preds, labels))
    assert each.score == pytest.approx(bowl_scores(preds, labels).mean().item())


def test_equal_images_leave_nothing_to_vary():
    assert bootstrap_interval(np.full(9, 0.5)) == Interval(0.5, 0.5, 0.5)
    assert bootstrap_interval(torch.tensor([[1, 2]] * 5), lambda total: total[0] / total[1]) == (0.5, 0.5, 0.5)


V = torch.arange(4.0)


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: bootstrap_interval(V[:1]), "needs at least 2 images: got 1"),
        (lambda: bootstrap_interval(V / 0), "values must be finite or nan: got inf"),
        (lambda: bootstrap_interval(V[:, None] / 0, lambda total: total[0]), "values must be finite: got nan"),
        (lambda: bootstrap_interval(V.reshape(2, 2)), r"values must be \(N,\), or have a score .* got \(2, 2\)"),
        (lambda: bootstrap_interval(V.reshape(2, 2), lambda total: total), r"one number: got shape \(2,\)"),
        (lambda: bootstrap_interval(V, rounds=0), "rounds must be a whole number of at least 1: got 0"),
        (lambda: bootstrap_interval(V, level=1.5), "level must be a number from 0 to 1: got 1.5"),
    ],
)
def test_bad_input_is_refused_with_the_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
