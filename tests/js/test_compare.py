"""Chapter 10's JavaScript scores what segbook.metrics scores."""

import math

import numpy as np
import torch
from node import run_in_node
from scipy import ndimage

from segbook import metrics
from segbook.widgets import ModelCompare
from segbook.widgets.model_compare import MODELS, SCENES


def number(value: float) -> float | None:
    """Write nan, which JSON lacks, as null."""
    return None if math.isnan(value) else value


def judged(preds: torch.Tensor, ids: torch.Tensor) -> dict:
    preds, ids = preds[None], ids[None]
    labels, found = (ids > 0).long(), metrics.connected_components(preds > 0)
    counts = metrics.boundary_counts(preds, labels, num_classes=2, tolerance=1)
    hits = metrics.instance_counts(found, ids, thresholds=(0.5,))
    return {
        "preds": preds[0].tolist(), "ids": ids[0].tolist(),
        "iou": number(metrics.iou(metrics.confusion_matrix(preds, labels, num_classes=2))[1].item()),
        "boundary": number(metrics.boundary_f_score(counts)[1].item()),
        "ap": number(metrics.average_precision(hits)[0].item()),
        "merged": metrics.merged_cells(found, ids), "split": metrics.split_cells(found, ids),
    }  # fmt: skip


def random_maps() -> list[dict]:
    """Noise of every density and grain; empty and full maps; ids in pieces."""
    rng, vectors = np.random.default_rng(10), []
    for trial in range(250):
        shape = rng.integers(1, 15, 2)
        grain = trial % 3
        cells = ndimage.gaussian_filter(rng.standard_normal(shape), grain) > rng.normal(0, 0.3)
        ids = torch.from_numpy(cells * rng.integers(1, 5, shape) if trial % 5 else ndimage.label(cells)[0]).long()
        answer = ndimage.gaussian_filter(rng.standard_normal(shape) + (ids.numpy() > 0), grain) > rng.normal(0, 0.5)
        vectors.append(judged(torch.from_numpy(answer).long(), ids))
    blank, full = torch.zeros(3, 4, dtype=torch.int64), torch.ones(3, 4, dtype=torch.int64)
    return [*vectors, *(judged(a, b) for a in (blank, full) for b in (blank, full))]


def test_javascript_scores_as_segbook_does(tmp_path):
    figure = ModelCompare()
    scores = []
    for s, scene in enumerate(SCENES):
        figure.scene = scene
        scores += [
            {"scene": s, "model": m, **judged(figure.answer(model), figure.truth())} for m, model in enumerate(MODELS)
        ]
    vectors = {"maps": random_maps(), "stored": figure.maps, "scores": scores}
    run_in_node("compare.test.mjs", vectors, tmp_path)
