"""Chapter 6: references against torch."""

import numpy as np
import pytest
import torch
from answering import drawn
from torch.nn.functional import conv1d, conv_transpose1d


def as_signal(values):
    return torch.from_numpy(np.asarray(values))[None, None]


def test_the_matrix_reference_matches_torch():
    rng = np.random.default_rng(0)
    for (weight, input_size), options, matrix in drawn("6.1"):
        u = rng.normal(size=input_size)
        np.testing.assert_allclose(matrix @ u, conv1d(as_signal(u), as_signal(weight), **options)[0, 0], atol=1e-12)


@pytest.mark.parametrize("id", ["6.2", "6.5"])
def test_both_views_of_the_transposed_convolution_match_torch(id):
    for (x, weight), options, y in drawn(id):
        expected = conv_transpose1d(as_signal(x), as_signal(weight), **options)[0, 0]
        np.testing.assert_allclose(y, expected, atol=1e-12)


def test_the_size_reference_matches_torch():
    for (input_size, kernel_size), options, size in drawn("6.3"):
        y = conv_transpose1d(torch.zeros(1, 1, input_size), torch.zeros(1, 1, kernel_size), **options)
        assert size == y.shape[-1]


def test_the_output_padding_reference_restores_the_size_in_torch():
    for (input_size, kernel_size), options, extra in drawn("6.4"):
        weight = torch.zeros(1, 1, kernel_size)
        down = conv1d(torch.zeros(1, 1, input_size), weight, **options)
        assert conv_transpose1d(down, weight, **options, output_padding=extra).shape[-1] == input_size
