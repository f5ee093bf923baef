"""The Python side of chapter 5's live figures: values against torch, unread samples against autograd, sentences."""

from itertools import product

import numpy as np
import pytest
import torch
import traitlets
from torch.nn import functional as F

from segbook import shapes
from segbook.widgets import Conv1D, Conv2D, ReceptiveField
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


def test_conv2d_outputs_what_torch_computes():
    for operation, size, stride, dilation in product(("mean", "edges", "maximum"), (2, 3, 4), (1, 2, 3), (1, 2)):
        figure = Conv2D(height=10, width=11, kernel_size=size, stride=stride, dilation=dilation, padding=1)
        figure.operation = operation
        image = torch.tensor(figure.image).double()[None, None, :10, :11]
        if operation == "maximum":
            expected = F.max_pool2d(image, size, **figure.layer())
        elif operation == "mean" and dilation == 1:
            expected = F.avg_pool2d(image, size, stride=stride, padding=1)
        else:
            expected = F.conv2d(image, figure.kernel()[None, None], **figure.layer())
        np.testing.assert_allclose(figure.output(), expected[0, 0])


def test_the_edge_kernel_is_the_right_half_less_the_left():
    assert Conv2D(kernel_size=4).kernel()[0].tolist() == [-1, -1, 1, 1]
    assert Conv2D(kernel_size=3).kernel().sum(dim=0).tolist() == [-3, 0, 3]


def test_conv2d_counts_rows_and_columns_that_nobody_reads():
    figure = Conv2D()
    assert figure.unread() == ([], [9])
    assert "never read: columns 9" in figure.alt()
    figure.set_trait("kernel_size", 2)
    assert figure.unread() == ([8], [])
    figure.set_trait("stride", 1)
    assert "every pixel is read" in figure.alt()


def test_conv2d_says_so_when_no_window_fits_or_the_padding_is_too_large():
    assert "the kernel covers 9 samples" in Conv2D(height=3, kernel_size=5, dilation=2, operation="maximum").alt()
    assert "padding must be at most half" in Conv2D(kernel_size=2, padding=2, operation="maximum").alt()


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


@pytest.mark.parametrize(
    ("figure", "trait", "value"),
    [
        (Conv1D(), "stride", 0),
        (Conv1D(), "x", []),
        (Conv1D(), "weight", [1.0] * 6),
        (Conv2D(), "height", 13),
        (Conv2D(), "operation", "median"),
        (Conv2D(), "image", [[1]]),
        (ReceptiveField(), "layers", []),
        (ReceptiveField(), "layers", [{}] * 7),
        (ReceptiveField(), "layers", [{"kernel": 3}]),
        (ReceptiveField(), "layers", [{"kernel_size": 6}]),
        (ReceptiveField(), "layers", [{"kind": "attention"}]),
        (ReceptiveField(), "focus", 3),
    ],
)
def test_a_trait_out_of_range_is_refused_and_the_old_value_stays(figure, trait, value):
    before = getattr(figure, trait)
    with pytest.raises(traitlets.TraitError, match=trait):
        setattr(figure, trait, value)
    assert getattr(figure, trait) == before
