"""What the pages say of the chapters, found in `_toc.yml` and in the chapters themselves.

- The directive `chapters` draws the contents as the U that the book is about: down the first half of the chapters, up
  the second, with a skip between two that face each other. A last one without a partner is the head. It says in YAML
  what a chapter's card asks, where the chapter itself asks more than once, and which part of the chapter's picture card
  and opening show: left, top and width of a part of 4 to 3, in pixels of the page.
- The directive `start` leads to the first chapter, and to the contents.
- A chapter opens with the time it takes, its question and a preview of a live figure: the one whose cell has the tag
  `preview` (where the first would answer a prediction), or the first. Cells that only import are folded, and so is the
  code of cells with the tag `draws`, whose picture says what there is to say.
- `static/place.js` keeps where a reader was, and the first page offers to go on from there.
"""

import ast
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

import yaml
from docutils import nodes
from exercise_list import book_list
from live_figures import stored_size
from predictions import predictions
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

PART = "Chapters"  # their caption in _toc.yml
VIEW = "application/vnd.jupyter.widget-view+json"
TYPED = re.compile(r"^About \d+ minutes\. ")  # what a notebook says; a page says what `minutes` counts
WORDS_A_MINUTE, CELLS_A_MINUTE = 120, 2
A_PREDICTION, A_FIGURE = 1, 2  # minutes: to think and answer; to set a live figure and see what follows
FIRST_FIGURE, PLAY, PREVIEW, DRAWS = "first-figure", "Play with this figure ↓", "tag_preview", "tag_draws"


@dataclass(frozen=True)
class Chapter:
    """One chapter: name of the page, number, title, question, time in minutes, and what belongs to it."""

    page: str
    number: str
    title: str
    question: str
    minutes: int
    exercises: str | None  # name of their page
    count: int
    picture: str | None  # that of the live figure it opens with


def minutes(doctree: nodes.document) -> int:
    """Estimate how long a chapter takes, to five minutes: words, cells of code, predictions and live figures.

    Args:
        doctree: A chapter as it was read.
    """
    words = sum(len(text.astext().split()) for text in doctree.findall(nodes.paragraph))
    cells = sum("cell_input" in one["classes"] for one in doctree.findall(nodes.container))
    asked = sum(len(predictions(one.astext())) for one in doctree.findall(nodes.raw))
    read = words / WORDS_A_MINUTE + cells / CELLS_A_MINUTE
    return max(5, 5 * round((read + asked * A_PREDICTION + len(_live_figures(doctree)) * A_FIGURE) / 5))


def chapters(env: BuildEnvironment) -> list[Chapter]:
    """Read the chapters in their order.

    Args:
        env: What Sphinx has read.

    Raises:
        ValueError: If a chapter has no number or no question.
    """
    site = env.external_site_map
    (part,) = (tree for tree in site.root.subtrees if tree.caption == PART)
    found = []
    for page in map(str, part.items):
        doctree = env.get_doctree(page)
        heading = env.titles[page].astext()
        number, _, title = heading.partition(". ")
        question = _question(doctree)
        if not number.isdigit() or question is None:
            raise ValueError(f"{page} begins with {heading!r}: a chapter has a number and a question in bold type")
        exercises = next((str(one) for tree in site[page].subtrees for one in tree.items), None)
        count = sum(len(one["exercises"]) for one in book_list([exercises])) if exercises else 0
        time, picture = minutes(doctree), _first_picture(_previewed(doctree))
        found.append(Chapter(page, number, title, question.astext(), time, exercises, count, picture))
    return found


def places(number: int) -> list[tuple[str, int]]:
    """Lay chapters out as a U: for each the arm ("down", "up" or "head") and the row, from 1 at the top.

    Args:
        number: How many there are.

    >>> places(5)
    [('down', 2), ('down', 3), ('up', 3), ('up', 2), ('head', 1)]
    """
    half, odd = divmod(number, 2)
    down = [("down", row + odd) for row in range(1, half + 1)]
    return down + [("up", row) for _, row in reversed(down)] + [("head", 1)] * odd


class Contents(SphinxDirective):
    """The contents of the book, drawn as a U."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Leave a place, which is filled when all chapters have been read."""
        cards = yaml.safe_load("\n".join(self.content)) or {}
        return [book_contents(cards={str(number): card for number, card in cards.items()})]


