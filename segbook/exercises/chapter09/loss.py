"""9.4: weighted cross entropy, divided by the number of pixels."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="9.4",
    title="Weighted cross entropy",
    level=2,
    points={"weights of 1": 1, "weights": 2, "large logits": 1},
    prompt="""\
Every pixel is charged $-\\log p_l$, the negative logarithm of the softmax probability of its true class. Multiply each
charge by the pixel's weight, add up the products and divide by the **number of pixels**, which is the reduction
`"pixel_mean"` of chapter 9. Logits may be as large as 2000, and the result must not be `nan`.

Write `weighted_cross_entropy`: from `logits` of shape `(K, H, W)`, `labels` and `weights` of shape `(H, W)`, return
one number.""",
    hints=(
        "Write the loss without weights first; with all weights 1 yours must give the same.",
        "log p_l = a_l − log Σ exp(a). Subtract each pixel's largest logit from all its logits before exponentiating.",
        "Multiply charges and weights pixel by pixel, sum, and divide by labels.size.",
    ),
)


@exercise.reference
def weighted_cross_entropy(
    logits: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
) -> float:
    """Add up every pixel's weighted charge and divide by the number of pixels.

    >>> labels, weights = np.array([[0, 1]]), np.array([[1.0, 4.0]])
    >>> round(weighted_cross_entropy(np.zeros((2, 1, 2)), labels, weights), 4)
    1.7329
    """
    shifted = logits - logits.max(axis=0)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=0))
    charges = -np.take_along_axis(log_probs, labels[None], axis=0)[0]
    return float((weights * charges).sum() / labels.size)


@exercise.cases
def cases(rng):
    """Draw weights that are all 1, weights that differ, and logits that overflow without care."""
    for turn in range(4):
        for group in ("weights of 1", "weights", "large logits"):
            rows = whole(rng, 2, 3)
            shape = whole(rng, 2, 4), rows, whole(rng, 2, 4) if turn else rows + 1  # not all are square
            logits = rng.integers(-6, 7, shape) / 2
            if group == "large logits":
                logits = logits + (1 + turn % 2) * 1000.0
            labels = rng.integers(0, shape[0], shape[1:])
            if group == "large logits":  # of one pixel, the true class is 2000 behind
                logits[:, 0, 0] = np.where(np.arange(shape[0]) == labels[0, 0], 0.0, 2000.0)
            weights = rng.integers(4, 19, shape[1:]) / 2
            weights[0, 0] = 9.5  # so that the weights never add up to the number of pixels
            weights[-1, -1] = 0.0
            given = np.ones(shape[1:]) if group == "weights of 1" else weights
            yield group, (logits, labels, given)
            yield group, (logits, (labels + 1) % shape[0], given)  # a shape never tells the answer


@exercise.misconception("divided by Σw", loses={"weights", "large logits"})
def _(logits, labels, weights):
    """You divide by the sum of the weights, as torch does for class weights. Doubling all weights then changes nothing.
    Divide by the number of pixels.
    """
    return weighted_cross_entropy(logits, labels, weights) * labels.size / weights.sum()


@exercise.misconception("weighted logits", loses={"weights", "large logits"})
def _(logits, labels, weights):
    """You multiply the logits by the weights, which changes the probabilities. The weight belongs outside the
    logarithm: w · (−log p).
    """
    return weighted_cross_entropy(weights * logits, labels, np.ones_like(weights))


@exercise.misconception("weights not used", loses={"weights", "large logits"})
def _(logits, labels, weights):
    """Your number does not depend on the weights at all."""
    return weighted_cross_entropy(logits, labels, np.ones_like(weights))


@exercise.misconception("sign", loses={"weights of 1", "weights", "large logits"})
def _(logits, labels, weights):
    """Your loss is negative. log p is at most 0, so the charge is minus log p."""
    return -weighted_cross_entropy(logits, labels, weights)


@exercise.misconception("sum", loses={"weights of 1", "weights", "large logits"})
def _(logits, labels, weights):
    """You return the sum. Divide it by the number of pixels."""
    return weighted_cross_entropy(logits, labels, weights) * labels.size


@exercise.misconception("exp of large logits", loses={"large logits"})
def _(logits, labels, weights):
    """exp(1000) is too large for a float. Subtracting the largest logit of a pixel from all its logits changes no
    probability.
    """
    powers = np.exp(logits)
    probs = np.take_along_axis(powers / powers.sum(axis=0), labels[None], axis=0)[0]
    return float((weights * -np.log(probs)).sum() / labels.size)


def _of_probabilities(logits, labels, weights, change):
    powers = np.exp(logits - logits.max(axis=0))
    probs = np.take_along_axis(powers / powers.sum(axis=0), labels[None], axis=0)[0]
    return float((weights * -np.log(change(probs))).sum() / labels.size)


@exercise.misconception("a small number added", loses={"large logits"})
def _(logits, labels, weights):
    """You add a small number to the probability before its logarithm. That hides the infinity, and a class far behind
    is charged too little. Subtract logits: log p_l = a_l − log Σ exp(a).
    """
    return _of_probabilities(logits, labels, weights, lambda probs: probs + 1e-12)


@exercise.misconception("probabilities clipped", loses={"large logits"})
def _(logits, labels, weights):
    """You clip the probability before its logarithm, and a class far behind is charged too little. Subtract logits:
    log p_l = a_l − log Σ exp(a) never meets a 0.
    """
    return _of_probabilities(logits, labels, weights, lambda probs: np.clip(probs, 1e-7, 1))


@exercise.misconception("logarithm of a rounded probability", loses={"large logits"})
def _(logits, labels, weights):
    """A probability of yours rounds to 0 before you take its logarithm. Write log p_l = a_l − log Σ exp(a): the
    exponential in the numerator goes away.
    """
    return _of_probabilities(logits, labels, weights, lambda probs: probs)


@exercise.misconception("mean weight", loses={"weights", "large logits"})
def _(logits, labels, weights):
    """You multiply the mean charge by the mean weight. Multiply pixel by pixel before you add up."""
    return weighted_cross_entropy(logits, labels, np.ones_like(weights)) * float(weights.mean())


@exercise.misconception("pixels of weight 0 left out", loses={"weights", "large logits"})
def _(logits, labels, weights):
    """You divide by the number of pixels whose weight is not 0. Those of weight 0 are pixels, too: divide by all."""
    return weighted_cross_entropy(logits, labels, weights) * labels.size / np.count_nonzero(weights)
