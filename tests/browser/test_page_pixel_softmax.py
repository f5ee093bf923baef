"""PixelSoftmax in the built page: what it shows is what torch computes, wherever the controls go."""

import random
import re

import pytest
from sampling import walks
from visit import Visit, figure, fresh, set_slider

from segbook.widgets import PixelSoftmax
from segbook.widgets.pixel_softmax import CLASS_NAMES, WIDTH

CHAPTER = "book/02_problem_definition.html"
ONE_PIXEL = "One pixel, many pixels"
NUMBER = r"−?[\d.]+"


def shown_pixel(box):
    """Read the sentence: place, true and predicted class, p, loss, wrong pixels, sum, mean."""
    words = (
        rf"Pixel \((\d+), (\d+)\) is (\w+), predicted (\w+): p = ({NUMBER}), loss ({NUMBER})\. (\d+) of 96 .* "
        rf"up to ({NUMBER}), ({NUMBER}) a pixel"
    )
    return re.match(words, box.locator(".sentence").text_content()).groups()


def agree(box, python):
    row, column, truth, pred, p, loss, wrong, total, mean = shown_pixel(box)
    place = int(row), int(column)
    assert place == divmod(python.pixel, WIDTH)
    assert truth == CLASS_NAMES[python.truth()[0][place]]
    assert pred == CLASS_NAMES[python.preds()[place]]
    assert float(p) == pytest.approx(
        python.logits().softmax(1)[0][(int(python.truth()[0][place]), *place)].item(), abs=6e-4
    )
    assert float(loss) == pytest.approx(python.pixel_losses()[0][place].item(), abs=6e-3)
    assert int(wrong) == (python.preds() != python.truth()[0].numpy()).sum()
    assert float(total) == pytest.approx(python.loss("sum"), abs=6e-3)
    assert float(mean) == pytest.approx(python.loss("pixel_mean"), abs=6e-4)


@walks(12, 60)
def test_the_map_shows_what_torch_computes_wherever_the_sliders_go(visit, turns):
    rng, edited = random.Random(2), {}
    box, python = fresh(visit, ONE_PIXEL), PixelSoftmax()
    agree(box, python)
    for _ in range(turns):
        if rng.random() < 0.3:
            row, column = rng.randrange(8), rng.randrange(12)
            set_slider(box, "row", row)
            set_slider(box, "column", column)
            python.pixel = row * WIDTH + column
        else:
            row, column = divmod(python.pixel, WIDTH)
            values = edited.setdefault(python.pixel, python.logits()[0, :, row, column].tolist())
            k = rng.randrange(3)
            values[k] = rng.choice([-10, 10, rng.randint(-100, 100) / 10])
            set_slider(box, f"logit_{k}", values[k])
            python.edits = [number for pixel, three in edited.items() for number in (pixel, *three)]
        agree(box, python)
    shown = box.locator("svg.pixels").first.locator("text").all_text_contents()
    assert list(map(int, shown)) == python.preds().ravel().tolist()
    assert visit.complaints == []


def test_adding_5_to_all_logits_changes_nothing_but_the_exponentials(visit):
    box, seen = fresh(visit, ONE_PIXEL), []
    for name in ("sure and right", "the same, all + 5"):
        box.locator(".presets button", has_text=name).click()
        seen.append((box.locator(".sentence").text_content(), box.locator(".formula div").first.text_content()))
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] != seen[1][1]


def test_a_pixel_is_chosen_by_click_drag_tap_and_keyboard(visit, chromium):
    box = fresh(visit, ONE_PIXEL)
    box.scroll_into_view_if_needed()
    losses = box.locator("svg.pixels").nth(1)
    frame = losses.bounding_box()
    unit = frame["width"] / WIDTH
    visit.page.mouse.click(frame["x"] + 9.5 * unit, frame["y"] + 4.5 * unit)
    assert shown_pixel(box)[:3] == ("4", "9", "square")
    visit.page.mouse.move(frame["x"] + 2.5 * unit, frame["y"] + 4.5 * unit)
    visit.page.mouse.down()
    visit.page.mouse.move(frame["x"] + 3.5 * unit, frame["y"] + 2.5 * unit, steps=4)
    visit.page.mouse.up()
    assert shown_pixel(box)[:3] == ("2", "3", "disc")
    box.locator(".drawing").focus()
    for key in (
        "ArrowRight",
        "ArrowDown",
        "ArrowDown",
        "ArrowLeft",
        "ArrowUp",
        "ArrowUp",
        "ArrowUp",
        "ArrowUp",
        "ArrowUp",
    ):
        visit.page.keyboard.press(key)
    assert shown_pixel(box)[:2] == ("0", "3")  # the edge holds
    assert visit.page.evaluate("document.activeElement.className") == "drawing"
    assert visit.complaints == []
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as phone:
        box = figure(phone, ONE_PIXEL)
        box.locator("svg.pixels").first.tap(position={"x": 2, "y": 2})
        assert shown_pixel(box)[:2] == ("0", "0")


def test_the_formula_carries_the_live_numbers(visit):
    box = fresh(visit, ONE_PIXEL)
    box.locator(".presets button", has_text="undecided").click()
    first, second, third = box.locator(".formula > div").all_text_contents()
    assert "1.00 / (1.00 + 1.00 + 1.00) = 0.333" in first
    assert "= 1.10" in second
    assert "(0.33, −0.67, 0.33)" in second
    total = PixelSoftmax(edits=[16, 0, 0, 0]).loss("sum")
    assert f"= {total:.2f}; mean {total:.2f} / 96 = {total / 96:.3f}" in third
