"""A class for the grader's tests: notebooks, and answers to put in them."""

import json
from pathlib import Path

from segbook.exercises import get
from segbook.exercises.source import definition

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
