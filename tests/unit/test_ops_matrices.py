"""Convolution as a matrix against loops, torch and autograd."""

import re
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from operators import LAYERS, fits, randn
from sampling import sampled
from torch.nn import functional as F

from segbook.ops import (
    conv_matrix,
    patch_matrix,
)
from segbook.shapes import conv_output_size, conv_transpose_output_size

VALUES = st.floats(-8, 8, width=32)


def conv_matrix_by_loops(weight, size, *, stride, padding, dilation):
    rows = []
    for n in range(conv_output_size(size, len(weight), stride=stride, padding=padding, dilation=dilation)):
        row = [0.0] * size
        for j, tap in enumerate(weight):
            if 0 <= n * stride + j * dilation - padding < size:
                row[n * stride + j * dilation - padding] += tap
        rows.append(row)
    return np.array(rows)


@settings(deadline=None)
@given(hnp.arrays(np.float64, st.integers(1, 5), elements=VALUES), st.integers(1, 20), LAYERS)
def test_conv_matrix_matches_a_loop(weight, size, layer):
    assume(fits(size, len(weight), **layer))
    np.testing.assert_array_equal(
        conv_matrix(weight, size, **layer).toarray(), conv_matrix_by_loops(weight, size, **layer)
    )


@settings(deadline=None)
@given(st.data(), st.integers(1, 4), LAYERS)
def test_w_convolves_and_its_transpose_is_autograds_gradient(data, kernel_size, layer):
    height, width = data.draw(st.tuples(st.integers(1, 8), st.integers(1, 8)))
    k_w = data.draw(st.integers(1, 3))
    assume(fits(height, kernel_size, **layer) and fits(width, k_w, **layer))
    generator = torch.Generator().manual_seed(height * 10 + width)
    weight = torch.randn(3, 2, kernel_size, k_w, generator=generator, dtype=torch.float64)
    u = torch.randn(1, 2, height, width, generator=generator, dtype=torch.float64, requires_grad=True)
    y = F.conv2d(u, weight, **layer)
    v = torch.randn(y.shape, generator=generator, dtype=torch.float64)
    y.backward(v)
    W = conv_matrix(weight.numpy(), (height, width), **layer)
    np.testing.assert_allclose(W @ u.detach().numpy().ravel(), y.detach().numpy().ravel(), atol=1e-12)
    np.testing.assert_allclose(W.T @ v.numpy().ravel(), u.grad.numpy().ravel(), atol=1e-12)


@sampled("grid", product(range(1, 6), range(1, 5), range(1, 5), range(3), (1, 2, 3)), 200)
def test_transposed_matrix_equals_torch_for_every_output_padding_below_the_stride(grid):
    rng, tried = np.random.default_rng(0), 0
    for size, kernel_size, stride, padding, dilation in grid:
        weight, v = rng.normal(size=kernel_size), rng.normal(size=size)
        for output_padding in range(stride):
            layer = {"stride": stride, "padding": padding, "dilation": dilation}
            try:
                up = conv_transpose_output_size(size, kernel_size, **layer, output_padding=output_padding)
            except ValueError:
                continue
            expected = F.conv_transpose1d(
                torch.tensor(v)[None, None], torch.tensor(weight)[None, None], **layer, output_padding=output_padding
            )
            np.testing.assert_allclose(conv_matrix(weight, up, **layer).T @ v, expected[0, 0].numpy(), atol=1e-12)
            tried += 1
    assert tried > 2 * len(grid)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 3), st.integers(1, 3), st.tuples(st.integers(1, 4), st.integers(1, 4)), LAYERS, st.integers(0, 4))
