"""Train the package's network for nuclei again, with other seeds, with bent crops and with the weight map.

    PYTHONPATH=. python benchmarks/siblings.py --out runs/siblings     # trains what is missing there (minutes each)

Chapter 11 carries one network. What is said of its recipe needs other seeds of it, and what is said of bending and of
weights needs the same recipe with and without them. Every run is the command by which that network was trained
(`segbook/train/nuclei.json`) with another seed or one more setting. Its read-out is chosen on the 9 validation images,
as the chapter does it; then the 18 test images are scored. `results/siblings.json` has the scores.

The chapter's figure of results has no torch, so it shows stored answers of Otsu (Otsu's threshold for the whole
image, not grown) and of the network: the files that begin with `results_browser` in `segbook/widgets/data`.
"""

import argparse
import json
import math
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from model_compare import GREYS, save
from real_images import DATA, LEVELS, SIZE, VALIDATION, Picture, answers, levels, parts, window
from run import machine
from skimage.filters import threshold_otsu
from torch import Tensor, nn

from segbook import metrics
from segbook.data import nuclei, nuclei_fields
from segbook.objects import instances_from
from segbook.train import pretrained
from segbook.train.command import main as train

RESULTS = Path(__file__).parent / "results" / "siblings.json"
SEEDS = range(5)
ROUNDS = 1000  # draws of an interval
RECIPES = {"as it is": ("--elastic", "0"), "bent": ("--elastic", "10"), "weights": ("--elastic", "0", "--w0", "10")}
READINGS = tuple(product(("components", "distance"), [n / 10 for n in range(1, 10)]))
SHOWN = {  # number of the validation image, row and column
    "a few": (22, 52, 20),
    "a crowd": (2, 160, 0),
    "many small ones": (11, 70, 85),
    "large ones": (31, 140, 96),
    "dim ones": (31, 160, 20),
}
PARTS = ("validation", "test")
NOTE = (
    "The recipe of the network that the package carries (width 12, depth 3, 600 steps of 8 crops of 128²), with five "
    "seeds, as it is, with crops bent elastically (standard deviation 10 pixels), and with the weight map (w₀ = 10, "
    "σ = 5). The read-out of each network is the best of eighteen on 9 validation images; then 18 test images. "
    "Intervals: other draws of seeds and of fields of view, each with all its images, the same for both recipes, the "
    "counts of all seeds added. Written by benchmarks/siblings.py."
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
    write_browser(images["validation"], pretrained("nuclei").model)


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
    row = {name: net.record[name] for name in ("best step", "machine")} | {"seconds": round(net.record["seconds"])}
    row["machine"] = row["machine"]["device"]
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
    """Compare the recipes seed by seed and image by image, the counts of all seeds added."""
    stacked = {
        recipe: {part: torch.stack([hits[recipe, seed][part] for seed in SEEDS]) for part in PARTS}
        for recipe in RECIPES
    }
    stacked["Otsu"] = {part: plain[part].expand(len(SEEDS), *plain[part].shape) for part in PARTS}
    recipes = [
        {"recipe": recipe, "part": part, "AP": interval(stacked[recipe][part], ap, fields(part))}
        for recipe, part in product(stacked, PARTS)
    ]
    pairs = [("bent", "as it is"), ("weights", "as it is"), ("as it is", "Otsu")]
    differences = [
        {
            "first": first,
            "other": other,
            "part": part,
            "AP": interval(torch.stack([stacked[first][part], stacked[other][part]], dim=2), lead, fields(part)),
        }
        for (first, other), part in product(pairs, PARTS)
    ]
    return {"title": "The package's network, trained again", "note": NOTE, "machine": machine(), "rows": rows,
            "recipes": recipes, "differences": differences}  # fmt: skip


def fields(part: str) -> list[int]:
    """List the field of view of every image of the validation or the test part."""
    names = nuclei("train").names if part == "validation" else nuclei("test").names
    return [nuclei_fields()[names[n]] for n in (VALIDATION if part == "validation" else range(len(names)))]


def interval(counts: Tensor, score: Callable[[Tensor], Tensor], groups: list[int]) -> list[float]:
    """Score the counts of all seeds and images, and give the middle 95 % of what other draws of both would give.

    Args:
        counts: Of every seed and image, (S, N, ...).
        score: Of added counts (..., with a dimension for the draws before them).
        groups: The field of every image: images of one field are drawn together.

    Returns:
        The score and both ends, with four digits.
    """
    rng, seeds = np.random.default_rng(0), len(counts)
    known, own = np.unique(groups, return_inverse=True)
    times = torch.from_numpy(rng.multinomial(len(known), np.full(len(known), 1 / len(known)), ROUNDS)[:, own])
    chosen = torch.from_numpy(rng.multinomial(seeds, np.full(seeds, 1 / seeds), ROUNDS))
    drawn = torch.einsum("ri,rs,si...->r...", times.double(), chosen.double(), counts.double())
    whole = score(counts.sum(dim=(0, 1))[None])[0]
    low, high = score(drawn).quantile(torch.tensor([0.025, 0.975], dtype=torch.float64))
    return [round(value.item(), 4) for value in (whole, low, high)]


def ap(hits: Tensor) -> Tensor:
    """Turn added counts (..., IoUs, 3) into the AP at 0.5."""
    found, false_alarms, missed = hits[..., 0, :].double().unbind(-1)
    return found / (found + false_alarms + missed)


def lead(hits: Tensor) -> Tensor:
    """Turn the added counts of two recipes (..., 2, IoUs, 3) into the difference of their APs."""
    first, other = ap(hits).unbind(-1)
    return first - other


def write_browser(pictures: list[Picture], model: nn.Module) -> None:
    """Write what the figure ResultsBrowser stores."""
    sheets: dict[str, list[np.ndarray]] = {"images": [], "ids": [], "Otsu": [], "network": []}
    curves = []
    for number, row, column in SHOWN.values():
        picture = pictures[VALIDATION.index(number)]
        image, ids = window(picture, row, column)
        sheets["images"].append((image.clamp(0, 1) * (GREYS - 1)).round().byte().numpy())
        sheets["ids"].append(ids.byte().numpy())
        grey = picture[0][0].clamp(0, 1)
        said = [(grey > float(threshold_otsu(grey.numpy()))).float(), *answers(model, [picture])]
        for name, probs in zip([*sheets][2:], said, strict=True):
            sheets[name].append(levels(probs[row : row + SIZE, column : column + SIZE]))
        curves.append([ap_curves(sheets[name][-1], ids) for name in [*sheets][2:]])
    rows = {name: np.concatenate(tiles, axis=1) for name, tiles in sheets.items()}
    save(rows.pop("images") * (255 // (GREYS - 1)), DATA / "results_browser_images.png")
    save(np.concatenate([*rows.values()]), DATA / "results_browser.png")
    text = {
        "note": NOTE,
        "machine": machine(),
        "methods": [*sheets][2:],
        "scenes": [*SHOWN],
        "size": SIZE,
        "curves": curves,
    }
    (DATA / "results_browser.json").write_text(json.dumps(text, ensure_ascii=False) + "\n", "utf-8")


def ap_curves(tile: np.ndarray, ids: Tensor) -> list[list[int | None]]:
    """Give the thousandths of AP at all thresholds, by components and by watershed; None where nothing is counted."""
    probs, found = (torch.from_numpy(tile) + 0.5) / LEVELS, []
    for seeds in ("components", "distance"):
        hits = [
            metrics.instance_counts(
                instances_from(probs, threshold=n / LEVELS, seeds=seeds)[None], ids[None], thresholds=(0.5,)
            )
            for n in range(1, LEVELS)
        ]
        values = [metrics.average_precision(one).item() for one in hits]
        found.append([None if math.isnan(value) else round(1000 * value) for value in values])
    return found


if __name__ == "__main__":
    main()
