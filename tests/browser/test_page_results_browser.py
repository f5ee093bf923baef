"""Chapter 11's results in the built page: objects, scores, table and curves are those of segbook, wherever one clicks."""

import json
import random

import pytest
from sampling import walks
from visit import Visit, edges, figure, fresh, set_slider

from segbook.widgets import ResultsBrowser
from segbook.widgets.results_browser import METHODS, SCENES
from segbook.widgets.stored import THRESHOLDS

CHAPTER = "book/11_real_images.html"
TITLE = "Results, image by image"


def finds_one(own, ids):
    """Tell whether an object has an IoU above one half with a true nucleus."""
    return any(
        2 * (own & (ids == number)).sum() > (own | (ids == number)).sum() for number in ids[own].unique() if number
    )


def agree(box, python):
    """Compare the sentence, the formula, what is drawn over the image and the chosen number of the table with Python."""
    scores, text = python.scores(), box.locator(".sentence").text_content()
    above = "Otsu's threshold" if python.method == "Otsu" else f"{python.threshold:.2f}"
    assert (
        f"{scores['cells']} nuclei; {python.method}, read by {python.reading} above {above}: {scores['objects']} object"
    ) in text
    alarms = scores["objects"] - scores["found"]
    assert (
        f"{scores['found']} found, {alarms} false alarm{'s' * (alarms != 1)}, {scores['merged']} merged, "
        f"{scores['split']} split, AP {scores['AP']:.2f}."
    ) in text
    assert box.locator(".formula b").text_content() == f"{scores['AP']:.2f}"
    picture = box.get_by_role("img", name=f"{python.scene}: what {python.method} takes for nuclei")
    assert picture.locator("[data-found=true]").count() == scores["found"]
    assert picture.locator("[data-found]").count() == scores["cells"]
    assert picture.locator("text.cell").count() == scores["split"]
    merged = picture.locator(".merged").get_attribute("d")
    assert merged.count("M") <= scores["merged"] <= 2 * merged.count("M")
    drawn = picture.locator('[data-outline="said"]').get_attribute("d")
    assert drawn.count("h1") + drawn.count("v1") == edges(python.objects().tolist())
    objects = python.objects()
    hits = [number for number in range(1, int(objects.max()) + 1) if finds_one(objects == number, python.truth())]
    assert len(hits) == scores["found"]
    drawn = picture.locator('[data-outline="alarm"]').get_attribute("d")
    others = [[0 if number in hits else number for number in row] for row in objects.tolist()]
    assert drawn.count("h1") + drawn.count("v1") == edges(others)
    chosen = box.locator("td[data-scene]:has(b)")
    assert chosen.evaluate_all("cells => cells.map(cell => [cell.dataset.scene, cell.dataset.method])") == [
        [python.scene, python.method]
    ]
    assert float(chosen.text_content()) == pytest.approx(scores["AP"], abs=0.0056)  # from thousandths


def press(box, name):
    box.get_by_role("button", name=name, exact=True).click()


@walks(8, 40)
def test_any_threshold_of_any_answer_is_read_and_scored_as_in_python(visit, turns):
    rng = random.Random(11)
    box, python = fresh(visit, TITLE), ResultsBrowser()
    agree(box, python)
    for turn in range(turns):
        trait = ("threshold", "scene", "method", "reading")[turn % 4]
        value = rng.choice(
            {"threshold": THRESHOLDS, "scene": SCENES, "method": METHODS}.get(trait, ["components", "watershed"])
        )
        if trait == "threshold":
            set_slider(box, trait, value)
        elif trait == "scene":
            box.locator("select[data-trait=scene]").select_option(value)
        else:
            press(box, value)
        setattr(python, trait, value)
        agree(box, python)
    assert visit.complaints == []


def test_the_table_has_the_ap_of_all_answers_and_a_click_shows_one(visit):
    box, python = fresh(visit, TITLE), ResultsBrowser()
    set_slider(box, "threshold", 0.3)
    python.threshold = 0.3
    for python.scene in SCENES:
        for python.method in METHODS:
            cell = box.locator(f'td[data-scene="{python.scene}"][data-method="{python.method}"]')
            assert float(cell.text_content()) == pytest.approx(python.scores()["AP"], abs=0.0056)
    cell = box.locator('td[data-scene="large ones"][data-method="Otsu"]')
    cell.click()
    python.scene, python.method = "large ones", "Otsu"
    agree(box, python)
    assert visit.complaints == []


def test_a_curve_is_dragged_along_and_keys_move_on(visit):
    box, mouse, python = fresh(visit, TITLE), visit.page.mouse, ResultsBrowser()
    surface = box.locator("[data-surface]")
    surface.scroll_into_view_if_needed()
    frame, (start, end) = surface.bounding_box(), json.loads(surface.get_attribute("data-span"))
    shown = lambda: float(box.locator("output").text_content())  # noqa: E731
    for number, threshold in enumerate((0.24, 0.8)):
        x = start + threshold * (end - start)
        mouse.move(frame["x"] + x * frame["width"], frame["y"] + frame["height"] / 2, steps=3)
        if not number:
            mouse.down()
        assert shown() == pytest.approx(threshold)
    mouse.move(frame["x"] + 3 * frame["width"], frame["y"], steps=3)
    mouse.up()
    assert shown() == 0.98
    box.locator(".drawing").focus()
    for key in ("ArrowLeft", "Shift+ArrowLeft", "i", "m", "w"):
        visit.page.keyboard.press(key)
    after = lambda names, name: names[(names.index(name) + 1) % len(names)]  # noqa: E731
    python.threshold = shown()
    assert python.threshold == pytest.approx(0.76)
    python.scene, python.method = after(SCENES, python.scene), after(METHODS, python.method)
    python.reading = "components"
    agree(box, python)
    assert visit.complaints == []


def test_the_mark_on_the_curve_stands_at_the_threshold_and_its_ap(visit):
    box, python = fresh(visit, TITLE), ResultsBrowser()
    places = []
    for threshold in (0.1, 0.5, 0.9):
        set_slider(box, "threshold", threshold)
        python.threshold = threshold
        centre = box.locator('[data-point="network"]').evaluate(
            "(m) => { const b = m.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2]; }"
        )
        places.append(((threshold, python.scores()["AP"]), centre))
    (one, here), (_, _), (other, there) = places
    assert abs(one[1] - other[1]) > 0.1  # else nothing would be measured along the height
    for axis in (0, 1):
        scale = (there[axis] - here[axis]) / (other[axis] - one[axis])
        for point, centre in places:
            assert centre[axis] - here[axis] == pytest.approx(scale * (point[axis] - one[axis]), abs=0.5)
    assert (there[1] - here[1]) / (other[1] - one[1]) < 0  # more is further up


def test_presets_and_true_outlines_come_and_go(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True, is_mobile=True) as visit:
        box = figure(visit, TITLE)
        for preset in ResultsBrowser.presets:
            press(box, preset)
            agree(box, ResultsBrowser(preset=preset))
        assert box.locator('[data-outline="truth"]').count() == 1
        box.locator("input[type=checkbox]").uncheck()
        assert box.locator('[data-outline="truth"]').count() == 0
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert visit.complaints == []
