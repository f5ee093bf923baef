"""Softmax, its logarithm and cross entropy against torch and autograd."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from operators import SIDES, SMALL, randn
from torch.nn import functional as F

from segbook.ops import (
    log_softmax,
    log_sum_exp,
    pixel_cross_entropy,
    softmax,
)


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
        (
            lambda: pixel_cross_entropy(ONE, torch.tensor([[[0, 0], [1, 0]]])),
            r"labels hold 1 at \[0, 1, 0\], which is none of 1 classes",
        ),
        (lambda: pixel_cross_entropy(ONE, torch.full((1, 2, 2), -1)), r"labels hold -1 at \[0, 0, 0\], .* 1 classes"),
    ],
)  # fmt: skip
def test_bad_input_raises_and_shows_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
