"""ScoreAndLoss in Python: chapter 2's numbers, the slope against a small step, the path, limits, sentence."""

import pytest
import traitlets

from segbook.widgets import ScoreAndLoss


def test_it_opens_on_the_network_of_the_chapter():
    """The weight is log 3, to a tenth: loss 0.349, slope -0.25, IoU of the cell one half."""
    figure = ScoreAndLoss()
    assert figure.loss() == pytest.approx(0.349, abs=0.0005)
    assert figure.slope() == pytest.approx(-0.25, abs=0.005)
    assert figure.iou() == 0.5
    assert [round(value, 2) for value in figure.gradient()[0].tolist()] == [0.1, -0.75, -0.25, 0.1]


@pytest.mark.parametrize("weight", [0.0, 0.7, 2.2, 4.0])
def test_the_slope_is_that_of_a_small_step(weight):
    figure = ScoreAndLoss(weight=weight)
    (up, _), (down, _) = figure._loss(weight + 1e-5), figure._loss(weight - 1e-5)
    assert figure.slope() == pytest.approx((up - down) / 2e-5, abs=1e-8)


def test_the_score_waits_for_seven_steps_and_the_loss_falls_in_each():
    """Chapter 2: it takes 8 steps to the top stair, and the loss falls in each of them, and after."""
    figures = [ScoreAndLoss(step=step) for step in range(13)]
    assert [figure.iou() for figure in figures] == [0.5] * 8 + [1] * 5
    losses = [figure.loss() for figure in figures]
    assert losses == sorted(losses, reverse=True)
    assert len({round(loss, 6) for loss in losses}) == 13


def test_no_path_leaves_the_charts():
    for weight in (0.0, 2.0, 4.0):
        for rate in (0.5, 4.0):
            assert 0 <= ScoreAndLoss(weight=weight, rate=rate, step=12).path()[-1] <= 5


@pytest.mark.parametrize(("trait", "value"), [("weight", 4.1), ("step", 13), ("rate", 0.0)])
def test_a_setting_out_of_range_is_refused(trait, value):
    with pytest.raises(traitlets.TraitError, match=trait):
        ScoreAndLoss(**{trait: value})


def test_the_sentence_has_the_numbers():
    assert ScoreAndLoss(step=1).alt() == (
        "The small map at weight w = 1.35, after 1 step of 1 × slope: the IoU of the cell is 0.50, the mean loss 0.295 "
        "and its slope -0.185."
    )
