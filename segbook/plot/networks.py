"""Diagrams of networks: the maps that go from layer to layer as sheets, or what each stage of a U holds as bars."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from segbook import palette
from segbook.plot.canvas import INK, new_figure, show
from segbook.shapes.networks import LedgerRow

IN_A_ROW = 4  # maps, so that a phone shows their numbers large enough to read
PITCH, SIDE, ARROW, LABEL = 1.36, 0.86, 0.4, 0.45  # inches: from map to map, the largest map, an arrow, two lines below
SHEET = 0.035  # inches between the sheets that stand for channels
COLOURS = {"encoder": palette.BLUE, "bottleneck": palette.ORANGE, "decoder": palette.GREEN}
GAP, HIGHEST = 0.8, 3.0  # between bars, and of the largest map, where the thickest bar is 1 thick
BAR = 0.56  # inches for a bar and its gap: narrow, so that a phone shows the numbers large enough to read
THIN = {"arrowstyle": "->", "color": INK, "linewidth": 0.8}


def show_network(
    maps: Sequence[tuple[int, int]], steps: Sequence[str], *, alt: str, windows: Sequence[int] = ()
) -> None:
    """Draw square maps in proportion, a sheet more for twice the channels, and an arrow for each step between them.

    Args:
        maps: Channels and height = width (pixels or places) of the input and of what each step makes of it.
        steps: What each arrow does, one fewer than maps; a newline parts two short lines.
        alt: What the picture shows, in a sentence.
        windows: A part of every map to mark, from its upper left corner: its height = width. Empty for none.

    Raises:
        ValueError: If there is not one step between two maps, a size or a number of channels is below 1, or there is
            not one window for each map that lies within it.

    >>> show_network([(1, 29), (16, 26)], ["4 × 4"], alt="A patch of 29 pixels and its 16 maps of 26.")
    A patch of 29 pixels and its 16 maps of 26.
    """
    if len(steps) != len(maps) - 1:
        raise ValueError(f"between {len(maps)} maps there are {len(maps) - 1} steps: got {len(steps)}")
    if smallest := [one for one in maps if min(one) < 1]:
        raise ValueError(f"a map has at least 1 channel and size 1: got {smallest[0]}")
    if windows and (len(windows) != len(maps) or any(w > size for w, (_, size) in zip(windows, maps, strict=True))):
        raise ValueError(f"every map needs a window no larger than itself: got {list(windows)} for {list(maps)}")
    largest = max(size for _, size in maps)
    rows = [range(start, min(start + IN_A_ROW, len(maps))) for start in range(0, len(maps), IN_A_ROW)]
    below = LABEL + 0.16 * bool(windows)
    heights = [max(maps[i][1] for i in row) / largest * SIDE + 6 * SHEET + below for row in rows]
    width = IN_A_ROW * PITCH
    figure, (ax,) = new_figure(1, size=(width, sum(heights)))
    ax.set(xlim=(0, width), ylim=(sum(heights), 0), aspect="equal")
    ax.axis("off")
    for number, row in enumerate(rows):
        bottom = sum(heights[: number + 1]) - below
        middle = bottom - (heights[number] - below - 6 * SHEET) / 2
        for column, i in enumerate(row):
            left = column * PITCH + (ARROW if i else ARROW / 2)
            if i:
                _step(ax, left, middle, steps[i - 1])
            _map(ax, left, bottom, maps[i], SIDE / largest, windows[i] if windows else 0)
    show(figure, alt=alt)


def show_ledger(ledger: Sequence[LedgerRow], *, alt: str) -> None:
    """Draw a network from the image to the scores: a bar for what each stage holds, an arrow for each step.

    A bar is as high as the map, and its thickness goes with the square root of the channels. Skips run below.

    Args:
        ledger: Of a network, as `shapes.unet_ledger` writes it.
        alt: What the picture shows, in a sentence.

    Raises:
        ValueError: If the ledger has no rows.

    Source: the book's own.

    >>> from segbook.shapes import unet_ledger
    >>> show_ledger(unet_ledger(64, depth=2, padding=1), alt="A U-Net with two poolings.")
    A U-Net with two poolings.
    """
    if not ledger:
        raise ValueError("a ledger needs rows to be drawn: got none")
    bars = {"image": (ledger[0].input_size, ledger[0].in_channels)}  # a stage's last row says what it hands on
    bars |= {row.name: (row.output_size, row.out_channels) for row in ledger if row.kind in (*COLOURS, "head")}
    largest, most = (max(numbers) for numbers in zip(*bars.values(), strict=True))
    steps = iter(["", *(row.kind for row in ledger if row.kind in ("pool", "up")), ""])

    figure, (ax,) = new_figure(1, size=(BAR * len(bars), 2.7))
    text = {"ha": "center", "fontsize": 8, "color": INK}
    middles, end = {}, 0.0
    for name, (size, channels) in bars.items():
        thick, half = math.sqrt(channels / most), HIGHEST / 2 * size / largest
        if end:
            ax.annotate("", (end + GAP - 0.08, 0), (end + 0.08, 0), arrowprops=THIN)
            ax.text(end + GAP / 2, 0.08, next(steps), va="bottom", **text)
            end += GAP
        colour = COLOURS.get(name.split()[0], palette.GREY)
        ax.add_patch(Rectangle((end, -half), thick, 2 * half, facecolor=colour, edgecolor=INK, linewidth=0.6))
        ax.text(end + thick / 2, half + 0.08, f"{size}²", va="bottom", **text)
        ax.text(end + thick / 2, -half - 0.08, f"{channels}", va="top", **text)
        middles[name] = end + thick / 2
        end += thick
    lowest = -HIGHEST / 2 - 0.65
    for part in ("image", *COLOURS, "head"):
        places = [place for name, place in middles.items() if name.startswith(part)]
        if places:
            ax.text(sum(places) / len(places), lowest, {"head": "scores"}.get(part, part), **text)
    for row in (row for row in ledger if row.kind == "skip"):
        ends = [middles[f"{side} {row.level}"] for side in ("encoder", "decoder")]
        lowest -= 0.2
        ax.annotate("", (ends[1], lowest), (ends[0], lowest), arrowprops=THIN)
    ax.set(xlim=(-0.3, end + 0.3), ylim=(lowest - 0.1, HIGHEST / 2 + 0.4))
    ax.set_axis_off()
    show(figure, alt=alt)


def _map(ax: Axes, left: float, bottom: float, one: tuple[int, int], scale: float, window: int) -> None:
    """Draw a map's sheets from back to front, its window, and its numbers below."""
    channels, size = one
    side = max(size * scale, 0.05)  # what is one place can still be seen
    for sheet in range(min(round(math.log2(channels)), 6), -1, -1):
        x, y = left + sheet * SHEET, bottom - side - sheet * SHEET
        ax.add_patch(Rectangle((x, y), side, side, facecolor="#D6EAF8", edgecolor=INK, linewidth=0.7))
    if window:
        marked = max(window * scale, 0.05)
        corner = (left, bottom - side)
        ax.add_patch(Rectangle(corner, marked, marked, fill=False, edgecolor=palette.FOCUS, linewidth=1.6))
    name = f"{channels} channel{'s' if channels > 1 else ''}\n{size} × {size}"
    ax.text(left, bottom + 0.06, name, fontsize=8.5, color=INK, va="top", linespacing=1.15)
    if window:
        ax.text(left, bottom + 0.34, f"window {window} × {window}", fontsize=8, color=palette.FOCUS, va="top")


def _step(ax: Axes, left: float, middle: float, name: str) -> None:
    """Draw an arrow to the left of a map, its name above."""
    arrow = {"arrowstyle": "->", "color": INK, "linewidth": 1}
    ax.annotate("", (left - 0.05, middle), (left - ARROW + 0.06, middle), arrowprops=arrow)
    ax.text(left - ARROW / 2 - 0.01, middle - 0.05, name, fontsize=8, color=INK, ha="center", linespacing=1.05)
