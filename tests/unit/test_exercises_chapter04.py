"""Chapter 4: references against torch, and mistakes written as learners would."""

import numpy as np
import pytest
import torch
from answers.chapter04 import stitch_by_pixel, window_by_recursion
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
