"""Grow or flood regions back on chapter 10's networks, and try smaller networks on odd shapes.

    PYTHONPATH=. python benchmarks/grown.py --out runs/grown --dsb FOLDER/dsb2018_small.npz

The experiments read networks at thresholds and by a watershed only, and trained only U-Nets of depth 3 on odd shapes.
Here these U-Nets are trained again, on a CPU, with smaller ones beside them on odd shapes, and read in two more ways.
*Grown*: the regions above a high threshold are the cells, and each takes the pixels above ½ that lie nearest to it.
*Flooded*: the same, but two cells meet where the probability is lowest. The high threshold is the one with the highest
AP on other images. With border weights both go down to 1/11, too, which by (9.1) is ½ without weights. Answers are kept
in the folder; what is missing there is trained first (four minutes a network). `results/grown.json` has the scores.

It also draws a crowd of bent cells for chapter 10: of those that were tested, and in which growing changes the first
U-Net's AP as it does on average, upward, the one where AP by four readings is nearest to what it has on all of them.
`segbook/widgets/data/typical_odd*` holds it, with what this network and the weighted one of the same seed say of it.
"""

import argparse
import json
import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from model_compare import GREYS, save
from run import machine

from segbook.objects import instances_from

sys.path.append(str(Path(__file__).parent / "experiments"))
import gather
import runs
import scenes
import score
from rows import BORDER, ROWS, Row
from train import together

RESULTS = Path(__file__).parent / "results" / "grown.json"
PICTURE = Path(__file__).parents[1] / "segbook" / "widgets" / "data" / "typical_odd.json"
LEVELS, HIGHEST = 50, 0.9  # as segbook.widgets.stored has them; the threshold that most networks chose
SHAPES = ("long", "bent", "hollow")  # in turn, as experiments/scenes.py draws them
STEPS, SEEDS = 3000, range(5)
UNET = "U-Net"
SCORES = ("AP", "AP at 0.75", "IoU", "F per cell", "merged", "split")
NOTE = (
    f"As in the experiments (EXPERIMENTS.md), on a CPU: networks of width 12 learn gaps for {STEPS:,} steps, "
    f"{len(SEEDS)} seeds, and are tested on 200 other scenes, or on 20 micrographs of nuclei (each seed with other "
    "ones). Thresholds have the highest AP on 40 other scenes or 10 other micrographs. Mean, standard deviation over "
    "seeds and both ends of the 95 % interval; a lead is the mean of one reading's or network's AP minus another's, "
    "paired by seed and image, and the ends of its 95 % interval. Written by benchmarks/grown.py."
)


@dataclass(frozen=True)
class Network:
    """A network that is trained and read: its images, its name, and the experiments' row and rate that it follows."""

    images: str
    name: str
    row: Row
    rate: float = 2e-3

    @property
    def limits(self) -> dict[str, float]:
        """How far down regions grow or flood."""
        return {"": 0.5} | ({", to 1/11": 1 / 11} if self.row.loss == BORDER else {})


def _rows() -> list[Network]:
    by_name = {row.name: row for row in ROWS}
    plain = by_name["shapes: plain"]
    smaller = {
        "U-Net of depth 2": (2, "concat", 2e-3),
        "encoder–decoder": (3, "none", 4e-3),
        "depth 2": (2, "none", 4e-3),
    }

    def on_odd_shapes(depth: int, skips: str) -> Row:
        net = {"kind": "unet", "depth": depth, "skips": skips}
        return replace(plain, name=f"shapes: depth {depth}, skips {skips}", net=net)

    return [
        Network("odd shapes", UNET, plain),
        *(Network("odd shapes", name, on_odd_shapes(*net), rate) for name, (*net, rate) in smaller.items()),
        Network("nuclei", UNET, by_name["nuclei: plain"]),
        Network("odd shapes", "U-Net, weighted", by_name["shapes: border"], 4e-3),
        Network("round cells", UNET, by_name["plain"]),
    ]


NETWORKS = _rows()


