"""2.2: the summed cross entropy of an image, some pixels of which do not count."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="2.2",
    title="Cross entropy, summed, with ignored pixels",
    level=2,
    points={"all count": 1, "ignored": 2, "far behind": 1},
    prompt="""\
The loss of a pixel is $-\\log p_l$, where $l$ is its true class; the loss of the image is the sum over its pixels.
Pixels whose label is `ignore_index` add nothing, whatever number that is: it may be 255, −1, or one of the classes.
The logit of a true class may lie 2000 below another; the loss of the pixel is then 2000 and not infinite.

Write `cross_entropy`: from `logits` of shape `(K, H, W)` and `labels` of shape `(H, W)`, return a number.""",
    hints=(
        "Write the loss of one pixel first: log-sum-exp of its logits minus the logit of its true class.",
        "Find the pixels that count before you use labels as indices: an ignored label may be no class at all.",
        "Shift by the maximum over the classes; pick the true logit with np.take_along_axis, or loop; add up "
        "where labels != ignore_index.",
    ),
)


@exercise.reference
def cross_entropy(
    logits: np.ndarray,
    labels: np.ndarray,
    *,
    ignore_index: int,
) -> float:
    """Add up −log p of the true class over all pixels whose label is not ignore_index.

    >>> logits = np.zeros((2, 1, 3))  # two classes, three pixels, undecided
    >>> labels = np.array([[0, 1, 255]])
    >>> round(cross_entropy(logits, labels, ignore_index=255), 4)  # 2 · log 2
    1.3863
    """
    behind = logits - logits.max(axis=0)
    log_probs = behind - np.log(np.exp(behind).sum(axis=0))
    total = 0.0
    for row, column in np.ndindex(labels.shape):
        label = labels[row, column]
        if label != ignore_index:
            total -= log_probs[label, row, column]
    return float(total)


@exercise.cases
def cases(rng):
    """Draw images in which all pixels count, images in which some do not, and true classes that are far behind."""
    logits = np.log(np.array([[[1.0, 1.0]], [[2.0, 1.0]], [[5.0, 2.0]]]))  # eighths and quarters
    yield "all count", (logits, np.array([[2, 0]])), dict(ignore_index=255)
    yield "ignored", (logits, np.array([[2, 255]])), dict(ignore_index=255)
    yield "ignored", (logits, np.array([[0, 1]])), dict(ignore_index=0)  # any label can be the one that is void
    yield "far behind", (np.array([[[0.0, 3.0]], [[1000.0, 0.0]]]), np.array([[0, 1]])), dict(ignore_index=255)
    yield "ignored", (logits, np.array([[0, 1]])), dict(ignore_index=1)
    yield "ignored", (logits, np.array([[7, 7]])), dict(ignore_index=7)  # nothing counts, and nothing is added
    high = np.array([[[2000.0, 2000.0]], [[2001.0, 0.0]], [[1999.0, 0.0]]])
    yield "far behind", (high, np.array([[0, 1]])), dict(ignore_index=255)
    for _ in range(4):
        shape = whole(rng, 3, 4), whole(rng, 2, 3), whole(rng, 2, 3)
        logits = rng.integers(-6, 7, shape) / 2
        labels = rng.integers(0, shape[0], shape[1:])
        void = int(rng.choice([255, -1, -100]))
        some = labels.copy()
        some.flat[rng.choice(labels.size, 2, replace=False)] = void
        far = logits.copy()
        far[:, 0, 0] += np.where(np.arange(shape[0]) == labels[0, 0], 0, 2000)
        yield "all count", (logits, labels), dict(ignore_index=void)
        yield "all count", (2 * logits + far / 4, labels), dict(ignore_index=void)  # a shape never tells the answer
        yield "ignored", (logits, some), dict(ignore_index=void)
        yield "far behind", (far, labels), dict(ignore_index=void)


@exercise.misconception("mean", loses={"all count", "ignored", "far behind"})
def _(logits, labels, *, ignore_index):
    """You return the mean. Here the losses of the pixels are added up and not divided by anything."""
    counted = (labels != ignore_index).sum()
    return cross_entropy(logits, labels, ignore_index=ignore_index) / counted


@exercise.misconception("softmax twice", loses={"all count", "ignored", "far behind"})
def _(logits, labels, *, ignore_index):
    """You treat probabilities as if they were logits, so the softmax is taken twice."""
    powers = np.exp(logits - logits.max(axis=0))
    return cross_entropy(powers / powers.sum(axis=0), labels, ignore_index=ignore_index)


@exercise.misconception("sign forgotten", loses={"all count", "ignored", "far behind"})
def _(logits, labels, *, ignore_index):
    """Your loss is negative. The logarithm of a probability is at most 0; a pixel's loss is at least 0."""
    return -cross_entropy(logits, labels, ignore_index=ignore_index)


