"""Chapter 8's figure in the built page: whatever is set, it shows what Python plans."""

import random
import re

from sampling import walks
from visit import Visit, figure, fresh, limits, set_slider, value

from segbook import shapes
from segbook.widgets import UNetPlanner

CHAPTER = "book/08_unet.html"
TITLE = "The U, to scale"


def shown(box):
    text = "\n".join(box.locator(".formula > div").all_text_contents())
    convolutions, parameters = re.search(r"(\d+) convolutions, ([\d,]+) parameters", text).groups()
    window = re.search(r"output pixel (\d+).*?: reads (−?\d+) … (−?\d+), that is (\d+) pixels", text).groups()
    inside = re.search(r"output pixel (\d+) \(input pixel (\d+)\)", text)
    if inside:  # unpadded: it lies in the middle of what it reads, but for its block
        first, last = (int(part.replace("−", "-")) for part in window[1:3])
        assert abs(int(inside.group(2)) - (first + last) / 2) <= 15 / 2
    pixel, first, last, size = (int(part.replace("−", "-")) for part in window)
    sentence = box.locator(".sentence").text_content()
    sizes = tuple(map(int, re.search(r"Input (\d+)², output (\d+)²", sentence).groups()))
    places = int(re.search(r"The bottleneck ends with (\d+)² places", sentence).group(1))
    drawn = box.locator('svg text[data-block^="bottleneck"]').text_content()
    assert drawn.startswith(f"{places}² × ")  # sentence and drawing agree
    return {"sizes": sizes, "places": places, "convolutions": int(convolutions), "parameters": int(parameters.replace(",", "")),
            "pixel": pixel, "window": range(first, last + 1), "field": size}  # fmt: skip


@walks(16, 80)
def test_the_figure_plans_what_python_plans_wherever_the_sliders_go(visit, turns):
    rng = random.Random(8)
    box = fresh(visit, TITLE)
    box.locator("summary").click()
    for turn in range(turns):
        if turn % 8 == 7:
            box.locator("input[data-trait=padding]").click()
        trait = rng.choice(["input_size", "depth", "output_pixel", "block", "width"])
        low, high, _ = limits(box, trait)
        set_slider(box, trait, rng.choice([low, high, rng.randint(low, high)]))
        state = shown(box)
        settings = {"depth": value(box, "depth"), "width": value(box, "width")}
        settings["padding"] = box.locator("input[data-trait=padding]").is_checked()
        size = state["sizes"][0]
        assert size in shapes.legal_input_sizes(1024, depth=settings["depth"], padding=int(settings["padding"]))
        python = UNetPlanner(input_size=size, output_pixel=value(box, "output_pixel"), **settings)
        plan = python.plan()
        assert state["sizes"] == (size, plan["output_size"])
        assert state["places"] == [row for row in python.ledger() if row.kind == "bottleneck"][-1].output_size
        assert state["parameters"] == plan["parameters"]
        assert state["convolutions"] == plan["convolutions"]
        assert state["pixel"] == python.output_pixel
        assert state["window"] == python.window()
        assert state["field"] == plan["receptive_field"]
        assert box.locator("svg .outline").count() >= 2
    assert visit.complaints == []


def test_every_preset_draws_inside_the_figure(visit):
    for width in (1280, 390):
        box = fresh(visit, TITLE, width=width)
        for button in box.locator(".presets button").all():
            button.click()
            spilt = box.evaluate("""(box) => {
                const edge = box.getBoundingClientRect();
                const parts = [...box.querySelectorAll("svg rect, svg text")].map((p) => p.getBoundingClientRect());
                return parts.filter((r) => r.width && (r.left < edge.left || r.right > edge.right)).length;
            }""")
            assert spilt == 0
        assert visit.complaints == []


def test_a_tap_on_a_stage_looks_inside(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as visit:
        box = figure(visit, TITLE)
        box.locator('[data-map="skip 2"]').tap()
        insides = box.locator(".insides").text_content()
        assert "Inside decoder 2 of another, small U-Net of depth 4" in insides
        assert "trained on 64² pixels: three of its maps, 32² pixels each" in insides
        assert box.locator(".insides [role=img]").count() == 5


def test_the_keyboard_looks_inside_and_moves_the_output_pixel(visit):
    box = fresh(visit, TITLE)
    box.locator("input[data-trait=output_pixel]").focus()
    for _ in range(4):
        visit.page.keyboard.press("ArrowRight")
    assert "196 mod 16 = 4" in box.locator(".formula").text_content()
    assert "that is 204 pixels (12 of every 16 do; the others 188)" in box.locator(".formula").text_content()
    box.locator("input[data-trait=block]").focus()
    visit.page.keyboard.press("End")
    assert "Inside decoder 1 of another" in box.locator(".insides").text_content()
    assert visit.page.evaluate("document.activeElement.dataset.trait") == "block"


def test_crops_are_named_and_marked_and_padding_removes_them(visit):
    box = fresh(visit, TITLE)
    assert "568 → 392: crop 88 on each side" in box.locator("svg").text_content()
    assert box.locator("svg .crop").count() == 8
    box.locator("summary").click()
    box.locator("input[data-trait=padding]").check()
    assert box.locator("svg .crop").count() == 0
    assert "crop" not in box.locator("svg").text_content()


def test_the_frames_of_the_sheet_are_where_the_page_shows_them(visit):
    box = fresh(visit, TITLE)
    placed = box.evaluate("""(box) => [...box.querySelectorAll(".frame-of-sheet")].map((frame) => {
        const style = getComputedStyle(frame), [x, y] = style.backgroundPosition.split(" ").map(parseFloat);
        const scale = 256 / parseFloat(style.backgroundSize);
        return [-x * scale, -y * scale, frame.getBoundingClientRect().width * scale];
    })""")
    frames = UNetPlanner().maps["frames"]
    expected = [*frames["image"], *frames["encoder 1"], *frames["answer"]]
    for (x, y, side), (left, top, size) in zip(placed, expected, strict=True):
        assert abs(x - left) < 0.1
        assert abs(y - top) < 0.1
        assert abs(side - size) < 0.1
