"""Chapter 2's weight with its score and its loss, in the built page: numbers as in Python, train, drag, keys."""

import re

import pytest
from visit import fresh, set_slider, value

from segbook.widgets import ScoreAndLoss
from segbook.widgets.score_and_loss import STEPS

CHAPTER = "book/02_problem_definition.html"
TITLE = "One weight, its score and its loss"
SAID = r"weight is ([\d.]+), the mean loss ([\d.]+) and the IoU of the cell ([\d.]+)\."


def agree(box, python):
    """Compare the sentence, the formula, the map and the marks with Python."""
    expected = [f"{python.path()[-1]:.2f}", f"{python.loss():.3f}", f"{python.iou():.2f}"]
    assert list(re.search(SAID, box.locator(".sentence").text_content()).groups()) == expected
    slope, following = f"{python.slope():.3f}".replace("-", "−"), python.path()[-1] - python.rate * python.slope()
    assert box.locator(".formula b").all_text_contents() == [f"{python.iou():.2f}", slope, f"{following:.2f}"]
    shown = box.locator('svg[data-map="p − y of cell"] text').all_text_contents()
    assert [float(text.replace("−", "-")) for text in shown] == pytest.approx(
        python.gradient().flatten().tolist(), abs=0.0051
    )
    assert box.locator("circle[data-step=loss]").count() == box.locator("circle[data-step=iou]").count() == python.step
    cells = box.locator('svg[data-map="Predicted class"] text').all_text_contents()
    assert cells.count("cell") == {0: 0, 0.5: 2, 1: 4}[python.iou()]


def test_the_page_has_pythons_numbers_wherever_the_sliders_go(visit):
    box = fresh(visit, TITLE)
    agree(box, ScoreAndLoss())
    for weight, step, rate in ((0.0, 0, 1.0), (0.0, 3, 4.0), (2.2, 1, 0.5), (4.0, STEPS, 4.0), (0.7, 5, 2.0)):
        set_slider(box, "weight", weight)
        set_slider(box, "rate", rate)
        set_slider(box, "step", step)
        agree(box, ScoreAndLoss(weight=weight, step=step, rate=rate))
    for preset in ScoreAndLoss.presets:
        box.get_by_role("button", name=preset, exact=True).click()
        agree(box, ScoreAndLoss(preset=preset))
    assert visit.complaints == []


def test_train_takes_one_step_at_a_press_where_motion_is_unwanted(visit):
    box = fresh(visit, TITLE, motion="reduce")
    button = box.locator("button.slide")
    assert button.text_content() == "one step"
    for step in (1, 2):
        button.click()
        assert value(box, "step") == step
        agree(box, ScoreAndLoss(step=step))
    set_slider(box, "step", STEPS)
    button.click()
    assert value(box, "step") == 0


def test_train_goes_on_by_itself_and_pauses(visit):
    box = fresh(visit, TITLE)
    button = box.locator("button.slide")
    button.click()
    assert button.text_content() == "pause"
    visit.page.wait_for_function("document.querySelectorAll('circle[data-step=loss]').length >= 2")
    button.click()
    assert 2 <= value(box, "step") < STEPS


def test_the_weight_is_dragged_along_both_charts_and_moved_by_keys(visit):
    box = fresh(visit, TITLE)
    set_slider(box, "step", 3)
    for key in ("iou", "loss"):
        drawn = box.locator(f"[data-surface={key}]")
        drawn.scroll_into_view_if_needed()
        place = drawn.bounding_box()
        start, end = drawn.evaluate("(one) => JSON.parse(one.dataset.span)")
        across = lambda share: place["x"] + place["width"] * (start + (end - start) * share)  # noqa: B023, E731
        visit.page.mouse.move(across(0.3), place["y"] + 50)
        visit.page.mouse.down()
        visit.page.mouse.move(across(0.5), place["y"] + 50)
        assert (value(box, "weight"), value(box, "step")) == (2.5, 0)
        visit.page.mouse.move(across(2), place["y"] + 50)
        visit.page.mouse.up()
        assert value(box, "weight") == 4
    box.locator(".drawing").focus()
    for key, weight, step in (
        ("ArrowLeft", 3.9, 0),
        ("ArrowUp", 3.9, 1),
        ("ArrowDown", 3.9, 0),
        ("Shift+ArrowLeft", 2.9, 0),
    ):
        visit.page.keyboard.press(key)
        assert (value(box, "weight"), value(box, "step")) == (weight, step)
    agree(box, ScoreAndLoss(weight=2.9))
    assert visit.complaints == []
