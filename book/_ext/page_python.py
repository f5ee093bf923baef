"""Python in the reader's browser: exercises solved in their page, and cells of a chapter run in theirs.

`tools/page_python.py` gathers the files before the pages are built; where it found none, the pages have no editor.
`static/page_python.js` is all that a page loads before the first click; a page without exercises and without a cell
that runs there loads not even that. What runs in no page runs in Colab; a line at each chapter's head says so.
"""

import json
from pathlib import Path
from shutil import copytree, ignore_patterns

from docutils import nodes
from sphinx.application import Sphinx

EXERCISES = "book/exercises/"
GATHERED = "_build/page_python"
HERE = "runs-here"  # the class of a cell that runs in the page, and with its number how the page finds it


def runnable(app: Sphinx, page: str) -> set[int]:
    """List the cells of a page that run there, by their number in the notebook."""
    files = Path(app.srcdir, GATHERED, "files.json")
    listed = json.loads(files.read_text("utf-8")) if files.exists() else {"cells": {}}
    return set(map(int, listed["cells"].get(page, [])))


def _mark(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Name the cells that run in the page, and say at the chapter's head where the others run."""
    cells = [node for node in doctree.findall(nodes.container) if node.get("nb_element") == "cell_code"]
    if not cells or page.startswith(EXERCISES):
        return
    here = runnable(app, page)
    for cell in cells:
        if cell["cell_index"] in here:
            cell["classes"].append(f"{HERE}-{cell['cell_index']}")
    repository = app.config.html_theme_options["repository_url"].replace(
        "github.com", "colab.research.google.com/github"
    )
    colab = nodes.reference("", "in Colab", refuri=f"{repository}/blob/main/{page}.ipynb", internal=False)
    short = "Short code cells run in this page; those that need torch run "
    words = short if here else "The code needs torch; it runs "
    line = nodes.paragraph("", "", nodes.Text(words), colab, nodes.Text("."), classes=["where-code-runs"])
    cells[0].parent.insert(cells[0].parent.index(cells[0]), line)


def _hand_over(app: Sphinx, page: str, _template: str, _context: dict, _doctree: nodes.document | None) -> None:
    """Tell a page how its files are called."""
    path = Path(app.srcdir, GATHERED, "files.json")
    if path.exists() and (page.startswith(EXERCISES) or runnable(app, page)):
        files = json.loads(path.read_text("utf-8"))
        del files["cells"]
        app.add_js_file(
            None, body=json.dumps({"page": page, "files": files}), type="application/json", id="page-python"
        )
        app.add_js_file("page_python.js", loading_method="defer")
        app.add_css_file("page_python.css")


def _publish(app: Sphinx, error: Exception | None) -> None:
    """Put the scripts beside the pages."""
    gathered = Path(app.srcdir, GATHERED)
    if error is None and app.builder.format == "html" and (gathered / "files.json").exists():
        scripts = ignore_patterns("LICENCE-*", "files.json")  # the licences go to a page (licences.py)
        copytree(gathered, Path(app.outdir, "_static/page_python"), dirs_exist_ok=True, ignore=scripts)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("doctree-resolved", _mark)
    app.connect("html-page-context", _hand_over)
    app.connect("build-finished", _publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
