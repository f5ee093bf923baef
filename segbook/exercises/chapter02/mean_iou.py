"""2.4: the mean IoU, over the classes that are there."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


def mean_iou(preds: np.ndarray, labels: np.ndarray, *, num_classes: int) -> float:
    """Average the IoU of the classes that the predictions or the labels hold.

    >>> preds, labels = np.array([[0, 0, 1, 1]]), np.array([[0, 0, 0, 1]])
    >>> round(mean_iou(preds, labels, num_classes=3), 4)  # (2/3 + 1/2) / 2
    0.5833
    """
    ious = []
    for k in range(num_classes):
        overlap = ((preds == k) & (labels == k)).sum()
        union = ((preds == k) | (labels == k)).sum()
        if union > 0:  # a class that is in neither map has no IoU
            ious.append(overlap / union)
    return float(np.mean(ious))


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw maps in which all classes occur in both, maps that lack a class, and predictions of a class that is not."""
    yield _case("all classes", [[0, 0, 1, 1]], [[0, 0, 0, 1]], 2)
    yield _case("absent class", [[0, 0, 1, 1]], [[0, 0, 0, 1]], 3)
    yield _case("absent class", [[2, 0, 0, 2]], [[0, 0, 2, 2]], 3)  # the class in the middle is the one that is absent
    yield _case("false alarm", [[0, 0, 1, 1, 2]], [[0, 0, 0, 1, 1]], 3)
    for _ in range(4):
        num_classes = whole(rng, 3, 4)
        pixels = np.tile(np.arange(num_classes), 4)  # every class, four times
        labels = rng.permutation(pixels).reshape(4, -1)
        preds = labels.copy()
        rows = rng.integers(0, 4, num_classes)
        preds[rows, np.arange(num_classes)] = (preds[rows, np.arange(num_classes)] + 1) % num_classes
        yield _case("all classes", preds, labels, num_classes)
        yield _case("absent class", preds, labels, num_classes + whole(rng, 1, 2))
        preds[0, 0] = num_classes
        yield _case("false alarm", preds, labels, num_classes + 1)


def _case(group: str, preds: list | np.ndarray, labels: list | np.ndarray, num_classes: int) -> Case:
    return Case(group, (np.array(preds), np.array(labels)), {"num_classes": num_classes})


def _scores(preds, labels, num_classes, score, keep):
    areas = [((preds == k) & (labels == k), preds == k, labels == k) for k in range(num_classes)]
    counts = [tuple(mask.sum() for mask in masks) for masks in areas]
    return float(np.mean([score(*count) for count in counts if keep(*count)]))


def _dice(preds, labels, *, num_classes):
    return _scores(preds, labels, num_classes, lambda o, p, t: 2 * o / (p + t), lambda o, p, t: p + t)


def _accuracy(preds, labels, *, num_classes):
    return float((preds == labels).mean())


def _absent_is_zero(preds, labels, *, num_classes):
    return _scores(preds, labels, num_classes, lambda o, p, t: o / max(p + t - o, 1), lambda o, p, t: True)


def _absent_is_one(preds, labels, *, num_classes):
    return _scores(preds, labels, num_classes, lambda o, p, t: o / (p + t - o) if p + t else 1.0, lambda o, p, t: True)


def _classes_of_the_labels_only(preds, labels, *, num_classes):
    return _scores(preds, labels, num_classes, lambda o, p, t: o / (p + t - o), lambda o, p, t: t)


def _recall(preds, labels, *, num_classes):
    return _scores(preds, labels, num_classes, lambda o, p, t: o / max(t, 1), lambda o, p, t: p + t)


EXERCISE = Exercise(
    id="2.4",
    title="Mean IoU",
    level=2,
    prompt="""\
The IoU of a class is the number of pixels that prediction and truth both give to it, divided by the number of pixels
that at least one of them gives to it. Average it over the classes $0 \\dots$ `num_classes` $- 1$, but leave a class out
that is in neither map: $0/0$ is no score. A class that is predicted and nowhere true has IoU 0, and counts.

Write `mean_iou`: from `preds` and `labels`, integers of one shape `(H, W)`, return a number.""",
    points={"all classes": 1, "absent class": 2, "false alarm": 1},
    reference=mean_iou,
    cases=cases,
    hints=(
        "Make two masks for a class: where it is predicted, and where it is true.",
        "Intersection and union are the sums of mask & mask and of mask | mask. What is the union of a class "
        "in neither map?",
        "Collect the quotients of the classes with a union above 0, and average those.",
    ),
    misconceptions=(
        Misconception(
            "Dice",
            _dice,
            "You divide twice the overlap by the sum of the two areas: that is the Dice score. The union counts the "
            "overlap once.",
            loses={"all classes", "absent class", "false alarm"},
        ),
        Misconception(
            "accuracy",
            _accuracy,
            "This is the share of pixels that are right, for all classes at once. Ask about one class at a time first.",
            loses={"all classes", "absent class", "false alarm"},
        ),
        Misconception(
            "recall",
            _recall,
            "You divide by the true pixels of a class alone, so a false alarm costs nothing. Divide by the union.",
            loses={"all classes", "absent class", "false alarm"},
        ),
        Misconception(
            "absent class counts 0",
            _absent_is_zero,
            "A class that is in neither map counts 0 in your mean. Nothing was missed there: leave it out.",
            loses={"absent class"},
        ),
        Misconception(
            "absent class counts 1",
            _absent_is_one,
            "A class that is in neither map counts 1 in your mean. Nothing was found there either: leave it out.",
            loses={"absent class"},
        ),
        Misconception(
            "only classes of the labels",
            _classes_of_the_labels_only,
            "You average over the classes that are true somewhere. What about a class that is only predicted?",
            loses={"false alarm"},
        ),
    ),
)
