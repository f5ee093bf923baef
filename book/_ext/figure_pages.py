"""Figures as objects: each has a name, a number and a caption, an address, and a page of its own to embed elsewhere.

- What stands under a figure in its notebook, `<a id="fig-conv-1d"></a>**Figure 5.1.** …` (tools/captions.py), becomes
  its caption on the page; the text and other chapters link to it.
- Where the text names an equation, such as (6.2), it leads there.
- `embed/conv-1d.html` holds the figure and nothing else, for slides and courses elsewhere.
- `static/figure_tools.js` keeps a live figure's settings in the page's address, and offers them as link and as Python.
"""

import json
import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
ANCHOR = re.compile(r'<a id="(fig-[\w-]+)">')
TAG = re.compile(r"\\tag\{([\d.]+)\}")
NAMED = re.compile(r"(?<!\w)\((\d+\.\d+)\)")
SCRIPTS = ("live_figures.js", "figure_settings.js", "embedded_figure.js")
STYLE = """
:root { color-scheme: light dark; --pst-color-text-base: #1f2328; --pst-color-background: #fff; }
[data-theme="dark"] { --pst-color-text-base: #ced6dd; --pst-color-background: #14181e; }
body { margin: 0; background: var(--pst-color-background); color: var(--pst-color-text-base); }
.segbook.live-figure { margin: 0; }
footer { padding: 6px 4px; font: 13px/1.5 system-ui, sans-serif; }
a { color: inherit; }
h1 { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
"""


class book_figure(nodes.General, nodes.Element):
    """A figure with its caption; docutils' own one would be counted again, by Sphinx and through the whole book."""


class book_caption(nodes.General, nodes.TextElement):
    """What stands under it."""


class Captions(SphinxTransform):
    """Draw each figure together with its caption, and give equations names to link to."""

    default_priority = 600  # before myst-parser looks for the places that links name (879)

    def apply(self, **_options) -> None:
        """Visit every paragraph that names a figure, and every formula with a number."""
        metadata = self.env.metadata[self.env.docname]
        for paragraph in list(self.document.findall(nodes.paragraph)):
            raw = paragraph.next_node(nodes.raw)
            if raw is not None and (anchor := ANCHOR.match(raw.astext())):
                number = paragraph.next_node(nodes.strong).astext().rstrip(".")
                _draw_together(paragraph, anchor[1])
                metadata["myst_slugs"] |= {anchor[1]: (paragraph.line or 0, anchor[1], number)}
                metadata.setdefault("figures", {})[anchor[1]] = number
        for block in list(self.document.findall(nodes.math_block)):
            if tag := TAG.search(block.astext()):
                name = f"eq-{tag[1].replace('.', '-')}"
                block.parent.insert(block.parent.index(block), nodes.target("", "", ids=[name]))
                metadata.setdefault("equations", {})[tag[1]] = name


def _draw_together(paragraph: nodes.paragraph, name: str) -> None:
    """Make a figure of what the cell above a caption shows, and of the caption."""
    cell = paragraph.parent[paragraph.parent.index(paragraph) - 1]
    shown = next(one for one in cell.children if "cell_output" in one["classes"])
    # Known as the output, so that a cell which hides its output hides what is said about it, too.
    figure = book_figure("", ids=[name], classes=["book-figure"], nb_element="cell_code_output")
    cell.replace(shown, figure)
    words = [child for child in paragraph.children if not isinstance(child, nodes.raw)]
    figure += [shown, book_caption("", "", *words)]
    paragraph.parent.remove(paragraph)


