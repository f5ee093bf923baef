"""Tiles: where the blocks of the poolings lie that each counts from its own beginning."""

from collections.abc import Sequence

from matplotlib.patches import Rectangle

from segbook import palette
from segbook.plot.canvas import INK, new_figure, show

ROW = 0.8  # height of a row of blocks
BELOW, ABOVE = 24, 60  # pixels that are drawn before and after the second tile begins


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
