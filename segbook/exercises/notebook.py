"""Write notebooks of exercises from their declarations: a heading and the task, then the stub to fill in.

The book's pages of exercises are put together from `cells` (`make notebooks`); `student_notebook` is what an instructor
hands out (`segbook exercises --notebook FILE`). Both need nbformat.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from segbook.exercises.address import link_to, own_setup_cell
from segbook.exercises.declaration import Exercise
from segbook.exercises.source import stub
from segbook.files import draft_of

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

PRACTICE = """\
Write the body of each function in place of the `...`, run the cell and read the feedback under it. Check as often as
you like. In a notebook, `hint("{id}")` in a cell of its own gives a hint, and another one the next time;
`solution("{id}")` shows the answer. On the page there are buttons for both."""

EXAM = """\
Write the body of each function in place of the `...`. Keep its name and its arguments: by them your answer is found and
called, on cases that you do not see, when your notebook is graded."""

WHOLE = "Where a whole number is asked for, return an `int`; `7.0` is taken for 7."

BEFORE = """\
Before you hand the notebook in, restart Python and run all cells from the top (Jupyter: Kernel → Restart Kernel and Run
All Cells; Colab: Runtime → Restart session and run all), then save it: it is graded by its cells in their order, not by
what your session remembers. Hand in the `.ipynb` file."""

RULES = "A result may depend only on the arguments of its call. Use only NumPy and Python's standard library"


def introduction(exercises: Sequence[Exercise], *, checked: bool = True) -> str:
    """Say how to work on exercises and what an answer may use: what every page of exercises begins with.

    Args:
        exercises: At least one declaration.
        checked: Whether students can check their answers.
    """
    other = ", unless the exercise names another package" * any(exercise.allows for exercise in exercises)
    return f"{(PRACTICE if checked else EXAM).format(id=exercises[0].id)} {RULES}{other}."


def cells(exercise: Exercise, *, checked: bool = True) -> list[NotebookNode]:
    """Write an exercise: its heading and prompt, and its stub.

    Args:
        exercise: A declaration.
        checked: Whether the stub's cell calls `check`; a declaration that stays with the instructor has none to call.
    """
    call = f'\n\n\ncheck("{exercise.id}", {exercise.name})' if checked else ""
    return [
        nbformat.v4.new_markdown_cell(f"## {exercise.id} {exercise.title}\n\n{exercise.prompt}"),
        nbformat.v4.new_code_cell(stub(exercise.solution) + call),
    ]


def student_notebook(exercises: Sequence[Exercise], *, title: str, checked: bool) -> NotebookNode:
    """Write the notebook that students start from; it runs in Colab and on a laptop.

    With the book's own exercises it links to their chapters, and its first cell installs segbook where that is missing.
    An exam needs nothing but NumPy and what it allows.

    Args:
        exercises: At least one declaration, in the order of the notebook.
        title: Its heading.
        checked: Whether students can check their answers, as with the book's own exercises.

    Raises:
        ValueError: If a stub does not run; its signature then uses what the notebook does not import. Or if nothing
            says where segbook can be had.
    """
    packages = sorted({package for exercise in exercises for package in exercise.allows})
    imports = "\n".join(["import numpy as np", *(f"import {package}" for package in packages)])
    if checked:
        imports += "\n\nfrom segbook.exercises import check, hint, solution"
    _try_stubs(exercises, imports)
    text = [introduction(exercises, checked=checked) + f" {WHOLE}", BEFORE]
    setup = []
    if checked:
        text.insert(0, _chapters(exercises))
        setup = [nbformat.v4.new_code_cell(own_setup_cell())]
    written = [cell for exercise in exercises for cell in cells(exercise, checked=checked)]
    first = nbformat.v4.new_markdown_cell("\n\n".join([f"# {title}", *filter(None, text)]))
    return numbered([first, *setup, nbformat.v4.new_code_cell(imports), *written])


def _chapters(exercises: Sequence[Exercise]) -> str:
    """Say where the ideas are."""
    links = filter(None, map(link_to, dict.fromkeys(exercise.id.partition(".")[0] for exercise in exercises)))
    *before, last = [*links] or [""]
    return last and f"The ideas are in {' and '.join([', '.join(before), last] if before else [last])}."


def numbered(cells: Sequence[NotebookNode]) -> NotebookNode:
    """Make a notebook of cells whose ids come from what is in them, so that writing it again changes no byte."""
    seen: Counter[str] = Counter()
    for cell in cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        cell.id = f"{digest}-{seen[digest]}"
        seen[digest] += 1
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)


def write(notebook: NotebookNode, path: Path) -> bool:
    """Write a notebook with sorted keys, all at once or not at all.

    Args:
        notebook: What to write.
        path: Where.

    Returns:
        Whether any byte changed.
    """
    nbformat.validate(notebook)
    text = json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if path.exists() and path.read_text("utf-8") == text:
        return False
    with draft_of(path) as draft:
        draft.write_text(text, "utf-8")
    return True


def _try_stubs(exercises: Sequence[Exercise], imports: str) -> None:
    for exercise in exercises:
        try:
            exec(f"{imports}\n{stub(exercise.solution)}", {})
        except Exception as error:
            raise ValueError(
                f"exercise {exercise.id}: its stub does not run ({type(error).__name__}: {error}); a signature may use "
                f"np, Python's own names and the packages that the exercise allows"
            ) from error
