"""Pictures of images and of what is said about their pixels: labels, boxes, instances, weights, features.

Images are (H, W), or (3, H, W) in colour, with values from 0 to 1; tensors and arrays are both welcome.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Int, Real
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke
from torch import Tensor

from segbook import palette
from segbook.plot.canvas import INK, new_figure, show, size_ticks

Array = np.ndarray | Tensor
AMOUNT = LinearSegmentedColormap.from_list("segbook.amount", ["#FFFFFF", palette.BLUE, "#0B2A45"])  # from zero up
HATCH: dict[str, Any] = {"facecolor": palette.IGNORED, "edgecolor": "#6B7078", "hatch": "////"}


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
) -> None:
    """Lay images side by side at their own sizes, pixels as squares, sizes on the axes.

    More than three take several rows, so that a phone shows them large enough to read.

    Args:
        images: (H, W) or (3, H, W), every image of its own size.
        titles: One for each image.
        alt: What the picture shows, in a sentence.
        value_range: The values drawn black and white, shared by all; the smallest and largest when not given.
        width: Inches for each image; 2.6 when not given, or what fits a page where three stand in a row.

    Raises:
        ValueError: If there are no images, not as many titles as images, or an image of another shape.

    >>> compare([np.eye(8), 1 - np.eye(8)], ["a", "b"], alt="A diagonal, white on black and black on white.")
    A diagonal, white on black and black on white.
    """
    if not images:
        raise ValueError("there are no images to show: got an empty list")
    if len(images) != len(titles):
        raise ValueError(f"every image needs a title: got {len(images)} images and {len(titles)} titles")
    pictures = [_picture(image) for image in images]
    limits = value_range or (min(float(p.min()) for p in pictures), max(float(p.max()) for p in pictures))
    rows = -(-len(images) // 3)
    columns = -(-len(images) // rows)
    width = width or (2.6 if columns < 3 else 2.25)
    height = (width - 0.4) * max(p.shape[0] / p.shape[1] for p in pictures) + (0.55 if any(titles) else 0.35)
    figure, axes = new_figure(columns, size=(width * columns, height * rows), rows=rows)
    for ax in axes[len(images) :]:
        ax.axis("off")
    for ax, image, title in zip(axes, images, titles, strict=False):
        _draw(ax, image, limits)
        ax.set_title(title, fontsize=10 if columns < 3 else 11)
        ax.tick_params(labelsize=8 if columns < 3 else 9)
    show(figure, alt=alt)


def show_labels(
    labels: Int[Array, "H W"],
    class_names: Sequence[str],
    *,
    alt: str,
    image: Real[Array, "*image"] | None = None,
    ignore_index: int | None = None,
    opacity: float = 0.5,
) -> None:
    """Colour every pixel by its class, with a legend; ignored pixels are hatched. Over an image where one is given.

    Args:
        labels: Class indices.
        class_names: A name for each class, index 0 first.
        alt: What the picture shows, in a sentence.
        image: Drawn underneath; background then stays clear.
        ignore_index: The label of pixels that do not count.
        opacity: Of the colours over an image.

    Raises:
        ValueError: If a label has no name, there are more classes than colours, or the sizes disagree.
    """
    labels = np.asarray(labels)
    counted = labels[labels != ignore_index] if ignore_index is not None else labels
    _check_classes(counted, class_names)
    figure, (ax,) = new_figure(1, size=(4.6, 3.1))
    if image is not None:
        _draw_under(ax, image, labels.shape)
    alpha = np.ones(labels.shape) if image is None else np.where(labels == 0, 0, opacity)
    if ignore_index is not None:
        alpha = np.where(labels == ignore_index, 0, alpha)
    colours = ListedColormap(palette.CLASSES)
    ax.imshow(
        np.clip(labels, 0, len(palette.CLASSES) - 1),
        cmap=colours,
        vmin=-0.5,
        vmax=len(palette.CLASSES) - 0.5,
        alpha=alpha,
        interpolation="nearest",
    )
    shown = range(len(class_names)) if image is None else range(1, len(class_names))
    handles = [Patch(facecolor=palette.CLASSES[c], edgecolor=INK, label=f"{c} {class_names[c]}") for c in shown]
    if ignore_index is not None and (labels == ignore_index).any():
        rows, columns = np.nonzero(labels == ignore_index)
        for row, column in zip(rows, columns, strict=True):
            ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, linewidth=0, **HATCH))
        handles.append(Patch(label="ignored", **HATCH))
    size_ticks(ax, labels.shape)
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1), fontsize=8, frameon=False)
    show(figure, alt=alt)


def show_overlay(
    image: Real[Array, "*image"], labels: Int[Array, "H W"], class_names: Sequence[str], *, alt: str
) -> None:
    """Lay the classes over the image that they label; background stays clear.

    Args:
        image: (H, W) or (3, H, W).
        labels: Class indices.
        class_names: A name for each class, index 0 first.
        alt: What the picture shows, in a sentence.

    Raises:
        ValueError: As in `show_labels`.
    """
    show_labels(labels, class_names, alt=alt, image=image)


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
        ValueError: If there are not as many names as boxes.
    """
    boxes = np.asarray(boxes)
    names = [str(number) for number in range(1, len(boxes) + 1)] if names is None else names
    if len(names) != len(boxes):
        raise ValueError(f"every box needs a name: got {len(boxes)} boxes and {len(names)} names")
    figure, (ax,) = new_figure(1, size=(3.4, 0.5 + 3.0 * _aspect(image)))
    _draw(ax, image)
    for number, ((x0, y0, x1, y1), name) in enumerate(zip(boxes, names, strict=True)):
        colour = palette.CYCLE[number % len(palette.CYCLE)]
        ax.add_patch(Rectangle((x0 - 0.5, y0 - 0.5), x1 - x0, y1 - y0, fill=False, edgecolor=colour, linewidth=1.8))
        label = {"facecolor": "white", "edgecolor": colour, "boxstyle": "round,pad=0.15", "linewidth": 0.8}
        ax.text(x0 - 0.5, y0 - 0.5, name, fontsize=7, color=INK, va="bottom", bbox=label)
    show(figure, alt=alt)


