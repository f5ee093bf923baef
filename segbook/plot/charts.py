"""Tables and curves: matrices, kernels, confusion, training history, regions on a line of pixels."""

import math
from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise

import numpy as np
from jaxtyping import Integer, Real
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm, to_rgba
from matplotlib.figure import Figure

from segbook import palette
from segbook.inputs import Array, as_array, as_whole
from segbook.plot.canvas import INK, new_figure, show
from segbook.plot.pixels import AMOUNT, lay_out, page_height

MOST_NUMBERS = 48  # rows or columns of a table up to which its cells are written, and of classes half as many
LEVEL = "#8A8F98"
SIGNED = LinearSegmentedColormap.from_list("segbook.signed", [palette.ORANGE, "#FFFFFF", palette.BLUE])


def show_matrix(
    matrix: Real[Array, "rows columns"],
    *,
    alt: str,
    title: str = "",
    rows: str = "output n",
    columns: str = "input i",
) -> None:
    """Draw a matrix as a table of coloured numbers; zeros stay blank, so the structure shows.

    Args:
        matrix: Values; up to about 24 by 24 stay readable. More than 48 rows or columns are drawn without numbers.
        alt: What the picture shows, in a sentence.
        title: Written above.
        rows: What a row is.
        columns: What a column is.

    Raises:
        ValueError: If `matrix` is not two-dimensional, or empty.
    """
    matrix = as_array("matrix", matrix)
    if matrix.ndim != 2 or matrix.size == 0:
        raise ValueError(f"matrix must have 2 axes (rows, columns), neither empty: got shape {matrix.shape}")
    height, width = matrix.shape
    written = max(height, width) <= MOST_NUMBERS
    size = (max(0.9 + 0.42 * width, 3.2), 0.9 + 0.36 * height)  # room for the title
    figure, (ax,) = new_figure(1, size=size if written else (4.0, 0.9 + 3.4 * page_height(matrix.shape)))
    largest = float(np.abs(matrix[np.isfinite(matrix)].astype(float)).max(initial=1e-12))
    norm = TwoSlopeNorm(0, -1.6 * largest, 1.6 * largest)
    ax.imshow(matrix, cmap=SIGNED, norm=norm, aspect=0.86 if written else None, interpolation="nearest")
    ax.set_anchor("W")
    if written:
        for (row, column), value in np.ndenumerate(matrix):
            if value:
                ax.text(column, row, f"{float(value):.3g}", ha="center", va="center", fontsize=9, color=INK)
        _rule(ax, matrix.shape)
    else:
        lay_out(ax, matrix.shape)
    ax.set(xlabel=columns, ylabel=rows)
    ax.set_title(title, fontsize=10, loc="left")
    show(figure, alt=alt)


def show_kernel(kernel: Real[Array, "k_h k_w"], *, alt: str, title: str = "") -> None:
    """Draw a kernel's taps, coloured by sign and size.

    Args:
        kernel: The taps.
        alt: What the picture shows, in a sentence.
        title: Written above.

    Raises:
        ValueError: As in `show_matrix`.
    """
    show_matrix(kernel, alt=alt, title=title, rows="row", columns="column")


def show_confusion(confusion: Integer[Array, "C C"], class_names: Sequence[str], *, alt: str) -> None:
    """Draw a confusion matrix: counts in numbers, the share of each true class in colour.

    Args:
        confusion: Pixels by true class (rows) and predicted class (columns); of more than 24, in colour alone.
        class_names: A name for each class, index 0 first.
        alt: What the picture shows, in a sentence.

    Raises:
        ValueError: If the matrix is not square or holds no whole numbers, or there is not one name for each class.
    """
    counts = as_whole("confusion", confusion).numpy(force=True)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"confusion must be square, (C, C): got shape {counts.shape}")
    if len(class_names) != len(counts):
        raise ValueError(f"every class needs a name: got {len(counts)} classes and {len(class_names)} names")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    written = len(counts) <= MOST_NUMBERS // 2
    width, height = (0.75, 0.55) if written else (0.16, 0.16)
    figure, (ax,) = new_figure(1, size=(1.6 + width * len(counts), 1.2 + height * len(counts)))
    ax.imshow(shares, cmap=AMOUNT, vmin=0, vmax=1.6, aspect="auto", interpolation="nearest")
    for (row, column), count in np.ndenumerate(counts) if written else ():
        ink = "white" if shares[row, column] > 0.6 else INK
        ax.text(column, row, f"{count:,}\n{shares[row, column]:.0%}", ha="center", va="center", fontsize=8, color=ink)
    _rule(ax, counts.shape)
    ax.set(xlabel="predicted class", ylabel="true class", xticklabels=class_names, yticklabels=class_names)
    ax.tick_params(axis="x", labelrotation=0 if written else 90)
    show(figure, alt=alt)


