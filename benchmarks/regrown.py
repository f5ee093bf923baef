"""Do weights cost area? Cells that are grown back, over seeds, for chapter 9: `python benchmarks/regrown.py`.

For each seed two U-Nets learn from the same first weights and the same batches, one of them with U-Net's weight map, as
in `threshold.py`. Their answers are read at one threshold, by a watershed at ½ or above a threshold of its own, and
at two thresholds: the regions above the higher one are the cells, and each takes the pixels above the lower one that
lie nearest to it. The lower one is ½ without weights and 1/11 with them, which by (9.1) is the same. A chosen threshold
is chosen for the reading that uses it. A hit needs an IoU above 0.5 for AP, and above 0.75 for AP 0.75. Beside the
scores stands what (9.1) says of pixels that look alike: the mean p over gaps and rims, over the remaining pixels of
cells, and over all pixels of cells, with the share of cell in the target. Writes results/regrown.json after every seed.
It takes some minutes a seed; with `--keep FOLDER` the answers stay there, and are not learned again.

How thresholds were chosen: 10/11 and 1/11 follow from w_0 = 10. Both stood here before a pair was scored, but after two
scenes of the first were seen. When the first pair had been scored, we kept 10/11, not ½, for the weighted cores; grown
from ½, AP is 0.87 after 300 steps and 0.97 after 1,000. Grown from the best threshold it is 0.69 and 0.96 without
weights, 0.93 and 0.98 with them.

The pictures of the chapter show the pair of seed 6 on two of the 40 scenes, with p in steps of 0.02, so a reading at
10/11 is one at 0.90; the nuclei have a pair of their own. Growing takes too much at free edges: half of the background
pixels one step outside them weigh less than 1.9, not 10. Grown to 1/11, the weighted U-Net takes 14 % of them; with the
limit 1/(1 + w) for each pixel's own weight, 9 %.

With `--odd` the scenes are the odd shapes of `benchmarks/experiments` (long, bent and hollow cells in turn); nothing
else differs: `python benchmarks/regrown.py --odd --seeds 0 1 2 3 4 --marks 1000` writes results/regrown_odd.json.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from run import machine
from scipy import ndimage
from threshold import BATCH, COUNT, DEPTH, RATE, WIDTH, Scene, generated
from torch import Tensor

from segbook import metrics
from segbook.data import cell_scene
from segbook.losses import cross_entropy
from segbook.models import UNet
from segbook.objects import grow_objects, instances_from
from segbook.pixel_weights import carve_touching, weight_map
from segbook.train import fit, predict

RESULT = Path(__file__).parent / "results" / "regrown.json"
ODD_RESULT = RESULT.with_name("regrown_odd.json")
ODD = {"size": 96, "num_cells": 8, "radius": 10.0, "radius_spread": 2.0, "clustering": 0.8}  # as experiments/scenes.py
MARKS = (300, 1000)
TEST, TUNE = range(5000, 5040), range(6000, 6020)
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 10 / 11, 0.93, 0.95, 0.97)
SAME = {"plain": 0.5, "weighted": 1 / 11}  # thresholds at which both networks should call the same pixels cell
NOTE = (
    f"Two U-Nets of depth {DEPTH} and width {WIDTH} for each seed, trained on {COUNT} scenes of their own (Adam with "
    f"rate {RATE}, batches of {BATCH}, turned and mirrored, targets carved), scored on {len(TEST)} scenes that are the "
    f"same for all seeds; thresholds are tuned by AP on {len(TUNE)} others. Written by benchmarks/regrown.py."
)
Views = dict[str, Tensor]


def odd(seed: int) -> Scene:
    """Draw one scene of odd shapes, which take turns."""
    scene = cell_scene(seed=seed, shape=("long", "bent", "hollow")[seed % 3], **ODD)
    return scene.image, scene.instances


def gather(seeds: range, draw: Callable[[int], Scene] = generated) -> Views:
    """Draw scenes, carve their targets, weigh their pixels."""
    images, ids = map(torch.stack, zip(*map(draw, seeds), strict=True))
    carved = torch.stack([carve_touching(one) for one in ids])
    weights = torch.stack([weight_map(one) for one in carved])
    gap = (carved == 0) & (ids > 0)
    far = torch.stack([torch.from_numpy(ndimage.distance_transform_edt(~one.numpy())) for one in gap])
    rim = (carved > 0) & (far <= 2)
    return {"images": images[:, None], "ids": ids, "target": (carved > 0).long(), "weights": weights} | {
        "gap and rims": gap | rim,
        "other pixels of cells": (carved > 0) & ~rim,
        "all pixels of cells": ids > 0,
    }


def score(found: Tensor, ids: Tensor) -> dict[str, float]:
    """Score all scenes together, against the true cells."""
    preds, labels = found > 0, ids > 0
    ap = metrics.average_precision(metrics.instance_counts(found, ids, thresholds=(0.5, 0.75)))
    cells = sum(len(one.unique()) - 1 for one in ids)
    return {
        "AP": ap[0].item(),
        "AP 0.75": ap[1].item(),
        "IoU": ((preds & labels).sum() / (preds | labels).sum()).item(),
        "merged": metrics.merged_cells(found, ids) / cells,
        "split": metrics.split_cells(found, ids) / cells,
    }


def grown(probs: Tensor, threshold: float, limit: float, seeds: str = "components") -> Tensor:
    """Take the regions above a threshold for cells, and let them take what exceeds a lower limit."""
    return instances_from(probs, threshold=threshold, seeds=seeds, grow=math.inf, limit=limit)


def best(probs: Tensor, ids: Tensor, read: Callable[..., Tensor]) -> float:
    """Choose the threshold of the highest AP."""
    return max(THRESHOLDS, key=lambda t: score(read(probs, threshold=t), ids)["AP"])


def readings(test: dict[str, Tensor], tune: dict[str, Tensor], ids: Tensor, its_ids: Tensor) -> dict[str, dict]:
    """Read both networks' answers in every way."""
    found = {}
    for name, probs in test.items():
        limit = SAME[name]
        ways = {
            "at 1/2": instances_from(probs),
            "at 10/11": instances_from(probs, threshold=10 / 11),
            "watershed": instances_from(probs, seeds="distance"),
            "at 1/2, grown": grown(probs, 0.5, limit),
            "at 10/11, grown": grown(probs, 10 / 11, limit),
        }
        found |= {f"{name}: {way}": score(one, ids) for way, one in ways.items()}
        chosen = {
            "best threshold": instances_from,
            "best threshold, grown": partial(grown, limit=limit),
            "best threshold, watershed": partial(instances_from, seeds="distance"),
            "best threshold, watershed, grown": partial(grown, limit=limit, seeds="distance"),
        }
        for way, read in chosen.items():
            threshold = best(tune[name], its_ids, read)
            found[f"{name}: {way}"] = score(read(probs, threshold=threshold), ids) | {"threshold": threshold}
    seeds, mask = instances_from(test["weighted"]), test["plain"] > 0.5
    both = [grow_objects(one, math.inf, where=where) for one, where in zip(seeds, mask, strict=True)]
    found["weighted at 1/2, grown in plain at 1/2"] = score(torch.stack(both), ids)
    return found


