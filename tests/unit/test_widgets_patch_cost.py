"""PatchCost: counts against brute force, costs against torch's own count, limits, sentence."""

import numpy as np
import pytest
import torch
import traitlets
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook.models import PatchClassifier
from segbook.widgets import PatchCost


@pytest.mark.parametrize(("image_size", "patch_size"), [(5, 3), (9, 1), (6, 11), (13, 7), (4, 31)])
def test_counts_are_those_of_every_patch_one_by_one(image_size, patch_size):
    reach, counts = patch_size // 2, np.zeros((image_size, image_size), int)
    for row, column in np.ndindex(image_size, image_size):
        for y in range(row - reach, row + reach + 1):
            for x in range(column - reach, column + reach + 1):
                if 0 <= y < image_size and 0 <= x < image_size:
                    counts[y, x] += 1
    np.testing.assert_array_equal(PatchCost(image_size=image_size, patch_size=patch_size).counts(), counts)


def test_costs_are_what_torch_counts_while_it_computes():
    figure = PatchCost(image_size=10, patch_size=7, kernel_size=3, out_channels=5)
    weight = torch.zeros(5, 1, 3, 3)
    with FlopCounterMode(display=False) as patches:
        F.conv2d(torch.zeros(100, 1, 7, 7), weight)
    with FlopCounterMode(display=False) as one_pass:
        F.conv2d(torch.zeros(1, 1, 16, 16), weight)
    assert figure.multiply_adds() == (patches.get_total_flops() // 2, one_pass.get_total_flops() // 2)


def test_the_preset_of_the_chapter_is_the_first_layer_of_its_classifier():
    figure = PatchCost(image_size=64, patch_size=29, kernel_size=4, out_channels=16)
    layer = PatchClassifier(1, 2, patch_size=29).encoder[0]
    assert (layer.kernel_size[0], layer.out_channels) == (figure.kernel_size, figure.out_channels)
    with FlopCounterMode(display=False) as counter:
        layer(torch.zeros(1, 1, 29, 29))
    assert figure.multiply_adds()[0] == 64**2 * counter.get_total_flops() // 2


def test_the_ratio_is_one_where_patch_and_kernel_are_equal_and_never_below():
    assert len(set(PatchCost(image_size=9, patch_size=5, kernel_size=5).multiply_adds())) == 1
    for patch_size in range(7, 32, 4):
        patches, one_pass = PatchCost(image_size=2, patch_size=patch_size).multiply_adds()
        assert patches >= one_pass


def test_an_even_patch_is_refused_and_a_kernel_larger_than_the_patch_too():
    figure = PatchCost()
    with pytest.raises(traitlets.TraitError, match="odd"):
        figure.patch_size = 8
    with pytest.raises(ValueError, match="kernel"):
        PatchCost(patch_size=3, kernel_size=4).multiply_adds()


def test_the_sentence_has_the_numbers():
    assert "read 4 to 9 times" in PatchCost(image_size=5, patch_size=3, kernel_size=3).alt()
