"""Chapter 3's figure in a browser: what it says is what Python counts, wherever the sliders go."""

import random
import re

from sampling import walks
from visit import Visit, figure, fresh, limits, set_slider, values

from segbook.widgets import PatchCost

CHAPTER = "book/03_patches.html"
TITLE = "What patches cost"


def settings(box):
    names = ("image_size", "patch_size", "kernel_size", "out_channels", "row", "column")
    return dict(zip(names, values(box, names), strict=True))


def check(box):
    now = settings(box)
    python, formula = PatchCost(**now), box.locator(".formula").inner_text()
    read, patches, one_pass = (int(text.replace(",", "")) for text in box.locator(".formula b").all_text_contents()[:3])
    assert read == python.counts()[now["row"], now["column"]], (now, formula)
    assert (patches, one_pass) == python.multiply_adds(), (now, formula)
    often = "once" if read == 1 else f"{read} times"
    assert f"is read {often}." in box.locator(".sentence").text_content()


@walks(12, 60)
def test_the_formula_has_pythons_numbers_wherever_the_sliders_go(visit, turns):
    rng = random.Random(3)
    box = fresh(visit, TITLE)
    box.locator("summary").click()
    check(box)
    for _ in range(turns):
        trait = rng.choice(["image_size", "patch_size", "kernel_size", "out_channels", "row", "column"])
        low, high, step = limits(box, trait)
        set_slider(box, trait, rng.choice([low, high, rng.randrange(low, high + 1, step)]))
        check(box)
    assert visit.complaints == []


def test_presets_pointing_and_arrow_keys_move_the_figure(visit):
    box = fresh(visit, TITLE)
    box.locator("summary").click()
    for button in box.locator(".presets button").all():
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        check(box)
    box.locator(".presets button", has_text="by hand").click()
    counts = [int(text) for text in box.locator("svg[data-map] text").all_text_contents()]
    assert counts == PatchCost(image_size=10, patch_size=5).counts().flatten().tolist()
    drawn = box.locator("svg[data-map]")
    drawn.scroll_into_view_if_needed()
    area = drawn.bounding_box()
    visit.page.mouse.move(area["x"] + 0.55 * area["width"], area["y"] + 0.95 * area["height"])
    assert (settings(box)["row"], settings(box)["column"]) == (9, 5)
    box.locator(".drawing").focus()
    visit.page.keyboard.press("ArrowUp")
    visit.page.keyboard.press("ArrowLeft")
    assert (settings(box)["row"], settings(box)["column"]) == (8, 4)
    for _ in range(9):
        visit.page.keyboard.press("ArrowRight")
    assert settings(box)["column"] == 9
    assert box.locator(".drawing").evaluate("(e) => e === document.activeElement")
    check(box)
    assert visit.complaints == []


def test_a_finger_chooses_a_pixel_on_a_phone(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as visit:
        box = figure(visit, TITLE)
        box.locator(".presets button", has_text="by hand").click()
        drawn = box.locator("svg[data-map]")
        drawn.scroll_into_view_if_needed()
        area = drawn.bounding_box()
        across, down = (area[at] + 0.55 * area[size] for at, size in (("x", "width"), ("y", "height")))  # its middle
        visit.page.touchscreen.tap(across, down)
        assert re.search(r"pixel \(5, 5\) is read 25 times", box.locator(".sentence").text_content())
