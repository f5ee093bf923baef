"""Turn the chapters' Markdown into executed notebooks that do not churn: `make notebooks`.

book/06_….md, the file that an author edits, becomes book/06_….ipynb with outputs, which is what Jupyter Book renders,
Colab opens and nbval executes again. In a page of exercises, the line `<!-- exercises: 6 -->` stands for the exercises
of chapter 6 as segbook/exercises declares them, and `<!-- introduction: 6 -->` for how to work on them. Rebuilding an
unchanged chapter in the pinned environment changes no byte; in another environment only pictures can differ, and then
the committed ones are kept. A chapter whose code is unchanged is not executed; where the front end of a live figure
changed, its stored copy is written anew. At the end the pictures of the live figures that changed are taken
(tools/snapshots.py), those on pages of Markdown among them.
"""

import argparse
import json
import os
import re
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import captions
import front_ends
import jupytext
import nbformat
import page_pictures
import snapshots
import yaml
from front_ends import STATE, VIEW
from nbclient import NotebookClient
from nbformat import NotebookNode

import segbook
from segbook.exercises import address, catalogue, get
from segbook.exercises.declaration import Exercise
from segbook.exercises.notebook import cells as exercise_cells
from segbook.exercises.notebook import introduction, numbered, write
from segbook.grading.plan import select

ROOT = Path(__file__).parent.parent
REFERENCE = "IPY_MODEL_"  # how one widget's state names another
EXERCISES = re.compile(r"^<!-- exercises: (\S+)(?: \(.*\))? -->$", re.MULTILINE)  # where declared exercises go
INTRODUCTION = re.compile(r"^<!-- introduction: (\S+) -->$", re.MULTILINE)  # where it is said how to work on them


def sources() -> list[Path]:
    """List the Markdown files that become notebooks: chapters and their exercises, in reading order."""
    return sorted([*ROOT.glob("book/[0-9]*.md"), *ROOT.glob("book/exercises/[0-9]*.md")])


def repository() -> dict[str, str]:
    """Read the repository's address and branch from the one place that decides them."""
    return yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]


def setup_cell(url: str | None = None, version: str = segbook.__version__, branch: str | None = None) -> str:
    """Write the cell that installs segbook where it is missing; `_config.yml` names what is not given."""
    return address.setup_cell(url or repository()["url"], version, branch or repository()["branch"])


def read_source(path: Path) -> NotebookNode:
    """Convert a chapter's Markdown to a notebook without outputs, the setup cell after its title.

    Args:
        path: A MyST Markdown notebook.

    Raises:
        ValueError: If the chapter does not begin with a Markdown cell, which has its title.
    """
    notebook = jupytext.read(path, fmt="md:myst")
    if not notebook.cells or notebook.cells[0].cell_type != "markdown":
        raise ValueError(f"{path.name} must begin with its title, in Markdown")
    title, _, rest = notebook.cells[0].source.partition("\n")
    setup = nbformat.v4.new_code_cell(setup_cell(), metadata={"tags": ["remove-cell"]})
    rest = INTRODUCTION.sub(lambda found: introduction(_named(found[1])), rest).strip()
    opening = [nbformat.v4.new_markdown_cell(rest)] if rest else []
    cells = [folded(part) for cell in notebook.cells[1:] for part in with_exercises(cell)]
    return numbered([nbformat.v4.new_markdown_cell(title), setup, *captions.captioned([*opening, *cells], path)])


def folded(cell: NotebookNode) -> NotebookNode:
    """Let JupyterLab and Notebook fold the output of a cell that the page folds: the answer to a prediction.

    Args:
        cell: Any cell, changed in place.
    """
    if "hide-output" in cell.metadata.get("tags", []):
        cell.metadata.collapsed = True  # Notebook 6
        cell.metadata.jupyter = {"outputs_hidden": True}
    return cell


def _named(plan: str) -> list[Exercise]:
    return [get(id) for id in select(catalogue(), plan)]


