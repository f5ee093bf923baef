"""Train and score the rows of the tables: `PYTHONPATH=. python3 benchmarks/experiments --out DIR`.

Every finished run is a file of its own (a shard); what is there is not done again, so the work can be cut into pieces.
Learning rates are tuned first. `--quick` tries everything out in minutes and measures nothing.
"""

import argparse
import multiprocessing
import os
import shutil
import tarfile
import time
from collections import defaultdict
from pathlib import Path

from tqdm import tqdm

os.environ["OMP_NUM_THREADS"] = "1"  # one thread a worker; before torch is loaded

import json

import torch
from rows import RATE, RATES, ROWS, SCENES, TUNE_SEED, TUNED, Row
from runs import Job, Setting, guarded


def main() -> None:
    """Do what is left of what was asked for."""
    given = _arguments()
    quick = {"train": 6, "tune": 4, "test": 5, "faster": 150} if given.quick else {}
    device = given.device or ("cuda" if torch.cuda.is_available() else "cpu")
    setting = Setting(given.out, device=device, graph=not given.eager, nuclei=given.dsb, **quick)
    rows = [row for row in ROWS if _asked(row, given.rows) and (given.dsb or row.scenes != "nuclei")]
    start, tasks = time.time(), []
    with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
        families = {row.family for row in rows}
        known = rates_of(given.rates) if given.rates else {}
        tune = [
            Job(next(row for row in ROWS if row.name == name), (TUNE_SEED,), rate, tuning=True)
            for family, name in TUNED.items() if family in families - set(known) for rate in RATES
        ]  # fmt: skip
        kinds = [kind for kind in SCENES if any(row.scenes == kind for row in rows)]
        bounds = [(kind, seed) for kind in kinds for seed in range(5 if kind == "nuclei" else 1)]
        tasks = _missing(tune, setting) + bounds
        stops = start + 60 * given.minutes, start + 60 * given.hard
        done = _go(pool, tasks, setting, stops, given)
        if done and not given.tune_only:
            rates = known | chosen_rates(setting)
            print("rates:", rates, flush=True)
            wanted = jobs(rows, rates, given.seeds, given.together)
            wanted.sort(key=lambda job: _place(job.row, given.rows))
            _go(pool, _missing(wanted, setting), setting, stops, given)
        pool.terminate()
    _pack(given)


def jobs(rows: list[Row], rates: dict[str, float], seeds: int, together: int) -> list[Job]:
    """Cut the rows into jobs: the first five seeds of all, then the rest."""
    cut = []
    for first, last in ((0, 5), (5, 10)):
        for row in rows:
            wanted = list(range(first, min(last, row.seeds, seeds)))
            cut += [
                Job(row, tuple(wanted[i : i + together]), row.rate or rates.get(row.family, RATE))
                for i in range(0, len(wanted), together)
            ]
    return sorted(cut, key=lambda job: job.row.group != "a")


def chosen_rates(setting: Setting) -> dict[str, float]:
    """Read from the shards which rate did best on the validation scenes, for every family."""
    tried = defaultdict(dict)
    for path in (Path(setting.out) / "shards").glob("tune_*.json"):
        shard = json.loads(path.read_text("utf-8"))
        tried[shard["row"]["family"]][shard["rate"]] = list(shard["marks"].values())[-1]["quality"]
    print("quality at every rate:", dict(tried), flush=True)
    return {family: max(qualities, key=qualities.get) for family, qualities in tried.items()}


def rates_of(record: Path) -> dict[str, float]:
    """Read from a record with which rate each family was trained: rows that are added to it are trained alike."""
    tried = json.loads(record.read_text("utf-8"))["rates"]
    return {line["family"]: line["rate"] for line in tried if line["used"]}


def _missing(cut: list[Job], setting: Setting) -> list[Job]:
    left = []
    for job in cut:
        seeds = tuple(seed for seed in job.seeds if not job.shard(seed, setting.out).exists())
        if seeds:
            left.append(Job(job.row, seeds, job.rate, job.tuning))
    return left


def _go(pool, tasks: list, setting: Setting, stops: tuple[float, float], given: argparse.Namespace) -> bool:
    """Hand the tasks to the workers; say whether none was left undone."""
    results = pool.imap_unordered(guarded, [(task, setting, stops[0]) for task in tasks])
    packed, whole, done = time.time(), True, 0  # a bar that is switched off does not count
    with tqdm(total=len(tasks), mininterval=5) as bar:
        while done < len(tasks):
            try:
                said = results.next(timeout=5)
                whole &= said == ""
                if said:
                    tqdm.write(said)
                done += 1
                bar.update()
            except multiprocessing.TimeoutError:
                pass
            if time.time() > packed + 60:
                _pack(given)
                packed = time.time()
            if time.time() > stops[1]:
                return False
    return whole


def _pack(given: argparse.Namespace) -> None:
    """Pack the shards, one archive a table."""
    if not given.pack:
        return
    groups = defaultdict(list)
    for path in sorted((Path(given.out) / "shards").glob("*.json")):
        groups[path.name.split("_")[0]].append(path)
    Path(given.pack).mkdir(parents=True, exist_ok=True)
    for group, paths in groups.items():
        whole = Path(given.pack) / f"{group}.tar.gz"
        unfinished = Path(given.out) / f"{group}.tmp"
        with tarfile.open(unfinished, "w:gz", compresslevel=6) as archive:
            for path in paths:
                archive.add(path, path.name)
        shutil.move(unfinished, whole)


def _asked(row: Row, wanted: list[str]) -> bool:
    return not wanted or row.group in wanted or row.name in wanted


def _place(row: Row, wanted: list[str]) -> int:
    """Say where a row was asked for: what is named first is trained first."""
    return min((place for place, word in enumerate(wanted) if word in (row.group, row.name)), default=0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder of the shards")
    parser.add_argument("--rows", nargs="*", default=[], help="letters of tables or names of rows; all if left out")
    parser.add_argument("--rates", type=Path, help="a record whose families keep their rates; only others are tuned")
    parser.add_argument("--seeds", type=int, default=10, help="at most so many of each row")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) - 1), help="worker processes")
    parser.add_argument("--together", type=int, default=1, help="runs of a row that a worker trains at a time")
    parser.add_argument("--minutes", type=float, default=1e6, help="begin nothing after so many")
    parser.add_argument("--hard", type=float, default=1e6, help="stop all after so many")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="the GPU if there is one")
    parser.add_argument("--eager", action="store_true", help="do not record GPU steps")
    parser.add_argument("--tune-only", action="store_true", help="only choose the learning rates")
    parser.add_argument("--dsb", default="", help="dsb2018_small.npz, for the real nuclei")
    parser.add_argument("--pack", default="", help="folder for archives of the shards, written every minute")
    parser.add_argument("--quick", action="store_true", help="a few scenes and steps, to try it out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
