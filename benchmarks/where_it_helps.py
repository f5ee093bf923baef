"""Where chapter 11's network helps: dim nuclei, the other fields, nuclei that touch.

    PYTHONPATH=. python benchmarks/where_it_helps.py --out runs/where     # trains what is missing there (minutes each)

The chapter's network is one of many that its recipe could have given, so what it finds is set beside three more of its
siblings, trained on whatever machine this runs on, and beside the floor. Each sibling's read-out is the best of
eighteen on the 9 validation images (`siblings.py`). `results/where_it_helps.json` has, for the 18 test images: the AP
of all, the AP without the field of image 8, how many nuclei of image 8 are found whose median grey lies below Otsu's
threshold (and how many there are), and how many nuclei are merged.
"""

import argparse
import json
from functools import partial
from pathlib import Path

import torch
from real_images import parts
from run import machine
from siblings import PARTS, RECIPES, ap, counts, fields, learned
from skimage.filters import threshold_otsu
from torch import Tensor

from segbook import metrics
from segbook.objects import instances_from
from segbook.train import pretrained

RESULTS = Path(__file__).parent / "results" / "where_it_helps.json"
SEEDS = 5, 6, 7  # siblings.py has 0 to 4
IMAGE = 8  # of the test images
NOTE = __doc__.split("\n\n")[2].replace("\n", " ")


def main() -> None:
    """Train what is missing, find the nuclei, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps trained networks")
    folder = parser.parse_args().out
    images = {part: pictures for part, pictures in parts().items() if part in PARTS}
    test = images["test"]
    masks = [image[0].clamp(0, 1) > threshold_otsu(image[0].clamp(0, 1).numpy()) for image, *_ in test]
    rows = {"floor": judged([instances_from(mask, seeds="distance", smallest=20, grow=1) for mask in masks], test)}
    rows["network"] = judged(found_by(pretrained("nuclei"), "distance", 0.7, test), test)
    for seed in SEEDS:
        out = folder / f"as-it-is-{seed}"
        row, _ = learned(out, RECIPES["as it is"], seed, images)
        found = found_by(pretrained(out / "model.pt"), row["seeds"], row["threshold"], test)
        rows[f"sibling {seed}"] = {"validation AP": row["validation"]["AP"]} | judged(found, test)
        print(seed, row, rows[f"sibling {seed}"], flush=True)
    kept = {"title": "Where chapter 11's network helps", "note": NOTE, "machine": machine(), "rows": rows}
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


def found_by(net, seeds: str, threshold: float, pictures) -> list[Tensor]:
    """Read a network's probabilities of all pictures as objects."""
    read = partial(instances_from, seeds=seeds, threshold=threshold, smallest=20)
    return [read(1 - net.probs(image)[0]) for image, *_ in pictures]


def judged(found: list[Tensor], pictures) -> dict[str, float | int]:
    """Count what was found on the test images, in all and where it matters."""
    hits, field = counts(found, pictures), fields("test")
    elsewhere = [n for n, one in enumerate(field) if one != field[IMAGE]]
    image, _, ids = pictures[IMAGE]
    grey = image[0].clamp(0, 1)
    cut = threshold_otsu(grey.numpy())
    dim = [number for number in ids.unique()[1:] if grey[ids == number].median() < cut]
    return {
        "AP": round(ap(hits.sum(0)).item(), 4),
        "AP elsewhere": round(ap(hits[elsewhere].sum(0)).item(), 4),
        "dim found": sum(best_iou(ids == number, found[IMAGE]) > 0.5 for number in dim),
        "dim": len(dim),
        "merged": sum(metrics.merged_cells(a[None], ids[None]) for a, (*_, ids) in zip(found, pictures, strict=True)),
    }


def best_iou(own: Tensor, found: Tensor) -> float:
    """Give the highest IoU of one nucleus with any object."""
    shared = torch.bincount(found[own], minlength=int(found.max()) + 1)
    return (shared / (torch.bincount(found.flatten()) + own.sum() - shared))[1:].max().item()


if __name__ == "__main__":
    main()
