"""Read cells off probabilities, and count per scene what became of them.

All scenes are handled as one stack (N, H, W), in which nothing connects one scene to the next: a hundred times faster
than scene by scene. Counts are additive, so every score and every bootstrap over scenes comes from them later.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy import ndimage, sparse
from skimage.segmentation import watershed
from torch import Tensor

from segbook.metrics.outlines import outlines
from segbook.pixel_weights import border_distances, carve_touching

CROSS = np.zeros((3, 3, 3), bool)
CROSS[1] = ndimage.generate_binary_structure(2, 1)
IOUS = (0.5, 0.75, 0.9)
BETWEEN = 4.0  # pixels: nearer than this to a second cell, an outline lies between cells
PEAKS = 9  # window of the watershed's peaks: at least 4 pixels apart
FIELDS = (
    *(f"found {iou}" for iou in IOUS), "objects", "cells", "merged", "split",
    "inter", "union", "inter carved", "union carved",
    *(f"{zone} {part}" for zone in ("outline", "between", "outer")
      for part in ("pred near", "pred", "true near", "true")),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Truth:
    """What a stack of scenes is scored against.

    Attributes:
        instances: True ids of every scene, before the carve.
        carved: The same with touching cells parted, on which networks are trained.
        between: Where an outline counts as lying between cells: within `BETWEEN` pixels of a second one.
    """

    instances: Int[np.ndarray, "N H W"]
    carved: Int[np.ndarray, "N H W"]
    between: Bool[np.ndarray, "N H W"]

    @classmethod
    def of(cls, instances: Tensor) -> "Truth":
        """Prepare a stack of true ids (N, H, W)."""
        carved = torch.stack([carve_touching(ids) for ids in instances])
        second = torch.stack([border_distances(ids)[1] for ids in carved])
        return cls(instances.numpy(), carved.numpy(), (second <= BETWEEN).numpy())


def components(mask: Bool[np.ndarray, "N H W"]) -> Int[np.ndarray, "N H W"]:
    """Number the connected pieces, through edges; numbers run on from scene to scene."""
    return ndimage.label(mask, structure=CROSS)[0]


def distinct(instances: Int[np.ndarray, "N H W"]) -> Int[np.ndarray, "N H W"]:
    """Renumber the ids of every scene so that no two scenes share one."""
    step = instances.max() + 1
    return np.where(instances > 0, instances + step * np.arange(len(instances))[:, None, None], 0)


def parted(mask: Bool[np.ndarray, "N H W"], *, window: int = PEAKS) -> Int[np.ndarray, "N H W"]:
    """Part a mask by a watershed from the peaks of its smoothed distance to the background.

    A peak is as high as all in a window of so many pixels around it: as a default, peaks are 4 pixels or more apart.
    As `segbook.objects.part_by_distance`, except that a piece without a peak of its own, a speck beside a larger piece,
    is dropped. The stored results were counted so.
    """
    distance = np.stack([ndimage.distance_transform_edt(scene) for scene in mask])
    smooth = ndimage.gaussian_filter(distance, (0, 1, 1))
    peaks = (smooth == ndimage.maximum_filter(smooth, (1, window, window))) & mask
    corners = np.zeros((3, 3, 3), bool)
    corners[1] = True
    markers = ndimage.label(peaks, structure=corners)[0]
    return watershed(-smooth, markers, connectivity=CROSS, mask=mask)


def count(
    found: Int[np.ndarray, "N H W"], truth: Truth, *, mask: Bool[np.ndarray, "N H W"] | None = None
) -> Int[np.ndarray, "N fields"]:
    """Count `FIELDS` in every scene.

    Args:
        found: Predicted ids, different in every scene; 0 is background.
        truth: What is true.
        mask: The predicted foreground, if it is more than `found`.
    """
    scenes, mask = len(found), found > 0 if mask is None else mask
    objects = _objects(found, truth.instances)
    true = truth.instances > 0
    columns = [*objects.T]
    for foreground in (true, truth.carved > 0):
        columns += [_sums(mask & foreground), _sums(mask | foreground)]
    outline, true_outline = outlines(mask), outlines(true)
    columns += _near(outline, true_outline, np.ones((scenes, 1, 1), bool))
    outline, true_outline = outlines(found), outlines(truth.carved)
    columns += _near(outline, true_outline, truth.between) + _near(outline, true_outline, ~truth.between)
    return np.stack(columns, axis=1).astype(np.int64)


def quick_count(found: Int[np.ndarray, "N H W"], truth: Truth) -> Int[np.ndarray, " fields"]:
    """Count objects and areas only, over all scenes: for curves and for tuning."""
    mask = found > 0
    carved, true = truth.carved > 0, truth.instances > 0
    areas = [(mask & true).sum(), (mask | true).sum(), (mask & carved).sum(), (mask | carved).sum()]
    return np.concatenate([_objects(found, truth.instances).sum(axis=0), areas])


def average_precision(counts: Int[np.ndarray, "*S fields"], iou: float = 0.5) -> Float[np.ndarray, "*S"]:
    """Divide found cells by all objects, predicted or missed."""
    found, objects, cells = (counts[..., FIELDS.index(name)] for name in (f"found {iou}", "objects", "cells"))
    return _ratio(found, objects + cells - found)


def area_iou(counts: Int[np.ndarray, "*S fields"], which: str = "") -> Float[np.ndarray, "*S"]:
    """Divide common by joint foreground; `which` is "" for the truth or " carved"."""
    return _ratio(counts[..., FIELDS.index("inter" + which)], counts[..., FIELDS.index("union" + which)])


def outline_f(counts: Int[np.ndarray, "*S fields"], zone: str) -> Float[np.ndarray, "*S"]:
    """Combine precision and recall of the outlines of a zone: outline, between, outer, or cell (the last two)."""
    start = {name: FIELDS.index(f"{name} pred near") for name in ("outline", "between", "outer")}
    picked = [start[zone]] if zone != "cell" else [start["between"], start["outer"]]
    pred_near, pred, true_near, all_true = sum(counts[..., i : i + 4] for i in picked).T
    precision, recall = _ratio(pred_near.T, pred.T), _ratio(true_near.T, all_true.T)
    return np.where(pred_near.T + true_near.T == 0, 0.0, _ratio(2 * precision * recall, precision + recall))


def _objects(found: np.ndarray, instances: np.ndarray) -> Int[np.ndarray, "N 7"]:
    """Match predicted with true objects, scene by scene, in one table of pairs."""
    scenes = len(found)
    scene = np.repeat(np.arange(scenes), found[0].size)
    step = instances.max() + 1
    true = np.where(instances.ravel() > 0, scene * step + instances.ravel(), 0)
    predicted = found.ravel()
    pred_area, true_area = np.bincount(predicted), np.bincount(true, minlength=scenes * step)
    pred_scene = np.zeros(len(pred_area), np.int64)
    pred_scene[predicted] = scene
    both = (predicted > 0) & (true > 0)
    ones, shape = np.ones(both.sum(), np.int64), (len(pred_area), len(true_area))
    table = sparse.coo_matrix((ones, (predicted[both], true[both])), shape=shape).tocsr().tocoo()
    overlap, p, t = table.data, table.row, table.col
    iou = overlap / (pred_area[p] + true_area[t] - overlap)
    held, holds = overlap > 0.5 * true_area[t], overlap > 0.5 * pred_area[p]
    cells_held = np.bincount(p[held], minlength=len(pred_area))
    pieces = np.bincount(t[holds], minlength=len(true_area))
    merged = held & (cells_held[p] > 1)
    split = np.flatnonzero(pieces > 1)
    per_scene = [np.bincount(pred_scene[p[iou > level]], minlength=scenes) for level in IOUS]
    true_ids = np.flatnonzero(true_area[1:]) + 1
    per_scene += [
        np.bincount(pred_scene[1:][pred_area[1:] > 0], minlength=scenes),
        np.bincount(true_ids // step, minlength=scenes),
        np.bincount(pred_scene[p[merged]], minlength=scenes),
        np.bincount(split // step, minlength=scenes),
    ]
    return np.stack(per_scene, axis=1)


def _near(here: np.ndarray, there: np.ndarray, zone: np.ndarray) -> list[np.ndarray]:
    """Count outline pixels of a zone, and those with one of the other outline at most a pixel away."""
    near, there_near = ndimage.binary_dilation(there, CROSS), ndimage.binary_dilation(here, CROSS)
    return [_sums(here & near & zone), _sums(here & zone), _sums(there & there_near & zone), _sums(there & zone)]


def _sums(masks: np.ndarray) -> np.ndarray:
    return masks.reshape(len(masks), -1).sum(axis=1)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0)
