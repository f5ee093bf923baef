"""Convolution and transposed convolution, in the line and in the plane, against torch, autograd and each other."""

import re

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from operators import KERNELS, LAYERS, SIDES, SMALL, fits, randn, same_as_torch
from torch.nn import functional as F

from segbook.ops import (
    bilinear_kernel,
    conv1d,
    conv2d,
    conv_matrix,
    conv_transpose1d,
    conv_transpose2d,
)
from segbook.shapes import restoring_output_padding


def test_the_notes_example_in_numbers():
    x, weight = torch.tensor([[[1.0, 10.0]]]), torch.tensor([[[1.0, 2.0, 3.0]]])
    assert conv_transpose1d(x, weight, stride=2).tolist() == [[[1, 2, 13, 20, 30]]]


@settings(deadline=None)
@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 6), st.integers(1, 4), LAYERS,
    st.integers(0, 4),
)  # fmt: skip
def test_conv_transpose1d_matches_torch(batch, c_in, c_out, size, kernel_size, layer, output_padding):
    assume(output_padding < max(layer["stride"], layer["dilation"]))
    covered = (size - 1) * layer["stride"] + layer["dilation"] * (kernel_size - 1) + 1 + output_padding
    assume(covered > 2 * layer["padding"])
    generator = torch.Generator().manual_seed(size * 7 + kernel_size)
    x = torch.randn(batch, c_in, size, generator=generator, dtype=torch.float64)
    weight = torch.randn(c_in, c_out, kernel_size, generator=generator, dtype=torch.float64)
    expected = F.conv_transpose1d(x, weight, **layer, output_padding=output_padding)
    torch.testing.assert_close(conv_transpose1d(x, weight, **layer, output_padding=output_padding), expected)


def test_conv_transpose1d_has_the_gradient_of_torch():
    x = torch.randn(1, 2, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, w: conv_transpose1d(x, w, stride=2, padding=1), (x, weight))


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 24), LAYERS)
def test_convolution_and_transposed_convolution_are_adjoint(seed, kernel_size, size, layer):
    assume(fits(size, kernel_size, **layer))
    generator = torch.Generator().manual_seed(seed)
    u = torch.randn(1, 1, size, generator=generator, dtype=torch.float64)
    weight = torch.randn(1, 1, kernel_size, generator=generator, dtype=torch.float64)
    y = F.conv1d(u, weight, **layer)  # torch goes down, our stamps go up: neither knows the other
    v = torch.randn(y.shape, generator=generator, dtype=torch.float64)
    output_padding = restoring_output_padding(size, kernel_size, **layer)
    up = conv_transpose1d(v, weight, **layer, output_padding=output_padding)
    torch.testing.assert_close((y * v).sum(), (u * up).sum())
    W = conv_matrix(weight[0, 0].numpy(), size, **layer)
    np.testing.assert_allclose(W @ u[0, 0].numpy() @ v[0, 0].numpy(), (u * up).sum().item(), atol=1e-9)


def test_the_kernel_is_not_flipped():
    x, w = np.array([3.0, 1, 4, 1, 5, 9]), np.array([1.0, 2, 4])
    y = conv1d(torch.tensor(x)[None, None], torch.tensor(w)[None, None])[0, 0].tolist()
    assert y == np.correlate(x, w, "valid").tolist() == np.convolve(x, w[::-1], "valid").tolist()
    assert y != np.convolve(x, w, "valid").tolist()


@SMALL
@given(KERNELS, st.integers(1, 3), st.integers(1, 9), st.integers(1, 4), LAYERS)
def test_conv1d_matches_torch(batch_and_in, c_out, size, kernel_size, layer):
    batch, c_in = batch_and_in
    same_as_torch(conv1d, F.conv1d, randn(batch, c_in, size), randn(c_out, c_in, kernel_size, seed=1), **layer)


@SMALL
@given(KERNELS, st.integers(1, 3), SIDES, KERNELS, LAYERS)
def test_conv2d_matches_torch(batch_and_in, c_out, sides, kernel, layer):
    batch, c_in = batch_and_in
    same_as_torch(conv2d, F.conv2d, randn(batch, c_in, *sides), randn(c_out, c_in, *kernel, seed=1), **layer)


