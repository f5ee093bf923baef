"""What the book's experiments measured of depth and skips: a picture, and scores to print.

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
from matplotlib.patheffects import withStroke

from segbook import palette
from segbook.inputs import Array
from segbook.plot.canvas import INK, new_figure, show
from segbook.plot.pixels import as_picture, black_and_white, draw
from segbook.shapes import input_window, unet_layers

DEPTHS = (1, 2, 3)
SKIPS = {
    skips: (name, palette.SKIPS[skips], marker)
    for skips, name, marker in (("concat", "concatenated", "o"), ("sum", "summed", "s"), ("none", "no skips", "^"))
}
STEPS = 3000  # after which outlines are looked up
VIEWS = ((palette.ORANGE, ":"), (palette.SKY, "--"), (palette.FOCUS, "-"))  # of each depth
GRID = {"color": "#E3E6EA", "linewidth": 0.6}
TEXT: dict[str, Any] = {"fontsize": 10, "color": INK}
KEY: dict[str, Any] = {"fontsize": 10, "frameon": False, "labelcolor": INK, "handletextpad": 0.2, "columnspacing": 1.0}


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


def scores_with_skips(depths: Sequence[int]) -> dict[str, list[float]]:
    """Look up how networks score after 3,000 steps: at each depth the mean of ten without skips, and of ten U-Nets.

    Args:
        depths: Of the networks, each from 1 to 4.

    Returns:
        For outlines of cells away from other cells and near one, boundary F; for granules, IoU. Each has two scores
        for a depth: without skips, and with them.

    Raises:
        ValueError: If a depth was not measured.

    >>> [round(score, 2) for score in scores_with_skips([1, 3])["near another cell"]]
    [0.75, 0.73, 0.83, 0.92]
    """
    kinds = [(depth, skips) for depth in depths for skips in ("none", "concat")]
    granules = [f"context: depth {depth}, skips {skips}|{STEPS}|tuned components" for depth, skips in kinds]
    outlines = [_recorded("outlines", _cells(*kind)) for kind in kinds]
    return {
        "away from other cells": [one["F outer"] for one in outlines],
        "near another cell": [one["F between"] for one in outlines],
        "granules": [_recorded("rows", row)["IoU"][0] for row in granules],
    }


def _cells(depth: int, skips: str) -> str:
    """Name the experiment's row of a network for cells."""
    return "plain" if (depth, skips) == (3, "concat") else f"cells: depth {depth}, skips {skips}"


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


def _plain(ax: Axes, *, x: bool, y: bool) -> None:
    """Leave a panel its grid, and tick labels only on the outside."""
    ax.grid(**GRID)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=10, labelbottom=x, labelleft=y, length=2)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
