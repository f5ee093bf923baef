"""9.3: class weights that balance how often classes occur."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception


def class_weights(
    labels: np.ndarray,
    num_classes: int,
    *,
    ignore_index: int,
) -> np.ndarray:
    """Give every class that occurs the same total weight.

    >>> class_weights(np.array([[0, 0, 0, 1]]), 2, ignore_index=-100).round(3)
    array([0.667, 2.   ])
    """
    counted = labels[labels != ignore_index]
    counts = np.bincount(counted, minlength=num_classes)
    present = (counts > 0).sum()
    return np.where(counts > 0, counted.size / (present * np.maximum(counts, 1)), 0.0)


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw two classes, several, ignored pixels and classes that do not occur; counts always differ."""
    for _ in range(4):
        yield _case(rng, "two classes", 2)
        yield _case(rng, "many classes", int(rng.integers(3, 6)))
        yield _case(rng, "ignored", 3, ignored=int(rng.integers(1, 6)))
        yield _case(rng, "absent", 4, absent=int(rng.integers(0, 4)))


def _case(rng: np.random.Generator, group: str, num_classes: int, *, ignored: int = 0, absent: int = -1) -> Case:
    counts = rng.permutation(np.arange(1, 9))[:num_classes]
    if absent >= 0:
        counts[absent] = 0
    ignore_index = int(rng.choice([-100, 255]))
    labels = np.append(np.repeat(np.arange(num_classes), counts), np.full(ignored, ignore_index))
    return Case(group, (rng.permutation(labels)[None], num_classes), {"ignore_index": ignore_index})


def _counts(labels, num_classes, ignore_index):
    return np.bincount(labels[labels != ignore_index], minlength=num_classes)


def _proportional(labels, num_classes, *, ignore_index):
    counts = _counts(labels, num_classes, ignore_index)
    return counts / counts.sum()


def _truncated(labels, num_classes, *, ignore_index):
    weights = np.zeros(num_classes, dtype=int)
    weights[:] = class_weights(labels, num_classes, ignore_index=ignore_index)
    return weights


def _ignored_counted(labels, num_classes, *, ignore_index):
    counts = _counts(labels, num_classes, ignore_index)
    return np.where(counts > 0, labels.size / ((counts > 0).sum() * np.maximum(counts, 1)), 0.0)


def _absent_counted(labels, num_classes, *, ignore_index):
    counts = _counts(labels, num_classes, ignore_index)
    return np.where(counts > 0, counts.sum() / (num_classes * np.maximum(counts, 1)), 0.0)


def _not_normalised(labels, num_classes, *, ignore_index):
    counts = _counts(labels, num_classes, ignore_index)
    return np.where(counts > 0, counts.sum() / np.maximum(counts, 1), 0.0)


EXERCISE = Exercise(
    id="9.3",
    title="Class weights",
    level=1,
    prompt="""\
Rare classes get more weight: $w_c = n / (K\\,n_c)$, where $n_c$ pixels have class $c$, $n$ pixels count in all, and
$K$ is the number of classes *that occur*. Then every one of them weighs as much in total as any other.
Pixels labelled `ignore_index` do not count, and a class that does not occur gets the weight 0.

Write `class_weights`: from `labels` of any shape and `num_classes`, return the weights, of shape `(num_classes,)`.""",
    points={"two classes": 1, "many classes": 1, "ignored": 1, "absent": 1},
    reference=class_weights,
    cases=cases,
    hints=(
        "Three zeros and a one: what must the two weights be so that 3·w_0 = 1·w_1 and the mean over pixels is 1?",
        "Drop the ignored pixels first; np.bincount with minlength=num_classes counts the rest.",
        "K is how many counts are above 0. Guard the division where a count is 0.",
    ),
    misconceptions=(
        Misconception(
            "proportional",
            _proportional,
            "Your weights are the frequencies themselves, so common classes weigh most. Divide by n_c rather than "
            "multiplying.",
            loses={"two classes", "many classes", "ignored", "absent"},
        ),
        Misconception(
            "cut to whole numbers",
            _truncated,
            "Your weights are whole numbers: an integer array or // has cut them off. A common class then weighs 0 and "
            "is never learned.",
            loses={"two classes", "many classes", "ignored", "absent"},
        ),
        Misconception(
            "ignored pixels counted",
            _ignored_counted,
            "Your n counts ignored pixels, too. They take no part in the loss, so they take no part here.",
            loses={"ignored"},
        ),
        Misconception(
            "absent classes counted",
            _absent_counted,
            "Your K counts classes that do not occur, so all other weights are too small. Count those with n_c > 0.",
            loses={"absent"},
        ),
        Misconception(
            "not divided by K",
            _not_normalised,
            "Your weights are in the right proportion and too large: their mean over the pixels should be 1. Divide by "
            "K as well.",
            loses={"two classes", "many classes", "ignored", "absent"},
        ),
    ),
)
