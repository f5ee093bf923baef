"""Tables and curves: matrices, kernels, confusion, training history."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Int, Real
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure

from segbook import palette
from segbook.plot.canvas import INK, new_figure, show
from segbook.plot.images import AMOUNT, Array

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
        matrix: Values; up to about 24 by 24 stay readable.
        alt: What the picture shows, in a sentence.
        title: Written above.
        rows: What a row is.
        columns: What a column is.

    Raises:
        ValueError: If `matrix` is not two-dimensional, or empty.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.size == 0:
        raise ValueError(f"matrix must have 2 axes (rows, columns), neither empty: got shape {matrix.shape}")
    height, width = matrix.shape
    figure, (ax,) = new_figure(1, size=(max(0.9 + 0.42 * width, 3.2), 0.9 + 0.36 * height))  # room for the title
    largest = max(abs(float(matrix.max())), abs(float(matrix.min())), 1e-12)
    ax.imshow(matrix, cmap=SIGNED, norm=TwoSlopeNorm(0, -1.6 * largest, 1.6 * largest), aspect=0.86)
    ax.set_anchor("W")
    for (row, column), value in np.ndenumerate(matrix):
        if value:
            ax.text(column, row, f"{value:.3g}", ha="center", va="center", fontsize=9, color=INK)
    _table(ax, matrix.shape, rows=rows, columns=columns, title=title)
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


def show_confusion(confusion: Int[Array, "C C"], class_names: Sequence[str], *, alt: str) -> None:
    """Draw a confusion matrix: counts in numbers, the share of each true class in colour.

    Args:
        confusion: Pixels by true class (rows) and predicted class (columns).
        class_names: A name for each class, index 0 first.
        alt: What the picture shows, in a sentence.

    Raises:
        ValueError: If there is not one name for each class.
    """
    counts = np.asarray(confusion)
    if len(class_names) != len(counts):
        raise ValueError(f"every class needs a name: got {len(counts)} classes and {len(class_names)} names")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, (ax,) = new_figure(1, size=(1.6 + 0.75 * len(counts), 1.2 + 0.55 * len(counts)))
    ax.imshow(shares, cmap=AMOUNT, vmin=0, vmax=1.6, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        ink = "white" if shares[row, column] > 0.6 else INK
        ax.text(column, row, f"{count:,}\n{shares[row, column]:.0%}", ha="center", va="center", fontsize=8, color=ink)
    _table(ax, counts.shape, rows="true class", columns="predicted class", title="")
    ax.set(xticklabels=class_names, yticklabels=class_names)
    show(figure, alt=alt)


def show_history(
    history: Mapping[str, Sequence[float]], *, alt: str, x: str = "step", logarithmic: bool = False
) -> None:
    """Draw curves over training, each named at its end.

    Args:
        history: Values of each curve by its name.
        alt: What the picture shows, in a sentence.
        x: What the horizontal axis counts.
        logarithmic: Whether the vertical axis is.

    Raises:
        ValueError: If there are no values.
    """
    if not history or not all(len(values) for values in history.values()):
        raise ValueError(f"every curve needs values: got { ({name: len(v) for name, v in history.items()}) }")
    figure, (ax,) = new_figure(1, size=(5.4, 2.6))
    for number, values in enumerate(history.values()):
        colour, steps = palette.CYCLE[number % len(palette.CYCLE)], range(1, len(values) + 1)
        ax.plot(steps, values, color=colour, linewidth=1.6, linestyle=("-", "--", ":", "-.")[number % 4])
    ax.set_xlabel(x)
    ax.set_yscale("log" if logarithmic else "linear")
    ax.grid(color="#E3E6EA", linewidth=0.6)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    _name_ends(figure, ax, history)
    show(figure, alt=alt)


def _name_ends(figure: Figure, ax: Axes, history: Mapping[str, Sequence[float]]) -> None:
    """Write each curve's name at its end; where ends are close, names move up and keep apart."""
    figure.draw_without_rendering()  # only now it is known where the ends lie
    ends = [(name, len(values), values[-1]) for name, values in history.items()]
    heights = {name: ax.transData.transform((x, y))[1] * 72 / figure.dpi for name, x, y in ends}  # in points
    free = -math.inf
    for name, x, y in sorted(ends, key=lambda end: heights[end[0]]):
        free = max(free, heights[name])
        place = {"xytext": (3, free - heights[name]), "textcoords": "offset points", "va": "center"}
        ax.annotate(name, (x, y), fontsize=8, color=INK, annotation_clip=False, **place)
        free += 10


def _table(ax: Axes, shape: tuple[int, ...], *, rows: str, columns: str, title: str) -> None:
    """Rule lines between the cells and name the axes."""
    height, width = shape
    ax.set(xticks=range(width), yticks=range(height), xlabel=columns, ylabel=rows)
    ax.set_title(title, fontsize=10, loc="left")
    ax.set_xticks(np.arange(width + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(height + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="#D0D4DA", linewidth=0.6)
    ax.tick_params(which="both", length=0)
