"""2.1: the softmax of every pixel, safe from overflow."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="2.1",
    title="Softmax at every pixel",
    level=1,
    points={"small": 1, "large": 1, "spread": 2},
    prompt="""\
At every pixel the probabilities of the classes add up to 1: $p_k = \\exp(a_k) / \\sum_c \\exp(a_c)$. Each pixel is
computed by itself. Logits may be as large as 2000 and as low as −2000, and the result must hold no `nan`.

Write `pixel_softmax`: from `logits` of shape `(K, H, W)`, return the probabilities, in the same shape.""",
    hints=(
        "Which axis of (K, H, W) holds the classes of one pixel? The sum goes over that axis only.",
        "Subtracting one number from all logits of a pixel changes no probability. Which number keeps exp "
        "from overflowing?",
        "Subtract the maximum over axis 0 with keepdims=True, exponentiate, divide by the sum over the same axis.",
    ),
)


@exercise.reference
def pixel_softmax(logits: np.ndarray) -> np.ndarray:
    """Turn logits (K, H, W) into probabilities that add up to 1 at every pixel.

    >>> logits = np.array([[[0.0, 1000.0]], [[0.0, 1000.0]]])  # K = 2, H = 1, W = 2
    >>> pixel_softmax(logits)
    array([[[0.5, 0.5]],
    <BLANKLINE>
           [[0.5, 0.5]]])
    """
    largest = logits.max(axis=0)  # at every pixel its own
    powers = np.exp(logits - largest)
    return powers / powers.sum(axis=0)


@exercise.cases
def cases(rng):
    """Draw small logits; logits that are all near 1000; and pixels that lie thousands apart."""
    eighths = np.log(np.array([1.0, 2.0, 5.0])).reshape(3, 1, 1)
    yield "small", (eighths,)  # probabilities 1/8, 2/8, 5/8
    yield "small", (np.array([[[0.0, 2.0], [1.0, -1.0]], [[1.0, 0.0], [1.0, 3.0]]]),)
    yield "large", (eighths + 1000,)
    yield "spread", (np.array([[[2000.0, -2000.0]], [[2001.0, -1999.0]]]),)
    far = np.array([[[2000.0, -2000.0, 0.0]], [[-2000.0, 2000.0, 1.0]], [[1999.0, 1999.0, -2000.0]]])
    yield "spread", (far,)  # the classes of one pixel, too, may lie far apart
    for _ in range(4):
        shape = whole(rng, 2, 4), whole(rng, 2, 3), whole(rng, 2, 3)
        logits = rng.integers(-6, 7, shape) / 2
        levels = rng.permutation(shape[1] * shape[2]).reshape(shape[1:]) * 1500.0 - 2000
        for values in (logits, logits[::-1] - 0.5 * (logits > 0)):  # a shape never tells the answer
            yield "small", (values,)
            yield "large", (values + 1000,)
            yield "spread", (values + levels,)


@exercise.misconception("over the last axis", loses={"small", "large", "spread"})
def _(logits):
    """Your probabilities add up to 1 along a row of the image. Which axis holds the classes of one pixel?"""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@exercise.misconception("over the whole image", loses={"small", "large", "spread"})
def _(logits):
    """All your probabilities together add up to 1, so the pixels compete. At each pixel they must add up to 1."""
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


@exercise.misconception("each class alone", loses={"small", "large", "spread"})
def _(logits):
    """You squash every logit by itself (a sigmoid), so the classes of a pixel need not add up to 1. Divide by their
    sum.
    """
    return np.exp(-np.logaddexp(0, -logits))


@exercise.misconception("no maximum taken out", loses={"large", "spread"})
def _(logits):
    """The formula is right, but the exponentials overflow or vanish. What can you subtract from all logits of a pixel
    without changing its probabilities?
    """
    powers = np.exp(logits)
    return powers / powers.sum(axis=0)


@exercise.misconception("one maximum for all pixels", loses={"spread"})
def _(logits):
    """You subtract the largest logit of the whole image. At a pixel whose logits are far below it, every exponential is
    0. Subtract each pixel's own maximum.
    """
    powers = np.exp(logits - logits.max())
    return powers / powers.sum(axis=0)


def _shifted(logits, shift):
    powers = np.exp(logits - shift)
    return powers / powers.sum(axis=0)


@exercise.misconception("mean taken out", loses={"spread"})
def _(logits):
    """You subtract the mean of a pixel's logits. A logit that lies thousands above the mean still overflows:
    subtract the largest.
    """
    return _shifted(logits, logits.mean(axis=0))


@exercise.misconception("smallest taken out", loses={"spread"})
def _(logits):
    """You subtract the smallest logit of a pixel, so that the largest may overflow. Subtract the largest itself."""
    return _shifted(logits, logits.min(axis=0))


@exercise.misconception("first class taken out", loses={"spread"})
def _(logits):
    """You subtract the first class's logit. Another class may lie thousands above it: subtract the largest."""
    return _shifted(logits, logits[0])


@exercise.misconception("nothing taken out below 0", loses={"spread"})
def _(logits):
    """Where all logits of a pixel lie below 0, you subtract nothing, and far below 0 every exponential vanishes. The
    largest logit may be negative, too.
    """
    return _shifted(logits, np.maximum(logits.max(axis=0), 0))


@exercise.misconception("logits clipped", loses={"large", "spread"})
def _(logits):
    """You cut off large logits, so all beyond the limit become the same. A probability depends on how far apart the
    logits of a pixel are: shift them, do not clip them.
    """
    return pixel_softmax(np.clip(logits, -700, 700))


@exercise.misconception("nan replaced", loses={"large", "spread"})
def _(logits):
    """You replace nan after the division. By then the numbers are lost: prevent the overflow before exponentiating."""
    powers = np.exp(logits)
    return np.nan_to_num(powers / powers.sum(axis=0))


@exercise.variant("over the whole image")
def _(logits):
    powers = np.exp(logits - logits.max(axis=0))
    return powers / powers.sum()