def show_instances(
    instances: Int[Array, "H W"], *, alt: str, image: Real[Array, "*image"] | None = None, numbers: bool = True
) -> None:
    """Give every instance a colour, an outline and its id; over an image where one is given.

    Args:
        instances: Ids, 0 for background.
        alt: What the picture shows, in a sentence.
        image: Drawn underneath.
        numbers: Whether ids are written at the centres.

    Raises:
        ValueError: If the sizes disagree.
    """
    instances = np.asarray(instances)
    figure, (ax,) = new_figure(1, size=(3.4, 0.5 + 3.0 * _aspect(instances)))
    if image is not None:
        _draw_under(ax, image, instances.shape)
    ids = [int(i) for i in np.unique(instances) if i]
    for number, instance in enumerate(ids):
        mask = instances == instance
        colour = palette.CYCLE[number % len(palette.CYCLE)]
        flat = ListedColormap([colour])
        ax.imshow(
            np.where(mask, 1.0, np.nan), cmap=flat, alpha=0.35 if image is None else 0.25, interpolation="nearest"
        )
        ax.contour(mask.astype(float), levels=[0.5], colors=[colour], linewidths=1.2)
        if numbers:
            rows, columns = np.nonzero(mask)
            halo = [withStroke(linewidth=2, foreground="white")]
            at = columns.mean(), rows.mean()
            ax.text(*at, str(instance), ha="center", va="center", fontsize=8, color=INK, path_effects=halo)
    ax.set(xlim=(-0.5, instances.shape[1] - 0.5), ylim=(instances.shape[0] - 0.5, -0.5), aspect="equal")
    size_ticks(ax, instances.shape)
    show(figure, alt=alt)


