"""Conv1D in Python: values against torch, unread samples against autograd, sentences."""

from itertools import product

import pytest
import torch
from torch.nn import functional as F

from segbook.widgets import Conv1D
from segbook.widgets.conv1d import unread_samples


def test_conv1d_outputs_what_torch_computes():
    figure = Conv1D(x=[1, -2, 3, 0.5, 4, 5, 6], weight=[2, 0.5, -1], stride=2, padding=1, dilation=2)
    expected = F.conv1d(
        torch.tensor([[[1, -2, 3, 0.5, 4, 5, 6]]]), torch.tensor([[[2, 0.5, -1]]]), stride=2, padding=1, dilation=2
    )
    assert figure.output() == pytest.approx(expected[0, 0].tolist())
    assert f"output length {expected.numel()}" in figure.alt()


def test_conv1d_starts_with_the_example_of_the_chapter():
    figure = Conv1D()
    assert figure.output() == [17, 21, 29]
    assert "samples never read: 7" in figure.alt()


def test_unread_samples_are_those_without_a_gradient():
    for size, kernel_size, stride, padding, dilation in product((3, 7, 12), range(1, 6), range(1, 5), (0, 2), (1, 2)):
        layer = {"stride": stride, "padding": padding, "dilation": dilation}
        if dilation * (kernel_size - 1) + 1 > size + 2 * padding:
            with pytest.raises(ValueError, match="the kernel covers"):
                unread_samples(size, kernel_size, **layer)
            continue
        signal = torch.zeros(1, 1, size, requires_grad=True)
        F.conv1d(signal, torch.ones(1, 1, kernel_size), **layer).sum().backward()
        assert unread_samples(size, kernel_size, **layer) == (signal.grad[0, 0] == 0).nonzero().flatten().tolist()
    assert Conv1D(x=[1] * 12, weight=[1] * 3, stride=2, dilation=2).unread() == [1, 3, 5, 7, 9, 11]


def test_conv1d_says_so_when_no_window_fits():
    assert "the kernel covers 3 samples" in Conv1D(x=[1, 2], weight=[1, 2, 3]).alt()
