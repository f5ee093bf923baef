"""A class for the grader's tests: notebooks, and answers to put in them."""

import csv
import io
import json
from pathlib import Path

from segbook.exercises import get
from segbook.exercises.source import definition
from segbook.grading import cli

IDS = ("6.1", "6.2", "6.3", "6.4", "6.5")
ROOT = Path(__file__).parents[2]


def notebook(*cells: str, outputs: tuple = ()) -> bytes:
    """Write a notebook with these code cells."""
    written = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"c{n}",
            "metadata": {},
            "outputs": [*outputs],
            "source": cell,
        }
        for n, cell in enumerate(cells)
    ]
    return json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def reference(id: str) -> str:
    """The source of a reference, to be handed in as an answer."""
    return definition(get(id).solution)


def right_notebook(*ids: str) -> bytes:
    """A notebook that answers exercises right."""
    first = "import numpy as np\n\nfrom segbook.exercises import check, solution"
    return notebook(first, *(f"{reference(id)}\n\ncheck('{id}', {get(id).name})" for id in ids))


RIGHT = reference("6.3")
WRONG = RIGHT.replace("- 2 * padding", "+ 2 * padding")  # 2 of 4 points


def hand_in(root: Path, **files: bytes | tuple[str, ...]) -> Path:
    """Write files into a folder: bytes as they are, code cells as a notebook."""
    root.mkdir(exist_ok=True)
    for name, cells in files.items():
        (root / name).write_bytes(cells if isinstance(cells, bytes) else notebook(*cells))
    return root


def grade(root: Path, out: Path, *more: object, status: int = 0) -> Path:
    """Run the command on two exercises; return the folder of the results."""
    given = ("grade", root, "--out", out, "--seed", "s", "--only", "6.1,6.3", "--jobs", 1, "--total-seconds", 20, *more)
    assert cli.main([str(word) for word in given]) == status
    return out


def table(path: Path) -> list[dict[str, str]]:
    """Read a table that was written."""
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def by_student(out: Path) -> dict[str, dict[str, str]]:
    """Read the rows of all details."""
    return {row["student"]: row for row in table(out / "details.csv")}
