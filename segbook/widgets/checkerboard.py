"""Live figure: uneven overlap in two dimensions, and the checkerboard it leaves on a flat image."""

from typing import ClassVar

import numpy as np
import torch
import traitlets as t
from torch.nn import functional as F

from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import choice, constant, slider

INPUT_SIZE = 7
NOISE = np.random.default_rng(6).uniform(0.2, 1.8, (7, 7)).round(2).tolist()


class Checkerboard(LiveFigure):
    """Overlap counts of a square kernel, the flat image it stamps, and the same image resized before convolving.

    Args:
        kernel_size: Taps on each axis, 1 to 7.
        stride: Pixels between neighbouring stamps, 1 to 4.
        kernel: The weights: "ones" (all equal), "bilinear" or "random" (fixed, uniform between 0.2 and 1.8).

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: Odena, Dumoulin & Olah (2016), "Deconvolution and checkerboard artifacts".

    >>> Checkerboard(kernel_size=4, stride=2).images()[0].max()  # every pixel inside lies under 2 × 2 stamps
    np.float64(4.0)
    """

    _esm = esm("checkerboard")
    caption = (
        "How often each pixel is stamped, a flat image after a transposed convolution (its weights are scaled so "
        "that the mean stays 1), and the same image resized first. Inside the orange frame, the border has no effect."
    )
    kernel_size = slider(3, "kernel size k", min=1, max=7)
    stride = slider(2, "stride s", min=1, max=4)
    kernel = choice("ones", "weights", {"ones": "all equal", "bilinear": "bilinear (tent)", "random": "random"})
    noise = constant(t.List(t.List(t.Float()), NOISE))
    presets: ClassVar = {
        "3 over 2": {},
        "4 over 2": {"kernel_size": 4},
        "3 over 2, bilinear": {"kernel": "bilinear"},
        "4 over 2, random": {"kernel_size": 4, "kernel": "random"},
        "5 over 3": {"kernel_size": 5, "stride": 3},
    }

    def weights(self) -> torch.Tensor:
        """Make the kernel (k, k), scaled to sum to stride², so that ones come out as ones on average."""
        size = self.kernel_size
        tent = 1 - (torch.arange(size, dtype=torch.float64) - (size - 1) / 2).abs() / ((size + 1) // 2)
        raw = {
            "ones": torch.ones(size, size, dtype=torch.float64),
            "bilinear": torch.outer(tent, tent),
            "random": torch.tensor(self.noise, dtype=torch.float64)[:size, :size],
        }[self.kernel]
        return raw * self.stride**2 / raw.sum()

    def images(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Compute the three images: overlap counts, the transposed convolution, resize-then-convolve."""
        flat = torch.ones(1, 1, INPUT_SIZE, INPUT_SIZE, dtype=torch.float64)
        weight = self.weights()[None, None]
        counts = F.conv_transpose2d(flat, torch.ones_like(weight), stride=self.stride)
        stamped = F.conv_transpose2d(flat, weight, stride=self.stride)
        large = F.interpolate(flat, scale_factor=self.stride, mode="nearest")
        resized = F.conv2d(large, weight / self.stride**2)
        return counts[0, 0].numpy(), stamped[0, 0].numpy(), resized[0, 0].numpy()

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        _, stamped, resized = self.images()
        margin = max(self.kernel_size - self.stride, 0)
        inside = stamped[margin : len(stamped) - margin, margin : len(stamped) - margin]
        return (
            f"A flat image through a transposed convolution, kernel {self.kernel_size}, stride {self.stride}, weights "
            f"{self.kernel}: values {inside.min():.2f} to {inside.max():.2f} away from the border; resized first and "
            f"then convolved: {resized.min():.2f} to {resized.max():.2f}."
        )
