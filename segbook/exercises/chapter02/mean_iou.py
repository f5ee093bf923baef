"""2.4: the mean IoU, over the classes that are there."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="2.4",
    title="Mean IoU",
    level=2,
    points={"all classes": 1, "absent class": 2, "false alarm": 1},
    prompt="""\
The IoU of a class is the number of pixels that prediction and truth both give to it, divided by the number of pixels
that at least one of them gives to it. Average it over the classes $0 \\dots$ `num_classes` $- 1$, but leave out any
class that is in neither map: $0/0$ is no score. A class that is predicted and nowhere true has IoU 0, and counts.

Write `mean_iou`: from `preds` and `labels`, integers of one shape `(H, W)`, return a number.""",
    hints=(
        "Make two masks for a class: where it is predicted, and where it is true.",
        "Intersection and union are the sums of mask & mask and of mask | mask. What is the union of a class "
        "in neither map?",
        "Collect the quotients of the classes with a union above 0, and average those.",
    ),
)


@exercise.reference
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


@exercise.cases
def cases(rng):
    """Draw maps in which all classes occur in both, maps that lack a class, and predictions of a class that is not."""
    yield "all classes", (np.array([[0, 0, 1, 1]]), np.array([[0, 0, 0, 1]])), dict(num_classes=2)
    yield "absent class", (np.array([[0, 0, 1, 1]]), np.array([[0, 0, 0, 1]])), dict(num_classes=3)
    # The class in the middle is the one that is absent.
    yield "absent class", (np.array([[2, 0, 0, 2]]), np.array([[0, 0, 2, 2]])), dict(num_classes=3)
    yield "false alarm", (np.array([[0, 0, 1, 1, 2]]), np.array([[0, 0, 0, 1, 1]])), dict(num_classes=3)
    # A class that is missed: the last one, and one in the middle.
    yield "false alarm", (np.array([[0, 0, 1, 1, 0]]), np.array([[0, 0, 0, 1, 2]])), dict(num_classes=3)
    yield "false alarm", (np.array([[0, 0, 2, 2, 0]]), np.array([[0, 0, 1, 2, 2]])), dict(num_classes=3)
    for _ in range(4):
        num_classes = whole(rng, 3, 4)
        pixels = np.tile(np.arange(num_classes), 4)  # every class, four times
        labels = rng.permutation(pixels).reshape(4, -1)
        preds = labels.copy()
        rows = rng.integers(0, 4, num_classes)
        preds[rows, np.arange(num_classes)] = (preds[rows, np.arange(num_classes)] + 1) % num_classes
        yield "all classes", (preds, labels), dict(num_classes=num_classes)
        yield "absent class", (preds, labels), dict(num_classes=num_classes + whole(rng, 1, 2))
        alarmed = preds.copy()
        alarmed[0, 0] = num_classes
        yield "false alarm", (alarmed, labels), dict(num_classes=num_classes + 1)


def _scores(preds, labels, num_classes, score, keep):
    areas = [((preds == k) & (labels == k), preds == k, labels == k) for k in range(num_classes)]
    counts = [tuple(mask.sum() for mask in masks) for masks in areas]
    return float(np.mean([score(*count) for count in counts if keep(*count)]))


@exercise.misconception("Dice", loses={"all classes", "absent class", "false alarm"})
def _(preds, labels, *, num_classes):
    """You divide twice the overlap by the sum of the two areas, which is the Dice score. For IoU, divide the overlap by
    the union, in which the overlap counts once.
    """
    return _scores(preds, labels, num_classes, lambda o, p, t: 2 * o / (p + t), lambda o, p, t: p + t)


@exercise.misconception("accuracy", loses={"all classes", "absent class", "false alarm"})
def _(preds, labels, *, num_classes):
    """This is the share of pixels that are right, for all classes at once. Ask about one class at a time first."""
    return float((preds == labels).mean())


@exercise.misconception("recall", loses={"all classes", "absent class", "false alarm"})
def _(preds, labels, *, num_classes):
    """You divide by the true pixels of a class alone, so a false alarm costs nothing. Divide by the union."""
    return _scores(preds, labels, num_classes, lambda o, p, t: o / max(t, 1), lambda o, p, t: p + t)


@exercise.misconception("absent class counts 0", loses={"absent class"})
def _(preds, labels, *, num_classes):
    """A class that is in neither map counts 0 in your mean. Nothing was missed there: leave it out."""
    return _scores(preds, labels, num_classes, lambda o, p, t: o / max(p + t - o, 1), lambda o, p, t: True)


@exercise.misconception("absent class counts 1", loses={"absent class"})
def _(preds, labels, *, num_classes):
    """A class that is in neither map counts 1 in your mean. Nothing was found there either: leave it out."""
    return _scores(preds, labels, num_classes, lambda o, p, t: o / (p + t - o) if p + t else 1.0, lambda o, p, t: True)


@exercise.misconception("only classes of the labels", loses={"false alarm"})
def _(preds, labels, *, num_classes):
    """You average over the classes that are true somewhere. A class that is only predicted has IoU 0, and counts."""
    return _scores(preds, labels, num_classes, lambda o, p, t: o / (p + t - o), lambda o, p, t: t)


@exercise.misconception("background left out", loses={"all classes", "absent class", "false alarm"})
def _(preds, labels, *, num_classes):
    """You leave class 0 out. Here it is a class like any other."""
    ious = []
    for k in range(1, num_classes):
        union = ((preds == k) | (labels == k)).sum()
        if union:
            ious.append(((preds == k) & (labels == k)).sum() / union)
    return float(np.mean(ious))


@exercise.misconception("absent below the largest class counts 0", loses={"absent class"})
def _(preds, labels, *, num_classes):
    """You ask for classes up to the largest that occurs, and count 0 for an absent one between. Ask each class below
    num_classes for its union, and leave it out where that is 0.
    """
    known = max(preds.max(), labels.max()) + 1
    return _scores(preds, labels, known, lambda o, p, t: o / max(p + t - o, 1), lambda o, p, t: True)


@exercise.misconception("only classes of the predictions", loses={"false alarm"})
def _(preds, labels, *, num_classes):
    """You average over the classes that are predicted somewhere. One that is true and never predicted counts 0."""
    return _scores(preds, labels, num_classes, lambda o, p, t: o / (p + t - o), lambda o, p, t: p)


@exercise.misconception("zeros left out", loses={"false alarm"})
def _(preds, labels, *, num_classes):
    """You leave out every class whose IoU is 0. Leave out only a class with an empty union; one with an empty overlap
    has the score 0.
    """
    return _scores(preds, labels, num_classes, lambda o, p, t: o / (p + t - o), lambda o, p, t: o)


@exercise.variant("recall")
def _(preds, labels, *, num_classes):
    return _scores(preds, labels, num_classes, lambda o, p, t: o / t, lambda o, p, t: t)


@exercise.misconception("precision", loses={"all classes", "absent class", "false alarm"})
def _(preds, labels, *, num_classes):
    """You divide by the predicted pixels of a class alone, so a pixel that is missed costs nothing. Divide by the
    union.
    """
    return _scores(preds, labels, num_classes, lambda o, p, t: o / max(p, 1), lambda o, p, t: p + t)


@exercise.variant("precision")
def _(preds, labels, *, num_classes):
    return _scores(preds, labels, num_classes, lambda o, p, t: o / p, lambda o, p, t: p)


@exercise.misconception("pooled", loses={"all classes", "absent class", "false alarm"})
def _(preds, labels, *, num_classes):
    """You divide the sum of all overlaps by the sum of all unions, so a large class counts more. Divide for each class,
    then average the quotients.
    """
    overlap = (preds == labels).sum()
    return float(overlap / (2 * preds.size - overlap))


@exercise.misconception("rounded down", loses={"all classes", "absent class", "false alarm"})
def _(preds, labels, *, num_classes):
    """You divide with //, which rounds every IoU below 1 down to 0. Divide with /."""
    return _scores(preds, labels, num_classes, lambda o, p, t: o // (p + t - o), lambda o, p, t: p + t)
