"""Chapter 4: references against torch, and right answers that other people would write."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from segbook.exercises import get, judge

SEEDS = range(10)


def cases(id):
    return [case for seed in SEEDS for case in get(id).draw(seed)]


def test_the_kernels_make_torchs_convolution_equal_to_its_dense_layer():
    rng = np.random.default_rng(0)
    for case in cases("4.1"):
        (weight,) = case.args
        channels, height, width = (case.options[name] for name in ("in_channels", "height", "width"))
        features = torch.from_numpy(rng.normal(size=(5, channels, height, width)))
        kernels = torch.from_numpy(get("4.1").reference(weight, **case.options))
        as_convolution = F.conv2d(features, kernels)[:, :, 0, 0]
        np.testing.assert_allclose(as_convolution, F.linear(features.flatten(1), torch.from_numpy(weight)), atol=1e-9)


def test_the_pointwise_reference_matches_torch():
    for case in cases("4.2"):
        features, weight, bias = map(torch.from_numpy, case.args)
        expected = F.conv2d(features[None], weight[:, :, None, None], bias)[0]
        np.testing.assert_allclose(get("4.2").reference(*case.args), expected, atol=1e-9)


def test_the_window_reference_is_what_autograd_finds():
    for case in cases("4.3"):
        kernels, strides, paddings = (array.tolist() for array in case.args)
        index, inside = case.options["index"], 400
        # Inner padding must not cut the window off: so the signal is long, and the score lies far inside it.
        total = int(np.prod(strides))
        far = inside // total
        x = torch.zeros(1, 1, 2 * inside + 200, requires_grad=True)
        y = x
        for kernel, stride, padding in zip(kernels, strides, paddings, strict=True):
            y = F.conv1d(y, torch.ones(1, 1, kernel), stride=stride, padding=padding)
        (gradient,) = torch.autograd.grad(y[0, 0, index + far], x)
        reads = gradient[0, 0].nonzero().flatten()
        first, last = get("4.3").reference(*case.args, **case.options).tolist()
        covered = range(first + far * total, last + far * total + 1)
        assert set(reads.tolist()) <= set(covered)
        assert (reads[0], reads[-1]) == (covered[0], covered[-1])


def test_the_stitching_reference_is_pixel_shuffle():
    for case in cases("4.4"):
        (maps,) = case.args
        stride = len(maps)
        shuffled = F.pixel_shuffle(torch.from_numpy(maps).flatten(0, 1)[None], stride)[0, 0]
        cropped = shuffled[: case.options["height"], : case.options["width"]]
        np.testing.assert_array_equal(get("4.4").reference(maps, **case.options), cropped)


# Right answers by other ways


def kernels_by_loop(weight, *, in_channels, height, width):
    kernels = np.empty((len(weight), in_channels, height, width), np.float32)
    for place, column in enumerate(weight.T):
        rest, x = divmod(place, width)
        channel, y = divmod(rest, height)
        kernels[:, channel, y, x] = column
    return kernels


def pointwise_by_einsum(features, weight, bias):
    return np.einsum("kd,dhw->khw", weight, features) + bias[:, None, None]


def pointwise_by_pixel(features, weight, bias):
    scores = np.empty((len(weight), *features.shape[1:]))
    for y, x in np.ndindex(features.shape[1:]):
        scores[:, y, x] = weight @ features[:, y, x] + bias
    return scores


def window_by_recursion(kernel_sizes, strides, paddings, *, index):
    field, jump, start = 1, 1, 0
    for kernel, stride, padding in zip(kernel_sizes, strides, paddings, strict=True):
        field, start, jump = field + (kernel - 1) * jump, start - padding * jump, jump * stride
    return np.array([start + index * jump, start + index * jump + field - 1])


def window_by_sets(kernel_sizes, strides, paddings, *, index):
    reads = {index}
    for kernel, stride, padding in reversed(list(zip(kernel_sizes, strides, paddings, strict=True))):
        reads = {int(n * stride + tap - padding) for n in reads for tap in range(kernel)}
    return np.array([min(reads), max(reads)], float)


def stitch_by_transpose(maps, *, height, width):
    stride, _, rows, columns = maps.shape
    return maps.transpose(2, 0, 3, 1).reshape(stride * rows, stride * columns)[:height, :width]


def stitch_by_pixel(maps, *, height, width):
    stride = len(maps)
    return np.array(
        [[maps[y % stride, x % stride, y // stride, x // stride] for x in range(width)] for y in range(height)]
    )


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("4.1", kernels_by_loop),
        ("4.2", pointwise_by_einsum),
        ("4.2", pointwise_by_pixel),
        ("4.3", window_by_recursion),
        ("4.3", window_by_sets),
        ("4.4", stitch_by_transpose),
        ("4.4", stitch_by_pixel),
    ],
)
def test_another_right_way_earns_full_marks(id, answer):
    for seed in SEEDS:
        verdict = judge(get(id), answer, seed)
        assert verdict.earned == verdict.possible, [result.failure for result in verdict.results]


# Mistakes written as a learner would, not as the declaration does


def kernels_in_matlab_order(weight, *, in_channels, height, width):
    kernels = [np.stack(np.split(row, in_channels)) for row in weight]
    return np.stack([[channel.reshape((height, width), order="F") for channel in kernel] for kernel in kernels])


def stitch_blocks(maps, *, height, width):
    return np.concatenate([np.concatenate(list(row), axis=1) for row in maps])[:height, :width]


@pytest.mark.parametrize(
    ("id", "answer", "name"),
    [
        ("4.1", kernels_in_matlab_order, "column after column"),
        ("4.2", lambda features, weight, bias: np.tensordot(weight, features, axes=1), "bias lost"),
        ("4.3", lambda k, s, p, *, index: window_by_recursion(k, s, 0 * p, index=index), "padding ignored"),
        ("4.4", stitch_blocks, "side by side"),
        ("4.4", lambda maps, *, height, width: stitch_by_pixel(maps.transpose(1, 0, 2, 3), height=height, width=width), "down and right swapped"),
    ],
)  # fmt: skip
def test_a_mistake_is_recognised_however_it_is_written(id, answer, name):
    assert judge(get(id), answer, seed=3).misconception.name == name
