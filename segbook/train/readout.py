"""From a network's probabilities to objects: the read-out that is best on validation images, and the scores of it."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

import torch
from skimage.filters import threshold_otsu
from torch import Tensor, nn

from segbook import metrics, objects
from segbook.data import LabelledImages
from segbook.train.parts import Parts
from segbook.train.tiles import predict

IOUS = metrics.IOU_THRESHOLDS[:9]  # 0.5 … 0.9


@dataclass(frozen=True)
class Readout:
    """How objects are read off probabilities: `objects.instances_from` with these settings.

    Attributes:
        maps: Which map is thresholded: "all" hands over all classes; "foreground" all but the background together.
        seeds: As in `instances_from`.
        threshold: As in `instances_from`.
        apart: As in `instances_from`.
        smallest: As in `instances_from`.
        grow: As in `instances_from`.
    """

    maps: str = "foreground"
    seeds: str = "distance"
    threshold: float = 0.5
    apart: int = 5
    smallest: int = 10
    grow: int = 0

    def __call__(self, probs: Tensor) -> Tensor:
        """Turn the probabilities of images (N, C, H, W) into ids (N, H, W)."""
        options = asdict(self)
        given = 1 - probs[:, 0] if options.pop("maps") == "foreground" else probs
        return objects.instances_from(given, **options)

    def all(self, probs: Iterable[Tensor]) -> list[Tensor]:
        """Turn the probabilities (C, H, W) of each image, of any sizes, into ids (H, W)."""
        return [self(one[None])[0] for one in probs]


# By the number of classes, where `tune` starts. The first one scores a network while it is trained. A target of two
# classes was carved, and objects grow to get the pixel of the gap back; with three, borders are foreground.
STARTS = {
    2: (Readout(grow=1), Readout(seeds="components", grow=1)),
    3: (Readout(), Readout(seeds="components"), Readout("all", "border")),
}
TRIED: dict[str, tuple[float | int, ...]] = {
    "threshold": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    "apart": (3, 5, 7, 9),
    "smallest": (0, 10, 20, 40),
}


def tune(probs: Sequence[Tensor], truths: Sequence[Tensor], starts: Sequence[Readout]) -> Readout:
    """Choose the read-out with the highest AP at an IoU of 0.5; of equals the one with the higher mean AP.

    The best of `starts` is taken, and then one setting after the other: the best of `TRIED`, the others as they are.

    Args:
        probs: Probabilities of every validation image, (C, H, W).
        truths: True ids of each, (H, W).
        starts: `STARTS` of so many classes, or others.
    """

    @cache
    def merit(readout: Readout) -> tuple[float, float]:
        pairs = zip(readout.all(probs), truths, strict=True)
        counts = [metrics.instance_counts(ids[None], truth[None], thresholds=IOUS) for ids, truth in pairs]
        ap = metrics.average_precision(torch.stack(counts).sum(dim=0)).nan_to_num()
        return ap[0].item(), ap.mean().item()

    best = max(starts, key=merit)
    for name, values in TRIED.items():
        if name != "apart" or best.seeds == "distance":
            best = max((replace(best, **{name: value}) for value in values), key=merit)
    return best


def probabilities(model: nn.Module, pictures: LabelledImages) -> list[Tensor]:
    """Give the probabilities (C, H, W) of every picture of a dataset, on the CPU, each image whole or tile by tile."""
    return [predict(model, image[None]).softmax(dim=1)[0].cpu() for image, *_ in pictures]


def foreground_by_otsu(image: Tensor) -> Tensor:
    """Mark what is brighter than Otsu's threshold: what can be had without learning.

    Args:
        image: (C, H, W), bright objects on dark ground.

    Returns:
        Probabilities 0 and 1 of background and object, (2, H, W), as a network would give them.
    """
    grey = image.mean(dim=0)
    mask = grey > float(threshold_otsu(grey.numpy()))
    return torch.stack([~mask, mask]).float()


def evaluate(model: nn.Module, parts: Parts) -> tuple[Readout | None, dict[str, Any]]:
    """Tune the read-out on the validation images, and score the test images with it, once.

    Args:
        model: Trained.
        parts: The images.

    Returns:
        The read-out, None for masks of classes; and the scores under "validation" and "test". Ids are also scored for
        Otsu's threshold with the watershed, tuned alike, under "test of Otsu".
    """
    probs = {part: probabilities(model, getattr(parts, part)) for part in ("validation", "test")}
    truths = {part: [maps[-1] for _, *maps in getattr(parts, part)] for part in probs}
    if not parts.instances:
        classes = {part: [p.argmax(dim=0) for p in probs[part]] for part in probs}
        count = len(probs["test"][0])
        return None, {part: score_classes(classes[part], truths[part], count) for part in probs}
    readout = tune(probs["validation"], truths["validation"], STARTS[len(probs["test"][0])])
    scores = {part: score_objects(readout.all(probs[part]), truths[part]) for part in probs}
    plain = {part: [foreground_by_otsu(image) for image, *_ in getattr(parts, part)] for part in probs}
    chosen = tune(plain["validation"], truths["validation"], [Readout()])
    return readout, scores | {"test of Otsu": score_objects(chosen.all(plain["test"]), truths["test"])}


def validate(model: nn.Module, pictures: LabelledImages) -> float:
    """Score a network while it is trained: mean AP of the plain watershed for ids, mean IoU for classes.

    Args:
        model: As it is.
        pictures: The validation images.
    """
    probs, truths = probabilities(model, pictures), [maps[-1] for _, *maps in pictures]
    if not pictures.instances:
        return score_classes([p.argmax(dim=0) for p in probs], truths, len(probs[0]))["mean IoU"][0]
    readout = STARTS[len(probs[0])][0]
    pairs = zip(readout.all(probs), truths, strict=True)
    counts = [metrics.instance_counts(ids[None], truth[None], thresholds=IOUS) for ids, truth in pairs]
    return metrics.average_precision(torch.stack(counts).sum(dim=0)).mean().item()


def score_objects(
    found: Sequence[Tensor], truths: Sequence[Tensor], groups: Sequence[Hashable] | None = None
) -> dict[str, Any]:
    """Count image by image, and give every score with the interval of other draws of the images.

    Args:
        found: Ids (H, W) of every image.
        truths: The true ids.
        groups: What is drawn together, as in `metrics.bootstrap_interval`.

    Returns:
        AP at the IoUs 0.50 … 0.90, each [score, low, high], and its mean; the share of cells that are merged and that
        are split; the IoU of foreground; how many cells there are. Under "each", for every image, what AP at 0.50 and
        the share of merged cells divide, so that two runs can be compared image by image.
    """
    matches, areas, cells = [], [], []
    for ids, truth in zip(found, truths, strict=True):
        pair = ids[None], truth[None]
        counts = metrics.instance_counts(*pair, thresholds=IOUS)
        matches.append(torch.stack([counts[:, 0], counts.sum(dim=1)], dim=1))
        areas.append(torch.stack([((ids > 0) & (truth > 0)).sum(), ((ids > 0) | (truth > 0)).sum()]))
        number = len(truth[truth > 0].unique())
        cells.append([[metrics.merged_cells(*pair), number], [metrics.split_cells(*pair), number]])
    hits, shares = torch.stack(matches), torch.tensor(cells)
    return {
        "AP": {f"{iou:.2f}": _interval(hits[:, number], groups) for number, iou in enumerate(IOUS)},
        "mean AP": _interval(hits, groups),
        "merged": _interval(shares[:, 0], groups),
        "split": _interval(shares[:, 1], groups),
        "IoU": _interval(torch.stack(areas), groups),
        "cells": int(shares[:, 0, 1].sum()),
        "images": len(found),
        "each": {"AP 0.50": hits[:, 0].tolist(), "merged": shares[:, 0].tolist()},
    }


def score_classes(preds: Sequence[Tensor], truths: Sequence[Tensor], num_classes: int) -> dict[str, Any]:
    """Score class maps: the IoU of every class, and for two classes the adapted Rand error of connected pieces of 1.

    Args:
        preds: Predicted classes (H, W) of every image.
        truths: The true classes.
        num_classes: How many there are.
    """
    pairs = list(zip(preds, truths, strict=True))
    tables = torch.stack([metrics.confusion_matrix(p[None], t[None], num_classes=num_classes) for p, t in pairs])
    both = tables.diagonal(dim1=1, dim2=2)
    areas = torch.stack([both, tables.sum(dim=1) + tables.sum(dim=2) - both], dim=2)
    scores: dict[str, Any] = {f"IoU of class {k}": _interval(areas[:, k]) for k in range(num_classes)}
    scores["mean IoU"] = _interval(areas)
    if num_classes == 2:
        pieces = [[metrics.connected_components(ids[None] == 1) for ids in pair] for pair in pairs]
        together = torch.stack([metrics.pair_counts(*pair) for pair in pieces])
        wrong = torch.stack([together[:, 1:].sum(dim=1) - 2 * together[:, 0], together[:, 1:].sum(dim=1)], dim=1)
        scores["adapted Rand error"] = _interval(wrong)
    return scores | {"images": len(pairs)}


def _interval(counts: Tensor, groups: Sequence[Hashable] | None = None) -> list[float]:
    """Divide sums over the images, and average the shares if there are several; with the interval of other draws.

    Every score here is a share, so what `segbook.metrics` would say of the counts is a division, and a thousand draws
    are quick.

    Args:
        counts: Parts and wholes, (N, 2) or (N, K, 2).
        groups: What is drawn together, as in `metrics.bootstrap_interval`.

    Returns:
        Score and ends, rounded; of a single image only the score.
    """

    def share(total: Tensor) -> Tensor:
        return (total[..., 0] / total[..., 1]).nanmean()

    if len(counts) < 2:
        return [round(share(counts.sum(dim=0)).item(), 4)]
    return [round(number, 4) for number in metrics.bootstrap_interval(counts, share, groups=groups)]