def _link_equations(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Let "equation (6.2)" lead to that equation, in whichever chapter it stands."""
    where = {
        number: (other, name)
        for other, data in app.env.metadata.items()
        for number, name in data.get("equations", {}).items()
    }
    for text in list(doctree.findall(nodes.Text)):
        parts = NAMED.split(text.astext())  # between the texts, the numbers
        if len(parts) == 1 or not _is_prose(text):
            continue
        linked: list[nodes.Node] = []
        for i, part in enumerate(parts):
            if i % 2 and part in where:
                other, name = where[part]
                uri = "" if other == page else app.builder.get_relative_uri(page, other)
                linked.append(
                    nodes.reference("", f"({part})", refuri=f"{uri}#{name}", internal=True, classes=["to-equation"])
                )
            else:
                linked.append(nodes.Text(f"({part})" if i % 2 else part))
        text.parent.replace(text, linked)


def _is_prose(text: nodes.Text) -> bool:
    """Tell whether a text is neither code, output, formula nor heading, nor a link already."""
    other = nodes.reference | nodes.literal | nodes.FixedTextElement | nodes.title | nodes.math | nodes.raw
    node = text.parent
    while node is not None and not isinstance(node, other):
        if isinstance(node, nodes.container) and "cell_output" in node["classes"]:
            return False
        node = node.parent
    return node is None


def _dress(app: Sphinx, page: str, _template: str, _context: dict, _doctree: nodes.document | None) -> None:
    """Give a page with figures what makes objects of them."""
    data = app.env.metadata.get(page, {})
    if "figures" in data or data.get("live_figures"):
        app.add_css_file("figure_tools.css")
        app.add_js_file("figure_settings.js", loading_method="defer")
        app.add_js_file("figure_tools.js", loading_method="defer")


def _write_embedded(app: Sphinx, error: Exception | None) -> None:
    """Write a page for each live figure."""
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir, "embed")
    folder.mkdir(exist_ok=True)
    for page, data in app.env.metadata.items():
        if "figures" not in data:
            continue
        notebook = json.loads(Path(app.env.doc2path(page)).read_text("utf-8"))
        states = notebook["metadata"]["widgets"][STATE]["state"]
        for cell, caption in zip(notebook["cells"], notebook["cells"][1:], strict=False):
            anchor = ANCHOR.match("".join(caption["source"]))
            views = [one["data"][VIEW] for one in cell.get("outputs", []) if VIEW in one.get("data", {})]
            if anchor and views:
                link = f"../{app.builder.get_target_uri(page)}#{anchor[1]}"
                number = escape(data["figures"][anchor[1]])
                source = f'<a href="{link}" target="_blank" rel="noopener">{number}</a>'
                source += f" of {escape(app.config.html_title)}, chapter {escape(app.env.titles[page].astext())}"
                embedded = _embedded(states[views[0]["model_id"]]["state"], number, source)
                Path(folder, f"{anchor[1].removeprefix('fig-')}.html").write_text(embedded, "utf-8")


def _embedded(state: dict, number: str, source: str) -> str:
    """Write the page of one figure: what a notebook stores of it, its number, and where it comes from."""
    data = {STATE: {"state": {"figure": {"state": state}}}, VIEW: {"model_id": "figure"}}
    stored = "".join(
        f'<script type="{kind}">{json.dumps(content, ensure_ascii=False).replace("<", chr(92) + "u003c")}</script>'
        for kind, content in data.items()
    )
    scripts = "".join(f'<script src="../_static/{name}" defer></script>' for name in SCRIPTS)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{re.sub("<.*?>", "", source)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>{STYLE}</style>{scripts}</head>\n"
        f"<body><main><h1>{number}</h1><div>{stored}</div></main><footer>{source}</footer></body></html>\n"
    )


def _written_as(tag: str) -> tuple:
    return (
        lambda translator, node: translator.body.append(translator.starttag(node, tag, suffix="")),
        lambda translator, _node: translator.body.append(f"</{tag}>\n"),
    )


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_node(book_figure, html=_written_as("figure"))
    app.add_node(book_caption, html=_written_as("figcaption"))
    app.add_transform(Captions)
    app.connect("doctree-resolved", _link_equations)
    app.connect("html-page-context", _dress)
    app.connect("build-finished", _write_embedded)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
