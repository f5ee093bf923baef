"""Chapter 1 in a real browser: objects are dragged, moved by keys and by sliders, and every output follows."""

import random
import re

import pytest
from sampling import walks
from visit import Visit, figure, fresh, limits, set_slider, values

from segbook.data import TOY_CLASSES
from segbook.widgets import FourTasks
from segbook.widgets.four_tasks import HEIGHT, WIDTH

CHAPTER = "book/01_tasks.html"
TITLE = "One scene, four outputs"
APART = [[1, 8, 8, 6], [1, 24, 8, 6], [2, 38, 8, 6], [2, 11, 24, 6], [3, 31, 23, 7]]


def surface(box, task):
    return box.locator(f"svg[data-surface={task}]")


def at(box, task, x, y):
    """Where a pixel of the scene lies in the window."""
    place = surface(box, task).bounding_box()
    return place["x"] + (x + 0.5) * place["width"] / WIDTH, place["y"] + (y + 0.5) * place["height"] / HEIGHT


def drag(visit, box, task, start, end):
    surface(box, task).scroll_into_view_if_needed()
    mouse = visit.page.mouse
    mouse.move(*at(box, task, *start))
    mouse.down()
    mouse.move(*at(box, task, *end), steps=6)
    mouse.up()


def press(box, name):
    box.get_by_role("button", name=name, exact=True).click()


def read_scene(box):
    """Read the scene from the sliders, object by object."""
    objects = []
    chosen = box.locator("input[data-trait=chosen]")
    for number in range(1, int(chosen.get_attribute("max")) + 1):
        set_slider(box, "chosen", number)
        objects.append(values(box, ["shape", "column", "row", "radius"]))
    return objects


def check_outputs(box, objects):
    """Compare everything that the figure says with Python's figure of the same scene."""
    python = FourTasks(objects=objects)
    counts, boxes = python.counts(), python.boxes()
    said = box.locator(".formula").text_content()
    expected = [counts["objects"], counts["lost"], counts["cut"], counts["regions"]]
    assert [int(n) for n in re.findall(r"\d+", said)] == expected, objects
    captions = {task: box.locator(f"[data-task={task}] small").text_content() for task in ("classification", "detection", "semantic", "instance")}  # fmt: skip
    assert captions["classification"] == f"one label: {TOY_CLASSES[python.label()]} · 1 number"
    assert captions["detection"] == f"{len(boxes)} {'box' if len(boxes) == 1 else 'boxes'} · {5 * len(boxes)} numbers"
    assert captions["semantic"].startswith(f"{counts['regions']} region")
    assert captions["instance"].endswith(f"· {HEIGHT * WIDTH + counts['objects']:,} numbers")
    drawn = surface(box, "detection").locator("rect").evaluate_all(
        "(all) => all.map((r) => ['x', 'y', 'width', 'height'].map((name) => Number(r.getAttribute(name))))"
    )  # fmt: skip
    assert [[x, y, x + w, y + h] for x, y, w, h in drawn] == [edges[:4] for edges in boxes]
    for task, value in (("semantic", "regions"), ("instance", "objects")):
        assert surface(box, task).locator("path.area").count() == counts[value]


def test_every_preset_and_every_task_shows_what_python_computes(visit):
    box = fresh(visit, TITLE)
    box.locator("summary").click()
    scenes = box.locator(".presets").first.locator("button")
    assert scenes.count() == 6
    for button in scenes.all():
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        check_outputs(box, read_scene(box))
    for task in ("classification", "detection", "semantic", "instance"):
        press(box, task)
        shown = box.locator("svg[data-surface]").evaluate_all("(all) => all.map((s) => s.dataset.surface)")
        assert shown == [task]
    assert visit.complaints == []


@walks(10, 80)
def test_outputs_follow_wherever_the_sliders_go(visit, turns):
    rng = random.Random(1)
    box = fresh(visit, TITLE)
    box.locator("summary").click()
    objects = [list(row) for row in APART]
    for _ in range(turns):
        number = rng.randint(1, 5)
        set_slider(box, "chosen", number)
        trait = rng.choice(["column", "row", "radius", "shape"])
        low, high, _ = limits(box, trait)
        value = rng.randint(low, high)
        set_slider(box, trait, value)
        thing = objects[number - 1]
        thing[["shape", "column", "row", "radius"].index(trait)] = value
        thing[1] = min(max(thing[1], thing[3]), WIDTH - 1 - thing[3])  # a larger object is pushed inside
        thing[2] = min(max(thing[2], thing[3]), HEIGHT - 1 - thing[3])
        check_outputs(box, objects)
    assert read_scene(box) == objects
    assert visit.complaints == []


