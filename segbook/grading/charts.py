"""The charts of a class's report, as pictures that stand in the page itself."""

import base64
from collections.abc import Sequence
from html import escape
from math import ceil


def histogram(totals: Sequence[int | float], possible: int | float) -> bytes:
    """Draw how many students have how many points."""
    from segbook import palette
    from segbook.plot import canvas

    figure, (ax,) = canvas.new_figure(1, size=(6.0, 2.4))
    bins = min(ceil(possible), 24) + 1
    ax.hist(totals, bins=bins, range=(-0.5, possible + 0.5), color=palette.BLUE, edgecolor="white")
    ax.set(xlabel="points", ylabel="students")
    return canvas.png(figure)


def bars(shares: dict[str, list[int]]) -> bytes:
    """Draw, for each exercise, the share of students by points."""
    from segbook import palette
    from segbook.plot import canvas

    figure, (ax,) = canvas.new_figure(1, size=(6.0, 0.8 + 0.3 * len(shares)))
    for row, counts in enumerate(shares.values()):
        left, students = 0.0, max(1, sum(counts))
        for points, count in enumerate(counts):
            strength = 0.15 + 0.85 * points / max(1, len(counts) - 1)
            width = count / students
            ax.barh(row, width, left=left, color=palette.BLUE, alpha=strength, edgecolor="white")
            ink = "white" if strength > 0.6 else canvas.INK
            if width > 0.05:
                ax.text(left + width / 2, row, str(points), ha="center", va="center", fontsize=8, color=ink)
            left += width
    ax.set(yticks=range(len(shares)), yticklabels=list(shares), xlabel="share of students, by points", xlim=(0, 1))
    ax.invert_yaxis()
    return canvas.png(figure)


def picture(png: bytes, alt: str) -> str:
    """Put a picture into a page, with its alternative text."""
    return f'<p><img alt="{escape(alt)}" src="data:image/png;base64,{base64.b64encode(png).decode()}"></p>'
