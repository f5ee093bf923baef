"""The Sphinx side of live figures, and the few things a kernel-free, network-free page needs beside them.

- The page's host script (`static/live_figures.js`) replaces the loaders that myst-nb takes from three CDNs.
- A figure's stored picture stands inside its place until the script has mounted the figure: print, no JavaScript.
- Pictures take their alternative text from the sentence stored with them.
- MathJax comes from a package instead of a CDN.
- The edit button leads to a chapter's .md, the one file that an author edits.
"""

from importlib.metadata import distribution
from pathlib import Path
from shutil import copyfile

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform

STATIC = Path(__file__).parent / "static"
VIEW = "application/vnd.jupyter.widget-view+json"
MATHJAX = "tex-svg.js"
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
            sentence = by_type["text/plain"].astext().strip()
            pictures = list(by_type["image/png"].findall(nodes.image))
            for picture in pictures:
                picture["alt"] = sentence
                picture["width"] = f"{_width(Path(self.app.srcdir, picture['uri'])) / PIXEL_RATIO:.0f}px"
            if VIEW in by_type:
                fallback = nodes.container(classes=["live-figure-fallback"])
                fallback += [picture.deepcopy() for picture in pictures]
                by_type[VIEW] += fallback


class NumberedEquations(SphinxPostTransform):
    r"""Let `\tag` work in a block that has several lines: Sphinx's `split` environment does not allow it there."""

    default_priority = 5
    formats = ("html",)

    def run(self, **_options) -> None:
        r"""Wrap such a block in `\[…\]` itself."""
        for block in self.document.findall(nodes.math_block):
            if r"\tag" in block.astext():
                block["nowrap"] = True
                block.children = [nodes.Text(rf"\[{block.astext()}\]")]


def _width(png: Path) -> int:
    """Read a PNG's width: four bytes after the signature and the header chunk's length and name."""
    return int.from_bytes(png.read_bytes()[16:20], "big")


def _is_element(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Element)


def _configure(_app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(STATIC))
    config.nb_ipywidgets_js = {"live_figures.js": {"defer": "defer"}}
    config.mathjax_path = "formulas.js"  # which loads MathJax when the figures are drawn
    config.mathjax_options = {"defer": "defer"}
    # Here and not in _config.yml, where they would replace what Jupyter Book computes (the buttons) instead of adding.
    config.html_theme_options |= {"logo": {"text": config.html_title or config.project}, "navbar_persistent": []}


def _copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Take the one file we need; the package's own extension would copy all of its 24 MB."""
    if error is None and app.builder.format == "html":
        package = distribution("sphinx-mathjax-offline")
        copyfile(
            package.locate_file(f"sphinx-mathjax-offline/static/mathjax/{MATHJAX}"),
            Path(app.outdir, "_static", MATHJAX),
        )


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
    app.connect("build-finished", _copy_mathjax)
    app.add_post_transform(OutputPictures)
    app.add_post_transform(NumberedEquations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
