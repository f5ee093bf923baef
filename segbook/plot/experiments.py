"""Pictures of what the book's experiments measured: readings of an answer, networks side by side, depth and skips.

The numbers are those of `benchmarks/results/experiments.json`; `benchmarks/run.py --tables` writes the part that is
drawn into `experiments.json` beside this file. A line through a point is its interval: the middle 95 % of 1,000 draws
of seeds and scenes.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jaxtyping import Real
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from segbook import palette
from segbook.inputs import Array
from segbook.plot.canvas import INK, new_figure, show
from segbook.plot.pixels import as_picture, black_and_white, draw
from segbook.shapes import input_window, unet_layers

# What a row of panels is called, its networks without and with weights, and the scenes of its floor.
SCENES = {
    "cells": ("round cells", "plain", "border", "cells"),
    "shapes": ("odd shapes", "shapes: plain", "shapes: border", "shapes"),
    "nuclei": ("real nuclei", "nuclei: plain", "nuclei: border", "nuclei"),
    "cells, both at rate 0.004": ("both at rate 0.004", "plain, rate 0.004", "border", "cells"),
    "cells, both at rate 0.002": ("both at rate 0.002", "plain", "border, rate 0.002", "cells"),
}
# Drawn in this order: what is read at ½ lies on top.
READINGS = {"tuned components": ("best threshold", "D"), "watershed": ("watershed", "^"), "components": ("at ½", "o")}
# Colour, line, and in the first panel the name, its ink and its place, above or below the curves of a short training.
STYLES = (
    (palette.BLUE, "-", "no weights", palette.BLUE, 0.12),
    (palette.ORANGE, "--", "weights", "#8F6200", 0.9),
)
FLOOR = "Otsu, watershed"
# From the least to the most that was added to a network, each with its row.
NETWORKS = {
    "patch classifier": "control: patches, all pixels labelled",
    "FCN-8s": "control: FCN-8s",
    "encoder–decoder": "cells: depth 3, skips none",
    "the same, depth 1": "cells: depth 1, skips none",
    "U-Net": "plain",
    "U-Net, weighted": "border",
}
DEPTHS = (1, 2, 3, 4)
SKIPS = {"concat": ("concatenated", palette.BLUE, "o"), "sum": ("summed", palette.GREEN, "s"),
         "none": ("no skips", palette.PURPLE, "^")}  # fmt: skip
VIEWS = ((palette.ORANGE, ":"), (palette.SKY, "--"), (palette.FOCUS, "-"))  # of depth 1, 2 and 3
PLAIN = {"cells: depth 3, skips concat": "plain", "nuclei: depth 3, skips concat": "nuclei: plain"}
GRID = {"color": "#E3E6EA", "linewidth": 0.6}
TEXT: dict[str, Any] = {"fontsize": 10, "color": INK}
KEY: dict[str, Any] = {"fontsize": 10, "frameon": False, "labelcolor": INK, "handletextpad": 0.2, "columnspacing": 1.0}


def show_readings(
    scenes: Sequence[str] = ("cells", "shapes", "nuclei"),
    steps: Sequence[int] = (300, 1000, 3000),
    *,
    alt: str,
    watershed: bool = True,
    threshold: float | None = None,
) -> None:
    """Draw AP against IoU: a row of panels for each kind of scene, a column for each length of training.

    A curve runs over all thresholds, for a network without and one with U-Net's weights; regions count as cells. Marks
    are readings: at a threshold of ½, at the one that was best on other scenes, and at ½ with a watershed. With one
    length of training, the kinds of scenes stand side by side.

    Args:
        scenes: Of `SCENES`.
        steps: Training steps, of 300, 1,000 and 3,000.
        alt: What the picture shows, in a sentence.
        watershed: Whether what a watershed reads is drawn, too: both networks, and Otsu's threshold without a network.
        threshold: In place of the best thresholds, where the network without weights is marked on its curve.

    Raises:
        ValueError: If scenes or the threshold are unknown, or something was not measured.
    """
    if unknown := [one for one in scenes if one not in SCENES]:
        raise ValueError(f"scenes are {', '.join(SCENES)}: got {unknown[0]!r}")
    panels = [(*SCENES[scene], mark) for scene in scenes for mark in steps]
    columns = len(steps) if len(steps) > 1 else len(scenes)
    rows = len(panels) // columns
    unwanted = {*(() if watershed else ("watershed",)), *(() if threshold is None else ("tuned components",))}
    readings = {name: look for name, look in READINGS.items() if name not in unwanted}
    figure, axes = new_figure(columns, rows=rows, size=(5.2, 0.75 + 1.5 * rows) if rows > 1 else (5.6, 2.7))
    for number, (ax, (name, *networks, floor, mark)) in enumerate(zip(axes, panels, strict=True)):
        for row, (colour, line, words, ink, height) in zip(networks, STYLES, strict=True):
            if not number:
                ax.text(0.03, height, words, transform=ax.transAxes, va="center", fontsize=10, color=ink)
            if curve := _file()["curves"].get(f"{row}|{mark}"):  # kept for the rows that the chapter compares first
                ax.plot(curve["IoU"], curve["AP"], color=colour, linestyle=line, linewidth=1.3)
                if threshold is not None and row == networks[0]:
                    if threshold not in curve["thresholds"]:
                        raise ValueError(f"threshold must be one of {curve['thresholds']}: got {threshold}")
                    place = curve["thresholds"].index(threshold)
                    _point(ax, curve["IoU"][place], curve["AP"][place], colour, "D")
            for reading, (_, marker) in readings.items():
                scores = _recorded("rows", row, mark, reading)
                _point(ax, scores["IoU"], scores["AP"], colour, marker)
        if watershed:
            without = _recorded("floors", floor, FLOOR)
            ax.plot(without["IoU"][0], without["AP"][0], "x", color=INK, markersize=6)
        ax.set(xlim=(0.5, 1.02), ylim=(0, 1.06), xticks=(0.6, 0.8, 1), yticks=(0, 0.5, 1))
        first, last = number % columns == 0, number >= len(panels) - columns
        if number < columns:
            ax.set_title(f"{mark:,} steps" if len(steps) > 1 else name, fontsize=10, color=INK)
        if first:
            ax.set_ylabel(f"{name}\nAP" if rows > 1 else "AP", **TEXT)
        if last:
            ax.set_xlabel("IoU", **TEXT)
        _plain(ax, x=last, y=first)
    named = [] if threshold is None else [(f"no weights, at {threshold}", "D")]
    _key(figure, [*reversed(readings.values()), *named, *([("Otsu, watershed", "x")] if watershed else [])])
    show(figure, alt=alt)


def show_models(*, alt: str, steps: int = 1000) -> None:
    """Draw what each network of the book gives on round cells: a row each, with its work, a panel for each score.

    Work is in million multiply–adds for a scene. Answers are read at a threshold of ½, and for AP also at the one that
    was best on other scenes.

    Args:
        alt: What the picture shows, in a sentence.
        steps: Training steps, of 300 and 1,000.

    Raises:
        ValueError: If something was not measured.
    """
    figure, axes = new_figure(3, size=(5.4, 3.5))
    names = [*NETWORKS, "floor: Otsu,\nwatershed"]
    for ax, score in zip(axes, ("IoU", "F per cell", "AP"), strict=True):
        for place, row in enumerate(NETWORKS.values()):
            colour = palette.ORANGE if row == "border" else palette.BLUE
            for reading in ("tuned components", "components") if score == "AP" else ("components",):
                _point(ax, _recorded("rows", row, steps, reading)[score], place, colour, READINGS[reading][1])
        ax.plot(_recorded("floors", "cells", FLOOR)[score][0], len(NETWORKS), "x", color=INK, markersize=7)
        ax.set(yticks=range(len(names)), ylim=(len(names) - 0.5, -0.5))
        ax.set_title(score, fontsize=10, color=INK)
        ax.locator_params(axis="x", nbins=3)
        _plain(ax, x=True, y=ax is axes[0])
    work = [f"{name}\n{_recorded('work', name) / 1e6:,.0f} M" for name in NETWORKS]
    axes[0].set_yticks(range(len(names)), [*work, names[-1]], **TEXT)
    axes[2].set_xlim(0, 1.05)
    _key(figure, [READINGS["components"], READINGS["tuned components"]])
    show(figure, alt=alt)


def show_depths(panels: Sequence[tuple[str, str, str]], *, alt: str, steps: int = 1000) -> None:
    """Draw a score by a network's depth: a line each for no skips, summed ones and concatenated ones.

    Args:
        panels: Scenes ("cells", "context" or "nuclei"), reading (as in the experiments' rows) and score of each.
        alt: What the picture shows, in a sentence.
        steps: Training steps.

    Raises:
        ValueError: If something was not measured.
    """
    figure, axes = new_figure(len(panels), size=(min(2.6 * len(panels), 5.6), 3.0))  # for a phone, too
    for ax, panel in zip(axes, panels, strict=True):
        _curves(ax, *panel, steps)
    _key_of_skips(figure)
    show(figure, alt=alt)


def show_view_and_depths(
    image: Real[Array, "H W"], pixel: tuple[int, int], *, alt: str, floor: float, steps: int = 1000
) -> None:
    """Draw beside each other what one output pixel reads at each depth, and the IoU by depth on granules.

    Args:
        image: A scene.
        pixel: Row and column of the output pixel, counted from 0.
        alt: What the picture shows, in a sentence.
        floor: The IoU of an answer that marks all granules.
        steps: Training steps.

    Raises:
        ValueError: If the image has another shape.
    """
    picture = as_picture(image)
    figure, (left, right) = new_figure(2, size=(5.6, 3.1))
    draw(left, picture, *black_and_white([picture])[0])
    left.set_title("what one pixel reads", fontsize=10, color=INK)
    for depth, (colour, line) in zip(DEPTHS, VIEWS, strict=False):
        top, across = (input_window(unet_layers(depth=depth, padding=1), n) for n in pixel)
        corner, size = (across.start - 0.5, top.start - 0.5), (len(across), len(top))
        left.add_patch(Rectangle(corner, *size, fill=False, edgecolor=colour, linewidth=1.8, linestyle=line))
        left.text(corner[0] + 1.5, corner[1] + 1.5, f"{depth}", color=colour, fontsize=10, weight="bold", va="top")
    left.plot(pixel[1], pixel[0], "+", color=palette.FOCUS, markersize=9, markeredgewidth=1.8)
    _curves(right, "context", "tuned components", "IoU", steps)
    right.axhline(floor, color=INK, linewidth=1, linestyle=":")
    right.text(4.25, floor - 0.02, "all granules", ha="right", va="top", **TEXT)
    right.set_ylim(0, 1)
    _key_of_skips(figure)
    show(figure, alt=alt)


def _curves(ax: Axes, scenes: str, reading: str, score: str, steps: int) -> None:
    """Draw a score by depth, a line each for the three kinds of skips."""
    titles = {"cells": "round cells", "context": "granules", "nuclei": "real nuclei"}
    for shift, (skips, (_, colour, marker)) in zip((0.08, 0, -0.08), SKIPS.items(), strict=True):
        rows = [f"{scenes}: depth {depth}, skips {skips}" for depth in DEPTHS]
        scores = [_recorded("rows", PLAIN.get(row, row), steps, reading)[score] for row in rows]
        places = [depth + shift for depth in DEPTHS]
        ax.plot(places, [one[0] for one in scores], color=colour, linewidth=1.3)
        for place, one in zip(places, scores, strict=True):
            _point(ax, place, one, colour, marker)
    ax.set(xticks=DEPTHS, xlim=(0.7, 4.3), xlabel="depth")
    ax.set_ylim(top=1.0)
    ax.locator_params(axis="y", nbins=5)
    ax.xaxis.label.set(**TEXT)
    ax.set_title(f"{titles[scenes]}: {score}", fontsize=10, color=INK)
    _plain(ax, x=True, y=True)


def _key_of_skips(figure: Figure) -> None:
    lines = [Line2D([], [], color=colour, marker=marker, label=name) for name, colour, marker in SKIPS.values()]
    figure.legend(handles=lines, loc="outside upper center", ncols=3, **KEY)


@cache
def _file() -> dict:
    return json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))


def _recorded(part: str, *key: object) -> Any:
    """Look up what was measured; a key is written with bars between its parts."""
    name = "|".join(map(str, key))
    if name not in _file()[part]:
        raise ValueError(f"the experiments' {part} have no {name!r}: they have {', '.join(_file()[part])}")
    return _file()[part][name]


def _point(ax: Axes, x: Any, y: Any, colour: str, marker: str) -> None:
    """Draw a mark; a coordinate of three numbers is a mean with both ends of its interval."""
    place, ends = [], {}
    for axis, value in (("xerr", x), ("yerr", y)):
        place.append(value[0] if isinstance(value, list) else value)
        if isinstance(value, list):
            ends[axis] = [[max(value[0] - value[1], 0)], [max(value[2] - value[0], 0)]]
    look: dict[str, Any] = {
        "ecolor": colour,
        "elinewidth": 1.3,
        "markersize": 6,
        "markeredgecolor": INK,
        "markeredgewidth": 0.6,
    }
    ax.errorbar(*place, **ends, fmt=marker, color=colour, **look)


def _key(figure: Figure, marks: Sequence[tuple[str, str]]) -> None:
    """Say above the panels what the marks mean, in the ink that no network has."""
    look: dict[str, Any] = {"linestyle": "", "markerfacecolor": "white", "markeredgecolor": INK}
    lines = [Line2D([], [], marker=marker, label=label, **look) for label, marker in marks]
    figure.legend(handles=lines, loc="outside upper center", ncols=len(lines), **KEY)


def _plain(ax: Axes, *, x: bool, y: bool) -> None:
    """Leave a panel its grid, and tick labels only on the outside."""
    ax.grid(**GRID)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=10, labelbottom=x, labelleft=y, length=2)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