class Start(SphinxDirective):
    """A button that leads to the first chapter, or to where the reader was, and a link to the contents."""

    required_arguments = 1  # the anchor of the contents

    def run(self) -> list[nodes.Node]:
        """Leave a place, which is filled when all chapters have been read."""
        return [book_start(contents=self.arguments[0])]


class book_contents(nodes.General, nodes.Element):
    """Where the contents will stand."""


class book_start(nodes.General, nodes.Element):
    """Where the way in will stand."""


def _start(app: Sphinx, page: str, contents: str) -> str:
    one, *_ = app.builder.book_chapters
    first = app.builder.get_relative_uri(page, one.page)
    words = f"Start with chapter {one.number}"
    return f'<p class="start"><a class="place" href="{first}">{words}</a> <a href="#{contents}">All chapters</a></p>'


def _contents(app: Sphinx, page: str) -> str:
    """Write the contents: a list in the order of the book, whose places on the U are a matter of style."""
    listed, cards = app.builder.book_chapters, app.builder.book_cards
    if unknown := cards.keys() - {one.number for one in listed}:
        raise ValueError(f"{page} has cards of chapters that are not in the book: {', '.join(sorted(unknown))}")
    written = "".join(
        _card(app, page, one, place, cards.get(one.number, {}))
        for one, place in zip(listed, places(len(listed)), strict=True)
    )
    return f'<nav class="unet" aria-label="Chapters"><ol role="list">{written}</ol></nav>'


def _card(app: Sphinx, page: str, one: Chapter, place: tuple[str, int], card: dict) -> str:
    link, (arm, row) = app.builder.get_relative_uri, place
    facts = [f"{one.minutes} min"]
    if one.exercises:
        facts.append(f'<a href="{link(page, one.exercises)}">{_exercises(one)}</a>')
    return (
        f'<li class="{arm}" style="--row: {row}">{_part(app, page, one, card)}'
        f'<p class="title"><a href="{link(page, one.page)}">{one.number}. {escape(one.title)}</a></p>'
        f'<p>{escape(card.get("asks", one.question))}</p><p class="facts">{" · ".join(facts)}</p></li>'
    )


def _part(app: Sphinx, page: str, one: Chapter, card: dict, when: str = 'loading="lazy"') -> str:
    """Write the part of a chapter's picture that tells it from the others; all of it would be too small to see.

    It adds nothing to the words beside it, so it is silent.
    """
    if one.picture is None:
        return ""
    width, height = stored_size(Path(app.srcdir, one.picture))
    left, top, across = part = card.get("shows", (0, 0, width))
    if left + across > width or top + 0.75 * across > height:
        raise ValueError(f"chapter {one.number}'s card shows {part} of a picture of {width} by {height}")
    style = f"--size: {width / across:.3f}; --left: {-left / width:.2%}; --top: {-top / height:.2%}"
    source = f"{'../' * page.count('/')}_images/{app.env.images[one.picture][1]}"
    picture = f'<img src="{source}" alt="" {when} width="{width}" height="{height}" />'
    return f'<span class="part" style="{style}">{picture}</span>'


def _exercises(one: Chapter) -> str:
    return f"{one.count} exercise{'s' * (one.count != 1)}"


