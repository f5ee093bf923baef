"""Pictures of images: one, several side by side, with boxes, of weights and of feature maps.

Images are (H, W), or (3, H, W) in colour; tensors and arrays of any real dtype are welcome (`segbook.plot.pixels` says
which values are black and which are white).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Real
from matplotlib.patches import Rectangle

from segbook import palette
from segbook.inputs import Array, as_array
from segbook.plot.canvas import INK, new_figure, show
from segbook.plot.pixels import AMOUNT, as_picture, black_and_white, draw, lay_out, page_height


def show_image(image: Real[Array, "*image"], *, alt: str, title: str = "", width: float = 3.4) -> None:
    """Draw one image, pixels as squares, its size on the axes.

    Args:
        image: (H, W) or (3, H, W).
        alt: What the picture shows, in a sentence.
        title: Written above.
        width: Inches.

    Raises:
        ValueError: If the image has another shape.
    """
    compare([image], [title], alt=alt, width=width)


def compare(
    images: Sequence[Real[Array, "*image"]],
    titles: Sequence[str],
    *,
    alt: str,
    value_range: tuple[float, float] | None = None,
    width: float | None = None,
    borders: Sequence[int] = (),
) -> None:
    """Lay images side by side at their own sizes, pixels as squares, sizes on the axes.

    More than three take several rows, so that a phone shows them large enough to read.

    Args:
        images: (H, W) or (3, H, W), every image of its own size.
        titles: One for each image.
        alt: What the picture shows, in a sentence.
        value_range: The values drawn black and white, shared by all; when not given, as in `black_and_white`.
        width: Inches for each image; 2.6 when not given, or what fits a page where three stand in a row.
        borders: Rows and columns before which a thin dashed line crosses every image, such as where tiles meet.

    Raises:
        ValueError: If there are no images, not as many titles as images, or an image of another shape.

    >>> compare([np.eye(8), 1 - np.eye(8)], ["a", "b"], alt="A diagonal, white on black and black on white.")
    A diagonal, white on black and black on white.
    """
    if not images:
        raise ValueError("there are no images to show: got an empty list")
    if len(images) != len(titles):
        raise ValueError(f"every image needs a title: got {len(images)} images and {len(titles)} titles")
    pictures = [as_picture(image) for image in images]
    limits = [value_range] * len(pictures) if value_range else black_and_white(pictures)
    rows = -(-len(images) // 3)
    columns = -(-len(images) // rows)
    width = width or (2.6 if columns < 3 else 2.25)
    height = (width - 0.4) * max(page_height(p.shape) for p in pictures) + (0.55 if any(titles) else 0.35)
    figure, axes = new_figure(columns, size=(width * columns, height * rows), rows=rows)
    for ax in axes[len(images) :]:
        ax.axis("off")
    for ax, picture, (low, high), title in zip(axes, pictures, limits, titles, strict=False):
        draw(ax, picture, low, high)
        ax.set_title(title, fontsize=10 if columns < 3 else 11)
        ax.tick_params(labelsize=8 if columns < 3 else 9)
        for border in borders:
            for line in (ax.axhline, ax.axvline):
                line(border - 0.5, color=palette.ORANGE, linewidth=0.8, linestyle=(0, (3, 3)))
    show(figure, alt=alt)


def show_boxes(
    image: Real[Array, "*image"], boxes: Real[Array, "n 4"], *, alt: str, names: Sequence[str] | None = None
) -> None:
    """Draw boxes and their names over an image.

    Args:
        image: (H, W) or (3, H, W).
        boxes: One row x0, y0, x1, y1 for each box, in pixels, the far edges exclusive.
        alt: What the picture shows, in a sentence.
        names: One for each box; their numbers from 1 when not given.

    Raises:
        ValueError: If the boxes are not (n, 4), there are not as many names, or the image has another shape.
    """
    boxes = as_array("boxes", boxes)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes must be (n, 4), x0, y0, x1, y1 in a row: got shape {boxes.shape}")
    names = [str(number) for number in range(1, len(boxes) + 1)] if names is None else names
    if len(names) != len(boxes):
        raise ValueError(f"every box needs a name: got {len(boxes)} boxes and {len(names)} names")
    picture = as_picture(image)
    figure, (ax,) = new_figure(1, size=(3.4, 0.5 + 3.0 * page_height(picture.shape)))
    draw(ax, picture, *black_and_white([picture])[0])
    for number, ((x0, y0, x1, y1), name) in enumerate(zip(boxes, names, strict=True)):
        colour = palette.CYCLE[number % len(palette.CYCLE)]
        ax.add_patch(Rectangle((x0 - 0.5, y0 - 0.5), x1 - x0, y1 - y0, fill=False, edgecolor=colour, linewidth=1.8))
        label = {"facecolor": "white", "edgecolor": colour, "boxstyle": "round,pad=0.15", "linewidth": 0.8}
        ax.text(x0 - 0.5, y0 - 0.5, name, fontsize=7, color=INK, va="bottom", bbox=label)
    show(figure, alt=alt)


def show_weight_map(weight_map: Real[Array, "H W"], *, alt: str, title: str = "", largest: float | None = None) -> None:
    """Draw weights from zero up, with a scale beside them.

    Args:
        weight_map: Weights, none negative; what is no finite number is vermilion.
        alt: What the picture shows, in a sentence.
        title: Written above.
        largest: The weight of the darkest colour; the map's own largest when not given.

    Raises:
        ValueError: If a weight is negative, or the map is not (H, W).
    """
    weights = as_array("weight_map", weight_map)
    if weights.ndim != 2 or not weights.size:
        raise ValueError(f"weight_map must be (H, W) with pixels: got shape {weights.shape}")
    known = weights[np.isfinite(weights)]
    if (known < 0).any():
        raise ValueError(f"weights must not be negative: the smallest is {known.min():.4g}")
    figure, (ax,) = new_figure(1, size=(4.1, 0.4 + 3.0 * page_height(weights.shape)))
    darkest = largest or float(known.max(initial=0))
    drawn = ax.imshow(weights, cmap=AMOUNT, vmin=0, vmax=darkest, interpolation="nearest")
    figure.colorbar(drawn, ax=ax, shrink=0.85).ax.tick_params(labelsize=8)
    ax.set_title(title, fontsize=10)
    lay_out(ax, weights.shape)
    show(figure, alt=alt)


def show_feature_maps(maps: Real[Array, "C H W"], *, alt: str, columns: int = 8, titles: Sequence[str] = ()) -> None:
    """Lay the channels of a feature map out in rows, each between its own smallest and largest value.

    Args:
        maps: Feature maps of one image.
        alt: What the picture shows, in a sentence.
        columns: Maps in a row.
        titles: Written above the first maps.

    Raises:
        ValueError: If the maps are not (C, H, W), or empty.
    """
    maps = as_array("maps", maps)
    if maps.ndim != 3 or not maps.size:
        raise ValueError(f"maps must be (C, H, W), none of them 0: got shape {maps.shape}")
    columns = min(columns, len(maps))
    rows = -(-len(maps) // columns)
    figure, axes = new_figure(columns, size=(0.95 * columns, 1.05 * rows), rows=rows)
    for number, ax in enumerate(axes):
        ax.axis("off")
        if number < len(maps):
            draw(ax, maps[number], *black_and_white([maps[number]])[0])
            ax.set_title(titles[number] if number < len(titles) else "", fontsize=7, color=INK)
    show(figure, alt=alt)
