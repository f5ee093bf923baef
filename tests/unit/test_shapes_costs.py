"""Parameters and multiply–adds against torch's own counters."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from operators import counted
from torch import nn

from segbook.shapes import (
    conv_multiply_adds,
    conv_parameters,
    conv_transpose_multiply_adds,
    dense_multiply_adds,
    dense_parameters,
)


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(3, 6), st.integers(1, 2), st.booleans())
def test_costs_match_torchs_own_counters(c_in, c_out, kernel_size, size, stride, bias):
    conv = nn.Conv2d(c_in, c_out, kernel_size, stride, bias=bias)
    products, parameters = counted(conv, torch.zeros(1, c_in, size, size))
    output_size = (size - kernel_size) // stride + 1
    assert conv_multiply_adds(c_in, c_out, kernel_size, output_size=output_size) == products
    assert conv_parameters(c_in, c_out, kernel_size, bias=bias) == parameters

    up = nn.ConvTranspose2d(c_in, c_out, kernel_size, stride, bias=bias)
    products, parameters = counted(up, torch.zeros(1, c_in, size, size))
    assert conv_transpose_multiply_adds(c_in, c_out, kernel_size, input_size=size) == products
    assert conv_parameters(c_in, c_out, kernel_size, bias=bias) == parameters

    products, parameters = counted(nn.Linear(c_in, c_out, bias=bias), torch.zeros(1, c_in))
    assert dense_multiply_adds(c_in, c_out) == products
    assert dense_parameters(c_in, c_out, bias=bias) == parameters

    conv = nn.Conv1d(c_in, c_out, kernel_size, stride, bias=bias)
    products, parameters = counted(conv, torch.zeros(1, c_in, size))
    assert conv_multiply_adds(c_in, c_out, kernel_size, output_size=output_size, axes=1) == products
    assert conv_parameters(c_in, c_out, kernel_size, axes=1, bias=bias) == parameters
    assert conv_transpose_multiply_adds(c_in, c_out, kernel_size, input_size=size, axes=1) == counted(
        nn.ConvTranspose1d(c_in, c_out, kernel_size, stride), torch.zeros(1, c_in, size)
    )[0]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: conv_parameters(0, 1, 1), "in_channels must be a whole number of at least 1: got 0"),
        (lambda: conv_parameters(1, 0, 1), "out_channels must be a whole number of at least 1: got 0"),
        (lambda: conv_parameters(1, 1, 0), "kernel_size must be a whole number of at least 1: got 0"),
        (lambda: conv_parameters(1, 1, 1, axes=0), "axes must be a whole number of at least 1: got 0"),
        (lambda: dense_parameters(0, 1), "in_features must be a whole number of at least 1: got 0"),
        (lambda: dense_multiply_adds(1, 0), "out_features must be a whole number of at least 1: got 0"),
        (lambda: conv_multiply_adds(1, 1, 1, output_size=0), "output_size must be a whole number of at least 1: got 0"),
        (lambda: conv_transpose_multiply_adds(1, 1, 1, input_size=0), "input_size must be a whole number of at least 1: got 0"),
    ],
)  # fmt: skip
def test_bad_sizes_raise_and_show_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
