"""Granules that count only inside a membrane: what a pixel is depends on what lies far from it."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float
from PIL import Image
from scipy import ndimage
from torch import Tensor

from segbook.checks import check_number, height_and_width
from segbook.data.drawing import Scene, distance_to, grey_levels

TRIES = 100  # places tried for a ring or an arc, half as many as for all granules
MEMBRANE, GRANULE, DARK = 0.5, 0.55, 0.06  # grey values
SHOWN, CARRIED = 4, 600_045  # seeds of the scenes for which answers are stored
ANSWERS = (
    *(f"depth {depth}, {skips}" for skips in ("none", "concat") for depth in (1, 3)),
    "depth 3, skip moved",
)
MORE = "FCN, no sum", "FCN, two sums", "depth 2, none"
TERMS = "coarsest", "middle", "finest"
LOWEST, STEP = -38.0, 0.2  # how terms of scores are kept as grey values


def granule_scene(
    size: int | tuple[int, int] = 96,
    *,
    seed: int,
    num_membranes: int = 2,
    num_arcs: int = 2,
    num_granules: int = 24,
    radius: float = 23.0,
    radius_spread: float = 2.0,
    clearance: int = 10,
    granule: float = 2.3,
    blur: float = 0.7,
    noise: float = 0.04,
) -> Scene:
    """Scatter granules inside and outside closed membranes, all alike: only those inside are of class 1.

    Inside a membrane the ground is as dark as outside, the granules are as many to the area, as large and as bright;
    and none comes near a membrane. So neither a granule nor its surroundings within `clearance` pixels tell its class,
    nor does any statistic of the image: one must see the membrane around it. Open arcs bend like a membrane and hold
    nothing.

    Args:
        size: Height and width in pixels, or one number for both.
        seed: Names the scene.
        num_membranes: Closed, wavy rings; the image's edge may cut them. Where one finds no room, it is left out.
        num_arcs: Pieces of such rings, a sixth to two fifths of the way round; likewise.
        num_granules: Small blobs of random outline, ids 1 … at most this many.
        radius: Mean radius of a ring in pixels.
        radius_spread: Pixels; radii are uniform in radius ± radius_spread.
        clearance: A granule's pixels are at least this far from all membranes and arcs, between centres of pixels.
        granule: Mean radius of a granule in pixels.
        blur: Standard deviation of the optics, in pixels.
        noise: Standard deviation of the camera's noise, in grey value (0 … 1).

    Returns:
        A scene with an image (H, W) and class 1 for the granules inside a membrane, 0 for those outside.

    Raises:
        ValueError: If a setting is out of range.

    Source: the book's own.

    >>> scene = granule_scene(seed=0)
    >>> scene.image.shape, scene.classes.unique().tolist()
    (torch.Size([96, 96]), [0, 1])
    """
    height, width = height_and_width(size, 8)
    check_number("seed", seed, whole=True)
    for name, value in {"num_membranes": num_membranes, "num_arcs": num_arcs, "num_granules": num_granules}.items():
        check_number(name, value, whole=True)
    check_number("radius_spread", radius_spread)
    check_number("radius", radius, 4 + radius_spread, max(height, width))
    check_number("clearance", clearance, 1, max(height, width), whole=True)
    check_number("granule", granule, 1, radius)
    check_number("blur", blur, 0, 100)
    check_number("noise", noise)

    layout, looks = np.random.default_rng(seed).spawn(2)
    walls, inside, taken = (np.zeros((height, width), bool) for _ in range(3))
    for number in range(num_membranes + num_arcs):
        closed = number < num_membranes
        for _ in range(TRIES):
            y, x = layout.uniform(0, height), layout.uniform(0, width)
            if closed and min(y, height - y, x, width - x) < 0.6 * radius:
                continue
            out, angle = _wavy(
                layout, layout.uniform(radius - radius_spread, radius + radius_spread), 0.06, y, x, walls.shape
            )
            wall = abs(out) <= 1
            if not closed:
                wall &= (angle - layout.uniform(0, 2 * np.pi)) % (2 * np.pi) < layout.uniform(1 / 6, 0.4) * 2 * np.pi
            room = out <= 4 if closed else wall
            if wall.any() and not (room & taken).any():
                walls |= wall
                inside |= closed & (out < 0)
                taken |= room if closed else distance_to(wall) <= 4
                break

    free = np.asarray(distance_to(walls) >= clearance)
    instances = np.zeros((height, width), np.int64)
    classes = [0]
    for _ in range(2 * TRIES):
        if len(classes) > num_granules or not free.any():
            break
        spots = np.argwhere(free)
        y, x = spots[layout.integers(len(spots))] + layout.uniform(-0.5, 0.5, 2)
        out, _ = _wavy(layout, granule * layout.uniform(0.75, 1.25), 0.3, y, x, walls.shape)
        blob = out <= 0
        if blob.sum() < 5 or ndimage.label(blob)[1] != 1 or not free[blob].all():
            continue
        instances[blob] = len(classes)
        classes.append(int(inside[blob].all()))
        free &= out > 2  # granules do not touch

    image = ndimage.gaussian_filter(MEMBRANE * walls + GRANULE * (instances > 0), blur) + DARK
    image += noise * looks.standard_normal(image.shape)
    return Scene(grey_levels(image), torch.from_numpy(instances), torch.tensor(classes))


def granule_answers() -> dict[str, Bool[Tensor, "H W"]]:
    """Read which pixels of two scenes networks call granules that count.

    Returns:
        What is marked in `granule_scene(seed=4)`, by depth and skips: "depth 1, none" to "depth 3, concat"; and
        "depth 3, skip moved" by the last of these in `granule_scene(seed=600_045)`, with its finest skip moved 40
        pixels to the right (what leaves the map there enters it on the left); "FCN, no sum" and "FCN, two sums" by FCNs
        of depth 3 with stride 8 and 2, again in the first scene; and "depth 2, none" there.

    Source: the book's own experiment; benchmarks/granule_answers.py trained them for 1,000 steps on other scenes.

    >>> {name: tuple(answer.shape) for name, answer in granule_answers().items()}["depth 3, none"]
    (96, 96)
    """
    answers = {}
    for file, names in (("granule_answers.png", ANSWERS), ("granule_sums.png", MORE)):
        with Image.open(Path(__file__).with_name(file)) as picture:
            sheet = torch.from_numpy(np.array(picture) > 0)
        answers |= dict(zip(names, sheet.chunk(len(names)), strict=True))
    return answers


def granule_terms() -> dict[str, Float[Tensor, "H W"]]:
    """Read what each level of an FCN with two sums adds to its scores.

    Returns:
        What the levels "coarsest", "middle" and "finest" add, at full size, to the score of what counts less that of
        the rest, in `granule_scene(seed=4)`: to 0.2, and no lower than −38. Their sum decides.

    Source: the book's own experiment; benchmarks/granule_answers.py trained it for 1,000 steps on other scenes, seed 0.

    >>> {name: tuple(term.shape) for name, term in granule_terms().items()}["finest"]
    (96, 96)
    """
    with Image.open(Path(__file__).with_name("granule_terms.png")) as picture:
        sheet = torch.from_numpy(np.array(picture)) * STEP + LOWEST
    return dict(zip(TERMS, sheet.chunk(len(TERMS)), strict=True))


def _wavy(
    rng: np.random.Generator, radius: float, wave: float, y: float, x: float, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a wavy circle: how far beyond it every pixel lies, in pixels along the ray, and at which angle."""
    rows, columns = np.ogrid[: size[0], : size[1]]
    angle = np.arctan2(rows - y, columns - x)
    waves, phases = rng.uniform(-wave, wave, 3), rng.uniform(0, 2 * np.pi, 3)
    outline = radius * (1 + sum(waves[k] * np.cos((k + 2) * angle + phases[k]) for k in range(3)))
    return np.hypot(rows - y, columns - x) - outline, angle
