"""The list of exercises that a reader ticks in the built page: no kernel, no account, the ticks stay in the browser.

The list comes from the exercises' declarations when the book is built. Pages of exercises show their chapter's part of
it in place of the stored table of `progress`, which nobody's kernel fills there; the first page shows the counts.
Without JavaScript, and on paper, there are no ticks, and the stored table stays.
"""

import json

from docutils import nodes
from sphinx.application import Sphinx

FOLDER = "book/exercises/"


def book_list(pages: list[str]) -> list[dict]:
    """List the chapters that have a page of exercises: number, name of the page, exercises."""
    from segbook.exercises import LEVELS, catalogue

    chapters = []
    for page in pages:
        number = str(int(page.removeprefix(FOLDER).partition("_")[0]))
        exercises = [
            {"id": id, "title": one.title, "points": sum(one.points.values()), "level": LEVELS[one.level - 1]}
            for id, one in catalogue().items()
            if id.partition(".")[0] == number
        ]
        chapters.append({"number": number, "page": page.removeprefix(FOLDER), "exercises": exercises})
    return chapters


def _hand_over(app: Sphinx, page: str, _template: str, _context: dict, _doctree: nodes.document | None) -> None:
    """Give the list, and the script that shows it, to the pages that have a place for it."""
    if page.startswith(FOLDER) or page == app.config.root_doc or page == "book/intro":
        pages = sorted(name for name in app.env.found_docs if name.startswith(FOLDER))
        data = {"page": page.removeprefix(FOLDER), "chapters": book_list(pages)}
        text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")  # no title can end the script
        app.add_js_file(None, body=text, type="application/json", id="exercise-list")
        app.add_js_file("exercise_list.js", loading_method="defer")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("html-page-context", _hand_over)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
