"""What programs without a window do to a notebook: each takes the answered notebook and writes what is handed in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat

TOOLS = os.environ.get("SEGBOOK_NOTEBOOK_TOOLS", sys.executable)  # a Python with papermill, nbstripout, black, …


def run(*words: object, python: str = sys.executable, folder: Path | None = None) -> None:
    """Run a module of a Python."""
    told = subprocess.run([python, *map(str, words)], cwd=folder, capture_output=True, text=True)
    if told.returncode:
        raise RuntimeError(told.stderr[-300:])


def nbconvert(*options: str) -> Callable[[Path, Path], None]:
    return lambda done, out: run(
        *("-m", "nbconvert", "--to", "notebook", *options, done, "--output", out.name, "--output-dir", out.parent)
    )


def older(minor: int) -> Callable[[Path, Path], None]:
    """Write an older format 4 as nbformat does."""

    def save(done: Path, out: Path) -> None:
        notebook = nbformat.read(done, as_version=4)
        for cell in notebook.cells:
            del cell["id"]
        notebook.nbformat_minor = minor
        nbformat.write(notebook, out)

    return save


def in_place(*words: str, python: str = sys.executable) -> Callable[[Path, Path], None]:
    """Let a program change a copy."""

    def save(done: Path, out: Path) -> None:
        shutil.copy(done, out)
        run("-m", *words, out, python=python)

    return save


def there_and_back(form: str, ending: str) -> Callable[[Path, Path], None]:
    """Turn a notebook into a text by jupytext, and that into a notebook."""

    def save(done: Path, out: Path) -> None:
        text = out.with_suffix(ending)
        run("-m", "jupytext", "--to", form, done, "-o", text)
        run("-m", "jupytext", "--to", "ipynb", text, "-o", out)

    return save


def format_3(done: Path, out: Path) -> None:
    run(
        "-m", "nbconvert", "--to", "notebook", "--nbformat", "3", done, "--output", out.name, "--output-dir", out.parent
    )


def papermill(done: Path, out: Path) -> None:
    notebook = nbformat.read(done, as_version=4)
    notebook.cells.insert(2, nbformat.v4.new_code_cell("stride = 2", metadata={"tags": ["parameters"]}))
    marked = out.with_name("parameters.ipynb")
    nbformat.write(notebook, marked)
    words = ("-m", "papermill", marked.name, out.name, "-p", "stride", "3", "--prepare-only")  # it notes both paths
    run(*words, python=TOOLS, folder=out.parent)


def ipython(done: Path, out: Path) -> None:
    """Save a session's history by IPython's own magic."""
    cells = [cell.source for cell in nbformat.read(done, as_version=4).cells if cell.cell_type == "code"]
    script = out.with_suffix(".ipy")
    lines = [f"get_ipython().run_cell({cell!r}, store_history=True)" for cell in (*cells, "1 + 1")]
    script.write_text("\n".join([*lines, f"get_ipython().run_line_magic('notebook', {str(out)!r})"]))
    run("-m", "IPython", "--quick", "--no-banner", script)


def pandoc(done: Path, out: Path) -> None:
    """Write a Markdown text with jupytext, and a notebook of it with pandoc."""
    cells = nbformat.read(done, as_version=4).cells
    parts = [
        f"``` {{.code .python}}\n{cell.source}\n```" if cell.cell_type == "code" else cell.source for cell in cells
    ]
    text = out.with_suffix(".md")
    text.write_text(
        "\n\n".join(f":::: {{.cell .{cell.cell_type}}}\n{part}\n::::" for cell, part in zip(cells, parts, strict=True))
    )
    code = f"import pypandoc; pypandoc.convert_file({str(text)!r}, 'ipynb', outputfile={str(out)!r})"
    run("-c", code, python=TOOLS)


WITHOUT_A_WINDOW: dict[str, Callable[[Path, Path], None]] = {
    "nbconvert_executed": nbconvert("--execute"),
    "nbconvert_outputs_cleared": nbconvert("--clear-output"),
    "nbconvert_format_3": format_3,
    "nbformat_4_0": older(0),
    "nbformat_4_4": older(4),
    "execute_inplace": in_place("jupyter", "execute", "--inplace"),
    "jupytext_percent_round_trip": there_and_back("py:percent", ".py"),
    "jupytext_light_round_trip": there_and_back("py:light", ".py"),
    "jupytext_markdown_round_trip": there_and_back("md", ".md"),
    "papermill_with_parameters": papermill,
    "nbstripout": in_place("nbstripout", python=TOOLS),
    "black_formatted": in_place("black", "--quiet", python=TOOLS),
    "ruff_formatted": in_place("ruff", "format", "--quiet", "--isolated"),
    "ipython_history": ipython,
    "pandoc_from_markdown": pandoc,
}
