"""Pictures with a known truth: drawn cells and drawn toys, with the exact label of every pixel.

A scene is drawn from geometry: first the labels, then what a camera would make of them. So the labels are exact,
however dark or noisy the image is. A scene is named by its seed; NumPy draws it, because the random bits of its
generators are the same on every machine, while torch promises no such thing across releases and processors. The image
is rounded to 256 grey levels, as a camera does, and that hides what is left: the last bit of a float.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from scipy import ndimage
from torch import Tensor
from torch.utils.data import Dataset

from segbook.checks import check_number, height_and_width
from segbook.palette import BLUE, GREEN, ORANGE

TOY_CLASSES = ("background", "disc", "square", "triangle")
TOY_COLORS = ("#D1D1D1", BLUE, ORANGE, GREEN)
SIDES = (0, 0, 4, 3)
TRIES = 500  # places tried for a cell or a toy before giving up
WHOLE = 0.8  # what a neighbour must leave of a cell


@dataclass(frozen=True, eq=False)
class Scene:
    """One picture and its truth.

    Attributes:
        image: Values in [0, 1].
        instances: The id of the thing seen at each pixel; 0 is background.
        classes: The class index of each id, `classes[id]`; id 0 has class 0.
    """

    image: Float[Tensor, "*C H W"]
    instances: Int64[Tensor, "H W"]
    classes: Int64[Tensor, " ids"]


def cell_scene(
    size: int | tuple[int, int] = 128,
    *,
    seed: int,
    num_cells: int = 12,
    radius: float = 10.0,
    radius_spread: float = 2.5,
    eccentricity: float = 0.85,
    clustering: float = 0.6,
    gap: int = 0,
    blur: float = 1.2,
    photons: float = 120.0,
    read_noise: float = 0.01,
    unevenness: float = 0.3,
) -> Scene:
    """Scatter glowing cells, press some against each other, and photograph them through a microscope.

    Cells take places one after the other. A cell that comes too near an earlier one loses the pixels that are too
    near, never more than a fifth of itself; each id is one connected region. Layout, looks and camera draw from
    separate streams: with one seed, changing the blur or the noise leaves the labels as they are.

    Args:
        size: Height and width in pixels, or one number for both.
        seed: Names the scene.
        num_cells: Cells, ids 1 … num_cells. Cells at the edge are cut by it.
        radius: Mean radius in pixels: a cell has about the area of a disc of its radius.
        radius_spread: Pixels; radii are uniform in radius ± radius_spread.
        eccentricity: The largest √(1 − b²/a²) of the ellipses, uniform from 0; at most 0.95.
        clustering: Probability that a cell is placed against an earlier one, `gap` pixels away.
        gap: Background pixels kept between cells: centres of pixels of two ids are at least gap + 1 apart; 0 lets
            cells touch.
        blur: Standard deviation of the optics, in pixels.
        photons: Photons that a pixel of value 1 receives, at least 1: fewer are noisier; `math.inf` for no such noise.
        read_noise: Standard deviation of the camera's own noise, in grey value (0 … 1).
        unevenness: Share of the light that is lost where it is darkest (0 … 1).

    Returns:
        A scene with an image (H, W) and class 1 for every cell.

    Raises:
        ValueError: If a setting is out of range, or the cells do not fit.

    Source: after the fluorescence images of Caicedo et al. (2019), "Nucleus segmentation across imaging experiments".

    >>> scene = cell_scene(64, seed=0, num_cells=5, radius=8.0)
    >>> scene.image.shape, scene.instances.unique().tolist()
    (torch.Size([64, 64]), [0, 1, 2, 3, 4, 5])
    """
    height, width = height_and_width(size, 8)
    check_number("seed", seed, whole=True)
    check_number("num_cells", num_cells, whole=True)
    check_number("gap", gap, whole=True)
    check_number("radius_spread", radius_spread)
    check_number("radius", radius, 2 + radius_spread, max(height, width))  # smaller ones could fall between pixels
    check_number("eccentricity", eccentricity, 0, 0.95)
    check_number("clustering", clustering, 0, 1)
    check_number("blur", blur, 0, 100)
    check_number("photons", photons, 1, math.inf)
    check_number("read_noise", read_noise)
    check_number("unevenness", unevenness, 0, 1)

    layout, looks, camera = np.random.default_rng(seed).spawn(3)
    instances, glow = np.zeros((height, width), np.int64), np.zeros((height, width))
    cells: list[tuple[float, float, Callable]] = []
    tries = 0
    while len(cells) < num_cells:
        if (tries := tries + 1) > TRIES:
            raise ValueError(
                f"found room for {len(cells)} of {num_cells} cells of radius {radius} with gap {gap} in "
                f"{height} × {width} pixels: ask for fewer or smaller ones"
            )
        outline = _outline(layout, layout.uniform(radius - radius_spread, radius + radius_spread), eccentricity)
        y, x = layout.uniform(-0.5, height - 0.5), layout.uniform(-0.5, width - 0.5)
        if cells and layout.random() < clustering:
            y, x, neighbour = cells[layout.integers(len(cells))]
            angle = layout.uniform(0, 2 * np.pi)
            distance = (neighbour(angle) + outline(angle + np.pi)) * layout.uniform(0.82, 0.95) + gap
            y, x = y + distance * np.sin(angle), x + distance * np.cos(angle)
            if not (-0.5 <= y < height - 0.5 and -0.5 <= x < width - 0.5):
                continue
        window, level = _level(outline, y, x, margin=gap + 1, size=(height, width))
        whole = level <= 1
        cell = whole & (_distance_to(instances[window] > 0) >= gap + 1)
        if cell.sum() < WHOLE * whole.sum() or ndimage.label(cell)[1] != 1:
            continue
        cells.append((y, x, outline))
        tries = 0
        instances[window][cell] = len(cells)
        dome = 0.65 + 0.35 * np.sqrt(1 - level[cell] ** 2)
        glow[window][cell] = looks.uniform(0.45, 0.85) * dome

    chromatin = ndimage.gaussian_filter(looks.standard_normal((height, width)), radius / 6)
    glow *= 1 + 0.15 * chromatin / chromatin.std()
    image = _photograph(camera, glow, blur=blur, photons=photons, read_noise=read_noise, unevenness=unevenness)
    classes = torch.ones(num_cells + 1, dtype=torch.int64)
    classes[0] = 0
    return Scene(_grey_levels(image), torch.from_numpy(instances), classes)


def toy_scene(
    size: int | tuple[int, int] = 128,
    *,
    seed: int,
    num_objects: int = 6,
    radius: float = 18.0,
    radius_spread: float = 4.0,
    overlap: float = 0.3,
) -> Scene:
    """Lay discs, squares and triangles on rough paper, later ones over earlier ones.

    Args:
        size: Height and width in pixels, or one number for both.
        seed: Names the scene.
        num_objects: Objects, ids 1 … num_objects from back to front; the classes take turns in shuffled order.
        radius: Mean radius in pixels of the circle around an object.
        radius_spread: Pixels; radii are uniform in radius ± radius_spread.
        overlap: The largest share of an object that others may hide; at most 0.9, so every id is seen.

    Returns:
        A scene with an image (3, H, W) and the classes of `TOY_CLASSES`; every object lies within the image.

    Raises:
        ValueError: If a setting is out of range, or the objects do not fit.

    >>> scene = toy_scene(64, seed=0, num_objects=3, radius=9.0)
    >>> scene.image.shape, sorted(scene.classes.tolist())
    (torch.Size([3, 64, 64]), [0, 1, 2, 3])
    """
    height, width = height_and_width(size, 8)
    check_number("seed", seed, whole=True)
    check_number("num_objects", num_objects, whole=True)
    check_number("radius_spread", radius_spread)
    check_number("radius", radius, 2 + radius_spread, (min(height, width) - 1) / 2 - radius_spread)
    check_number("overlap", overlap, 0, 0.9)

    layout, looks = np.random.default_rng(seed).spawn(2)
    paper = ndimage.gaussian_filter(looks.standard_normal((height, width)), 1.5)
    image = np.full((3, height, width), 0.82) * (1 + 0.06 * paper / paper.std())
    instances = np.zeros((height, width), np.int64)
    classes = np.append(0, layout.permutation(1 + np.arange(num_objects) % 3))
    areas = np.zeros(1)
    tries = 0
    while len(areas) <= num_objects:
        if (tries := tries + 1) > TRIES:
            raise ValueError(
                f"found room for {len(areas) - 1} of {num_objects} objects of radius {radius} with overlap {overlap} "
                f"in {height} × {width} pixels: ask for fewer or smaller ones"
            )
        number = len(areas)
        around = layout.uniform(radius - radius_spread, radius + radius_spread)
        outline = _polygon(SIDES[classes[number]], around, layout.uniform(0, 2 * np.pi))
        y, x = layout.uniform(around, height - 1 - around), layout.uniform(around, width - 1 - around)
        window, level = _level(outline, y, x, margin=1, size=(height, width))
        painted = instances.copy()
        painted[window][level <= 1] = number
        alone = np.append(areas, (level <= 1).sum())
        if (np.bincount(painted.ravel(), minlength=number + 1)[1:] < (1 - overlap) * alone[1:]).any():
            continue
        instances, areas, tries = painted, alone, 0
        color = np.array([int(TOY_COLORS[classes[number]][i : i + 2], 16) / 255 for i in (1, 3, 5)])
        color = color * looks.uniform(0.75, 1.05)  # so that neighbours of one class can be told apart
        image[:, instances == number] = color[:, None]
    image += 0.02 * looks.standard_normal(image.shape)
    return Scene(_grey_levels(image), torch.from_numpy(instances), torch.from_numpy(classes))


class CellScenes(Dataset):
    """Cell scenes by number: item i is `cell_scene(seed=seed + i, …)`, drawn when it is asked for.

    Args:
        length: Number of scenes.
        seed: Of the first scene. Sets whose seeds are less than `length` apart share scenes.
        settings: Passed to `cell_scene`.

    Raises:
        ValueError: If `length` or `seed` is not a whole number of at least 0.

    >>> image, labels, instances = CellScenes(100, seed=7, size=64, num_cells=5)[3]
    >>> image.shape, labels.unique().tolist(), instances.max().item()
    (torch.Size([1, 64, 64]), [0, 1], 5)
    """

    def __init__(self, length: int, *, seed: int = 0, **settings: Any):
        check_number("length", length, whole=True)
        check_number("seed", seed, whole=True)
        self.length, self.seed, self.settings = length, seed, settings

    def __len__(self) -> int:
        """Count the scenes."""
        return self.length

    def __getitem__(self, index: int) -> tuple[Float[Tensor, "1 H W"], Int64[Tensor, "H W"], Int64[Tensor, "H W"]]:
        """Draw image, labels (0 or 1) and instances of one scene."""
        if not 0 <= index < self.length:
            raise IndexError(f"index must lie in 0 … {self.length - 1}: got {index}")
        scene = cell_scene(seed=self.seed + index, **self.settings)
        return scene.image[None], scene.classes[scene.instances], scene.instances


def _outline(rng: np.random.Generator, radius: float, eccentricity: float) -> Callable:
    """Draw an ellipse with a slightly wavy border, as the distance from its centre to its border at each angle."""
    eccentricity, tilt = rng.uniform(0, eccentricity), rng.uniform(0, 2 * np.pi)
    waves, phases = rng.uniform(-0.025, 0.025, 3), rng.uniform(0, 2 * np.pi, 3)
    short = radius * (1 - eccentricity**2) ** 0.25  # the ellipse has the area of the disc

    def reach(angle):
        wave = 1 + sum(waves[k] * np.cos((k + 3) * angle + phases[k]) for k in range(3))
        return wave * short / np.sqrt(1 - (eccentricity * np.cos(angle - tilt)) ** 2)

    return reach


def _polygon(sides: int, radius: float, tilt: float) -> Callable:
    """Give a regular polygon, or a disc if it has no sides, as the distance to its border at each angle."""

    def reach(angle):
        turn = (angle - tilt) % (2 * np.pi / sides) - np.pi / sides
        return radius * np.cos(np.pi / sides) / np.cos(turn)

    return reach if sides else lambda angle: radius


def _level(
    outline: Callable, y: float, x: float, *, margin: int, size: tuple[int, int]
) -> tuple[tuple[slice, slice], np.ndarray]:
    """Say how far out each pixel lies, 0 centre to 1 border and on, in a window that the outline fits with a margin."""
    reach = 1.02 * np.max(outline(np.linspace(0, 2 * np.pi, 60))) + margin
    high, wide = (slice(max(0, int(c - reach)), min(n, int(c + reach) + 2)) for c, n in zip((y, x), size, strict=True))
    rows, columns = np.ogrid[high, wide]
    dy, dx = rows - y, columns - x
    return (high, wide), np.hypot(dy, dx) / outline(np.arctan2(dy, dx))


def _distance_to(mask: np.ndarray) -> np.ndarray | float:
    return ndimage.distance_transform_edt(~mask) if mask.any() else np.inf


def _photograph(
    rng: np.random.Generator, glow: np.ndarray, *, blur: float, photons: float, read_noise: float, unevenness: float
) -> np.ndarray:
    """Blur, spread a haze, dim away from a bright spot, count photons, add the camera's noise."""
    height, width = glow.shape
    rows, columns = np.ogrid[:height, :width]
    y, x = rng.uniform(0, height), rng.uniform(0, width)
    darkness = np.hypot(rows - y, columns - x) / math.hypot(height, width)
    noise = read_noise * rng.standard_normal(glow.shape)
    light = ndimage.gaussian_filter(glow, blur) * 0.85 + ndimage.gaussian_filter(glow, 6 * blur) * 0.15 + 0.06
    light *= 1 - unevenness * darkness
    return noise + (light if math.isinf(photons) else rng.poisson(light * photons) / photons)


def _grey_levels(image: np.ndarray) -> Tensor:
    return torch.from_numpy((np.round(np.clip(image, 0, 1) * 255) / 255).astype(np.float32))
