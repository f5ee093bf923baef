"""Chapter 8's JavaScript scores every stored answer as segbook.metrics does."""

from node import run_in_node

from segbook.widgets import ShiftedSkip
from segbook.widgets.shifted_skip import MOVED, SHIFTS


def test_javascript_scores_every_shift_of_every_skip_as_segbook_does(tmp_path):
    figures = [ShiftedSkip(moved=moved, shift=shift) for moved in MOVED for shift in SHIFTS]
    scores = [
        {"moved": figure.moved, "shift": figure.shift, "scores": figure.scores(), "preds": figure.answer().tolist()}
        for figure in figures
    ]
    vectors = {
        "maps": figures[0].maps,
        "scores": scores,
        "truth": {str(shift): figures[0].truth().roll(shift, dims=-1).tolist() for shift in SHIFTS},
    }
    run_in_node("shifted_skip.test.mjs", vectors, tmp_path)
