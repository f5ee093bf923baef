"""The sheet that every figure is drawn on: the book's fonts and lines, and a small PNG with its sentence."""

import base64
import io

from IPython import get_ipython
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

INK = "#24292F"


def new_figure(columns: int, *, size: tuple[float, float], rows: int = 1) -> tuple[Figure, list[Axes]]:
    """Make a figure with axes in rows, in the book's fonts and line widths.

    Args:
        columns: Axes in a row.
        size: Width and height in inches.
        rows: Rows of axes.
    """
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for ax in axes:
        ax.tick_params(labelsize=8, colors=INK)
        ax.xaxis.label.set(size=9, color=INK)
        ax.yaxis.label.set(size=9, color=INK)
        ax.title.set(size=10, color=INK)
        for spine in ax.spines.values():
            spine.set(color="#8A8F98", linewidth=0.6)
    return figure, axes


def show(figure: Figure, *, alt: str) -> None:
    """Display a figure as a small PNG with its sentence, in a notebook; in a terminal, the sentence.

    Args:
        figure: From `new_figure`.
        alt: What the picture shows, in a sentence.
    """
    if get_ipython() is None:
        print(alt)
        return
    data = {"image/png": base64.b64encode(png(figure)).decode(), "text/plain": alt}
    display(data, metadata={"image/png": {"alt": alt}}, raw=True)


def png(figure: Figure) -> bytes:
    """Render at 150 dots an inch, quantised to 256 colours; the same figure gives the same bytes.

    Args:
        figure: Any matplotlib figure.
    """
    raw, small = io.BytesIO(), io.BytesIO()
    figure.savefig(raw, format="png", dpi=150)
    image = Image.open(raw).convert("RGB")
    # Without the k-means step, grey letters beside a colourful picture take on its tints.
    paletted = image.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    paletted.save(small, "PNG", optimize=True)
    return small.getvalue()
