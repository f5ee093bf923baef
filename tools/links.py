"""Follow the links of the built pages and of the notebooks, without a network: `tools/links.py`.

A link to a file or to a place in one must lead somewhere. Those to other sites are listed with `--external`, address,
tab, and where it stands, for a look by a program that has a network.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "_build/html"
NOTEBOOKS = ROOT / "book"
MARKDOWN = re.compile(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)|<(https?://[^>\s]+)>|\b(?:href|src)=\"([^\"]+)\"")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


class Page(HTMLParser):
    """What a page links to, and what can be linked to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link or a place."""
        given = dict(attrs)
        self.places |= {value for name in ("id", "name") if (value := given.get(name))}
        if tag == "link" and given.get("rel") in {"canonical", "preconnect"}:
            return
        self.links += [value for name in ("href", "src") if (value := given.get(name))]


@cache
def page(path: Path) -> Page:
    """Read a page.

    Args:
        path: An HTML file.
    """
    return Page(path.read_text("utf-8"))


def slug(title: str) -> str:
    """Name the place of a title as Colab, GitHub and Jupyter do, near enough: words joined by hyphens.

    Args:
        title: A line of Markdown without its signs.
    """
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title.strip().lower()))


@cache
def notebook(path: Path) -> tuple[tuple[str, ...], frozenset[str]]:
    """Read what the text of a notebook links to, and the places of its titles.

    Args:
        path: An .ipynb file.
    """
    cells = json.loads(path.read_text("utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    text = CODE.sub("", text)
    links = tuple(next(filter(None, match.groups())) for match in MARKDOWN.finditer(text))
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return links, frozenset({slug(title) for title in titles} | set(re.findall(r'\bid="([^"]+)"', text)))


def all_links(pages: Path = PAGES, notebooks: Path = NOTEBOOKS) -> Iterator[tuple[Path, str]]:
    """Go through all links: the file in which one stands, and what it says.

    Args:
        pages: The built book.
        notebooks: The folder of the chapters.
    """
    for path in sorted(pages.rglob("*.html")):
        if "_static" not in path.relative_to(pages).parts:
            yield from ((path, link) for link in page(path).links)
    for path in sorted(notebooks.rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            yield from ((path, link) for link in notebook(path)[0])


def is_external(link: str) -> bool:
    """Tell whether a link leaves the book."""
    return bool(urlsplit(link).scheme or link.startswith("//"))


def fault(path: Path, link: str) -> str | None:
    """Say where an internal link fails to lead; None, if it leads there.

    Args:
        path: The file in which it stands.
        link: As it stands there.
    """
    parts = urlsplit(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if parts.path.startswith("/"):  # as 404.html has them, which is shown at addresses of any depth
        target = PAGES / unquote(parts.path).removeprefix(_base())
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return f"there is no {link}"
    place = unquote(parts.fragment)
    if place and target.suffix == ".html" and place not in page(target).places:
        return f"{link}: nothing there has the id {place}"
    if place and target.suffix == ".ipynb" and slug(place) not in notebook(target)[1]:
        return f"{link}: no title there makes the place {place}"
    return None


def faults(pages: Path = PAGES, notebooks: Path = NOTEBOOKS) -> list[str]:
    """List the internal links that lead nowhere, each with its file.

    Args:
        pages: The built book.
        notebooks: The folder of the chapters.
    """
    inside = [(path, link) for path, link in all_links(pages, notebooks) if not is_external(link)]
    return [f"{_short(path)}: {wrong}" for path, link in inside if (wrong := fault(path, link))]


def external(pages: Path = PAGES, notebooks: Path = NOTEBOOKS) -> dict[str, list[str]]:
    """List the addresses of other sites, each with the files in which it stands.

    Args:
        pages: The built book.
        notebooks: The folder of the chapters.
    """
    found: dict[str, list[str]] = {}
    for path, link in all_links(pages, notebooks):
        if link.startswith(("http:", "https:")) and (name := _short(path)) not in found.setdefault(link, []):
            found[link].append(name)
    return dict(sorted(found.items()))


def _base() -> str:
    """Read where the site's pages lie on their host."""
    address = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8")).get("html", {}).get("baseurl", "/")
    return urlsplit(address).path


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def main() -> int:
    """Check the internal links, or list the external ones."""
    parser = argparse.ArgumentParser(description="Follow the book's links.")
    parser.add_argument("--external", action="store_true", help="list the links to other sites, and where they stand")
    if parser.parse_args().external:
        for address, places in external().items():
            print(address, ", ".join(places), sep="\t")
        return 0
    if not (PAGES / "index.html").exists():
        print("there are no pages yet: make book", file=sys.stderr)
        return 2
    if wrong := faults():
        print("\n".join(wrong), file=sys.stderr)
    else:
        print(f"{sum(1 for _ in all_links())} links; those within the book all lead somewhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
