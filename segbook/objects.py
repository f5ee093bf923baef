"""From scores to objects: probabilities of pixels become a map of ids, one for every object.

A network says of every pixel how likely it belongs to an object. Whoever counts objects needs ids. `instances_from`
goes all the way in one call; `part_by_distance` and `grow_objects` are those of its steps that have a use of their own.
`measure_objects` makes a table of the ids.

Pixels connect through edges, not through corners. Ids are 1, 2, … in every image, and 0 is background.
"""

import math

import numpy as np
import torch
from jaxtyping import Int64, Integer, Shaped
from scipy import ndimage
from skimage.segmentation import watershed
from torch import Tensor

from segbook.checks import check_number
from segbook.inputs import Array, Whole, as_array, as_ids, as_mask

SEEDS = ("components", "distance", "border")
CORNERS = np.ones((3, 3), bool)
ROUNDING = 1e-3  # by which a probability may leave 0 … 1
SUM_ROUNDING = 2e-2  # by which the classes of a pixel may miss 1, in half precision


def instances_from(
    probs: Shaped[Array, "*N_C H W"],
    *,
    threshold: float | int = 0.5,
    seeds: str = "components",
    apart: int = 5,
    holes: float | int = 0,
    smallest: int = 0,
    grow: float | int = 0,
    limit: float | int | None = None,
) -> Int64[Tensor, "*N H W"]:
    """Threshold probabilities, number the objects, and give back what the threshold or a carve took from them.

    The maps hold the probability of an object, (H, W) or (N, H, W), or the probabilities of classes, (N, C, H, W), as
    `logits.softmax(dim=1)` gives them: C is 1 (object), 2 (background, object) or 3 (background, inside of an object,
    its border). With three classes the threshold is for the inside, and foreground is inside and border together.

    Pixels above the threshold are taken, holes filled, objects numbered and small ones removed, and the rest grows.
    How objects are numbered is up to `seeds`:

    - `"components"`: each connected piece is an object, so objects that touch are one.
    - `"distance"`: pieces are cut between their bulges, by `part_by_distance`.
    - `"border"`: each connected piece is the core of an object. The cores flood the foreground around them, and two
      floods meet where the inside is least likely (a watershed). This needs three classes, or a threshold above the
      limit; foreground that no core reaches belongs to no object.

    Chapter 9's recipe for a network that learned a carved target is `instances_from(probs, grow=1)`.

    Args:
        probs: Probabilities of any float dtype, or a mask of True and False.
        threshold: Probability that must be exceeded; ½ takes what is likelier than not.
        seeds: `"components"`, `"distance"` or `"border"`.
        apart: Distance in pixels that `"distance"` keeps between seeds.
        holes: Holes of at most so many pixels are filled; `math.inf` fills all. A hole is a piece of background that
            does not reach the image's edge; background connects through corners, too.
        smallest: Objects (for `"border"`, cores) of fewer pixels are removed, before the others grow.
        grow: Pixels by which objects grow, as in `grow_objects`; not for `"border"`.
        limit: Probability of foreground that a pixel must exceed for an object to grow or flood into it. Left out, it
            is ½ for `"border"`, and otherwise objects grow anywhere.

    Returns:
        Ids 1, 2, … in each image, in the order of the objects' first pixels before they grow or flood. On the CPU.

    Raises:
        ValueError: If these are no probabilities (but logits, class indices or nan), or a setting is out of range.

    Source: notes N11; Vincent & Soille (1991) for the watershed; Caicedo et al. (2019) for three classes.

    >>> probs = torch.tensor([[0.9, 0.9, 0.6, 0.8, 0.2, 0.7]])
    >>> instances_from(probs)
    tensor([[1, 1, 1, 1, 0, 2]])
    >>> instances_from(probs, threshold=0.7, grow=1)
    tensor([[1, 1, 1, 2, 2, 0]])
    >>> instances_from(probs, threshold=0.7, seeds="border")
    tensor([[1, 1, 1, 2, 0, 0]])
    """
    if seeds not in SEEDS:
        raise ValueError(f"seeds must be one of {', '.join(SEEDS)}: got {seeds!r}")
    check_number("threshold", threshold, 0, 1)
    check_number("smallest", smallest, whole=True)
    if grow != math.inf:
        check_number("grow", grow)
    if limit is not None:
        check_number("limit", limit, 0, 1)
    elif seeds == "border":
        limit = 0.5
    if seeds == "border" and grow != 0:
        raise ValueError(f"with seeds='border' objects fill all that exceeds the limit, and grow must be 0: got {grow}")
    inside, foreground = _maps(probs)
    found = np.zeros(inside.shape, np.int64)
    for place in np.ndindex(inside.shape[:-2]):
        mask = _without_holes(inside[place] > threshold, holes)
        ids = part_by_distance(mask, apart=apart).numpy() if seeds == "distance" else ndimage.label(mask)[0]
        ids = _numbered(_without_small(ids, smallest))
        where = None if limit is None else foreground[place] > limit
        if where is not None and seeds == "border":
            found[place] = watershed(-inside[place], ids, mask=where | (ids > 0))
        else:
            found[place] = grow_objects(ids, grow, where=where).numpy()
    return torch.from_numpy(found)


