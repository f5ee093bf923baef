"""Our U-Net beside networks of others on the same nuclei: `PYTHONPATH=. python3 benchmarks/peers.py`.

Every network of this file is trained by `segbook.train.run.train`: the same images, crops, loss, optimiser, steps and
looks at the validation images, the learning rate chosen by their score among the same rates, the read-out tuned on
them, and the test images scored once. Theirs normalise and have other sizes: to tell which of the two matters, ours is
also trained with norms, with as many parameters as BasicUNet, and with both. Cellpose is trained by its own function
(peer_cellpose.py), and tuned alike. A package that is not installed is left out and named. `--ablations` leaves out or
changes one part of our recipe at a time, `--patches` gives our network fewer images. `--jobs` runs several trainings
side by side and `--keep` draws the crops that they share once. `--quick` takes the same way with a few steps, in a
minute: its scores mean nothing. Results go to results/peers.json, with the setting.
"""

import argparse
import json
import math
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any

import torch
from kept_crops import KeptRecipe, fill
from peer_cellpose import score_cellpose
from run import RESULTS, machine
from torch import nn
from unet_step import stand_in_for_torchvision

from segbook import metrics
from segbook.data import LabelledImages, nuclei_fields
from segbook.train.origin import commit
from segbook.train.parts import Parts, open_parts
from segbook.train.ranks import Ranks, joined
from segbook.train.readout import Readout, foreground_by_otsu, score_objects, tune
from segbook.train.recipe import Recipe
from segbook.train.run import train

TITLE = "Our U-Net beside others' on real nuclei"
# What all networks share; on a GPU the full setting, on a CPU one that ends.
FULL = Recipe(width=32, depth=4, steps=1500, batch_size=8, elastic=4.0, every=100, precision="auto")
SMALL = Recipe(width=8, depth=3, steps=250, batch_size=4, size=96, elastic=4.0, every=50)  # about chapter 11's
QUICK = Recipe(width=2, depth=2, steps=2, batch_size=2, size=64, elastic=0.0, every=1)
RATES = {FULL: (1e-3, 2e-3, 4e-3), SMALL: (2e-3, 6e-3), QUICK: (2e-3,)}
OURS: dict[str, dict[str, Any]] = {  # how each of our networks differs from the recipe
    "segbook U-Net": {},
    "segbook U-Net, batch norm": {"norm": "batch"},
    "segbook U-Net, instance norm": {"norm": "instance"},
    "segbook U-Net, width 16": {"width": 16, "depth": 4},  # 1.93 M parameters; BasicUNet has 1.98 M
    "segbook U-Net, width 16, batch norm": {"width": 16, "depth": 4, "norm": "batch"},
}
ABLATIONS: dict[str, dict[str, Any]] = {  # and what is changed of the plain one to see what it buys
    "ablation: not bent": {"elastic": 0.0},
    "ablation: no skips": {"skips": "none"},
    "ablation: two classes with a gap": {"target": "carved"},
    "ablation: two classes with a gap, weight map": {"target": "carved", "w_0": 10.0},
}
# Ablations that differ from the plain network in two parts, and from another one in the second of them.
BESIDE = {"ablation: two classes with a gap, weight map": "ablation: two classes with a gap"}
CELLPOSE, CELLPOSE_RATES = "Cellpose", (2.5e-3, 5e-3, 1e-2)  # its own rate in the middle
UNLEARNT = ("truth", "true foreground, watershed", "all background")  # ceilings and floor
PATCHES = (10, 19, 38, 76, 108)  # of 128², as in DenoiSeg's table; 27 images of 256² hold 108
# AP at an IoU of 0.5 by training patches of 128²; see `note`.
ANCHORS = {10: 0.579, 19: 0.620, 38: 0.665, 76: 0.707, 152: 0.738, 304: 0.775, 608: 0.787, 1216: 0.785, 2432: 0.771}


