"""Chapter 11's film in the built page: every frame's objects, scores and loss are those of segbook."""

import json

import pytest
from sampling import sampled
from visit import Visit, edges, figure, fresh, set_slider

from segbook.widgets import TrainingFilm
from segbook.widgets.training_film import SHOWN, STEPS, TEXT

CHAPTER = "book/11_real_images.html"
TITLE = "A network learns"
START = {"preset": "step 30"}  # as the chapter shows it


def agree(box, python):
    """Compare the sentence, the formulas and the outlines with Python."""
    scores, text = python.scores(), box.locator(".sentence").text_content()
    assert f"After {python.step} step" in text
    assert f"drawn as {python.shown}: {scores['found']} of {scores['cells']} nuclei found" in text
    assert f"found in {scores['objects']} object" in text
    assert f"AP {scores['AP']:.2f}" in text
    last = TEXT["loss"][max(0, python.step - 10) : python.step]
    loss = f"{sum(last) / len(last):.3f}" if last else "–"
    assert box.locator(".formula b").all_text_contents() == [f"{scores['AP']:.2f}", loss]
    drawn = box.locator('[data-outline="truth"]').get_attribute("d")
    assert drawn.count("h1") + drawn.count("v1") == edges(python.truth().tolist())
    outlines = box.locator('[data-outline="said"]')
    assert outlines.count() == (python.shown == "objects")
    if python.shown == "objects":
        drawn = outlines.get_attribute("d")
        assert drawn.count("h1") + drawn.count("v1") == edges(python.objects().tolist())


@sampled("frames", range(len(STEPS)), 5)
def test_every_frame_is_read_and_scored_as_in_python(visit, frames):
    box, python = fresh(visit, TITLE), TrainingFilm(**START)
    agree(box, python)
    for python.frame in frames:
        set_slider(box, "frame", python.frame)
        for python.shown in SHOWN:
            box.get_by_role("button", name=SHOWN[python.shown], exact=True).click()
            agree(box, python)
    assert visit.complaints == []


def test_the_film_is_scrubbed_and_keys_go_on(visit):
    box, mouse, python = fresh(visit, TITLE), visit.page.mouse, TrainingFilm(**START)
    surface = box.locator("[data-surface]")
    surface.scroll_into_view_if_needed()
    frame, (start, end) = surface.bounding_box(), json.loads(surface.get_attribute("data-span"))
    for number, python.frame in enumerate((STEPS.index(125), len(STEPS) // 2, len(STEPS) - 1)):
        x = start + (end - start) * python.step / STEPS[-1]
        mouse.move(frame["x"] + x * frame["width"], frame["y"] + frame["height"] / 2, steps=3)
        if not number:
            mouse.down()
        agree(box, python)
    mouse.move(frame["x"] - 50, frame["y"] + 10, steps=3)
    mouse.up()
    python.frame = 0
    agree(box, python)
    box.locator(".drawing").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "d"):
        visit.page.keyboard.press(key)
    python.frame, python.shown = 1, "probability"
    agree(box, python)
    assert visit.complaints == []


def test_the_marks_on_the_curves_stand_at_the_step_and_its_values(visit):
    box, places = fresh(visit, TITLE), []
    frames = [0, TEXT["first"], STEPS.index(125), len(STEPS) - 1]
    for number in frames:
        set_slider(box, "frame", number)
        centre = box.locator('[data-point="ap"]').evaluate(
            "(m) => { const b = m.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2]; }"
        )
        places.append(((STEPS[number], TEXT["ap"][number] / 1000), centre))
    (one, here), *_, (other, there) = places
    for axis in (0, 1):
        scale = (there[axis] - here[axis]) / (other[axis] - one[axis])
        for point, centre in places:
            assert centre[axis] - here[axis] == pytest.approx(scale * (point[axis] - one[axis]), abs=0.5)
    assert there[0] > here[0] + 100
    assert there[1] < here[1] - 50  # AP rises


def test_presets_show_their_frames_on_a_phone(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True, is_mobile=True) as visit:
        box = figure(visit, TITLE)
        for preset in TrainingFilm.presets:
            box.get_by_role("button", name=preset, exact=True).click()
            agree(box, TrainingFilm(preset=preset))
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert visit.complaints == []
