"""2.3: the gradient of the summed cross entropy with respect to the logits."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="2.3",
    title="The gradient",
    level=2,
    points={"one pixel": 2, "image": 1},
    prompt="""\
The loss is the sum of $-\\log p_l$ over all pixels; $l$ is a pixel's true class and $p$ the softmax of its logits.
How much does it grow when one logit grows a little? A logit moves the probabilities of all classes of its pixel. The
logits are so small that you need not shift them.

Write `cross_entropy_gradient`: from `logits` of shape `(K, H, W)` and `labels` of shape `(H, W)`, return the derivative
of the loss with respect to every logit, in the shape of the logits.""",
    hints=(
        "Take one pixel and nudge the logit of a wrong class up. Does the loss grow or fall, and by how much?",
        "The derivative of log-sum-exp with respect to a logit is a probability you know.",
        "It is the softmax, with 1 subtracted at the true class of every pixel; do not divide by anything.",
    ),
)


@exercise.reference
def cross_entropy_gradient(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Differentiate the sum of all pixels' losses −log p_l with respect to every logit.

    >>> logits = np.log(np.array([1.0, 2.0, 5.0])).reshape(3, 1, 1)  # p = 1/8, 2/8, 5/8
    >>> cross_entropy_gradient(logits, np.array([[2]])).ravel().round(3)
    array([ 0.125,  0.25 , -0.375])
    """
    powers = np.exp(logits - logits.max(axis=0))
    probs = powers / powers.sum(axis=0)
    classes = np.arange(len(logits)).reshape(-1, 1, 1)
    return probs - (classes == labels)


@exercise.cases
def cases(rng):
    """Draw images of one pixel, then larger ones."""
    eighths = np.log(np.array([1.0, 2.0, 5.0])).reshape(3, 1, 1)
    yield "one pixel", (eighths, np.array([[2]]))
    yield "one pixel", (eighths, np.array([[0]]))
    yield "image", (np.concatenate([eighths, -eighths], axis=2), np.array([[1, 1]]))
    for _ in range(4):
        shape = whole(rng, 3, 4), whole(rng, 2, 3), whole(rng, 2, 3)
        logits, labels = rng.integers(-6, 7, shape) / 2, rng.integers(0, shape[0], shape[1:])
        yield "one pixel", (logits[:, :1, :1], labels[:1, :1])
        yield "image", (logits, labels)
        yield "image", (logits, (labels + 1) % shape[0])  # a shape never tells the answer


@exercise.misconception("sign", loses={"one pixel", "image"})
def _(logits, labels):
    """Your sign is flipped: this is the step downhill. Raising the true class's logit must lower the loss."""
    return -cross_entropy_gradient(logits, labels)


@exercise.misconception("diagonal of the Jacobian only", loses={"one pixel", "image"})
def _(logits, labels):
    """Only the true class gets a gradient from you. But the other logits are in the denominator of the softmax, too."""
    truth = np.arange(len(logits)).reshape(-1, 1, 1) == labels
    return cross_entropy_gradient(logits, labels) * truth


@exercise.misconception("with respect to the probabilities", loses={"one pixel", "image"})
def _(logits, labels):
    """You stop at the derivative with respect to p. By the chain rule, go on through the softmax to the logits."""
    truth = np.arange(len(logits)).reshape(-1, 1, 1) == labels
    probs = cross_entropy_gradient(logits, labels) + truth
    return -truth.astype(float) / probs


@exercise.misconception("probabilities alone", loses={"one pixel", "image"})
def _(logits, labels):
    """Your numbers are all positive: this is the derivative of log-sum-exp. The loss has a second term."""
    truth = np.arange(len(logits)).reshape(-1, 1, 1) == labels
    return cross_entropy_gradient(logits, labels) + truth


@exercise.misconception("divided by the number of pixels", loses={"image"})
def _(logits, labels):
    """This is the gradient of the mean. The loss here is a sum, so the gradient at a pixel does not depend on how
    many other pixels there are.
    """
    return cross_entropy_gradient(logits, labels) / labels.size


@exercise.misconception("softmax over the image", loses={"image"})
def _(logits, labels):
    """Your softmax runs over all pixels at once. Each pixel has a softmax of its own, over its classes."""
    truth = np.arange(len(logits)).reshape(-1, 1, 1) == labels
    powers = np.exp(logits - logits.max())
    return powers / powers.sum() - truth
