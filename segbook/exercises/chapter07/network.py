"""7.5: an encoder–decoder of any depth."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="7.5",
    title="Build the network",
    level=3,
    points={"depth 1": 1, "deeper": 2, "channels": 1, "remainder": 1},
    prompt="""\
Build the chapter's encoder–decoder, for any depth. A stage is two 3 × 3 convolutions with a border of zeros, each
followed by a ReLU. On the way down, each level is a stage and a 2 × 2 max pooling of stride 2; the first stage has
`width` channels, every next one twice as many. The bottleneck is one more stage, with `width * 2**depth` channels. On
the way up, each level is a 2 × 2 transposed convolution of stride 2, without a ReLU, that halves the channels, and a
stage that keeps them. Last comes a 1 × 1 convolution to `num_classes` scores, without a ReLU. All layers have biases.

So that answers can be compared, fill every array of weights, row by row, and every array of biases with 0.4 · cos 0,
0.4 · cos 1, 0.4 · cos 2 and so on (in radians); each array begins anew at cos 0. Weights have torch's shapes: (out,
in, 3, 3), and (in, out, 2, 2) in a transposed convolution. Compute in double precision.

Write `encoder_decoder`: given an `image` of shape `(C, H, W)`, return the scores, `(num_classes, H, W)` where the size
is legal. With any other size, each pooling drops the last row or column of an odd number of them, and nothing puts
them back.

You may use torch here. The page's own Python has only NumPy, in which the network takes some thirty lines.""",
    hints=(
        "Write depth 1 first. What repeats at depth 2 is a loop: the encoder's levels have width * 2**level "
        "channels, level 0, 1 …, and the decoder's have the same, from last to first.",
        "In NumPy, write four functions: a convolution, a stage of two, a pooling and an enlarging; two loops call "
        "them. In torch, keep encoder stages, bottleneck, decoder and head apart, the first and third in an "
        "nn.ModuleList; call the stages in forward, each followed by F.max_pool2d(x, 2) on the way down.",
        "To fill an array, write 0.4 * np.cos(np.arange(np.prod(shape))).reshape(shape). A convolution with it is an "
        "np.einsum over a sliding_window_view. To fill a network of torch, write "
        "for values in network.double().parameters(): "
        "values.data = 0.4 * torch.arange(values.numel()).double().cos().reshape(values.shape)",
    ),
    allows=("torch",),
    shown="""\
def two_convolutions(before, after):
    first = nn.Conv2d(before, after, 3, padding=1)
    return [first, nn.ReLU(), nn.Conv2d(after, after, 3, padding=1), nn.ReLU()]


def build(depth, before=1, width=8, num_classes=2):
    parts = []
    for _ in range(depth):
        parts += [*two_convolutions(before, width), nn.MaxPool2d(2)]
        before, width = width, 2 * width
    parts += two_convolutions(before, width)  # the bottleneck
    for _ in range(depth):
        width = width // 2
        parts += [nn.ConvTranspose2d(2 * width, width, 2, stride=2)]
        parts += two_convolutions(width, width)
    return nn.Sequential(*parts, nn.Conv2d(width, num_classes, 1))
""",
)


