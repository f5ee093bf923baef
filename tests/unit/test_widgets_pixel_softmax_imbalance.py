"""Chapter 2's figures in Python: values against torch and scipy, expected scores against simulation."""

import numpy as np
import pytest
import torch
import traitlets
from scipy.special import log_softmax
from torch.nn import functional as F

from segbook import metrics
from segbook.widgets import Imbalance, PixelSoftmax
from segbook.widgets.imbalance import PREDICTORS, expected_shares

EDITED = [16, 0.5, -3, 2, 95, 9, 9, 9]


@pytest.mark.parametrize("edits", [[], EDITED])
def test_charges_and_losses_are_those_of_scipy_and_torch(edits):
    figure = PixelSoftmax(edits=edits)
    truth = figure.truth()[0].numpy()
    log_probs = log_softmax(figure.logits()[0].numpy(), axis=0)
    charges = -np.take_along_axis(log_probs, truth[None], axis=0)[0]
    np.testing.assert_allclose(figure.charges()[0], charges, atol=1e-12)
    for ours, theirs in (("sum", "sum"), ("pixel_mean", "mean")):
        expected = F.cross_entropy(figure.logits(), figure.truth(), reduction=theirs)
        assert figure.loss(ours) == pytest.approx(expected.item())


def test_edits_replace_the_logits_of_their_pixels_and_no_others():
    plain, edited = PixelSoftmax().logits()[0].flatten(1), PixelSoftmax(edits=EDITED).logits()[0].flatten(1)
    assert edited[:, 16].tolist() == [0.5, -3, 2]
    assert edited[:, 95].tolist() == [9, 9, 9]
    assert (plain != edited).any(0).nonzero().flatten().tolist() == [16, 95]


def test_adding_5_to_all_logits_of_a_pixel_changes_no_charge():
    a, b = PixelSoftmax(edits=[16, -2, 4, -1]), PixelSoftmax(edits=[16, 3, 9, 4])
    torch.testing.assert_close(a.charges(), b.charges(), atol=1e-12, rtol=0)


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
    assert "costs 1.099" in sentence
    assert "square 0.333" in sentence


@pytest.mark.parametrize("predictor", PREDICTORS)
@pytest.mark.parametrize("share", [0.1, 5.0, 20.0, 50.0])
def test_expected_scores_are_those_of_a_large_simulated_picture(predictor, share):
    pixels, rng = 2_000_000, np.random.default_rng(1)
    size = round(share / 100 * pixels)
    labels = np.arange(pixels) < size  # where they lie plays no part
    preds = {
        "nothing": np.zeros(pixels, bool),
        "coin": rng.random(pixels) < share / 100,
        "twice": np.arange(pixels) < 2 * size,
    }[predictor]
    confusion = metrics.confusion_matrix(
        torch.from_numpy(preds.astype(int)), torch.from_numpy(labels.astype(int)), num_classes=2
    )
    simulated = (metrics.pixel_accuracy(confusion), metrics.iou(confusion)[1].item(), metrics.mean_iou(confusion))
    assert Imbalance(share=share, predictor=predictor).expected() == pytest.approx(simulated, abs=2e-3)


def test_shares_of_the_four_kinds_add_up_to_one():
    for predictor in PREDICTORS:
        for share in (0.001, 0.05, 0.5):
            assert sum(expected_shares(share, predictor)) == pytest.approx(1)


def test_nothing_and_twice_too_large_have_one_accuracy_and_not_one_iou():
    nothing, twice = (Imbalance(share=5.0, predictor=name).expected() for name in ("nothing", "twice"))
    assert nothing[0] == pytest.approx(twice[0]) == pytest.approx(0.95)
    assert (nothing[1], twice[1]) == (0, 0.5)


def test_the_picture_holds_the_share_to_a_tenth_of_a_percent():
    for share in (0.1, 0.3, 12.5, 50.0):
        labels, preds = Imbalance(share=share, predictor="coin").maps()
        assert labels.sum() == preds.sum() == round(share * 10)


def test_counted_scores_are_exact_where_no_coin_is_tossed():
    for predictor in ("nothing", "twice"):
        figure = Imbalance(share=12.5, predictor=predictor)
        assert figure.counted() == pytest.approx(figure.expected())


@pytest.mark.parametrize(("trait", "value"), [("share", 0.0), ("share", 50.1), ("predictor", "all")])
def test_a_trait_out_of_range_is_refused(trait, value):
    with pytest.raises(traitlets.TraitError, match=trait):
        Imbalance(**{trait: value})