def main() -> None:
    """Train what is missing, read, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps the answers")
    parser.add_argument("--dsb", default="", help="dsb2018_small.npz, the file of nuclei")
    parser.add_argument("--seeds", type=int, nargs="*", help="train these only, and write no scores")
    asked = parser.parse_args()
    setting = runs.Setting(str(asked.out), graph=False, nuclei=asked.dsb)
    torch.set_num_threads(1)
    for network in NETWORKS:
        for seed in SEEDS if asked.seeds is None else asked.seeds:
            answers(network, seed, setting)
    if asked.seeds is not None:
        return
    counts, chosen = {}, {}
    for network in NETWORKS:
        read = [readings(network, seed, setting) for seed in SEEDS]
        for way in read[0][0]:
            counts[network.images, network.name, way] = np.array([found[way] for found, _ in read])
            chosen[network.images, network.name, way] = [thresholds.get(way) for _, thresholds in read]
        print(network.images, network.name, "read", flush=True)
    rows = [
        {"images": images, "network": name, "reading": way, "thresholds": chosen[images, name, way]}
        | ({"AP of each shape": by_shape(found)} if images == "odd shapes" else {})
        | {key: rounded(of) for key, of in gather.intervals(found, images=numbers(images)).items() if key in SCORES}
        for (images, name, way), found in counts.items()
    ]
    result = {"title": "Grown and flooded", "note": NOTE, "machine": machine(), "rows": rows, "leads": leads(counts)}
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    picture(setting)


def answers(network: Network, seed: int, setting: runs.Setting) -> dict[str, np.ndarray]:
    """Give the probabilities of cell on the images to choose thresholds and to test on; train first if need be."""
    name = "".join(c if c.isalnum() else "-" for c in network.row.name)
    path = Path(setting.out) / f"{name}_seed{seed}.npz"
    if not path.exists():
        training = runs.prepare(network.row, seed, network.rate, STEPS, setting, torch.device("cpu"))
        for _ in together([training], (STEPS,)):
            pass
        found = {part: runs.predict(training, network.row, seed, setting, part)[1] for part in ("tune", "test")}
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished.npz")
        np.savez(unfinished, **found)
        unfinished.replace(path)
        print(network.images, network.name, "seed", seed, "trained", flush=True)
    with np.load(path) as stored:
        return {part: stored[part] for part in ("tune", "test")}


def readings(network: Network, seed: int, setting: runs.Setting) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Read one network in every way: counts for every test image, and the thresholds that were chosen."""
    probs = answers(network, seed, setting)
    truths = {part: runs._truth(network.row.scenes, seed, part, setting) for part in probs}
    half, every = (0.5,), runs.THRESHOLDS
    ways = {  # how it is read, and the thresholds to choose from
        "one half": (lambda p, t: score.components(p > t), half),
        "best threshold": (lambda p, t: score.components(p > t), every),
        "watershed": (lambda p, t: score.parted(p > t), half),
        "both in turn": (lambda p, t: score.parted(p > t), every),
    }
    for ending, limit in network.limits.items():
        above = tuple(t for t in every if t >= limit)
        ways["grown" + ending] = (lambda p, t, limit=limit: grown(p, t, "components", limit), above)
        ways["flooded" + ending] = (lambda p, t, limit=limit: grown(p, t, "border", limit), above)
    counts, chosen = {}, {}
    for way, (read, thresholds) in ways.items():
        high = thresholds[0]
        if len(thresholds) > 1:
            counted = (score.quick_count(read(probs["tune"], t), truths["tune"]) for t in thresholds)
            high = chosen[way] = thresholds[int(np.nanargmax([*map(score.average_precision, counted)]))]
        counts[way] = score.count(read(probs["test"], high), truths["test"])
    return counts, chosen


def grown(probs: np.ndarray, high: float, seeds: str, limit: float) -> np.ndarray:
    """Number the regions above a threshold, and let them take what exceeds a lower limit."""
    grow = 0 if seeds == "border" else math.inf
    ids = [instances_from(one, threshold=high, seeds=seeds, grow=grow, limit=limit) for one in probs]
    return score.distinct(torch.stack(ids).numpy())


def numbers(images: str) -> np.ndarray | None:
    """Number the test images of every seed, where seeds have different ones."""
    if images != "nuclei":
        return None
    return np.stack([np.random.default_rng(seed).permutation(80)[60:] for seed in SEEDS])


