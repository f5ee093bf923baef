"""The Sphinx side of live figures, and the few things a kernel-free, network-free page needs beside them.

- The page's host script (`static/live_figures.js`) replaces the loaders that myst-nb takes from three CDNs.
- A figure's stored picture stands inside its place until the script has mounted the figure: print, no JavaScript.
- Pictures take their alternative text from the sentence stored with them, or from the `finding` of their cell.
- Pictures wait until they are near the window, and their places are as large as they will be. That of a figure on a
  page of Markdown is on the first screen, where it is all that a reader sees before the figure: it comes at once.
- The directive `live-figure` shows the stored figure of a chapter on a page of Markdown, such as the first one, with
  the picture and sentence of its own settings (tools/page_pictures.py).
- The edit button leads to a chapter's .md, the one file that an author edits.
"""

import base64
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from figure_pages import book_caption, book_figure
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

STATIC = Path(__file__).parent / "static"
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
PIXEL_RATIO = 1.5  # stored pixels for one on the page, sharp on fine screens; tools/snapshots.py has it as SCALE


class OutputPictures(SphinxPostTransform):
    """Before myst-nb picks one of an output's MIME types: describe its picture, and give a live figure a fallback."""

    default_priority = 3  # myst-nb's own choice runs at 4
    formats = ("html",)

    def run(self, **_options) -> None:
        """Visit every output that offers several MIME types."""
        for bundle in self.document.findall(
            lambda n: n.get("nb_element") == "mime_bundle" if _is_element(n) else False
        ):
            by_type = {child.get("mime_type"): child for child in bundle.children}
            if "image/png" not in by_type or "text/plain" not in by_type:
                continue
            sentence = _finding(bundle) or by_type["text/plain"].astext().strip()
            pictures = list(by_type["image/png"].findall(nodes.image))
            for picture in pictures:
                picture["alt"] = sentence
                picture["size"] = stored_size(Path(self.app.srcdir, picture["uri"]))
            if VIEW in by_type:
                fallback = nodes.container(classes=["live-figure-fallback"])
                fallback += [picture.deepcopy() for picture in pictures]
                by_type[VIEW] += fallback


class LiveFigure(SphinxDirective):
    """Show the figure of a class, such as FourTasks, as the first chapter that has one stores it.

    The option `settings` says in JSON what is set otherwise here.
    """

    required_arguments = 1
    option_spec: ClassVar = {"settings": json.loads}

    def run(self) -> list[nodes.Node]:
        """Write what myst-nb writes for a figure in a notebook: state, view and fallback, and its caption."""
        (name,) = self.arguments
        for notebook in sorted(Path(self.env.srcdir, "book").glob("[0-9]*.ipynb")):
            stored = json.loads(notebook.read_text("utf-8"))
            state = stored["metadata"].get("widgets", {}).get(STATE, {"state": {}})
            shown = [(one, below) for cell, below in pairwise(stored["cells"]) for one in cell.get("outputs", [])]
            for output, below in shown:
                data = output.get("data", {})
                model = state["state"].get(data.get(VIEW, {}).get("model_id"), {}).get("state", {})
                if model.get("_anywidget_id", "").endswith(f".{name}"):
                    settings = self.options.get("settings", {})
                    if unknown := settings.keys() - model.keys():
                        raise self.error(f"{name} has no setting {', '.join(sorted(unknown))}")
                    model.update(settings)
                    self.env.note_dependency(str(notebook))
                    self.env.metadata[self.env.docname]["live_figures"] = True
                    figure = self._figure(name, state, data[VIEW])
                    return self._captioned(figure, "".join(below["source"]), f"/book/{notebook.name}")
        raise self.error(f"no chapter has a live figure {name}")

    def _captioned(self, shown: nodes.Node, below: str, chapter: str) -> list[nodes.Node]:
        """Put the caption under it that it has in its chapter, and a link to there."""
        anchor, number, caption = re.match(r'<a id="(.+?)"></a>\*\*(.+?)\.\*\* (.+)', below).groups()
        source = f"{caption} It returns, with all its settings, as **[{number}]({chapter}#{anchor})**."
        words, messages = self.state.inline_text(source, self.lineno)
        figure = book_figure("", ids=[anchor], classes=["book-figure"])
        figure += [shown, book_caption("", "", *words)]
        return [figure, *messages]

    def _figure(self, name: str, state: dict, view: dict) -> nodes.Node:
        beside = Path(self.env.doc2path(self.env.docname)).with_suffix(".figures.json")
        self.env.note_dependency(str(beside))
        stored = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
        if "image/png" not in (data := stored.get(name, {"data": {}})["data"]):
            raise self.error(f"{beside.name} has no picture of {name}; 'make notebooks' takes it")
        # Beside the pictures of notebooks, where myst-nb puts them.
        picture = Path("_build/figures", f"{self.env.docname.replace('/', '-')}-{name}.png")
        path = Path(self.env.srcdir, picture)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data["image/png"]))
        fallback = nodes.container(classes=["live-figure-fallback"])
        sentence = data["text/plain"]
        fallback += nodes.image(uri=f"/{picture.as_posix()}", alt=sentence, size=stored_size(path), at_once=True)
        script = f'<script type="{STATE}">{_safe(state)}</script><script type="{VIEW}">{_safe(view)}</script>'
        return nodes.container("", nodes.raw("", script, format="html"), fallback)


