"""Cut the book's font to what its pages use: the letters in CHARACTERS, upright from regular to bold, and italic.

Run it where fontTools and brotli are installed, on the folder of the npm package @fontsource-variable/literata:
`python tools/fonts.py PACKAGE`. It writes book/_static/fonts/, which is committed, so no build needs any of this.
"""

import io
import shutil
import string
import sys
from pathlib import Path

FONTS = Path(__file__).parents[1] / "book/_static/fonts"
CHARACTERS = string.ascii_letters + string.digits + string.punctuation + " \u00a0§°±²³·¼½¾×ßàäèéöü–—‘’“”…−"
CUTS = {"normal": ("literata", (400, 700)), "italic": ("literata-italic", 400)}


def cut(package: Path) -> None:
    """Write both cuts and the licence.

    Args:
        package: The unpacked npm package.
    """
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    for style, (name, weight) in CUTS.items():
        font = TTFont(package / f"files/literata-latin-wght-{style}.woff2")
        options = subset.Options(flavor="woff2", layout_features=["kern", "liga", "lnum", "tnum"])
        cutter = subset.Subsetter(options)
        cutter.populate(text=CHARACTERS)
        cutter.subset(font)
        font = instantiateVariableFont(font, {"wght": weight})
        font.flavor = "woff2"
        written = io.BytesIO()
        font.save(written)
        (FONTS / f"{name}.woff2").write_bytes(written.getvalue())
    shutil.copyfile(package / "LICENSE", FONTS / "LICENCE-Literata.txt")


if __name__ == "__main__":
    cut(Path(sys.argv[1]))
