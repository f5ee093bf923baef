"""Chapter 9's figure in the built page: what it shows is what segbook computes, wherever cells and sliders go."""

import random
import re

import pytest
from sampling import walks
from visit import figure, fresh, set_slider

from segbook.widgets import WeightMap
from segbook.widgets.weight_map import HEIGHT, WIDTH

CHAPTER = "book/09_weighted_loss.html"
TITLE = "What a pixel weighs"


def agree(box, python):
    """Compare the sentence with Python: pixel, weight, largest weight, the two nearest cells."""
    text = box.locator(".sentence").text_content()
    row, column, weight = re.search(r"Pixel \((\d+), (\d+)\) .*? weighs ([\d.]+)\.", text).groups()
    assert (int(row), int(column)) == (python.row, python.column)
    assert float(weight) == pytest.approx(python.weight(), abs=6e-3)
    largest = re.search(r"largest weight is ([\d.]+)\.", text).group(1)
    assert float(largest) == pytest.approx(python.weights().max().item(), abs=6e-3)
    shown = re.findall(r"([\d.]+) from cell (\d+)", text)
    if not python.instances()[python.row, python.column]:
        expected = [(f"{distance:.2f}", str(cell)) for cell, distance in python.nearest()]
        assert shown == expected


def spot(box, column, row):
    """Where a pixel of the grid lies on the screen."""
    frame = box.locator("[data-surface]").bounding_box()
    return frame["x"] + (column + 0.5) * frame["width"] / WIDTH, frame["y"] + (row + 0.5) * frame["height"] / HEIGHT


@walks(12, 40)
def test_the_sentence_is_what_segbook_computes_wherever_the_sliders_go(visit, turns):
    rng = random.Random(9)
    box, python = fresh(visit, TITLE), WeightMap()
    agree(box, python)
    box.locator("summary").click()
    for _ in range(turns):
        name, values = rng.choice([
            ("w_0", [0, 0.5, 10, 20]), ("sigma", [1, 4.5, 12]), ("background", [0, 0.6, 5]), ("cell", [0, 2.2, 5]),
            ("row", range(HEIGHT)), ("column", range(WIDTH)), ("x", range(WIDTH)), ("y", range(HEIGHT)),
            ("radius", range(3, 15)), ("chosen", [1, 2]),
        ])  # fmt: skip
        value = rng.choice(list(values))
        set_slider(box, name, value)
        if name in ("x", "y", "radius"):
            cells = [list(cell) for cell in python.cells]
            cells[python.chosen - 1][("x", "y", "radius").index(name)] = value
            python.cells = cells
        else:
            setattr(python, name, value)
        agree(box, python)
    assert visit.complaints == []


def test_cells_are_dragged_resized_added_and_removed(visit):
    box, python, mouse = fresh(visit, TITLE), WeightMap(), visit.page.mouse
    box.scroll_into_view_if_needed()
    mouse.move(*spot(box, 42, 23))
    mouse.down()
    mouse.move(*spot(box, 45, 20), steps=4)
    mouse.move(*spot(box, 40, 25), steps=4)
    mouse.up()
    python.cells, python.chosen = [[18, 23, 10], [40, 25, 10]], 2
    mouse.move(*spot(box, 29, 24))  # hovering points
    python.row, python.column = 24, 29
    agree(box, python)
    mouse.move(*spot(box, 40, 35))  # the square at the cell's lower end
    mouse.down()
    mouse.move(*spot(box, 40, 32), steps=3)
    mouse.up()
    mouse.move(*spot(box, 29, 24))
    python.cells = [[18, 23, 10], [40, 25, 7]]
    agree(box, python)
    box.get_by_role("button", name="add a cell").click()
    assert "3 cells" in box.locator("[data-surface]").get_attribute("aria-label")
    for _ in range(3):
        box.get_by_role("button", name="remove it").click()
    assert "has no cell near it" in box.locator(".sentence").text_content()
    assert visit.complaints == []


def test_the_keyboard_moves_cells_and_the_pixel(visit):
    box, python = fresh(visit, TITLE), WeightMap()
    box.locator(".drawing").focus()
    for key in ("2", "ArrowLeft", "ArrowLeft", "ArrowDown", "+", "a", "w", "w"):
        visit.page.keyboard.press(key)
    python.cells, python.row, python.column = [[18, 23, 10], [40, 24, 11]], 21, 29
    agree(box, python)
    assert box.locator(".drawing").evaluate("element => element === document.activeElement")


def test_presets_tell_their_stories(visit):
    box, sentence = fresh(visit, TITLE), figure(visit, TITLE).locator(".sentence")
    for preset, says in {
        "touching, no gap carved": "The largest weight is",
        "touching": "carved away",
        "one cell": "fewer than two cells",
        "a crowd": "The largest weight is",
        "rare cells": "The largest weight is",
        "narrow σ": "The largest weight is",
        "a gap": "The largest weight is 8.26",
    }.items():
        button = box.get_by_role("button", name=preset, exact=True)
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        assert says in sentence.text_content()
    assert visit.complaints == []
