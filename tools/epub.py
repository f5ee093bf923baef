"""Make the edition for reading devices: `make epub`, and `make epubcheck`, which has it validated.

An EPUB holds XHTML and runs no script. So each built page becomes its article, with pictures in place of live figures
and a link under each to where it is alive, formulas as MathML, and predictions whose answers are folded. Links between
pages stay within the book; others lead to where it is published. The same pages give the same bytes.
"""

import argparse
import posixpath
import re
import sys
import uuid
import zipfile
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from editions import DIST, PAGES, ROOT, contents, online
from epub_package import COVER, NAVIGATION, STYLE, about, cover, navigation, package, xhtml

import segbook

# What a page has and a book has no use for: what runs, what is pressed, what only looks like a
# formula, and the first page's drawing, whose names the parser below would write in small letters.
LIVE = "script, .headerlink, .where-code-runs, .katex-html, a.preview, .glance"
KEPT = {"alt", "class", "colspan", "href", "id", "rowspan", "src", "style", "title", "start"}
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""


def link(address: str, page: str, inside: set[str]) -> str:
    """Say where a page's link leads in the book.

    Args:
        address: As the page has it.
        page: The page's name.
        inside: The names of the pages that the book holds.
    """
    parts = urlsplit(address)
    if parts.scheme or not parts.path:
        return address
    name, suffix = posixpath.splitext(posixpath.normpath(posixpath.join(posixpath.dirname(page), parts.path)))
    if name in inside:
        return address.replace(suffix, ".xhtml", 1)
    place = f"#{parts.fragment}" if parts.fragment else ""
    return (online(name) if suffix == ".html" else online("book/intro")) + place


def _formula(math: Tag, soup: BeautifulSoup) -> None:
    r"""Leave MathML that readers know: its source as alternative text, a number of `\tag` beside it as text."""
    semantics, source = math.find("semantics"), math.find("annotation")
    if not isinstance(semantics, Tag) or not isinstance(source, Tag):
        raise ValueError(f"KaTeX writes a formula's source beside it; here is none: {math.get_text()}")
    math["alttext"] = " ".join(re.sub(r"\\tag\{.*?\}", "", source.get_text()).split())
    source.decompose()
    around = semantics.find("mtable", recursive=False)
    if isinstance(around, Tag) and around.get("width") == "100%":  # KaTeX's way to put the number at the margin
        (row,) = around.find_all("mtr", recursive=False)
        _, formula, _, number = row.find_all("mtd", recursive=False)
        line, label = soup.new_tag("span", attrs={"class": "numbered"}), soup.new_tag("span")
        label.string = number.get_text()
        around.replace_with(formula)
        formula.unwrap()
        math.insert_before(line)
        line.extend([math, label])
    semantics.unwrap()
    for word in math.find_all(["mi", "mn", "mo", "mtext"]):
        if word.find(True):  # KaTeX writes the letters of "mod" one by one into its operator
            word.string = word.get_text()


def _question(prediction: Tag, soup: BeautifulSoup) -> None:
    """Write the choices of a prediction under it: on a page they are buttons."""
    choices = [word.strip() for word in str(prediction.get("data-choices", "")).split("|") if word.strip()]
    if choices and isinstance(prediction.summary, Tag):
        told = soup.new_tag("span", attrs={"class": "choices"})
        told.string = ("Which of these? " if prediction.has_attr("data-many") else "") + " · ".join(choices)
        prediction.summary.extend([soup.new_tag("br"), told])


def _alive(words: str, address: str, soup: BeautifulSoup) -> Tag:
    """Write the line that leads to where something is alive."""
    note, leads = soup.new_tag("p", attrs={"class": "alive"}), soup.new_tag("a", attrs={"href": address})
    leads.string = words
    note.append(leads)
    return note


