"""What a stack sees, against torch's autograd."""

import re

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from segbook.shapes import (
    Layer,
    ReceptiveField,
    input_window,
    receptive_field,
    stack_output_size,
)

CONVS = st.builds(
    Layer,
    st.integers(1, 4),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
    transposed=st.just(False),
)


@settings(deadline=None)
@given(st.lists(CONVS, max_size=5), st.integers(0, 6))
def test_the_formula_of_the_receptive_field_is_the_walk_back_from_any_output(layers, n):
    size, jump, offset = receptive_field(layers)
    assert input_window(layers, n) == range(offset + n * jump, offset + n * jump + size)


def test_an_empty_stack_reads_the_sample_itself():
    assert receptive_field([]) == ReceptiveField(1, 1, 0)
    assert input_window([], 4) == range(4, 5)
    assert stack_output_size([], 7) == 7


def test_alexnets_last_pooling_sees_195_pixels_every_32():
    alexnet = [Layer(11, 4, 2), Layer(3, 2), Layer(5, 1, 2), Layer(3, 2), *[Layer(3, 1, 1)] * 3, Layer(3, 2)]
    assert receptive_field(alexnet) == ReceptiveField(size=195, jump=32, offset=-(2 + 2 * 8 + 3 * 16))
    assert stack_output_size(alexnet, 227) == 6


def run_by_torch(layers, signal):
    for kernel_size, stride, padding, dilation, transposed in layers:
        conv = F.conv_transpose1d if transposed else F.conv1d
        weight = torch.ones(1, 1, kernel_size, dtype=signal.dtype)
        signal = conv(signal, weight, stride=stride, padding=padding, dilation=dilation)
    return signal


@settings(deadline=None, max_examples=60)
@given(st.data(), st.lists(st.one_of(CONVS, CONVS.map(lambda layer: layer._replace(transposed=True))), max_size=4))
def test_the_input_window_is_where_torchs_gradient_is_not_zero(data, layers):
    layers = [layer._replace(padding=0) for layer in layers]
    signal = torch.ones(1, 1, 80, dtype=torch.float64, requires_grad=True)
    try:
        output = run_by_torch(layers, signal)
    except RuntimeError:
        assume(False)
    assert stack_output_size(layers, 80) == output.shape[-1]
    n = data.draw(st.integers(0, min(output.shape[-1] - 1, 30)))
    (gradient,) = torch.autograd.grad(output[0, 0, n], signal)
    read = gradient[0, 0].nonzero().ravel().tolist()
    window = input_window(layers, n)
    inside = [place for place in read if place in window]
    assert inside == read
    assume(window and window[0] >= 0 and window[-1] < 80)
    assert [read[0], read[-1]] == [window[0], window[-1]]


def test_padding_moves_the_window_to_the_left_of_the_signal_and_a_crop_to_the_right():
    assert input_window([Layer(3, padding=1)], 0) == range(-1, 2)
    assert input_window([Layer(3, stride=2, padding=2, transposed=True)], 0) == range(2)


def test_an_output_between_the_stamps_reads_nothing():
    assert input_window([Layer(1, stride=2, transposed=True)], 1) == range(0)


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: receptive_field([Layer(3), Layer(2, transposed=True)]), "layer 1 of 2 is transposed"),
        (lambda: receptive_field([Layer(3, stride=0)]), "stride of layer 0 must be a whole number of at least 1: got 0"),
        (lambda: input_window([Layer(3), Layer(0)], 0), "kernel_size of layer 1 must be a whole number of at least 1: got 0"),
        (lambda: input_window([Layer(3, padding=-1)], 0), "padding of layer 0 must be a whole number of at least 0: got -1"),
        (lambda: input_window([Layer(3, dilation=0)], 0), "dilation of layer 0 must be a whole number of at least 1: got 0"),
        (lambda: stack_output_size([Layer(3), Layer(3)], 4), "covers 3 samples .* has 2"),
    ],
)  # fmt: skip
def test_bad_sizes_raise_and_show_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
