"""A stack of layers along one axis: what each leaves, which places nobody reads, and what one output sees."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from segbook import palette
from segbook.plot.canvas import INK, new_figure, show
from segbook.shapes.layers import conv_output_size
from segbook.shapes.stacks import Layer, receptive_field

INCH = 0.25  # of a sample's width
ROW, CELL, MARGIN = 3.1, 0.86, 4.4  # in samples: from row to row, a cell's side, the words on the right
LEVELS = 5  # heights at most, taken in turn, so that windows that overlap can be told apart
PALE, SEEN, UNREAD, FAINT = "white", "#B9DCF2", "#F7DFAE", "#C4C8CE"


def show_stack(
    size: int,
    layers: Sequence[Layer],
    *,
    alt: str,
    output: int | None = None,
    windows: int | None = None,
    values: Sequence[Sequence[int]] | None = None,
) -> None:
    """Draw a row of cells for the input and for every layer; between two rows, a bracket for each window.

    A bracket has a bar for each tap and a line to the output that it makes. Every output stands below the middle of
    what it sees. Cells that no window reads are hatched.

    Args:
        size: Samples of the input.
        layers: The stack, first layer first.
        alt: What the picture shows, in a sentence.
        output: The last layer's output to follow: what it reads in every row is filled. None for none.
        windows: How many windows of a single layer to draw, the first ones, and nothing hatched: the rest is asked for.
            None for all.
        values: The numbers of a single layer's samples and of its outputs, written into the cells, with their places
            beside them. None for the places alone.

    Raises:
        ValueError: If there are no layers, a layer is transposed or has too little to read, or there is no such output
            or there are not as many windows, or not as many values as cells.

    Source: the book's own.

    >>> show_stack(8, [Layer(3, stride=2)], alt="Eight samples and the three windows of a layer.")
    Eight samples and the three windows of a layer.
    """
    if not layers:
        raise ValueError("a stack needs layers to be drawn: got none")
    receptive_field(layers)  # refuses transposed layers
    sizes = [size]
    for layer in layers:
        options = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
        sizes.append(conv_output_size(sizes[-1], layer.kernel_size, **options))
    if output is not None and not 0 <= output < sizes[-1]:
        raise ValueError(f"the last layer has outputs 0 to {sizes[-1] - 1}: got {output}")
    if windows is not None:
        if len(layers) > 1 or output is not None or not 1 <= windows <= sizes[1]:
            raise ValueError(f"the first windows are drawn of one layer, here 1 to {sizes[1]}: got {windows}")
        sizes[1] = windows
    if values is not None and [len(row) for row in values] != sizes[:2]:
        raise ValueError(f"values are for rows of {sizes[:2]} cells: got {[len(row) for row in values]}")
    seen = _seen(sizes, layers, output)

    width, height = size + MARGIN + 0.4, ROW * len(layers) + 1.4
    room = 0.4 if values is not None else 0  # above and below, for places
    figure, (ax,) = new_figure(1, size=(INCH * width, INCH * (height + 2 * room)))
    ax.set(xlim=(-0.7, width - 0.7), ylim=(height - 0.7 + room, -0.7 - room), aspect="equal")
    ax.axis("off")
    for number, count in enumerate(sizes):
        field = receptive_field(layers[:number])
        middle, top = field.offset + (field.size - 1) / 2, number * ROW
        read = set(range(count))
        if number < len(layers):
            read_by = [_taps(layers[number], n) for n in range(sizes[number + 1])]
            if windows is None:
                read &= {place for taps in read_by for place in taps}
            levels = min(LEVELS, math.ceil((read_by[0][-1] - read_by[0][0] + 1) / layers[number].stride))
            for n, taps in enumerate(read_by):
                followed = output is None or n in seen[number + 1]
                places = [middle + place * field.jump for place in taps]
                _window(ax, places, top, n % levels, palette.BLUE if followed else FAINT)
        for place in range(count):
            x, written = middle + place * field.jump, place if values is None else values[number][place]
            _cell(ax, x, top, str(written), place in seen[number], place not in read)
            if values is not None:
                ax.text(
                    x, top + (0.75 if number else -0.75), str(place), ha="center", va="center", fontsize=7, color=INK
                )
        words = f"{len(seen[number])} of {count} seen" if output is not None else f"{count} sample{'s' * (count > 1)}"
        unread = sorted(set(range(count)) - read)
        words += f"\nunread: {', '.join(map(str, unread))}" if unread and output is None else ""
        name = f"after layer {number}" if number else "input"
        if windows is not None and number:
            name, words = f"first output{'s' * (windows > 1)}", ""
        ax.text(size - 0.1, top, f"{name}\n{words}".strip(), fontsize=9, color=INK, va="center", linespacing=1.25)
    show(figure, alt=alt)


def _taps(layer: Layer, n: int) -> range:
    """Places of the row above that output n of a layer reads; negative ones are padding."""
    start = n * layer.stride - layer.padding
    return range(start, start + layer.dilation * (layer.kernel_size - 1) + 1, layer.dilation)


def _seen(sizes: Sequence[int], layers: Sequence[Layer], output: int | None) -> list[set[int]]:
    """Walk back from an output: which places of every row it reads, the input's first."""
    seen = [set() if output is None else {output}]
    for layer, count in zip(reversed(layers), reversed(sizes[:-1]), strict=True):
        seen.append({place for n in seen[-1] for place in _taps(layer, n) if 0 <= place < count})
    return seen[::-1]


def _cell(ax: Axes, x: float, y: float, words: str, seen: bool, unread: bool) -> None:
    look = {"facecolor": SEEN if seen else PALE, "edgecolor": palette.BLUE if seen else palette.GREY, "linewidth": 0.9}
    if unread:
        look |= {"facecolor": UNREAD, "edgecolor": palette.ORANGE, "hatch": "////"}
    ax.add_patch(Rectangle((x - CELL / 2, y - CELL / 2), CELL, CELL, **look))
    ax.text(x, y, words, ha="center", va="center", fontsize=9, color=INK)


def _window(ax: Axes, places: Sequence[float], top: float, level: int, colour: str) -> None:
    """Draw a window under its row: a thin line, a bar for each tap, and a stem to its output."""
    height, centre = top + 0.75 + 0.4 * level, (places[0] + places[-1]) / 2
    half, order = CELL / 2 - 0.05, 1 if colour == FAINT else 2
    line = {"color": colour, "zorder": order, "solid_capstyle": "butt"}
    ax.plot((places[0] - half, places[-1] + half), (height, height), linewidth=0.9, **line)
    for place in places:
        ax.plot((place - half, place + half), (height, height), linewidth=3.5, **line)
    ax.plot((centre, centre), (height, top + ROW - CELL / 2), linewidth=0.9, **line)
