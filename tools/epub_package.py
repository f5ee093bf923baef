"""What an EPUB has beside its pages: the package file, the table of contents, the cover, a word on the edition."""

import io
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from segbook import palette
from segbook.data import nuclei

STYLE, COVER, NAVIGATION = "epub.css", "cover.png", "contents.xhtml"
TITLE = "A Label for Every Pixel"
TYPES = {".xhtml": "application/xhtml+xml", ".png": "image/png", ".svg": "image/svg+xml", ".css": "text/css"}
NAVY = "#0B3C5D"
FEATURES = ("tableOfContents", "structuralNavigation", "alternativeText", "MathML")
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def xhtml(title: str, body: str, style: str) -> str:
    """Write a page.

    Args:
        title: Its title, as text.
        body: What it says, as XHTML.
        style: The path from it to the style sheet.
    """
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        ' lang="en" xml:lang="en">\n'
        f'<head><title>{escape(title)}</title><link rel="stylesheet" type="text/css" href="{style}"/></head>\n'
        f"<body>{body}</body>\n</html>\n"
    )


def about(version: str, address: str) -> str:
    """Write the page on the edition.

    Args:
        version: Of the book.
        address: Where it is alive.
    """
    home, licence = f'<a href="{escape(address)}">{escape(address)}</a>', f'<a href="{LICENCE}">CC BY 4.0</a>'
    return xhtml(
        "About this edition",
        f"<main><h1>About this edition</h1><p>This is version {escape(version)} of <em>{TITLE}</em> for reading "
        "devices. Nothing in it runs: where a page has a live figure, this edition has its picture and a link to the "
        "page. Touch a question to see its answer. Exercises are solved in their page or in a notebook; "
        f"both are at {home}.</p><p>Text, figures and exercises: {licence}, the segbook authors. Code: BSD-3-Clause. "
        "The real nuclei, on the cover, too: the 2018 Data Science Bowl, CC0.</p></main>",
        STYLE,
    )


def navigation(entries: list[tuple[int, str, str]]) -> str:
    """Write the table of contents.

    Args:
        entries: Level, file and title of each page, in order.
    """
    lines, depth = [], -1
    for level, file, title in entries:
        lines.append("<ol>" * (level - depth) if level > depth else "</li>" + "</ol></li>" * (depth - level))
        lines.append(f'<li><a href="{file}">{escape(title)}</a>')
        depth = level
    lines.append("</li></ol>" * (depth + 1))
    body = f'<nav epub:type="toc" id="toc"><h1>Contents</h1>{"".join(lines)}</nav>'
    return xhtml("Contents", body, STYLE)


def package(citation: Mapping[str, Any], known: str, files: list[str], pictures: list[str], formulas: set[str]) -> str:
    """Write the package file: what the book is, what it holds, in which order it is read.

    Args:
        citation: The content of CITATION.cff.
        known: The identifier of this version.
        files: The pages, in order; the table of contents stands last and is shown after the cover.
        pictures: The paths of the pictures.
        formulas: Those of the pages that have MathML.
    """
    listed = [f'<item id="style" href="{STYLE}" media-type="text/css"/>']
    listed += [f'<item id="cover" href="{COVER}" media-type="image/png" properties="cover-image"/>']
    for number, file in enumerate(files):
        told = "nav" if file == NAVIGATION else "mathml" if file in formulas else ""
        properties = f' properties="{told}"' if told else ""
        listed.append(f'<item id="page-{number}" href="{file}" media-type="{TYPES[".xhtml"]}"{properties}/>')
    for number, file in enumerate(pictures):
        listed.append(f'<item id="picture-{number}" href="{file}" media-type="{TYPES[Path(file).suffix]}"/>')
    order = [0, 1, len(files) - 1, *range(2, len(files) - 1)]
    spine = "".join(f'<itemref idref="page-{number}"/>' for number in order)
    features = "".join(f'<meta property="schema:accessibilityFeature">{one}</meta>' for one in FEATURES)
    modes = "".join(f'<meta property="schema:accessMode">{one}</meta>' for one in ("textual", "visual"))
    return f"""<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="known" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="known">{known}</dc:identifier>
<dc:title>{escape(citation["title"])}</dc:title>
<dc:creator>{escape(", ".join(one["name"] for one in citation["authors"]))}</dc:creator>
<dc:language>en</dc:language>
<dc:description>{escape(citation["abstract"])}</dc:description>
<dc:date>{citation["date-released"]}</dc:date>
<dc:rights>{LICENCE}</dc:rights>
{"".join(f"<dc:subject>{escape(word)}</dc:subject>" for word in citation["keywords"])}
<meta property="dcterms:modified">{citation["date-released"]}T00:00:00Z</meta>
{modes}<meta property="schema:accessModeSufficient">textual,visual</meta>{features}
<meta property="schema:accessibilityHazard">none</meta>
<meta property="schema:accessibilitySummary">Every picture that says something has alternative text; formulas are
MathML with their TeX source as alternative text.</meta>
</metadata>
<manifest>
{chr(10).join(listed)}
</manifest>
<spine>{spine}</spine>
</package>
"""


def cover() -> bytes:
    """Draw the cover, a PNG of 1200 × 1800 pixels: real nuclei, and below the diagonal their labels."""
    image, _, instances = nuclei("train", percentiles=(1, 99.8))[17]
    grey, ids = image[0, 112:184, 64:136].numpy(), instances[112:184, 64:136].numpy()
    colours = np.array([tuple(bytes.fromhex(one[1:])) for one in palette.CYCLE])
    tinted = np.where(ids[..., None] > 0, colours[ids % len(colours)], 235)
    row, column = np.indices(ids.shape)
    shown = np.where(np.expand_dims(row + column > 71, -1), tinted, (grey * 255)[..., None]).astype(np.uint8)
    page = Image.new("RGB", (1200, 1800), NAVY)
    page.paste(Image.fromarray(shown).resize((1080, 1080), Image.Resampling.NEAREST), (60, 660))
    pen, fonts = ImageDraw.Draw(page), Path(mpl.get_data_path(), "fonts/ttf")

    def write(text: str, top: int, size: int, colour: str, name: str = "DejaVuSans") -> None:
        pen.text((60, top), text, colour, ImageFont.truetype(str(fonts / f"{name}.ttf"), size), spacing=24)

    write("A Label for\nEvery Pixel", 90, 142, "white", "DejaVuSans-Bold")
    write("Semantic segmentation, from patches to U-Net", 500, 44, palette.SKY)
    write("The segbook authors", 580, 34, "white")
    page.save(data := io.BytesIO(), "PNG", optimize=True)
    return data.getvalue()