def part_by_distance(mask: Whole[Array, "H W"], *, apart: int = 5) -> Int64[Tensor, "H W"]:
    """Cut a mask between its bulges: flood it from the peaks of its smoothed distance to the background.

    The distance is Euclidean, smoothed by a Gaussian of 1 pixel. A peak is as high as all within `apart` − 1 rows and
    columns; a connected piece without one has its highest pixel as a peak. The image's edge is no background.

    Args:
        mask: Foreground.
        apart: Distance between seeds: of two peaks that are nearer, only the higher one counts. Too small cuts round
            objects to pieces, too large leaves small ones together.

    Returns:
        Ids 1, 2, …, in the order of the peaks; every pixel of the mask has one, and no object lies on two pieces. On
        the CPU.

    Raises:
        ValueError: If the mask has other values or another shape, or `apart` is no whole number of at least 1.

    Source: Vincent & Soille (1991), "Watersheds in digital spaces"; the seeds are the book's choice.

    >>> part_by_distance(torch.tensor([[True, True, True, False, True]]))
    tensor([[1, 1, 1, 0, 2]])
    """
    check_number("apart", apart, 1, whole=True)
    inside = as_mask("mask", mask).numpy(force=True)
    if inside.ndim != 2 or 0 in inside.shape:
        raise ValueError(f"mask must be (H, W) with pixels: got shape {inside.shape}")
    pieces, count = ndimage.label(inside)
    height = ndimage.gaussian_filter(ndimage.distance_transform_edt(inside), 1)
    peaks = (height == ndimage.maximum_filter(height, 2 * apart - 1)) & inside
    lower = np.setdiff1d(np.arange(1, count + 1), pieces[peaks])
    for place in ndimage.maximum_position(height, pieces, lower):
        peaks[place] = True
    seeds = ndimage.label(peaks, CORNERS)[0] * (count + 1) + pieces  # a peak that touches another piece's is its own
    found = watershed(-height, _numbered(np.where(peaks, seeds, 0)), mask=inside)
    return torch.from_numpy(found.astype(np.int64))


def grow_objects(
    instances: Integer[Array, "H W"], pixels: float | int, *, where: Whole[Array, "H W"] | None = None
) -> Int64[Tensor, "H W"]:
    """Give background near an object to the nearest one; objects that meet stay two.

    Args:
        instances: Ids, 0 = background.
        pixels: Largest Euclidean distance to the object, in a straight line; `math.inf` for any.
        where: Where objects may grow; left out, anywhere.

    Returns:
        The ids, with fewer zeros. On the CPU.

    Raises:
        ValueError: If ids are negative or no whole numbers, shapes differ, or `pixels` is negative or nan.

    Source: chapter 9; scikit-image's `expand_labels` does the same where `where` is left out.

    >>> grow_objects(torch.tensor([[1, 0, 0, 0, 2]]), 1)
    tensor([[1, 1, 0, 2, 2]])
    """
    if pixels != math.inf:
        check_number("pixels", pixels)
    ids = as_ids("instances", instances).numpy(force=True)
    allowed = np.ones(ids.shape, bool) if where is None else as_mask("where", where).numpy(force=True)
    if allowed.shape != ids.shape:
        raise ValueError(f"where must be {ids.shape} like instances: got shape {allowed.shape}")
    if pixels == 0 or not ids.any():
        return torch.from_numpy(ids.copy())
    distance, (rows, columns) = ndimage.distance_transform_edt(ids == 0, return_indices=True)
    taken = (distance <= pixels) & (allowed | (ids > 0))
    return torch.from_numpy(np.where(taken, ids[rows, columns], 0))


