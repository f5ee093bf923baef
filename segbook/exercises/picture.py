"""Draw arrays as small grids of cells, in markup alone: no plotting package, no style sheet, no script.

Blue is above 0 and orange below, the stronger the further away; the number stands in its cell where there is room.
Lines and letters take the colour of the text around them, so a picture reads on light pages and on dark ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

MAX_SIDE = 24  # rows and columns of a panel
MAX_SLICES = 4  # of an array with more than two axes, side by side
MAX_NUMBERS = 150  # cells, with more of them numbers are left out
MAX_DIGITS = 6
LEVELS = 6
BLUE, ORANGE = "#0072b2", "#d55e00"  # Okabe and Ito's


@dataclass(frozen=True, eq=False)
class Panel:
    """One array of a picture.

    Args:
        label: What it is, such as "expected".
        values: Real numbers or booleans, in any shape.
        scale: The absolute value that gets the strongest colour; the largest one that occurs, if 0.
        marked: The cells to frame, in the shape of the values; none if None.
    """

    label: str
    values: np.ndarray
    scale: float = 0.0
    marked: np.ndarray | None = None


def draw(panels: Sequence[Panel]) -> str:
    """Write panels side by side in HTML, as many as fit in a row; arrays without entries get their label alone."""
    style = "display:flex;flex-wrap:wrap;align-items:flex-start;gap:.6em 1.4em;margin:.6em 0 0"
    # Signals lie below each other, and their samples too: all have cells of one width.
    signals = [digits for panel in panels if panel.values.ndim < 2 and (digits := _digits(panel)) <= MAX_DIGITS]
    figures = [_figure(panel, max(signals, default=0) if panel.values.ndim < 2 else 0) for panel in panels]
    return f'<div style="{style}">{"".join(figures)}</div>' if panels else ""


def largest(values: np.ndarray) -> float:
    """Return the largest absolute value that is finite; 0 if there is none."""
    finite = np.abs(values[np.isfinite(values)].astype(float))
    return float(finite.max()) if finite.size else 0.0


def _digits(panel: Panel) -> int:
    return max((len(_number(value)) for part in _slices(panel.values)[0] for value in part.ravel()), default=0)


def _figure(panel: Panel, digits: int) -> str:
    shape = " × ".join(map(str, panel.values.shape)) or "one number"
    slices, cut = _slices(panel.values)
    words = f"{panel.label}, {shape}{', its beginning' if cut else ''}"
    style = "flex-basis:100%;min-width:0" if panel.values.ndim < 2 else "min-width:0"
    marks = _slices(panel.marked)[0] if panel.marked is not None else [np.zeros(part.shape, bool) for part in slices]
    drawing = _svg(
        slices, marks, panel.scale or largest(np.concatenate([part.ravel() for part in slices])), words, digits
    )
    return f'<div style="{style}"><div style="font-size:.85em">{escape(words)}</div>{drawing}</div>'


def _slices(values: np.ndarray) -> tuple[list[np.ndarray], bool]:
    """Cut an array into the grids that are drawn; tell whether anything was left out."""
    if values.size == 0:
        return [np.zeros((0, 0))], False
    grids = values.reshape(-1, *(1, 1, *values.shape)[-2:])
    kept = grids[:MAX_SLICES, :MAX_SIDE, :MAX_SIDE]
    return list(kept), kept.shape != grids.shape


def _svg(slices: list[np.ndarray], marks: list[np.ndarray], scale: float, words: str, least: int) -> str:
    rows, columns = slices[0].shape
    if not rows * columns:
        return ""
    texts = [[_number(value) for value in part.ravel()] for part in slices]
    digits = max(len(text) for part in texts for text in part)
    written = slices[0].dtype.kind != "b" and sum(map(len, texts)) <= MAX_NUMBERS and digits <= MAX_DIGITS
    wide, high = (max(18, 7 * max(digits, least) + 5), 19) if written else (12, 12)
    step = columns * wide + 8
    parts = []
    for n, (part, marked, text) in enumerate(zip(slices, marks, texts, strict=True)):
        corners = [(n * step + 1 + x * wide, 1 + y * high) for y in range(rows) for x in range(columns)]
        parts += [_cells(part, corners, wide, high, scale), _grid(n * step + 1, rows, columns, wide, high)]
        if written:
            parts += [
                f'<text x="{x + wide / 2:g}" y="{y + 13}">{escape(said)}</text>'
                for (x, y), said in zip(corners, text, strict=True)
            ]
        else:
            lost = np.flatnonzero(~np.isfinite(part))
            crosses = [_at(corners[cell], f"l{wide} {high}m0 -{high}l-{wide} {high}") for cell in lost]
            parts.append(_path(crosses, 'fill="none" stroke="currentColor"'))
        frames = [_at(corners[cell], f"h{wide}v{high}h-{wide}z") for cell in np.flatnonzero(marked)]
        parts.append(_path(frames, 'fill="none" stroke="currentColor" stroke-width="2"'))
    width, height = len(slices) * step - 6, rows * high + 2
    return (
        f'<svg role="img" aria-label="{escape(words)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" style="max-width:100%;height:auto;display:block" '
        'font-family="sans-serif" font-size="11" text-anchor="middle" fill="currentColor">' + "".join(parts) + "</svg>"
    )


def _cells(part: np.ndarray, corners: list[tuple[int, int]], wide: int, high: int, scale: float) -> str:
    """Fill the cells, with one path for all cells of one colour."""
    flat = part.ravel().astype(float)
    shares = np.clip(np.nan_to_num(flat, nan=0.0, posinf=0.0, neginf=0.0) / (scale or 1.0), -1, 1)
    levels = np.sign(shares) * np.ceil(np.abs(shares) * LEVELS)
    paths = []
    for level in np.unique(levels[levels != 0]):
        squares = [_at(corners[cell], f"h{wide}v{high}h-{wide}z") for cell in np.flatnonzero(levels == level)]
        look = f'fill="{BLUE if level > 0 else ORANGE}" fill-opacity="{abs(level) / LEVELS * 0.7:.2f}"'
        paths.append(_path(squares, look))
    return "".join(paths)


def _grid(left: int, rows: int, columns: int, wide: int, high: int) -> str:
    lines = [f"M{left} {1 + y * high}h{columns * wide}" for y in range(rows + 1)]
    lines += [f"M{left + x * wide} 1v{rows * high}" for x in range(columns + 1)]
    return _path(lines, 'fill="none" stroke="currentColor" stroke-opacity=".4"')


def _at(corner: tuple[int, int], steps: str) -> str:
    return f"M{corner[0]} {corner[1]}{steps}"


def _path(pieces: list[str], look: str) -> str:
    return f'<path d="{"".join(pieces)}" {look}/>' if pieces else ""


def _number(value: object) -> str:
    """Write a number in few characters."""
    number = float(value)  # type: ignore[arg-type]  # a NumPy number
    if not np.isfinite(number) or number == 0:
        return f"{number:.0f}".lstrip("-") if number == 0 else str(number)
    if not 0.005 <= abs(number) < 1e5:
        return f"{number:.0e}"
    return f"{number:.2f}".rstrip("0").rstrip(".")
