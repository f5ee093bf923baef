"""10.3: the models that no other one beats in quality and time at once."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="10.3",
    title="Worth having",
    level=2,
    points={"different": 2, "equal models": 1, "half ties": 1},
    prompt="""\
Several models are compared by quality (more is better) and time (less is better). Model A **dominates** model B if it
is at least as good in both and better in at least one of them. Models that no other one dominates are worth having:
each of them may be the best choice for somebody. Two models with the same two numbers do not dominate each other.

Write `non_dominated`: from `quality` and `time`, arrays of one number for each model, return an array of True and
False: whether the model is dominated by none.""",
    hints=(
        "Take one model. Which others are at least as good in both numbers? Is one of these better in one of them?",
        "The prompt has two conditions, and both must hold: as good in both numbers, and better in one of them. Which "
        "one fails when you compare a model with itself?",
        "For each i: as_good = (quality >= quality[i]) & (time <= time[i]); better = (quality > quality[i]) | "
        "(time < time[i]); keep i if no model is both.",
    ),
)


@exercise.reference
def non_dominated(quality: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Mark the models that no other one dominates.

    >>> non_dominated(np.array([0.9, 0.8, 0.7]), np.array([5.0, 1.0, 2.0]))
    array([ True,  True, False])
    """
    kept = np.ones(len(quality), dtype=bool)
    for i in range(len(quality)):
        as_good = (quality >= quality[i]) & (time <= time[i])
        better = (quality > quality[i]) | (time < time[i])
        kept[i] = not (as_good & better).any()
    return kept


@exercise.cases
def cases(rng):
    """Draw models that differ in both, models that equal another, and models with one equal number."""
    yield "different", (np.array([0.9]), np.array([5.0]))
    yield "different", (np.array([0.9, 0.8, 0.7]), np.array([5.0, 3.0, 1.0]))  # all are worth having
    yield "half ties", (np.array([0.7, 0.8, 0.9]), np.array([2.0, 2.0, 5.0]))
    for _ in range(4):
        for group in ("different", "equal models", "half ties"):
            yield group, _models(rng, group)


def _models(rng, group):
    """Draw until exactly those mistakes that lose the group give another answer than the reference."""
    while True:
        number = whole(rng, 5, 8)
        quality = rng.permutation(np.arange(50, 100))[:number] / 100
        time = rng.permutation(np.arange(1, 30))[:number] / 2
        if group == "equal models":
            quality, time = np.append(quality, quality[:2]), np.append(time, time[:2])
        if group == "half ties":
            kept = np.flatnonzero(non_dominated(quality, time))
            chosen = int(rng.choice(kept))
            quality = np.append(quality, quality[chosen] - [0.0, 0.005])  # as good and slower, as fast and worse
            time = np.append(time, time[chosen] + [0.25, 0.0])
        right = non_dominated(quality, time)
        differ = {one.name for one in exercise.misconceptions if (one.answer(quality, time) != right).any()}
        if differ == {one.name for one in exercise.misconceptions if group in one.loses}:
            order = rng.permutation(len(quality))
            return quality[order], time[order]


@exercise.misconception("slow is good", loses={"different", "equal models", "half ties"})
def _(quality, time):
    """You keep slow models: more time counts as better in your comparison. Turn that sign round."""
    return non_dominated(quality, -time)


@exercise.misconception("equal models dropped", loses={"equal models"})
def _(quality, time):
    """Two models with the same two numbers throw each other out. To dominate, a model must be better in at least
    one.
    """
    as_good = (quality[:, None] >= quality) & (time[:, None] <= time)
    np.fill_diagonal(as_good, False)
    return ~as_good.any(axis=0)


@exercise.misconception("better in both", loses={"half ties"})
def _(quality, time):
    """You keep a model that another one equals in quality and beats in time. Better in one is enough, if the other is
    no worse.
    """
    return ~((quality[:, None] > quality) & (time[:, None] < time)).any(axis=0)


@exercise.misconception("the best quality", loses={"different", "equal models", "half ties"})
def _(quality, time):
    """You keep the model of the highest quality only. A faster one of lower quality may be worth having, too."""
    return quality == quality.max()


@exercise.misconception("quality by time", loses={"different", "equal models", "half ties"})
def _(quality, time):
    """You keep the best ratio of quality to time. That is one wish among many; the question is which models no other
    one beats in both.
    """
    return quality / time == (quality / time).max()


@exercise.misconception("low quality is good", loses={"different", "equal models", "half ties"})
def _(quality, time):
    """You keep models of low quality: less counts as better in your comparison. Turn that sign round."""
    return non_dominated(-quality, time)


@exercise.misconception("inverted", loses={"different", "equal models", "half ties"})
def _(quality, time):
    """You mark the models that are dominated. Mark the others."""
    return ~non_dominated(quality, time)


@exercise.misconception("the best and the fastest", loses={"different", "equal models", "half ties"})
def _(quality, time):
    """You keep the model of the highest quality and the fastest one. What lies between may be worth having, too."""
    return (quality == quality.max()) | (time == time.min())


@exercise.misconception("as good and slower kept", loses={"half ties"})
def _(quality, time):
    """You keep a model that is as good as another one and slower. To dominate, it is enough to be better in time."""
    return ~((quality[:, None] > quality) & (time[:, None] <= time)).any(axis=0)


@exercise.misconception("as fast and worse kept", loses={"half ties"})
def _(quality, time):
    """You keep a model that is as fast as another one and worse. To dominate, it is enough to be better in quality."""
    return ~((quality[:, None] >= quality) & (time[:, None] < time)).any(axis=0)


@exercise.misconception("one of two equal models", loses={"equal models"})
def _(quality, time):
    """Of two models with the same two numbers you keep one. Neither dominates the other: keep both."""
    kept = non_dominated(quality, time)
    for i in range(len(kept)):
        kept[i] &= not ((quality[:i] == quality[i]) & (time[:i] == time[i])).any()
    return kept


@exercise.misconception("compared with itself", loses={"different", "equal models", "half ties"})
def _(quality, time):
    """You mark no model at all. Is each of them compared with itself, too? It is as good as itself in both numbers, but
    better in neither: ask for better in at least one.
    """
    as_good = (quality[:, None] >= quality) & (time[:, None] <= time)
    return ~as_good.any(axis=0)
