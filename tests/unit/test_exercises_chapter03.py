"""Chapter 3: references against torch and segbook."""

import numpy as np
import torch
from answering import drawn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook import ops


def test_the_patch_reference_is_the_books_operator():
    for (image, row, column), options, patch in drawn("3.1"):
        expected = ops.patch_at(torch.tensor(image)[None].float(), row, column, **options)[0]
        np.testing.assert_allclose(patch, expected)


def test_the_counts_reference_is_a_transposed_convolution_of_ones():
    for (height, width), options, counts in drawn("3.2"):
        size = options["patch_size"]
        stamped = F.conv_transpose2d(torch.ones(1, 1, height, width), torch.ones(1, 1, size, size), padding=size // 2)
        np.testing.assert_array_equal(counts, stamped[0, 0])


def test_the_cost_reference_is_what_torch_counts():
    for (image_size, patch_size), options, costs in [*drawn("3.3")][:30]:
        kernel, read, written = (options[name] for name in ("kernel_size", "in_channels", "out_channels"))
        found = []
        for images, size in ((image_size**2, patch_size), (1, image_size + patch_size - 1)):
            with FlopCounterMode(display=False) as counter:
                F.conv2d(torch.zeros(1, read, size, size), torch.zeros(written, read, kernel, kernel))
            found.append(images * counter.get_total_flops() // 2)
        assert costs.tolist() == found
