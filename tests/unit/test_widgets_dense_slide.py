"""DenseSlide: scores of patches against a convolution, counts against a loop that multiplies, the sentence."""

import numpy as np
import pytest
import torch
from scipy import signal

from segbook.widgets import DenseSlide

SIZES = [(patch, image) for patch in (3, 4, 5) for image in range(patch, 9)]


@pytest.mark.parametrize(("patch_size", "image_size"), SIZES)
def test_the_scores_of_patches_are_those_of_the_folded_row_slid_over_the_features(patch_size, image_size):
    figure, seen = DenseSlide(patch_size=patch_size, image_size=image_size), patch_size - 1
    image = np.array(figure.image)[:image_size, :image_size]
    features = signal.correlate2d(image, figure.kernel, mode="valid")
    np.testing.assert_array_equal(figure.features(), features)
    folded = np.array(figure.dense[: seen**2]).reshape(seen, seen)
    np.testing.assert_array_equal(figure.scores(), signal.correlate2d(features, folded, mode="valid"))


@pytest.mark.parametrize(("patch_size", "image_size"), SIZES)
def test_multiplications_are_those_that_a_loop_makes(patch_size, image_size):
    seen, places = patch_size - 1, range(image_size - patch_size + 1)
    made = [
        (row + r, column + c)
        for row in places
        for column in places
        for r in range(seen)
        for c in range(seen)
        for _tap in range(4)
    ]
    dense = len(places) ** 2 * seen**2
    counted = DenseSlide(patch_size=patch_size, image_size=image_size).multiplications()
    assert counted == (len(made) + dense, 4 * len(set(made)) + dense)


def test_on_one_patch_there_is_nothing_to_share():
    apart, together = DenseSlide(preset="one patch").multiplications()
    assert apart == together == 9 * 4 + 9


def test_the_sentence_names_the_patch_its_score_and_both_counts():
    figure = DenseSlide(row=2, column=3)
    score = figure.scores()[2, 3].item()
    assert figure.scores().shape == torch.Size([4, 4])
    assert f"at row 2, column 3: a dense layer scores it {score:g}. All 16 scores" in figure.alt()
    assert "720 multiplications patch by patch and 288 in one pass" in figure.alt()
