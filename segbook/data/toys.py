"""Discs, squares and triangles on rough paper."""

from collections.abc import Callable

import numpy as np
import torch
from scipy import ndimage

from segbook.checks import check_number, height_and_width
from segbook.data.drawing import TRIES, Scene, grey_levels, how_far_out
from segbook.palette import BLUE, GREEN, ORANGE

TOY_CLASSES = ("background", "disc", "square", "triangle")
TOY_COLORS = ("#D1D1D1", BLUE, ORANGE, GREEN)
SIDES = (0, 0, 4, 3)


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
        window, level = how_far_out(outline, y, x, margin=1, size=(height, width))
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
    return Scene(grey_levels(image), torch.from_numpy(instances), torch.from_numpy(classes))


def _polygon(sides: int, radius: float, tilt: float) -> Callable:
    """Give a regular polygon, or a disc if it has no sides, as the distance to its border at each angle."""

    def reach(angle):
        turn = (angle - tilt) % (2 * np.pi / sides) - np.pi / sides
        return radius * np.cos(np.pi / sides) / np.cos(turn)

    return reach if sides else lambda angle: radius
