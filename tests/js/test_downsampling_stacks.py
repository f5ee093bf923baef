"""Chapter 5's JavaScript computes what Python and torch compute: windows, unread samples, planes, receptive fields."""

from itertools import product

import numpy as np
import pytest
import torch
from node import run_in_node
from torch.nn import functional as F

from segbook import shapes
from segbook.widgets import Conv1D, Conv2D, ReceptiveField


def lines() -> list[dict]:
    """Settings all over Conv1D's sliders: torch's convolution of each single sample is a column of W."""
    vectors = []
    grid = product((1, 2, 3, 5, 8, 11, 14), range(1, 6), range(1, 5), (0, 1, 2, 4), range(1, 4))
    for size, kernel_size, stride, padding, dilation in grid:
        layer = {"stride": stride, "padding": padding, "dilation": dilation}
        vector = {"inputSize": size, "kernelSize": kernel_size, **layer}
        if dilation * (kernel_size - 1) + 1 > size + 2 * padding:
            vectors.append({**vector, "matrix": []})
            continue
        weight = torch.arange(1.0, kernel_size + 1)[None, None]  # a tap's number, from 1, is its weight
        matrix = F.conv1d(torch.eye(size)[:, None], weight, **layer)[:, 0].T
        unread = (matrix == 0).all(dim=0).nonzero().flatten().tolist()
        vectors.append({**vector, "matrix": matrix.int().tolist(), "unread": unread})
    return vectors


def planes() -> list[dict]:
    """Outputs of Conv2D, which its Python side has from torch-tested operators."""
    vectors = []
    negative = (np.array(Conv2D().image) - 9).tolist()  # so that a padding of zeros would win a maximum
    figure = Conv2D(height=7, width=9, image=negative)
    image = torch.tensor(figure.image).double()[None, None, :7, :9]
    grid = product(range(1, 6), range(1, 4), range(3), range(1, 3), ("mean", "edges", "maximum"))
    for kernel_size, stride, padding, dilation, operation in grid:
        if padding > kernel_size // 2:
            continue
        figure.kernel_size, figure.stride, figure.padding = kernel_size, stride, padding
        figure.dilation, figure.operation = dilation, operation
        try:
            y = figure.output()
        except ValueError:
            continue
        check = (
            F.max_pool2d(image, kernel_size, **figure.layer())
            if operation == "maximum"
            else F.conv2d(image, figure.kernel()[None, None], **figure.layer())
        )
        np.testing.assert_allclose(y, check[0, 0])
        vectors.append({
            "image": image[0, 0].tolist(), "kernelSize": kernel_size, **figure.layer(), "operation": operation,
            "y": np.where(np.isfinite(y), y, -999).tolist(),
        })  # fmt: skip
    return vectors


def stacks() -> list[dict]:
    """Random stacks: the recursion by segbook.shapes, and what autograd reaches from one output."""
    rng, vectors = np.random.default_rng(5), []
    for _ in range(80):
        layers = [
            {"kernel_size": int(rng.integers(1, 6)), "stride": int(rng.integers(1, 4)), "dilation": int(rng.integers(1, 5))}
            for _ in range(rng.integers(1, 5))
        ]  # fmt: skip
        figure, n = ReceptiveField(layers=layers), int(rng.integers(0, 3))
        field = figure.field()
        signal = torch.zeros(1, 1, field.size + n * field.jump, requires_grad=True)
        y = signal
        for layer in figure.layers:
            y = F.conv1d(y, torch.ones(1, 1, layer["kernel_size"]), stride=layer["stride"], dilation=layer["dilation"])
        y[0, 0, n].backward()
        names = {"kernel_size": "kernelSize", "stride": "stride", "dilation": "dilation"}
        vectors.append({
            "layers": [{name: layer[trait] for trait, name in names.items()} for layer in figure.layers], "n": n,
            "rows": [[row.size, row.jump] for row in figure.fields()],
            "reads": signal.grad[0, 0].nonzero().flatten().tolist(),
        })  # fmt: skip
    return vectors


@pytest.fixture
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # thousands of tiny tensors: waiting for a second thread would take longer than the work
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("one_thread")
def test_javascript_agrees_with_python_and_torch(tmp_path):
    contents = {"lines": lines(), "planes": planes(), "stacks": stacks(), "example": Conv1D().output()}
    assert len(contents["lines"]) == 1680
    assert len(contents["planes"]) > 150
    assert all(
        shapes.conv_output_size(v["inputSize"], v["kernelSize"], stride=v["stride"], padding=v["padding"], dilation=v["dilation"])
        == len(v["matrix"]) for v in contents["lines"] if v["matrix"]
    )  # fmt: skip
    run_in_node("downsampling_stacks.test.mjs", contents, tmp_path)