def measure_objects(
    instances: Integer[Array, "H W"], image: Shaped[Array, "H W"]
) -> list[dict[str, int | float | bool]]:
    """Describe every object in a row of a table: where it lies, how large and how bright it is, whether it may be cut.

    Args:
        instances: Ids, 0 = background.
        image: Grey values.

    Returns:
        For each id that occurs, in ascending order: `id`; `pixels`, its area; `row` and `column`, the mean place of its
        pixels, counted from 0 at the top left; `grey`, their mean grey value; `at edge`, whether it reaches the image's
        first or last row or column, so that a part of it may lie outside.

    Raises:
        ValueError: If ids are negative or no whole numbers, or shapes differ.

    Source: chapter 11; the same as `regionprops` of scikit-image gives.

    >>> measure_objects(torch.tensor([[0, 7, 7]]), torch.tensor([[1.0, 2.0, 4.0]]))
    [{'id': 7, 'pixels': 2, 'row': 0.0, 'column': 1.5, 'grey': 3.0, 'at edge': True}]
    """
    ids, values = as_ids("instances", instances).numpy(force=True), as_array("image", image)
    if values.shape != ids.shape:
        raise ValueError(f"image must be {ids.shape} like instances: got shape {values.shape}")
    table = []
    for number in np.unique(ids[ids > 0]):
        rows, columns = np.nonzero(ids == number)
        ends = {rows.min() == 0, columns.min() == 0, rows.max() == len(ids) - 1, columns.max() == ids.shape[1] - 1}
        means = {"row": rows.mean(), "column": columns.mean(), "grey": values[rows, columns].mean(dtype=np.float64)}
        rounded = {name: float(mean) for name, mean in means.items()}
        table.append({"id": int(number), "pixels": len(rows), **rounded, "at edge": True in ends})
    return table


def _maps(probs: Array) -> tuple[np.ndarray, np.ndarray]:
    """Check the probabilities; give those of the inside and of the foreground, (H, W) or (N, H, W)."""
    values = as_array("probs", probs)
    shape = values.shape
    if values.dtype.kind not in "fb":
        raise ValueError(f"probs must be floats from 0 to 1, or a mask such as labels == 1: got dtype {probs.dtype}")
    if len(shape) not in (2, 3, 4) or 0 in shape or (len(shape) == 4 and shape[1] > 3):
        raise ValueError(f"probs must be (H, W), (N, H, W) or (N, C, H, W) of up to 3 classes: got shape {shape}")
    values = values.astype(np.float64 if values.dtype == np.float64 else np.float32)
    if not np.isfinite(values).all():
        places = np.argwhere(~np.isfinite(values)).tolist()
        first = tuple(places[0])
        raise ValueError(f"probs must be finite: got {values[first]} at {first} and {len(places) - 1} more places")
    if values.min() < -ROUNDING or values.max() > 1 + ROUNDING:
        raise ValueError(
            f"probs must lie in 0 … 1: got {values.min():g} … {values.max():g} (logits? give logits.softmax(dim=1))"
        )
    if len(shape) == 3 and shape[0] in (2, 3) and _are_classes(values):
        raise ValueError(f"probs {shape} sum to 1 over axis 0, as classes of one image do: give probs[None] for it")
    if len(shape) < 4:
        return values, values
    if shape[1] > 1 and not _are_classes(values):
        sums = values.sum(axis=1)
        raise ValueError(
            f"the {shape[1]} classes of a pixel must sum to 1: got {sums.min():g} … {sums.max():g}; give"
            " logits.softmax(dim=1), or the map of the objects alone, probs[:, k]"
        )
    inside = values[:, min(1, shape[1] - 1)]
    return inside, 1 - values[:, 0] if shape[1] == 3 else inside


def _are_classes(values: np.ndarray) -> bool:
    return bool(np.abs(values.sum(axis=-3) - 1).max() <= SUM_ROUNDING)


def _without_holes(mask: np.ndarray, largest: float | int) -> np.ndarray:
    """Fill the pieces of background of at most so many pixels that do not reach the edge of the image."""
    if largest != math.inf:
        check_number("holes", largest)
    pieces = ndimage.label(~mask, CORNERS)[0]
    fills = np.bincount(pieces.ravel()) <= largest
    fills[np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]])] = False
    fills[0] = True  # what was in the mask
    return fills[pieces]


def _without_small(ids: np.ndarray, smallest: int) -> np.ndarray:
    return np.where(np.bincount(ids.ravel())[ids] >= smallest, ids, 0)


def _numbered(ids: np.ndarray) -> np.ndarray:
    """Renumber the ids 1, 2, … in the order of their first pixels."""
    found, first, index = np.unique(np.append(0, ids), return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(np.where(found == 0, -1, first)))
    return order[index[1:]].reshape(ids.shape)
