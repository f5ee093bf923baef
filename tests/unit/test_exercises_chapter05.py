"""Chapter 5: references against torch."""

import numpy as np
import torch
from answering import drawn
from torch.nn import functional as F


def test_the_size_reference_matches_torch():
    for (input_size, kernel_size), options, size in drawn("5.1"):
        assert size == F.conv1d(torch.zeros(1, 1, input_size), torch.zeros(1, 1, kernel_size), **options).shape[-1]


def test_the_convolution_reference_matches_torch():
    for args, options, y in drawn("5.2"):
        x, weight = (torch.from_numpy(values)[None, None] for values in args)
        np.testing.assert_allclose(y, F.conv1d(x, weight, **options)[0, 0], atol=1e-12)


def test_the_unread_reference_is_where_autograd_finds_no_gradient():
    for (input_size, kernel_size), options, mask in drawn("5.3"):
        signal = torch.zeros(1, 1, input_size, requires_grad=True)
        F.conv1d(signal, torch.ones(1, 1, kernel_size), **options).sum().backward()
        np.testing.assert_array_equal(mask, (signal.grad[0, 0] == 0).numpy())


def test_the_wheel_reference_is_the_smallest_of_all_movements_that_look_alike():
    for (turns, spokes, frames), _, seen in drawn("5.4"):
        angle = 2 * np.pi * turns / frames  # from picture to picture, in radians
        alike = angle + 2 * np.pi * np.arange(-99, 100) / spokes
        assert abs(seen) <= np.abs(alike).min() * frames / (2 * np.pi) + 1e-9
        assert np.isclose(np.exp(1j * spokes * angle), np.exp(1j * spokes * 2 * np.pi * seen / frames))
