"""Glowing cells under a microscope, round or of shapes that are hard to part."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from scipy import ndimage
from torch import Tensor
from torch.utils.data import Dataset

from segbook.checks import check_number, height_and_width
from segbook.data.drawing import TRIES, Scene, distance_to, grey_levels, how_far_out, photograph

CELL_SHAPES = ("round", "long", "bent", "hollow")
HOLE = 0.5  # of the way from the centre to the border
WHOLE = 0.8  # what a neighbour must leave of a cell


def cell_scene(
    size: int | tuple[int, int] = 128,
    *,
    seed: int,
    num_cells: int = 12,
    radius: float = 10.0,
    radius_spread: float = 2.5,
    eccentricity: float = 0.85,
    shape: str = "round",
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
        shape: "round" draws those ellipses; "long" the longest, 3.2 times as long as wide; "bent" sausages along a
            third of a circle; "hollow" ellipses with a hole of background. A watershed of distances parts round cells
            well, and breaks the others.
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
    if shape not in CELL_SHAPES:
        raise ValueError(f"shape must be one of {', '.join(CELL_SHAPES)}: got {shape!r}")
    check_number("clustering", clustering, 0, 1)
    check_number("blur", blur, 0, 100)
    check_number("photons", photons, 1, math.inf)
    check_number("read_noise", read_noise)
    check_number("unevenness", unevenness, 0, 1)

    layout, looks, camera = np.random.default_rng(seed).spawn(3)
    instances, glow = np.zeros((height, width), np.int64), np.zeros((height, width))
    holes = np.zeros((height, width), bool)
    cells: list[tuple[float, float, Callable]] = []
    tries = 0
    while len(cells) < num_cells:
        if (tries := tries + 1) > TRIES:
            raise ValueError(
                f"found room for {len(cells)} of {num_cells} cells of radius {radius} with gap {gap} in "
                f"{height} × {width} pixels: ask for fewer or smaller ones"
            )
        around = layout.uniform(radius - radius_spread, radius + radius_spread)
        outline = _sausage(layout, around) if shape == "bent" else _outline(layout, around, eccentricity, shape)
        y, x = layout.uniform(-0.5, height - 0.5), layout.uniform(-0.5, width - 0.5)
        if cells and layout.random() < clustering:
            y, x, neighbour = cells[layout.integers(len(cells))]
            angle = layout.uniform(0, 2 * np.pi)
            distance = (neighbour(angle) + outline(angle + np.pi)) * layout.uniform(0.82, 0.95) + gap
            y, x = y + distance * np.sin(angle), x + distance * np.cos(angle)
            if not (-0.5 <= y < height - 0.5 and -0.5 <= x < width - 0.5):
                continue
        window, level = how_far_out(outline, y, x, margin=gap + 1, size=(height, width))
        whole = level <= 1
        cell = whole & (distance_to(instances[window] > 0) >= gap + 1)
        body = cell & (level >= HOLE) if shape == "hollow" else cell
        if cell.sum() < WHOLE * whole.sum() or ndimage.label(body)[1] != 1:
            continue
        cells.append((y, x, outline))
        if shape == "hollow":
            holes[window] |= cell & ~body
        tries = 0
        instances[window][cell] = len(cells)
        dome = 0.65 + 0.35 * np.sqrt(1 - level[cell] ** 2)
        glow[window][cell] = looks.uniform(0.45, 0.85) * dome

    instances[holes], glow[holes] = 0, 0
    chromatin = ndimage.gaussian_filter(looks.standard_normal((height, width)), radius / 6)
    glow *= 1 + 0.15 * chromatin / chromatin.std()
    image = photograph(camera, glow, blur=blur, photons=photons, read_noise=read_noise, unevenness=unevenness)
    classes = torch.ones(num_cells + 1, dtype=torch.int64)
    classes[0] = 0
    return Scene(grey_levels(image), torch.from_numpy(instances), classes)


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


def _outline(rng: np.random.Generator, radius: float, eccentricity: float, shape: str) -> Callable:
    """Draw an ellipse with a slightly wavy border, as the distance from its centre to its border at each angle."""
    eccentricity = 0.95 if shape == "long" else rng.uniform(0, eccentricity)
    tilt = rng.uniform(0, 2 * np.pi)
    waves, phases = rng.uniform(-0.025, 0.025, 3), rng.uniform(0, 2 * np.pi, 3)
    short = radius * (1 - eccentricity**2) ** 0.25  # the ellipse has the area of the disc

    def reach(angle):
        wave = 1 + sum(waves[k] * np.cos((k + 3) * angle + phases[k]) for k in range(3))
        return wave * short / np.sqrt(1 - (eccentricity * np.cos(angle - tilt)) ** 2)

    return reach


def _sausage(rng: np.random.Generator, radius: float) -> Callable:
    """Bend a sausage of a disc's area along a third of a circle; all of it is seen from its middle."""
    tilt = rng.uniform(0, 2 * np.pi)
    bend, thick = 1.16 * radius, 0.48 * radius  # the circle's radius, and half the sausage's width
    along = np.linspace(-np.pi / 3, np.pi / 3, 41)
    spine = bend * np.stack([np.sin(along), np.cos(along) - 1])
    angles, steps = np.linspace(-np.pi, np.pi, 181), np.linspace(0, 2 * radius, 101)
    rays = steps * np.stack([np.sin(angles), np.cos(angles)])[..., None]
    out = np.hypot(*(rays[..., None] - spine[:, None, None])).min(axis=-1) > thick
    reaches = steps[out.argmax(axis=1)]

    def reach(angle):
        return np.interp((angle - tilt + np.pi) % (2 * np.pi) - np.pi, angles, reaches)

    return reach
