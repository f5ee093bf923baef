"""Number and caption the figures of a chapter, and give links to them their words.

A live figure's caption stands in its class; a plot's beside its cell, in the metadata: `figure`, its name in addresses,
and `caption`. Both are counted as they come. The caption becomes a cell of Markdown under the figure, so that it reads
alike in Colab and on the page, where book/_ext/figure_pages.py draws the two together. A link without words, such as
`[](#fig-conv-1d)` or `[](05_downsampling.ipynb#fig-conv-1d)`, is given the figure's number.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from segbook import widgets
from segbook.widgets.base import LiveFigure

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\[\]\(([^)#\s]*)#(fig-[\w-]+)\)")
CHAPTER = re.compile(r"(\d+)_\w+\.md")


def figures(cells: Iterable[NotebookNode]) -> Iterator[tuple[NotebookNode, str, str]]:
    """Find the cells that show a figure to be numbered, each with the figure's anchor and caption.

    Args:
        cells: Of a chapter.

    Raises:
        ValueError: If a figure has no caption.
    """
    for cell in cells:
        if cell.cell_type != "code":
            continue
        if (figure_class := shown(cell.source)) is not None:
            anchor, caption = figure_class.anchor(), figure_class.caption
        elif "figure" in cell.metadata:
            anchor, caption = f"fig-{cell.metadata.figure}", cell.metadata.get("caption", "")
        else:
            continue
        if not caption:
            raise ValueError(
                f"{anchor} has no caption: a live figure's stands in its class, a plot's in its cell's metadata"
            )
        yield cell, anchor, caption


def shown(source: str) -> type[LiveFigure] | None:
    """Tell which live figure a cell of code ends with: one that it makes there, or has made under that name.

    Args:
        source: Python, magics aside.
    """
    if not any(f"{name}(" in source for name in widgets.__all__):
        return None
    *before, last = ast.parse(source).body
    value = last.value if isinstance(last, ast.Expr) else None
    if isinstance(value, ast.Name):
        made = [one.value for one in before if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == value.id]
        value = made[-1] if made else None
    name = ast.unparse(value.func) if isinstance(value, ast.Call) else ""
    return getattr(widgets, name) if name in widgets.__all__ else None


@cache
def numbers() -> dict[str, str]:
    """Number the figures of all chapters: 6.2 is the second of chapter 6.

    Raises:
        ValueError: If two have one name.
    """
    numbered: dict[str, str] = {}
    for path in sorted(ROOT.glob("book/[0-9]*.md")):
        for number, (_, anchor, _) in enumerate(figures(jupytext.read(path, fmt="md:myst").cells), start=1):
            if anchor in numbered:
                raise ValueError(f"{path.name}: {anchor} is Figure {numbered[anchor]} already")
            numbered[anchor] = f"{chapter(path)}.{number}"
    return numbered


def chapter(path: Path) -> int:
    """Read the number of a chapter from the name of its file, such as 06_transposed_convolution.md."""
    named = CHAPTER.fullmatch(path.name)
    return int(named[1]) if named else 0


def captioned(cells: Sequence[NotebookNode], path: Path) -> list[NotebookNode]:
    """Put the caption under each figure of a chapter, and the numbers into the links to figures.

    Args:
        cells: Of the file; its text is changed in place.
        path: A chapter, or a page of exercises, which has no figures of its own.

    Raises:
        ValueError: If a figure has no caption, or a link leads to none.
    """
    for cell in cells:
        if cell.cell_type == "markdown" and LINK.search(cell.source):
            cell.source = LINK.sub(lambda link: f"[Figure {_number(link[2])}]({link[1]}#{link[2]})", cell.source)
    captions = {}
    if path.parent == ROOT / "book":
        for cell, anchor, caption in figures(cells):
            text = f'<a id="{anchor}"></a>**Figure {_number(anchor)}.** {caption}'
            captions[id(cell)] = nbformat.v4.new_markdown_cell(text, metadata={"figure": anchor})
    return [part for cell in cells for part in (cell, captions.get(id(cell))) if part is not None]


def _number(anchor: str) -> str:
    if anchor not in numbers():
        raise ValueError(f"there is no figure {anchor}; there are {', '.join(numbers())}")
    return numbers()[anchor]