@pytest.mark.parametrize("task", ["classification", "detection", "semantic", "instance"])
def test_an_object_is_dragged_in_every_picture_until_it_touches(visit, task):
    box = fresh(visit, TITLE)
    box.locator("summary").click()
    press(box, "all apart")
    drag(visit, box, task, (26, 10), (24, 10))  # held off its centre: it keeps its distance to the pointer
    check_outputs(box, [APART[0], [1, 22, 8, 6], *APART[2:]])
    assert "objects 5 − lost 0" in box.locator(".formula").text_content()
    drag(visit, box, task, (22, 8), (21, 8))
    check_outputs(box, [APART[0], [1, 21, 8, 6], *APART[2:]])
    assert "Discs 1 and 2 are one region" in box.locator(".sentence").text_content()
    assert box.locator("input[data-trait=chosen]").input_value() == "2"


def test_an_object_stays_in_the_picture_and_background_cannot_be_dragged(visit):
    box = fresh(visit, TITLE)
    box.locator("summary").click()
    press(box, "all apart")
    drag(visit, box, "instance", (46, 30), (20, 20))
    assert read_scene(box) == APART
    drag(visit, box, "instance", (38, 8), (90, -30))
    assert read_scene(box) == [*APART[:2], [2, 41, 6, 6], *APART[3:]]


def test_a_finger_drags_objects_and_may_still_scroll_beside_them(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as visit:
        box = figure(visit, TITLE)
        press(box, "all apart")
        box.get_by_label("show").get_by_role("combobox").select_option(label="semantic")  # a list, on a phone
        surface(box, "semantic").scroll_into_view_if_needed()
        (x, y), (to, _) = at(box, "semantic", 24, 8), at(box, "semantic", 21, 8)
        session = visit.context.new_cdp_session(visit.page)
        points = [x + (to - x) * step / 5 for step in range(6)]
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for point in points[1:]:
            session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": point, "y": y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        visit.page.wait_for_function("document.querySelector('.segbook .formula').textContent.includes('lost 1')")
        # On the background the same move upwards scrolls the page.
        before, (x, y) = visit.page.evaluate("scrollY"), at(box, "semantic", 45, 26)
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 9):
            session.send(
                "Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 15 * step}]}
            )
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        visit.page.wait_for_function(f"scrollY > {before} + 20")


def test_arrow_keys_move_the_chosen_object_and_digits_choose_another(visit):
    box = fresh(visit, TITLE)
    box.locator("summary").click()
    press(box, "all apart")
    drawing = box.locator(".drawing")
    box.locator("input[data-trait=shape]").focus()  # the last control
    visit.page.keyboard.press("Tab")
    assert drawing.evaluate("(d) => document.activeElement === d")
    assert drawing.evaluate("(d) => getComputedStyle(d).outlineStyle") != "none"
    for key in ["ArrowLeft"] * 3:
        visit.page.keyboard.press(key)
    assert "lost 1" in box.locator(".formula").text_content()
    visit.page.keyboard.press("5")
    visit.page.keyboard.press("Shift+ArrowLeft")
    visit.page.keyboard.press("ArrowUp")
    visit.page.keyboard.press("9")  # there is no such object
    assert drawing.evaluate("(d) => document.activeElement === d")
    assert read_scene(box) == [APART[0], [1, 21, 8, 6], *APART[2:4], [3, 21, 22, 7]]
    assert visit.complaints == []


def test_a_right_count_by_accident_says_so(visit):
    box = fresh(visit, TITLE)
    press(box, "right by accident")
    assert "objects 5 − lost 1 + cut 1 = regions in the semantic map 5" in box.locator(".formula").text_content()
    assert "by accident" in box.locator(".sentence").text_content()
    assert "disc 1 lies in 2 regions" in box.locator(".sentence").text_content()


@pytest.mark.parametrize("width", [1280, 390])
def test_names_fit_their_pictures(visit, width):
    """A name may cross the outline of its object, but not the edge of the picture."""
    box = fresh(visit, TITLE, width=width)
    for button in box.locator(".presets").first.locator("button").all():
        button.click()
        outside = box.evaluate("""(figure) => [...figure.querySelectorAll("svg.scene")].flatMap((scene) => {
            const frame = scene.getBoundingClientRect();
            return [...scene.querySelectorAll("text")].filter((text) => {
                const { left, right } = text.getBoundingClientRect();
                return left < frame.left - 1 || right > frame.right + 1;
            }).map((text) => text.textContent);
        })""")
        assert outside == []
