"""PixelSoftmax in Python: values against torch and scipy, edits, sentences."""

import numpy as np
import pytest
import torch
import traitlets
from scipy.special import log_softmax
from torch.nn import functional as F

from segbook.widgets import PixelSoftmax

EDITED = [16, 0.5, -3, 2, 95, 9, 9, 9]


@pytest.mark.parametrize("edits", [[], EDITED])
def test_pixel_losses_and_sums_are_those_of_scipy_and_torch(edits):
    figure = PixelSoftmax(edits=edits)
    truth = figure.truth()[0].numpy()
    log_probs = log_softmax(figure.logits()[0].numpy(), axis=0)
    expected = -np.take_along_axis(log_probs, truth[None], axis=0)[0]
    np.testing.assert_allclose(figure.pixel_losses()[0], expected, atol=1e-12)
    for ours, theirs in (("sum", "sum"), ("pixel_mean", "mean")):
        expected = F.cross_entropy(figure.logits(), figure.truth(), reduction=theirs)
        assert figure.loss(ours) == pytest.approx(expected.item())


def test_edits_replace_the_logits_of_their_pixels_and_no_others():
    plain, edited = PixelSoftmax().logits()[0].flatten(1), PixelSoftmax(edits=EDITED).logits()[0].flatten(1)
    assert edited[:, 16].tolist() == [0.5, -3, 2]
    assert edited[:, 95].tolist() == [9, 9, 9]
    assert (plain != edited).any(0).nonzero().flatten().tolist() == [16, 95]


def test_adding_5_to_all_logits_of_a_pixel_changes_no_loss():
    a, b = PixelSoftmax(edits=[16, -2, 4, -1]), PixelSoftmax(edits=[16, 3, 9, 4])
    torch.testing.assert_close(a.pixel_losses(), b.pixel_losses(), atol=1e-12, rtol=0)


def test_the_network_of_the_figure_is_mostly_right_and_not_always():
    figure = PixelSoftmax()
    wrong = figure.preds() != figure.truth()[0].numpy()
    assert 1 <= wrong.sum() <= 10
    assert figure.logits().abs().max() <= 10  # the sliders reach every logit


@pytest.mark.parametrize("edits", [[16, 1, 2], [96, 0, 0, 0], [-1, 0, 0, 0], [1.5, 0, 0, 0], [3, 0, 0, 0, 3, 1, 1, 1]])
def test_edits_that_name_no_pixel_or_one_twice_are_refused(edits):
    figure = PixelSoftmax()
    with pytest.raises(traitlets.TraitError, match="fours"):
        figure.edits = edits
    assert figure.edits == []


def test_the_sentence_speaks_of_the_chosen_pixel():
    sentence = PixelSoftmax(pixel=45, edits=[45, 0, 0, 0]).alt()
    assert "Pixel (3, 9) of 8 × 12 is square" in sentence
    assert "its loss is 1.099" in sentence
    assert "square 0.333" in sentence
