"""8.1: crop a skip to its middle and stack it on what came up."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="8.1",
    title="Crop and concatenate",
    level=1,
    points={"same size": 1, "crop": 2, "unequal crop": 1},
    prompt="""\
In the paper's U-Net a skip is larger than the map that comes up, because unpadded convolutions have lost pixels on the
way. So the skip is cropped to its middle, by the same number of places on opposite sides, before its channels are
stacked with those of the upsampled map.

Write `crop_and_concatenate`: given `skip` of shape `(C, H, W)` and `upsampled` of shape `(D, h, w)`, return an array of
shape `(C + D, h, w)`, the skip's channels first. $H - h$ and $W - w$ are even, not always equal, and may be 0, so mind
how you slice.""",
    hints=(
        "How many rows more than the upsampled map has the skip? Half of them go at the top, half at the bottom.",
        "The crops of rows and columns differ: compute top from the heights and left from the widths.",
        "Slice skip[:, top : top + h, left : left + w], then join the two along axis 0 with np.concatenate.",
    ),
)


@exercise.reference
def crop_and_concatenate(skip: np.ndarray, upsampled: np.ndarray) -> np.ndarray:
    """Keep the skip's middle, as large as what came up, and stack both, skip first.

    >>> skip, upsampled = np.arange(16).reshape(1, 4, 4), np.zeros((1, 2, 2), int)
    >>> crop_and_concatenate(skip, upsampled)
    array([[[ 5,  6],
            [ 9, 10]],
    <BLANKLINE>
           [[ 0,  0],
            [ 0,  0]]])
    """
    height, width = upsampled.shape[1:]
    top = (skip.shape[1] - height) // 2
    left = (skip.shape[2] - width) // 2
    middle = skip[:, top : top + height, left : left + width]
    return np.concatenate([middle, upsampled])


@exercise.cases
def cases(rng):
    """Draw skips of the same size, larger ones, and ones from which height and width lose differently."""
    yield "same size", _maps(rng, (1, 2, 3), 1, (0, 0))
    yield "same size", _maps(rng, (3, 2, 3), 1, (0, 0))  # more channels below than beside
    yield "crop", _maps(rng, (2, 3, 3), 2, (2, 2))
    yield "unequal crop", _maps(rng, (2, 3, 3), 2, (4, 2))
    yield "crop", _maps(rng, (2, 3, 3), 2, (4, 4))
    yield "unequal crop", _maps(rng, (2, 3, 3), 2, (0, 2))
    yield "unequal crop", _maps(rng, (2, 3, 3), 2, (4, 0))
    yield "unequal crop", _maps(rng, (1, 2, 5), 1, (2, 4))  # the maps are oblong, too
    yield "crop", (np.arange(1, 10).reshape(1, 3, 3), np.array([[[50]]]))
    yield "unequal crop", (np.arange(1, 16).reshape(1, 3, 5), np.array([[[50]]]))
    for _ in range(3):
        shape, channels = (whole(rng, 1, 3), whole(rng, 2, 4), whole(rng, 2, 4)), whole(rng, 1, 3)
        crop = whole(rng, 1, 2)
        for _ in range(2):  # a shape never tells the answer
            yield "same size", _maps(rng, shape, channels, (0, 0))
            yield "crop", _maps(rng, shape, channels, (2 * crop, 2 * crop))
            yield "unequal crop", _maps(rng, shape, channels, (2 * crop, 2 * crop + 2))


def _maps(rng, shape, channels, lost):
    skip_shape = (channels, shape[1] + lost[0], shape[2] + lost[1])
    # Every value once, and none 0: whatever is taken from the wrong place shows.
    values = 1 + rng.permutation(np.prod(skip_shape) + np.prod(shape))
    skip, upsampled = np.split(values, [np.prod(skip_shape)])
    return skip.reshape(skip_shape), upsampled.reshape(shape)


@exercise.misconception("adds", loses={"same size", "crop", "unequal crop"})
def _(skip, upsampled):
    """You add the two maps. U-Net keeps both: count the channels that should come out."""
    middle = crop_and_concatenate(skip, upsampled)[: len(skip)]
    return middle + upsampled


@exercise.misconception("crops the corner", loses={"crop", "unequal crop"})
def _(skip, upsampled):
    """You keep the top left corner of the skip. Which pixel of it lies over the middle of the upsampled map?"""
    height, width = upsampled.shape[1:]
    return np.concatenate([skip[:, :height, :width], upsampled])


@exercise.misconception("upsampled first", loses={"same size", "crop", "unequal crop"})
def _(skip, upsampled):
    """Your channels are in the other order. The convolution that reads them has learned which come first."""
    both = crop_and_concatenate(skip, upsampled)
    return np.concatenate([both[len(skip) :], both[: len(skip)]])


@exercise.misconception("pads instead of crops", loses={"crop", "unequal crop"})
def _(skip, upsampled):
    """You enlarge the upsampled map with zeros. Crop the skip to the size of the upsampled map instead."""
    rows, columns = (np.array(skip.shape[1:]) - upsampled.shape[1:]) // 2
    return np.concatenate([skip, np.pad(upsampled, ((0, 0), (rows, rows), (columns, columns)))])


@exercise.misconception("one crop for both axes", loses={"unequal crop"})
def _(skip, upsampled):
    """You crop as many columns as rows. Look at a skip whose height and width lose different amounts."""
    crop = (skip.shape[1] - upsampled.shape[1]) // 2
    middle = skip[:, crop : crop + upsampled.shape[1], crop : crop + upsampled.shape[2]]
    return np.concatenate([middle, upsampled])


def _sliced(skip, upsampled, rows, columns):
    return np.concatenate([skip[:, rows, columns][:, : upsampled.shape[1], : upsampled.shape[2]], upsampled])


@exercise.misconception("crops one side", loses={"crop", "unequal crop"})
def _(skip, upsampled):
    """You keep the bottom right corner of the skip: you crop at the top and on the left only. Take half of the crop
    from each side.
    """
    rows, columns = np.array(skip.shape[1:]) - upsampled.shape[1:]
    return _sliced(skip, upsampled, slice(rows, None), slice(columns, None))


@exercise.misconception("upsampled map lost", loses={"same size", "crop", "unequal crop"})
def _(skip, upsampled):
    """You return the cropped skip alone. The upsampled map's channels follow it."""
    return crop_and_concatenate(skip, upsampled)[: len(skip)]


@exercise.misconception("0:-0 is empty", loses={"same size", "unequal crop"})
def _(skip, upsampled):
    """Where nothing is to be cropped, top:-top is 0:0, which is empty. Slice from top to top + height."""
    top, left = (np.array(skip.shape[1:]) - upsampled.shape[1:]) // 2
    return np.concatenate([skip[:, top:-top, left:-left], upsampled])


@exercise.misconception("0:-0 along one axis", loses={"unequal crop"})
def _(skip, upsampled):
    """Where only one axis is to be cropped, the other one's slice is 0:-0, which is empty. Slice from left to left +
    width.
    """
    top, left = (np.array(skip.shape[1:]) - upsampled.shape[1:]) // 2
    return np.concatenate([skip if top == left == 0 else skip[:, top:-top, left:-left], upsampled])