def show_weight_map(weight_map: Real[Array, "H W"], *, alt: str, title: str = "", largest: float | None = None) -> None:
    """Draw weights from zero up, with a scale beside them.

    Args:
        weight_map: Weights, none negative.
        alt: What the picture shows, in a sentence.
        title: Written above.
        largest: The weight of the darkest colour; the map's own largest when not given.

    Raises:
        ValueError: If a weight is negative.
    """
    weights = np.asarray(weight_map)
    if weights.min() < 0:
        raise ValueError(f"weights must not be negative: the smallest is {weights.min():.4g}")
    figure, (ax,) = new_figure(1, size=(4.1, 0.4 + 3.0 * _aspect(weights)))
    drawn = ax.imshow(weights, cmap=AMOUNT, vmin=0, vmax=largest or float(weights.max()), interpolation="nearest")
    figure.colorbar(drawn, ax=ax, shrink=0.85).ax.tick_params(labelsize=8)
    ax.set_title(title, fontsize=10)
    size_ticks(ax, weights.shape)
    show(figure, alt=alt)


def show_feature_maps(maps: Real[Array, "C H W"], *, alt: str, columns: int = 8, titles: Sequence[str] = ()) -> None:
    """Lay the channels of a feature map out in rows, each between its own smallest and largest value.

    Args:
        maps: Feature maps of one image.
        alt: What the picture shows, in a sentence.
        columns: Maps in a row.
        titles: Written above the first maps.
    """
    maps = np.asarray(maps)
    columns = min(columns, len(maps))
    rows = -(-len(maps) // columns)
    figure, axes = new_figure(columns, size=(0.95 * columns, 1.05 * rows), rows=rows)
    for number, ax in enumerate(axes):
        ax.axis("off")
        if number < len(maps):
            ax.imshow(maps[number], cmap="gray", interpolation="nearest")
            ax.set_title(titles[number] if number < len(titles) else "", fontsize=7, color=INK)
    show(figure, alt=alt)


def _aspect(image: Array) -> float:
    """Divide height by width, so that a wide picture leaves no white bands; of a tall one, stop at twice."""
    height, width = np.shape(image)[-2:]
    return min(height / width, 2.0)


def _picture(image: Array) -> np.ndarray:
    """Bring an image into matplotlib's layout, channels last."""
    picture = np.asarray(image)
    if picture.size and (picture.ndim == 2 or (picture.ndim == 3 and len(picture) == 3)):
        return picture if picture.ndim == 2 else picture.transpose(1, 2, 0)
    raise ValueError(f"an image must be (H, W) or (3, H, W) and not empty: got shape {picture.shape}")


def _draw(ax: Axes, image: Array, value_range: tuple[float, float] | None = None) -> None:
    picture = _picture(image)
    low, high = value_range or (float(picture.min()), float(picture.max()))
    picture = picture if picture.ndim == 2 else np.clip(picture, 0, 1)  # matplotlib scales grey alone
    ax.imshow(picture, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
    size_ticks(ax, picture.shape)


def _draw_under(ax: Axes, image: Array, shape: tuple[int, ...]) -> None:
    if _picture(image).shape[:2] != shape:
        raise ValueError(f"image and labels must have one size: got {_picture(image).shape[:2]} and {shape}")
    _draw(ax, image)


def _check_classes(labels: np.ndarray, class_names: Sequence[str]) -> None:
    if len(class_names) > len(palette.CLASSES):
        raise ValueError(f"there are {len(palette.CLASSES)} class colours: got {len(class_names)} class names")
    if labels.size and not (labels.min() >= 0 and labels.max() < len(class_names)):
        low, high = labels.min(), labels.max()
        raise ValueError(f"labels must lie in 0 … {len(class_names) - 1}, one for each name: got {low} … {high}")