def _finding(output: nodes.Element) -> str:
    """Read what a picture shows, where its own words must not say it because a reader is to predict it first."""
    cell = output.parent
    while cell is not None and "cell_metadata" not in cell:
        cell = cell.parent
    return cell["cell_metadata"].get("finding", "") if cell is not None else ""


def stored_size(png: Path) -> tuple[int, int]:
    """Read how large a stored picture is on the page: width and height follow a PNG's signature and first chunk.

    Args:
        png: Its file.
    """
    header = png.read_bytes()[16:24]
    width, height = (int.from_bytes(header[at : at + 4], "big") / PIXEL_RATIO for at in (0, 4))
    return round(width), round(height)


def _visit_image(translator: HTML5Translator, node: nodes.image) -> None:
    """Write an image as Sphinx does, and what a browser needs to know of a stored one before it has it."""
    HTML5Translator.visit_image(translator, node)
    if "size" in node:
        width, height = node["size"]
        loading, urgent = ("eager", 'fetchpriority="high" ') if node.get("at_once") else ("lazy", "")
        known = f'<img loading="{loading}" width="{width}" height="{height}" {urgent}'
        translator.body[-1] = translator.body[-1].replace("<img ", known, 1)


def _safe(data: dict) -> str:
    """Write JSON that cannot end the script that holds it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _is_element(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Element)


def _configure(_app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(STATIC))
    config.nb_ipywidgets_js = {"live_figures.js": {"defer": "defer"}}
    # Here and not in _config.yml, where they would replace what Jupyter Book computes (the buttons) instead of adding.
    config.html_theme_options |= {"logo": {"text": config.html_title or config.project}, "navbar_persistent": []}


def _mount(app: Sphinx, page: str, _template: str, _context: dict, _doctree: nodes.document | None) -> None:
    if app.env.metadata.get(page, {}).get("live_figures"):
        app.add_js_file("live_figures.js", loading_method="defer")


def _edit_the_source(app: Sphinx, page: str, _template: str, context: dict, _doctree: nodes.document | None) -> None:
    """Point the edit button of a notebook's page to the .md beside it."""
    if not Path(app.srcdir, f"{page}.md").exists():
        return
    for buttons in context.get("header_buttons", []):
        for button in buttons.get("buttons", []):
            if button.get("label") == "source-edit-button":
                button["url"] = button["url"].removesuffix(".ipynb").removesuffix(".md") + ".md"


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("config-inited", _configure, priority=100)  # before myst-nb reads nb_* (500)
    app.connect("html-page-context", _edit_the_source, priority=900)  # after the theme made its buttons
    app.connect("html-page-context", _mount)
    app.setup_extension("figure_pages")  # captions, addresses, pages to embed
    app.add_directive("live-figure", LiveFigure)
    app.add_node(nodes.image, override=True, html=(_visit_image, None))
    app.add_post_transform(OutputPictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
