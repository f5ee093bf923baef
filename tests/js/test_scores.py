"""The figure of chapter 4 sees what torch sees: autograd says which pixels reach a score; shapes says the rest."""

import numpy as np
import torch
from node import run_in_node
from torch.nn import functional as F

from segbook import shapes
from segbook.widgets import ScoreMap
from segbook.widgets.score_map import SIZE, scene


def influences(layers: list[shapes.Layer], image_size: int, index: int) -> list[int]:
    """Ask autograd which samples change output `index` of a stack of kernels of ones; padding is not a sample."""
    x = torch.zeros(1, 1, image_size, requires_grad=True)
    y = x
    for layer in layers:
        y = F.conv1d(
            y, torch.ones(1, 1, layer.kernel_size), stride=layer.stride, padding=layer.padding, dilation=layer.dilation
        )
    (gradient,) = torch.autograd.grad(y[0, 0, index], x)
    return gradient[0, 0].nonzero().flatten().tolist()


def stacks() -> list[dict]:
    rng, vectors = np.random.default_rng(4), []
    while len(vectors) < 300:
        layers = [
            shapes.Layer(*(int(rng.integers(low, high)) for low, high in ((1, 6), (1, 4), (0, 3), (1, 4))))
            for _ in range(rng.integers(1, 5))
        ]
        if len(vectors) % 2:  # padding only where the image is
            layers[1:] = [layer._replace(padding=0) for layer in layers[1:]]
        image_size, fits = int(rng.integers(5, 60)), True
        try:
            output_size = shapes.stack_output_size(layers, image_size)
        except ValueError:
            output_size, fits = None, False
        field = shapes.receptive_field(layers)
        vector = {
            "layers": [{"kernelSize": k, "stride": s, "padding": p, "dilation": d} for k, s, p, d, _ in layers],
            "imageSize": image_size, "outputSize": output_size, "fits": fits,
            "receptiveField": field.size, "jump": field.jump, "start": field.offset,
        }  # fmt: skip
        if fits:
            index = int(rng.integers(output_size))
            window = shapes.input_window(layers, index)
            vector |= {
                "index": index,
                "window": [window.start, window.stop - 1],
                "reads": influences(layers, image_size, index),
            }
        vectors.append(vector)
    return vectors


def grids() -> list[dict]:
    rng, vectors = np.random.default_rng(5), []
    for _ in range(60):
        layers = [[int(rng.integers(1, 7)), int(rng.integers(1, 5)), int(rng.integers(1, 4))] for _ in range(3)]
        for mirror in (False, True):
            figure = ScoreMap(layers=layers, mirror=mirror)
            vectors.append({
                "layers": layers, "mirror": mirror, "truth": figure.truth, "gaps": figure.gaps,
                "scores": figure.score_size(), "centres": figure.centres().tolist(),
                "labels": figure.coarse_labels().tolist(), "kept": figure.gaps_kept()[0], "all": figure.gaps_kept()[1],
            })  # fmt: skip
    return vectors


def test_javascript_sees_what_autograd_sees(tmp_path):
    truth, gaps = (mask.astype(int).tolist() for mask in scene()[1:])
    contents = {"stacks": stacks(), "grids": grids(), "size": SIZE, "truth": truth, "gaps": gaps}
    assert sum(vector["fits"] for vector in contents["stacks"]) > 150
    run_in_node("scores.test.mjs", contents, tmp_path)
