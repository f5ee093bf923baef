"""Sizes of one layer against torch, and the laws that tie them together."""

import re
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from segbook.shapes import (
    collapsing_input_sizes,
    conv_output_size,
    conv_transpose_output_size,
    pool_output_size,
    restoring_output_padding,
)

LAYERS = st.fixed_dictionaries(
    {"stride": st.integers(1, 6), "padding": st.integers(0, 5), "dilation": st.integers(1, 4)}
)


def test_the_notes_example_has_five_samples():
    assert conv_transpose_output_size(2, 3, stride=2) == 5


def test_the_notes_formula_without_dilation():
    for size, kernel_size, stride, padding in [(4, 3, 2, 1), (6, 5, 3, 2), (10, 4, 2, 1)]:
        expected = (size - 1) * stride - 2 * padding + kernel_size
        assert conv_transpose_output_size(size, kernel_size, stride=stride, padding=padding) == expected


def test_seventeen_comes_back_as_sixteen_and_output_padding_mends_it():
    layer = {"stride": 3, "padding": 2}
    assert conv_output_size(17, 5, **layer) == 6
    assert conv_transpose_output_size(6, 5, **layer) == 16
    assert list(collapsing_input_sizes(6, 5, **layer)) == [16, 17, 18]
    assert restoring_output_padding(17, 5, **layer) == 1


def test_a_stride_above_one_leaves_fewer_places():
    sizes = [conv_output_size(64, 3, stride=stride, padding=1) for stride in range(1, 8)]
    assert sizes == [64, 32, 22, 16, 13, 11, 10]
    size = 512
    for _ in range(5):
        size = conv_output_size(size, 2, stride=2)
    assert size == 16


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 40), st.integers(1, 7), LAYERS)
def test_conv_output_size_matches_torch(size, kernel_size, layer):
    signal, kernel = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel_size)
    try:
        expected = F.conv1d(signal, kernel, **layer).shape[-1]
    except RuntimeError:
        with pytest.raises(ValueError, match="kernel covers"):
            conv_output_size(size, kernel_size, **layer)
    else:
        assert conv_output_size(size, kernel_size, **layer) == expected


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 12), st.integers(1, 7), LAYERS, st.integers(0, 6))
def test_conv_transpose_output_size_matches_torch(size, kernel_size, layer, output_padding):
    signal, kernel = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel_size)
    try:
        expected = F.conv_transpose1d(signal, kernel, **layer, output_padding=output_padding).shape[-1]
    except RuntimeError:
        expected = 0
    if expected < 1:  # torch lets some empty outputs pass; we name the setting that empties them
        with pytest.raises(ValueError, match="padding"):
            conv_transpose_output_size(size, kernel_size, **layer, output_padding=output_padding)
    else:
        assert conv_transpose_output_size(size, kernel_size, **layer, output_padding=output_padding) == expected


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 7), LAYERS)
def test_collapsing_sizes_are_exactly_those_that_give_the_output_size(output_size, kernel_size, layer):
    group = collapsing_input_sizes(output_size, kernel_size, **layer)
    assert not group or group[0] >= 1
    # A larger input never gives a smaller output, so what lies farther off need not be asked.
    for size in range(max(1, group.start - 2), max(1, group.stop) + 3):
        try:
            fits = conv_output_size(size, kernel_size, **layer) == output_size
        except ValueError:
            fits = False
        assert (size in group) == fits


@settings(deadline=None)
@given(st.integers(1, 80), st.integers(1, 7), LAYERS)
def test_restoring_output_padding_restores(size, kernel_size, layer):
    try:
        output_size = conv_output_size(size, kernel_size, **layer)
    except ValueError:
        with pytest.raises(ValueError, match="kernel covers"):
            restoring_output_padding(size, kernel_size, **layer)
        return
    output_padding = restoring_output_padding(size, kernel_size, **layer)
    assert 0 <= output_padding < layer["stride"]
    assert conv_transpose_output_size(output_size, kernel_size, **layer, output_padding=output_padding) == size


