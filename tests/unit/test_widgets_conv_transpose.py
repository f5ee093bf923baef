"""ConvTranspose1D in Python: values against torch, and what it says where nothing is left."""

import pytest
import torch
from torch.nn import functional as F

from segbook.widgets import ConvTranspose1D


def test_conv_transpose_outputs_what_torch_computes():
    figure = ConvTranspose1D(x=[1, 2, -3], weight=[2, 0.5, 1], stride=3, padding=1, output_padding=2, dilation=2)
    expected = F.conv_transpose1d(
        torch.tensor([[[1.0, 2, -3]]]),
        torch.tensor([[[2.0, 0.5, 1]]]),
        stride=3,
        padding=1,
        output_padding=2,
        dilation=2,
    )
    assert figure.output() == pytest.approx(expected[0, 0].tolist())
    assert "output length 11" in figure.alt()


def test_conv_transpose_says_so_when_a_setting_is_impossible():
    figure = ConvTranspose1D(x=[1, 2], weight=[1], stride=1, padding=3)
    assert "crops 6 of them: nothing is left" in figure.alt()
    with pytest.raises(ValueError, match="nothing is left"):
        figure.output()
