"""Grade many submissions: on this machine's cores, or on a Dask cluster. Each result is a file, written at once.

A batch that was stopped goes on where it was: a result whose key still holds is not made again.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from tqdm import tqdm

from segbook.grading.archives import Unreadable
from segbook.grading.grade import grade, key, ungraded
from segbook.grading.notebooks import MAX_NOTEBOOK
from segbook.grading.plan import Plan
from segbook.grading.sandbox import SandboxError, probe
from segbook.grading.submissions import Submission

AHEAD = 4  # submissions in memory for each process
Task = tuple[str, bytes | None, str]  # name, bytes, why there are none


def grade_all(
    submissions: Sequence[Submission],
    plan: Plan,
    folder: Path,
    *,
    jobs: int = 1,
    scheduler: str = "",
    progress: bool | None = None,
) -> dict[str, dict]:
    """Grade submissions that have no result yet; return all results by the submission's name.

    Args:
        submissions: What was handed in.
        plan: How to grade.
        folder: Where the results are, one JSON file for each submission.
        jobs: Processes on this machine.
        scheduler: The address of a Dask scheduler, whose workers grade instead.
        progress: Whether to show a bar; None shows it in a terminal.

    Raises:
        SandboxError: If the sandbox does not start; nothing is graded then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    results: dict[str, dict] = {}
    bar = tqdm(total=len(submissions), unit="submission", disable=None if progress is None else not progress)
    with bar:
        waiting = _waiting(submissions, plan, folder, results, bar.update)
        for result in _graded(waiting, plan, jobs, scheduler):
            write_json(folder / f"{slug(result['submission'])}.json", result)
            results[result["submission"]] = result
            bar.update()
    return {submission.name: results[submission.name] for submission in submissions}


def slug(name: str) -> str:
    """Make a file name of any name: readable, harmless, and another one for every name.

    >>> slug("../../ada/week 6.ipynb")
    'ada_week_6.ipynb-496bceac'
    """
    return f"{re.sub(r'[^A-Za-z0-9.-]+', '_', name).strip('._-')[:80]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def write_json(path: Path, value: object) -> None:
    """Write a file whole or not at all."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    draft.write_text(text, "utf-8")
    os.replace(draft, path)


def _waiting(
    submissions: Iterable[Submission], plan: Plan, folder: Path, results: dict, skipped: Callable[[], object]
) -> Iterator[Task]:
    """Read submissions one by one; those whose results still hold are taken from there."""
    for submission in submissions:
        data, problem = None, ""
        try:
            data = submission.file.read(MAX_NOTEBOOK)
        except Unreadable as error:
            problem = str(error)
        old = _read(folder / f"{slug(submission.name)}.json")
        if old.get("key") == key(data, plan, problem) and old.get("status") != "sandbox":
            results[submission.name] = old
            skipped()
        else:
            yield submission.name, data, problem


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _graded(waiting: Iterator[Task], plan: Plan, jobs: int, scheduler: str) -> Iterator[dict]:
    if scheduler:
        return _on_cluster(waiting, plan, scheduler)
    if plan.sandbox:
        probe()
    if jobs <= 1:
        return (_grade(name, data, plan, problem) for name, data, problem in waiting)
    return _on_cores(waiting, plan, jobs)


def _grade(name: str, data: bytes | None, plan: Plan, problem: str) -> dict:
    """Grade a submission; should the grader itself fail on it, the others are graded all the same."""
    try:
        return grade(name, data, plan, problem)
    except Exception as error:
        return ungraded(name, data, plan, problem, f"the grader failed: {type(error).__name__}: {error}"[:300])


def _on_cores(waiting: Iterator[Task], plan: Plan, jobs: int) -> Iterator[dict]:
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running = set()
        try:
            for name, data, problem in waiting:
                running.add(pool.submit(_grade, name, data, plan, problem))
                if len(running) >= jobs * AHEAD:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            yield from (future.result() for future in running)
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            if isinstance(error, BrokenProcessPool):
                reason = "a grading process was ended from outside, perhaps for want of memory; try fewer --jobs"
                raise ValueError(f"{reason}. The same command goes on from here.") from None
            raise


def _on_cluster(waiting: Iterator[Task], plan: Plan, scheduler: str) -> Iterator[dict]:
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError:
        raise SystemExit("--scheduler needs Dask: pip install 'segbook[cluster]'") from None
    with Client(scheduler, set_as_default=False) as client:
        if plan.sandbox:
            for where, said in client.run(_probe).items():
                if said:
                    raise SandboxError(f"the worker at {where}: {said}")
        ahead = AHEAD * max(1, sum(client.nthreads().values()))
        tasks: dict[str, Task] = {}
        queue = as_completed(loop=client.loop)

        def submit() -> bool:
            task = next(waiting, None)
            if task is None:
                return False
            name, data, problem = task
            future = client.submit(
                _grade, name, data, plan, problem, pure=False, key=f"{slug(name)}-{os.urandom(4).hex()}"
            )
            tasks[future.key] = task
            queue.add(future)
            return True

        while len(tasks) < ahead and submit():
            pass
        for future in queue:  # a task whose worker is lost runs again on another
            name, data, problem = tasks.pop(future.key)
            try:
                yield future.result()
            except KilledWorker:
                yield ungraded(name, data, plan, problem, "the workers that graded it died")
            submit()


def _probe() -> str:
    try:
        probe()
    except SandboxError as error:
        return str(error)
    return ""
