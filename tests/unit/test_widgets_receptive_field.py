"""ReceptiveField in Python: fields against autograd, sentences."""

import numpy as np
import torch
from torch.nn import functional as F

from segbook import shapes
from segbook.widgets import ReceptiveField


def random_stacks(count, seed=5):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield [
            {"kernel_size": int(rng.integers(1, 5)), "stride": int(rng.integers(1, 3)), "dilation": int(rng.integers(1, 4))}
            for _ in range(rng.integers(1, 5))
        ]  # fmt: skip


def test_a_field_is_what_autograd_reaches():
    for layers in random_stacks(25):
        figure = ReceptiveField(layers=layers)
        field = figure.field()
        signal = torch.zeros(1, 1, field.size + 2 * field.jump + 3, requires_grad=True)
        y = signal
        for layer in figure.layers:
            weight = torch.ones(1, 1, layer["kernel_size"])
            y = F.conv1d(y, weight, stride=layer["stride"], dilation=layer["dilation"])
        y[0, 0, 2].backward()
        reached = signal.grad[0, 0].nonzero().flatten().tolist()
        assert (reached[0], reached[-1]) == (2 * field.jump, 2 * field.jump + field.size - 1)
        assert figure.fields()[-1] == field


def test_a_field_says_how_it_grows():
    figure = ReceptiveField(layers=[{"kernel_size": 3}, {"kind": "pool", "kernel_size": 2, "stride": 2}, {}])
    assert figure.field() == shapes.ReceptiveField(8, 2, 0)
    assert "conv 3, pool 2 stride 2, conv 3" in figure.alt()
    assert "layer by layer the field grows 1, 3, 4, 8" in figure.alt()
    assert "output 1 sees 8 input samples, 2 to 9" in figure.alt()


def test_a_layer_is_completed_in_one_order():
    figure = ReceptiveField(layers=[{"stride": 2, "kernel_size": 2}])
    assert list(figure.layers[0].items()) == [("dilation", 1), ("kernel_size", 2), ("kind", "conv"), ("stride", 2)]
