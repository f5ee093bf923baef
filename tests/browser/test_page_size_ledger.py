"""Chapter 7's figure in the built page: sizes as Python has them wherever it is moved, by slider, key, press and drag."""

import random
import re

import pytest
from sampling import walks
from visit import Visit, figure, fresh, set_slider

from segbook.widgets import SizeLedger
from segbook.widgets.size_ledger import POOLINGS

CHAPTER = "book/07_encoder_decoder.html"
TITLE = "Down and up again"


def settings_of(box):
    return box.evaluate("""(figure) => ({
        input_size: Number(figure.querySelector("input[data-trait=input_size]").value),
        depth: Number(figure.querySelector("input[data-trait=depth]").value),
        pooling: figure.querySelector("select[data-trait=pooling]").value,
        padded: figure.querySelector("input[data-trait=padded]").checked,
        mend: figure.querySelector("input[data-trait=mend]").checked,
    })""")


def expected_labels(settings):
    """The sizes that stand under the bars, from left to right, without what is said about remainders and losses."""
    rows = SizeLedger(**settings).ledger()
    labels = []
    for name, before, _ in rows:
        if name.startswith(("pool", "up")) or (labels and labels[-1][0] == name):
            continue
        labels.append((name, f"{before}" if settings["padded"] else f"{before}→{before - 4}"))
    return [label for _, label in labels]


@walks(20, 120)
def test_the_bars_say_what_python_computes_wherever_the_settings_go(visit, turns):
    rng = random.Random(7)
    box = fresh(visit, TITLE)
    too_small = 0
    for _ in range(turns):
        trait = rng.choice(["input_size", "input_size", "depth", "pooling", "padded", "mend"])
        if trait == "pooling":
            box.locator("select").select_option(rng.choice(list(POOLINGS)))
        elif trait in ("padded", "mend"):
            box.locator(f"input[data-trait={trait}]").click()
        else:
            set_slider(box, trait, rng.randint(*((1, 256) if trait == "input_size" else (1, 5))))
        settings = settings_of(box)
        python = SizeLedger(**settings)
        try:
            output = python.output_size()
        except ValueError:
            too_small += 1
            assert "is too small" in box.locator(".sentence").text_content(), settings
            assert box.locator(".valley .amount").count() == 0, settings
            continue
        labels = [re.match(r"[\d→]+", text)[0] for text in box.locator(".valley .amount").all_text_contents()]
        assert labels == expected_labels(settings), settings
        said = box.locator(".formula").text_content()
        assert f"= {settings['input_size']} − {output} = " in said, settings
        legal = not any(python.remainders())
        assert ("is legal" in box.locator(".sentence").text_content()) == legal, settings
    assert too_small < 3 * turns / 4
    assert visit.complaints == []


def test_an_image_that_is_too_small_is_said_to_be_so_and_nothing_else(visit):
    box = fresh(visit, TITLE)
    set_slider(box, "depth", 4)
    box.locator("select").select_option("4 over 4")
    for size in (99, 103):
        set_slider(box, "input_size", size)
        assert box.locator(".sentence").text_content() == f'{size} is too small: nothing is left of it after "pool 4".'
        assert box.locator(".formula").text_content() == ""
        assert box.locator(".valley :is(rect, path)").count() == 0
        assert box.locator(".valley").text_content() == "too small"
        assert "All sizes shown here are too small." in box.locator(".number-line").text_content()
    box.locator(".presets button").first.click()
    assert box.locator(".valley .amount").count() == 7
    assert visit.complaints == []


def test_the_number_line_marks_the_legal_sizes(visit):
    box = fresh(visit, TITLE)
    for depth in (1, 2, 4):
        set_slider(box, "depth", depth)
        set_slider(box, "input_size", 101)
        shown = [int(text) for text in box.locator(".number-line .index:not(.on)").all_text_contents()]
        assert shown
        assert all(size % 2**depth == 0 for size in shown)
        dots = box.locator(".number-line .dot").count()
        assert abs(box.locator(".number-line .dot.legal").count() - dots / 2**depth) <= 1


def test_every_preset_has_the_output_that_python_computes(visit):
    outputs = []
    box = fresh(visit, TITLE)
    for button in box.locator(".presets button").all():
        button.click()
        assert box.locator(".valley .amount").count() == 7
        outputs.append(SizeLedger(**settings_of(box)).output_size())
    assert outputs == [96, 96, 96, 103, 36, 97]
    assert visit.complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_words_under_the_bars_do_not_run_into_each_other(visit, width):
    overlaps = """(figure) => {
        const boxes = [...figure.querySelectorAll(".valley .amount")].map((text) => text.getBoundingClientRect());
        return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
            a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length;
    }"""
    box = fresh(visit, TITLE, width=width)
    for button in box.locator(".presets button").all():
        button.click()
        for depth in (1, 3, 5):
            set_slider(box, "depth", depth)
            assert box.evaluate(overlaps) == 0


def test_a_press_and_a_drag_on_the_number_line_choose_a_size(visit):
    box = fresh(visit, TITLE)
    box.scroll_into_view_if_needed()
    dots = box.locator(".number-line .dot")
    on = box.locator(".number-line .dot.on").bounding_box()
    unit = dots.nth(1).bounding_box()["x"] - dots.nth(0).bounding_box()["x"]
    x, y = on["x"] + on["width"] / 2, on["y"] + on["height"] / 2
    assert settings_of(box)["input_size"] == 96
    visit.page.mouse.move(x, y)
    visit.page.mouse.down()
    visit.page.mouse.move(x + 3 * unit, y, steps=4)
    assert settings_of(box)["input_size"] == 99
    visit.page.mouse.move(x - 2 * unit, y + 300, steps=4)  # the pointer may leave the line while it is held
    assert settings_of(box)["input_size"] == 94
    visit.page.mouse.up()
    visit.page.mouse.move(x, y)
    assert settings_of(box)["input_size"] == 94


def test_a_finger_chooses_a_size_and_keys_move_the_slider(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as visit:
        box = figure(visit, TITLE)
        box.locator(".number-line .dot.legal").last.tap(force=True)
        chosen = settings_of(box)["input_size"]
        assert chosen % 8 == 0
        assert chosen > 96
        box.locator("input[data-trait=input_size]").focus()
        visit.page.keyboard.press("ArrowRight")
        assert settings_of(box)["input_size"] == chosen + 1
        assert "Pool 1 drops 1 of" in box.locator(".sentence").text_content()


def test_output_padding_mends_the_size(visit):
    box = fresh(visit, TITLE)
    set_slider(box, "input_size", 103)
    assert "103 − 96 = 7 = 103 mod 23" in box.locator(".formula").text_content()  # 2 to the power 3
    box.locator("input[data-trait=mend]").check()
    assert "103 − 103 = 0 ✓" in box.locator(".formula").text_content()
    assert "and only the bias stands there." in box.locator(".sentence").text_content()
