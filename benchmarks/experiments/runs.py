"""One job: train some runs of a row together, read and score each at every mark, write a shard for each."""

import json
import os
import platform
import shlex
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import scenes
import score
import torch
from rows import RATE, Row
from skimage.filters import threshold_otsu
from train import Training, together

from segbook.objects import grow_objects

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99)
FEW = (0.1, 0.3, 0.5, 0.7, 0.9, 0.97)  # for the watershed, which is slow


@dataclass(frozen=True)
class Setting:
    """How much of everything, and where.

    Attributes:
        out: Folder of the shards.
        device: "cuda" or "cpu".
        graph: Whether GPU steps are recorded.
        nuclei: The file of real images.
        train: Scenes to train on.
        tune: Scenes to choose thresholds and rates on.
        test: Scenes to test on.
        faster: Divides the steps, to try things out.
    """

    out: str
    device: str = "cpu"
    graph: bool = True
    nuclei: str = ""
    train: int = 96
    tune: int = 40
    test: int = 200
    faster: int = 1


@dataclass(frozen=True)
class Job:
    """Some seeds of a row at a rate; tuned jobs stop after the validation."""

    row: Row
    seeds: tuple[int, ...]
    rate: float = RATE
    tuning: bool = False

    def shard(self, seed: int, out: str) -> Path:
        """Name the file of a run."""
        name = "".join(c if c.isalnum() else "-" for c in self.row.name)
        ending = f"rate{self.rate:g}" if self.tuning else f"seed{seed}"
        return Path(out) / "shards" / f"{'tune' if self.tuning else self.row.group}_{name}_{ending}.json"


