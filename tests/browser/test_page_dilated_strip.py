"""Chapter 4's strip in the built page: every form computes what torch does; pointing, keys, the shown wrong row."""

from visit import fresh, set_slider, value

from segbook.widgets import DilatedStrip
from segbook.widgets.dilated_strip import FORMS, SCORES

CHAPTER = "book/04_fcn.html"
TITLE = "Strided, shifted, dilated"


def signed(number):
    return str(number).replace("-", "−")


def agree(box, python):
    """Compare formula, sentence and drawn scores with Python."""
    place, scores = python.in_focus(), python.scores()
    computed = python.computed()
    shown = [signed(scores[place]), str(computed["patch by patch"]), str(computed[python.form])]
    assert box.locator(".formula b").all_text_contents() == shown
    assert (
        f"The score at pixel {place} is {signed(scores[place])} and reads " in box.locator(".sentence").text_content()
    )
    drawn = box.locator("[data-score]").evaluate_all("(all) => all.map((one) => [+one.dataset.score, one.textContent])")
    assert drawn == [[at, signed(score)] for at, score in scores.items()]
    assert box.locator("[data-score].on").get_attribute("data-score") == str(place)
    rows = box.locator("[data-level]").evaluate_all("(all) => all.map((one) => [+one.dataset.level, one.textContent])")
    for level, row in enumerate(python.rows()[:-1]):
        assert [text for at, text in rows if at == level] == [signed(number) for number in row.values()]


def test_every_form_shows_what_torch_computes(visit):
    box = fresh(visit, TITLE)
    agree(box, DilatedStrip())
    for form in FORMS:
        box.get_by_role("button", name=form, exact=True).click()
        for place in (0, SCORES - 4) if form == "strided" else range(0, SCORES, 3):
            set_slider(box, "place", place)
            agree(box, DilatedStrip(form=form, place=place))
    assert visit.complaints == []


def test_with_taps_together_every_score_is_hatched_and_the_right_ones_stand_below(visit):
    box = fresh(visit, TITLE)
    box.get_by_role("button", name="taps together", exact=True).click()
    set_slider(box, "place", 0)
    assert box.locator("[data-score]:has(.unread)").count() == box.locator("[data-score]").count() == 13
    assert "but its patch has 2" in box.locator(".formula").text_content()
    box.get_by_role("button", name="dilated", exact=True).click()
    assert box.locator(".unread").count() == 0


def test_pointing_and_arrow_keys_choose_a_score_that_there_is(visit):
    box = fresh(visit, TITLE)
    box.get_by_role("button", name="dilated", exact=True).click()
    set_slider(box, "place", 5)
    box.locator(".drawing").focus()
    visit.page.keyboard.press("ArrowRight")
    assert value(box, "place") == 6
    box.get_by_role("button", name="strided", exact=True).click()
    box.locator(".drawing").focus()
    visit.page.keyboard.press("ArrowLeft")
    assert value(box, "place") == 0  # the last score lies four pixels back
    visit.page.keyboard.press("ArrowRight")
    assert value(box, "place") == 4
    visit.page.keyboard.press("ArrowLeft")
    assert value(box, "place") == 0
    box.get_by_role("button", name="shifted", exact=True).click()
    box.locator("[data-score='6']").click()
    assert value(box, "place") == 6
    box.get_by_role("button", name="strided", exact=True).click()
    assert value(box, "place") == 4
    assert visit.complaints == []
