"""Chapter 4's figure in a browser: grid, windows and gaps are Python's, wherever the sliders go."""

import random
import re

from sampling import walks
from visit import Visit, figure, fresh, limits, set_slider, value, values

from segbook import shapes
from segbook.widgets import ScoreMap

CHAPTER = "book/04_fcn.html"
TITLE = "The score map"
PARTS = ("kernel", "stride", "dilation")


def shown(box):
    layers = [values(box, [f"{part}_{layer}" for part in PARTS]) for layer in (1, 2, 3)]
    return ScoreMap(layers=layers, mirror=box.locator("input[data-trait=mirror]").is_checked())


def check(box):
    python = shown(box)
    size, jump, _ = shapes.receptive_field(python.stack())
    numbers = [int(text) for text in box.locator(".formula b").all_text_contents()]
    assert numbers[:2] == [size, jump], python.layers
    if python.score_size() == 0:
        assert box.locator(".warning").count() == 1
        return
    assert numbers[2:] == [python.score_size(), python.gaps_kept()[0]], python.layers
    row, column = values(box, ["row", "column"])
    windows = [shapes.input_window(python.stack(), n) for n in (row, column)]
    expected = " and columns ".join(f"{w.start} … {w.stop - 1}".replace("-", "−") for w in windows)
    assert f"Score ({row}, {column}) reads rows {expected} " in box.locator(".sentence").text_content()
    frame = box.locator("svg .band").evaluate("(r) => [r.x, r.y, r.width].map((v) => v.baseVal.value)")
    side = box.locator("svg[data-map]").first.evaluate("(s) => s.width.baseVal.value")
    for pixels, expected_pixels in zip(frame, (windows[1].start, windows[0].start, size), strict=True):
        assert abs(pixels * 96 / side - expected_pixels) < 0.02


@walks(12, 60)
def test_grid_window_and_gaps_are_pythons_wherever_the_sliders_go(visit, turns):
    rng = random.Random(4)
    box = fresh(visit, TITLE)
    box.locator("summary").click()
    check(box)
    traits = [f"{part}_{layer}" for part in PARTS for layer in (1, 2, 3)] + ["row", "column", "mirror"]
    for _ in range(turns):
        trait = rng.choice(traits)
        if trait == "mirror":
            box.locator("input[data-trait=mirror]").click()
        else:
            low, high, _ = limits(box, trait)
            set_slider(box, trait, rng.choice([low, high, rng.randint(low, high)]))
        check(box)
    assert visit.complaints == []


def test_presets_pointing_and_arrow_keys_move_the_figure(visit):
    box = fresh(visit, TITLE)
    box.locator("summary").click()
    for button in box.locator(".presets button").all():
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        check(box)
    box.locator(".presets button", has_text="jump 4, no mirror").click()
    drawn = box.locator("svg[data-map]").first
    drawn.scroll_into_view_if_needed()
    area = drawn.bounding_box()
    # Pixel (14 + 4·2, 14 + 4·5) is the centre of score (2, 5).
    visit.page.mouse.move(area["x"] + 34.5 / 96 * area["width"], area["y"] + 22.5 / 96 * area["height"])
    assert (value(box, "row"), value(box, "column")) == (2, 5)
    box.locator(".drawing").focus()
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("ArrowRight")
    assert (value(box, "row"), value(box, "column")) == (3, 6)
    for _ in range(20):
        visit.page.keyboard.press("ArrowDown")
    assert value(box, "row") == 16
    check(box)
    assert visit.complaints == []


def test_a_finger_chooses_a_score_on_a_phone(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as visit:
        box = figure(visit, TITLE)
        drawn = box.locator("svg[data-map]").first
        drawn.scroll_into_view_if_needed()
        area = drawn.bounding_box()
        visit.page.touchscreen.tap(area["x"] + 1, area["y"] + 1)
        assert re.match(r"Score \(0, 0\) reads rows 0 … 28", box.locator(".sentence").text_content())


def test_a_phone_shows_both_maps_beside_each_other(visit):
    box = fresh(visit, TITLE, width=390)
    grid, answer = [one.bounding_box() for one in box.locator("svg[data-map]").all()]
    assert abs(grid["y"] - answer["y"]) < 40  # a line or two of the words above them
    assert grid["width"] == answer["width"] > 140
    assert answer["x"] >= grid["x"] + grid["width"]
