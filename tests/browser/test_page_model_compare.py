"""Chapter 10's figure in the built page: scores, lists and marks are those of segbook.metrics, for any two networks."""

import random
import re

import pytest
from sampling import walks
from visit import Visit, figure, fresh, set_slider

from segbook import metrics
from segbook.widgets import ModelCompare
from segbook.widgets.model_compare import MODELS, SCENES

CHAPTER = "book/10_summary.html"
TITLE = "Five networks, one image"


def agree(box, python):
    """Compare the sentence, the formula and the thumbnails with Python."""
    text = box.locator(".sentence").text_content()
    assert f"{python.truth().max()} cell" in text
    found = re.findall(r"IoU ([\d.]+), boundary F ([\d.]+), (\d+) of \d+ merged.*?, (\d+) split", text)
    expected = [python.scores(model) for model in (python.left, python.right)]
    assert [(float(iou), float(f), int(merged), int(split)) for iou, f, merged, split in found] == [
        (round(s["IoU"], 3), round(s["boundary F"], 3), s["merged"], s["split"]) for s in expected
    ]
    formula = box.locator(".formula").text_content()
    for model, scores in zip((python.left, python.right), expected, strict=True):
        assert model in formula
        assert f"{scores['IoU']:.3f}" in formula
    for model, said in zip((python.left, python.right), box.locator(".sides small").all_text_contents(), strict=True):
        count = int(metrics.connected_components(python.answer(model)[None] > 0).max())
        scores = python.scores(model)
        split = f", splits {scores['split']}" if scores["split"] else ""
        assert said == f"counts {count}, merges {scores['merged'] or 'none'}{split}"
    for model in MODELS:
        under = box.locator(f'[data-model="{model}"]').text_content()
        scores = python.scores(model)
        assert f"IoU {scores['IoU']:.3f}" in under
        assert float(re.search(r"AP ([\d.]+)", under).group(1)) == pytest.approx(scores["AP"], abs=5e-3)
        assert f"merged {scores['merged']}" in under


@walks(6, 30)
def test_any_two_networks_on_any_image_are_scored_as_in_python(visit, turns):
    rng = random.Random(10)
    box, python = fresh(visit, TITLE), ModelCompare()
    agree(box, python)
    for _ in range(turns):
        trait, values = rng.choice([("scene", SCENES), ("left", MODELS), ("right", MODELS)])
        value = rng.choice(values)
        box.locator(f"select[data-trait={trait}]").select_option(value)
        setattr(python, trait, value)
        agree(box, python)
    assert visit.complaints == []


def test_the_line_is_dragged_and_follows_slider_and_keys(visit):
    box, mouse = fresh(visit, TITLE), visit.page.mouse
    box.locator("[data-surface]").scroll_into_view_if_needed()
    shown = lambda: box.locator("output").text_content()  # noqa: E731
    set_slider(box, "wipe", 0)
    assert shown() == "0 %"
    set_slider(box, "wipe", 100)
    frame = box.locator("[data-surface]").bounding_box()
    mouse.move(frame["x"] + frame["width"] * 0.5, frame["y"] + 20)
    mouse.down()
    mouse.move(frame["x"] + frame["width"] * 0.25, frame["y"] + 30, steps=4)
    assert shown() == "25 %"
    mouse.move(frame["x"] - 50, frame["y"] + 30, steps=4)
    mouse.up()
    assert shown() == "0 %"
    box.locator(".drawing").focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight"):
        visit.page.keyboard.press(key)
    assert shown() == "24 %"
    clip = box.locator("clipPath rect").first
    assert float(clip.get_attribute("width")) == pytest.approx(0.24 * 96)
    visit.page.keyboard.press("r")
    assert box.locator("select[data-trait=right]").input_value() == "U-Net, weighted"
    visit.page.keyboard.press("e")
    assert box.locator(".missed").count() == 0
    assert box.locator(".drawing").evaluate("element => element === document.activeElement")
    assert visit.complaints == []


def test_marks_are_one_for_each_wrong_pixel_and_each_merged_group(visit):
    box, python = fresh(visit, TITLE), ModelCompare()
    truth = python.truth() > 0
    for side, model in (("left", python.left), ("right", python.right)):
        preds = python.answer(model) > 0
        layer = box.locator(f'g[clip-path*="segbook-{side}-"]')
        assert layer.locator(".missed").get_attribute("d").count("M") == (truth & ~preds).sum()
        assert layer.locator(".invented").get_attribute("d").count("M") == (preds & ~truth).sum()
        merged = [path.get_attribute("d") for path in layer.locator(".merged").all()]
        assert sum(d.count("L") + 1 for d in merged) == python.scores(model)["merged"]


def test_presets_and_thumbnails_choose_networks(visit):
    box, sentence = fresh(visit, TITLE), figure(visit, TITLE).locator(".sentence")
    for preset, says in {
        "what weights do": "10 of 10 merged",
        "a coarse grid": "Right, FCN-8s",
        "cells apart": "0 of 5 merged",
        "one real cell": "The outline is a threshold's",
        "tissue": "rough guess",
        "what skips do": "Left, encoder–decoder",
    }.items():
        button = box.get_by_role("button", name=preset, exact=True)
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        assert says in sentence.text_content()
    box.locator('[data-model="FCN-8s"]').click()
    assert "Right, FCN-8s" in sentence.text_content()
    assert visit.complaints == []


def test_a_finger_drags_the_line_on_a_phone(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True, is_mobile=True) as visit:
        box = figure(visit, TITLE)
        box.locator("[data-surface]").scroll_into_view_if_needed()
        frame = box.locator("[data-surface]").bounding_box()
        visit.page.touchscreen.tap(frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] / 2)
        assert box.locator("output").text_content() == "75 %"
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert visit.complaints == []
