"""Grade many submissions: on this machine's cores, or on a Dask cluster. Each result is a file, written at once.

A batch that was stopped goes on where it was: a result whose key still holds is not made again.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

from tqdm import tqdm

from segbook.grading.archives import Unreadable
from segbook.grading.files import slug
from segbook.grading.grade import Task, grade_one, key, ungraded
from segbook.grading.notebooks import MAX_NOTEBOOK
from segbook.grading.plan import Plan, fingerprint
from segbook.grading.results import Result, load_result, save_result
from segbook.grading.sandbox import SandboxError, probe
from segbook.grading.status import Status
from segbook.grading.submissions import Submission

AHEAD = 4  # submissions in memory for each process
EACH = 60.0  # seconds between lines of a log


def grade_all(
    submissions: Sequence[Submission],
    plan: Plan,
    folder: Path,
    *,
    jobs: int = 1,
    scheduler: str = "",
    progress: bool | None = None,
) -> dict[str, Result]:
    """Grade submissions that have no result yet; return all results by the submission's name.

    Args:
        submissions: What was handed in.
        plan: How to grade.
        folder: Where the results are, one JSON file for each submission.
        jobs: Processes on this machine.
        scheduler: The address of a Dask scheduler, whose workers grade instead.
        progress: Whether to show a bar; None shows it in a terminal, and elsewhere a line now and then.

    Raises:
        SandboxError: If the sandbox does not start; nothing is graded then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    results: dict[str, Result] = {}
    with Progress(len(submissions), shown=progress) as bar:

        def waiting() -> Iterator[Task]:
            for task in map(_read, submissions):
                try:
                    old = load_result(folder, task.name)
                except ValueError as error:
                    old = None
                    tqdm.write(f"{error}; {task.name} is graded again", file=sys.stderr)
                if old and old.key == key(task, plan) and old.status is not Status.SANDBOX:
                    results[task.name] = old
                    bar.update()
                else:
                    yield task

        for result in _graded(waiting(), plan, jobs, scheduler):
            save_result(folder, result)
            results[result.submission] = result
            bar.update()
    return {submission.name: results[submission.name] for submission in submissions}


class Progress:
    """A bar in a terminal; where that cannot be drawn, as in a log, a line each minute.

    Args:
        total: How many submissions there are.
        shown: Whether to show a bar; None shows it in a terminal.
    """

    def __init__(self, total: int, *, shown: bool | None = None) -> None:
        self.bar = tqdm(total=total, unit="submission", disable=None if shown is None else not shown)
        self.writes = shown is None and not sys.stderr.isatty()
        self.total, self.done, self.last = total, 0, time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def update(self) -> None:
        """Count one more."""
        self.done += 1
        self.bar.update()
        if self.writes and time.monotonic() - self.last >= EACH:
            self.last = time.monotonic()
            print(f"{self.done:,} of {self.total:,} submissions graded", file=sys.stderr, flush=True)


def outdated(submissions: Sequence[Submission], plan: Plan, folder: Path) -> int:
    """Count the results of an earlier run that had another secret, other settings or another version."""
    now, old = fingerprint(plan), []
    for submission in submissions:
        with contextlib.suppress(ValueError):  # one that is damaged is named when it is made again
            old.append(load_result(folder, submission.name))
    return sum(one is not None and one.key.partition(":")[0] != now for one in old)


def _read(submission: Submission) -> Task:
    """Read a notebook's bytes; what cannot be read is graded as that."""
    try:
        return Task(submission.name, submission.file.read(MAX_NOTEBOOK), share=submission.share)
    except Unreadable as error:
        return Task(submission.name, problem=str(error))


def _graded(tasks: Iterator[Task], plan: Plan, jobs: int, scheduler: str) -> Iterator[Result]:
    if scheduler:
        return _on_cluster(tasks, plan, scheduler)
    if plan.sandbox:
        probe()
    if jobs <= 1:
        return (_grade_whatever(task, plan) for task in tasks)
    return _on_cores(tasks, plan, jobs)


def _grade_whatever(task: Task, plan: Plan) -> Result:
    """Grade a submission; should the grader itself fail on it, the others are graded all the same."""
    try:
        return grade_one(task, plan)
    except Exception as error:
        reason = f"the grader failed: {type(error).__name__}: {error}"[:300]
        return ungraded(task, plan, Status.SANDBOX, reason)


def _end_with_parent() -> None:
    """Let this process end, and its sandbox with it, as soon as the one that started it is gone, even if killed."""
    parent = parent_process()
    if parent is None:
        raise RuntimeError("a process that no other started cannot end with it; call this in a pool's processes")

    def wait_and_end() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait_and_end, daemon=True).start()


def _on_cores(tasks: Iterable[Task], plan: Plan, jobs: int) -> Iterator[Result]:
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
        running: set[Future[Result]] = set()
        try:
            for task in tasks:
                running.add(pool.submit(_grade_whatever, task, plan))
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


def _on_cluster(tasks: Iterator[Task], plan: Plan, scheduler: str) -> Iterator[Result]:
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError:
        raise SystemExit("--scheduler needs Dask: pip install 'segbook[cluster]'") from None
    client: Any = Client(scheduler, set_as_default=False)  # by its own types every call is an asynchronous one
    with client:
        if plan.sandbox:
            for where, said in client.run(_probe).items():
                if said:
                    raise SandboxError(f"the worker at {where}: {said}")
        ahead = AHEAD * max(1, sum(client.nthreads().values()))
        sent: dict[str, Task] = {}
        queue = as_completed(loop=client.loop)

        def submit() -> bool:
            task = next(tasks, None)
            if task is None:
                return False
            name = f"{slug(task.name)}-{os.urandom(4).hex()}"
            sent[name] = task
            queue.add(client.submit(_grade_whatever, task, plan, pure=False, key=name))
            return True

        while len(sent) < ahead and submit():
            pass
        for future in queue:  # a task whose worker is lost runs again on another
            task = sent.pop(future.key)
            try:
                yield future.result()
            except KilledWorker:
                yield ungraded(task, plan, Status.SANDBOX, "the workers that graded it died")
            submit()


def _probe() -> str:
    try:
        probe()
    except SandboxError as error:
        return str(error)
    return ""