def show_history(
    history: Mapping[str, Sequence[float] | Real[Array, " steps"]],
    *,
    alt: str,
    x: str = "step",
    first: int = 1,
    logarithmic: bool = False,
    levels: Mapping[str, float] | None = None,
) -> None:
    """Draw curves over training, each named at its end. One named for a kind of skips (`palette.SKIPS`) has its colour.

    Args:
        history: Values of each curve by its name; what is no finite number leaves a gap.
        alt: What the picture shows, in a sentence.
        x: What the horizontal axis counts.
        first: The number of the first value.
        logarithmic: Whether the vertical axis is.
        levels: Heights of grey lines across the picture, such as a threshold, by the names written under them.

    Raises:
        ValueError: If a curve has no values that can be drawn.
    """
    drawable = {name: _drawable(values, logarithmic, first) for name, values in history.items()}
    if not history or not all(drawable.values()):
        raise ValueError(f"every curve needs values: got { ({name: len(v) for name, v in drawable.items()}) }")
    figure, (ax,) = new_figure(1, size=(5.4, 2.6))
    for number, (name, values) in enumerate(history.items()):
        colour = palette.SKIPS.get(name, palette.CYCLE[number % len(palette.CYCLE)])
        steps = range(first, first + len(values))
        ax.plot(steps, values, color=colour, linewidth=1.6, linestyle=("-", "--", ":", "-.")[number % 4])
    ax.set_xlabel(x)
    ax.set_yscale("log" if logarithmic else "linear")
    if logarithmic:
        ax.tick_params(which="both", axis="y", labelsize=8)  # between powers of ten, too
    ax.grid(color="#E3E6EA", linewidth=0.6)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for name, height in (levels or {}).items():
        ax.axhline(height, color=LEVEL, linewidth=1.0, zorder=1)
        ax.annotate(name, (first, height), xytext=(0, -2), textcoords="offset points", va="top", fontsize=8, color=INK)
    _name_ends(figure, ax, {name: points[-1] for name, points in drawable.items()})
    show(figure, alt=alt)


