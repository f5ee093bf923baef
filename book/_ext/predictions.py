"""Questions that a reader answers before the answer can be seen: kept in the browser, counted over the book.

An author writes one as HTML that a notebook folds and every viewer understands. What is folded is the answer's reason;
the output of the next code cell with the tag `hide-output` stays folded, too, until the reader has answered, and with
it the paragraph right below that cell, which says what came out:

    <details class="predict" id="predict-windows" data-answer="3">
    <summary>How many windows of 3 fit into 8 samples at stride 2?</summary>

    Three: a fourth would need a sample 8.

    </details>

`data-answer` alone asks for a number; `data-within` says how far off still counts, as a number or as a percentage
("20%"), and `data-unit` what stands behind it. `data-choices="top | bottom"` asks for one of several words, and with
`data-many="many"` for all of them that hold, parted by "|" in the answer, too ("none" alone for none of them).
`static/predictions.js` makes a form of it in the page. Without JavaScript and on paper it is what it is in a notebook.
"""

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


@dataclass(frozen=True)
class Prediction:
    """A question with its answer.

    Attributes:
        id: Of the element, and of what the browser keeps.
        answer: A number, or the choices that hold.
        choices: What can be chosen; empty for a number.
        within: How far from the answer a number may lie, absolute.
    """

    id: str
    answer: float | tuple[str, ...]
    choices: tuple[str, ...] = ()
    within: float = 0.0


def predictions(text: str) -> list[Prediction]:
    """Read the predictions of a page's Markdown or HTML, in order.

    Raises:
        ValueError: If one has no id of its own, or an answer that cannot be given.
    """
    reader = _Details()
    reader.feed(text)
    ids = [one.id for one in reader.found]
    if twice := sorted({id for id in ids if ids.count(id) > 1}):
        raise ValueError(f"two predictions are called {', '.join(twice)}: what a reader said of one would answer both")
    return reader.found


class _Details(HTMLParser):
    """Collects the elements `<details class="predict">`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Prediction] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "details" and "predict" in given.get("class", "").split():
            self.found.append(_declared(given))


def _declared(given: dict[str, str]) -> Prediction:
    id, answer = given.get("id", ""), given.get("data-answer", "")
    choices, right = _words(given.get("data-choices", "")), _words(answer)
    if not re.fullmatch(r"predict-[a-z0-9-]+", id):
        raise ValueError(f'a prediction has id="{id}"; write id="predict-…" with small letters, digits and hyphens')
    if choices:
        many = "data-many" in given
        if len(set(choices)) != len(choices) or len(choices) < 2:
            raise ValueError(f"{id}: its choices are {choices}; it takes at least two different ones")
        if not (set(right) <= set(choices) or (many and right == ("none",))) or (not many and len(right) != 1):
            raise ValueError(f"{id}: the answer {answer!r} is not among the choices {choices}")
        return Prediction(id, right, choices)
    within = given.get("data-within", "0")
    try:
        value = float(answer)
        margin = abs(value) * float(within[:-1]) / 100 if within.endswith("%") else float(within)
    except ValueError:
        raise ValueError(f"{id}: data-answer={answer!r} within {within!r} is no number; choices are missing?") from None
    return Prediction(id, value, (), margin)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("|") if word.strip())


def _collect(app: Sphinx) -> dict[str, list[str]]:
    """List the ids of each chapter's predictions; an id must be the book's only one."""
    found: dict[str, list[str]] = {}
    for path in sorted(Path(app.srcdir, "book").glob("[0-9]*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        found[path.stem] = [one.id for one in predictions(text)]
    ids = [id for some in found.values() for id in some]
    if twice := sorted({id for id in ids if ids.count(id) > 1}):
        raise ValueError(f"two chapters have a prediction called {', '.join(twice)}")
    return found


def _hand_over(app: Sphinx, page: str, _template: str, _context: dict, _doctree: nodes.document | None) -> None:
    """Give the script to the pages that have predictions, and the whole list to the page that counts them."""
    by_page, stem = app.builder.book_predictions, page.rpartition("/")[2]
    counts = page == app.config.root_doc or stem == "intro"
    if counts:
        app.add_js_file(None, body=json.dumps(by_page), type="application/json", id="prediction-list")
    if counts or (by_page.get(stem) and page == f"book/{stem}"):
        app.add_js_file("predictions.js", loading_method="defer")
        app.add_css_file("predictions.css")


def _visit_fold(translator: HTML5Translator, node: HideCodeCellNode) -> None:
    """Write a fold as myst-nb does, but let the words on it be its name: they change, and readers may speak them."""
    start = len(translator.body)
    visit_HideCellInput(translator, node)
    translator.body[start:] = [
        part.replace(' aria-label="Toggle hidden content"', "") for part in translator.body[start:]
    ]


def _mark_told(_app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Mark the paragraph right below an output that answers a prediction: it says what came out."""
    asked = False
    for node in doctree.findall(lambda one: isinstance(one, nodes.raw | nodes.container)):
        asked = asked or (isinstance(node, nodes.raw) and 'class="predict"' in node.astext())
        if asked and "tag_hide-output" in node["classes"]:
            asked, below = False, node.next_node(descend=False, siblings=True)
            if isinstance(below, nodes.paragraph):
                below["classes"].append("told")


def _start(app: Sphinx) -> None:
    app.builder.book_predictions = _collect(app)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("builder-inited", _start)
    app.connect("doctree-resolved", _mark_told)
    app.add_node(HideCodeCellNode, override=True, html=(_visit_fold, depart_HideCellInput))
    app.connect("html-page-context", _hand_over)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