@settings(deadline=None, max_examples=150)
@given(
    st.integers(1, 24), st.integers(1, 6), st.none() | st.integers(1, 6), st.integers(0, 4), st.integers(1, 3),
    st.booleans(),
)  # fmt: skip
def test_pool_output_size_matches_torch(size, kernel_size, stride, padding, dilation, ceil_mode):
    layer = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    axes = {name: (value, 1 if name in ("stride", "dilation") else 0) for name, value in layer.items() if name != "ceil_mode"}  # fmt: skip
    axes["stride"] = (kernel_size if stride is None else stride, 1)
    try:
        expected = F.max_pool2d(torch.zeros(1, 1, size, 1), (kernel_size, 1), **axes, ceil_mode=ceil_mode).shape[2]
    except RuntimeError:
        with pytest.raises(ValueError, match=r"at most half|covers"):
            pool_output_size(size, kernel_size, **layer)
    else:
        assert pool_output_size(size, kernel_size, **layer) == expected


def test_settings_left_out_are_torchs():
    x, weight = torch.zeros(1, 1, 10), torch.zeros(1, 1, 3)
    assert conv_output_size(10, 3) == F.conv1d(x, weight).shape[-1]
    assert conv_transpose_output_size(10, 3) == F.conv_transpose1d(x, weight).shape[-1]
    assert pool_output_size(10, 3) == F.max_pool1d(x, 3).shape[-1]
    assert list(collapsing_input_sizes(8, 3)) == [n for n in range(1, 20) if n >= 3 and F.conv1d(torch.zeros(1, 1, n), weight).shape[-1] == 8]  # fmt: skip
    assert restoring_output_padding(10, 3) == 0


def test_pool_output_size_agrees_with_torch_on_every_small_setting():
    tried = 0
    for size, kernel_size, stride, padding in product(range(1, 8), range(1, 5), range(1, 6), range(3)):
        if padding > kernel_size // 2:
            continue
        pool = nn.AvgPool1d(kernel_size, stride, padding, ceil_mode=True)
        try:
            expected = pool(torch.zeros(1, 1, size)).shape[-1]
        except RuntimeError:
            with pytest.raises(ValueError, match="not even one window"):
                pool_output_size(size, kernel_size, stride=stride, padding=padding, ceil_mode=True)
            continue
        assert pool_output_size(size, kernel_size, stride=stride, padding=padding, ceil_mode=True) == expected
        tried += 1
    assert tried > 200


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: conv_output_size(4, 5), "covers 5 samples .* has 4 .* at least 5"),
        (lambda: conv_output_size(4, 3, dilation=3, padding=1), "covers 7 samples .* has 6 .* at least 5"),
        (lambda: conv_output_size(0, 3), "input_size must be a whole number of at least 1: got 0"),
        (lambda: conv_output_size(8, 3, stride=0), "stride must be a whole number of at least 1: got 0"),
        (lambda: conv_output_size(8, 3, padding=-1), "padding must be a whole number of at least 0: got -1"),
        (lambda: conv_transpose_output_size(2, 3, stride=2, padding=3), "cover 5 samples .* crops 6 .* at most 2"),
        (
            lambda: conv_transpose_output_size(2, 3, stride=2, output_padding=2),
            "output_padding 2, stride 2, dilation 1",
        ),
        (
            lambda: conv_transpose_output_size(2, 3, output_padding=-1),
            "output_padding must be a whole number of at least 0: got -1",
        ),
        (lambda: collapsing_input_sizes(0, 3), "output_size must be a whole number of at least 1: got 0"),
        (lambda: pool_output_size(8, 3, padding=2), "got padding 2, kernel_size 3, so at most 1$"),
        (lambda: pool_output_size(8, 2, padding=2, dilation=2), "got padding 2, kernel_size 2, so at most 1"),
        (lambda: pool_output_size(2, 3), "covers 3 samples .* has 2"),
        (lambda: pool_output_size(2, 7, stride=2, ceil_mode=True), "covers 7 samples .* has 2 .* not even one"),
        (lambda: pool_output_size(2, 2, stride=0), "stride must be a whole number of at least 1: got 0"),
    ],
)  # fmt: skip
def test_bad_sizes_raise_and_show_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
