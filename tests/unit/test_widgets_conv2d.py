"""Conv2D in Python: values against torch, rows and columns that nobody reads, sentences."""

from itertools import product

import numpy as np
import torch
from torch.nn import functional as F

from segbook.widgets import Conv2D


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
