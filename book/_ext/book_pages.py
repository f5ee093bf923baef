"""What surrounds the text of a page: what a search finds, what others show of a link to it, which scripts it loads.

- The search page has an index of its own, with the text of every section: it shows where a word stands, ranks by
  sections, and works from file://, where Sphinx's search can show no text.
- A page describes itself by its first paragraph, to search engines and wherever somebody posts a link to it.
- Scripts that no page of this book uses are left out; those of others, which a reader needs only to reach for a menu or
  to copy code, come when the page stands and its first figure is drawn.
- "29 × 29", "9 %" and "U-Net" stay on one line, and in tables "0.967 ± 0.004" and "0.06 to 0.12", on a phone, too.
- `static/page.js`: a page is laid out bit by bit and light on paper; keys reach what is wider than the column.
"""

import json
import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

TOGETHER = re.compile(r"(?<=\d) (±|to) (?=[−\d])")  # what stands between two numbers of a table that belong together
SIZE, SHARE = re.compile(r"(?<=\d) × (?=\d)"), re.compile(r"(?<=\d) %")  # as in 29 × 29 pixels, and 9 %
NAME = re.compile(r"(U-Net)")  # its hyphen is no place to end a line
CODE = nodes.literal | nodes.literal_block | nodes.math | nodes.math_block | nodes.raw
BETWEEN_TAGS = re.compile(r"(?<=>)[^<]+")
UNUSED = ("doctools.js", "sphinx_highlight.js", "design-tabs.js")
LATE = ("clipboard.min.js", "copybutton.js", "sphinx-book-theme.js")  # and what the theme adds itself
INDEX = "search_sections.js"
FIRST = "live_figures.js"  # what readers came for
DESCRIPTION = 200  # characters that search engines show


def sections(doctree: nodes.document) -> list[tuple[str, str, str]]:
    """List the sections of a page: anchor, title, and the text under that title, its code last.

    Formulas and outputs are left out.

    Args:
        doctree: A page as it is about to be written.
    """
    listed = []
    for section in doctree.findall(nodes.section):
        heading = section.next_node(nodes.title)
        if heading is not None:
            own = [child for child in section.children if not isinstance(child, nodes.section | nodes.title)]
            own.sort(key=_is_code)
            listed.append((section["ids"][0], heading.astext(), " ".join(filter(None, map(_text, own)))))
    return listed


def description(doctree: nodes.document) -> str:
    """Shorten the first paragraph of a page to whole words that search engines show.

    Args:
        doctree: A page as it is about to be written.
    """
    text = next((text for p in doctree.findall(nodes.paragraph) if len(text := _text(p)) > 60), "")
    return text if len(text) <= DESCRIPTION else text[:DESCRIPTION].rpartition(" ")[0] + " …"


def keep_whole(doctree: nodes.document) -> None:
    """Let no line end within a size, before a per cent sign or in "U-Net", and none of a table in a number's spread.

    Args:
        doctree: A page as it is about to be written; changed in place.
    """
    for text in list(doctree.findall(nodes.Text)):
        if isinstance(text.parent, nodes.raw) and "<summary" in text:  # a question, which is HTML
            words = BETWEEN_TAGS.sub(
                lambda found: NAME.sub(r'<span class="whole">\1</span>', _together(found[0])), text
            )
            text.parent.replace(text, nodes.Text(words))
        elif not isinstance(text.parent, CODE):
            words = _together(text)
            if _stands_in(text, nodes.entry):
                words = TOGETHER.sub("\u00a0\\1\u00a0", words)
            if words != text or NAME.search(words):
                parts = filter(None, NAME.split(words))
                text.parent.replace(text, [_whole(part) if NAME.match(part) else nodes.Text(part) for part in parts])


def _whole(name: str) -> nodes.inline:
    return nodes.inline("", name, classes=["whole"])


def _together(words: str) -> str:
    return SHARE.sub("\u00a0%", SIZE.sub("\u00a0×\u00a0", words))


def _stands_in(node: nodes.Node, kind: type[nodes.Node]) -> bool:
    return node is not None and (isinstance(node, kind) or _stands_in(node.parent, kind))


def _is_code(node: nodes.Node) -> bool:
    return isinstance(node, nodes.literal_block) or (isinstance(node, nodes.container) and "cell" in node["classes"])


def _text(node: nodes.Node) -> str:
    """Read a node's words; a formula or an output has none."""
    if isinstance(node, nodes.Text):
        return node.astext().replace("\u00a0", " ")  # so that a search finds what is typed
    silent = isinstance(node, nodes.math | nodes.math_block | nodes.raw | nodes.image | nodes.comment)
    if silent or (isinstance(node, nodes.container) and node.get("nb_element") == "cell_code_output"):
        return ""
    inline = isinstance(node, nodes.TextElement) and not isinstance(node, nodes.literal_block)
    return re.sub(r"\s+", " ", ("" if inline else " ").join(map(_text, node.children))).strip("" if inline else None)


def _surround(app: Sphinx, page: str, _template: str, context: dict, doctree: nodes.document | None) -> None:
    if page == "search":
        app.add_js_file(INDEX, loading_method="defer")
        app.add_js_file("search_page.js", loading_method="defer")
    late = [one for one in context["script_files"] if _name(one) in LATE]
    context["late_scripts"] = [one.filename for one in sorted(late, key=lambda one: LATE.index(_name(one)))]
    now = [one for one in context["script_files"] if _name(one) not in (*UNUSED, *LATE)]
    context["script_files"] = sorted(now, key=lambda one: _name(one) != FIRST)
    for script in context["script_files"]:
        if _name(script) not in ("", "documentation_options.js"):
            script.attributes["defer"] = "defer"
    if doctree is None:
        return
    found = [[f"{app.builder.get_target_uri(page)}#{anchor}", title, text] for anchor, title, text in sections(doctree)]
    app.builder.book_sections[page] = found
    said, title = escape(description(doctree)), escape(app.env.titles[page].astext())
    context["metatags"] += "".join(
        f'\n    <meta {key}="{name}" content="{content}" />'
        for key, name, content in [
            ("name", "description", said),
            ("property", "og:type", "article"),
            ("property", "og:title", title),
            ("property", "og:description", said),
            ("property", "og:site_name", escape(app.config.html_title)),
        ]
    )


def _name(script) -> str:
    return str(script.filename or "").rpartition("/")[2]


def _start(app: Sphinx) -> None:
    app.builder.book_sections = {}


def _write_index(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        pages = list(app.builder.book_sections.values())
        text = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
        Path(app.outdir, "_static", INDEX).write_text(f"window.bookSections = {text};\n", "utf-8")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("builder-inited", _start)
    app.connect("doctree-resolved", lambda _app, doctree, _page: keep_whole(doctree))
    app.connect("html-page-context", _surround, priority=950)  # after all have added their scripts
    app.connect("build-finished", _write_index)
    app.add_js_file("page.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": False}
