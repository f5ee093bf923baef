"""Turn the chapters' Markdown into executed notebooks that do not churn: `make notebooks`.

book/06_….md, the file that an author edits, becomes book/06_….ipynb with outputs, which is what Jupyter Book renders,
Colab opens and nbval executes again. Rebuilding an unchanged chapter in the pinned environment changes no byte; in
another environment only pictures can differ, and then the committed ones are kept. A chapter whose Markdown is
unchanged is not executed; where the front end of a live figure changed, its stored copy is written anew.
"""

import argparse
import hashlib
import json
import os
import re
import time
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import front_ends
import jupytext
import nbformat
import yaml
from front_ends import STATE, VIEW
from nbclient import NotebookClient
from nbformat import NotebookNode

import segbook

ROOT = Path(__file__).parent.parent
REFERENCE = "IPY_MODEL_"  # how one widget's state names another


def sources() -> list[Path]:
    """List the Markdown files that become notebooks: chapters and their exercises, in reading order."""
    return sorted([*ROOT.glob("book/[0-9]*.md"), *ROOT.glob("book/exercises/[0-9]*.md")])


def repository_url() -> str:
    """Read the repository's address from the one place that decides it."""
    return yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]["url"]


def setup_cell() -> str:
    """Write the cell that installs segbook where it is missing (Colab), and touches nothing else."""
    archive = f"{repository_url()}/archive/refs/tags/v{segbook.__version__}.zip"
    return (
        "# Setup: where the book's small module is missing (Colab), install it;\n"
        "# every other package stays as it is.\n"
        "import importlib.util\n"
        "\n"
        'if importlib.util.find_spec("segbook") is None:\n'
        f'    %pip install --quiet "segbook @ {archive}"'
    )


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
    opening = [nbformat.v4.new_markdown_cell(rest.strip())] if rest.strip() else []
    notebook.cells = [nbformat.v4.new_markdown_cell(title), setup, *opening, *notebook.cells[1:]]
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        cell.id = f"{digest}-{seen[digest]}"
        seen[digest] += 1
    return notebook


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


def keep_pictures(notebook: NotebookNode, committed: NotebookNode) -> None:
    """Take over the committed picture of every output that says the same as the committed one.

    Args:
        notebook: A fresh notebook, changed in place.
        committed: What the repository has.
    """
    old_cells = {cell.id: cell for cell in committed.cells}
    for cell in notebook.cells:
        old_outputs = old_cells[cell.id].get("outputs", []) if cell.id in old_cells else []
        for output, old in zip(cell.get("outputs", []), old_outputs, strict=False):
            data, old_data = output.get("data", {}), old.get("data", {})
            if "image/png" in data and "image/png" in old_data and data.get("text/plain") == old_data.get("text/plain"):
                data["image/png"] = old_data["image/png"]


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
    temporary = path.with_suffix(".ipynb.part")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)
    return True


def same_inputs(a: NotebookNode, b: NotebookNode) -> bool:
    """Compare two notebooks by what an author writes: kinds, sources and tags of their cells."""

    def inputs(notebook: NotebookNode) -> list:
        return [(cell.id, cell.cell_type, cell.source, cell.metadata.get("tags")) for cell in notebook.cells]

    return inputs(a) == inputs(b)


def rebuild(source: Path, *, pinned: bool, always: bool = False) -> str:
    """Execute a chapter if its Markdown changed, or else refresh its live figures; say what happened.

    Args:
        source: The chapter's Markdown.
        pinned: Whether this is the environment of requirements.txt, whose pictures replace the committed ones.
        always: Execute an unchanged chapter too.
    """
    target = source.with_suffix(".ipynb")
    committed = nbformat.read(target, as_version=4) if target.exists() else None
    notebook = read_source(source)
    if committed and not always and same_inputs(notebook, committed):
        if figures := front_ends.refresh(committed, pictures=pinned):
            write(committed, target)
            return f"its Markdown is unchanged, not executed; front ends written anew: {figures}"
        return "its Markdown is unchanged, not executed (ALL=1 executes it)"
    start = time.perf_counter()
    execute(notebook, target.parent)
    normalise(notebook)
    if committed and not pinned:
        keep_pictures(notebook, committed)
    changed = write(notebook, target)
    return f"{'written' if changed else 'same bytes as before'}, executed in {time.perf_counter() - start:.0f} s"


def main() -> None:
    """Execute the chapters whose Markdown changed, or all of them, and say what happened to each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="execute every chapter, changed or not")
    arguments = parser.parse_args()
    pinned = is_pinned_environment()
    if not pinned:
        print("not the environment of requirements.txt: committed pictures are kept where nothing else changed")
    for source in sources():
        outcome = rebuild(source, pinned=pinned, always=arguments.all)
        print(f"{source.with_suffix('.ipynb').relative_to(ROOT)}: {outcome}")


if __name__ == "__main__":
    main()
