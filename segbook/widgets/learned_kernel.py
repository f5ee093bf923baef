"""Live figure: a transposed convolution whose kernel is learned, step by step, from one signal."""

from functools import cache
from typing import ClassVar

import numpy as np
import torch
import traitlets as t
from jaxtyping import Float64
from torch import Tensor
from torch.nn import functional as F

from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import choice, constant, slider

SIZE, STEPS, RATE = 48, 100, 0.25
TARGET = [1.0 if 12 <= place < 30 else -1.0 for place in range(SIZE)]
NOISE = np.random.default_rng(38).uniform(-1, 1, 8).round(2).tolist()
STARTS = {"equal": "all equal", "bilinear": "bilinear (tent)", "random": "random"}
LOSSES = {"squared": "squared error", "entropy": "cross entropy"}


class LearnedKernel(LiveFigure):
    """A signal shrunk to means and brought back by a transposed convolution, while gradient descent moves its kernel.

    Args:
        loss: What an output y at a place of the target t, 1 (nucleus) or −1, costs: "squared", (y − t)², or "entropy",
            ln(1 + e^(−t·y)), the cross entropy of two classes of which y is the difference of the scores.
        start: The weights before the first step: "equal" or "bilinear", both scaled to bring a flat signal back on
            average, or "random" (fixed, uniform within ±1/√k, as `nn.ConvTranspose1d` draws them).
        kernel_size: Taps of the kernel, 1 to 8.
        stride: Samples that a mean is taken of, and that lie between neighbouring stamps, 2 to 4.
        step: How many steps of gradient descent have been taken, 0 to 100, at learning rate ¼.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: the book's own experiment; uneven overlap after Odena, Dumoulin & Olah (2016).

    >>> [round(LearnedKernel(step=step).board(), 2) for step in (0, 10)]  # 3 equal taps over stride 2
    [0.67, 0.03]
    >>> round(LearnedKernel(step=10, loss="entropy").board(), 2)
    0.5
    """

    _esm = esm("learned_kernel")
    caption = (
        "A transposed convolution learns its kernel from one signal. Move the step, or press learn; then change loss, "
        "start, kernel size and stride, and see when the checkerboard goes."
    )
    loss = choice("squared", "loss", LOSSES, buttons=True)
    start = choice("equal", "weights at the start", STARTS)
    kernel_size = slider(3, "kernel size k", min=1, max=8)
    stride = slider(2, "stride s", min=2, max=4)
    step = slider(0, "step", min=0, max=STEPS)
    target = constant(t.List(t.Float(), TARGET))
    noise = constant(t.List(t.Float(), NOISE))
    presets: ClassVar = {
        "3 over 2": {},
        "4 over 2": {"kernel_size": 4},
        "3 over 4": {"stride": 4},
        "bilinear": {"start": "bilinear"},
        "random": {"start": "random"},
    }

    def layer(self) -> dict[str, int]:
        """Name the settings with which the output is as long as the target, as torch does and in its order."""
        padding = max(0, (self.kernel_size - self.stride + 1) // 2)
        return {
            "stride": self.stride,
            "padding": padding,
            "output_padding": self.stride - self.kernel_size + 2 * padding,
        }

    def signal(self) -> Float64[Tensor, "L"]:
        """Read the target."""
        return torch.tensor(self.target, dtype=torch.float64)

    def kernel(self) -> Float64[Tensor, "k"]:
        """Read the kernel after the steps taken."""
        return self._learned()[0][self.step]

    def losses(self) -> list[float]:
        """Compute the loss before every step, and after the last."""
        return self._learned()[1]

    def output(self) -> Float64[Tensor, "L"]:
        """Compute the transposed convolution of the shrunk target with the present kernel."""
        x = F.avg_pool1d(self.signal()[None, None], self.stride)
        return F.conv_transpose1d(x, self.kernel()[None, None], None, *self.layer().values())[0, 0]

    def sums(self) -> Float64[Tensor, "s"]:
        """Sum the taps that meet at a place: one period of what a flat signal of ones becomes."""
        kernel = self.kernel()
        return torch.stack([kernel[phase :: self.stride].sum() for phase in range(self.stride)])

    def board(self) -> float:
        """Measure how uneven a flat signal of ones comes out: (largest − smallest) / mean of its samples.

        The mean, which should be 1, counts without its sign: random weights can begin with a negative one.
        """
        sums = self.sums()
        return ((sums.max() - sums.min()) / sums.mean().abs()).item()

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        low, high = self.sums().min().item(), self.sums().max().item()
        return (
            f"A transposed convolution, kernel {self.kernel_size}, stride {self.stride}, weights {self.start} at the "
            f"start, learns to bring a signal back with the {LOSSES[self.loss]}: after {self.step} of {STEPS} steps "
            f"the loss is {self.losses()[self.step]:.4f}, and a flat signal of ones becomes {low:.2f} to {high:.2f}."
        )

    def _learned(self) -> tuple[Float64[Tensor, "steps k"], list[float]]:
        raw = {"equal": [1.0] * self.kernel_size, "bilinear": _tent(self.kernel_size)}.get(self.start)
        weight = (
            [tap / self.kernel_size**0.5 for tap in self.noise[: self.kernel_size]]
            if raw is None
            else [tap * self.stride / sum(raw) for tap in raw]
        )
        return _learn(tuple(self.target), tuple(weight), tuple(self.layer().values()), self.loss)


def _tent(size: int) -> list[float]:
    return [1 - abs(j - (size - 1) / 2) / ((size + 1) // 2) for j in range(size)]


@cache
def _learn(
    target: tuple[float, ...], weight: tuple[float, ...], layer: tuple[int, ...], kind: str
) -> tuple[Float64[Tensor, "steps k"], list[float]]:
    """Take all steps of gradient descent; autograd finds the gradients, so that nothing here is the page's own code."""
    signal = torch.tensor(target, dtype=torch.float64)
    x = F.avg_pool1d(signal[None, None], layer[0])
    kernel = torch.tensor(weight, dtype=torch.float64, requires_grad=True)
    kernels, losses = [], []
    for _ in range(STEPS + 1):
        output = F.conv_transpose1d(x, kernel[None, None], None, *layer)[0, 0]
        is_nucleus = (signal > 0).double()
        loss = (
            F.mse_loss(output, signal) if kind == "squared" else F.binary_cross_entropy_with_logits(output, is_nucleus)
        )
        kernels.append(kernel.detach().clone())
        losses.append(loss.item())
        (gradient,) = torch.autograd.grad(loss, kernel)
        kernel = (kernel - RATE * gradient).detach().requires_grad_()
    return torch.stack(kernels), losses
