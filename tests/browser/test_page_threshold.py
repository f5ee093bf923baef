"""Chapter 9's thresholds in the built page: cells, scores, curves and marks are those of segbook, wherever one drags."""

import json
import random
import re

import pytest
from sampling import walks
from visit import fresh, set_slider

from segbook.widgets import Threshold
from segbook.widgets.stored import THRESHOLDS
from segbook.widgets.threshold import NETWORKS, SCENES

CHAPTER = "book/09_weighted_loss.html"
TITLE = "A threshold is part of the method"


def agree(box, python):
    """Compare the sentence, the formula, the marks on the cells and the points on the curves with Python."""
    text, cells = box.locator(".sentence").text_content(), len(python.truth().unique()) - 1
    assert f"{cells} cells, read by {python.reading} above {python.threshold:.2f}" in text
    for network in NETWORKS:
        scores = python.scores(network)
        hits = f"{scores['hits']} hit{'' if scores['hits'] == 1 else 's'}"
        assert f"{network}, {hits}, {scores['merged']} merged, {scores['split']} split" in text
        line = box.locator(".formula div", has_text=f"{network}:")
        assert line.locator("b").all_text_contents() == [f"{scores['AP']:.2f}", f"{scores['IoU']:.3f}"]
        picture = box.get_by_role("img", name=f"the cells of the {network} network")
        assert picture.locator("[data-found=true]").count() == scores["hits"]
        assert picture.locator("[data-found]").count() == cells
        assert picture.locator("text.cell").count() == scores["split"]
        merged = picture.locator(".merged").get_attribute("d")
        assert merged.count("M") <= scores["merged"] <= 2 * merged.count("M")


@walks(6, 40)
def test_any_threshold_of_any_image_is_read_and_scored_as_in_python(visit, turns):
    rng = random.Random(9)
    box, python = fresh(visit, TITLE), Threshold()
    agree(box, python)
    for turn in range(turns):
        trait = ("threshold", "reading", "scene")[turn % 3]
        value = rng.choice({"threshold": THRESHOLDS, "reading": ["components", "watershed"], "scene": SCENES}[trait])
        if trait == "threshold":
            set_slider(box, trait, value)
        elif trait == "scene":
            box.locator("select[data-trait=scene]").select_option(value)
        else:
            box.get_by_role("button", name=value, exact=True).click()
        setattr(python, trait, value)
        agree(box, python)
    assert visit.complaints == []


def test_a_curve_is_dragged_along_and_keys_move_on(visit):
    box, mouse = fresh(visit, TITLE), visit.page.mouse
    surface = box.locator("[data-surface]")
    surface.scroll_into_view_if_needed()
    frame, points = surface.bounding_box(), json.loads(surface.get_attribute("data-points"))
    shown = lambda: float(box.locator("output").text_content())  # noqa: E731

    def far(point, other):
        return (point[1] - other[1]) ** 2 + (point[2] - other[2]) ** 2

    # Points that lie alone, so that the pointer means no other.
    alone = [one for one in points if all(far(one, other) > 1e-3 for other in points if other[0] != one[0])]
    for number, (threshold, x, y) in enumerate((alone[0], alone[-1])):
        mouse.move(frame["x"] + x * frame["width"], frame["y"] + y * frame["height"], steps=3)
        if not number:
            mouse.down()
        assert shown() == pytest.approx(threshold)
    mouse.up()
    set_slider(box, "threshold", 0.5)
    box.locator(".drawing").focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowLeft"):
        visit.page.keyboard.press(key)
    assert shown() == pytest.approx(0.34)
    visit.page.keyboard.press("w")
    assert box.get_by_role("button", name="watershed", exact=True).get_attribute("aria-pressed") == "true"
    visit.page.keyboard.press("i")
    assert box.locator("select").input_value() == SCENES[1]
    for _ in range(3):
        visit.page.keyboard.press("Shift+ArrowRight")
    visit.page.keyboard.press("Shift+ArrowRight")
    assert shown() == 0.98
    assert visit.complaints == []


def test_the_points_of_the_chart_stand_at_ap_and_iou(visit):
    box, python = fresh(visit, TITLE), Threshold()
    places = {}
    for threshold in (0.1, 0.5, 0.8):
        set_slider(box, "threshold", threshold)
        python.threshold = threshold
        for network in NETWORKS:
            mark = box.locator(f"[data-point={network}]")
            centre = mark.evaluate("(m) => { const b = m.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2]; }")
            scores = python.scores(network)
            places[scores["IoU"], scores["AP"]] = centre
    (low, high), (bottom, top) = ((min(axis), max(axis)) for axis in zip(*places, strict=True))
    scale = [
        (places[a][i] - places[b][i]) / (a[i] - b[i])
        for i in (0, 1)
        for a, b in [(max(places, key=lambda p: p[i]), min(places, key=lambda p: p[i]))]
    ]
    assert scale[0] > 100
    assert scale[1] < -100
    first = next(iter(places))
    for place, centre in places.items():
        for i in (0, 1):
            assert centre[i] - places[first][i] == pytest.approx(scale[i] * (place[i] - first[i]), abs=0.3)
    assert low < high
    assert bottom < top


def test_true_outlines_come_and_go_and_a_best_threshold_is_named(visit):
    box = fresh(visit, TITLE)
    assert box.locator('[data-outline="truth"]').count() == 0
    box.locator("input[type=checkbox]").check()
    assert box.locator('[data-outline="truth"]').count() == 2
    python = Threshold()
    found = re.findall(r"([\d.]+) for (\w+) \(at ([\d.]+)\)", box.locator(".sentence").text_content())
    assert [network for _, network, _ in found] == NETWORKS
    for best, network, at in found:
        python.threshold = float(at)
        assert f"{python.scores(network)['AP']:.2f}" == best
    assert visit.complaints == []
