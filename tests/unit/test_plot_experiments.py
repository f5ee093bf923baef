"""Plots of the experiments draw what was measured, and their file is what the benchmark's file says."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

from segbook import palette, plot, shapes
from segbook.plot import experiments as plots

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path[:0] = [str(BENCHMARKS)]
drawing = __import__("experiment_plots")
RESULT, TRAINING = (
    json.loads((BENCHMARKS / f"results/{name}.json").read_text("utf-8")) for name in ("experiments", "training")
)


def text(result):
    return drawing.text(result, TRAINING["rows"])


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


def marks(ax):
    """List the places of a panel's marks by colour and shape."""
    return {
        (to_hex(one[0].get_color()).upper(), one[0].get_marker()): tuple(one[0].get_xydata()[0].tolist())
        for one in ax.containers
    }


def measured(row, mark, reading, score):
    found = (one for one in RESULT["rows"] if (one["row"], one["mark"], one["reading"]) == (row, mark, reading))
    return next(found)["scores"][score]


def test_readings_at_one_half_stand_with_their_intervals_and_a_threshold_is_marked_on_the_curve_without_weights(figure):
    axes = figure(lambda: plot.show_readings(threshold=0.9, scenes="nuclei", alt="x"))
    assert [ax.get_title() for ax in axes] == ["300 steps", "1,000 steps", "3,000 steps"]
    for ax, mark in zip(axes, (300, 1000, 3000), strict=True):
        (curve,) = (one for one in RESULT["curves"] if (one["row"], one["mark"]) == ("nuclei: plain", mark))
        place = curve["thresholds"].index(0.9)
        found = marks(ax)
        assert found.keys() == {(palette.BLUE, "o"), (palette.ORANGE, "o"), (palette.BLUE, "D")}
        assert found[palette.BLUE, "D"] == (curve["IoU"][place], curve["AP"][place])
        for row, colour in (("nuclei: plain", palette.BLUE), ("nuclei: border", palette.ORANGE)):
            scores = [measured(row, mark, "components", score)[0] for score in ("IoU", "AP")]
            assert found[colour, "o"] == pytest.approx(scores)
    _, _, (across, up) = axes[0].containers[1]  # the first network at ½
    (low, high), (bottom, top) = across.get_segments()[0][:, 0], up.get_segments()[0][:, 1]
    for ends, score in (((low, high), "IoU"), ((bottom, top), "AP")):
        assert ends == pytest.approx(measured("nuclei: plain", 300, "components", score)[2:])
    with pytest.raises(ValueError, match=r"got 0\.91"):
        plot.show_readings(threshold=0.91, alt="x")


def test_average_precision_stands_in_groups_of_named_readings_and_equal_marks_stay_apart(figure):
    groups = [("cells", 300), ("shapes", 3000)]
    (ax,) = figure(lambda: plot.show_average_precision(groups, alt="x"))
    assert [text.get_text() for text in ax.texts] == ["round cells, 300 steps", "odd shapes, 3,000 steps"]
    lines = ["at ½", "best threshold", "watershed at ½", "watershed, no network"]
    assert [text.get_text() for text in ax.get_yticklabels()] == 2 * lines
    assert ax.get_yticks().tolist() == [0, 1, 2, 3, 5, 6, 7, 8]
    found = [
        (to_hex(one[0].get_color()).upper(), one[0].get_marker(), *one[0].get_xydata()[0].tolist())
        for one in ax.containers
    ]
    expected = []
    for top, (before, mark) in zip((0, 5), (("", 300), ("shapes: ", 3000)), strict=True):
        plain, border = (
            [
                measured(before + row, mark, reading, "AP")[0]
                for reading in ("components", "tuned components", "watershed")
            ]
            for row in ("plain", "border")
        )
        expected += [(palette.BLUE, "o", plain[0], top - 0.15), (palette.ORANGE, "s", border[0], top + 0.15)]
        expected += [(palette.BLUE, "o", plain[1], top + 0.85), (palette.ORANGE, "s", border[1], top + 1.15)]
        expected += [(palette.BLUE, "o", plain[2], top + 1.85), (palette.ORANGE, "s", border[2], top + 2.15)]
    assert [one[:2] for one in found] == [one[:2] for one in expected]
    assert [one[2:] for one in found] == [pytest.approx(one[2:]) for one in expected]
    crosses = [line.get_xydata()[0].tolist() for line in ax.get_lines() if line.get_marker() == "x"]
    floors = [
        next(
            one["scores"]["AP"][0] for one in RESULT["floors"] if (one["scenes"], one["answer"]) == (name, plots.FLOOR)
        )
        for name in ("cells", "shapes")
    ]
    assert crosses == [[floors[0], 3], [floors[1], 8]]