def _open(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Write the opening of a chapter round what its notebook says."""
    one = next((chapter for chapter in app.builder.book_chapters if chapter.page == page), None)
    if one is None:
        return
    heading = doctree.next_node(nodes.title)
    number = nodes.inline("", f"{one.number}.", classes=["number"])
    heading[:1] = [number, nodes.Text(heading[0].astext().removeprefix(f"{one.number}."))]
    facts = " · ".join([f"{one.minutes} minutes", *([_exercises(one)] if one.exercises else [])])
    section = heading.parent
    section.insert(section.index(heading) + 1, nodes.paragraph("", facts, classes=["facts"]))

    _question(doctree)["classes"].append("question")
    for paragraph in section.children:
        typed = paragraph.next_node(nodes.Text) if isinstance(paragraph, nodes.paragraph) else None
        if typed is not None and TYPED.match(typed):
            typed.parent.replace(typed, nodes.Text(TYPED.sub("", typed)))
            paragraph["classes"].append("needs")

    parts = _previewed(doctree).findall(nodes.container)
    place = next((one for one in parts if "live-figure-fallback" in one["classes"]), None)
    if place is not None:
        while "cell" not in place["classes"]:
            place = place.parent
        place["ids"].append(FIRST_FIGURE)
        card = app.builder.book_cards.get(one.number, {})
        picture = _part(app, page, one, card, 'fetchpriority="high"')  # nothing on the first screen is larger
        preview = f'<a class="preview" href="#{FIRST_FIGURE}">{picture} <span>{PLAY}</span></a>'
        after = section.index(_question(doctree).parent) + 1
        section.insert(after, nodes.raw("", preview, format="html"))
    for block in list(doctree.findall(nodes.literal_block)):
        cell = block.parent
        if "cell_input" not in cell["classes"]:
            continue
        imports = len(cell.parent) == 1 and only_imports(block.astext())
        if imports or DRAWS in cell.parent["classes"]:
            name = "Imports" if imports else "Code of the figure"
            fold, end = f'<details class="plumbing"><summary>{name}</summary>', "</details>"
            cell[:] = [nodes.raw("", fold, format="html"), block, nodes.raw("", end, format="html")]


def only_imports(code: str) -> bool:
    """Say whether a cell only imports, or sets up what it imports: no reader needs to see that.

    Args:
        code: A cell's source.
    """
    try:
        kinds = [type(one) for one in ast.parse(code).body]
    except SyntaxError:  # a command of the notebook's
        return False
    imports = (ast.Import, ast.ImportFrom)
    return bool(kinds) and kinds[0] in imports and {*kinds} <= {*imports, ast.Expr}


def _question(doctree: nodes.document) -> nodes.strong | None:
    """Find a chapter's question: the first bold sentence that asks."""
    return next((one for one in doctree.findall(nodes.strong) if one.astext().endswith("?")), None)


def _previewed(doctree: nodes.document) -> nodes.Element:
    """Find where a chapter's preview is: in the cell with that tag, or anywhere."""
    return next((one for one in doctree.findall(nodes.container) if PREVIEW in one["classes"]), doctree)


def _first_picture(part: nodes.Element) -> str | None:
    """Find the stored picture of the first live figure."""
    pictures = (by_type["image/png"] for by_type in _live_figures(part) if "image/png" in by_type)
    return next((picture.next_node(nodes.image)["uri"] for picture in pictures), None)


def _live_figures(part: nodes.Element) -> list[dict[str, nodes.Element]]:
    """List the live figures: for each, what is stored of it by its type."""
    bundles = (one for one in part.findall(nodes.container) if one.get("nb_element") == "mime_bundle")
    stored = [{child.get("mime_type"): child for child in bundle.children} for bundle in bundles]
    return [by_type for by_type in stored if VIEW in by_type]


def _gather(app: Sphinx, env: BuildEnvironment) -> None:
    app.builder.book_chapters = chapters(env)
    contents = env.get_doctree(app.config.root_doc).findall(book_contents)
    app.builder.book_cards = {number: card for place in contents for number, card in place["cards"].items()}


def _fill(app: Sphinx, doctree: nodes.document, page: str) -> None:
    for place in list(doctree.findall(book_contents)):
        place.replace_self(nodes.raw("", _contents(app, page), format="html"))
    for place in list(doctree.findall(book_start)):
        place.replace_self(nodes.raw("", _start(app, page, place["contents"]), format="html"))
    _open(app, doctree, page)


def _equip(app: Sphinx, page: str, _template: str, _context: dict, _doctree: nodes.document | None) -> None:
    if page == app.config.root_doc or any(one.page == page for one in app.builder.book_chapters):
        app.add_js_file("place.js", loading_method="defer")
    if page == app.config.root_doc:
        app.add_css_file("contents.css")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("env-updated", _gather)
    app.connect("doctree-resolved", _fill)
    app.connect("html-page-context", _equip)
    app.add_node(book_contents)
    app.add_node(book_start)
    app.add_directive("chapters", Contents)
    app.add_directive("start", Start)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
