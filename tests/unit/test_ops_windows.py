"""Pooling against torch, patches against NumPy's own mirror."""

import re
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from operators import SIDES, SMALL, randn, same_as_torch
from torch.nn import functional as F

from segbook.ops import (
    all_patches,
    avg_pool2d,
    conv2d,
    max_pool2d,
    patch_at,
)


@SMALL
@given(SIDES, st.integers(1, 4), st.none() | st.integers(1, 4), st.integers(0, 2), st.integers(1, 2), st.booleans())
def test_max_pool2d_matches_torch(sides, kernel_size, stride, padding, dilation, ceil_mode):
    layer = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    same_as_torch(max_pool2d, F.max_pool2d, randn(2, 2, *sides) - 5, kernel_size, **layer)


@SMALL
@given(SIDES, st.integers(1, 4), st.none() | st.integers(1, 4), st.integers(0, 2), st.booleans())
def test_avg_pool2d_matches_torch(sides, kernel_size, stride, padding, ceil_mode):
    layer = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    same_as_torch(avg_pool2d, F.avg_pool2d, randn(2, 2, *sides), kernel_size, **layer)


@pytest.mark.parametrize(("ours", "torchs"), [(max_pool2d, F.max_pool2d), (avg_pool2d, F.avg_pool2d)])
def test_settings_left_out_are_torchs(ours, torchs):
    image = randn(1, 2, 7, 8)
    torch.testing.assert_close(ours(image, 3), torchs(image, 3))


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
def test_pooling_has_the_gradient_of_torch(pool):
    x = randn(1, 1, 4, 5).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: pool(x, 3, stride=2, padding=1, ceil_mode=True), (x,))


@SMALL
@given(st.integers(1, 2), SIDES, st.sampled_from([1, 3, 5, 9]))
def test_patches_are_cut_from_numpys_mirrored_image(channels, sides, patch_size):
    image, reach = randn(channels, *sides), patch_size // 2
    mirrored = np.pad(image.numpy(), ((0, 0), (reach, reach), (reach, reach)), mode="reflect")
    patches = all_patches(image, patch_size=patch_size)
    assert patches.shape == (sides[0] * sides[1], channels, patch_size, patch_size)
    for n, (row, column) in enumerate(product(*map(range, sides))):
        expected = mirrored[:, row : row + patch_size, column : column + patch_size]
        np.testing.assert_array_equal(patches[n].numpy(), expected)
        np.testing.assert_array_equal(patch_at(image, row, column, patch_size=patch_size).numpy(), expected)


def test_a_dense_layer_on_patches_is_a_convolution_of_the_mirrored_image():
    image, weight = randn(2, 5, 6), randn(3, 2, 3, 3, seed=1)
    scores = all_patches(image, patch_size=3).flatten(1) @ weight.flatten(1).T
    mirrored = F.pad(image[None], (1, 1, 1, 1), mode="reflect")
    torch.testing.assert_close(scores.T.reshape(1, 3, 5, 6), conv2d(mirrored, weight))


ONE = torch.ones(1, 1, 2, 2)


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: max_pool2d(ONE, 3), "covers 3 samples .* has 2"),
        (lambda: avg_pool2d(ONE, 2, padding=2), "got padding 2, kernel_size 2, so at most 1"),
        (lambda: patch_at(ONE[0], 0, 0, patch_size=4), "patch_size must be odd.* got 4"),
        (lambda: patch_at(ONE[0], 0, 0, patch_size=-1), "patch_size must be a whole number of at least 1: got -1"),
        (lambda: all_patches(ONE[0], patch_size=2), "patch_size must be odd.* got 2"),
        (lambda: patch_at(ONE[0], 2, 0, patch_size=3), r"pixel \(2, 0\) is outside the image of 2 × 2"),
        (lambda: patch_at(ONE[0], 0, 2, patch_size=3), r"pixel \(0, 2\) is outside the image of 2 × 2"),
        (lambda: patch_at(ONE[0], -1, 0, patch_size=3), r"pixel \(-1, 0\) is outside the image of 2 × 2"),
        (lambda: patch_at(ONE[0], 0, -1, patch_size=3), r"pixel \(0, -1\) is outside the image of 2 × 2"),
    ],
)  # fmt: skip
def test_bad_input_raises_and_shows_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
