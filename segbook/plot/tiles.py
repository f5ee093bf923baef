"""Tiles: what their pixels read, and where the blocks of the poolings lie that each counts from its own beginning."""

from collections.abc import Sequence

from matplotlib.patches import Rectangle

from segbook import palette
from segbook.plot.canvas import INK, new_figure, show
from segbook.shapes import input_window, unet_layers

ROW, BELOW, ABOVE = (
    0.8,
    24,
    60,
)  # height of a row of blocks; pixels that are drawn before and after the second tile begins


def show_tile_grid(steps: Sequence[int], *, block: int, alt: str) -> None:
    """Draw, for each step from a tile to the next, the blocks that both tiles pool.

    Every tile counts its blocks from the first pixel that it reads. Where the step is a multiple of the block, the
    second tile's blocks are the first tile's.

    Args:
        steps: Pixels from the beginning of a tile to that of the next; a panel for each.
        block: Pixels of a block, 2 to the power of the depth.
        alt: What the picture shows, in a sentence.

    Raises:
        ValueError: If there are no steps, or a block has no pixels.

    Source: the book's own.

    >>> show_tile_grid([388, 384], block=16, alt="Blocks of two tiles, 388 and 384 pixels apart.")
    Blocks of two tiles, 388 and 384 pixels apart.
    """
    if not steps or block < 1:
        raise ValueError(f"a ruler needs steps and blocks of pixels: got {list(steps)} and blocks of {block}")
    figure, axes = new_figure(1, rows=len(steps), size=(5.6, 1.5 * len(steps)))
    first, last = min(steps) - BELOW, max(steps) + ABOVE
    for ax, step in zip(axes, steps, strict=True):
        off = step % block
        for row, (start, colour, words) in enumerate(
            ((0, palette.SKY, "first tile"), (step, palette.ORANGE if off else palette.SKY, "next tile"))
        ):
            begin = start + (max(first, start) - start) // block * block
            for number, left in enumerate(range(begin, last, block)):
                look = {"facecolor": colour, "alpha": 0.75 if number % 2 else 0.4, "edgecolor": INK, "linewidth": 0.8}
                ax.add_patch(Rectangle((left, -row), block, ROW, **look))
            ax.text(first - 2, ROW / 2 - row, words, ha="right", va="center", fontsize=9, color=INK)
        ax.plot([step, step], [-1.1, ROW + 0.1], color=INK, linewidth=1.6)
        words = f"{off} pixels off its grid" if off else "on its grid"
        ax.set_title(f"{step} apart: the next tile begins {words}", fontsize=10, color=INK, loc="left")
        ax.set(xlim=(first, last), ylim=(-1.15, ROW + 0.15), yticks=())
        ax.set_xticks([first // block * block + n * block for n in range(1, (last - first) // block + 1)])
        for side in ("top", "left", "right"):
            ax.spines[side].set_visible(False)
    axes[-1].set_xlabel("pixel, counted from the first that the first tile reads")
    show(figure, alt=alt)


def show_reach(depth: int, *, tile: int, alt: str) -> None:
    """Draw, for each output pixel of a tile, a bar over the pixels that a U-Net reads for it.

    Bars of one block of the coarsest pooling share a shade. On either side an arrow shows the longest way from a pixel
    to what it reads, with its length.

    Args:
        depth: Poolings of the U-Net; its stages are two 3×3 convolutions each.
        tile: Pixels of the tile, which begins on the grid of the poolings.
        alt: What the picture shows, in a sentence.

    Raises:
        ValueError: If there is no pooling or no pixel.

    Source: the book's own.

    >>> show_reach(4, tile=64, alt="What each of 64 pixels reads at depth 4.")
    What each of 64 pixels reads at depth 4.
    """
    if depth < 1 or tile < 1:
        raise ValueError(f"a reach needs poolings and pixels: got depth {depth} and a tile of {tile}")
    block, layers = 2**depth, unet_layers(depth=depth, padding=1)
    windows = [input_window(layers, n) for n in range(tile)]
    figure, (ax,) = new_figure(1, size=(5.6, 2.6))
    for n, window in enumerate(windows):
        look = {"facecolor": palette.SKY, "alpha": 0.85 if n // block % 2 else 0.5, "edgecolor": "none"}
        ax.add_patch(Rectangle((window.start - 0.5, n - 0.5), len(window), 1, **look))
    ax.plot(range(tile), range(tile), color=INK, linewidth=1.4)
    for border in (-0.5, tile - 0.5):
        ax.axvline(border, color=INK, linewidth=1, linestyle="--")
    arrow = {"arrowstyle": "->", "color": palette.FOCUS, "linewidth": 1.6}
    for ends, side, away in (([w.start for w in windows], "right", -3), ([w.stop - 1 for w in windows], "left", 3)):
        ways = [abs(end - n) for n, end in enumerate(ends)]
        far = ways.index(max(ways))
        ax.annotate("", (ends[far], far), (far, far), arrowprops=arrow)
        ax.text(ends[far] + away, far, f"{ways[far]}", ha=side, va="center", fontsize=9, color=INK)
    reach = (7 * block - 5 + block - 1) // block * block
    ax.set(xlim=(-reach - 12, tile + reach + 12), ylim=(tile - 0.5, -0.5))
    ax.set_xticks([-reach, 0, tile, tile + reach])
    ax.set_yticks(range(0, tile + 1, block))
    ax.set_xlabel("pixels that it reads; the tile lies between the dashed lines")
    ax.set_ylabel("output pixel")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    show(figure, alt=alt)
