"""9.3: class weights that balance how often classes occur."""

import numpy as np

from segbook.exercises.declaration import Exercise

exercise = Exercise(
    id="9.3",
    title="Class weights",
    level=1,
    points={"two classes": 1, "many classes": 1, "ignored": 1, "absent": 1},
    prompt="""\
Rare classes get more weight: $w_c = n / (m\\,n_c)$, where $n_c$ pixels have class $c$, $n$ pixels count in all, and
$m$ is the number of classes *that occur*. Then all classes that occur have the same total weight.
Every label other than `ignore_index` is a class, 0 … `num_classes` − 1.
Pixels labelled `ignore_index` do not count, and a class that does not occur gets the weight 0.

Write `class_weights`: from `labels` of any shape and `num_classes`, return the weights, of shape `(num_classes,)`.""",
    hints=(
        "Three zeros and a one: what must the two weights be so that 3·w_0 = 1·w_1 and the mean over pixels is 1?",
        "Drop the ignored pixels first; np.bincount with minlength=num_classes counts the rest.",
        "m is how many counts are above 0. Guard the division where a count is 0.",
    ),
)


@exercise.reference
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


@exercise.cases
def cases(rng):
    """Draw two classes, several, ignored pixels and classes that do not occur; counts always differ."""
    block = np.array([[[0, 0, 0], [1, 0, 0]], [[0, 1, 0], [0, 0, 1]]])
    yield "two classes", (block, 2), dict(ignore_index=-100)
    yield "many classes", (np.array([2, 0, 0, 1, 0, 2]), 3), dict(ignore_index=-100)
    yield "many classes", (np.array([1, 0, 1, 2, 1, 1]), 3), dict(ignore_index=-100)
    yield "many classes", (np.array([[2, 0, 0], [1, 0, 3], [3, 2, 3]]), 4), dict(ignore_index=-100)
    yield "ignored", (np.array([[0, 0, 1, 1, 1, 2]]), 3), dict(ignore_index=1)  # a class may be ignored
    yield "ignored", (np.array([[0, 0, -1, 1, 0, 2]]), 3), dict(ignore_index=-1)
    yield "ignored", (np.array([[0, 0, 255, 1, 0, 2]]), 3), dict(ignore_index=255)
    yield "absent", (np.array([[0, 0, 1, 2, 2, 2, 2]]), 4), dict(ignore_index=-100)
    for _ in range(4):
        yield "two classes", *_labels(rng, 2)
        yield "many classes", *_labels(rng, int(rng.integers(3, 6)))
        yield "ignored", *_labels(rng, 3, ignored=int(rng.integers(1, 6)))
        yield "absent", *_labels(rng, 4, absent=int(rng.integers(0, 4)))


def _labels(rng, num_classes, *, ignored=0, absent=-1):
    counts = rng.permutation(np.arange(1, 9))[:num_classes]
    if absent >= 0:
        counts[absent] = 0
    ignore_index = int(rng.choice([-100, 255]))
    labels = np.append(np.repeat(np.arange(num_classes), counts), np.full(ignored, ignore_index))
    return (rng.permutation(labels)[None], num_classes), dict(ignore_index=ignore_index)


def _counts(labels, num_classes, ignore_index):
    return np.bincount(labels[labels != ignore_index], minlength=num_classes)


@exercise.misconception("proportional", loses={"two classes", "many classes", "ignored", "absent"})
def _(labels, num_classes, *, ignore_index):
    """Your weights are the frequencies themselves, so common classes weigh most. Divide by n_c rather than
    multiplying.
    """
    counts = _counts(labels, num_classes, ignore_index)
    return counts / counts.sum()


@exercise.misconception("cut to whole numbers", loses={"two classes", "many classes", "ignored", "absent"})
def _(labels, num_classes, *, ignore_index):
    """Your weights are whole numbers: an integer array or // has cut them off. A common class then weighs 0 and is
    never learned.
    """
    weights = np.zeros(num_classes, dtype=int)
    weights[:] = class_weights(labels, num_classes, ignore_index=ignore_index)
    return weights


@exercise.misconception("ignored pixels counted", loses={"ignored"})
def _(labels, num_classes, *, ignore_index):
    """Your n counts ignored pixels, too. They take no part in the loss, so they take no part here."""
    counts = _counts(labels, num_classes, ignore_index)
    return np.where(counts > 0, labels.size / ((counts > 0).sum() * np.maximum(counts, 1)), 0.0)


@exercise.misconception("absent classes counted", loses={"ignored", "absent"})
def _(labels, num_classes, *, ignore_index):
    """Your m counts classes that do not occur, so all other weights are too small. Count those with n_c > 0."""
    counts = _counts(labels, num_classes, ignore_index)
    return np.where(counts > 0, counts.sum() / (num_classes * np.maximum(counts, 1)), 0.0)


@exercise.misconception("not divided by m", loses={"two classes", "many classes", "ignored", "absent"})
def _(labels, num_classes, *, ignore_index):
    """Your weights are in the right proportion and too large: their mean over the pixels should be 1. Divide by m as
    well.
    """
    counts = _counts(labels, num_classes, ignore_index)
    return np.where(counts > 0, counts.sum() / np.maximum(counts, 1), 0.0)


@exercise.misconception("a class is never ignored", loses={"ignored"})
def _(labels, num_classes, *, ignore_index):
    """You never look at ignore_index: you count every label that is a class. The ignored label may be one of the
    classes: compare with ignore_index.
    """
    return class_weights(labels[(labels >= 0) & (labels < num_classes)], num_classes, ignore_index=-1)


@exercise.misconception("255 for ignore_index", loses={"ignored"})
def _(labels, num_classes, *, ignore_index):
    """You leave out pixels labelled 255 and no others. Compare with ignore_index: any number can be the void one."""
    counted = labels[labels != 255]
    counts = np.bincount(counted, minlength=num_classes)
    return np.where(counts > 0, counted.size / ((counts > 0).sum() * np.maximum(counts, 1)), 0.0)


@exercise.misconception("absent classes weigh 1", loses={"ignored", "absent"})
def _(labels, num_classes, *, ignore_index):
    """You give a class that does not occur the weight 1. It gets 0."""
    weights = class_weights(labels, num_classes, ignore_index=ignore_index)
    return np.where(weights > 0, weights, 1.0)


@exercise.misconception("classes up to the largest label", loses={"absent"})
def _(labels, num_classes, *, ignore_index):
    """You return weights up to the largest class that occurs. There are num_classes of them: np.bincount has
    minlength.
    """
    largest = labels[labels != ignore_index].max()
    return class_weights(labels, int(largest) + 1, ignore_index=ignore_index)


@exercise.misconception("absent classes dropped", loses={"ignored", "absent"})
def _(labels, num_classes, *, ignore_index):
    """You return weights of the classes that occur only, so that a class no longer is the index of its weight. Put a 0
    where one is absent.
    """
    weights = class_weights(labels, num_classes, ignore_index=ignore_index)
    return weights[weights > 0]
