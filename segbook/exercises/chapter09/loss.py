"""9.4: weighted cross entropy, divided by the number of pixels."""

from collections.abc import Iterator

import numpy as np

from segbook.exercises.declaration import Case, Exercise, Misconception
from segbook.exercises.drawing import whole


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


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw weights that are all 1, weights that differ, and logits that overflow without care."""
    for _ in range(4):
        for group in ("weights of 1", "weights", "large logits"):
            shape = whole(rng, 2, 4), whole(rng, 2, 3), whole(rng, 2, 4)
            logits = rng.integers(-6, 7, shape) / 2
            if group == "large logits":
                logits = logits + whole(rng, 1, 2) * 1000.0
            labels = rng.integers(0, shape[0], shape[1:])
            weights = rng.integers(4, 19, shape[1:]) / 2
            weights[0, 0] = 9.5  # so that the weights never add up to the number of pixels
            yield Case(group, (logits, labels, np.ones(shape[1:]) if group == "weights of 1" else weights))


def _over_the_weights(logits, labels, weights):
    return weighted_cross_entropy(logits, labels, weights) * labels.size / weights.sum()


def _weighted_logits(logits, labels, weights):
    return weighted_cross_entropy(weights * logits, labels, np.ones_like(weights))


def _sign(logits, labels, weights):
    return -weighted_cross_entropy(logits, labels, weights)


def _sum(logits, labels, weights):
    return weighted_cross_entropy(logits, labels, weights) * labels.size


def _unshifted(logits, labels, weights):
    powers = np.exp(logits)
    probs = np.take_along_axis(powers / powers.sum(axis=0), labels[None], axis=0)[0]
    return float((weights * -np.log(probs)).sum() / labels.size)


def _no_weights(logits, labels, weights):
    return weighted_cross_entropy(logits, labels, np.ones_like(weights))


EXERCISE = Exercise(
    id="9.4",
    title="Weighted cross entropy",
    level=2,
    prompt="""\
Every pixel is charged $-\\log p_l$, minus the logarithm of the softmax probability of its true class. The charge is
multiplied by the pixel's weight. Add all of them up and divide by the **number of pixels**, which is the reduction
`"pixel_mean"` of this chapter. Logits may be as large as 2000, and the result must not be `nan`.

Write `weighted_cross_entropy`: from `logits` of shape `(C, H, W)`, `labels` and `weights` of shape `(H, W)`, return
one number.""",
    points={"weights of 1": 1, "weights": 2, "large logits": 1},
    reference=weighted_cross_entropy,
    cases=cases,
    hints=(
        "Write the loss without weights first; with all weights 1 yours must give the same.",
        "log p_l = a_l − log Σ exp(a). Subtract each pixel's largest logit from all its logits before exponentiating.",
        "Multiply charges and weights pixel by pixel, sum, and divide by labels.size.",
    ),
    misconceptions=(
        Misconception(
            "divided by Σw",
            _over_the_weights,
            "You divide by the sum of the weights, as torch does for class weights. Doubling all weights then changes "
            "nothing. Divide by the number of pixels.",
            loses={"weights", "large logits"},
        ),
        Misconception(
            "weighted logits",
            _weighted_logits,
            "You multiply the logits by the weights, which changes the probabilities. The weight belongs outside the "
            "logarithm: w · (−log p).",
            loses={"weights", "large logits"},
        ),
        Misconception(
            "weights not used",
            _no_weights,
            "Your number does not depend on the weights at all.",
            loses={"weights", "large logits"},
        ),
        Misconception(
            "sign",
            _sign,
            "Your loss is negative. log p is at most 0, so the charge is minus log p.",
            loses={"weights of 1", "weights", "large logits"},
        ),
        Misconception(
            "sum",
            _sum,
            "You return the sum. Divide it by the number of pixels.",
            loses={"weights of 1", "weights", "large logits"},
        ),
        Misconception(
            "exp of large logits",
            _unshifted,
            "exp(1000) is too large for a float. Subtracting the largest logit of a pixel from all its logits changes "
            "no probability.",
            loses={"large logits"},
        ),
    ),
)
