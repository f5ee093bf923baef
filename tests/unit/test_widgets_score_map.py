"""ScoreMap: the grid against torch, windows against autograd, the image and the masks that it carries."""

import base64
import io
from itertools import product

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from torch.nn import functional as F

from segbook import shapes
from segbook.models import PatchClassifier
from segbook.widgets import ScoreMap
from segbook.widgets.score_map import SIZE, scene

CLASSIFIER = [[5, 2, 1], [5, 2, 1], [5, 1, 1]]


def through(layers, image):
    for kernel, stride, dilation in layers:
        image = F.conv1d(image, torch.ones(1, 1, kernel), stride=stride, dilation=dilation)
    return image


@pytest.mark.parametrize("mirror", [False, True])
def test_the_grid_has_torchs_size_and_each_centre_is_the_middle_of_what_autograd_finds(mirror):
    for layers in (
        CLASSIFIER,
        [[3, 2, 1], [1, 1, 1], [1, 1, 1]],
        [[5, 1, 1], [5, 1, 2], [5, 1, 4]],
        [[5, 4, 1], [3, 4, 1], [1, 1, 1]],
    ):
        figure = ScoreMap(layers=layers, mirror=mirror)
        window = shapes.receptive_field(figure.stack()).size
        margin = window // 2 if mirror else 0
        image = torch.zeros(1, 1, SIZE, requires_grad=True)
        scores = through(layers, F.pad(image, (margin, margin)))
        assert figure.score_size() == scores.shape[-1]
        for n, centre in enumerate(figure.centres()):
            (gradient,) = torch.autograd.grad(scores[0, 0, n], image, retain_graph=True)
            reads = gradient[0, 0].nonzero().flatten()
            low, high = max(centre - window // 2, 0), min(centre + window // 2, SIZE - 1)
            assert (reads[0], reads[-1]) == (low, high)


def test_the_first_preset_is_the_classifier_of_the_book():
    model = PatchClassifier(1, 2, patch_size=29).dense()
    assert ScoreMap().score_size() == model(torch.zeros(1, 1, SIZE, SIZE)).shape[-1] == 17
    field = shapes.receptive_field(ScoreMap().stack())
    assert (field.size, field.jump) == (model.classifier.patch_size, model.total_stride)
    dilated = ScoreMap(layers=[[5, 1, 1], [5, 1, 2], [5, 1, 4]])
    assert dilated.score_size() == model.classifier.dilated()(torch.zeros(1, 1, SIZE, SIZE)).shape[-1]


def test_coarse_labels_are_the_truth_of_the_nearest_centre():
    figure, truth = ScoreMap(layers=[[4, 3, 1], [2, 2, 1], [3, 1, 1]]), scene()[1]
    labels, centres, jump = figure.coarse_labels(), figure.centres(), 6
    for row, column in product(range(0, SIZE, 5), range(0, SIZE, 7)):
        distances = np.abs(centres - row).min(), np.abs(centres - column).min()
        if max(distances) > jump / 2:
            assert labels[row, column] == -1
        elif max(distances) < jump / 2:
            nearest = centres[np.abs(centres - row).argmin()], centres[np.abs(centres - column).argmin()]
            assert labels[row, column] == truth[nearest]


def test_a_score_for_every_pixel_keeps_every_gap_and_a_coarser_grid_keeps_fewer():
    kept = [
        ScoreMap(mirror=True, layers=[[3, s, 1], [3, t, 1], [1, 1, 1]]).gaps_kept()[0]
        for s, t in ((1, 1), (2, 1), (2, 2), (4, 2), (4, 4))
    ]
    assert kept[0] == ScoreMap().gaps_kept()[1] == int(scene()[2].sum())
    assert kept == sorted(kept, reverse=True)
    assert len(set(kept)) == 5


def test_gaps_are_background_with_two_cells_within_two_pixels():
    grey, cells, gaps = scene()
    assert not (cells & gaps).any()
    assert 200 < gaps.sum() < 800
    assert grey[cells].mean() > grey[~cells].mean() + 50


def test_the_image_and_the_masks_survive_their_packing():
    figure = ScoreMap()
    assert len(figure.image) + len(figure.truth) + len(figure.gaps) < 12_000
    png = base64.b64decode(figure.image.partition(",")[2])
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png))), scene()[0])
    rows = [[int(bit) for digit in row for bit in f"{int(digit, 16):04b}"] for row in figure.truth.split(" ")]
    np.testing.assert_array_equal(rows, scene()[1])


def test_a_window_larger_than_the_image_leaves_no_scores():
    figure = ScoreMap(layers=[[9, 4, 8], [9, 4, 8], [9, 4, 8]])
    assert figure.score_size() == 0
    assert figure.gaps_kept()[0] == 0
    assert "0 by 0 scores" in figure.alt()


@pytest.mark.parametrize("layers", [[[0, 1, 1]] * 3, [[3, 5, 1]] * 3, [[3, 1, 9]] * 3, [[3, 1, 1]] * 2, [[3, 1]] * 3])
def test_layers_out_of_range_are_refused(layers):
    figure = ScoreMap()
    with pytest.raises(traitlets.TraitError, match="layers"):
        figure.layers = layers
    assert figure.layers == CLASSIFIER
