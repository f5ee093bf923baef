"""The figures' JavaScript computes what Python and torch compute: sizes, values and matrices, on a shared grid."""

from itertools import product

import numpy as np
import torch
from node import run_in_node
from sampling import sampled
from torch.nn import functional as F

from segbook import ops, shapes
from segbook.widgets import Checkerboard
from segbook.widgets.checkerboard import INPUT_SIZE, NOISE

LAYERS = product(range(1, 25), range(1, 8), range(1, 6), range(5), range(1, 4))
SIGNALS = product(range(1, 6), range(1, 5), range(1, 5), range(4), range(1, 4), range(4))


def sizes(grid: list[tuple]) -> list[dict]:
    """Convolution sizes, the groups that collapse, and the way back; null where Python refuses."""
    vectors = []
    for input_size, kernel_size, stride, padding, dilation in grid:
        layer = {"stride": stride, "padding": padding, "dilation": dilation}
        try:
            output = shapes.conv_output_size(input_size, kernel_size, **layer)
        except ValueError:
            vectors.append({"inputSize": input_size, "kernelSize": kernel_size, **layer, "output": None})
            continue
        group = shapes.collapsing_input_sizes(output, kernel_size, **layer)
        vectors.append({
            "inputSize": input_size, "kernelSize": kernel_size, **layer, "output": output,
            "group": [group[0], group[-1]],
            "restoring": shapes.restoring_output_padding(input_size, kernel_size, **layer),
        })  # fmt: skip
    return vectors


def signals(grid: list[tuple]) -> list[dict]:
    """Transposed convolutions in 1-D: torch's values, and the matrix that ops builds; null where torch refuses."""
    rng, vectors = np.random.default_rng(0), []
    for size, kernel_size, stride, padding, dilation, output_padding in grid:
        if output_padding >= max(stride, dilation):
            continue
        x, weight = rng.integers(-5, 6, size).astype(float), rng.integers(1, 9, kernel_size).astype(float)
        layer = {"stride": stride, "padding": padding, "dilation": dilation}
        vector = {"x": x.tolist(), "weight": weight.tolist(), **layer, "outputPadding": output_padding}
        try:
            up = shapes.conv_transpose_output_size(size, kernel_size, **layer, output_padding=output_padding)
        except ValueError:
            vectors.append({**vector, "y": []})
            continue
        y = F.conv_transpose1d(
            torch.tensor(x)[None, None], torch.tensor(weight)[None, None], **layer, output_padding=output_padding
        )[0, 0].tolist()
        matrix = ops.conv_matrix(weight, up, **layer).toarray().T[:, :size]
        vectors.append({**vector, "y": y, "matrix": matrix.tolist()})
    return vectors


def boards() -> list[dict]:
    """The three images of the checkerboard figure, as its Python side has them from torch."""
    vectors = []
    for kernel_size, stride, kernel in product(range(1, 8), range(1, 5), ("ones", "bilinear", "random")):
        figure = Checkerboard(kernel_size=kernel_size, stride=stride, kernel=kernel)
        # What more input on all sides would leave as it is, found by giving more.
        wide = F.conv_transpose1d(torch.ones(1, 1, INPUT_SIZE + 8), torch.ones(1, 1, kernel_size), stride=stride)[0, 0]
        narrow = F.conv_transpose1d(torch.ones(1, 1, INPUT_SIZE), torch.ones(1, 1, kernel_size), stride=stride)[0, 0]
        untouched = (wide[4 * stride : 4 * stride + len(narrow)] == narrow).nonzero().flatten().tolist()
        counts, stamped, resized = (image.tolist() for image in figure.images())
        vectors.append({
            "kernelSize": kernel_size, "stride": stride, "kernel": kernel, "noise": NOISE, "inputSize": INPUT_SIZE, "untouched": untouched,
            "weights": figure.weights().tolist(), "counts": counts, "stamped": stamped, "resized": resized,
        })  # fmt: skip
    return vectors


@sampled("layers", LAYERS, 4000)
@sampled("inputs", SIGNALS, 1000)
def test_javascript_agrees_with_python_and_torch(tmp_path, layers, inputs):
    contents = {"sizes": sizes(layers), "signals": signals(inputs), "boards": boards()}
    assert sum(vector["output"] is not None for vector in contents["sizes"]) > 2_000
    assert sum(bool(vector["y"]) for vector in contents["signals"]) > 300
    run_in_node("geometry.test.mjs", contents, tmp_path)
