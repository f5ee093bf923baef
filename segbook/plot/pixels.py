"""How numbers become pixels: which shapes and dtypes are pictures, what is black and what is white, and how large.

Source: the book's own.
"""

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb

from segbook import palette
from segbook.inputs import Array, as_array

GRAY = matplotlib.colormaps["gray"].with_extremes(bad=palette.FOCUS)
AMOUNT = LinearSegmentedColormap.from_list("segbook.amount", ["#FFFFFF", palette.BLUE, "#0B2A45"]).with_extremes(
    bad=palette.FOCUS
)  # from zero up
SLIMMEST = 8.0  # how many times as long as wide a picture may be on paper


def as_picture(image: Array) -> np.ndarray:
    """Bring an image into matplotlib's layout: (H, W), or (H, W, 3) in colour.

    Args:
        image: (H, W), (1, H, W) or (3, H, W), of any real dtype.

    Raises:
        ValueError: If it has another shape, or no pixels.

    >>> as_picture(np.zeros((3, 4, 5))).shape
    (4, 5, 3)
    """
    picture = as_array("image", image)
    if picture.size and picture.ndim == 3 and len(picture) in (1, 3):
        return picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0)
    if picture.size and picture.ndim == 2:
        return picture
    remedy = "; image.transpose(2, 0, 1) puts channels first" if picture.shape[2:] in [(1,), (3,)] else ""
    raise ValueError(f"an image must be (H, W) or (3, H, W) and not empty: got shape {picture.shape}{remedy}")


def black_and_white(pictures: Sequence[np.ndarray]) -> list[tuple[float, float]]:
    """Choose the values that are drawn black and white; pictures of one kind (8 bits, 16 bits, others) share them.

    They are the smallest and the largest finite value of all. Of 16-bit numbers, as microscopes write them, they are
    the percentiles 0.1 and 99.9, because one hot pixel would leave the rest black. Colours are drawn as they are where
    they lie between 0 and 1, or 0 and 255 in 8 bits, and so are constant pictures, which else are grey.

    Args:
        pictures: From `as_picture`.

    Returns:
        Black and white of each.

    >>> black_and_white([np.array([[2, 5]]), np.array([[3.0, np.nan]]), np.array([[7, 9]], np.uint8)])
    [(2.0, 5.0), (2.0, 5.0), (7.0, 9.0)]
    """
    bits = [picture.dtype.itemsize * 8 if picture.dtype.kind in "iu" else 0 for picture in pictures]
    kinds = [b if b in (8, 16) else 0 for b in bits]
    shared = {kind: _range([p for p, k in zip(pictures, kinds, strict=True) if k == kind], kind) for kind in kinds}
    limits = []
    for picture, kind in zip(pictures, kinds, strict=True):
        low, high = shared[kind]
        unit = 255.0 if kind == 8 else 1.0
        if (picture.ndim == 3 or low == high) and 0 <= low <= high <= unit:
            low, high = 0.0, unit
        limits.append((low, high) if low < high else (low - 1, low + 1))
    return limits


def draw(ax: Axes, picture: np.ndarray, low: float, high: float) -> None:
    """Draw a picture, pixels as squares, its size on the axes; what is no finite number is vermilion.

    Args:
        ax: Where.
        picture: From `as_picture`.
        low: The value that is black.
        high: The value that is white.
    """
    if picture.ndim == 3:
        unknown = ~np.isfinite(picture).all(axis=2)
        picture = np.clip((picture - low) / (high - low), 0, 1)
        picture[unknown] = to_rgb(palette.FOCUS)
    ax.imshow(picture, cmap=GRAY, vmin=low, vmax=high, interpolation="nearest")
    lay_out(ax, picture.shape)


def lay_out(ax: Axes, shape: tuple[int, ...]) -> None:
    """Name the first and the last row and column: a picture's size stands on its axes. Stretch what is but a thread.

    Args:
        ax: Where a picture was drawn.
        shape: Its height and width.
    """
    height, width = shape[:2]
    ax.set(xticks=[0, width - 1], yticks=[0, height - 1])
    if slimness(shape) != height / width:
        ax.set_aspect(slimness(shape) * width / height)


def slimness(shape: tuple[int, ...]) -> float:
    """Divide height by width on paper: a picture's own, up to eight times as long as wide.

    >>> slimness((30, 40)), slimness((200, 1)), slimness((1, 200))
    (0.75, 8.0, 0.125)
    """
    return min(max(shape[0] / shape[1], 1 / SLIMMEST), SLIMMEST)


def page_height(shape: tuple[int, ...]) -> float:
    """Give a picture of width 1 its height on the page, so that a wide one leaves no white bands; at most 2.

    >>> page_height((30, 40)), page_height((200, 1)), page_height((1, 200))
    (0.75, 2.0, 0.125)
    """
    return min(slimness(shape), 2.0)


def _range(pictures: Sequence[np.ndarray], kind: int) -> tuple[float, float]:
    values = np.concatenate([picture[np.isfinite(picture)] for picture in pictures])
    if not values.size:
        return 0.0, 0.0
    if kind == 16:
        low, high = np.percentile(values, (0.1, 99.9))
        if low < high:
            return float(low), float(high)
    return float(values.min()), float(values.max())