def shares(probs: dict[str, Tensor], views: Views) -> dict[str, dict]:
    """Set the mean p of groups of pixels, counted as in the loss, beside the share of cell among them."""
    found = {}
    for name, p in probs.items():
        weights = views["weights"] if name == "weighted" else torch.ones_like(views["weights"])
        for group in ("gap and rims", "other pixels of cells", "all pixels of cells"):
            heavy = weights[views[group]].double()
            means = [(heavy * what[views[group]]).sum() / heavy.sum() for what in (views["target"], p)]
            found[f"{name}: {group}"] = {"share of cell": means[0].item(), "mean p": means[1].item()}
    return found


def batches(views: list[Tensor], generator: torch.Generator) -> Iterator[list[Tensor]]:
    """Draw scenes without end, and turn and mirror them."""
    while True:
        chosen = torch.randint(COUNT, (BATCH,), generator=generator)
        turns, mirrored = torch.randint(4, (2,), generator=generator).tolist()
        turned = [torch.rot90(view[chosen], turns, (-2, -1)) for view in views]
        yield [view.flip(-1) if mirrored % 2 else view for view in turned]


def answers(unet: UNet, images: Tensor) -> Tensor:
    """Say how likely every pixel is cell."""
    return predict(unet, images, context=0).softmax(dim=1)[:, 1]


