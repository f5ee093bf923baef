"""Chapter 8's shifted skips in the built page: the scores of every setting, presets, keys."""

import re

from visit import edges, fresh, set_slider

from segbook.widgets import ShiftedSkip
from segbook.widgets.shifted_skip import MOVED, SHIFTS

CHAPTER = "book/08_unet.html"
TITLE = "Skips moved sideways"


def agree(box, python):
    """Compare the sentence, the formula and the points of the chart with Python."""
    still, along = (f"{score:.2f}" for score in python.scores())
    text = box.locator(".sentence").text_content()
    assert re.findall(r"F of ([\d.]+) against the true outlines and of ([\d.]+) against", text) == [(still, along)]
    assert f"moved {abs(python.shift)} pixels to the {'left' if python.shift < 0 else 'right'}" in text
    assert box.locator(".formula b").all_text_contents() == [still, along]
    outline = box.locator('[data-outline="answer"]').get_attribute("d")
    assert outline.count("h1") + outline.count("v1") == edges(python.answer().tolist())
    dotted = box.locator('[data-outline="moved"]')
    assert dotted.count() == (python.shift != 0)
    if python.shift:
        moved = dotted.get_attribute("d")
        rolled = python.truth().roll(python.shift, dims=-1).tolist()
        assert moved.count("h1") + moved.count("v1") == edges(rolled)


def test_every_skip_and_shift_is_scored_as_in_python(visit):
    box, python = fresh(visit, TITLE), ShiftedSkip(shift=0)  # as the chapter opens it
    agree(box, python)
    for moved in MOVED:
        box.get_by_role("button", name=moved, exact=True).click()
        for shift in SHIFTS[:: 4 if moved == "both" else 8]:
            set_slider(box, "shift", shift)
            python.set_trait("moved", moved)
            python.set_trait("shift", shift)
            agree(box, python)
    assert visit.complaints == []


def test_arrow_keys_move_the_skips_and_presets_put_them_back(visit):
    box = fresh(visit, TITLE)
    shown = lambda: box.locator("output").text_content()  # noqa: E731
    box.locator(".drawing").focus()
    assert shown() == "0 pixels"
    for key in ("ArrowRight", "ArrowLeft", "ArrowLeft"):
        visit.page.keyboard.press(key)
    assert shown() == "−4 pixels"
    visit.page.keyboard.press("ArrowRight")
    assert shown() == "0 pixels"
    assert box.get_by_role("button", name="in place", exact=True).get_attribute("aria-pressed") == "true"
    box.get_by_role("button", name="8 to the left", exact=True).click()
    assert shown() == "−8 pixels"
    visit.page.keyboard.press("Tab")
    assert visit.complaints == []
