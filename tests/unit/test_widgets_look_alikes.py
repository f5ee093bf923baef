"""LookAlikes in Python: its probability is where the weighted loss is smallest, and a weight is a threshold."""

import pytest
import torch
import traitlets

from segbook.widgets import LookAlikes
from segbook.widgets.look_alikes import GAP, LENGTH

SETTINGS = [(weight, alike) for weight in (1, 2, 5, 10, 20) for alike in (1, 3, 4, 12)]


@pytest.mark.parametrize(("weight", "alike"), SETTINGS)
def test_the_best_probability_has_the_smallest_weighted_loss(weight, alike):
    p = torch.linspace(0.0005, 0.9995, 1000, dtype=torch.float64)
    loss = -alike * p.log() - weight * (1 - p).log()
    assert LookAlikes(weight=weight, alike=alike).best() == pytest.approx(p[loss.argmin()].item(), abs=1e-3)


@pytest.mark.parametrize(("weight", "alike"), SETTINGS)
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.66, 0.9])
def test_without_a_weight_the_same_threshold_opens_the_same_gap(weight, alike, threshold):
    figure = LookAlikes(weight=weight, alike=alike, threshold=threshold)
    same = figure.same_threshold()
    assert same == pytest.approx(weight * threshold / (weight * threshold + 1 - threshold))
    if abs(figure.best() - threshold) > 1e-9:
        assert figure.opens() == (figure.best() <= threshold) == (figure.best(1) <= same)


def test_at_one_half_the_gap_opens_where_the_weight_reaches_the_look_alikes():
    for alike in range(13):
        opened = [weight for weight in range(1, 21) if LookAlikes(weight=weight, alike=alike).opens()]
        assert opened[0] == max(alike, 1)


def test_the_gap_and_its_look_alikes_are_called_together():
    for alike in range(13):
        called = LookAlikes(weight=20, alike=alike).called()
        assert len(called) == LENGTH
        assert called.count(False) == alike + 1
        assert not called[GAP]
        lost = [place for place, cell in enumerate(called) if not cell]
        assert lost == list(range(lost[0], lost[-1] + 1))
    assert all(LookAlikes(weight=1, alike=2).called())


def test_the_sentence_says_whether_the_gap_opens():
    assert (
        "best probability of cell is 0.29; read at 0.50 the gap opens, 5 wide." in LookAlikes(preset="weight 10").alt()
    )
    assert "0.80; read at 0.50 the gap stays filled." in LookAlikes().alt()


@pytest.mark.parametrize(("trait", "value"), [("threshold", 0.505), ("weight", 0), ("alike", 13)])
def test_a_setting_out_of_range_is_refused(trait, value):
    figure = LookAlikes()
    with pytest.raises(traitlets.TraitError, match=trait):
        setattr(figure, trait, value)
