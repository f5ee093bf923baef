"""Figures: small, colour-blind safe, each with a sentence that says what it shows.

`show_*` functions draw, display and return None. The sentence (`alt`) is stored with the picture: a browser reads it
aloud, a terminal prints it, and the tests compare it. Pictures are quantised to 256 colours, which keeps a figure
under 60 kB.
"""

import base64
import io
from collections.abc import Sequence

import numpy as np
from IPython.display import display
from jaxtyping import Real
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from PIL import Image

from segbook.palette import BLUE, ORANGE

INK = "#24292F"
SIGNED = LinearSegmentedColormap.from_list("segbook.signed", [ORANGE, "#FFFFFF", BLUE])  # negative, zero, positive


def show_matrix(
    matrix: Real[np.ndarray, "rows columns"],
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
    ax.set(xticks=range(width), yticks=range(height), xlabel=columns, ylabel=rows)
    ax.set_title(title, fontsize=10, loc="left")
    ax.set_xticks(np.arange(width + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(height + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="#D0D4DA", linewidth=0.6)
    ax.tick_params(which="both", length=0)
    show(figure, alt=alt)


def show_images(
    images: Sequence[Real[np.ndarray, "H W"]],
    titles: Sequence[str],
    *,
    alt: str,
    value_range: tuple[float, float] | None = None,
    width: float = 2.6,
) -> None:
    """Lay grey images side by side at their own sizes, pixels as squares, sizes on the axes.

    Args:
        images: Grey values; every image of its own size.
        titles: One for each image.
        alt: What the picture shows, in a sentence.
        value_range: The values drawn black and white, shared by all; the smallest and largest when not given.
        width: Inches for each image.

    Raises:
        ValueError: If there are no images, not as many titles as images, or an image that is not grey (H, W).
    """
    if not images:
        raise ValueError("there are no images to show: got an empty list")
    if len(images) != len(titles):
        raise ValueError(f"every image needs a title: got {len(images)} images and {len(titles)} titles")
    for image in images:
        if image.ndim != 2 or image.size == 0:
            raise ValueError(f"every image must be grey, (H, W), and not empty: got shape {image.shape}")
    low, high = value_range or (min(float(i.min()) for i in images), max(float(i.max()) for i in images))
    figure, axes = new_figure(len(images), size=(width * len(images), width * 1.12))
    for ax, image, title in zip(axes, images, titles, strict=True):
        ax.imshow(image, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
        height, image_width = image.shape
        ax.set(xticks=[0, image_width - 1], yticks=[0, height - 1])
        ax.set_title(title, fontsize=10)
    show(figure, alt=alt)


def show(figure: Figure, *, alt: str) -> None:
    """Display a figure as a small PNG with its sentence, in a notebook; in a terminal, the sentence.

    Args:
        figure: From `new_figure`.
        alt: What the picture shows, in a sentence.
    """
    data = {"image/png": base64.b64encode(png(figure)).decode(), "text/plain": alt}
    display(data, metadata={"image/png": {"alt": alt}}, raw=True)


def new_figure(columns: int, *, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """Make a figure with axes in one row, in the book's fonts and line widths.

    Args:
        columns: Number of axes.
        size: Width and height in inches.
    """
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    axes = list(figure.subplots(1, columns, squeeze=False)[0])
    for ax in axes:
        ax.tick_params(labelsize=8, colors=INK)
        ax.xaxis.label.set(size=9, color=INK)
        ax.yaxis.label.set(size=9, color=INK)
        ax.title.set(size=10, color=INK)
        for spine in ax.spines.values():
            spine.set(color="#8A8F98", linewidth=0.6)
    return figure, axes


def png(figure: Figure) -> bytes:
    """Render at 150 dots an inch, quantised to 256 colours; the same figure gives the same bytes.

    Args:
        figure: Any matplotlib figure.
    """
    raw, small = io.BytesIO(), io.BytesIO()
    figure.savefig(raw, format="png", dpi=150)
    image = Image.open(raw).convert("RGB")
    image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()
