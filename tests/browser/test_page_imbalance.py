"""Imbalance in the built page: scores, maps and chart are those of Python."""

import random
import re

import pytest
from visit import fresh, set_slider

from segbook.widgets import Imbalance
from segbook.widgets.imbalance import PREDICTORS

CHAPTER = "book/02_problem_definition.html"
POOR = "Three poor predictors"
NUMBER = r"−?[\d.]+"


def numbers(text):
    return [float(number.replace("−", "-")) for number in re.findall(NUMBER, text)]


def test_poor_scores_are_python_s_wherever_the_controls_go(visit):
    rng = random.Random(2)
    box = fresh(visit, POOR)
    for share in [0.1, 50.0, *(rng.randint(1, 500) / 10 for _ in range(25))]:
        predictor = rng.choice(["nothing", "coin", "twice"])
        box.locator("select[data-trait=predictor]").select_option(predictor)
        set_slider(box, "share", share)
        python = Imbalance(share=share, predictor=predictor)
        sentence = box.locator(".sentence").text_content()
        assert f"predictor {PREDICTORS[predictor]}:" in sentence  # on paper nothing else says so
        found = numbers(sentence.replace(". ", " ").rstrip("."))
        expected = [share, *python.expected(), 1000, *python.counted()]
        assert found == pytest.approx(expected, abs=6e-4), (share, predictor)
        labels, preds = python.maps()
        counts = {
            kind: int(box.locator(f"[data-kind={kind}]").text_content()) for kind in ("found", "missed", "falseAlarm")
        }
        assert counts == {
            "found": int((labels * preds).sum()),
            "missed": int((labels * (1 - preds)).sum()),
            "falseAlarm": int(((1 - labels) * preds).sum()),
        }
        chart = box.locator("svg.chart")
        rise = float(chart.get_attribute("height")) - 44  # the plot's height; 8 above it, 36 below
        dots = [float(dot.get_attribute("cy")) for dot in chart.locator("circle[data-score]").all()]
        assert dots == pytest.approx([8 + (1 - score) * rise for score in python.expected()], abs=0.06)
    assert visit.complaints == []


def test_the_chart_can_be_dragged(visit):
    box = fresh(visit, POOR)
    box.scroll_into_view_if_needed()
    frame = box.locator("svg.chart").bounding_box()
    visit.page.mouse.move(frame["x"] + 60, frame["y"] + 40)
    visit.page.mouse.down()
    visit.page.mouse.move(frame["x"] + frame["width"] - 20, frame["y"] + 40, steps=5)
    visit.page.mouse.up()
    assert box.locator("input[data-trait=share]").input_value() == "50"
    assert visit.complaints == []