def test_rows_at_equal_rates_are_drawn_once_they_are_measured(figure, monkeypatch):
    stored = json.loads(drawing.DRAWN.read_text("utf-8"))
    for shape in plots.READINGS:
        stored["rows"][f"plain, rate 0.004|300|{shape}"] = stored["rows"][f"plain|300|{shape}"] | {
            "AP": [0.5, 0.4, 0.6]
        }
    monkeypatch.setattr(plots, "_file", lambda: stored)
    (ax,) = figure(lambda: plot.show_readings([300], threshold=0.9, scenes="cells, both at rate 0.004", alt="x"))
    assert marks(ax)[palette.BLUE, "o"][1] == 0.5
    assert marks(ax)[palette.ORANGE, "o"][1] == pytest.approx(measured("border", 300, "components", "AP")[0])


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


def test_outlines_near_another_cell_are_drawn_by_steps_and_by_depth_with_their_intervals(figure):
    left, right = figure(lambda: plot.show_near_another_cell(alt="x"))
    lines = {}
    for ax in (left, right):
        for one in ax.containers:
            points, _, (bars,) = one
            (at, score) = points.get_xydata()[0].tolist()
            ends = bars.get_segments()[0][:, 1].tolist()
            lines.setdefault((ax is left, points.get_marker()), []).append((at, score, *ends))
    kinds = {"o": "concat", "s": "sum", "^": "none"}
    for (by_steps, marker), drawn in lines.items():
        for at, *scores in drawn:
            mark, depth = (min((300, 1000, 3000), key=lambda n: abs(at / n - 1)), 3) if by_steps else (3000, round(at))
            row = f"cells: depth {depth}, skips {kinds[marker]}"
            row = {"cells: depth 3, skips concat": "plain"}.get(row, row)
            mean, _, *ends = measured(row, mark, "components", "F between")
            assert scores == pytest.approx([mean, *ends])
    assert {key: len(drawn) for key, drawn in lines.items()} == {
        (by_steps, marker): 3 if by_steps else 4 for by_steps in (True, False) for marker in kinds
    }
    for ax in (left, right):
        shown = [end for one in ax.containers for end in one[2][0].get_segments()[0][:, 1]]
        assert ax.get_ylim()[0] < min(shown) < max(shown) < ax.get_ylim()[1]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: plot.show_readings(threshold=0.9, scenes="clouds", alt="x"),
            "scenes are cells, shapes, .*: got 'clouds'",
        ),
        (lambda: plot.show_average_precision([("clouds", 300)], alt="x"), "scenes are cells, shapes, .*: got 'clouds'"),
        (
            lambda: plot.show_readings([200], threshold=0.9, alt="x"),
            "curves have no 'plain|200': they have plain|300",
        ),
        (
            lambda: plot.show_view_and_depths(np.zeros((96, 96)), (64, 39), floor=0.24, alt="x", steps=200),
            "no 'context: depth 1, skips concat|200",
        ),
    ],
)
def test_what_was_not_measured_is_named(call, says):
    with pytest.raises(ValueError, match=re.sub(r"\|", r"\\|", says)):
        call()