@exercise.misconception("ignored pixels counted", loses={"ignored"})
def _(logits, labels, *, ignore_index):
    """You count every pixel. Compare its label with ignore_index before you use it as a class."""
    behind = logits - logits.max(axis=0)
    log_probs = behind - np.log(np.exp(behind).sum(axis=0))
    return float(-sum(log_probs[labels[at], *at] for at in np.ndindex(labels.shape)))


@exercise.misconception("logarithm of a rounded probability", loses={"far behind"})
def _(logits, labels, *, ignore_index):
    """An exponential leaves the range of floats: it overflows, or a probability rounds to 0 before its logarithm. First
    write log p_l on paper as a difference, then subtract the largest logit from all of them before you exponentiate.
    """
    powers = np.exp(logits - logits.max(axis=0))
    probs = powers / powers.sum(axis=0)
    counted = [at for at in np.ndindex(labels.shape) if labels[at] != ignore_index]
    return float(-sum(np.log(probs[labels[at], *at]) for at in counted))


@exercise.misconception("mean, nothing over nothing set to 0", loses={"all count", "ignored", "far behind"})
def _(logits, labels, *, ignore_index):
    """You divide by the number of pixels that count. Here the losses of the pixels are only added up."""
    counted = max((labels != ignore_index).sum(), 1)
    return cross_entropy(logits, labels, ignore_index=ignore_index) / counted


@exercise.misconception("mean of nothing", loses={"ignored"})
def _(logits, labels, *, ignore_index):
    """Where no pixel counts, you return nan, the mean of nothing. Begin with 0 and add the losses of pixels."""
    nothing = (labels == ignore_index).all()
    return float("nan") if nothing else cross_entropy(logits, labels, ignore_index=ignore_index)


@exercise.misconception("255 for ignore_index", loses={"ignored"})
def _(logits, labels, *, ignore_index):
    """You leave out only pixels labelled 255. Compare with ignore_index, which can be any number."""
    return cross_entropy(logits, labels, ignore_index=255)


@exercise.misconception("a class is never ignored", loses={"ignored"})
def _(logits, labels, *, ignore_index):
    """You leave out negative labels and 255. The ignored label may be one of the classes, too: compare with
    ignore_index.
    """
    return cross_entropy(logits, np.where(labels < 0, 255, labels), ignore_index=255)


@exercise.misconception("a small number added", loses={"all count", "far behind"})
def _(logits, labels, *, ignore_index):
    """You keep the probability away from 0 by a small number before its logarithm. That hides the infinity, and every
    class that is far behind gets the same loss. The logarithm of an exponential is its exponent: write log p_l without
    it.
    """
    powers = np.exp(logits - logits.max(axis=0))
    probs = powers / powers.sum(axis=0) + 1e-12
    counted = [at for at in np.ndindex(labels.shape) if labels[at] != ignore_index]
    return float(-sum(np.log(probs[labels[at], *at]) for at in counted))


@exercise.misconception("left out too late", loses={"ignored"})
def _(logits, labels, *, ignore_index):
    """You leave out the ignored pixels only after their labels were used as indices, and an ignored label may be no
    class at all. Index only the pixels that count.
    """
    behind = logits - logits.max(axis=0)
    log_probs = behind - np.log(np.exp(behind).sum(axis=0))
    losses = -np.take_along_axis(log_probs, labels[None], axis=0)[0]
    return float(losses[labels != ignore_index].sum())