def test_the_matrix_with_channels_in_the_plane_equals_torchs_transposed_convolution(c_in, c_out, size, layer, extra):
    generator = torch.Generator().manual_seed(c_in * 9 + c_out)
    output_padding = extra % layer["stride"]
    weight = torch.randn(c_in, c_out, 3, 2, generator=generator, dtype=torch.float64)
    v = torch.randn(1, c_in, *size, generator=generator, dtype=torch.float64)
    try:
        up = [
            conv_transpose_output_size(n, k, **layer, output_padding=output_padding)
            for n, k in zip(size, (3, 2), strict=True)
        ]
    except ValueError:
        assume(False)
    expected = F.conv_transpose2d(v, weight, **layer, output_padding=output_padding)
    W = conv_matrix(weight.numpy(), up, **layer)
    np.testing.assert_allclose(W.T @ v.numpy().ravel(), expected.numpy().ravel(), atol=1e-12)


def test_the_matrix_of_a_signal_with_channels():
    weight, u = torch.randn(3, 2, 4, dtype=torch.float64), torch.randn(1, 2, 11, dtype=torch.float64)
    W = conv_matrix(weight.numpy(), 11, stride=2, padding=1)
    np.testing.assert_allclose(W @ u.numpy().ravel(), F.conv1d(u, weight, stride=2, padding=1).numpy().ravel())


def test_from_the_stride_on_output_padding_leaves_the_matrix_more_rows_than_the_input_has_samples():
    for stride, dilation in ((1, 2), (1, 3), (2, 3), (2, 4)):
        for output_padding in range(stride, dilation):
            up = conv_transpose_output_size(4, 3, stride=stride, dilation=dilation, output_padding=output_padding)
            W = conv_matrix(np.ones(3), up, stride=stride, dilation=dilation)
            assert W.shape[0] > 4


@settings(deadline=None)
@given(st.data(), hnp.arrays(np.float64, st.integers(1, 20), elements=VALUES), st.integers(1, 5), LAYERS)
def test_both_factorisations_give_one_convolution(data, u, kernel_size, layer):
    assume(fits(len(u), kernel_size, **layer))
    weight = data.draw(hnp.arrays(np.float64, kernel_size, elements=VALUES))
    U, W = patch_matrix(u, kernel_size, **layer), conv_matrix(weight, len(u), **layer)
    np.testing.assert_allclose(U @ weight, W @ u, atol=1e-9)


def test_the_patch_matrix_transposed_is_the_kernels_gradient():
    u = torch.randn(11, dtype=torch.float64)
    weight = torch.randn(1, 1, 3, dtype=torch.float64, requires_grad=True)
    y = F.conv1d(u[None, None], weight, stride=2, padding=1, dilation=2)
    g = torch.randn_like(y)
    y.backward(g)
    U = patch_matrix(u.numpy(), 3, stride=2, padding=1, dilation=2)
    np.testing.assert_allclose(U.T @ g[0, 0].numpy(), weight.grad[0, 0].numpy())


def test_conv_matrix_keeps_the_kernels_dtype_and_stays_sparse():
    for dtype in (np.float32, np.float64, np.int64):
        W = conv_matrix(np.ones(3, dtype=dtype), 1000)
        assert W.dtype == dtype
        assert W.nnz == 3 * 998


def test_the_matrix_of_a_kernel_without_channels_is_torchs_convolution():
    image, kernel = randn(5, 6), randn(2, 3, seed=1)
    expected = F.conv2d(image[None, None], kernel[None, None], stride=2, padding=1).flatten()
    matrix = conv_matrix(kernel.numpy(), (5, 6), stride=2, padding=1)
    np.testing.assert_allclose(matrix @ image.flatten().numpy(), expected.numpy())


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: conv_matrix(np.ones(5), 4), "covers 5 samples .* has 4"),
        (lambda: conv_matrix(np.ones((3, 3)), (8, 8, 8)), r"\(3, 3\) has 2 axes, input_size \(8, 8, 8\) has 3"),
        (lambda: conv_matrix(np.array(1.0), 4), r"got shape \(\)"),
        (lambda: conv_matrix(np.ones((1, 1, 1, 1, 1)), 4), r"got shape \(1, 1, 1, 1, 1\)"),
        (lambda: patch_matrix(np.ones(2), 3), "covers 3 samples .* has 2"),
    ],
)  # fmt: skip
def test_bad_input_raises_and_shows_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
