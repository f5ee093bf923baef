"""Plots of the experiments draw what was measured, and their file is what the benchmark's file says."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from segbook import plot, shapes
from segbook.plot import experiments as plots

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path[:0] = [str(BENCHMARKS)]
drawing = __import__("experiment_plots")
RESULT, TRAINING, CUT = (
    json.loads((BENCHMARKS / f"results/{name}.json").read_text("utf-8"))
    for name in ("experiments", "training", "cut_depth2")
)


def text(result):
    return drawing.text(result, TRAINING["rows"], CUT)


def test_the_file_that_is_drawn_is_written_from_the_results():
    assert drawing.DRAWN.read_text("utf-8") == text(RESULT), "run benchmarks/run.py --tables"


def test_a_changed_number_changes_the_file():
    changed = json.loads(json.dumps(RESULT))
    next(one for one in changed["rows"] if one["row"] == "border")["scores"]["AP"][0] += 0.01
    assert text(changed) != text(RESULT)


@pytest.fixture
def figure(monkeypatch):
    """Draw, and give the panels without a display."""

    def panels(draw):
        drawn = []
        monkeypatch.setattr(plots, "show", lambda figure, alt: drawn.append(figure))
        draw()
        return drawn[0].axes

    return panels


def measured(row, mark, reading, score):
    found = (one for one in RESULT["rows"] if (one["row"], one["mark"], one["reading"]) == (row, mark, reading))
    return next(found)["scores"][score]


def test_a_view_is_what_a_pixel_reads_and_the_floor_is_drawn(figure):
    left, right = figure(lambda: plot.show_view_and_depths(np.zeros((96, 96)), (64, 39), floor=0.24, alt="x"))
    for depth, frame in enumerate(left.patches, start=1):
        layers = shapes.unet_layers(depth=depth, padding=1)
        rows, columns = (shapes.input_window(layers, n) for n in (64, 39))
        assert frame.get_bbox().bounds == (columns.start - 0.5, rows.start - 0.5, len(columns), len(rows))
    assert len(left.patches) == 3
    assert [0.24, 0.24] in [list(line.get_ydata()) for line in right.get_lines()]
    curves = [line.get_ydata() for line in right.get_lines() if len(line.get_ydata()) == 3]
    assert curves[2][2] == measured("context: depth 3, skips none", 1000, "tuned components", "IoU")[0]


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_scores_with_skips_are_those_that_were_measured(depth):
    found = plot.scores_with_skips([depth])
    rows = [f"cells: depth {depth}, skips {skips}" for skips in ("none", "concat")]
    cells = [{"cells: depth 3, skips concat": "plain"}.get(row, row) for row in rows]
    granules = [row.replace("cells", "context") for row in rows]
    for name, networks, reading, score in (
        ("away from other cells", cells, "components", "F outer"),
        ("near another cell", cells, "components", "F between"),
        ("granules", granules, "tuned components", "IoU"),
    ):
        assert found.pop(name) == [measured(row, 3000, reading, score)[0] for row in networks]
    assert found == {}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: plot.show_view_and_depths(np.zeros((96, 96)), (64, 39), floor=0.24, alt="x", steps=200),
            "no 'context: depth 1, skips concat|200",
        ),
        (lambda: plot.scores_with_skips([5]), "no 'cells: depth 5, skips none'"),
    ],
)
def test_what_was_not_measured_is_named(call, says):
    with pytest.raises(ValueError, match=re.sub(r"\|", r"\\|", says)):
        call()
