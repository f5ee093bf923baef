"""Pictures of what the book's experiments measured: readings of an answer, depth and skips.

The numbers are those of `benchmarks/results/experiments.json`; `benchmarks/run.py --tables` writes the part that is
drawn into `experiments.json` beside this file. A line through a point is its interval: the middle 95 % of 1,000 draws
of seeds and scenes.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jaxtyping import Real
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from segbook import palette
from segbook.inputs import Array
from segbook.plot.canvas import INK, new_figure, show
from segbook.plot.pixels import as_picture, black_and_white, draw
from segbook.shapes import input_window, unet_layers

# What scenes are called, their networks without and with weights, and the scenes of their floor.
SCENES = {
    "cells": ("round cells", "plain", "border", "cells"),
    "shapes": ("odd shapes", "shapes: plain", "shapes: border", "shapes"),
    "nuclei": ("real nuclei", "nuclei: plain", "nuclei: border", "nuclei"),
    "cells, both at rate 0.004": ("both at rate 0.004", "plain, rate 0.004", "border", "cells"),
    "cells, both at rate 0.002": ("round cells", "plain", "border, rate 0.002", "cells"),
}
# Drawn in this order: what is read at ½ lies on top.
READINGS = {"tuned components": ("best threshold", "D"), "watershed": ("watershed", "^"), "components": ("at ½", "o")}
# Colour, line, and in the first panel the name, its ink and its place, above or below the curves of a short training.
STYLES = (
    (palette.BLUE, "-", "no weights", palette.BLUE, 0.12),
    (palette.ORANGE, "--", "weights", "#8F6200", 0.9),
)
FLOOR = "Otsu, watershed"
DEPTHS = (1, 2, 3)
SKIPS = {
    skips: (name, palette.SKIPS[skips], marker)
    for skips, name, marker in (("concat", "concatenated", "o"), ("sum", "summed", "s"), ("none", "no skips", "^"))
}
# Networks whose outlines near another cell are drawn, by their kind of skips, at every depth.
ALL_DEPTHS, MARKS, SHARES = (1, 2, 3, 4), (300, 1000, 3000), (0.2, 0.4, 0.6, 0.8, 1)
CELLS = {
    (depth, skips): "plain" if (depth, skips) == (3, "concat") else f"cells: depth {depth}, skips {skips}"
    for depth in ALL_DEPTHS
    for skips in SKIPS
}
BETWEEN = {*CELLS.values()}
VIEWS = ((palette.ORANGE, ":"), (palette.SKY, "--"), (palette.FOCUS, "-"))  # of each depth
GRID = {"color": "#E3E6EA", "linewidth": 0.6}
TEXT: dict[str, Any] = {"fontsize": 10, "color": INK}
KEY: dict[str, Any] = {"fontsize": 10, "frameon": False, "labelcolor": INK, "handletextpad": 0.2, "columnspacing": 1.0}


def show_readings(
    steps: Sequence[int] = (300, 1000, 3000), *, alt: str, threshold: float, scenes: str = "cells"
) -> None:
    """Draw AP against IoU: a panel for each length of training.

    A curve runs over all thresholds, for a network without and one with U-Net's weights; regions count as cells.
    Circles are read at ½.

    Args:
        steps: Training steps, of 300, 1,000 and 3,000.
        alt: What the picture shows, in a sentence.
        threshold: Where the network without weights is marked by a diamond on its curve.
        scenes: One of `SCENES`.

    Raises:
        ValueError: If scenes or the threshold are unknown, or something was not measured.
    """
    _, *networks, _ = _scenes(scenes)
    figure, axes = new_figure(len(steps), size=(5.6, 2.7))
    for ax, mark in zip(axes, steps, strict=True):
        for row, (colour, line, words, ink, height) in zip(networks, STYLES, strict=True):
            if ax is axes[0]:
                ax.text(0.03, height, words, transform=ax.transAxes, va="center", fontsize=10, color=ink)
            curve, half = _recorded("curves", row, mark), _recorded("rows", row, mark, "components")
            ax.plot(curve["IoU"], curve["AP"], color=colour, linestyle=line, linewidth=1.3)
            if row == networks[0]:
                if threshold not in curve["thresholds"]:
                    raise ValueError(f"threshold must be one of {curve['thresholds']}: got {threshold}")
                place = curve["thresholds"].index(threshold)
                _point(ax, curve["IoU"][place], curve["AP"][place], colour, "D")
            _point(ax, half["IoU"], half["AP"], colour, READINGS["components"][1])
        ax.set(xlim=(0.5, 1.02), ylim=(0, 1.06), xticks=(0.6, 0.8, 1), yticks=(0, 0.5, 1))
        ax.set_title(f"{mark:,} steps", fontsize=10, color=INK)
        ax.set_xlabel("IoU", **TEXT)
        _plain(ax, x=True, y=ax is axes[0])
    axes[0].set_ylabel("AP", **TEXT)
    _key(figure, [READINGS["components"], (f"no weights, at {threshold}", "D")])
    show(figure, alt=alt)


def show_average_precision(groups: Sequence[tuple[str, int]], *, alt: str) -> None:
    """Draw AP in groups of four lines, named at their left: at ½, at the best threshold, by a watershed, no network.

    A mark is a network, without weights or with them. The cross cuts by a watershed what Otsu's threshold on brightness
    finds, without a network.

    Args:
        groups: Scenes (of `SCENES`) and training steps of each.
        alt: What the picture shows, in a sentence.

    Raises:
        ValueError: If scenes are unknown, or something was not measured.
    """
    figure, (ax,) = new_figure(1, size=(6.8, 1 + 1.9 * len(groups)))
    colours = [colour for colour, *_ in STYLES]
    text: dict[str, Any] = {**TEXT, "fontsize": 12}
    names = {}
    for number, (scenes, mark) in enumerate(groups):
        words, *networks, floor = _scenes(scenes)
        ax.text(0.01, 5 * number - 1, f"{words}, {mark:,} steps", va="center", weight="bold", **text)
        for line, reading in enumerate(("components", "tuned components", "watershed")):
            place = 5 * number + line
            names[place] = "watershed at ½" if reading == "watershed" else READINGS[reading][0]
            pair = [_recorded("rows", row, mark, reading)["AP"] for row in networks]
            ax.plot([one[0] for one in pair], [place, place], color="#8A8F98", linewidth=0.8, zorder=1)
            for ap, colour, marker, shift in zip(pair, colours, "os", (-0.15, 0.15), strict=True):  # equal marks apart
                _point(ax, ap, place + shift, colour, marker)
        names[5 * number + 3] = "watershed, no network"
        ax.plot(_recorded("floors", floor, FLOOR)["AP"][0], 5 * number + 3, "x", color=INK, markersize=8)
        if number:
            ax.axhline(5 * number - 1.6, color="#8A8F98", linewidth=0.6)
    ax.set(xlim=(0, 1.02), ylim=(5 * len(groups) - 1.4, -1.6))
    ax.set_yticks([*names], [*names.values()], **text)
    ax.set_xlabel("AP", **text)
    _plain(ax, x=True, y=True)
    ax.tick_params(labelsize=12)
    ax.grid(visible=False, axis="y")
    words = ("plain U-Net", "weighted U-Net")
    _key(figure, [*zip(words, "os", strict=True)], dict(zip(words, colours, strict=True)))
    for line in figure.legends[0].get_texts():
        line.set_fontsize(12)
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
    for depth, (colour, line) in zip(DEPTHS, VIEWS, strict=True):
        top, across = (input_window(unet_layers(depth=depth, padding=1), n) for n in pixel)
        corner, size = (across.start - 0.5, top.start - 0.5), (len(across), len(top))
        left.add_patch(Rectangle(corner, *size, fill=False, edgecolor=colour, linewidth=1.8, linestyle=line))
        number = left.text(
            corner[0] + 1.5, corner[1] + 1.5, f"{depth}", color=colour, fontsize=12, weight="bold", va="top"
        )
        number.set_path_effects([withStroke(linewidth=2, foreground="black")])  # else it is lost among granules
    left.plot(pixel[1], pixel[0], "+", color=palette.FOCUS, markersize=9, markeredgewidth=1.8)
    _curves(right, steps)
    right.axhline(floor, color=INK, linewidth=1, linestyle=":")
    right.text(3.25, floor - 0.02, "all granules", ha="right", va="top", **TEXT)
    right.set_ylim(0, 1)
    _key_of_skips(figure)
    show(figure, alt=alt)


def show_near_another_cell(*, alt: str) -> None:
    """Draw boundary F near another cell: at depth 3 by training steps, and after 3,000 steps by depth.

    Args:
        alt: What the picture shows, in a sentence.
    """
    figure, (left, right) = new_figure(2, size=(5.6, 3.4))
    *_, last = MARKS
    for shift, (skips, (_, colour, marker)) in zip((1, 0, -1), SKIPS.items(), strict=True):  # equal marks stay apart
        scores = [_recorded("between", CELLS[3, skips], mark) for mark in MARKS]
        _line(left, [mark * 1.06**shift for mark in MARKS], scores, colour, marker)
        scores = [_recorded("between", CELLS[depth, skips], last) for depth in ALL_DEPTHS]
        _line(right, [depth + 0.08 * shift for depth in ALL_DEPTHS], scores, colour, marker)
    left.set(xscale="log", xlim=(230, 3900))
    left.minorticks_off()
    left.set_xticks(MARKS, [f"{mark:,}" for mark in MARKS])
    right.set(xticks=ALL_DEPTHS, xlim=(0.7, 4.3))
    right.set_xlabel("depth", **TEXT)
    right.set_title(f"after {last:,} steps", fontsize=10, color=INK)
    for ax in (left, right):
        ax.set(ylim=(0.1, 1), yticks=SHARES)
        _plain(ax, x=True, y=ax is left)
    left.set_xlabel("steps", **TEXT)
    left.set_title("depth 3", fontsize=10, color=INK)
    left.set_ylabel("boundary F", **TEXT)
    _key_of_skips(figure)
    show(figure, alt=alt)


def _scenes(name: str) -> tuple[str, str, str, str]:
    """Look up what scenes are called, their networks without and with weights, and the scenes of their floor."""
    if name not in SCENES:
        raise ValueError(f"scenes are {', '.join(SCENES)}: got {name!r}")
    return SCENES[name]


def _curves(ax: Axes, steps: int) -> None:
    """Draw the IoU on granules by depth, a line each for the three kinds of skips."""
    for shift, (skips, (_, colour, marker)) in zip((0.08, 0, -0.08), SKIPS.items(), strict=True):
        rows = [f"context: depth {depth}, skips {skips}" for depth in DEPTHS]
        scores = [_recorded("rows", row, steps, "tuned components")["IoU"] for row in rows]
        _line(ax, [depth + shift for depth in DEPTHS], scores, colour, marker)
    ax.set(xticks=DEPTHS, xlim=(0.7, 3.3), xlabel="depth")
    ax.locator_params(axis="y", nbins=5)
    ax.xaxis.label.set(**TEXT)
    ax.set_title("granules: IoU", fontsize=10, color=INK)
    _plain(ax, x=True, y=True)


def _line(ax: Axes, places: Sequence[int | float], scores: Sequence[list], colour: str, marker: str) -> None:
    ax.plot(places, [one[0] for one in scores], color=colour, linewidth=1.3)
    for place, one in zip(places, scores, strict=True):
        _point(ax, place, one, colour, marker)


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


def _key(figure: Figure, marks: Sequence[tuple[str, str]], fills: Mapping[str, str] | None = None) -> None:
    """Say above the panels what the marks mean, in the ink that no network has, or filled as told."""
    look: dict[str, Any] = {"linestyle": "", "markeredgecolor": INK}
    fills = fills or {}
    lines = [Line2D([], [], marker=m, label=n, mfc=fills.get(n, "white"), **look) for n, m in marks]
    figure.legend(handles=lines, loc="outside upper center", ncols=min(len(lines), 3), **KEY)


def _plain(ax: Axes, *, x: bool, y: bool) -> None:
    """Leave a panel its grid, and tick labels only on the outside."""
    ax.grid(**GRID)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=10, labelbottom=x, labelleft=y, length=2)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
