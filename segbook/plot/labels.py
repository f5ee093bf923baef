"""Pictures of what is said about pixels: classes and instances, alone or over the image.

Everything is drawn once for all pixels, classes or ids, so that a thousand of them take hardly longer than ten.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Integer, Real
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from scipy import ndimage
from skimage.measure import find_contours
from torch import Tensor

from segbook import palette
from segbook.inputs import Array, Whole, as_ids, as_whole, check_classes, where_counted
from segbook.metrics import average_precision, instance_counts
from segbook.plot.canvas import INK, new_figure, show
from segbook.plot.pixels import as_picture, black_and_white, draw, lay_out, page_height

HATCH: dict[str, Any] = {"facecolor": palette.IGNORED, "edgecolor": "#6B7078", "hatch": "////"}
FATES = {
    "hit": (palette.SKY, ""),
    "merged": (palette.VERMILION, "M"),
    "split": (palette.PURPLE, "S"),
    "no hit": (palette.YELLOW, "×"),
}
CROWD = 30  # ids up to which all are written; of more, those that fit
MOST_NAMES = 16  # in a column of the legend


def show_labels(
    labels: Whole[Array, "H W"],
    class_names: Sequence[str],
    *,
    alt: str,
    image: Real[Array, "*image"] | None = None,
    ignore_index: int | None = None,
    opacity: float = 0.5,
    numbers: bool = True,
) -> None:
    """Colour every pixel by its class, with a legend; ignored pixels are hatched. Over an image where one is given.

    More than eight classes are numbered in the picture too: colours alone do not tell so many apart for everyone. Of
    more than sixteen, the legend names those that occur.

    Args:
        labels: Class indices, integers of any size.
        class_names: A name for each class, index 0 first; up to 256.
        alt: What the picture shows, in a sentence.
        image: Drawn underneath; background then stays clear.
        ignore_index: The label of pixels that do not count.
        opacity: Of the colours over an image.
        numbers: Whether the legend numbers the classes.

    Raises:
        ValueError: If a label has no name, there are more classes than colours, or the sizes disagree.
    """
    whole = as_whole("labels", labels)
    if whole.ndim != 2 or not whole.numel():
        raise ValueError(f"labels must be (H, W) with pixels: got shape {tuple(whole.shape)}")
    colours = palette.class_colors(max(len(class_names), len(palette.CLASSES)))
    where = where_counted(whole, ignore_index)
    check_classes("labels", whole, len(class_names), where, ignore_index=ignore_index)
    classes, counted = whole.numpy(force=True), where.numpy(force=True)
    names = list(enumerate(class_names))[0 if image is None else 1 :]
    if len(names) > MOST_NAMES:
        names = [(c, class_names[c]) for c in np.unique(classes[counted]).tolist() if c or image is None]
    columns = max(-(-len(names) // MOST_NAMES), 1)
    column = 0.8 + 0.075 * max((len(name) for _, name in names), default=0)  # inches
    figure, (ax,) = new_figure(1, size=(4.6 if columns == 1 else 3.4 + column * columns, 3.1))
    if image is not None:
        _draw_under(ax, image, classes.shape)
    alpha = np.ones(classes.shape) if image is None else np.where(classes == 0, 0, opacity)
    ax.imshow(
        np.clip(classes, 0, len(colours) - 1),
        cmap=ListedColormap(colours),
        vmin=-0.5,
        vmax=len(colours) - 0.5,
        alpha=np.where(counted, alpha, 0),
        interpolation="nearest",
    )
    handles = [
        Patch(facecolor=colours[c], edgecolor=INK, label=f"{c} {name}" if numbers else name) for c, name in names
    ]
    if not counted.all():
        ax.add_artist(PathPatch(_runs(~counted), linewidth=0, **HATCH))  # add_patch would measure every run
        handles.append(Patch(label="ignored", **HATCH))
    if len(class_names) > len(palette.CLASSES):
        _write_deepest(ax, np.where(counted, classes, -1), [c for c, _ in names])
    lay_out(ax, classes.shape)
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1), fontsize=8, frameon=False, ncols=columns)
    show(figure, alt=alt)


def show_overlay(
    image: Real[Array, "*image"], labels: Whole[Array, "H W"], class_names: Sequence[str], *, alt: str
) -> None:
    """Lay the classes over the image that they label; background stays clear.

    Args:
        image: (H, W) or (3, H, W).
        labels: Class indices, integers of any size.
        class_names: A name for each class, index 0 first.
        alt: What the picture shows, in a sentence.

    Raises:
        ValueError: As in `show_labels`.
    """
    show_labels(labels, class_names, alt=alt, image=image)


def show_instances(
    instances: Integer[Array, "H W"], *, alt: str, image: Real[Array, "*image"] | None = None, numbers: bool = True
) -> None:
    """Give every instance a colour, an outline and its id; over an image where one is given.

    Args:
        instances: Ids, 0 for background; integers of any size.
        alt: What the picture shows, in a sentence.
        image: Drawn underneath.
        numbers: Whether ids are written at the centres; of more than thirty, those that fit into their instance.

    Raises:
        ValueError: If the ids are not whole numbers of at least 0 in (H, W), or the sizes disagree.
    """
    whole = as_ids("instances", instances).numpy(force=True)
    ids, index = np.unique(np.append(0, whole), return_inverse=True)
    places = index[1:].reshape(whole.shape)  # 0 for background, then 1, 2 … in the order of the ids
    colours = [palette.CYCLE[number % len(palette.CYCLE)] for number in range(len(ids) - 1)]
    figure, (ax,) = new_figure(1, size=(3.4, 0.5 + 3.0 * page_height(whole.shape)))
    if image is not None:
        _draw_under(ax, image, whole.shape)
    fills = [to_rgba(colour, 0.35 if image is None else 0.25) for colour in colours]
    ax.imshow(np.array([(1.0, 1.0, 1.0, 0.0), *fills])[places], interpolation="nearest")
    boxes = ndimage.find_objects(places)
    lines = [(line, colour) for n, colour in enumerate(colours) for line in _outlines(places, n + 1, boxes[n])]
    ax.add_collection(LineCollection([x for x, _ in lines], colors=[c for _, c in lines], linewidths=1.2))
    if numbers:
        areas = np.bincount(places.ravel())
        rows, columns = (np.bincount(places.ravel(), axis.ravel()) / areas for axis in np.indices(places.shape))
        points = 216 * min(1 / whole.shape[1], 2 / whole.shape[0])  # of a pixel on paper, three inches wide
        for place, (down, across) in enumerate(boxes, 1):
            size = points * (across.stop - across.start), points * (down.stop - down.start)
            if len(boxes) <= CROWD or (size[0] > 7 * len(str(ids[place])) and size[1] > 8):
                _write(ax, columns[place], rows[place], int(ids[place]))
    lay_out(ax, whole.shape)
    show(figure, alt=alt)


def show_found(
    answers: Mapping[str, Integer[Array, "_ _"]],
    truth: Integer[Array, "H W"],
    *,
    alt: str,
    image: Real[Array, "*image"],
    names: Mapping[str, tuple[int | float, int | float]] | None = None,
) -> None:
    """Lay answers over one image, each region coloured by what became of it; true outlines are white.

    Three stand in a row; of images that are at least twice as wide as high, one.

    A region that covers more than half of two true cells or more has *merged* them (M). One that lies mostly inside a
    cell that holds another such region, too, is a part of a *split* cell (S). Any other is a *hit* if its IoU with a
    cell exceeds 0.5, and else *no hit* (×), which the legend names only if there is one. A part of a split cell that
    hits it all the same has its letter on the colour of a hit. AP and IoU stand below.

    Args:
        answers: Ids, 0 for background, by what is written above them.
        truth: The true ids.
        alt: What the picture shows, in a sentence.
        image: Drawn underneath.
        names: Row and column of words that are written into every image, by the words.

    Raises:
        ValueError: If there are no answers, or the sizes disagree.
    """
    if not answers:
        raise ValueError("there are no answers to show: got an empty table")
    cells = as_ids("truth", truth).numpy(force=True)
    wide = cells.shape[1] >= 2 * cells.shape[0]
    columns = 1 if wide else min(len(answers), 3)
    rows, width = -(-len(answers) // columns), 6.0 if wide else 1.8
    height = (0.9 if wide else 0.62) + (width - 0.1) * page_height(cells.shape)
    figure, axes = new_figure(columns, rows=rows, size=(width * columns, 0.35 + rows * height))
    met: set[str] = set()
    for ax in axes[len(answers) :]:
        ax.axis("off")
    for ax, (name, answer) in zip(axes, answers.items(), strict=False):
        ids = as_ids(name, answer).numpy(force=True)
        if ids.shape != cells.shape:
            raise ValueError(f"answers and truth must have one size: got {ids.shape} and {cells.shape}")
        _draw_under(ax, image, cells.shape)
        fates, colours, tints = {}, {}, np.zeros((ids.max() + 1, 4))
        for number, (fate, hit) in _fates(ids, cells).items():
            fates[number], colours[number] = fate, FATES["hit" if fate == "split" and hit else fate][0]
            tints[number] = to_rgba(colours[number], 0.65)
        met.update(fates.values())
        ax.imshow(tints[ids], interpolation="nearest")
        own = [(line, colours[number]) for number, box in _boxes(ids) for line in _outlines(ids, number, box)]
        ax.add_collection(LineCollection([line for line, _ in own], colors=[c for _, c in own], linewidths=2.2))
        edges = [line for number, box in _boxes(cells) for line in _outlines(cells, number, box)]
        ax.add_collection(LineCollection(edges, colors="white", linewidths=1.0))
        for number, fate in fates.items():
            if letter := FATES[fate][1]:
                depth = ndimage.distance_transform_edt(np.pad(ids == number, 1))[1:-1, 1:-1]
                y, x = divmod(int(depth.argmax()), depth.shape[1])
                _write(ax, float(x), float(y), letter)
        hits = instance_counts(_batch(ids), _batch(cells), thresholds=(0.5,))
        overlap = ((ids > 0) & (cells > 0)).sum() / max(((ids > 0) | (cells > 0)).sum(), 1)
        ax.set(xticks=[], yticks=[])
        ax.set_title(name, fontsize=11 if wide else 9)
        ax.set_xlabel(f"AP {average_precision(hits).item():.2f}, IoU {overlap:.2f}", fontsize=11 if wide else 9)
        for words, (y, x) in (names or {}).items():
            ax.text(x, y, words, color="white", fontsize=11, ha="center", va="top")
    figure.set_layout_engine("constrained", h_pad=0.15 if wide else 0.08)
    key: list[Any] = [
        Patch(facecolor=colour, label=f"{letter} {name}".strip())
        for name, (colour, letter) in FATES.items()
        if name != "no hit" or name in met
    ]
    key.append(Line2D([], [], color="#B5BAC2", linewidth=1.5, label="true outlines (white)"))
    look: dict[str, Any] = {"ncols": 3 if wide or columns > 2 else 1, "fontsize": 11 if wide else 8, "frameon": False}
    figure.legend(handles=key, loc="outside upper center", **look)
    show(figure, alt=alt)


def _fates(ids: np.ndarray, cells: np.ndarray) -> dict[int, tuple[str, bool]]:
    """Say of every region: hit, merged some, split one, or none; and whether it has hit one all the same."""
    shape = ids.max() + 1, cells.max() + 1
    common = np.bincount((ids * shape[1] + cells).ravel(), minlength=shape[0] * shape[1]).reshape(shape)
    areas, true_areas = common.sum(axis=1), common.sum(axis=0)
    held = 2 * common[:, 1:] > true_areas[1:]  # this region has more than half of this cell
    within = 2 * common[:, 1:] > areas[:, None]  # this region lies mostly in this cell
    within[0] = within[areas == 0] = False
    split, union = within.sum(axis=0) > 1, areas[:, None] + true_areas - common
    fates = {}
    for number in np.flatnonzero(areas[1:]) + 1:
        hit = bool((2 * common[number, 1:] > union[number, 1:]).any())
        merged, part = (held[number] & (true_areas[1:] > 0)).sum() > 1, (within[number] & split).any()
        fates[int(number)] = "merged" if merged else "split" if part else "hit" if hit else "no hit", hit
    return fates


def _boxes(ids: np.ndarray) -> list[tuple[int, tuple[slice, ...]]]:
    return [(number, box) for number, box in enumerate(ndimage.find_objects(ids), 1) if box is not None]


def _batch(ids: np.ndarray) -> Tensor:
    return torch.from_numpy(ids)[None]


def _draw_under(ax: Axes, image: Array, shape: tuple[int, ...]) -> None:
    picture = as_picture(image)
    if picture.shape[:2] != shape:
        raise ValueError(f"image and labels must have one size: got {picture.shape[:2]} and {shape}")
    draw(ax, picture, *black_and_white([picture])[0])


def _write(ax: Axes, x: float, y: float, number: int | str) -> None:
    halo = [withStroke(linewidth=2, foreground="white")]
    ax.text(x, y, str(number), ha="center", va="center", fontsize=8, color=INK, path_effects=halo)


def _write_deepest(ax: Axes, classes: np.ndarray, names: Iterable[int]) -> None:
    """Write every class that there is at its pixel that is farthest from other classes."""
    boxes = ndimage.find_objects(classes + 1)
    for name in names:
        if name < len(boxes) and (box := boxes[name]) is not None:
            inside = np.pad(classes[box] == name, 1)
            depth = ndimage.distance_transform_cdt(inside)
            y, x = divmod(int(depth.argmax()), depth.shape[1])
            _write(ax, float(box[1].start + x - 1), float(box[0].start + y - 1), name)


def _outlines(places: np.ndarray, place: int, box: tuple[slice, ...]) -> list[np.ndarray]:
    """Trace one id half-way between its pixels and others; where it meets the picture's border, stay open."""
    top, left = (max(side.start - 1, 0) for side in box)
    around = places[top : box[0].stop + 1, left : box[1].stop + 1]
    if min(around.shape) < 2:  # a thread of pixels has no way around
        return []
    return [line[:, ::-1] + (left, top) for line in find_contours((around == place).astype(float), 0.5)]


def _runs(mask: np.ndarray) -> Path:
    """Cover a mask with one path: a rectangle for every run of pixels in a row."""
    steps = np.diff(mask.astype(np.int8), axis=1, prepend=0, append=0)
    (rows, starts), (_, stops) = np.nonzero(steps == 1), np.nonzero(steps == -1)
    x, y = np.stack((starts, stops, stops, starts, starts)), np.stack((rows, rows, rows + 1, rows + 1, rows))
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    return Path(np.stack((x, y), axis=-1).swapaxes(0, 1).reshape(-1, 2) - 0.5, np.tile(codes, len(rows)))
