"""Tissue in an electron micrograph: cells fill the plane, and thin dark membranes are all that parts them."""

import numpy as np
import torch

from segbook.checks import check_number, height_and_width
from segbook.data.drawing import Scene, grey_levels

BRIGHT, DARK = 0.7, 0.25  # grey values of cells; of membranes and organelles


def tissue_scene(
    size: int | tuple[int, int] = 128,
    *,
    seed: int,
    num_cells: int = 18,
    num_organelles: int = 36,
    membrane: float | int = 3.0,
    organelle: float | int = 3.5,
    noise: float | int = 0.08,
) -> Scene:
    """Scatter centres, give every pixel to the nearest one, and draw a dark membrane where two are about equally near.

    Organelles are dark discs anywhere. They belong to their cell, but no threshold tells them from a membrane.

    Args:
        size: Height and width in pixels, or one number for both.
        seed: Names the scene.
        num_cells: Centres, ids 1 … at most this many; a cell that is all membrane does not occur.
        num_organelles: Dark discs.
        membrane: Pixels of membrane are those whose distances to the two nearest centres differ by less than this, in
            pixels.
        organelle: Radius of a disc in pixels.
        noise: Standard deviation of the noise, in grey value (0 … 1).

    Returns:
        A scene with an image (H, W), ids with 0 for membranes, and class 1 for every cell.

    Raises:
        ValueError: If a setting is out of range.

    Source: the book's own, after the slices of Arganda-Carreras et al. (2015).

    >>> scene = tissue_scene(seed=0)
    >>> scene.image.shape, scene.instances.max().item()
    (torch.Size([128, 128]), 18)
    """
    height, width = height_and_width(size, 8)
    check_number("num_cells", num_cells, 2, whole=True)
    check_number("num_organelles", num_organelles, whole=True)
    for name, value in (("membrane", membrane), ("organelle", organelle), ("noise", noise)):
        check_number(name, value)
    rng = np.random.default_rng(seed)
    rows, columns = np.ogrid[:height, :width]

    def distances(number: int) -> np.ndarray:
        places = rng.uniform(0, 1, (number, 2, 1, 1)) * np.array([height, width]).reshape(2, 1, 1)
        return np.hypot(rows - places[:, 0], columns - places[:, 1])

    to_cells, to_organelles = distances(num_cells), distances(num_organelles)
    nearest, second = np.sort(to_cells, axis=0)[:2]
    is_membrane = second - nearest < membrane
    dark = is_membrane | (to_organelles < organelle).any(axis=0)
    image = np.where(dark, DARK, BRIGHT) + noise * rng.standard_normal((height, width))
    ids = np.where(is_membrane, 0, 1 + to_cells.argmin(axis=0))
    classes = torch.ones(num_cells + 1, dtype=torch.int64)
    classes[0] = 0
    return Scene(grey_levels(image), torch.from_numpy(ids.astype(np.int64)), classes)
