"""Chapter 4's JavaScript computes every form of the strip as torch does."""

from node import run_in_node

from segbook.widgets import DilatedStrip
from segbook.widgets.dilated_strip import FORMS, SCORES


def test_javascript_computes_every_row_score_and_count_as_torch_does(tmp_path):
    figures = [DilatedStrip(form=form, place=place) for form in FORMS for place in range(SCORES)]
    vectors = [
        {
            "state": {name: getattr(figure, name) for name in ("signal", "kernel", "form", "place")},
            "focus": figure.in_focus(),
            "rows": [[*map(list, row.items())] for row in figure.rows()],
            "scores": [*map(list, figure.scores().items())],
            "right": figure.patch_scores(),
            "computed": figure.computed(),
        }
        for figure in figures
    ]
    run_in_node("dilated_strip.test.mjs", {"figures": vectors}, tmp_path)