def main() -> None:
    """Train, score, and write after every method, so that a run that is cut off leaves what it had."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--quick", action="store_true", help="a few steps: a test of the way")
    arguments.add_argument("--small", action="store_true", help="the setting for a CPU")
    arguments.add_argument("--seeds", type=int, default=3, help="trainings of every network (3)")
    arguments.add_argument("--steps", type=int, help="in place of the setting's")
    arguments.add_argument("--only", nargs="+", help="some of the methods, by name")
    arguments.add_argument("--minutes", type=float, default=math.inf, help="after which no further training begins")
    arguments.add_argument("--patches", action="store_true", help="our network by the number of training patches, too")
    arguments.add_argument("--ablations", action="store_true", help="our recipe without or with other parts, too")
    arguments.add_argument("--jobs", type=int, default=1, help="trainings side by side (1)")
    arguments.add_argument("--keep", type=Path, help="a folder for crops that are drawn once (some 10 GB in full)")
    arguments.add_argument("--out", type=Path, help="the file to write (results/peers.json, or peers_small.json)")
    given = arguments.parse_args()
    out = given.out or RESULTS / ("peers_small.json" if given.small else "peers.json")
    os.environ["TQDM_DISABLE"] = "1"
    setting = QUICK if given.quick else SMALL if given.small else FULL
    recipe = replace(setting, steps=given.steps or setting.steps)
    if given.keep is not None:
        KeptRecipe.folder, recipe = given.keep, KeptRecipe(**asdict(recipe))
    held = json.loads(out.read_text("utf-8")) if out.exists() else {}
    result = measure(
        recipe,
        held=held["rows"] if held.get("recipe") == asdict(recipe) else [],
        seeds=range(1 if given.quick else given.seeds),
        rates=RATES[setting],
        only=given.only,
        until=perf_counter() + 60 * given.minutes,
        patches=(PATCHES[:1] if given.quick else PATCHES) if given.patches else (),
        ablations=given.ablations,
        jobs=given.jobs,
        write=lambda record: _write(out, record),
    )
    print(json.dumps(result["summary"], indent=1, ensure_ascii=False))


def measure(
    recipe: Recipe,
    *,
    seeds: range,
    rates: tuple[float, ...],
    only: list[str] | None = None,
    patches: tuple[int, ...] = (),
    ablations: bool = False,
    device: str | None = None,
    workers: int = 0,
    jobs: int = 1,
    until: float = math.inf,
    held: Sequence[dict[str, Any]] = (),
    write: Callable[[dict], object] = lambda record: None,
) -> dict[str, Any]:
    """Score every method on the sample's test images.

    Args:
        recipe: What all networks share.
        seeds: Of the trainings.
        rates: Learning rates that are tried with the first seed of every network.
        only: Names of the methods that are run; all if left out.
        patches: Numbers of training patches with which our network is trained, too.
        ablations: Whether our recipe is changed in one part at a time, too.
        device: Where to train; the GPU, if there is one, if left out.
        workers: Processes that prepare batches.
        jobs: Trainings side by side, each in a process with one thread.
        until: When no further training begins, as `time.perf_counter()` counts.
        held: Rows of the same setting that were measured before: they are not trained again, unless their rate was
            chosen among others.
        write: Gets the record after every training.
    """
    parts = open_parts("sample")
    plan = Plan(parts, recipe, seeds, rates, device, workers, until)
    known = plan.known(held)
    rows = list(known)
    record: dict[str, Any] = {
        "title": TITLE if recipe.width == FULL.width else f"{TITLE}: a small setting",
        "machine": machine(),
        "commit": commit(),
        "data": parts.described(),
        "recipe": asdict(recipe),
        "rates": rates,
        "seeds": list(seeds),
        "note": "",
        "summary": [],
        "differences": [],
        "rows": rows,
        "absent": {"StarDist": "its networks need TensorFlow"},
    }

    def keep(row: dict[str, Any]) -> None:
        rows.append(row)
        rows.sort(key=_place)  # side by side, they come in any order
        record["note"], record["summary"] = note(record), summary(rows)
        record["differences"] = differences(rows, fields(record))
        write(record)

    for name, found in without_learning(parts).items():
        if _wanted(name, only):
            keep({"method": name, "seed": None, "test": score_objects(found, _truths(parts.test))})
    named = networks(parts, recipe, record["absent"])
    chosen = [name for name in named if ablations or name not in ABLATIONS]
    tasks: list[Task] = [(name, None) for name in chosen if _wanted(name, only)]
    tasks += [("segbook U-Net", count) for count in patches]
    tasks.sort(key=lambda task: task[0] != CELLPOSE)  # what takes longest comes first
    if isinstance(recipe, KeptRecipe):
        new = [task for task in tasks if task[1] is None and not all(plan.held(known, task, seed) for seed in seeds)]
        shared = {replace(named[name][0], seed=seed): None for seed in seeds for name, _ in new}
        fill(list(shared), parts.train, os.cpu_count() or 1)
    for row in plan.rows(tasks, jobs, known):
        keep(row)
    return record


def without_learning(parts: Parts) -> dict[str, list[torch.Tensor]]:
    """Give the ids that need no training: the ceiling of each read-out, the floor, and the classical way."""
    truths = _truths(parts.test)
    plain = {part: [foreground_by_otsu(image) for image, *_ in getattr(parts, part)] for part in ("validation", "test")}
    otsu = tune(plain["validation"], _truths(parts.validation), [Readout()])
    masks = [torch.stack([truth == 0, truth > 0]).float() for truth in truths]
    return {
        "truth": truths,
        "true foreground, watershed": otsu.all(masks),
        "all background": [torch.zeros_like(truth) for truth in truths],
        "Otsu, watershed": otsu.all(plain["test"]),
    }


def networks(
    parts: Parts, recipe: Recipe, absent: dict[str, str]
) -> dict[str, tuple[Recipe, Callable[[], nn.Module] | None]]:
    """Give the recipe of each network, and how it is built if not by that; `absent` names what cannot be imported."""
    said = recipe.network_for(parts)
    channels, classes = said["in_channels"], said["num_classes"]
    plain, *changed = ((name, (replace(recipe, **changes), None)) for name, changes in (OURS | ABLATIONS).items())
    found: dict[str, tuple[Recipe, Callable[[], nn.Module] | None]] = dict([plain])
    try:
        from monai.networks.nets import BasicUNet

        found["MONAI BasicUNet"] = (
            recipe,
            lambda: BasicUNet(spatial_dims=2, in_channels=channels, out_channels=classes),
        )
    except ImportError as error:
        absent["MONAI BasicUNet"] = str(error)
    try:
        stand_in_for_torchvision()
        import segmentation_models_pytorch as smp

        options = {"encoder_weights": None, "in_channels": channels, "classes": classes}
        found["smp Unet (ResNet-18)"] = recipe, lambda: smp.Unet("tu-resnet18", **options)
    except ImportError as error:
        absent["smp Unet (ResNet-18)"] = str(error)
    try:
        import cellpose  # noqa: F401 (here it matters only whether it is installed)

        found[CELLPOSE] = recipe, None
    except ImportError as error:
        absent[CELLPOSE] = str(error)
    return found | dict(changed)


Task = tuple[str, int | None]  # the name of a method, and the number of patches if it gets but some
Run = tuple[Task, int, float]  # with a seed, at a rate


@dataclass(frozen=True)
class Plan:
    """What every process that trains has to know.

    Attributes:
        parts: The images.
        recipe: What all networks share.
        seeds: Of the trainings.
        rates: Learning rates that are tried with the first seed.
        device: Where to train; the GPU, if there is one, if None.
        workers: Processes that prepare batches.
        until: When no further training begins, as `time.perf_counter()` counts.
    """

    parts: Parts
    recipe: Recipe
    seeds: range
    rates: tuple[float, ...]
    device: str | None = None
    workers: int = 0
    until: float = math.inf

    def rates_of(self, task: Task) -> tuple[float, ...]:
        """Give the rates that are tried for a method; with fewer images, it keeps the recipe's."""
        name, patches = task
        if patches is not None:
            return (self.recipe.rate,)
        return CELLPOSE_RATES if name == CELLPOSE else self.rates

    def known(self, held: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Keep those of earlier rows whose rate was chosen among the same."""
        tried = {_task(row): set(map(float, row["validation by rate"])) for row in held if row["seed"] == self.seeds[0]}
        same = [task for task, rates in tried.items() if rates == set(self.rates_of(task))]
        return [row for row in held if _task(row) in same and row["seed"] in self.seeds]

    @staticmethod
    def held(rows: Sequence[dict[str, Any]], task: Task, seed: int) -> bool:
        """Tell whether a training is among the rows."""
        return any(_task(row) == task and row["seed"] == seed for row in rows)

    def rows(self, tasks: list[Task], jobs: int = 1, held: Sequence[dict[str, Any]] = ()) -> Iterator[dict[str, Any]]:
        """Train each method with its first seed at every rate, then with the others at the one that validation prefers.

        Args:
            tasks: The methods.
            jobs: Trainings side by side.
            held: Rows that are there.

        Yields:
            A row for each training that counts, as they come.
        """
        first, *others = self.seeds
        best = {_task(row): row["rate"] for row in held}
        tried: dict[Task, dict[float, dict[str, Any] | None]] = {task: {} for task in tasks}
        trials = [(new, first, rate) for new in tasks if new not in best for rate in self.rates_of(new)]
        with _trainer(self, jobs) as each:
            for (task, _, rate), row in each(trials):
                tried[task][rate] = row
                done = {rate: row for rate, row in tried[task].items() if row is not None}
                if len(tried[task]) == len(self.rates_of(task)) and done:
                    merits = {rate: _merit(done[rate]) for rate in self.rates_of(task) if rate in done}
                    best[task] = max(merits, key=lambda rate: merits[rate])
                    yield done[best[task]] | {"validation by rate": merits}
            left = [
                (task, seed) for seed in others for task in tasks if task in best and not self.held(held, task, seed)
            ]
            for _, row in each([(task, seed, best[task]) for task, seed in left]):
                if row is not None:
                    yield row

    def one(self, task: Task, seed: int, rate: float) -> dict[str, Any] | None:
        """Train once and score; None if it is too late to begin."""
        if perf_counter() >= self.until:
            return None
        name, patches = task
        with joined(self.device) as ranks:
            if name == CELLPOSE:
                row = self._cellpose(seed, rate, ranks)
            else:
                row = self._network(name, patches, seed, rate, ranks)
        print(f"{name}, seed {seed}, rate {rate:g}: validation {_merit(row):.3f}", flush=True)
        return row if patches is None else row | {"patches": patches}

    def _network(self, name: str, patches: int | None, seed: int, rate: float, ranks: Ranks) -> dict[str, Any]:
        own, build = networks(self.parts, self.recipe, {})[name]
        recipe, parts, model = replace(own, seed=seed, rate=rate), self.parts, None
        if patches is not None:
            fewer = some_patches(parts.train, patches)
            parts = replace(parts, train=fewer, sha256=f"{parts.sha256} {patches}")
        if build is not None:
            torch.manual_seed(seed)
            model = build()
        with tempfile.TemporaryDirectory() as folder:
            record = train(parts, recipe, Path(folder), ranks, model=model, workers=self.workers)
        if record is None:
            raise KeyboardInterrupt
        kept = ("parameters", "seconds", "looks", "best step", "readout", "validation", "test")
        return {"method": name, "seed": seed, "rate": rate, **{key: record[key] for key in kept}}

    def _cellpose(self, seed: int, rate: float, ranks: Ranks) -> dict[str, Any]:
        """Train by Cellpose's own function, on as many crops as the others see."""
        epochs = max(2, round(self.recipe.steps * self.recipe.batch_size / len(self.parts.train)))
        return score_cellpose(self.parts, seed=seed, rate=rate, epochs=epochs, device=str(ranks.device))


def _merit(row: dict[str, Any]) -> float:
    """Give the score of a training's best look at the validation images."""
    return max(look["score"] for look in row["looks"])


Each = Callable[[list[Run]], Iterator[tuple[Run, dict[str, Any] | None]]]


@contextmanager
def _trainer(plan: Plan, jobs: int) -> Iterator[Each]:
    """Give a function that does trainings, one after the other or side by side, and gives each as it ends."""
    if jobs == 1:
        yield lambda runs: ((run, plan.one(*run)) for run in runs)
        return
    folder = KeptRecipe.folder if isinstance(plan.recipe, KeptRecipe) else None
    with multiprocessing.get_context("spawn").Pool(jobs, _begin, (plan, folder)) as pool:
        yield lambda runs: pool.imap_unordered(_run, runs)


_plan: Plan


def _begin(plan: Plan, folder: Path | None) -> None:
    global _plan
    torch.set_num_threads(1)
    os.environ["TQDM_DISABLE"] = "1"
    if folder is not None:
        KeptRecipe.folder = folder
    _plan = plan


def _run(run: Run) -> tuple[Run, dict[str, Any] | None]:
    return run, _plan.one(*run)


def some_patches(pictures: LabelledImages, count: int, *, size: int = 128, seed: int = 0) -> LabelledImages:
    """Cut the training images into patches side by side, and keep some by chance, their contrast that of the image."""
    patches = []
    for name, (image, _, ids) in zip(pictures.names, pictures, strict=True):
        for top in range(0, image.shape[1] - size + 1, size):
            for left in range(0, image.shape[2] - size + 1, size):
                window = slice(top, top + size), slice(left, left + size)
                patches.append((image[:, *window].numpy(), ids[window].numpy(), f"{name} {top} {left}"))
    if count > len(patches):
        raise ValueError(f"there are {len(patches)} patches of {size}²: got {count}")
    order = torch.randperm(len(patches), generator=torch.Generator().manual_seed(seed))[:count]
    images, masks, names = zip(*(patches[number] for number in order.tolist()), strict=True)
    return LabelledImages(list(images), list(masks), instances=True, names=list(names))


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Average every method over its seeds: mean and, of several seeds, the smallest and largest."""
    lines = []
    for name, count in dict.fromkeys(map(_task, rows)):
        own = [row for row in rows if _task(row) == (name, count)]
        line: dict[str, Any] = {"method": name if count is None else f"{name}, {count} patches"}
        line["seeds"] = "–" if own[0]["seed"] is None else len(own)
        line["rate"] = "–" if own[0]["seed"] is None else f"{own[0]['rate']:g}"
        line["parameters"] = f"{own[0]['parameters']:,}" if "parameters" in own[0] else "–"
        for iou in ("0.50", "0.60", "0.70", "0.80", "0.90"):
            line[f"AP {iou}"] = _spread([row["test"]["AP"][iou][0] for row in own])
        for score in ("merged", "split", "IoU"):
            line[score] = _spread([row["test"][score][0] for row in own])
        lines.append(line)
    return lines


def fields(record: dict[str, Any]) -> list[int]:
    """List the field of view of every test image of a record."""
    known = nuclei_fields()
    return [known[name] for name in record["data"]["test"]]


def differences(rows: list[dict[str, Any]], groups: Sequence[int] | None = None) -> list[dict[str, Any]]:
    """Compare on the same test images: each of our networks with the plain one, and the best of ours with all others.

    A network that differs from the plain one in two parts is also compared `BESIDE` one that differs from it in one.
    Which of ours is best is said by the validation images. Scores are averaged over seeds; brackets hold the middle
    95 % of draws of fields of view, each with all its images. Rows that were stored before they said what was found in
    each image are left out.

    Args:
        rows: Of a record.
        groups: The field of every test image; left out, images are drawn one by one.
    """
    methods: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if "patches" not in row:
            methods.setdefault(row["method"], []).append(row)
    methods = {name: own for name, own in methods.items() if all("each" in row["test"] for row in own)}
    ours = [name for name in methods if name in OURS]
    if not ours:
        return []
    plain, *changed = ours
    changed += [name for name in methods if name in ABLATIONS]
    best = max(ours, key=lambda name: fmean(row["validation"]["AP"]["0.50"][0] for row in methods[name]))
    others = [name for name in methods if name not in ours + changed and name not in UNLEARNT]
    pairs = [(name, plain) for name in changed]
    pairs += [pair for pair in BESIDE.items() if set(pair) <= set(changed)]
    pairs += [(best, name) for name in others]
    return [
        {"first": first, "other": other}
        | {
            f"{score}, first less other": _paired(methods[first], methods[other], score, groups)
            for score in ("AP 0.50", "merged")
        }
        for first, other in pairs
    ]


def _paired(first: list[dict[str, Any]], other: list[dict[str, Any]], score: str, groups: Sequence[int] | None) -> str:
    """Give the difference of two methods' means over seeds, and its interval over draws of the test images' fields."""
    counts = [torch.tensor([row["test"]["each"][score] for row in rows]).transpose(0, 1) for rows in (first, other)]
    seeds = math.lcm(*(part.shape[1] for part in counts))  # a method without seeds counts as the same with each
    alike = [part.repeat(1, seeds // part.shape[1], 1) for part in counts]
    share = lambda total: (total[:, 0] / total[:, 1]).mean()  # noqa: E731
    difference, low, high = metrics.paired_difference(*alike, share, groups=groups)
    return f"{difference:+.3f} ({low:+.3f} to {high:+.3f})"


def note(record: dict[str, Any]) -> str:
    """Say how the numbers came about, and what they can be compared with."""
    recipe, data = record["recipe"], record["data"]
    absent = "; ".join(f"{name} ({why})" for name, why in record["absent"].items())
    said = (
        f"Nuclei of the package: {len(data['train'])} images to train on, {len(data['validation'])} to choose by, "
        f"{len(data['test'])} to test on, of other fields of view. All networks: {recipe['steps']} steps of "
        f"{recipe['batch_size']} crops of {recipe['size']}², three classes, Adam with a cosine from the rate that "
        f"validation preferred among {', '.join(f'{rate:g}' for rate in record['rates'])}, patience "
        f"{recipe['patience'] or 'unlimited'}; a look every {recipe['every']} steps, the best kept. Read-out tuned on "
        "validation images for AP at 0.5. Mean over seeds, in brackets the smallest and the largest; of differences on "
        "the same test images, the middle 95 % of draws of their fields of view, which do not know of seeds."
    )
    if recipe["steps"] < FULL.steps:
        said += (
            " A budget for one core of a CPU: it says what a part of the recipe, or an image more, is worth in so few "
            "steps and with so few seeds, not what it is worth when training is done."
        )
    if any("patches" in row for row in record["rows"]):
        anchors = ", ".join(f"{count} .{round(1000 * ap)}" for count, ap in ANCHORS.items())
        said += (
            f" Rows by number of patches are trained at the rate {recipe['rate']:g}, and as long. DenoiSeg's "
            "three-class U-Net on 50 other test images of DSB 2018 has, by patches of 128² trained on: "
            f"{anchors} (juglab/DenoiSeg, its table of reproducibility, mean of five runs). Ours are other test "
            "images, chosen to be unlike each other: rows by number of patches share its axis, not its level."
        )
    return said + (f" Not here: {absent}." if absent else "")


def _spread(values: list[float]) -> str:
    mean = f"{sum(values) / len(values):.3f}"
    return mean if len(values) == 1 else f"{mean} [{min(values):.3f}, {max(values):.3f}]"


def _truths(pictures: LabelledImages) -> list[torch.Tensor]:
    return [ids for _, _, ids in pictures]


def _place(row: dict[str, Any]) -> tuple[int, int, int]:
    """Say where a row stands: ours come first of those that are trained, changed parts last; then by seed."""
    named = [*UNLEARNT, "Otsu, watershed", *OURS]
    kinds = {**{name: place for place, name in enumerate(named)}, **dict.fromkeys(ABLATIONS, len(named) + 1)}
    return row.get("patches", 0), kinds.get(row["method"], len(named)), -1 if row["seed"] is None else row["seed"]


def _task(row: dict[str, Any]) -> Task:
    return row["method"], row.get("patches")


def _wanted(name: str, only: list[str] | None) -> bool:
    return only is None or name in only


def _write(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
