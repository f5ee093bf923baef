"""LookAlikes in the built page: numbers and rows of pixels are those of Python, wherever the sliders go."""

import random

import pytest
from visit import fresh, set_slider

from segbook.widgets import LookAlikes
from segbook.widgets.look_alikes import GAP, LENGTH

TITLE = "A weight, or a threshold"
CHAPTER = "book/09_weighted_loss.html"


def agree(box, python):
    """Compare the formula's results and the rows of pixels with Python."""
    results = box.locator(".formula b").all_text_contents()
    expected = python.best(1), python.best(), python.same_threshold()
    assert [float(one) for one in results] == pytest.approx(expected, abs=0.00501)  # 0.125 is rounded either way
    target, plain, *others = (
        [bit == "1" for bit in row.get_attribute("data-called")] for row in box.locator("[data-row]").all()
    )
    assert target == [place != GAP for place in range(LENGTH)]
    assert plain == LookAlikes(weight=1, alike=python.alike, threshold=python.threshold).called()
    assert others == ([] if python.weight == 1 else 2 * [python.called()])  # with a weight, and with its threshold
    if python.alike:
        said = "the gap opens" if python.opens() else "the gap stays filled"
        assert said in box.locator(".sentence").text_content()


def test_rows_and_numbers_are_those_of_python(visit):
    rng, box, python = random.Random(9), fresh(visit, TITLE), LookAlikes()
    agree(box, python)
    for _ in range(25):
        python.weight, python.alike = rng.randint(1, 20), rng.randint(0, 12)
        python.threshold = rng.choice([0.05, 0.5, 0.75, 0.9, 0.97])
        for trait in ("weight", "alike", "threshold"):
            set_slider(box, trait, getattr(python, trait))
        agree(box, python)
    assert visit.complaints == []


def test_keys_change_the_weight_and_the_look_alikes(visit):
    box, python = fresh(visit, TITLE), LookAlikes()
    box.locator(".drawing").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        visit.page.keyboard.press(key)
    python.weight, python.alike = 3, 3
    agree(box, python)
    visit.page.keyboard.press("Shift+ArrowRight")
    python.alike = 12
    agree(box, python)
    assert visit.complaints == []