def learned(seed: int, name: str, views: dict[str, Views], marks: tuple[int, ...]) -> list[list[Tensor]]:
    """Train one network, and let it answer for the scenes of each kind at every mark."""
    train = views["train"]
    given = [train["images"], train["target"], *([train["weights"]] if name == "weighted" else [])]
    draws = batches(given, torch.Generator().manual_seed(seed))
    torch.manual_seed(seed)
    unet = UNet(1, 2, width=WIDTH, depth=DEPTH, padding=True)
    adam = torch.optim.Adam(unet.parameters(), lr=RATE)
    found = []
    for start, mark in zip((0, *marks), marks, strict=False):
        loss = partial(cross_entropy, reduction="pixel_mean")
        fit(unet, islice(draws, mark - start), loss, adam, steps=mark - start, seed=seed)
        found.append([answers(unet, one["images"]) for one in views.values()])
        print(f"seed {seed}, {name}, {mark} steps", flush=True)
    return found


def measure(
    seed: int, test: Views, tune: Views, marks: tuple[int, ...], keep: Path | None = None,
    draw: Callable[[int], Scene] = generated,
) -> list[dict]:  # fmt: skip
    """Train both networks of a seed, or take the answers that were kept, and score them at every mark."""
    train = gather(range(COUNT * seed, COUNT * (seed + 1)), draw)
    probs: dict[int, dict[str, list[Tensor]]] = {mark: {} for mark in marks}
    for name in SAME:
        file = keep and keep / f"regrown-{seed}-{name}-{'-'.join(map(str, marks))}.pt"
        if file and file.exists():
            found = torch.load(file)
        else:
            found = learned(seed, name, {"train": train, "test": test, "tune": tune}, marks)
            if file:
                torch.save(found, file)
        for mark, three in zip(marks, found, strict=True):
            probs[mark][name] = three
    rows = []
    for mark, by_name in probs.items():
        seen, unseen, others = ({name: three[i] for name, three in by_name.items()} for i in range(3))
        scores = readings(unseen, others, test["ids"], tune["ids"])
        parts = {"training scenes": shares(seen, train), "test scenes": shares(unseen, test)}
        rows.append({"seed": seed, "steps": mark, "scores": scores, "shares": parts})
    return rows


def rounded(value: Any) -> Any:
    """Round numbers to six digits, wherever they stand."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return (
        [rounded(one) for one in value]
        if isinstance(value, list)
        else (float(np.format_float_positional(value, 6, fractional=True)) if isinstance(value, float) else value)
    )


def main() -> None:
    """Measure seed after seed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[*range(10)])
    parser.add_argument("--marks", type=int, nargs="+", default=[*MARKS])
    parser.add_argument("--odd", action="store_true", help="long, bent and hollow cells instead of round ones")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--keep", type=Path, help="a folder for the networks' answers")
    given = parser.parse_args()
    draw, out = (odd, given.out or ODD_RESULT) if given.odd else (generated, given.out or RESULT)
    test, tune = gather(TEST, draw), gather(TUNE, draw)
    kept = json.loads(out.read_text("utf-8"))["rows"] if out.exists() else []
    for seed in given.seeds:
        rows = measure(seed, test, tune, tuple(given.marks), given.keep, draw)
        new = {(row["seed"], row["steps"]) for row in rows}
        kept = sorted(
            [row for row in kept if (row["seed"], row["steps"]) not in new] + rounded(rows),
            key=lambda row: (row["seed"], row["steps"]),
        )
        note = NOTE.replace("scenes of their own", "scenes of their own, of odd shapes") if given.odd else NOTE
        text = {"note": note, "machine": machine(), "rows": kept}
        out.write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
