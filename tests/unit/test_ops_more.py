"""The readable operators against torch, autograd and NumPy's own mirror."""

import re
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from segbook.ops import (
    all_patches,
    avg_pool2d,
    bilinear_kernel,
    conv1d,
    conv2d,
    conv_matrix,
    conv_transpose1d,
    conv_transpose2d,
    log_softmax,
    log_sum_exp,
    max_pool2d,
    patch_at,
    pixel_cross_entropy,
    softmax,
)

SMALL = settings(deadline=None, max_examples=40)
LAYERS = st.fixed_dictionaries(
    {"stride": st.integers(1, 3), "padding": st.integers(0, 4), "dilation": st.integers(1, 3)}
)
SIDES = st.tuples(st.integers(1, 6), st.integers(1, 6))
KERNELS = st.tuples(st.integers(1, 3), st.integers(1, 3))


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def same_as_torch(ours, torchs, *tensors, **layer):
    try:
        expected = torchs(*tensors, **layer)
    except RuntimeError:
        with pytest.raises(ValueError, match=r"\d"):
            ours(*tensors, **layer)
    else:
        torch.testing.assert_close(ours(*tensors, **layer), expected)


# --- convolution


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
    torch.testing.assert_close(max_pool2d(image, 3), F.max_pool2d(image, 3))
    torch.testing.assert_close(avg_pool2d(image, 3), F.avg_pool2d(image, 3))


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


# --- bilinear upsampling


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


# --- windows


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


# --- classification


@SMALL
@given(
    st.integers(1, 3), st.integers(1, 4), st.lists(st.integers(1, 3), max_size=3), st.sampled_from([1.0, 300.0, 1e4])
)
def test_softmax_and_its_logarithm_match_torch(batch, num_classes, pixels, scale):
    logits = randn(batch, num_classes, *pixels) * scale
    torch.testing.assert_close(softmax(logits), logits.softmax(1))
    torch.testing.assert_close(log_softmax(logits), logits.log_softmax(1))
    torch.testing.assert_close(log_sum_exp(logits), logits.logsumexp(1))


def test_logits_of_ten_thousand_are_right_to_float32s_precision():
    logits = torch.tensor([[1e4, -1e4], [-1e4, -1e4], [1e4, 9999.0]])
    torch.testing.assert_close(log_sum_exp(logits), logits.double().logsumexp(1).float())
    torch.testing.assert_close(log_softmax(logits), logits.double().log_softmax(1).float())
    torch.testing.assert_close(softmax(logits), logits.double().softmax(1).float())


def test_log_softmax_has_the_gradient_of_torch():
    assert torch.autograd.gradcheck(log_softmax, (randn(2, 3, 2).requires_grad_(),))
    assert torch.autograd.gradcheck(softmax, (randn(2, 3, 2).requires_grad_(),))


@SMALL
@given(st.data(), st.integers(1, 2), st.integers(1, 4), SIDES, st.sampled_from([-100, 255, 0]), st.booleans())
def test_pixel_cross_entropy_matches_torch(data, batch, num_classes, sides, ignore_index, weighted):
    choices = st.sampled_from([ignore_index, *range(num_classes)])
    labels = [data.draw(choices) for _ in range(batch * sides[0] * sides[1])]
    labels = torch.tensor(labels).reshape(batch, *sides)
    logits = randn(batch, num_classes, *sides)
    weight_map = randn(batch, *sides, seed=1).abs() if weighted else None
    expected = F.cross_entropy(logits, labels, reduction="none", ignore_index=ignore_index)
    expected = (expected * (weight_map if weighted else 1)).sum()
    torch.testing.assert_close(pixel_cross_entropy(logits, labels, weight_map, ignore_index=ignore_index), expected)


def test_the_gradient_of_the_summed_cross_entropy_is_p_minus_y():
    logits, labels = randn(1, 3, 2, 2).requires_grad_(), torch.tensor([[[0, 2], [1, -100]]])
    pixel_cross_entropy(logits, labels).backward()
    one_hot = F.one_hot(labels.clamp(min=0), 3).movedim(-1, 1)
    expected = (softmax(logits.detach()) - one_hot) * (labels >= 0)
    torch.testing.assert_close(logits.grad, expected)


ONE = torch.ones(1, 1, 2, 2)


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: conv1d(torch.ones(1, 1, 2), torch.ones(1, 1, 3)), "covers 3 samples .* has 2"),
        (lambda: conv2d(ONE, torch.ones(1, 1, 1, 3)), "covers 3 samples .* has 2"),
        (lambda: conv_transpose2d(ONE, ONE, padding=2), "cover 3 samples .* crops 4"),
        (lambda: conv_transpose2d(ONE, ONE, output_padding=1), "output_padding 1, stride 1"),
        (lambda: bilinear_kernel(0), "factor must be a whole number of at least 1: got 0"),
        (lambda: max_pool2d(ONE, 3), "covers 3 samples .* has 2"),
        (lambda: avg_pool2d(ONE, 2, padding=2), "got padding 2, kernel_size 2, so at most 1"),
        (lambda: patch_at(ONE[0], 0, 0, patch_size=4), "patch_size must be odd.* got 4"),
        (lambda: patch_at(ONE[0], 0, 0, patch_size=-1), "patch_size must be a whole number of at least 1: got -1"),
        (lambda: all_patches(ONE[0], patch_size=2), "patch_size must be odd.* got 2"),
        (lambda: patch_at(ONE[0], 2, 0, patch_size=3), r"pixel \(2, 0\) is outside the image of 2 × 2"),
        (lambda: patch_at(ONE[0], 0, 2, patch_size=3), r"pixel \(0, 2\) is outside the image of 2 × 2"),
        (lambda: patch_at(ONE[0], -1, 0, patch_size=3), r"pixel \(-1, 0\) is outside the image of 2 × 2"),
        (lambda: patch_at(ONE[0], 0, -1, patch_size=3), r"pixel \(0, -1\) is outside the image of 2 × 2"),
        (
            lambda: pixel_cross_entropy(ONE, torch.tensor([[[0, 0], [1, 0]]])),
            r"labels hold 1 at \[0, 1, 0\], which is none of 1 classes",
        ),
        (lambda: pixel_cross_entropy(ONE, torch.full((1, 2, 2), -1)), r"labels hold -1 at \[0, 0, 0\], .* 1 classes"),
    ],
)
def test_bad_input_raises_and_shows_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()


def test_the_matrix_of_a_kernel_without_channels_is_torchs_convolution():
    image, kernel = randn(5, 6), randn(2, 3, seed=1)
    expected = F.conv2d(image[None, None], kernel[None, None], stride=2, padding=1).flatten()
    matrix = conv_matrix(kernel.numpy(), (5, 6), stride=2, padding=1)
    np.testing.assert_allclose(matrix @ image.flatten().numpy(), expected.numpy())
