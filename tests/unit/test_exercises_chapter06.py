"""Chapter 6: references against torch, and mistakes written as learners would."""

import numpy as np
import pytest
import torch
from torch.nn.functional import conv1d, conv_transpose1d

from segbook.exercises import get, judge

SEEDS = range(10)


def cases(id):
    return [case for seed in SEEDS for case in get(id).draw(seed)]


def as_signal(values):
    return torch.from_numpy(np.asarray(values))[None, None]


def test_the_matrix_reference_matches_torch():
    rng = np.random.default_rng(0)
    for case in cases("6.1"):
        weight, input_size = case.args
        u = rng.normal(size=input_size)
        matrix = get("6.1").reference(*case.args, **case.options)
        np.testing.assert_allclose(
            matrix @ u, conv1d(as_signal(u), as_signal(weight), **case.options)[0, 0], atol=1e-12
        )


@pytest.mark.parametrize("id", ["6.2", "6.5"])
def test_both_views_of_the_transposed_convolution_match_torch(id):
    for case in cases(id):
        x, weight = case.args
        y = conv_transpose1d(as_signal(x), as_signal(weight), **case.options)[0, 0]
        np.testing.assert_allclose(get(id).reference(x, weight, **case.options), y, atol=1e-12)


def test_the_size_reference_matches_torch():
    for case in cases("6.3"):
        input_size, kernel_size = case.args
        y = conv_transpose1d(torch.zeros(1, 1, input_size), torch.zeros(1, 1, kernel_size), **case.options)
        assert get("6.3").reference(*case.args, **case.options) == y.shape[-1]


def test_the_output_padding_reference_restores_the_size_in_torch():
    for case in cases("6.4"):
        input_size, kernel_size = case.args
        weight = torch.zeros(1, 1, kernel_size)
        extra = get("6.4").reference(*case.args, **case.options)
        down = conv1d(torch.zeros(1, 1, input_size), weight, **case.options)
        assert conv_transpose1d(down, weight, **case.options, output_padding=extra).shape[-1] == input_size


# Mistakes written as a learner would, not as the declaration does


def unflipped_by_correlate(x, weight, *, stride, padding):
    spread = np.zeros((len(x) - 1) * stride + 1)
    spread[::stride] = x
    full = np.correlate(spread, weight[::-1][::-1], "full")
    return full[padding : len(full) - padding]


def averages_by_counting(x, weight, *, stride, padding):
    y, count = np.zeros((2, (len(x) - 1) * stride + len(weight)))
    for i in range(len(x)):
        for tap in range(len(weight)):
            y[i * stride + tap] += x[i] * weight[tap]
            count[i * stride + tap] += 1
    y[count > 0] /= count[count > 0]
    return y[padding : len(y) - padding]


def rows_by_one(weight, input_size, *, stride, padding):
    rows = (input_size + 2 * padding - len(weight)) // stride + 1
    matrix = np.zeros((rows, input_size + 2 * padding))
    for row in range(rows):
        matrix[row, row : row + len(weight)] = weight
    return matrix[:, padding : input_size + padding]


@pytest.mark.parametrize(
    ("id", "answer", "name"),
    [
        ("6.5", unflipped_by_correlate, "kernel not flipped"),
        ("6.2", averages_by_counting, "averages"),
        ("6.1", rows_by_one, "rows move by one"),
        ("6.3", lambda n, k, *, stride, padding, dilation: (n - 1) * stride - 2 * padding + k, "dilation ignored"),
        ("6.4", lambda n, k, *, stride, padding: np.int64(n % stride), "N mod s"),
    ],
)
def test_a_mistake_is_recognised_however_it_is_written(id, answer, name):
    assert judge(get(id), answer, seed=3).misconception.name == name
