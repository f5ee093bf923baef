"""Chapter 4's dense layer that slides, in the built page: scores as in Python, pointing, keys, one patch."""

from visit import fresh, set_slider, value

from segbook.widgets import DenseSlide

CHAPTER = "book/04_fcn.html"
TITLE = "A dense layer slides"


def agree(box, python):
    """Compare the sentence, the formula and the drawn scores with Python."""
    score = f"{python.scores()[python.row, python.column]:g}".replace("-", "−")
    apart, together = python.multiplications()
    assert box.locator(".formula b").all_text_contents() == [score, str(apart), str(together)]
    assert f"at row {python.row}, column {python.column}: " in box.locator(".sentence").text_content()
    assert f"the score {score}." in box.locator(".sentence").text_content()
    drawn = box.locator("[data-of=score]").all_text_contents()
    assert [float(text.replace("−", "-")) for text in drawn] == python.scores().flatten().tolist()
    assert box.locator("[data-of=feature].series").count() == (python.patch_size - 1) ** 2


def test_the_page_scores_every_patch_as_torch_does(visit):
    box = fresh(visit, TITLE)
    agree(box, DenseSlide())
    for settings in (
        {"image_size": 8, "row": 4, "column": 0},
        {"patch_size": 5, "row": 2, "column": 2},
        {"patch_size": 3, "image_size": 3, "row": 0, "column": 0},
    ):
        box.get_by_role("button", name="patches of 4", exact=True).click()
        for name, setting in settings.items():
            set_slider(box, name, setting)
        python = DenseSlide()
        for name, setting in settings.items():
            python.set_trait(name, setting)
        agree(box, python)
    assert visit.complaints == []


def test_pointing_and_arrow_keys_move_the_patch_as_far_as_it_fits(visit):
    box = fresh(visit, TITLE)
    box.locator("[data-of=score][data-cell='3,2']").click()
    assert (value(box, "row"), value(box, "column")) == (3, 2)
    box.locator("[data-of=pixel][data-cell='0,0']").click()
    assert (value(box, "row"), value(box, "column")) == (0, 0)
    box.locator(".drawing").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowLeft"):
        visit.page.keyboard.press(key)
    assert (value(box, "row"), value(box, "column")) == (2, 0)
    box.get_by_role("button", name="one patch", exact=True).click()
    assert (value(box, "row"), value(box, "column")) == (0, 0)
    assert "It is the only patch." in box.locator(".sentence").text_content()
    assert box.locator("button.slide").is_disabled()
    assert visit.complaints == []
