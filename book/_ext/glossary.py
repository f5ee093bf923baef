"""Words of the glossary, explained where a chapter uses them for the first time.

The glossary (`book/glossary.md`) is the one source. Its words are found when the book is built: not in headings, code
or tables, and not where a chapter itself introduces the word, which it does in bold or italic type. A word with other
uses, too, is written there with a comma or a bracket, "skip (of a U-Net)", and is found nowhere. Without JavaScript a
word is a link; `static/glossary.js` shows the explanation beside it.
"""

import json
import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx

PAGE = "book/glossary"
CHAPTER = re.compile(r"book/\d+_")
ELSEWHERE = (nodes.title, nodes.literal, nodes.literal_block, nodes.reference, nodes.table, nodes.math, nodes.raw)
INTRODUCED = (nodes.strong, nodes.emphasis)


def words(glossary: nodes.document) -> dict[str, tuple[str, str]]:
    """Read the glossary: for each word its place on the page and its explanation.

    Args:
        glossary: Its page as it was read.
    """
    found = {}
    for item in glossary.findall(nodes.definition_list_item):
        term, meaning = item.next_node(nodes.term), item.next_node(nodes.definition)
        found[term.astext()] = (term["ids"][0], meaning.astext())
    return found


def uses(doctree: nodes.document, word: str) -> Iterator[tuple[nodes.Text, re.Match]]:
    """Find a word, or its plural, in the running text of a page.

    Args:
        doctree: The page.
        word: One of the glossary's.
    """
    pattern = re.compile(rf"\b{re.escape(word)}s?\b", re.IGNORECASE)
    for text in (text for block in doctree.findall(nodes.paragraph) for text in block.findall(nodes.Text)):
        match = pattern.search(text)
        if (
            match
            and text.parent
            and not any(isinstance(one, ELSEWHERE) or "facts" in one["classes"] for one in _around(text))
        ):
            yield text, match


def _around(node: nodes.Node) -> Iterator[nodes.Element]:
    while (node := node.parent) is not None and not isinstance(node, nodes.section):
        yield node


def _link(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Make a link of the first use of each word in a chapter, the longer words first."""
    if not CHAPTER.match(page):
        return
    for word, (anchor, _) in sorted(app.builder.book_words.items(), key=lambda one: -len(one[0])):
        text, match = next(uses(doctree, word), (None, None))
        if text is None or any(isinstance(one, INTRODUCED) for one in _around(text)):
            continue
        address = f"{app.builder.get_relative_uri(page, PAGE)}#{anchor}"
        link = nodes.reference("", match[0], internal=True, refuri=address, classes=["term"])
        before, after = text[: match.start()], text[match.end() :]
        text.parent.replace(text, [nodes.Text(before), link, nodes.Text(after)])


def _explain(app: Sphinx, page: str, _template: str, _context: dict, doctree: nodes.document | None) -> None:
    """Give the explanations, and the script that shows them, to a page that has such words."""
    by_place = dict(app.builder.book_words.values())
    links = doctree.findall(nodes.reference) if doctree is not None else []
    used = [one["refuri"].partition("#")[2] for one in links if "term" in one["classes"]]
    if used:
        text = json.dumps({place: by_place[place] for place in used}, ensure_ascii=False).replace("<", "\\u003c")
        app.add_js_file(None, body=text, type="application/json", id="glossary")
        app.add_js_file("glossary.js", loading_method="defer")


def _read(app: Sphinx, env) -> None:
    app.builder.book_words = words(env.get_doctree(PAGE))


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("env-updated", _read)
    app.connect("doctree-resolved", _link, priority=600)  # when chapters.py has written the openings
    app.connect("html-page-context", _explain)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
