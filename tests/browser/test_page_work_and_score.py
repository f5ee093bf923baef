"""Chapter 10's networks in the built page: the drawing, its words and its sentence are Python's, in every setting."""

import random

import pytest
from visit import fresh

from segbook.widgets import WorkAndScore
from segbook.widgets.work_and_score import READINGS, ROWS, SCORES

CHAPTER = "book/10_summary.html"
TITLE = "Work and score"
OPENS = WorkAndScore(score="AP", reading="watershed", steps="3000")  # as the chapter does
SHOWN = {"one half": "at ½", "1000": "1,000", "3000": "3,000", "both": "both in turn"}
# The words of the drawing that lie on others, or outside it.
CROWDED = """(svg) => {
    const words = [...svg.querySelectorAll("g[data-network] text, :scope > text.name")]
        .map((text) => [text.textContent, text.getBoundingClientRect()]);
    const page = svg.getBoundingClientRect(), wrong = [];
    words.forEach(([name, one], i) => {
        if (one.left < page.left - 1 || one.right > page.right + 1) wrong.push(`${name} leaves the drawing`);
        for (const [other, two] of words.slice(0, i)) {
            if (Math.min(one.right, two.right) - Math.max(one.left, two.left) > 0.5
                && Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > 2) wrong.push(`${name} × ${other}`);
        }
    });
    return wrong;
}"""


def press(box, group, words):
    """Press a button, or choose from the list that stands in for many of them on a phone."""
    row, name = box.get_by_role("group", name=group, exact=True), SHOWN.get(words, words)
    if row.locator("select").is_visible():
        row.locator("select").select_option(label=name)
    else:
        row.get_by_role("button", name=name, exact=True).click()


def agree(box, python):
    """Compare marks, step line, lines, words and numbers with Python."""
    marks = python.marks()
    drawn = box.locator("g[data-network]")
    names = drawn.evaluate_all("(all) => all.map(({ dataset }) => [dataset.network, dataset.front === 'true'])")
    assert names == [[name, name in python.front()] for name in marks]
    for name, words in zip(marks, drawn.locator("text").all_text_contents(), strict=True):
        assert words.partition(" ↓")[0] == name
    places = box.locator("[data-mark]").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")
    scores = [mark.score for mark in marks.values()]
    for place, score in zip(places, scores, strict=True):
        assert all(place <= other + 1 for other, its in zip(places, scores, strict=True) if its < score - 0.001)
    lines = box.locator("[data-line]").evaluate_all(
        "(all) => all.map(({ dataset }) => [dataset.line, Number(dataset.score)])"
    )
    assert dict(lines) == python.lines()
    words = box.locator(".drawing svg > text.name").all_text_contents()
    assert set(words) >= {f"{name} {score:.3f}" for name, score in python.lines().items()}
    assert box.locator(".sentence").text_content() == python.alt()
    focus = python.in_focus()
    assert box.locator(".formula b").text_content() == f"{marks[focus].score:.3f}"
    assert box.locator(".formula").text_content().startswith(f"{focus}: {python.score}")
    assert box.locator(".drawing > div > svg").evaluate(CROWDED) == []
    said = box.locator(".keys").text_content()
    assert ("patches: in one pass; patch by patch 3,498 million" in said) == ("patches" in marks)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_drawing_is_pythons_wherever_the_buttons_lead(visit, width):
    rng, box = random.Random(10), fresh(visit, TITLE, width=width)
    agree(box, OPENS)
    for preset in WorkAndScore.presets:
        press(box, "Presets", preset)
        agree(box, WorkAndScore(preset=preset, steps="3000"))
    for _ in range(12):
        images, score, reading = (rng.choice([*names]) for names in (ROWS, SCORES, READINGS))
        steps = rng.choice(["300", "1000", "3000"])
        if images == "granules" and reading in ("watershed", "both"):
            continue
        for group, words in (("images", images), ("score", score), ("steps", steps), ("reading", reading)):
            press(box, group, words)
        agree(box, WorkAndScore(images=images, score=score, steps=steps, reading=reading))
    assert visit.complaints == []


# From the figure's upper edge to its drawing's lower one, and words of a list that its box cuts off.
SCREEN = """(figure) => {
    const letters = document.createElement("canvas").getContext("2d");
    const cut = [...figure.querySelectorAll("select")].flatMap((list) => {
        const { font, paddingLeft } = getComputedStyle(list);
        const room = list.clientWidth - 2 * parseFloat(paddingLeft) - 16;  // without the arrow
        letters.font = font;
        return [...list.options].filter(({ text }) => letters.measureText(text).width > room).map(({ text }) => text);
    });
    const { bottom } = figure.querySelector(".drawing").getBoundingClientRect();
    return [bottom - figure.getBoundingClientRect().top, cut];
}"""


@pytest.mark.parametrize(("width", "most"), [(390, 760), (320, 810)])
def test_controls_and_drawing_fit_the_screen_of_a_phone(visit, width, most):
    box = fresh(visit, TITLE, width=width)
    for preset in WorkAndScore.presets:
        press(box, "Presets", preset)
        height, cut = box.evaluate(SCREEN)
        assert (height <= most, cut) == (True, []), (preset, height)


def test_a_list_of_a_phone_names_what_is_in_force_and_leaves_out_what_cannot_be(visit):
    box = fresh(visit, TITLE, width=390)
    lists = box.locator(".listed select")
    chosen = "(all) => all.map((list) => list.selectedOptions[0].text)"
    assert lists.evaluate_all(chosen) == ["round cells", "AP", "3,000", "watershed"]
    press(box, "images", "granules")
    assert lists.evaluate_all(chosen)[0] == "granules"
    off = box.locator(".listed select option:disabled")
    assert off.all_text_contents() == ["watershed", "both in turn"]


def test_a_reading_that_was_not_measured_cannot_be_chosen_and_says_why(visit):
    box = fresh(visit, TITLE)
    press(box, "images", "granules")
    agree(box, WorkAndScore(images="granules", score="AP", steps="3000"))
    readings = box.get_by_role("group", name="reading", exact=True)
    assert readings.get_by_role("button", name="watershed").is_disabled()
    assert "granules were not cut by a watershed" in readings.text_content()
    press(box, "images", "odd shapes")
    assert readings.get_by_role("button", name="watershed").is_enabled()
    assert "not cut" not in readings.text_content()
    assert visit.complaints == []


def test_a_network_is_chosen_by_pointing_and_by_keys(visit):
    box = fresh(visit, TITLE)
    press(box, "Presets", "outlines")
    mark = box.locator("[data-mark=FCN-8s]")
    mark.scroll_into_view_if_needed()
    place = mark.bounding_box()
    visit.page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    visit.page.mouse.move(0, 0)
    agree(box, WorkAndScore(network="FCN-8s", steps="3000"))
    assert "dominated by depth 1, 0.889 for 57.6 million" in box.locator(".formula").text_content()
    box.locator(".drawing").focus()
    for key, network in (
        ("ArrowLeft", "U-Net of depth 1"),
        ("ArrowLeft", "depth 1"),
        ("ArrowLeft", "depth 1"),
        ("ArrowUp", "U-Net of depth 1"),
        ("Shift+ArrowRight", "patches"),
        ("ArrowDown", "weighted U-Net"),
    ):
        visit.page.keyboard.press(key)
        agree(box, WorkAndScore(network=network, steps="3000"))
        assert box.locator(".aside").text_content() in ("", box.locator(".formula").text_content())
    assert visit.complaints == []
