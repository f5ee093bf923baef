"""What makes the difference between chapter 11's first try and its network? One change after the other, three seeds.

    PYTHONPATH=. python benchmarks/from_first_try.py --out runs/from_first_try   # trains what is missing (an hour)

The first try is the small network that the chapter trained 21 times (`first_tries.py`): it has an AP of 0.06 to 0.78 on
the validation images, the recipe of the chapter's network 0.81 to 0.82 (`results/siblings.json`). They differ in how
long they train, in their crops and their learning rate, in their classes and in their width. Here each of these is
changed in turn. The first two rows train it here (`tried`); the others are the command by which the network was
trained, with other settings. Every reading is the best of eighteen on the validation images, as the chapter chooses it;
a network that learned a gap gets it back by growing by one pixel. The first try is also scored on the test images:
nothing is chosen by that. `results/from_first_try.json` has the scores.
"""

import argparse
import json
from functools import partial
from itertools import product
from pathlib import Path
from time import perf_counter

import torch
from real_images import Picture, parts
from run import machine
from siblings import READINGS, ap, counts, fields, interval, lead, otsu
from torch import Tensor

from segbook.data import Variations
from segbook.losses import cross_entropy
from segbook.models import UNet
from segbook.objects import instances_from
from segbook.pixel_weights import carve_touching, weight_map
from segbook.train import fit, predict, pretrained
from segbook.train.command import main as train

RESULTS = Path(__file__).parent / "results" / "from_first_try.json"
SEEDS = range(3)
TRY, BATCH, POOL = 40, 4, 120  # steps, crops of a step, and crops that are made, of the first try
STEPS, CROPS = 600, 8
COMMAND = ("--data", "sample", "--elastic", "0")
LONG, SHORT = ("--steps", "600", "--every", "50"), ("--steps", "40", "--batch-size", "4", "--every", "40")
TESTED = "first try"  # on the test images, too
GAP, BORDER = ("--target", "carved"), ("--target", "border")
# What the chapter's code is given (steps and crops of a step), or the command; each row changes one thing.
ROWS: dict[str, tuple] = {
    "first try": (TRY, BATCH),
    "longer": (STEPS, CROPS),
    "crops and rate": (*COMMAND, "--width", "8", *GAP, *LONG),
    "border": (*COMMAND, "--width", "8", *BORDER, *LONG),
    "recipe, short": (*COMMAND, "--width", "12", *BORDER, *SHORT),
}
PAIRS = (
    ("longer", "first try"),
    ("crops and rate", "longer"),
    ("border", "crops and rate"),
    ("border", "longer"),
    ("longer", "Otsu"),
    ("border", "Otsu"),
)
NOTE = (
    "AP on the 9 validation images, each network's reading the best of eighteen on the same images (connected regions "
    "or watershed, thresholds 0.1 to 0.9; with a gap in the target objects grow by one pixel). first try: "
    "width 8, depth 3, two classes with a gap, weight map, 40 steps of 4 crops of 96², turned, "
    "mirrored and bent by 10 pixels, Adam at 0.001. longer: 600 steps of 8, and 30 times as many crops. crops and "
    "rate: segbook train, crops of 128² that are only mirrored, Adam up to 0.002 and falling, no weights, the best of "
    "12 looks at the validation images. border: three classes in place of two. With width 12 in place of 8 this is "
    "the recipe of the chapter's network (siblings.json). recipe, short: that recipe with 40 steps of 4 crops. Seeds: "
    "of weights, crops and batches. Intervals of differences: other draws of seeds and of fields of view. The first "
    "try is also scored on the 18 test images, with the reading chosen before. Written by benchmarks/from_first_try.py."
)


def main() -> None:
    """Train what is missing, score, write."""
    parser = argparse.ArgumentParser(description="Lead from chapter 11's first try to its network, step by step.")
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps what was trained")
    folder = parser.parse_args().out
    torch.set_num_threads(1)
    images = parts()
    quick = ("first try", "recipe, short")
    order = [*product(SEEDS, quick), *((seed, name) for seed, name in product(SEEDS, ROWS) if name not in quick)]
    for seed, name in order:
        print(seed, name, learned(folder / f"{name.replace(' ', '-')}-{seed}", name, seed, images), flush=True)
    rows = [
        {"name": name, "seed": seed} | json.loads((folder / f"{name.replace(' ', '-')}-{seed}/row.json").read_text())
        for name, seed in product(ROWS, SEEDS)
    ]
    RESULTS.write_text(json.dumps(summed(rows, images), indent=1, ensure_ascii=False) + "\n", "utf-8")