@exercise.reference
def encoder_decoder(
    image: np.ndarray,
    *,
    num_classes: int,
    width: int,
    depth: int,
) -> np.ndarray:
    """Score every pixel: halve the image depth times, then double it as often.

    >>> encoder_decoder(np.ones((1, 2, 2)), num_classes=2, width=1, depth=1).round(3)
    array([[[0.559, 0.572],
            [0.563, 0.55 ]],
    <BLANKLINE>
           [[0.302, 0.309],
            [0.304, 0.297]]])
    """

    def fill(*shape):
        return 0.4 * np.cos(np.arange(np.prod(shape))).reshape(shape)

    def convolve(x, channels, taps):
        wide = np.pad(x, ((0, 0), (taps // 2, taps // 2), (taps // 2, taps // 2)))
        windows = np.lib.stride_tricks.sliding_window_view(wide, (taps, taps), axis=(1, 2))
        return np.einsum("oikl,ihwkl->ohw", fill(channels, len(x), taps, taps), windows) + fill(channels, 1, 1)

    def stage(x, channels):
        return np.maximum(convolve(np.maximum(convolve(x, channels, 3), 0), channels, 3), 0)

    def pool(x):
        rows, columns = x.shape[1] // 2, x.shape[2] // 2
        return x[:, : 2 * rows, : 2 * columns].reshape(len(x), rows, 2, columns, 2).max(axis=(2, 4))

    def enlarge(x, channels):
        stamps = np.einsum("ihw,iokl->ohkwl", x, fill(len(x), channels, 2, 2))
        return stamps.reshape(channels, 2 * x.shape[1], 2 * x.shape[2]) + fill(channels, 1, 1)

    widths = [width * 2**level for level in range(depth)]
    for channels in widths:
        image = pool(stage(image, channels))
    image = stage(image, width * 2**depth)  # the bottleneck
    for channels in reversed(widths):
        image = stage(enlarge(image, channels), channels)
    return convolve(image, num_classes, 1)


@exercise.cases
def cases(rng):
    """Draw grey images at depth 1 and deeper, images of several channels with more classes, and sizes not legal."""
    yield "depth 1", *_case(rng, (1, 4, 6), 2, 2, 1)
    yield "deeper", *_case(rng, (1, 8, 4), 2, 2, 2)
    yield "channels", *_case(rng, (3, 4, 4), 4, 3, 1)
    yield "remainder", *_case(rng, (1, 5, 4), 2, 2, 1)
    yield "remainder", *_case(rng, (1, 6, 8), 2, 2, 2)  # a remainder at the second pooling only
    grey, width = (1, 2 * whole(rng, 2, 3), 2 * whole(rng, 2, 3)), whole(rng, 3, 4)  # from 3 on, a bias is negative
    colour, num_classes, depth = (whole(rng, 2, 4), 4, 8), whole(rng, 3, 5), whole(rng, 1, 2)
    odd = 1, 4 * whole(rng, 1, 2) + whole(rng, 1, 3), 8 + whole(rng, 1, 3)
    for _ in range(2):  # a shape never tells the answer
        yield "depth 1", *_case(rng, grey, 2, width, 1)
        yield "deeper", *_case(rng, (1, 8, 8), 2, 2, 3)
        yield "channels", *_case(rng, colour, num_classes, 2, depth)
        yield "remainder", *_case(rng, odd, 2, 2, 2)


def _case(rng, shape, num_classes, width, depth):
    image = rng.integers(0, 5, shape) / 2
    image[:, :2, :2] = [[0.0, 2.5], [1.0, 0.5]]  # a pooling window is never flat
    return (image,), dict(num_classes=num_classes, width=width, depth=depth)


def _fill(*shape):
    return 0.4 * np.cos(np.arange(np.prod(shape))).reshape(shape)


def _convolve(x, channels, taps=3, bias=1):
    wide = np.pad(x, ((0, 0), (taps // 2, taps // 2), (taps // 2, taps // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(wide, (taps, taps), axis=(1, 2))
    return np.einsum("oikl,ihwkl->ohw", _fill(channels, len(x), taps, taps), windows) + bias * _fill(channels, 1, 1)


def _stage(x, channels, convolutions=2, bias=1):
    for _ in range(convolutions):
        x = np.maximum(_convolve(x, channels, bias=bias), 0)
    return x


def _pool(x, combine=np.max):
    rows, columns = x.shape[1] // 2, x.shape[2] // 2
    return combine(x[:, : 2 * rows, : 2 * columns].reshape(len(x), rows, 2, columns, 2), axis=(2, 4))


def _enlarge(x, channels, bias=1):
    stamps = np.einsum("ihw,iokl->ohkwl", x, _fill(len(x), channels, 2, 2))
    return stamps.reshape(channels, 2 * x.shape[1], 2 * x.shape[2]) + bias * _fill(channels, 1, 1)


def _net(image, num_classes, widths, bottom, *, stage=_stage, pool=_pool, bottleneck=None, enlarge=_enlarge):
    """Build the network of other parts; `bottom` is the channels of the bottleneck."""
    for channels in widths:
        image = pool(stage(image, channels))
    image = (bottleneck or stage)(image, bottom)
    for channels in reversed(widths):
        image = stage(enlarge(image, channels), channels)
    return _convolve(image, num_classes, 1)


def _widths(width, depth):
    return [width * 2**level for level in range(depth)]


def _usual(image, num_classes, width, depth, **parts):
    return _net(image, num_classes, _widths(width, depth), width * 2**depth, **parts)


EVERY = {"depth 1", "deeper", "channels", "remainder"}


@exercise.misconception("channels never doubled", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """All your levels have width channels. They double at every halving, and the bottleneck has the most."""
    return _net(image, num_classes, [width] * depth, width)


@exercise.misconception("narrow bottleneck", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """Your bottleneck has as many channels as the last level above it. It is one halving further down, so it has twice
    as many.
    """
    widths = _widths(width, depth)
    return _net(image, num_classes, widths, widths[-1])


@exercise.misconception("no stage at the bottleneck", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """What the last pooling gives goes up again at once. The bottleneck is a stage of its own."""
    return _net(image, num_classes, _widths(width, depth), 0, bottleneck=lambda x, channels: x)


@exercise.misconception("one convolution a stage", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """Each of your stages has one convolution. It has two, with a ReLU after each."""
    return _usual(image, num_classes, width, depth, stage=lambda x, c: _stage(x, c, 1))


@exercise.misconception("no stages on the way up", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """On the way up you only enlarge. Every transposed convolution is followed by a stage."""
    for channels in _widths(width, depth):
        image = _pool(_stage(image, channels))
    image = _stage(image, width * 2**depth)
    for channels in reversed(_widths(width, depth)):
        image = _enlarge(image, channels)
    return _convolve(image, num_classes, 1)


@exercise.misconception("a level too many", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """You halve once too often. There are depth poolings; the bottleneck comes after the last and has none."""
    return _net(image, num_classes, _widths(width, depth + 1), width * 2 ** (depth + 1))


@exercise.misconception("mean pooling", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """Your pooling takes means. Here it keeps the largest of four."""
    return _usual(image, num_classes, width, depth, pool=lambda x: _pool(x, np.mean))


@exercise.misconception("no ReLU between two convolutions", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """Your stages have one ReLU, at their end. Without one between them, two convolutions are a single larger one."""
    return _usual(image, num_classes, width, depth, stage=lambda x, c: np.maximum(_convolve(_convolve(x, c), c), 0))


@exercise.misconception("scores through a ReLU", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """Your scores are never negative: a ReLU follows the last convolution. Scores may have either sign."""
    return np.maximum(_usual(image, num_classes, width, depth), 0)


@exercise.misconception("ReLU after enlarging", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """A ReLU follows your transposed convolutions, as in the chapter's small example. Here the stage behind them has
    the ReLUs.
    """
    return _usual(image, num_classes, width, depth, enlarge=lambda x, c: np.maximum(_enlarge(x, c), 0))


@exercise.misconception("nearest neighbour", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """You repeat pixels and let a 1 × 1 convolution halve the channels. A transposed convolution stamps a kernel of
    2 × 2.
    """
    repeated = {"enlarge": lambda x, c: _convolve(x.repeat(2, axis=1).repeat(2, axis=2), c, 1)}
    return _usual(image, num_classes, width, depth, **repeated)


@exercise.misconception("always two classes", loses={"channels"})
def _(image, *, num_classes, width, depth):
    """You return two scores for each pixel. There is one for each class."""
    return _usual(image, 2, width, depth)


@exercise.misconception("first channel only", loses={"channels"})
def _(image, *, num_classes, width, depth):
    """Your network reads the first channel of the image only. Its first convolution must read them all."""
    return _usual(image[:1], num_classes, width, depth)


@exercise.misconception("rounds up", loses={"remainder"})
def _(image, *, num_classes, width, depth):
    """Your pooling keeps an odd row or column. Without ceil_mode, a window that hangs over the end is dropped."""

    def pool(x):
        return _pool(np.pad(x, ((0, 0), *((0, size % 2) for size in x.shape[1:])), constant_values=-np.inf))

    return _usual(image, num_classes, width, depth, pool=pool)


@exercise.misconception("zeros put back", loses={"remainder"})
def _(image, *, num_classes, width, depth):
    """Your scores are as large as the image, with zeros at the end. Nothing puts the dropped pixels back."""
    scores = _usual(image, num_classes, width, depth)
    lost = [(0, size - kept) for size, kept in zip(image.shape[1:], scores.shape[1:], strict=True)]
    return np.pad(scores, ((0, 0), *lost))


@exercise.misconception("no biases", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """Your layers have no biases. Every convolution and every transposed convolution has one for each output
    channel.
    """
    parts = {"stage": lambda x, c: _stage(x, c, bias=0), "enlarge": lambda x, c: _enlarge(x, c, bias=0)}
    return _usual(image, num_classes, width, depth, **parts) - _fill(num_classes, 1, 1)


@exercise.misconception("no ReLU at the end of a stage", loses=EVERY)
def _(image, *, num_classes, width, depth):
    """Your stages have one ReLU, between their two convolutions. Another one follows the second convolution."""
    return _usual(image, num_classes, width, depth, stage=lambda x, c: _convolve(np.maximum(_convolve(x, c), 0), c))
