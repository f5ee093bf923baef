"""5.3: the samples that no window reads."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="5.3",
    title="Samples that no window reads",
    level=3,
    points={"tail": 1, "padding": 1, "gaps": 1, "holes": 1},
    prompt="""\
Which samples does a layer never read? A sample is read if some tap of some window stands on it. As in 5.1, padding adds
zeros before the first sample and after the last one, and the first window starts at the first place of the padded
signal. The zeros themselves are not samples. With dilation $d$, neighbouring taps lie $d$ places apart. What is
never read is a tail at the end of the signal, a gap between two windows or a hole between two taps.

Write `unread`: return a mask of shape `(input_size,)`, True at each sample that no window reads.""",
    hints=(
        "Mark the samples that are read rather than those that are not. At the beginning, none is.",
        "Window n puts tap j on sample n·stride + j·dilation − padding; a place outside 0 … N − 1 is a zero, "
        "not a sample.",
        "Mark these samples for all windows that fit, and return the opposite of what you marked.",
    ),
)


@exercise.reference
def unread(
    input_size: int,
    kernel_size: int,
    *,
    stride: int,
    padding: int,
    dilation: int,
) -> np.ndarray:
    """Return True for each sample that no tap of any window stands on.

    >>> unread(6, 3, stride=2, padding=0, dilation=1)
    array([False, False, False, False, False,  True])
    """
    padded = input_size + 2 * padding
    output_size = (padded - dilation * (kernel_size - 1) - 1) // stride + 1
    mask = np.ones(padded, dtype=bool)
    for n in range(output_size):
        for j in range(kernel_size):
            mask[n * stride + j * dilation] = False
    return mask[padding : padding + input_size]


@exercise.cases
def cases(rng):
    """Draw layers that leave a tail, a tail behind padding, gaps between windows, holes in windows."""
    yield "tail", (8, 3), dict(stride=2, padding=0, dilation=1)
    yield "tail", (7, 3), dict(stride=2, padding=0, dilation=1)
    yield "padding", (9, 3), dict(stride=3, padding=1, dilation=1)
    yield "padding", (5, 3), dict(stride=2, padding=1, dilation=1)  # taps on both zeros
    yield "padding", (5, 5), dict(stride=5, padding=2, dilation=1)  # a tail of two samples
    yield "gaps", (9, 2), dict(stride=3, padding=0, dilation=1)
    yield "holes", (12, 3), dict(stride=2, padding=0, dilation=2)
    yield "gaps", (9, 2), dict(stride=3, padding=2, dilation=1)  # the first window reads zeros only
    yield "holes", (12, 3), dict(stride=2, padding=1, dilation=2)
    for _ in range(4):
        kernel_size = whole(rng, 2, 5)
        input_size, stride = kernel_size + whole(rng, 0, 12), whole(rng, 2, kernel_size)
        yield "tail", (input_size, kernel_size), dict(stride=stride, padding=0, dilation=1)
        yield "padding", (input_size, kernel_size), dict(stride=stride, padding=whole(rng, 1, 3), dilation=1)
        small, dilation = whole(rng, 1, 3), whole(rng, 2, 3)
        yield "gaps", (small + whole(rng, 4, 12), small), dict(stride=small + whole(rng, 1, 2), padding=0, dilation=1)
        size = dilation * 2 + 1 + whole(rng, 2, 8)
        yield "holes", (size, 3), dict(stride=dilation * whole(rng, 1, 2), padding=0, dilation=dilation)


@exercise.misconception("only the tail", loses={"gaps", "holes"})
def _(input_size, kernel_size, **options):
    """You only look behind the last window. What lies between two windows, or between two taps?"""
    mask = unread(input_size, kernel_size, **options)
    last = np.flatnonzero(~mask)[-1]
    return np.arange(input_size) > last


@exercise.misconception("windows without holes", loses={"holes"})
def _(input_size, kernel_size, *, dilation, **options):
    """You count everything between the first and the last tap of a window as read. Only samples under a tap are."""
    return unread(input_size, dilation * (kernel_size - 1) + 1, dilation=1, **options)


@exercise.misconception("padding ignored", loses={"padding", "gaps", "holes"})
def _(input_size, kernel_size, *, padding, **options):
    """Your result does not depend on the padding. With it, windows start in front of the first sample."""
    return unread(input_size, kernel_size, padding=0, **options)


@exercise.misconception("padding counted", loses={"padding", "gaps", "holes"})
def _(input_size, kernel_size, *, padding, **options):
    """Your mask covers the padded signal. The zeros of the padding are not samples: cut them off on both sides."""
    return unread(input_size + 2 * padding, kernel_size, padding=0, **options)


@exercise.misconception("nothing lost where s divides N", loses={"tail", "padding", "gaps", "holes"})
def _(input_size, kernel_size, *, stride, **options):
    """Where the stride divides the input size, you say that nothing is lost. Windows do not tile the signal: look at
    where the last one ends, and at what lies under its taps.
    """
    mask = unread(input_size, kernel_size, stride=stride, **options)
    return mask & (input_size % stride != 0)


@exercise.misconception("padding in front only", loses={"padding"})
def _(input_size, kernel_size, *, padding, **options):
    """You add zeros only in front of the signal. With those behind it, more windows can fit."""
    return unread(input_size + padding, kernel_size, padding=0, **options)[padding:]


def _marked(place, input_size, kernel_size, *, stride, padding, dilation):
    mask = np.ones(input_size, dtype=bool)
    for n in range((input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1):
        for j in range(kernel_size):
            at = place(n * stride + j * dilation - padding)
            if at < input_size:
                mask[at] = False
    return mask


@exercise.misconception("negative index", loses={"padding"})
def _(*sizes, **options):
    """A tap on a zero in front of the signal has a negative index, and NumPy counts that from the end. Skip it."""
    return _marked(lambda at: at, *sizes, **options)


@exercise.misconception("zeros taken for the first sample", loses={"gaps", "holes"})
def _(*sizes, **options):
    """You let taps on the zeros in front read sample 0. Skip them: zeros are not samples."""
    return _marked(lambda at: max(at, 0), *sizes, **options)


@exercise.misconception("dilation ignored", loses={"holes"})
def _(input_size, kernel_size, *, dilation, **options):
    """Your mask does not depend on the dilation. It puts the taps of a window d places apart."""
    return unread(input_size, kernel_size, dilation=1, **options)


@exercise.misconception("inverted", loses={"tail", "padding", "gaps", "holes"})
def _(input_size, kernel_size, **options):
    """Your mask is True at the samples that are read. It should be True at those that are not."""
    return ~unread(input_size, kernel_size, **options)


@exercise.variant("negative index")
def _(input_size, kernel_size, *, stride, padding, dilation):
    mask = np.ones(input_size, dtype=bool)
    for n in range((input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1):
        for j in range(kernel_size):
            at = n * stride + j * dilation - padding
            mask[at : at + 1] = False  # a slice takes every end, and from −2 on wraps round
    return mask


@exercise.misconception("no bounds", loses={"padding"})
def _(input_size, kernel_size, *, stride, padding, dilation):
    """A tap may stand on a zero, in front of the first sample or behind the last one. There is nothing to mark: skip it
    where its place is not in 0 … input_size − 1.
    """
    mask = np.ones(input_size, dtype=bool)
    for n in range((input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1):
        for j in range(kernel_size):
            mask[n * stride + j * dilation - padding] = False
    return mask


@exercise.misconception("mask[0:-0] is empty", loses={"tail", "gaps", "holes"})
def _(input_size, kernel_size, *, padding, **options):
    """With padding 0, the slice [padding:-padding] is [0:0], which is empty. Slice up to padding + input_size."""
    return unread(input_size + 2 * padding, kernel_size, padding=0, **options)[padding:-padding]
