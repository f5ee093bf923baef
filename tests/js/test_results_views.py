"""Chapter 11's JavaScript reads, scores and averages what its figures store as segbook does."""

import numpy as np
from node import run_in_node
from sampling import sampled

from segbook.widgets import ResultsBrowser, TrainingFilm
from segbook.widgets.results_browser import METHODS, SCENES
from segbook.widgets.stored import THRESHOLDS
from segbook.widgets.training_film import STEPS


@sampled("thresholds", THRESHOLDS, 2)
def test_javascript_reads_stored_results_as_segbook_does(thresholds, tmp_path):
    figure, answers = ResultsBrowser(), []
    for figure.scene in SCENES:
        for figure.method in METHODS:
            for figure.reading in ("components", "watershed"):
                for figure.threshold in thresholds:
                    setting = {name: getattr(figure, name) for name in ("scene", "method", "reading", "threshold")}
                    answers.append(setting | figure.scores())
    film, frames = TrainingFilm(), []
    for film.frame in range(len(STEPS)):
        last = film.maps["loss"][max(0, film.step - 10) : film.step]
        frames.append(film.scores() | {"step": film.step, "loss": float(np.mean(last)) if last else None})
    vectors = {"maps": figure.maps, "answers": answers, "film": film.maps, "frames": frames}
    run_in_node("results.test.mjs", vectors, tmp_path)
