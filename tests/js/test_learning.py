"""The JavaScript that learns a kernel takes the steps that torch's autograd takes."""

from itertools import product

from node import run_in_node
from torch.nn import functional as F

from segbook.widgets import LearnedKernel
from segbook.widgets.learned_kernel import LOSSES, RATE, STARTS, STEPS


def vector(start, loss, kernel_size, stride):
    figure = LearnedKernel(start=start, loss=loss, kernel_size=kernel_size, stride=stride, step=STEPS)
    layer = figure.layer()
    return {
        "start": start,
        "loss": loss,
        "rate": RATE,
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
    starts = [(start, loss) for start in STARTS for loss in LOSSES]
    settings = enumerate(product((2, 3, 4), range(1, 9)))
    learned = [vector(*starts[i % 6], size, stride) for i, (stride, size) in settings]
    run_in_node("learning.test.mjs", {"learned": learned}, tmp_path)
