"""Train the package's network for nuclei again, with other seeds, with bent crops and with the weight map.

    PYTHONPATH=. python benchmarks/siblings.py --out runs/siblings     # trains what is missing there (minutes each)

Chapter 11 carries one network. What is said of its recipe needs other seeds of it, and what is said of bending and of
weights needs the same recipe with and without them. Every run is the command by which that network was trained
(`segbook/train/nuclei.json`) with another seed or one more setting. Its read-out is chosen on the 9 validation images,
as the chapter does it; then the 18 test images are scored. `results/siblings.json` has the scores.
"""

import argparse
import json
from functools import partial
from itertools import product
from pathlib import Path

import torch
from real_images import READINGS, ap, parts, rounded
from run import machine
from skimage.filters import threshold_otsu
from torch import Tensor

from segbook import metrics
from segbook.objects import instances_from
from segbook.train import pretrained
from segbook.train.command import main as train

RESULTS = Path(__file__).parent / "results" / "siblings.json"
SEEDS = range(5)
RECIPES = {"as it is": ("--elastic", "0"), "bent": ("--elastic", "10"), "weights": ("--elastic", "0", "--w0", "10")}
PARTS = ("validation", "test")
NOTE = (
    "The recipe of the network that the package carries (width 12, depth 3, 600 steps of 8 crops of 128²), with five "
    "seeds, as it is, with crops bent elastically (standard deviation 10 pixels), and with the weight map (w₀ = 10, "
    "σ = 5). The read-out of each network is the best of eighteen on 9 validation images; then 18 test images. "
    "Intervals: other draws of images, the counts of all seeds added. Written by benchmarks/siblings.py."
)


def main() -> None:
    """Train what is missing, score, write."""
    parser = argparse.ArgumentParser(description="Train the package's network again, with other seeds.")
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps trained networks")
    folder = parser.parse_args().out
    images = {part: pictures for part, pictures in parts().items() if part in PARTS}
    rows: list[dict] = []
    hits: dict[tuple[str, int], dict[str, Tensor]] = {}
    for (recipe, settings), seed in product(RECIPES.items(), SEEDS):
        out = folder / f"{recipe.replace(' ', '-')}-{seed}"
        row, hits[recipe, seed] = learned(out, settings, seed, images)
        rows.append({"recipe": recipe, "seed": seed} | row)
        print(rows[-1], flush=True)
    plain = {part: otsu(pictures) for part, pictures in images.items()}
    RESULTS.write_text(json.dumps(summed(rows, hits, plain), indent=1, ensure_ascii=False) + "\n", "utf-8")


def learned(out: Path, settings: tuple[str, ...], seed: int, images: dict) -> tuple[dict, dict[str, Tensor]]:
    """Train one network if it is missing, choose its read-out, and score it.

    Args:
        out: The folder of its run.
        settings: What its recipe adds.
        seed: Of its first weights and its batches.
        images: By part.

    Returns:
        What the table keeps, and by part the hits, false alarms and misses of every image at every IoU.
    """
    command = ["--data", "sample", "--width", "12", "--steps", "600", "--every", "50", *settings]
    if not (out / "metrics.json").exists() and (status := train([*command, "--seed", str(seed), "--out", str(out)])):
        raise SystemExit(f"python -m segbook.train {' '.join(command)} ended with {status}")
    net = pretrained(out / "model.pt")
    probs = {part: [1 - net.probs(image)[0] for image, *_ in images[part]] for part in PARTS}
    ways = [partial(instances_from, threshold=at, seeds=seeds, smallest=20) for seeds, at in READINGS]
    best = max(ways, key=lambda way: ap(counts(map(way, probs["validation"]), images["validation"]).sum(0)).item())
    hits = {part: counts(map(best, probs[part]), images[part]) for part in PARTS}
    row = {"best step": net.record["best step"], "seconds": round(net.record["seconds"])}
    row |= {"seeds": best.keywords["seeds"], "threshold": best.keywords["threshold"]}
    for part in PARTS:
        found = [best(one) for one in probs[part]]
        pairs = [(one[None], ids[None]) for one, (*_, ids) in zip(found, images[part], strict=True)]
        nuclei = sum(len(ids.unique()) - 1 for _, ids in pairs)
        row[part] = {
            "AP": round(ap(hits[part].sum(0)).item(), 4),
            "merged": round(sum(metrics.merged_cells(*pair) for pair in pairs) / nuclei, 4),
        }
    return row, hits


def counts(found, pictures) -> Tensor:
    """Count hits, false alarms and misses, for each image and IoU."""
    pairs = zip(found, pictures, strict=True)
    return torch.stack(
        [
            metrics.instance_counts(one[None], ids[None], thresholds=metrics.IOU_THRESHOLDS[:9])
            for one, (*_, ids) in pairs
        ]
    )


def otsu(pictures) -> Tensor:
    """Count for Otsu's threshold and a watershed, grown by one pixel, as chapter 11 chooses it."""
    greys = [image[0].clamp(0, 1) for image, *_ in pictures]
    masks = (grey > float(threshold_otsu(grey.numpy())) for grey in greys)
    return counts((instances_from(mask, seeds="distance", smallest=20, grow=1) for mask in masks), pictures)


def summed(rows: list[dict], hits: dict, plain: dict[str, Tensor]) -> dict:
    """Compare the recipes image by image, the counts of all seeds added."""
    added = {recipe: {p: torch.stack([hits[recipe, s][p] for s in SEEDS]).sum(0) for p in PARTS} for recipe in RECIPES}
    added["Otsu"] = {part: len(SEEDS) * plain[part] for part in PARTS}
    recipes = [
        {"recipe": recipe, "part": part, "AP": rounded(metrics.bootstrap_interval(added[recipe][part], ap))}
        for recipe, part in product(added, PARTS)
    ]
    pairs = [("bent", "as it is"), ("weights", "as it is"), ("as it is", "Otsu")]
    differences = [
        {
            "first": a,
            "other": b,
            "part": part,
            "AP": rounded(metrics.paired_difference(added[a][part], added[b][part], ap)),
        }
        for (a, b), part in product(pairs, PARTS)
    ]
    return {"title": "The package's network, trained again", "note": NOTE, "machine": machine(), "rows": rows,
            "recipes": recipes, "differences": differences}  # fmt: skip


if __name__ == "__main__":
    main()