def article(name: str, inside: set[str]) -> Tag:
    """Read what a page says, as XHTML without scripts.

    Args:
        name: The page's name.
        inside: The names of the pages that the book holds.

    Raises:
        ValueError: If a page has no text, or formulas that were not set when it was built.
    """
    soup = BeautifulSoup((PAGES / f"{name}.html").read_text("utf-8"), "html.parser")
    found = soup.select_one("article.bd-article")
    if found is None:
        raise ValueError(f"{name}: no article in it")
    if unset := [one.get_text() for one in found.select(".math") if not one.find("math")]:
        raise ValueError(f"{name}: formulas were not set (npm could not install KaTeX): {', '.join(unset[:3])}")
    for one in found.select(LIVE):
        one.decompose()
    for one in found.select(".katex-display, .katex, .katex-mathml"):
        one.unwrap()
    for math in found.find_all("math"):
        _formula(math, soup)
    for one in found.select("details.predict"):
        _question(one, soup)
    for one in found.select("details.hide > summary"):
        one.string = "What the cell shows"
    for place in found.select(".live-figure-fallback"):
        figure = place.find_parent("figure")
        address = f"{online(name)}#{figure['id']}" if figure else online(name)
        place.append(_alive("This figure moves in the page", address, soup))
    if "/exercises/" in name and found.h1:
        for one in found.select(".text_html"):  # that nothing has been tried yet
            one.decompose()
        found.h1.insert_after(_alive("Solve these in their page", online(name), soup))
    for one in found.find_all(True):
        if not one.find_parent("math") and one.name != "math":
            one.attrs = {key: value for key, value in one.attrs.items() if key in KEPT}
        if one.name == "li" or one.name == "nav":
            one.attrs.pop("style", None)
        if one.name == "a" and one.has_attr("href"):
            one["href"] = link(str(one["href"]), name, inside)
    return found


def write(path: Path, only: str = "") -> int:
    """Write the book; return how many pages it has.

    Args:
        path: Of the EPUB.
        only: Leave out pages that have not this in their name.

    Raises:
        ValueError: If a page cannot be read.
    """
    chosen = [(level, name) for level, name in contents() if only in name]
    inside = {name for _, name in chosen}
    texts, titles, pictures, formulas = {}, {}, {}, set()
    for _, name in chosen:
        said = article(name, inside)
        titles[name] = said.h1.get_text() if said.h1 else name
        for picture in said.find_all("img"):
            file = posixpath.normpath(posixpath.join(posixpath.dirname(name), str(picture["src"])))
            pictures[file] = (PAGES / file).read_bytes()
        if said.find("math"):
            formulas.add(f"{name}.xhtml")
        said.name = "main"
        style = "../" * name.count("/") + STYLE
        texts[f"{name}.xhtml"] = xhtml(titles[name], said.decode(formatter="minimal"), style)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    address = online("book/intro")
    front = xhtml("Cover", f'<img class="cover" src="{COVER}" alt="{escape(citation["title"])}"/>', STYLE)
    files = {"cover.xhtml": front, "about.xhtml": about(segbook.__version__, address)} | texts
    entries = [(level, f"{name}.xhtml", titles[name]) for level, name in chosen]
    files[NAVIGATION] = navigation([(0, "about.xhtml", "About this edition"), *entries])
    known = uuid.uuid5(uuid.NAMESPACE_URL, f"{address}#{segbook.__version__}")
    opf = package(citation, f"urn:uuid:{known}", list(files), sorted(pictures), formulas)
    held = {"META-INF/container.xml": CONTAINER, "book.opf": opf, STYLE: (ROOT / "tools/epub.css").read_text("utf-8")}
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        data = {"mimetype": b"application/epub+zip"}  # first, and not compressed: so the file says what it is
        data |= {file: text.encode() for file, text in (held | files).items()} | {COVER: cover()} | pictures
        for file, content in data.items():
            entry = zipfile.ZipInfo(file, (2020, 1, 1, 0, 0, 0))
            packing = zipfile.ZIP_STORED if file == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, packing, 9)
    return len(texts)


def main() -> int:
    """Make it."""
    parser = argparse.ArgumentParser(description="Make the edition of the built book for reading devices.")
    parser.add_argument("--only", default="", help="leave out pages that have not this in their name")
    arguments = parser.parse_args()
    if not (PAGES / "index.html").exists():
        print("there are no pages yet: make book", file=sys.stderr)
        return 2
    path = DIST / f"segbook-{segbook.__version__}.epub"
    count = write(path, arguments.only)
    print(f"{path.relative_to(ROOT)}: {count} pages, {path.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
