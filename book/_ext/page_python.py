"""Exercises solved in the page itself: an editor under each stub, and Python in the reader's browser.

`tools/page_python.py` gathers the files before the pages are built; where it found none, the pages have no editor.
`static/page_python.js` is all that a page of exercises loads before the first click, and no other page loads even that.
"""

from pathlib import Path
from shutil import copytree

from docutils import nodes
from sphinx.application import Sphinx

FOLDER = "book/exercises/"
GATHERED = "_build/page_python"


def _hand_over(app: Sphinx, page: str, _template: str, _context: dict, _doctree: nodes.document | None) -> None:
    """Tell a page of exercises how its files are called."""
    files = Path(app.srcdir, GATHERED, "files.json")
    if page.startswith(FOLDER) and files.exists():
        app.add_js_file(None, body=files.read_text("utf-8"), type="application/json", id="page-python")
        app.add_js_file("page_python.js", loading_method="defer")
        app.add_css_file("page_python.css")


def _publish(app: Sphinx, error: Exception | None) -> None:
    """Put the files and their licences beside the pages."""
    gathered = Path(app.srcdir, GATHERED)
    if error is None and app.builder.format == "html" and (gathered / "files.json").exists():
        copytree(gathered, Path(app.outdir, "_static/page_python"), dirs_exist_ok=True)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("html-page-context", _hand_over)
    app.connect("build-finished", _publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