def leads(counts: dict) -> list[dict]:
    """Compare readings of one network, and networks by one reading."""
    pairs = []
    for images, name in dict.fromkeys((images, name) for images, name, _ in counts):
        mine = {key[2]: key for key in counts if key[:2] == (images, name)}
        over = [
            ("watershed", "best threshold"),
            ("grown", "best threshold"),
            ("grown", "watershed"),
            ("flooded", "grown"),
        ]
        pairs += [(mine[way], mine[other]) for way, other in over]
        if name != UNET:
            pairs += [((images, UNET, way), mine[way]) for way in ("one half", "best threshold")]
            pairs.append(((images, UNET, "grown"), mine.get("grown, to 1/11", mine["grown"])))
    return [
        {"images": one[0], "of": " by ".join(one[1:]), "over": " by ".join(other[1:])}
        | {
            f"lead in {key}": rounded(gather.difference(
                counts[one], counts[other], gather.SCORES[key], images=numbers(one[0])
            ))
            for key in ("AP", "F per cell")
        }
        for one, other in pairs
    ]  # fmt: skip


def by_shape(counts: np.ndarray) -> dict[str, float]:
    """Give the mean AP on the scenes of each shape."""
    return {
        shape: rounded([score.average_precision(counts[:, place :: len(SHAPES)].sum(axis=1)).mean()])[0]
        for place, shape in enumerate(SHAPES)
    }


def picture(setting: runs.Setting) -> None:
    """Choose the typical crowd of bent cells, and write its three files."""
    pair = {"plain": NETWORKS[0], "weighted": next(one for one in NETWORKS if one.name == "U-Net, weighted")}
    levels = {
        name: (answers(network, SEEDS[0], setting)["test"] * LEVELS).astype(np.uint8).clip(max=LEVELS - 1)
        for name, network in pair.items()
    }
    images, ids = scenes.pictures("shapes", "test", 0, setting.test, "", setting.out)
    truth, probs = score.Truth.of(ids), (levels["plain"] + 0.5) / LEVELS
    ways = [score.components(probs > t) for t in (0.5, HIGHEST)]
    ways += [score.parted(probs > 0.5), grown(probs, HIGHEST, "components", 0.5)]
    bent = slice(SHAPES.index("bent"), None, len(SHAPES))
    counts = np.stack([score.count(found, truth)[bent] for found in ways])
    means = score.average_precision(counts.sum(axis=1))
    scored = score.average_precision(counts)
    gains = scored[3] > scored[1]
    apart = np.where(gains, np.abs(scored - means[:, None]).sum(axis=0), np.inf)
    number = SHAPES.index("bent") + len(SHAPES) * int(apart.argmin())
    grey = (images[number] / 255 * (GREYS - 1)).round().byte().numpy() * (255 // (GREYS - 1))
    save(grey, PICTURE.with_name("typical_odd_images.png"))
    save(
        np.concatenate([ids[number].byte().numpy(), *(one[number] for one in levels.values())]),
        PICTURE.with_suffix(".png"),
    )
    note = (
        f"Two of these U-Nets, of seed {SEEDS[0]}, without and with border weights: what they say about one of the 200 "
        f"scenes of the test, number {number}, in {LEVELS} levels. Of the {len(gains)} scenes of bent cells the plain "
        f"U-Net's AP is higher grown from {HIGHEST} than at {HIGHEST} in {gains.sum()} and lower in "
        f"{(scored[3] < scored[1]).sum()}. Of the first it is the one where AP at ½, at {HIGHEST}, by a watershed and "
        f"grown from {HIGHEST} is nearest to that on all, in the sum of distances. Written by benchmarks/grown.py."
    )
    text = {
        "note": note,
        "machine": machine(),
        "networks": [*pair],
        "number": number,
        "AP of all": rounded(means),
        "AP": rounded(scored[:, apart.argmin()]),
    }
    PICTURE.write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n", "utf-8")


def rounded(numbers) -> list[float]:
    """Round to four digits."""
    return [round(float(number), 4) for number in numbers]


if __name__ == "__main__":
    main()