def learned(out: Path, name: str, seed: int, images: dict[str, list[Picture]]) -> dict:
    """Train one network if it is missing, choose its reading, and keep its score.

    Args:
        out: The folder of its run.
        name: Of its row.
        seed: Of weights, crops and batches.
        images: By part.

    Returns:
        What the row keeps; the hits, false alarms and misses of every validation image at an IoU of 0.5, too.
    """
    if (out / "row.json").exists():
        return json.loads((out / "row.json").read_text("utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    start, settings, gap = perf_counter(), ROWS[name], "border" not in ROWS[name]
    if isinstance(settings[0], int):
        said, step = tried(*settings, seed, images), settings[0]
    else:
        given = [*settings, "--seed", str(seed), "--out", str(out)]
        if not (out / "metrics.json").exists() and (status := train(given)):
            raise SystemExit(f"python -m segbook.train {' '.join(given)} ended with {status}")
        net = pretrained(out / "model.pt")
        said = {"validation": [1 - net.probs(image)[0] for image, *_ in images["validation"]]}
        step = net.record["best step"]
    row = {"best step": step, "seconds": round(perf_counter() - start)}
    row |= read(said["validation"], images["validation"], gap)
    if name == TESTED:
        row["test"] = scored(said["test"], images["test"], gap, row["seeds"], row["threshold"])
    (out / "row.json").write_text(json.dumps(row) + "\n", "utf-8")
    return row


def tried(steps: int, batch: int, seed: int, images: dict[str, list[Picture]]) -> dict[str, list]:
    """Train a small network with weights; give the loss of every step and the probabilities of held-out images.

    Args:
        steps: To train.
        batch: Crops of a step. As many crops are made that each is drawn as often as in the first try.
        seed: Of weights, crops and batches.
        images: By part.
    """
    whole = [(image, ids) for image, *_, ids in images["train"]]
    pool = POOL * steps * batch // (TRY * BATCH)
    made = Variations(whole, pool, seed=seed, size=96, flip=True, degrees=180, sigma=10)

    def view(number: int) -> tuple[Tensor, Tensor, Tensor]:
        image, ids = made[number]
        return image, (carve_touching(ids) > 0).long(), weight_map(ids)

    torch.manual_seed(seed)
    model = UNet(1, 2, width=8, depth=3, padding=True).to(memory_format=torch.channels_last)  # faster so
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    draws = torch.randint(pool, (steps, batch), generator=torch.Generator().manual_seed(seed))
    batches = (tuple(map(torch.stack, zip(*map(view, draw.tolist()), strict=True))) for draw in draws)
    history = fit(model, batches, partial(cross_entropy, reduction="pixel_mean"), adam, steps=steps)
    return {"loss": history["loss"]} | {
        part: [predict(model, image[None]).softmax(dim=1)[0, 1] for image, *_ in images[part]]
        for part in ("validation", "test")
    }


def read(probs: list[Tensor], pictures: list[Picture], gap: bool) -> dict:
    """Choose the best reading of probabilities (H, W); of equals the first."""
    best: tuple[float, dict] = -1.0, {}
    for seeds, at in READINGS:
        found = [instances_from(p, threshold=at, seeds=seeds, smallest=20, grow=int(gap)) for p in probs]
        hits = counts(found, pictures)[:, 0]
        score = ap(hits.sum(0)[None]).nan_to_num().item()
        if score > best[0]:
            best = score, {"seeds": seeds, "threshold": at, "AP": round(score, 4), "hits": hits.int().tolist()}
    return best[1]


def scored(probs: list[Tensor], pictures: list[Picture], gap: bool, seeds: str, threshold: float) -> dict:
    """Score probabilities (H, W) with a reading that was chosen elsewhere."""
    found = [instances_from(p, threshold=threshold, seeds=seeds, smallest=20, grow=int(gap)) for p in probs]
    hits = counts(found, pictures)[:, 0]
    return {"AP": round(ap(hits.sum(0)[None]).item(), 4), "hits": hits.int().tolist()}


def summed(rows: list[dict], images: dict[str, list[Picture]]) -> dict:
    """Give each row, its range over the seeds, and how far rows are ahead of others."""
    groups = fields("validation")
    floor = otsu(images["validation"])[:, :1].double()
    hits = {
        name: torch.tensor([row["hits"] for row in rows if row["name"] == name])[:, :, None].double() for name in ROWS
    }
    hits["Otsu"] = floor.expand_as(hits["border"])
    summary = [
        {"row": name, "seeds": len(one), "AP": ", ".join(f"{each:.2f}" for each in sorted(one, reverse=True))}
        for name in ROWS
        for one in [[row["AP"] for row in rows if row["name"] == name]]
    ]
    differences = [
        {
            "row": first,
            "less": other,
            "AP": "{:.3f} ({:.3f} to {:.3f})".format(
                *interval(torch.stack([hits[first], hits[other]], dim=2), lead, groups)
            ),
        }
        for first, other in PAIRS
    ]
    return {
        "title": "From chapter 11's first try to its network",
        "note": NOTE,
        "machine": machine(),
        "Otsu": round(ap(floor.sum(0)).item(), 4),
        "rows": rows,
        "summary": summary,
        "differences": differences,
        "test": tested(rows, images["test"]),
    }


def tested(rows: list[dict], pictures: list[Picture]) -> dict[str, list[float]]:
    """Give the AP of the first try on test images, and by how much it exceeds that of Otsu's threshold."""
    groups, floor = fields("test"), otsu(pictures)[:, :1].double()
    hits = torch.tensor([row["test"]["hits"] for row in rows if row["name"] == TESTED])[:, :, None].double()
    pair = torch.stack([hits, floor.expand_as(hits)], dim=2)
    return {"AP": interval(hits, ap, groups), "ahead of Otsu": interval(pair, lead, groups)}


if __name__ == "__main__":
    main()