def work(job: Job, setting: Setting) -> list[str]:
    """Do a job; return the names of the shards."""
    torch.set_num_threads(1)
    row, device = job.row, torch.device(setting.device)
    marks = tuple(max(1, mark // setting.faster) for mark in row.marks)
    start = time.perf_counter()
    trainings = [prepare(row, seed, job.rate, marks[-1], setting, device) for seed in job.seeds]
    clocks = {"prepare": time.perf_counter() - start, "train": 0.0, "score": 0.0}
    results: list[dict] = [{} for _ in job.seeds]
    start = time.perf_counter()
    for mark in together(trainings, marks):
        if device.type == "cuda":
            torch.cuda.synchronize()
        trained = time.perf_counter()
        clocks["train"] += trained - start
        for training, seed, result in zip(trainings, job.seeds, results, strict=True):
            if not job.tuning or mark == marks[-1]:
                result[str(mark)] = evaluate(training, row, seed, setting, tuning=job.tuning)
        start = time.perf_counter()
        clocks["score"] += start - trained
    named = []
    for training, seed, result in zip(trainings, job.seeds, results, strict=True):
        shard = {
            "row": asdict(row), "seed": seed, "rate": job.rate, "tuning": job.tuning, "together": len(job.seeds),
            "parameters": sum(parameter.numel() for parameter in training.model.parameters()),
            "graph": training.graph is not None, "seconds": clocks,
            "setting": {**asdict(setting), "out": "", "nuclei": ""},
            "machine": machine(setting.device), "fields": score.FIELDS, "thresholds": THRESHOLDS, "few": FEW,
            "marks": result,
        }  # fmt: skip
        path = job.shard(seed, setting.out)
        write(path, shard)
        named.append(path.name)
    return named


def guarded(given: tuple) -> str:
    """Do one task in a worker; return what went wrong."""
    task, setting, stop = given
    name = f"{task.row.name} {task.seeds}" if isinstance(task, Job) else f"floors of {task}"
    if time.time() > stop:
        return f"not begun: {name}"
    try:
        if isinstance(task, Job):
            work(task, setting)
        else:
            path = Path(setting.out) / "shards" / "floors_{}_seed{}.json".format(*task)
            if not path.exists():
                write(path, floors(task[0], setting, task[1]))
    except Exception:
        return f"failed: {name}\n{traceback.format_exc()}"
    return ""


def evaluate(training: Training, row: Row, seed: int, setting: Setting, *, tuning: bool) -> dict:
    """Choose thresholds on the validation scenes, then count on the test scenes."""
    inner, whole, truth = predict(training, row, seed, setting, "tune")
    full, context = row.readings == "full", row.scenes == "context"
    quality = score.area_iou if context else score.average_precision
    curve = np.stack([score.quick_count(_components(inner, whole, t), truth) for t in THRESHOLDS])
    result: dict = {"validation": {"components": curve.tolist()}}
    best = {"components": THRESHOLDS[_best(quality(curve))]}
    if full and not tuning:
        parted = np.stack([score.quick_count(score.parted(whole > t), truth) for t in FEW])
        result["validation"]["watershed"] = parted.tolist()
        best["watershed"] = FEW[_best(quality(parted))]
    result |= {"best": best, "quality": float(np.nanmax(quality(curve)))}
    if tuning:
        return result
    inner, whole, truth = predict(training, row, seed, setting, "test")
    result["curve"] = [score.quick_count(_components(inner, whole, t), truth).tolist() for t in THRESHOLDS]
    readings = {"components": (_components(inner, whole, 0.5), whole > 0.5)}
    readings["tuned components"] = (_components(inner, whole, best["components"]), None)
    if full:
        readings["watershed"] = (score.parted(whole > 0.5), None)
        readings["tuned watershed"] = (score.parted(whole > best["watershed"]), None)
    result["scenes"] = {name: score.count(found, truth, mask=mask).tolist() for name, (found, mask) in readings.items()}
    return result


def floors(kind: str, setting: Setting, seed: int = 0) -> dict:
    """Count what needs no network: the truth and the carved truth, lazy answers, Otsu's threshold."""
    images, _ = part_of(kind, seed, "test", setting)
    truth = _truth(kind, seed, "test", setting)
    true, grey = truth.instances > 0, images.numpy()
    bright = np.stack([scene > threshold_otsu(scene) for scene in grey])
    found = {
        "truth": score.distinct(truth.instances),
        "truth, components": score.components(true),
        "truth, watershed": score.parted(true),
        "carved truth": score.distinct(truth.carved),
        "carved truth, components": score.components(truth.carved > 0),
        "all background": np.zeros(true.shape, np.int64),
        "all foreground": score.components(np.ones(true.shape, bool)),
        "Otsu, components": score.components(bright),
        "Otsu, watershed": score.parted(bright),
    }
    if kind == "context":
        found["all granules"] = score.components(scenes.everything(kind, setting.test))
    return {
        "floors": kind, "seed": seed, "fields": score.FIELDS, "machine": machine("cpu"),
        "scenes": {name: score.count(ids, truth).tolist() for name, ids in found.items()},
    }  # fmt: skip


def machine(device: str) -> dict[str, str]:
    """Describe the machine without naming it."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "processor": processor or platform.processor(),
        "device": torch.cuda.get_device_name() if device == "cuda" else "CPU",
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "tf32": str(torch.backends.cudnn.allow_tf32),
        "command": shlex.join(Path(word).name if "/" in word else word for word in sys.argv),
    } | {name: version(name) for name in ("torch", "numpy", "scipy", "scikit-image")}


def write(path: Path, result: dict) -> None:
    """Write a file so that it is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    unfinished.write_text(json.dumps(result, ensure_ascii=False, separators=(",", ":")), "utf-8")
    unfinished.replace(path)


def prepare(row: Row, seed: int, rate: float, steps: int, setting: Setting, device: torch.device) -> Training:
    """Build a network and what it learns from; nothing is trained yet."""
    images, instances = part_of(row.scenes, seed, "train", setting)
    carved = scenes.carve(instances) if row.scenes != "context" else instances
    return Training(
        row.net, images, scenes.targets(carved, row.loss), scenes.weigh(carved, row.loss),
        rate=rate, seed=seed, steps=steps, labelled=row.labelled, device=device, graph=setting.graph,
    )  # fmt: skip


def part_of(kind: str, seed: int, part: str, setting: Setting) -> tuple:
    """Give images and ids of a part; only real images and those to train on vary with the seed."""
    seed = seed if kind == "nuclei" or part == "train" else 0
    return scenes.pictures(kind, part, seed, getattr(setting, part), setting.nuclei, setting.out)


def _truth(kind: str, seed: int, part: str, setting: Setting) -> score.Truth:
    seed = seed if kind == "nuclei" else 0
    return scenes.truth(kind, part, seed, getattr(setting, part), setting.nuclei, setting.out)


def predict(training: Training, row: Row, seed: int, setting: Setting, part: str) -> tuple:
    """Give, for every scene, the probability of a cell's inside and of all of it, and the truth."""
    images, _ = part_of(row.scenes, seed, part, setting)
    probabilities = training.probabilities(images, swapped=row.swapped).numpy()
    truth = _truth(row.scenes, seed, part, setting)
    inner = probabilities[:, 1]
    return inner, 1 - probabilities[:, 0] if probabilities.shape[1] > 2 else inner, truth


def _components(inner: np.ndarray, whole: np.ndarray, threshold: float) -> np.ndarray:
    """Number the connected pieces; where there is a class for rims, grow them back by two pixels."""
    found = score.components(inner > threshold)
    if inner is whole:
        return found
    grown = [grow_objects(ids, 2, where=cells > 0.5) for ids, cells in zip(found, whole, strict=True)]
    return torch.stack(grown).numpy()


def _best(qualities: np.ndarray) -> int:
    """Choose the best threshold; of equals the one nearest to the middle of the list."""
    best = np.flatnonzero(np.nan_to_num(qualities) >= np.nan_to_num(qualities).max() - 1e-9)
    return int(best[np.abs(best - len(qualities) // 2).argmin()])
