"""How far would a score move if the test images were others? Intervals by drawing the images again.

Source: Efron & Tibshirani (1993), "An introduction to the bootstrap", chapters 8 and 13.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float64, Int64, Real
from torch import Tensor

from segbook.checks import check_number
from segbook.inputs import Array, as_tensor

Score = Callable[[Tensor], Tensor | float]


class Interval(NamedTuple):
    """A score of all images, and the ends of its interval."""

    score: float
    low: float
    high: float


def bootstrap_interval(
    values: Real[Array, "N *S"],
    score: Score | None = None,
    *,
    level: float = 0.95,
    rounds: int = 1000,
    seed: int | np.random.Generator = 0,
    groups: Sequence[Hashable] | None = None,
) -> Interval:
    """Score all images, and say between which scores the middle of other draws of as many images would lie.

    In every round N images are drawn with replacement from the N that there are. The interval runs between two
    percentiles of the rounds' scores, for a level of 0.95 the 2.5th and the 97.5th. It says what other images of the
    same kind could change, not what another training run could. It is too narrow for few images: below 20 take it as a
    hint.

    Args:
        values: A number for every image, (N,), nan where it is undefined; or, with `score`, counts (N, …) that add up
            over images, `torch.stack([count(preds[n : n + 1], labels[n : n + 1]) for n in range(N)])`.
        score: Turns the sum of counts into one number; left out, the images' numbers are averaged, without nan.
        level: Share of the rounds that lie between the ends.
        rounds: How many times images are drawn.
        seed: Of NumPy's generator, or a generator.
        groups: What each image belongs to, such as a field of view or a slide. Images of one group are alike, so whole
            groups are drawn, as many as there are; left out, every image is drawn by itself.

    Returns:
        The score of the images as they are, and both ends; nan where no round has a score.

    Raises:
        ValueError: If there are fewer than two images or groups, images without a group, a value is infinite, a score
            is not one number, or a setting is out of range.

    Source: Efron & Tibshirani (1993), chapter 13: the percentile interval.

    >>> shares = torch.tensor([0.5, 0.7, 0.9, 0.7])
    >>> [round(end, 2) for end in bootstrap_interval(shares)]
    [0.7, 0.55, 0.8]
    >>> hits_and_cells = torch.tensor([[5, 10], [7, 10], [36, 40], [7, 10]])  # pooled, a large image counts more
    >>> [round(end, 2) for end in bootstrap_interval(hits_and_cells, lambda counts: counts[0] / counts[1])]
    [0.79, 0.55, 0.87]
    >>> [round(end, 2) for end in bootstrap_interval(shares, groups=["slide 1", "slide 2", "slide 2", "slide 1"])]
    [0.7, 0.6, 0.8]
    """
    taken = as_tensor("values", values).cpu()
    return _interval(_scores(taken, score, _times(len(taken), rounds, seed, groups)), level)


def paired_difference(
    values: Real[Array, "N *S"],
    others: Real[Array, "N *S"],
    score: Score | None = None,
    *,
    level: float = 0.95,
    rounds: int = 1000,
    seed: int | np.random.Generator = 0,
    groups: Sequence[Hashable] | None = None,
) -> Interval:
    """Say how much more the first method scores than the other on the same images, with the interval of that.

    Both are scored on the same draws, so what makes an image hard for both falls out. If the interval leaves out 0,
    other images would hardly turn the order round; two single intervals that overlap do not tell.

    Args:
        values: Of the first method, as in `bootstrap_interval`.
        others: Of the other method, for the same images in the same order.
        score: As in `bootstrap_interval`. Without it, images where either is nan are left out.
        level: As in `bootstrap_interval`.
        rounds: As in `bootstrap_interval`.
        seed: As in `bootstrap_interval`.
        groups: As in `bootstrap_interval`.

    Returns:
        The difference, and both ends.

    Raises:
        ValueError: As in `bootstrap_interval`, or if the shapes differ.

    Source: Efron & Tibshirani (1993), chapter 8: pairs are drawn as pairs.

    >>> values, others = torch.tensor([0.51, 0.72, 0.91, 0.72]), torch.tensor([0.5, 0.7, 0.9, 0.7])
    >>> [round(end, 3) for end in paired_difference(values, others)]
    [0.015, 0.01, 0.02]
    """
    first, second = as_tensor("values", values).cpu(), as_tensor("others", others).cpu()
    if first.shape != second.shape:
        raise ValueError(f"pairs need one shape: got {tuple(first.shape)} and {tuple(second.shape)}")
    times = _times(len(first), rounds, seed, groups)
    if score is None:
        return _interval(_scores(first.double() - second.double(), None, times), level)
    return _interval(_scores(first, score, times) - _scores(second, score, times), level)


def _times(
    images: int, rounds: int, seed: int | np.random.Generator, groups: Sequence[Hashable] | None
) -> Int64[np.ndarray, "R N"]:
    """Say how many times each image is drawn, as often as its group: once in the first row, then as it falls."""
    check_number("rounds", rounds, 1, whole=True)
    if images < 2:
        raise ValueError(f"an interval needs at least 2 images: got {images}")
    known = {group: number for number, group in enumerate(dict.fromkeys(range(images) if groups is None else groups))}
    if groups is not None and len(groups) != images:
        raise ValueError(f"groups must name one group for each image: got {len(groups)} for {images} images")
    if len(known) < 2:
        raise ValueError(f"an interval needs at least 2 groups: got {len(known)}")
    drawn = np.random.default_rng(seed).multinomial(len(known), np.full(len(known), 1 / len(known)), rounds)
    own = range(images) if groups is None else [known[group] for group in groups]
    return np.vstack([np.ones(images, np.int64), drawn[:, own]])


def _scores(values: Tensor, score: Score | None, times: np.ndarray) -> Float64[np.ndarray, " R"]:
    """Score every row of draws."""
    array = values.double().numpy(force=True)
    wrong = np.isinf(array) if score is None else ~np.isfinite(array)
    if wrong.any():
        raise ValueError(f"values must be finite{' or nan' if score is None else ''}: got {array[wrong][0]}")
    if score is None:
        if array.ndim != 1:
            raise ValueError(f"values must be (N,), or have a score to turn counts into one number: got {array.shape}")
        array, score = np.stack([np.nan_to_num(array), ~np.isnan(array)], axis=1), _mean
    totals = torch.from_numpy(times @ array.reshape(len(array), -1)).reshape(-1, *array.shape[1:])
    if not values.is_floating_point():
        totals = totals.long()
    scores = [torch.as_tensor(score(total)) for total in totals]
    if scores[0].numel() != 1:
        raise ValueError(f"score must return one number: got shape {tuple(scores[0].shape)}")
    return np.array([one.item() for one in scores])


def _mean(total: Tensor) -> Tensor:
    return total[0] / total[1]


def _interval(scores: np.ndarray, level: float) -> Interval:
    check_number("level", level, 0, 1)
    if np.isnan(scores[1:]).all():
        return Interval(float(scores[0]), float("nan"), float("nan"))
    ends = np.nanpercentile(scores[1:], (50 - 50 * level, 50 + 50 * level))
    return Interval(*(float(number) for number in (scores[0], *ends)))
