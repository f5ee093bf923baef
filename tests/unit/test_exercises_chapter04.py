"""Chapter 4: references against torch."""

import numpy as np
import torch
from answering import drawn
from torch.nn import functional as F


def test_the_kernels_make_torchs_convolution_equal_to_its_dense_layer():
    rng = np.random.default_rng(0)
    for (weight,), options, kernels in drawn("4.1"):
        channels, height, width = (options[name] for name in ("in_channels", "height", "width"))
        features = torch.from_numpy(rng.normal(size=(5, channels, height, width)))
        as_convolution = F.conv2d(features, torch.from_numpy(kernels))[:, :, 0, 0]
        np.testing.assert_allclose(as_convolution, F.linear(features.flatten(1), torch.from_numpy(weight)), atol=1e-9)


def test_the_pointwise_reference_matches_torch():
    for args, _, scores in drawn("4.2"):
        features, weight, bias = map(torch.from_numpy, args)
        np.testing.assert_allclose(scores, F.conv2d(features[None], weight[:, :, None, None], bias)[0], atol=1e-9)


def test_the_window_reference_is_what_autograd_finds():
    for args, options, (first, last) in drawn("4.3"):
        kernels, strides, paddings = (array.tolist() for array in args)
        # Inner padding must not cut the window off: so the signal is long, and the score lies far inside it.
        inside, total = 400, int(np.prod(strides))
        far = inside // total
        x = torch.zeros(1, 1, 2 * inside + 200, requires_grad=True)
        y = x
        for kernel, stride, padding in zip(kernels, strides, paddings, strict=True):
            y = F.conv1d(y, torch.ones(1, 1, kernel), stride=stride, padding=padding)
        (gradient,) = torch.autograd.grad(y[0, 0, options["index"] + far], x)
        reads = gradient[0, 0].nonzero().flatten()
        covered = range(first + far * total, last + far * total + 1)
        assert set(reads.tolist()) <= set(covered)
        assert (reads[0], reads[-1]) == (covered[0], covered[-1])


def test_the_stitching_reference_is_pixel_shuffle():
    for (maps,), options, scores in drawn("4.4"):
        shuffled = F.pixel_shuffle(torch.from_numpy(maps).flatten(0, 1)[None], len(maps))[0, 0]
        np.testing.assert_array_equal(scores, shuffled[: options["height"], : options["width"]])
