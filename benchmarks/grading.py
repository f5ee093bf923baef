"""What grading a class takes: one submission, a class on one core and on all, and the notebook without any grader."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from segbook.exercises import get
from segbook.exercises.source import definition
from segbook.grading.batch import grade_all
from segbook.grading.caller import Caller
from segbook.grading.grade import Task, grade_one
from segbook.grading.grades import combine
from segbook.grading.plan import Plan, declared
from segbook.grading.roster import match
from segbook.grading.run import write
from segbook.grading.status import Status
from segbook.grading.submissions import find

IDS = ("6.1", "6.2", "6.3", "6.4", "6.5")
CLASS, ROUNDS = int(os.environ.get("SEGBOOK_CLASS", "1000")), 9
TITLE = "Grading"
NOTE = (
    "A NumPy submission answers the five exercises of chapter 6, 90 calls; the torch one answers an exercise with a "
    "convolution. Bare is the notebook's code in a plain Python: no grader, no sandbox, no calls; the rest is what "
    "grading adds. Processor time is that of grader and worker together, the median of "
    f"{ROUNDS}; it does not depend on what else the machine does, the time on the clock does. The class is generated, "
    "each answer right, wrong or left open by chance, and timed from the folder of notebooks to gradebook, feedback "
    "pages and report; every submission has a fresh process of its own. Memory is the largest that a worker held."
)
TORCH = """
import numpy as np
from segbook.exercises import Exercise

exercise = Exercise(id="t.1", title="Smooth", points={"all": 4}, prompt="Sum of three neighbours.",
    hints=("Add.", "Convolve with ones."), allows=("torch",))

@exercise.reference
def smooth(x):
    return np.convolve(x, [1.0, 1.0, 1.0], "valid")

@exercise.cases
def cases(rng):
    for _ in range(12):
        yield "all", (rng.normal(size=12),)

for n in (1, 2, 3):
    @exercise.misconception(f"adds {n}", loses={"all"})
    def _(x, n=n):
        "No."
        return smooth(x) + n
"""
TORCH_ANSWER = """
import torch
def smooth(x):
    ones = torch.ones(1, 1, 3, dtype=torch.float64)
    return torch.nn.functional.conv1d(torch.from_numpy(x)[None, None], ones)[0, 0].numpy()
"""


def measure() -> list[dict]:
    """Time submissions and a class."""
    plan = Plan("benchmark", IDS)
    private = (("exam.py", TORCH),)
    torch_plan = Plan("benchmark", tuple(declared(private)), private)
    right = _cells(0, right=True)
    rows = []
    for name, one_plan, cells in (("NumPy", plan, right), ("torch", torch_plan, [TORCH_ANSWER])):
        wall, busy, memory = _submission(one_plan, cells)
        bare_wall, bare_busy = _bare(cells)
        rows.append(_row(f"a {name} submission", wall, busy, memory))
        rows.append(_row("– bare", bare_wall, bare_busy, None))
    cores = len(os.sched_getaffinity(0))
    torch_class = (torch_plan, max(2, CLASS // 20), cores, "torch", lambda _: [TORCH_ANSWER])
    classes = {1: (plan, CLASS // 5, 1, "NumPy", _cells), cores: (plan, CLASS, cores, "NumPy", _cells), 0: torch_class}
    for one_plan, size, jobs, name, cells_of in classes.values():
        seconds = _class(one_plan, jobs, size, cells_of)
        rows.append(
            {
                "what": f"a class of {size:,}, {name}, {jobs} {'process' if jobs == 1 else 'processes'}",
                "on the clock": f"{seconds / 60:.1f} min",
                "processor": "",
                "memory of the worker": "",
                "submissions a minute": f"{60 * size / seconds:.0f}",
            }
        )
    return rows


def _row(what: str, wall: float, busy: float, memory: float | None) -> dict:
    return {
        "what": what,
        "on the clock": f"{wall:.2f} s",
        "processor": f"{busy:.2f} s",
        "memory of the worker": f"{memory:.0f} MiB" if memory else "",
        "submissions a minute": "",
    }


def _submission(plan: Plan, cells: list[str]) -> tuple[float, float, float]:
    """Grade one submission several times; a look at the worker is taken before it ends."""
    task, seen = Task("one", _notebook(cells)), []
    close = Caller.close

    def look_and_close(caller: Caller) -> None:
        if caller.worker:
            seen.append(_worker(caller.worker.process.pid))
        close(caller)

    Caller.close = look_and_close
    try:
        grade_one(task, plan)
        walls, busy = [], []
        for _ in range(ROUNDS):
            began, processor = time.perf_counter(), time.process_time()
            seen.clear()
            result = grade_one(task, plan)
            assert result.earned == result.possible, result
            walls.append(time.perf_counter() - began)
            busy.append(time.process_time() - processor + sum(one[0] for one in seen))
    finally:
        Caller.close = close
    return median(walls), median(busy), max(one[1] for one in seen)


def _worker(pid: int) -> tuple[float, float]:
    """Processor seconds of a process and all below it, and the largest memory of one of them in MiB."""
    folder = Path(f"/proc/{pid}")
    ticks = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
    seconds = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    peak = next(line for line in (folder / "status").read_text().splitlines() if line.startswith("VmHWM"))
    below = [_worker(int(child)) for child in (folder / f"task/{pid}/children").read_text().split()]
    return seconds + sum(one[0] for one in below), max([int(peak.split()[1]) / 1024, *(one[1] for one in below)])


def _bare(cells: list[str]) -> tuple[float, float]:
    """Run the cells' code in a plain Python."""
    code = "\n".join(line for cell in cells for line in cell.splitlines() if "check" not in line)
    walls, busy = [], []
    for _ in range(ROUNDS):
        began, before = time.perf_counter(), os.times()
        subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
        after = os.times()
        walls.append(time.perf_counter() - began)
        busy.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return median(walls), median(busy)


def _class(plan: Plan, jobs: int, size: int, cells_of: Callable[[int], list[str]]) -> float:
    """Grade a class, from the folder of notebooks to gradebook, feedback pages and report."""
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder, "in")
        inbox.mkdir()
        for number in range(size):
            (inbox / f"s{number:04}.ipynb").write_bytes(_notebook(cells_of(number)))
        out = Path(folder, "out")
        began = time.perf_counter()
        submissions = find(inbox)
        results = grade_all(submissions, plan, out / "submissions", jobs=jobs)
        write(combine(match(submissions, None), results, plan), out, "A class")
        seconds = time.perf_counter() - began
    assert all(result.status in (Status.OK, Status.MISSING) for result in results.values())
    return seconds


def _cells(number: int, *, right: bool = False) -> list[str]:
    """Answer every exercise, right or, for a student of the class, as it happens."""
    rng = np.random.default_rng(number)
    cells = ["import numpy as np\n\nfrom segbook.exercises import check"]
    for id in IDS:
        source = definition(get(id).solution)
        head = source[: source.rindex('"""') + 3]
        kind = 0 if right else int(rng.choice(4, p=(0.6, 0.15, 0.15, 0.1)))
        body = (source, f"{head}\n    return 0\n", f"{head}\n    ...\n", f"{head}\n    return undefined\n")[kind]
        cells.append(f"{body}\n\ncheck('{id}', {get(id).name})")
    return cells


def _notebook(cells: list[str]) -> bytes:
    code = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": cell} for cell in cells
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": code}).encode()
