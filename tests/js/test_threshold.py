"""Chapter 9's JavaScript reads and scores cells as segbook does: on random masks and on all that Threshold stores."""

import math

import numpy as np
import torch
from node import run_in_node
from sampling import sampled
from scipy import ndimage

from segbook import metrics
from segbook.objects import instances_from, part_by_distance
from segbook.widgets import Threshold
from segbook.widgets.stored import READINGS, THRESHOLDS
from segbook.widgets.threshold import NETWORKS, SCENES


def blobs(rng, shape, kind):
    """Noise, smooth noise, discs or squares; a mask with background in it."""
    if kind == 0:
        mask = rng.random(shape) < rng.uniform(0.1, 0.95)
    elif kind == 1:
        mask = ndimage.gaussian_filter(rng.standard_normal(shape), rng.uniform(0.5, 4)) > rng.normal(0, 0.05)
    else:
        rows, columns = np.indices(shape)
        mask = np.zeros(shape, bool)
        for _ in range(rng.integers(1, 9)):
            y, x, r = rng.integers(shape[0]), rng.integers(shape[1]), rng.integers(1, 12)
            dy, dx = rows - y, columns - x
            mask |= dy**2 + dx**2 <= r * r + r if kind == 2 else np.maximum(abs(dy), abs(dx)) < r
    mask[0, 0] = False  # without background there is no distance to it
    return mask


def plateaus():
    """Squares in which two floods meet behind a saddle, so that it counts that a flood does not sink again."""
    rows, columns = np.indices((19, 10))
    squares = [(4, 0, 1), (17, 4, 5), (14, 2, 6), (7, 6, 9), (9, 9, 4), (11, 6, 7)]
    mask = np.any([np.maximum(abs(rows - y), abs(columns - x)) < r for y, x, r in squares], axis=0)
    mask[0, 0] = False
    return mask


def masks():
    """Every kind of mask in many shapes, and seeds that keep other distances than the figure's 5."""
    rng = np.random.default_rng(9)
    drawn = [plateaus(), *(blobs(rng, rng.integers(1, 60, 2), trial % 4) for trial in range(99))]
    return [
        {"mask": mask.astype(int).tolist(), "apart": apart, "ids": part_by_distance(mask, apart=apart).tolist()}
        for mask, apart in zip(drawn, 20 * (5, 5, 1, 2, 9), strict=True)
    ]


def number(value):
    """Write nan, which JSON lacks, as null."""
    return None if math.isnan(value) else value


def scored(levels, ids, threshold, reading):
    """Read cells from levels and score them, all with segbook."""
    found = instances_from((levels + 0.5) / 50, threshold=threshold, seeds=READINGS[reading])[None]
    labels, preds, cells = (ids > 0).long()[None], (found > 0).long(), ids[None]
    counts = metrics.instance_counts(found, cells, thresholds=(0.5,))
    return {
        "threshold": threshold, "reading": reading, "objects": int(found.max()), "found": int(counts[0, 0]),
        "iou": number(metrics.iou(metrics.confusion_matrix(preds, labels, num_classes=2))[1].item()),
        "ap": number(metrics.average_precision(counts)[0].item()),
        "merged": metrics.merged_cells(found, cells), "split": metrics.split_cells(found, cells),
    }  # fmt: skip


def random_maps():
    """Levels of noise of every grain, with ids that have little to do with them."""
    rng, vectors = np.random.default_rng(10), []
    for trial in range(24):
        shape = rng.integers(2, 30, 2)
        ids = ndimage.label(blobs(rng, shape, 1 + trial % 3))[0]
        noise = ndimage.gaussian_filter(rng.standard_normal(shape), trial % 4) * (1 + trial % 4)
        levels = np.clip(25 + 25 * (noise + (ids > 0) - 0.5), 0, 49).astype(np.int64)
        levels[0, 0] = 0
        reading = ("components", "watershed")[trial % 2]
        pair = torch.from_numpy(levels), torch.from_numpy(ids)
        scores = [scored(*pair, threshold, reading) for threshold in (0.3, 0.5, 0.74)]
        vectors.append({"levels": levels.tolist(), "ids": ids.tolist(), "scores": scores})
    return vectors


def stored(thresholds):
    """Score what the figure can show at these thresholds, read in both ways."""
    figure, answers = Threshold(), []
    for s, scene in enumerate(SCENES):
        figure.scene = scene
        for n, network in enumerate(NETWORKS):
            levels = (figure.probs(network) * 50 - 0.5).round().long()
            scores = [scored(levels, figure.truth(), t, reading) for reading in READINGS for t in thresholds]
            maps = {"levels": levels.tolist(), "ids": figure.truth().tolist()}
            answers.append({"scene": s, "network": n, **maps, "scores": scores})
    return {"maps": figure.maps, "thresholds": THRESHOLDS, "answers": answers}


def test_javascript_cuts_masks_as_segbook_does(tmp_path):
    run_in_node("watershed.test.mjs", {"masks": masks()}, tmp_path)


@sampled("thresholds", THRESHOLDS, 5)
def test_javascript_reads_and_scores_cells_as_segbook_does(thresholds, tmp_path):
    vectors = {"random": random_maps(), "stored": stored(thresholds)}
    run_in_node("reading.test.mjs", vectors, tmp_path)
