"""The JavaScript that learns a kernel takes the steps that torch's autograd takes."""

from itertools import product

from node import run_in_node
from torch.nn import functional as F

from segbook.widgets import LearnedKernel
from segbook.widgets.learned_kernel import STARTS, STEPS


def vector(start, target, kernel_size, stride):
    figure = LearnedKernel(start=start, target=target, kernel_size=kernel_size, stride=stride, step=STEPS)
    layer = figure.layer()
    return {
        "start": start,
        "target": figure.signal().tolist(),
        "noise": figure.noise,
        "kernelSize": kernel_size,
        "stride": stride,
        "layer": {"stride": stride, "padding": layer["padding"], "outputPadding": layer["output_padding"]},
        "input": F.avg_pool1d(figure.signal()[None, None], stride)[0, 0].tolist(),
        "losses": figure.losses(),
        "kernel": figure.kernel().tolist(),
        "sums": figure.sums().tolist(),
        "board": figure.board(),
    }


def test_javascript_learns_as_torch_does_at_every_kernel_size_and_stride(tmp_path):
    starts = [(start, target) for start in STARTS for target in ("smooth", "plateau")]
    settings = enumerate(product((2, 3, 4), range(1, 9)))
    learned = [vector(*starts[i % 6], size, stride) for i, (stride, size) in settings]
    run_in_node("learning.test.mjs", {"learned": learned}, tmp_path)
