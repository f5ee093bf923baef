"""Chapter 8's sixteen pixels in the built page: rows as in Python, pointing, keys."""

from visit import fresh, set_slider, value

from segbook.widgets import CoarseAndFine

CHAPTER = "book/08_unet.html"
TITLE = "Sixteen pixels"


def agree(box, python):
    """Compare the rows, the frames and the counts with Python."""
    for name, row in {"Fine": python.fine(), "Coarse": python.coarse(), "Joined": python.output()}.items():
        drawn = box.locator(f"[data-row={name}]").all_text_contents()
        assert [float(text) for text in drawn] == row.tolist()
    fine, coarse, joined = python.wrong()
    assert [box.locator(f"[data-wrong={name}]").count() for name in ("Fine", "Coarse", "Joined")] == [
        fine,
        coarse,
        joined,
    ]
    assert box.locator(".formula b").all_text_contents() == [str(joined)]
    assert f"the coarse row {coarse}, the two joined {joined}." in box.locator(".sentence").text_content()


def test_the_page_joins_the_rows_as_torch_does(visit):
    box, python = fresh(visit, TITLE), CoarseAndFine()
    agree(box, python)
    for name, setting in (("edge", 11), ("threshold", 0.2), ("up_weight", 0.5), ("bias", -0.5), ("skip_weight", 0)):
        set_slider(box, name, setting)
        python.set_trait(name, float(setting) if name != "edge" else setting)
        agree(box, python)
    for preset in CoarseAndFine.presets:
        box.get_by_role("button", name=preset, exact=True).click()
        agree(box, CoarseAndFine(preset=preset))
    assert visit.complaints == []


def test_pointing_and_arrow_keys_move_the_edge_as_far_as_it_goes(visit):
    box = fresh(visit, TITLE)
    box.locator("[data-row=Fine][data-pixel='11']").click()
    assert value(box, "edge") == 11
    box.locator("[data-row=Joined][data-pixel='2']").click()
    assert value(box, "edge") == 8
    box.locator(".drawing").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        visit.page.keyboard.press(key)
    assert value(box, "edge") == 9
    assert visit.complaints == []
