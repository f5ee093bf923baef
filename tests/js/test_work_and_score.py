"""Chapter 10's JavaScript finds the same networks worth having as Python, and says the same of them."""

from itertools import product

import numpy as np
from node import run_in_node

from segbook.exercises.chapter10.front import non_dominated
from segbook.widgets import WorkAndScore
from segbook.widgets.work_and_score import READINGS, ROWS, SCORES


def vector(**state):
    figure = WorkAndScore(**state)
    return {
        "state": state,
        "marks": [[name, *mark] for name, mark in figure.marks().items()],
        "front": figure.front(),
        "dominated": figure.dominated(),
        "focus": figure.in_focus(),
        "sentence": figure.alt(),
    }


def points(rng):
    """Draw networks, some of equal work or score, with the front that the exercise's reference finds."""
    count = int(rng.integers(1, 9))
    work, score = rng.integers(1, 6, count), rng.integers(1, 6, count) / 8
    order = np.lexsort((-score, work))
    marks = [{"name": f"n{i}", "work": int(work[i]), "score": float(score[i])} for i in order]
    kept = non_dominated(score, work)
    return {"marks": marks, "front": [f"n{i}" for i in order if kept[i]]}


def test_javascript_finds_the_front_that_python_finds_and_says_it_in_the_same_words(tmp_path):
    rng, rows = np.random.default_rng(10), []
    for images, score, reading, steps in product(ROWS, SCORES, READINGS, ("300", "1000", "3000")):
        if images != "granules" or reading not in ("watershed", "both"):
            network = "U-Net" if steps == "1000" else "patches"
            rows.append(vector(images=images, score=score, reading=reading, steps=steps, network=network))
    vectors = {"record": WorkAndScore().record, "figures": rows, "points": [points(rng) for _ in range(400)]}
    run_in_node("work_and_score.test.mjs", vectors, tmp_path)
