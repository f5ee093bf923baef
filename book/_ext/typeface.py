"""The book's typeface, Literata, cut to what its pages use: upright from regular to bold, and italic.

The fonts come from the npm package @fontsource-variable/literata. Where npm's packages cannot be had, pages are set in
the reader's own serif, and a line says so.
"""

import io
import string
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from sphinx.application import Sphinx

PACKAGE = Path(__file__).parents[2] / "node_modules/@fontsource-variable/literata"
CHARACTERS = string.ascii_letters + string.digits + string.punctuation + " \u00a0§°±²³·¼½¾×Åßàäèéöü–—‘’“”…−"
CUTS = {"normal": ("literata", (400, 700)), "italic": ("literata-italic", 400)}  # file, weights


def cut(style: str, weight: float | tuple[float, float]) -> bytes:
    """Cut one of the package's fonts.

    Args:
        style: "normal" or "italic".
        weight: The one to keep, or the smallest and the largest.

    Returns:
        A font in WOFF2.
    """
    font = TTFont(PACKAGE / f"files/literata-latin-wght-{style}.woff2", recalcTimestamp=False)
    options = subset.Options(layout_features=["kern", "liga", "lnum", "tnum"])
    cutter = subset.Subsetter(options)
    cutter.populate(text=CHARACTERS)
    cutter.subset(font)
    font = instantiateVariableFont(font, {"wght": weight})
    font.flavor = "woff2"
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def _publish(app: Sphinx, error: Exception | None) -> None:
    """Put the fonts beside the pages."""
    if error is not None or app.builder.format != "html":
        return
    if not PACKAGE.exists():
        print("pages have no typeface of their own: npm could not install what package-lock.json says", file=sys.stderr)
        return
    folder = Path(app.outdir, "_static/fonts")
    folder.mkdir(parents=True, exist_ok=True)
    for style, (name, weight) in CUTS.items():
        (folder / f"{name}.woff2").write_bytes(cut(style, weight))


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("build-finished", _publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
