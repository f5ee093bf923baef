"""Checkerboard in Python: where it is flat, and where patterned."""

import numpy as np
import pytest

from segbook.widgets import Checkerboard


def test_checkerboard_weights_sum_to_the_stride_squared():
    for kernel in ("ones", "bilinear", "random"):
        assert Checkerboard(kernel_size=5, stride=3, kernel=kernel).weights().sum() == pytest.approx(9)


def test_checkerboard_is_flat_where_it_should_be():
    def spread(**settings):
        figure = Checkerboard(**settings)
        _, stamped, resized = figure.images()
        margin = max(figure.kernel_size - figure.stride, 0)
        inside = stamped[margin:-margin, margin:-margin] if margin else stamped
        assert np.ptp(resized) < 1e-12  # resizing first is flat for every kernel
        return np.ptp(inside)

    assert spread(kernel_size=4, stride=2) < 1e-12
    assert spread(kernel_size=3, stride=2, kernel="bilinear") < 1e-12
    assert spread(kernel_size=3, stride=2) > 1
    assert spread(kernel_size=4, stride=2, kernel="random") > 0.1


def test_checkerboards_sentence_speaks_of_the_inside():
    assert "values 1.00 to 1.00 away from the border" in Checkerboard(kernel_size=4, stride=2).alt()
