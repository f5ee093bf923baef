"""Every chapter's notebook, executed where a GPU is seen: what it prints there, how long it takes, what fails.

Beyond what the chapters import (anywidget, matplotlib, …) it needs nbclient, nbformat, ipykernel and IPython. Nothing
is installed and no notebook is written. Chapters run side by side, the later, heavier ones first; one that fails, or
is not done in time, does not end the others.
"""

import json
import multiprocessing
import os
import re
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).parent.parent
DEADLINE = 270  # seconds for all chapters together
LONGEST = 4000  # characters kept of what one cell prints
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
MEMORY = """
import json, resource, torch
print(json.dumps({
    "GPU GiB": round(torch.cuda.max_memory_allocated() / 2**30, 3) if torch.cuda.is_available() else None,
    "memory GiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
}))
"""


def execute_chapters(*, quick: bool = False, seconds: float = DEADLINE) -> dict:
    """Execute all chapters, or only the first, and collect what their cells print.

    Args:
        quick: Whether only the first chapter is executed.
        seconds: When a chapter that still runs is given up.
    """
    chapters = sorted(ROOT.glob("book/[0-9]*.ipynb"), reverse=True)
    chapters = chapters[-1:] if quick else chapters
    cores = len(os.sched_getaffinity(0))
    jobs = max(1, min(5, cores // 3, len(chapters)))
    kernels = {
        "OMP_NUM_THREADS": str(cores // jobs),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "TQDM_DISABLE": "1",
    }
    until, rows = time.time() + seconds, []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_begin, initargs=(kernels,)) as pool:
        running = {pool.submit(execute, chapter, until): chapter for chapter in chapters}
        for future in as_completed(running):
            error = future.exception()
            rows.append(future.result() if error is None else {"chapter": running[future].stem} | _gave_up(error))
            print(json.dumps({**rows[-1], "outputs": f"{len(rows[-1]['outputs'])} cells"}), flush=True)
    rows.sort(key=lambda row: row["chapter"])
    note = (
        f"Every chapter's notebook in a fresh kernel, {jobs} at a time, {cores // jobs} threads each; cells after one "
        "that fails run all the same. The file in results/ has what every cell printed."
    )
    return {"title": "The chapters on a GPU", "note": note, "rows": rows, "summary": [_summary(row) for row in rows]}


def _begin(kernels: dict[str, str]) -> None:
    """Set what the kernels of a process inherit."""
    os.environ.update(kernels)


def execute(path: Path, until: float) -> dict:
    """Execute one notebook and describe what happened.

    Args:
        path: The notebook; it stays as it is.
        until: When to give up, as `time.time()` counts.
    """
    if time.time() > until:
        return {"chapter": path.stem} | _gave_up(TimeoutError("no time was left"))

    import nbformat  # a measurement of networks does without
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    count = len(notebook.cells)
    notebook.cells.append(nbformat.v4.new_code_cell(MEMORY))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    client = NotebookClient(
        notebook,
        allow_errors=True,
        timeout_func=lambda cell: max(until - time.time(), 0.1),
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    start, failed = time.perf_counter(), []
    try:
        client.execute()
    except Exception as error:  # out of time, or the kernel died: what was printed until then is kept
        failed = _gave_up(error)["failed"]
    seconds = round(time.perf_counter() - start, 1)
    outputs = []
    for index, cell in enumerate(notebook.cells[:count]):
        said = cell.get("outputs", [])
        text = "".join(filter(None, map(_text, said))).strip()
        if text:
            outputs.append({"cell": index, "text": text[:LONGEST]})
        for output in said:
            if output.output_type == "error":
                traceback = COLOURS.sub("", "\n".join(output.traceback))
                error = f"{output.ename}: {output.evalue}"
                failed.append({"cell": index, "error": error, "source": cell.source, "traceback": traceback[-LONGEST:]})
    printed = "".join(map(_text, notebook.cells[-1].outputs))
    memory = json.loads(printed) if printed.startswith("{") else {"GPU GiB": None, "memory GiB": None}
    codes = sum(cell.cell_type == "code" for cell in notebook.cells[:count])
    row = {"chapter": path.stem, "ran": not failed, "seconds": seconds, "cells": codes, **memory}
    return row | {"failed": failed, "outputs": outputs}


def _text(output: dict) -> str:
    """Read what an output says in words; what goes to stderr is marked, a picture is its alternative text."""
    if output.output_type == "stream":
        return f"[stderr] {output.text}" if output.name == "stderr" else output.text
    return output.get("data", {}).get("text/plain", "") + "\n"


def _gave_up(error: BaseException) -> dict:
    """Describe a notebook that did not come to its end."""
    said = f"{type(error).__name__}: {str(error).strip()[:LONGEST]}"
    failed = [{"cell": None, "error": said, "source": "", "traceback": ""}]
    return {"ran": False, "seconds": None, "cells": None, "GPU GiB": None, "memory GiB": None} | {
        "failed": failed,
        "outputs": [],
    }


def _summary(row: dict) -> dict:
    """Leave out what is too long for a table."""
    kept = {name: row[name] if row[name] is not None else "–" for name in ("chapter", "cells", "seconds", "memory GiB")}
    places = ["before its end" if one["cell"] is None else f"cell {one['cell']}" for one in row["failed"]]
    reasons = [one["error"].partition("\n")[0] for one in row["failed"]]
    failed = "; ".join(f"{place}: {reason}" for place, reason in zip(places, reasons, strict=True))
    return kept | {"GPU GiB": row["GPU GiB"] or "–", "failed": failed or "nothing"}