def show_line(
    probs: Mapping[str, Real[Array, " _"]],
    answers: Mapping[str, Integer[Array, " _"]],
    *,
    alt: str,
    depth: Real[Array, " _"],
    thresholds: Mapping[str, float],
) -> None:
    """Draw the regions that each way of reading finds on one line of pixels, below what it reads.

    On top stand the probabilities, with a dashed line at each threshold, and below them the depth that a watershed
    floods, downwards. Each answer is a strip: a region is a box with the number of its pixels on the line.

    Args:
        probs: Probabilities of cell by the names of what gave them; two or more are named above.
        answers: Ids, 0 for background, by what is written beside them, from top to bottom.
        alt: What the picture shows, in a sentence.
        depth: Distance to the background, in pixels.
        thresholds: Probabilities by the names written beside their lines.

    Raises:
        ValueError: If there are no probabilities or no answers, or a line has another number of pixels.
    """
    curves = {name: as_array(name, values).astype(float) for name, values in probs.items()}
    depths = as_array("depth", depth).astype(float)
    strips = {name: as_whole(name, ids).numpy(force=True) for name, ids in answers.items()}
    for words, table in {"probabilities": curves, "answers": strips}.items():
        if not table:
            raise ValueError(f"there are no {words} to show: got an empty table")
    for name, values in {**curves, **strips}.items():
        if values.shape != depths.shape:
            raise ValueError(f"{name} must be {depths.shape} like depth: got shape {values.shape}")
    count = depths.size
    figure, axes = new_figure(1, rows=3, size=(5.4, 3.3 + 0.28 * len(strips)))
    high, low, boxes = axes
    if grid := high.get_gridspec():
        grid.set_height_ratios([1.5, 0.9, 0.27 * len(strips)])
    edges = np.arange(count + 1) - 0.5
    for (name, heights), colour in zip(curves.items(), cycle(palette.CYCLE), strict=False):
        high.stairs(heights, edges, color=colour, linewidth=1.6, label=name)
    if len(curves) > 1:
        high.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(curves), frameon=False, fontsize=9)
    high.set(ylim=(0, 1.05), ylabel="p of cell")
    for name, level in thresholds.items():
        high.axhline(level, color=LEVEL, linewidth=1.0, linestyle="--", zorder=1)
        high.annotate(name, (count - 0.5, level), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
    low.stairs(depths, edges, fill=True, color=palette.SKY, alpha=0.6)
    low.set(ylim=(1.15 * max(depths.max(initial=0), 1), 0), ylabel="depth")
    for place, ids in enumerate(strips.values()):
        ends = [*np.flatnonzero(np.diff(ids, prepend=0)).tolist(), count]
        runs = [(start, stop) for start, stop in pairwise(ends) if ids[start]]
        for number, (start, stop) in enumerate(runs):
            colour = palette.CYCLE[(number + 2) % len(palette.CYCLE)]  # the first two are the curves'
            boxes.barh(
                place,
                stop - start,
                0.72,
                left=start - 0.5,
                color=to_rgba(colour, 0.35),
                edgecolor=colour,
                linewidth=1.4,
            )
            boxes.text(
                (start + stop - 1) / 2, place, str(stop - start), ha="center", va="center", fontsize=8, color=INK
            )
    boxes.set(ylim=(len(strips) - 0.5, -0.5), yticks=range(len(strips)), yticklabels=strips, xlabel="pixel on the line")
    for ax in axes:
        ax.set_xlim(-0.5, count - 0.5)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        if ax is not boxes:
            ax.tick_params(labelbottom=False)
    boxes.tick_params(axis="y", length=0)
    figure.align_ylabels([high, low])
    show(figure, alt=alt)


def _drawable(values: Sequence[float] | Array, logarithmic: bool, first: int) -> list[tuple[int, float]]:
    """Number the values and keep those that have a place on the axes."""
    numbered = [(step, float(value)) for step, value in enumerate(values, first)]
    return [(step, value) for step, value in numbered if math.isfinite(value) and (value > 0 or not logarithmic)]


def _name_ends(figure: Figure, ax: Axes, ends: Mapping[str, tuple[int, float]]) -> None:
    """Write each curve's name at its end; where ends are close, names move up and keep apart."""
    figure.draw_without_rendering()  # only now it is known where the ends lie
    heights = {name: ax.transData.transform(end)[1] * 72 / figure.dpi for name, end in ends.items()}  # in points
    free = -math.inf
    for name in sorted(ends, key=lambda name: heights[name]):
        free = max(free, heights[name])
        place = {"xytext": (3, free - heights[name]), "textcoords": "offset points", "va": "center"}
        ax.annotate(name, ends[name], fontsize=8, color=INK, annotation_clip=False, **place)
        free += 10


def _rule(ax: Axes, shape: tuple[int, ...]) -> None:
    """Rule lines between the cells and number them."""
    height, width = shape
    ax.set(xticks=range(width), yticks=range(height))
    ax.set_xticks(np.arange(width + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(height + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="#D0D4DA", linewidth=0.6)
    ax.tick_params(which="both", length=0)
