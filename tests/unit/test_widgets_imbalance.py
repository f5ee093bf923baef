"""Imbalance in Python: expected scores against simulation."""

import numpy as np
import pytest
import torch

from segbook import metrics
from segbook.widgets import Imbalance
from segbook.widgets.imbalance import PREDICTORS, expected_shares


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
