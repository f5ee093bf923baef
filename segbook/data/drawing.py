"""What all scenes are drawn with: shapes around a centre, distances, a camera."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from scipy import ndimage
from torch import Tensor

TRIES = 500  # places tried for a thing before giving up


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


def how_far_out(
    outline: Callable, y: float, x: float, *, margin: int, size: tuple[int, int]
) -> tuple[tuple[slice, slice], np.ndarray]:
    """Say how far out each pixel lies, 0 centre to 1 border and on, in a window that the outline fits with a margin."""
    reach = 1.02 * np.max(outline(np.linspace(0, 2 * np.pi, 60))) + margin
    high, wide = (slice(max(0, int(c - reach)), min(n, int(c + reach) + 2)) for c, n in zip((y, x), size, strict=True))
    rows, columns = np.ogrid[high, wide]
    dy, dx = rows - y, columns - x
    return (high, wide), np.hypot(dy, dx) / outline(np.arctan2(dy, dx))


def distance_to(mask: np.ndarray) -> np.ndarray | float:
    """Measure how far every pixel is from a mask; infinitely far from an empty one."""
    return ndimage.distance_transform_edt(~mask) if mask.any() else np.inf


def photograph(
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


def grey_levels(image: np.ndarray) -> Tensor:
    """Round to 256 grey levels, as a camera does."""
    return torch.from_numpy((np.round(np.clip(image, 0, 1) * 255) / 255).astype(np.float32))
