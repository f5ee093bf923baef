"""Diagrams of networks: what each stage holds, drawn from the table of sizes that counts it."""

from collections.abc import Sequence
from math import sqrt

from matplotlib.patches import Rectangle

from segbook import palette
from segbook.plot.canvas import INK, new_figure, show
from segbook.shapes.networks import LedgerRow

COLOURS = {"encoder": palette.BLUE, "bottleneck": palette.ORANGE, "decoder": palette.GREEN}
GAP, HIGHEST = 0.6, 3.0  # between bars, and of the largest map, where the thickest bar is 1 thick
ARROW = {"arrowstyle": "->", "color": INK, "linewidth": 0.8}


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

    figure, (ax,) = new_figure(1, size=(6.0, 2.7))
    text = {"ha": "center", "fontsize": 8, "color": INK}
    middles, end = {}, 0.0
    for name, (size, channels) in bars.items():
        thick, half = sqrt(channels / most), HIGHEST / 2 * size / largest
        if end:
            ax.annotate("", (end + GAP - 0.08, 0), (end - GAP + 0.68, 0), arrowprops=ARROW)
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
        ax.annotate("", (ends[1], lowest), (ends[0], lowest), arrowprops=ARROW)
    ax.set(xlim=(-0.3, end + 0.3), ylim=(lowest - 0.1, HIGHEST / 2 + 0.4))
    ax.set_axis_off()
    show(figure, alt=alt)
