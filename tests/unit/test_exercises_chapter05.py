"""Chapter 5: references against torch, and mistakes written as learners would."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from segbook.exercises import get, judge

SEEDS = range(10)


def cases(id):
    return [case for seed in SEEDS for case in get(id).draw(seed)]


def test_the_size_reference_matches_torch():
    for case in cases("5.1"):
        input_size, kernel_size = case.args
        y = F.conv1d(torch.zeros(1, 1, input_size), torch.zeros(1, 1, kernel_size), **case.options)
        assert get("5.1").reference(*case.args, **case.options) == y.shape[-1]


def test_the_convolution_reference_matches_torch():
    for case in cases("5.2"):
        x, weight = (torch.from_numpy(values)[None, None] for values in case.args)
        expected = F.conv1d(x, weight, **case.options)[0, 0]
        np.testing.assert_allclose(get("5.2").reference(*case.args, **case.options), expected, atol=1e-12)


def test_the_unread_reference_is_where_autograd_finds_no_gradient():
    for case in cases("5.3"):
        input_size, kernel_size = case.args
        signal = torch.zeros(1, 1, input_size, requires_grad=True)
        F.conv1d(signal, torch.ones(1, 1, kernel_size), **case.options).sum().backward()
        np.testing.assert_array_equal(
            get("5.3").reference(*case.args, **case.options), (signal.grad[0, 0] == 0).numpy()
        )


def test_the_field_reference_is_what_autograd_reaches():
    for case in cases("5.4"):
        expected = get("5.4").reference(*case.args)
        signal = torch.zeros(1, 1, expected + 7, requires_grad=True)
        y = signal.double()
        for kernel_size, stride, dilation in zip(*(settings.tolist() for settings in case.args), strict=True):
            weight = torch.ones(1, 1, kernel_size, dtype=torch.float64)
            y = F.conv1d(y, weight, stride=stride, dilation=dilation)
        y[0, 0, 0].backward()
        reached = signal.grad[0, 0].nonzero().flatten()
        assert reached[-1] - reached[0] + 1 == expected


# Mistakes written as a learner would, not as the declaration does


def convolved_by_numpy(x, weight, *, stride):
    return np.convolve(x, weight, "valid")[::stride]


def tail_by_the_formula(input_size, kernel_size, *, stride, padding, dilation):
    mask = np.zeros(input_size + 2 * padding, dtype=bool)
    left = (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) % stride
    mask[len(mask) - left :] = True
    return mask[padding : input_size + padding]


def field_of_whole_kernels(kernel_sizes, strides, dilations):
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        size += d * k * jump
        jump *= s
    return size


def field_with_the_own_stride(kernel_sizes, strides, dilations):
    return int(1 + (dilations * (kernel_sizes - 1) * np.cumprod(strides)).sum())


def steps_between_windows(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride


def size_without_dilation(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size + 2 * padding - kernel_size) // stride + 1


@pytest.mark.parametrize(
    ("id", "answer", "name"),
    [
        ("5.1", size_without_dilation, "dilation ignored"),
        ("5.1", steps_between_windows, "counts steps"),
        ("5.2", convolved_by_numpy, "kernel flipped"),
        ("5.3", tail_by_the_formula, "only the tail"),
        ("5.4", field_of_whole_kernels, "adds k"),
        ("5.4", field_with_the_own_stride, "own stride first"),
    ],
)
def test_a_mistake_is_recognised_however_it_is_written(id, answer, name):
    assert judge(get(id), answer, seed=3).misconception.name == name