def with_exercises(cell: NotebookNode) -> list[NotebookNode]:
    """Replace lines such as `<!-- exercises: 6 -->` in a cell by what they name, as it is declared.

    Args:
        cell: A cell of an author's Markdown.

    Raises:
        ValueError: If there are no such exercises.
    """
    parts = EXERCISES.split(cell.source)
    if cell.cell_type != "markdown" or len(parts) == 1:
        return [cell]
    cells = []
    for number, part in enumerate(parts):  # text and what `exercises:` names, in turn
        if number % 2:
            cells += [one for exercise in _named(part) for one in exercise_cells(exercise)]
        elif part.strip():
            cells.append(nbformat.v4.new_markdown_cell(part.strip()))
    return cells


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run every cell in place, on the CPU and without progress bars.

    Args:
        notebook: Receives outputs and widget states.
        folder: Where the notebook lies.

    Raises:
        ValueError: If a cell writes to stderr: a warning is a fault to mend, not an output to store.
        nbclient.exceptions.CellExecutionError: If a cell raises.
    """
    os.environ |= {"CUDA_VISIBLE_DEVICES": "", "TQDM_DISABLE": "1"}
    client = NotebookClient(
        notebook,
        timeout=900,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise ValueError(f"a cell writes to stderr:\n{cell.source}\n---\n{output.text}")


def normalise(notebook: NotebookNode) -> None:
    """Remove what differs between two equal runs: times, random widget ids, states that no output shows.

    Args:
        notebook: An executed notebook, changed in place.
    """
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code_cells, start=1):
        cell.metadata.pop("execution", None)
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count

    widgets = notebook.metadata.get("widgets", {}).get(STATE)
    notebook.metadata.language_info = {"name": "python"}  # nbclient has added the interpreter's version
    if not widgets:
        notebook.metadata.pop("widgets", None)
        return
    views = [output.data[VIEW] for cell in code_cells for output in cell.outputs if VIEW in output.get("data", {})]
    order: list[str] = []
    for view in views:
        _collect(view.model_id, widgets.state, order)
    new_ids = {old: f"{number:032x}" for number, old in enumerate(order, start=1)}
    for view in views:
        view.model_id = new_ids[view.model_id]
    text = json.dumps({new_ids[old]: widgets.state[old] for old in order})
    widgets.state = nbformat.from_dict(
        json.loads(re.sub(rf"{REFERENCE}(\w+)", lambda match: REFERENCE + new_ids[match[1]], text))
    )


def _collect(model_id: str, states: dict, order: list[str]) -> None:
    """Append a model and the models its state names to `order`, each once."""
    if model_id in order:
        return
    order.append(model_id)
    for referred in re.findall(rf"{REFERENCE}(\w+)", json.dumps(states[model_id])):
        _collect(referred, states, order)


def is_pinned_environment(requirements: Path = ROOT / "requirements.txt") -> bool:
    """Tell whether every package of requirements.txt is installed in exactly its version.

    Args:
        requirements: A file of lines `name==version`.
    """
    for line in requirements.read_text("utf-8").splitlines():
        name, _, pinned = line.partition("#")[0].split(";")[0].strip().partition("==")
        try:
            if name and version(name).partition("+")[0] != pinned:  # "+cpu" is a build, not a version
                return False
        except PackageNotFoundError:
            return False
    return True


def keep_pictures(notebook: NotebookNode, committed: NotebookNode, *, pinned: bool) -> None:
    """Take over committed pictures: of live figures, and in another environment of all that says the same.

    Args:
        notebook: A fresh notebook, changed in place.
        committed: What the repository has.
        pinned: Whether this is the environment of requirements.txt.
    """
    old_cells = {cell.id: cell for cell in committed.cells}
    for cell in notebook.cells:
        old_outputs = old_cells[cell.id].get("outputs", []) if cell.id in old_cells else []
        for output, old in zip(cell.get("outputs", []), old_outputs, strict=False):
            data, old_data = output.get("data", {}), old.get("data", {})
            if "image/png" not in old_data:
                continue
            if (
                VIEW in data and VIEW in old_data
            ):  # executing takes none; whether the old one still holds, its key tells
                data["image/png"], output.metadata = old_data["image/png"], old.metadata
            elif not pinned and "image/png" in data and data.get("text/plain") == old_data.get("text/plain"):
                data["image/png"] = old_data["image/png"]


def same_inputs(a: NotebookNode, b: NotebookNode) -> bool:
    """Compare two notebooks by what an author writes: kinds, sources and metadata (tags, ranges, claims) of cells."""

    def inputs(notebook: NotebookNode) -> list:
        return [(cell.id, cell.cell_type, cell.source, cell.metadata) for cell in notebook.cells]

    return inputs(a) == inputs(b)


def same_code(a: NotebookNode, b: NotebookNode) -> bool:
    """Compare what two notebooks compute: the sources of their code cells, in order."""

    def code(notebook: NotebookNode) -> list:
        return [(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code"]

    return code(a) == code(b)


def take_outputs(notebook: NotebookNode, committed: NotebookNode) -> None:
    """Give a notebook the outputs of another one whose code is the same.

    Args:
        notebook: Without outputs, changed in place.
        committed: Executed.
    """
    executed = {cell.id: cell for cell in committed.cells if cell.cell_type == "code"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = executed[cell.id].outputs, executed[cell.id].execution_count
    if "widgets" in committed.metadata:
        notebook.metadata.widgets = committed.metadata.widgets


def rebuild(source: Path, *, pinned: bool, always: bool = False) -> str:
    """Execute a chapter if its code changed, or else refresh its words and live figures; say what happened.

    Args:
        source: The chapter's Markdown.
        pinned: Whether this is the environment of requirements.txt, whose pictures replace the committed ones.
        always: Execute an unchanged chapter too.
    """
    target = source.with_suffix(".ipynb")
    committed = nbformat.read(target, as_version=4) if target.exists() else None
    notebook = read_source(source)
    if committed and not always and same_code(notebook, committed):
        take_outputs(notebook, committed)
        figures = front_ends.refresh(notebook)
        done = "written" if write(notebook, target) else "same bytes as before"
        return f"{done}, front ends written anew: {figures}; its code is unchanged, not executed (ALL=1 executes it)"
    start = time.perf_counter()
    execute(notebook, target.parent)
    normalise(notebook)
    if committed:
        keep_pictures(notebook, committed, pinned=pinned)
    changed = write(notebook, target)
    return f"{'written' if changed else 'same bytes as before'}, executed in {time.perf_counter() - start:.0f} s"


def main() -> None:
    """Execute the chapters whose code changed, or all of them, and say what happened to each."""
    parser = argparse.ArgumentParser(description="Turn the chapters' Markdown into executed notebooks.")
    parser.add_argument("--all", action="store_true", help="execute every chapter, changed or not")
    parser.add_argument("--only", metavar="TEXT", help="leave out what has not this in its path, such as exercises/06")
    arguments = parser.parse_args()
    pinned = is_pinned_environment()
    if not pinned:
        print("not the environment of requirements.txt: committed pictures are kept where nothing else changed")
    chosen = [source for source in sources() if (arguments.only or "") in str(source.relative_to(ROOT))]
    if not chosen:
        parser.error(f"no chapter has {arguments.only!r} in its path; one is {sources()[0].relative_to(ROOT)}")
    for source in chosen:
        outcome = rebuild(source, pinned=pinned, always=arguments.all)
        print(f"{source.with_suffix('.ipynb').relative_to(ROOT)}: {outcome}")
    written = [source.with_suffix(".ipynb") for source in chosen]
    print(f"pictures of live figures: {snapshots.renew(written, page_pictures.pages())}")


if __name__ == "__main__":
    main()