@SMALL
@given(KERNELS, st.integers(1, 3), st.tuples(st.integers(1, 4), st.integers(1, 4)), KERNELS, LAYERS, st.integers(0, 2))
def test_conv_transpose2d_matches_torch(batch_and_in, c_out, sides, kernel, layer, output_padding):
    batch, c_in = batch_and_in
    x, weight = randn(batch, c_in, *sides), randn(c_in, c_out, *kernel, seed=1)
    try:
        expected = F.conv_transpose2d(x, weight, **layer, output_padding=output_padding)
    except RuntimeError:
        expected = torch.empty(0)
    if expected.numel() == 0:  # torch lets some empty outputs pass
        with pytest.raises(ValueError, match="padding"):
            conv_transpose2d(x, weight, **layer, output_padding=output_padding)
    else:
        torch.testing.assert_close(conv_transpose2d(x, weight, **layer, output_padding=output_padding), expected)


def test_settings_left_out_are_torchs():
    signal, image, weight = randn(1, 2, 9), randn(1, 2, 7, 8), randn(2, 2, 3, 2, seed=1)
    torch.testing.assert_close(conv1d(signal, weight[..., 0]), F.conv1d(signal, weight[..., 0]))
    torch.testing.assert_close(conv_transpose1d(signal, weight[..., 0]), F.conv_transpose1d(signal, weight[..., 0]))
    torch.testing.assert_close(conv2d(image, weight), F.conv2d(image, weight))
    torch.testing.assert_close(conv_transpose2d(image, weight), F.conv_transpose2d(image, weight))


@pytest.mark.parametrize(
    ("operator", "x", "weight"),
    [(conv1d, (1, 2, 5), (2, 2, 3)), (conv2d, (1, 1, 4, 3), (2, 1, 2, 2)), (conv_transpose2d, (1, 2, 2, 2), (2, 1, 3, 2))],
)  # fmt: skip
def test_convolutions_have_the_gradients_of_torch(operator, x, weight):
    x, weight = randn(*x).requires_grad_(), randn(*weight, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, w: operator(x, w, stride=2, padding=1), (x, weight))


def test_conv_transpose2d_is_the_adjoint_of_conv2d():
    u, v, weight = randn(1, 2, 6, 7), randn(1, 3, 3, 3, seed=1), randn(3, 2, 2, 3, seed=2)
    forth = conv2d(u, weight, stride=2)
    back = conv_transpose2d(v, weight, stride=2)
    assert (forth * v).sum().item() == pytest.approx((u[..., :6, :7] * back[..., :6, :7]).sum().item())


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 8])
def test_bilinear_kernel_interpolates_as_torch_does_once_the_edge_is_repeated(factor):
    x = torch.rand(1, 1, 3, 4, generator=torch.Generator().manual_seed(0))
    wide = F.pad(x, (1, 1, 1, 1), mode="replicate")
    weight = bilinear_kernel(factor)[None, None]
    up = conv_transpose2d(wide, weight, stride=factor, padding=factor // 2)
    inside = up[..., factor:-factor, factor:-factor]
    expected = F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
    torch.testing.assert_close(inside, expected)


@pytest.mark.parametrize("factor", [1, 2, 3, 32])
def test_bilinear_kernel_keeps_a_constant_image_and_is_fcns(factor):
    kernel = bilinear_kernel(factor)
    k = 2 * factor - factor % 2
    assert kernel.shape == (k, k)
    assert kernel.dtype == torch.float32
    assert kernel.sum().item() == pytest.approx(factor**2)
    og, fcn_factor = np.ogrid[:k, :k], (k + 1) // 2  # surgery.py of FCN, as published
    center = fcn_factor - 1 if k % 2 == 1 else fcn_factor - 0.5
    fcn = (1 - abs(og[0] - center) / fcn_factor) * (1 - abs(og[1] - center) / fcn_factor)
    np.testing.assert_allclose(kernel.numpy(), fcn, rtol=1e-6)


ONE = torch.ones(1, 1, 2, 2)


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: conv_transpose1d(torch.ones(1, 1, 2), torch.ones(1, 1, 3), padding=2), "cover 4 samples .* crops 4"),
        (lambda: conv1d(torch.ones(1, 1, 2), torch.ones(1, 1, 3)), "covers 3 samples .* has 2"),
        (lambda: conv2d(ONE, torch.ones(1, 1, 1, 3)), "covers 3 samples .* has 2"),
        (lambda: conv_transpose2d(ONE, ONE, padding=2), "cover 3 samples .* crops 4"),
        (lambda: conv_transpose2d(ONE, ONE, output_padding=1), "output_padding 1, stride 1"),
        (lambda: bilinear_kernel(0), "factor must be a whole number of at least 1: got 0"),
    ],
)  # fmt: skip
def test_bad_input_raises_and_shows_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
