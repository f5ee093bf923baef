"""Give chapter 11's floor the better threshold of chapter 3: the mean of a square around each pixel, plus a margin.

    PYTHONPATH=. python benchmarks/local_floor.py     # a minute or two on two cores

Chapter 11 compares its network with Otsu's threshold, one value for a whole image. Chapter 3 found that a local
threshold marks nuclei better, above all where there is a glow. Here it has the same watershed, and its window, margin
and growth are the best of 72 settings on the 9 validation images, as the growth of Otsu's objects is. Then it is scored
on the 18 test images. The best setting of every other window is scored there, too, to show that the choice of the
window does not decide; none of them was used to choose. `results/local_floor.json` has the scores.
"""

import json
from itertools import product
from pathlib import Path

import torch
from real_images import parts
from skimage.filters import threshold_local, threshold_otsu
from torch import Tensor

from segbook import metrics
from segbook.data import nuclei as load
from segbook.data import nuclei_fields
from segbook.objects import instances_from
from segbook.train import pretrained

RESULTS = Path(__file__).parent / "results" / "local_floor.json"
SIZES = (31, 61, 121, 241)
MARGINS = (0, 0.02, 0.05, 0.1, 0.15, 0.2)  # as in chapter 3
GROWTH = (0, 1, 2)
CROWD = 8  # the test image with dim nuclei that the chapter shows
NOTE = (
    "Floors of chapter 11 on its images: Otsu's threshold, grown by one pixel, and the local threshold of chapter 3, "
    "which marks what is brighter than the mean of a square around it by a margin; both with the same watershed. "
    "Window, margin and growth are the best on 9 validation images; 18 test images, scored with the intervals of other "
    "draws of fields. Written by benchmarks/local_floor.py."
)


def main() -> None:
    """Choose on validation images, score on test images, write."""
    images = parts()
    validation, test = images["validation"], images["test"]
    names = load("test").names
    fields = [nuclei_fields()[name] for name in names]
    chosen = {}
    for size in SIZES:
        around = [mean_around(image, size) for image, *_ in validation]
        tried = {}
        for margin, grow in product(MARGINS, GROWTH):
            found = [by_local(image, one, margin, grow) for (image, *_), one in zip(validation, around, strict=True)]
            tried[margin, grow] = ap(hits_of(found, validation).sum(0)).item()
        margin, grow = max(tried, key=lambda setting: tried[setting])
        chosen[size] = {"size": size, "margin": margin, "grow": grow, "validation": round(tried[margin, grow], 4)}
        print(chosen[size], flush=True)
    best = max(chosen, key=lambda size: chosen[size]["validation"])

    net = pretrained("nuclei")
    answers = {
        "network": [net.instances(image) for image, *_ in load("test")],
        "Otsu": [by_otsu(image) for image, *_ in test],
    }
    for size, setting in chosen.items():
        rule = setting["margin"], setting["grow"]
        answers[f"local {size}"] = [by_local(image, mean_around(image, size), *rule) for image, *_ in test]
    hits = {name: hits_of(found, test) for name, found in answers.items()}
    rows = [{"name": name} | scores(answers[name], hits[name], test, fields) for name in answers]
    for row in rows:
        print(row, flush=True)
    leads = [
        {"first": first, "other": other} | lead(hits[first], hits[other], fields)
        for first, other in [("network", "Otsu"), ("network", f"local {best}"), (f"local {best}", "Otsu")]
    ]
    for row in leads:
        print(row, flush=True)
    table = {"title": "A local threshold as the floor", "note": NOTE, "chosen": list(chosen.values()), "best": best,
             "test": rows, "leads": leads}  # fmt: skip
    RESULTS.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", "utf-8")


def mean_around(image: Tensor, size: int) -> Tensor:
    """Give the mean of the square of `size` pixels around each pixel."""
    return torch.from_numpy(threshold_local(image[0].clamp(0, 1).numpy(), size, method="mean"))


def by_local(image: Tensor, around: Tensor, margin: float, grow: int) -> Tensor:
    """Give ids (H, W) of what is brighter than its surroundings by a margin, cut by the chapter's watershed."""
    mask = image[0].clamp(0, 1) > around + margin
    return instances_from(mask, seeds="distance", smallest=20, grow=grow)


def by_otsu(image: Tensor) -> Tensor:
    """Give the ids of the chapter's floor."""
    grey = image[0].clamp(0, 1)
    return instances_from(grey > float(threshold_otsu(grey.numpy())), seeds="distance", smallest=20, grow=1)


def hits_of(found, pictures) -> Tensor:
    """Count hits, false alarms and misses at an IoU of 0.5, a row for each image."""
    pairs = zip(found, pictures, strict=True)
    return torch.cat([metrics.instance_counts(one[None], ids[None], thresholds=(0.5,)) for one, (*_, ids) in pairs])


def ap(hits: Tensor) -> Tensor:
    """Give AP of summed counts."""
    return metrics.average_precision(hits[None])[0]


def scores(found, hits: Tensor, test, fields: list) -> dict:
    """Score the answers to the test images: AP, without the crowd's field, dim nuclei found, error of the number."""
    hit, alarm, miss = hits.T
    off = (alarm - miss) / (hit + miss)
    rest = [n for n, field in enumerate(fields) if field != fields[CROWD]]
    grey, ids = test[CROWD][0][0].clamp(0, 1), test[CROWD][-1]
    cut = float(threshold_otsu(grey.numpy()))
    dim = [own for own in (ids == n for n in ids.unique()[1:]) if grey[own].median() < cut]
    return {
        "AP": round(ap(hits.sum(0)).item(), 4),
        "AP without the field": round(ap(hits[rest].sum(0)).item(), 4),
        "dim nuclei": len(dim),
        "dim nuclei found": sum(best_iou(own, found[CROWD]) > 0.5 for own in dim),
        "hits": int(hit.sum()),
        "false alarms": int(alarm.sum()),
        "missed": int(miss.sum()),
        "number off by": round(off.abs().mean().item(), 4),
        "number off from": round(off.min().item(), 4),
        "number off to": round(off.max().item(), 4),
        "each": hits.tolist(),
    }


def best_iou(own: Tensor, found: Tensor) -> float:
    """Give the highest IoU that one nucleus has with any object."""
    shared = torch.bincount(found[own], minlength=int(found.max()) + 1)
    return (shared / (torch.bincount(found.flatten()) + own.sum() - shared))[1:].max().item()


def lead(one: Tensor, other: Tensor, fields: list) -> dict:
    """Give how much higher one AP is and how much smaller one error of the number, each with its interval."""
    off = [(hits[:, 1] - hits[:, 2]).abs() / (hits[:, 0] + hits[:, 2]) for hits in (one, other)]
    ahead = metrics.paired_difference(one, other, ap, groups=fields)
    less = metrics.paired_difference(off[1], off[0], groups=fields)
    rest = [n for n, field in enumerate(fields) if field != fields[CROWD]]
    without = ap(one[rest].sum(0)) - ap(other[rest].sum(0))
    return {
        "AP": [round(float(n), 4) for n in ahead],
        "AP without the field": round(without.item(), 4),
        "number off by less": [round(float(n), 4) for n in less],
    }


if __name__ == "__main__":
    main()
