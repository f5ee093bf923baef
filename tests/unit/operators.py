"""What the tests of operators and of their sizes share: settings to draw, tensors, torch's own answers and counts."""

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

SMALL = settings(deadline=None, max_examples=40)
LAYERS = st.fixed_dictionaries(
    {"stride": st.integers(1, 5), "padding": st.integers(0, 4), "dilation": st.integers(1, 3)}
)
SIDES = st.tuples(st.integers(1, 6), st.integers(1, 6))
KERNELS = st.tuples(st.integers(1, 3), st.integers(1, 3))


def fits(size, kernel_size, *, stride, padding, dilation):
    return size + 2 * padding >= dilation * (kernel_size - 1) + 1


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def same_as_torch(ours, torchs, *tensors, **layer):
    try:
        expected = torchs(*tensors, **layer)
    except RuntimeError:
        with pytest.raises(ValueError, match=r"\d"):
            ours(*tensors, **layer)
    else:
        torch.testing.assert_close(ours(*tensors, **layer), expected)


def counted(layer, x):
    with FlopCounterMode(display=False) as counter:
        layer(x)
    return counter.get_total_flops() // 2, sum(p.numel() for p in layer.parameters())
