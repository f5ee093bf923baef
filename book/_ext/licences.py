"""Whose work the pages carry: `licences.html`, to which every page's foot leads, has the licence of each in full.

A work says which files of the built pages are its own, and its licence is read from the package that they come from. A
file that belongs to no work and is not the book's own stops the build: whoever adds one says whose it is.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

import lean_pages
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TEXTS = HERE / "licences"  # for packages that come without them
NPM = ROOT / "node_modules"
GATHERED = ROOT / "_build/page_python"  # by tools/page_python.py
PAGE = "licences"
# What the book's own pages, pictures, scripts and lists are called; book-….css is made of the sheets that pages name,
# and book-….js of the book's own scripts.
OURS = (
    "*.html", "_sources/*", "_images/*.png", "objects.inv", "searchindex.js", "robots.txt", "sitemap.xml",
    "versions.json", ".buildinfo", "_static/book-*.css", "_static/book-*.js", "_static/previews/*.png",
    "_static/search_sections.js", "_static/page_python/exercises-*.js", "_static/page_python/figure-*.js",
)  # fmt: skip
SOURCES = (HERE.parent / "_static", HERE / "static", HERE / "mathjax")  # whose files are the book's own, too


class Work(NamedTuple):
    """Something that others made and pages carry."""

    name: str
    licence: str  # SPDX's short name
    purpose: str  # what it does here
    texts: tuple[Path, ...]  # notice and licence
    files: tuple[str, ...]  # patterns of paths, as seen from the folder of the pages


def installed(package: str, file: str) -> Path:
    """Find a file of a Python package; without the package it is a path that leads nowhere.

    Args:
        package: As pip calls it.
        file: The end of its path.
    """
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        return HERE / "not installed" / package
    return next(Path(str(one.locate())) for one in files if str(one).endswith(file))


def works() -> tuple[Work, ...]:
    """List what the pages of this build carry: without npm there is no editor, and MathJax in place of KaTeX."""
    mit, ofl = TEXTS / "MIT.txt", TEXTS / "OFL.txt"
    listed = (
        Work("Sphinx", "BSD-2-Clause", "writes the pages", (installed("sphinx", "info/LICENSE.rst"),),
             ("_static/basic.css", "_static/file.png")),
        Work("PyData Sphinx Theme", "BSD-3-Clause", "how pages are laid out and behave",
             (installed("pydata-sphinx-theme", "licenses/LICENSE"),),
             ("_static/styles/theme.css", "_static/*/pydata-sphinx-theme.*")),
        Work("Sphinx Book Theme", "BSD-3-Clause", "how a book's pages are laid out",
             (installed("sphinx-book-theme", "licenses/LICENSE"),),
             ("_static/*/sphinx-book-theme.*", "_static/images/logo_colab.png")),
        Work("Bootstrap", "MIT", "menus, and the ground of the style sheet",
             (installed("pydata-sphinx-theme", "bootstrap.js.LICENSE.txt"), mit), ("_static/scripts/bootstrap.*",)),
        Work("Font Awesome", "OFL-1.1 and CC-BY-4.0", "icons, cut to those that are used",
             (installed("pydata-sphinx-theme", "fontawesome.js.LICENSE.txt"), ofl),
             ("_static/fonts/fa-*.woff", "_static/scripts/fontawesome.js.LICENSE.txt")),
        Work("Pygments", "BSD-2-Clause", "tells the parts of code apart", (installed("pygments", "licenses/LICENSE"),),
             ("_static/pygments.css",)),
        Work("accessible-pygments", "BSD-3-Clause", "the colours of code",
             (installed("accessible-pygments", "licenses/LICENSE"),), ("_static/pygments.css",)),
        Work("MyST-NB", "BSD-3-Clause", "turns notebooks into pages", (installed("myst-nb", "licenses/LICENSE"),),
             ("_static/mystnb.*.css",)),
        Work("sphinx-copybutton", "MIT", "copies code", (installed("sphinx-copybutton", "info/LICENSE"),),
             ("_static/copybutton.*",)),
        Work("clipboard.js", "MIT", "is at work in sphinx-copybutton",
             (installed("sphinx-copybutton", "clipboard.min.js"), mit), ("_static/clipboard.min.js",)),
        Work("sphinx-design", "MIT", "cards and grids", (installed("sphinx-design", "licenses/LICENSE"),),
             ("_static/sphinx-design.min.css",)),
        Work("Literata", "OFL-1.1", "the typeface of the text, cut to the letters of the book",
             (NPM / "@fontsource-variable/literata/LICENSE",), ("_static/fonts/literata*.woff2",)),
        Work("KaTeX", "MIT", "sets formulas, when the pages are built", (NPM / "katex/LICENSE",),
             ("_static/fonts/KaTeX_*", "_static/katex.min.css")),
        Work("MathJax", "Apache-2.0", "sets formulas in the reader's browser",
             (installed("requests", "licenses/LICENSE"),), ("_static/tex-svg.js",)),
        Work("CodeMirror and what it imports", "MIT", "the editor of exercises", (GATHERED / "LICENCE-editor.txt",),
             ("_static/page_python/editor-*.js",)),
        Work("Pyodide", "MPL-2.0", "Python for browsers; its source is at github.com/pyodide/pyodide",
             (TEXTS / "Pyodide.txt",), ("_static/page_python/python-*.js",)),
        Work("Python", "PSF-2.0", "runs exercises and cells in the page", (TEXTS / "Python.txt",),
             ("_static/page_python/python-*.js",)),
        Work("NumPy", "BSD-3-Clause", "computes there", (GATHERED / "LICENCE-NumPy.txt",),
             ("_static/page_python/python-*.js",)),
    )  # fmt: skip
    absent = {"MathJax"} if (NPM / "katex").exists() else {"KaTeX", "Literata"}
    if not (GATHERED / "files.json").exists():
        absent |= {"CodeMirror and what it imports", "Pyodide", "Python", "NumPy"}
    return tuple(one for one in listed if one.name not in absent)


def text(work: Work) -> str:
    """Read a work's notice and licence; of a script, its first comment.

    Args:
        work: One of `works()`.

    Raises:
        ExtensionError: If its package no longer has the file.
    """
    parts = []
    for path in work.texts:
        if not path.is_file():
            raise ExtensionError(f"the licence of {work.name} is not where it was: {path.name}")
        said = path.read_text("utf-8")
        if path.suffix == ".js":
            said = said.removeprefix("/*!").partition("*/")[0]
        parts.append(re.sub(r"^ *(/\*!|\*/|\* ?)", "", said, flags=re.MULTILINE).strip())
    return "\n\n".join(parts)


def strangers(files: Iterable[str], listed: Iterable[Work]) -> list[str]:
    """List files that are neither the book's own nor part of a work.

    Args:
        files: Paths as seen from the folder of the pages.
        listed: The works.
    """
    known = [*OURS, *(pattern for work in listed for pattern in work.files)]
    ours = {path.name for folder in SOURCES for path in folder.iterdir()}
    return sorted(
        file
        for file in files
        if not any(fnmatch(file, pattern) for pattern in known)
        and not (file.startswith("_static/") and file.removeprefix("_static/") in ours)
    )


def _sheets(out: Path) -> set[str]:
    """List the style sheets that pages name, while they are still apart."""
    pages = (page for page in out.rglob("*.html") if "_static" not in page.relative_to(out).parts)
    linked = {(page.parent / href).resolve() for page in pages for href in lean_pages.SHEET.findall(page.read_text())}
    return {sheet.relative_to(out.resolve()).as_posix() for sheet in linked}


def _page(_app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    listed = [work._asdict() | {"text": text(work)} for work in works()]
    yield PAGE, {"title": "Licences", "works": listed}, "licences.html"


def _check(app: Sphinx, error: Exception | None) -> None:
    """Stop where pages carry something of which nobody has said whose it is."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    if unknown := strangers(files | app.builder.book_sheets, works()):
        named = ", ".join(unknown)
        raise ExtensionError(f"whose are these files, and who may copy them? say it in licences.py: {named}")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""

    def note(app: Sphinx, error: Exception | None) -> None:
        if error is None and app.builder.format == "html":
            app.builder.book_sheets = _sheets(Path(app.outdir))

    app.connect("html-collect-pages", _page)
    app.connect("build-finished", note, priority=890)  # before lean_pages joins the sheets
    app.connect("build-finished", _check, priority=950)  # and after it has removed what no page needs
    return {"parallel_read_safe": True, "parallel_write_safe": True}
