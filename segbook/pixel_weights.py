"""U-Net's weight map: which pixels the loss should care about, from instance labels alone.

The distances are Euclidean, between pixel centres, to the nearest pixel of an *id*, whatever pieces the id has. Two
ids that touch have no background between them and hence no border to weigh: `carve_touching` opens one.

Source: notes N10 and N11; Ronneberger et al. (2015), section 3, equation 2.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float32, Int64, Integer, Real
from scipy import ndimage
from torch import Tensor

from segbook.checks import check_number
from segbook.inputs import Array, Whole, as_ids, as_whole, check_classes, where_counted

ERROR = 1e-7  # the border term is cut where it falls below this
FAR = np.iinfo(np.int32).max  # squared distance to an id that is not there


def weight_map(
    instances: Integer[Array, "H W"],
    *,
    class_weights: Sequence[float] | Real[Array, "2"] = (1.0, 1.0),
    w_0: float = 10.0,
    sigma: float = 5.0,
) -> Float32[Tensor, "H W"]:
    """Weigh every pixel: its class, plus a ridge on the background that is high where two cells come close.

    w = w_c + w_0 · exp(−(d_1 + d_2)² / (2σ²)). With more than two classes, add `class_weights[labels]` and
    `border_weights(instances)` yourself.

    Args:
        instances: Ids, 0 = background; integers of any size.
        class_weights: w_c of background and of cells, at least 0; from all training labels by `balanced_weights`.
        w_0: The ridge's height if d_1 + d_2 could be 0; on a pixel grid it reaches w_0 · exp(−2/σ²).
        sigma: Its width σ in pixels (not σ²).

    Returns:
        w, to 1e-7 before it is rounded to float32.

    Raises:
        ValueError: If ids are negative or no whole numbers, or a setting is out of range.

    Source: notes N10; Ronneberger et al. (2015), equation 2.

    Departs: see `border_weights`.

    >>> weight_map(torch.tensor([[1, 0, 2]]), class_weights=(1.0, 3.0))
    tensor([[ 3.0000, 10.2312,  3.0000]])
    """
    ids = as_ids("instances", instances)
    table = torch.as_tensor(class_weights, dtype=torch.float32, device=ids.device)
    if table.shape != (2,) or not (table >= 0).all() or not table.isfinite().all():
        raise ValueError(
            f"class_weights must be 2 finite numbers of at least 0 (background, cell): got {class_weights}"
        )
    return border_weights(ids, w_0=w_0, sigma=sigma) + table[(ids > 0).long()]


def border_weights(
    instances: Integer[Array, "H W"], *, w_0: float = 10.0, sigma: float = 5.0
) -> Float32[Tensor, "H W"]:
    """Raise a ridge on the background between cells: w_0 · exp(−(d_1 + d_2)² / (2σ²)).

    Only ids within R = ⌊σ · √(2 ln(1 + w_0 / 1e-7))⌋ of a pixel can matter (30 pixels for the paper's w_0 and σ):
    beyond it the term is below 1e-7. So each id's distances are computed in a window around it, which is quick.

    Args:
        instances: Ids, 0 = background.
        w_0: Height at d_1 + d_2 = 0.
        sigma: Width σ in pixels.

    Returns:
        The term; 0 on cells, where there are fewer than two ids, and where d_2 exceeds R.

    Raises:
        ValueError: If ids are negative or no whole numbers, or `w_0` or `sigma` is out of range.

    Source: notes N10; Ronneberger et al. (2015), equation 2.

    Departs: the paper's equation adds the term at every pixel and measures d_1 and d_2 to the cells' borders. The
        authors' later software (Falk et al., 2019) weighs background only, by distances to the cells, and so do we.

    >>> border_weights(torch.tensor([[1, 0, 0, 0, 2]]))
    tensor([[0.0000, 7.2615, 7.2615, 7.2615, 0.0000]])
    """
    check_number("w_0", w_0, 0, 1e6)
    check_number("sigma", sigma, 1e-3, 1e4)
    ids = as_ids("instances", instances)
    regions = _regions(ids)
    reach = min(int(sigma * math.sqrt(2 * math.log1p(w_0 / ERROR))), sum(regions.shape))
    nearest, second = _two_nearest(regions, reach=reach)
    between = (regions == 0) & (second <= reach**2)
    sums = np.sqrt(nearest[between]) + np.sqrt(second[between])
    border = np.zeros(regions.shape, np.float32)
    border[between] = w_0 * np.exp(-(sums**2) / (2 * sigma**2))
    return torch.from_numpy(border).to(ids.device)


def border_distances(instances: Integer[Array, "H W"]) -> tuple[Float32[Tensor, "H W"], Float32[Tensor, "H W"]]:
    """Measure how far every pixel is from the nearest id and from the second nearest: d_1 and d_2.

    Args:
        instances: Ids, 0 = background.

    Returns:
        d_1 and d_2 in pixels, everywhere and at any range. On a cell d_1 is 0 and d_2 leads to the nearest other id.
        Without ids d_1 is infinite; with fewer than two, d_2 is.

    Raises:
        ValueError: If ids are negative or no whole numbers.

    Source: notes N10.

    >>> border_distances(torch.tensor([[1, 0, 0, 2]]))
    (tensor([[0., 1., 1., 0.]]), tensor([[3., 2., 2., 3.]]))
    """
    ids = as_ids("instances", instances)
    both = np.stack(_two_nearest(_regions(ids), reach=sum(ids.shape)))
    distances = torch.from_numpy(np.where(both < FAR, np.sqrt(both), np.inf).astype(np.float32))
    nearest, second = distances.to(ids.device)
    return nearest, second


def balanced_weights(
    labels: Whole[Array, "*N"], num_classes: int, *, ignore_index: int = -100
) -> Float32[Tensor, " C"]:
    """Give rare classes more weight: w_c = n / (C · n_c), so that every class weighs as much in total.

    n_c pixels have class c, n pixels count, and C classes occur among them. The mean of the weights over the pixels
    that count is 1. Hand over all training labels, not one image's.

    Args:
        labels: Class indices, in any shape.
        num_classes: Length of the result.
        ignore_index: Pixels of this value do not count.

    Returns:
        One weight for each class; 0 for a class that does not occur, which no pixel reads.

    Raises:
        ValueError: If a label is no class, or no pixel counts.

    Source: notes N10 (w_c); the paper balances the frequencies but does not say how, King & Zeng (2001) do.

    >>> balanced_weights(torch.tensor([0, 0, 0, 1, -100]), 3)
    tensor([0.6667, 2.0000, 0.0000])
    """
    check_number("num_classes", num_classes, 1, whole=True)
    classes = as_whole("labels", labels)
    counted = where_counted(classes, ignore_index)
    if not counted.any():
        raise ValueError(f"no pixel counts: {classes.numel()} labels, all of them {ignore_index} (ignore_index)")
    check_classes("labels", classes, num_classes, counted, ignore_index=ignore_index)
    counts = classes[counted].bincount(minlength=num_classes)
    weights = counted.sum() / ((counts > 0).sum() * counts.double())
    return weights.where(counts > 0, 0.0).float()


def carve_touching(instances: Integer[Array, "H W"]) -> Int64[Tensor, "H W"]:
    """Part ids that touch by a line of background, one pixel wide: the weight map's input and the training target.

    Two ids touch where a pixel of one is among the 8 neighbours of a pixel of the other. There the larger id (in
    pixels; at a tie the one with the higher number) gives up its pixel. No id ever disappears: one that would lose
    all its pixels keeps them all, and its neighbours give way instead. Two such ids, say single pixels side by side,
    cannot be parted and still touch afterwards. Metrics use the labels before the carve.

    Args:
        instances: Ids, 0 = background.

    Returns:
        The labels with some pixels set to 0; the same ids.

    Raises:
        ValueError: If ids are negative or no whole numbers.

    Source: Ronneberger et al. (2015), section 3, also part touching cells in the target, by morphological operations
        that they do not spell out; in the authors' later software (Falk et al., 2019) the pixel that comes later in
        the image gives way. Which id gives way here, and that none disappears, is ours.

    >>> carve_touching(torch.tensor([[1, 1, 1, 2, 2]]))
    tensor([[1, 1, 0, 2, 2]])
    """
    whole = as_ids("instances", instances)
    ids, index, counts = np.unique(whole.numpy(force=True), return_inverse=True, return_counts=True)
    index = index.reshape(whole.shape)
    rank = np.argsort(np.lexsort((ids, counts))) + 1  # who gives way: the larger rank
    rank[ids == 0] = background = len(ids) + 1
    while True:
        ranks = rank[index]
        lowest_around = ndimage.minimum_filter(ranks, size=3)
        kept = (ranks == background) | (lowest_around == ranks)
        gone = np.bincount(index[kept], minlength=len(ids)) == 0
        if not gone.any():
            carved = np.where(kept, ids[index], 0).astype(np.int64)
            return torch.from_numpy(carved).to(whole.device)
        rank[gone] = 0


def _two_nearest(regions: np.ndarray, *, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Square the distances to the nearest and second nearest id, exact up to `reach` pixels, FAR if there is none."""
    nearest = np.full_like(regions, FAR)
    second = nearest.copy()
    for number, box in enumerate(ndimage.find_objects(regions), start=1):
        if box is None:
            continue
        window = tuple(slice(max(s.start - reach, 0), s.stop + reach) for s in box)
        rows, columns = np.ogrid[: regions[window].shape[0], : regions[window].shape[1]]
        y, x = ndimage.distance_transform_edt(regions[window] != number, return_distances=False, return_indices=True)
        distance = (y - rows.astype(np.int32)) ** 2 + (x - columns.astype(np.int32)) ** 2
        first, later = nearest[window], second[window]
        np.minimum(later, np.maximum(first, distance), out=later)
        np.minimum(first, distance, out=first)
    return nearest, second


def _regions(instances: Tensor) -> np.ndarray:
    """Renumber the ids where scipy's list of boxes, one for each number, would get too long."""
    ids = instances.numpy(force=True)
    if ids.max() > ids.size:
        ids = np.unique(np.append(0, ids), return_inverse=True)[1][1:].reshape(ids.shape)
    return ids.astype(np.int32)
