"""Follow the links of the built pages, the notebooks and the repository's texts, without a network: `make links`.

A link to a file or to a place in one must lead somewhere; that the file is named by its address at the repository's
host, or by Colab's, makes no difference. Those to other sites are listed in benchmarks/results/links.md with the pages
that have them, so that whoever changes one sees it, and can be asked by whoever has a network.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "_build/html"
NOTEBOOKS = ROOT / "book"
LISTED = ROOT / "benchmarks/results/links.md"
HEAD = """# Links to other sites

Every address outside the book and its repository to which pages, notebooks and texts lead, and where it stands there.
Written by `make links`; a test holds it to the pages. Links within the book are followed by every `make test`.
"""
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
def written(path: Path) -> tuple[tuple[str, ...], frozenset[str]]:
    """Read what a text in Markdown links to, and the places of its titles.

    Args:
        path: An .ipynb or .md file.
    """
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = [cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        text = "\n\n".join("".join(cell) for cell in cells)
    text = CODE.sub("", text)
    links = tuple(next(filter(None, match.groups())) for match in MARKDOWN.finditer(text))
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return links, frozenset({slug(title) for title in titles} | set(re.findall(r'\bid="([^"]+)"', text)))


def texts(folder: Path = ROOT) -> list[Path]:
    """List the repository's own texts: README, CONTRIBUTING and the like; chapters are read as notebooks.

    Args:
        folder: The repository.
    """
    command = ["git", "ls-files", "*.md", ":!book"]
    listed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.split()
    return [path for name in listed if (path := folder / name) != LISTED]


def all_links(pages: Path = PAGES, others: Iterable[Path] | None = None) -> Iterator[tuple[Path, str]]:
    """Go through all links: the file in which one stands, and what it says.

    Args:
        pages: The built book.
        others: Notebooks and texts; None: those of this repository.
    """
    if others is None:
        others = [path for path in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts] + texts()
    for path in sorted(pages.rglob("*.html")):
        if "_static" not in path.relative_to(pages).parts:
            yield from ((path, link) for link in page(path).links)
    for path in sorted(others):
        yield from ((path, link) for link in written(path)[0])


def is_external(link: str) -> bool:
    """Tell whether a link leaves the book."""
    return bool(urlsplit(link).scheme or link.startswith("//"))


@cache
def home() -> tuple[str, re.Pattern[str]]:
    """Read the repository's address, and how addresses of its files begin there and in Colab."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    address, branch = settings["repository"]["url"], settings["repository"]["branch"]
    colab = f"{settings['launch_buttons']['colab_url']}/github{urlsplit(address).path}"
    either = f"(?:{re.escape(address)}|{re.escape(colab)})"
    return address, re.compile(rf"{either}/(?:blob|tree|raw|edit)/{re.escape(branch)}/([^?#]*)")


def fault(path: Path, link: str) -> str | None:
    """Say where a link into the book or its repository fails to lead; None, if it leads there or to another site.

    Args:
        path: The file in which it stands.
        link: As it stands there.
    """
    parts = urlsplit(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if at_home := home()[1].match(link):
        target = ROOT / unquote(at_home[1])
    elif is_external(link):
        return None
    elif parts.path.startswith("/"):  # as 404.html has them, which is shown at addresses of any depth
        target = PAGES / unquote(parts.path).removeprefix(_base())
    if target.is_dir() and path.suffix == ".html" and not at_home:
        target /= "index.html"
    if not target.exists():
        return f"there is no {link}"
    place = unquote(parts.fragment)
    if place and target.suffix == ".html" and place not in page(target).places:
        return f"{link}: nothing there has the id {place}"
    if place and target.suffix in {".ipynb", ".md"} and slug(place) not in written(target)[1]:
        return f"{link}: no title there makes the place {place}"
    return None


def faults(pages: Path = PAGES, others: Iterable[Path] | None = None) -> list[str]:
    """List the links that lead nowhere within the book and its repository, each with its file.

    Args:
        pages: The built book.
        others: Notebooks and texts; None: those of this repository.
    """
    return [f"{_short(path)}: {wrong}" for path, link in all_links(pages, others) if (wrong := fault(path, link))]


def external(pages: Path = PAGES, others: Iterable[Path] | None = None) -> dict[str, list[str]]:
    """List the addresses of other sites, each with where it stands; a page and its notebook have one name.

    Args:
        pages: The built book.
        others: Notebooks and texts; None: those of this repository.
    """
    found: dict[str, set[str]] = {}
    for path, link in all_links(pages, others):
        own = home()[1].match(link) or f"{link}/".startswith((f"{home()[0]}/", _site()))
        if link.startswith(("http:", "https:")) and not own:
            place = path.relative_to(pages).as_posix() if path.is_relative_to(pages) else _short(path)
            found.setdefault(link, set()).add(re.sub(r"^book/|\.(html|ipynb)$", "", place))
    return {address: sorted(places) for address, places in sorted(found.items())}


def listing(found: dict[str, list[str]]) -> str:
    """Write the list of `external` as a text in Markdown.

    Args:
        found: Its result.
    """
    lines = [f"- <{address}>: {', '.join(places)}\n" for address, places in found.items()]
    return f"{HEAD}\n{''.join(lines)}"


@cache
def _site() -> str:
    """Read the address under which the pages are published; one that no address begins with, if there is none."""
    return yaml.safe_load((ROOT / "_config.yml").read_text("utf-8")).get("html", {}).get("baseurl", "/")


def _base() -> str:
    """Read where the site's pages lie on their host."""
    return urlsplit(_site()).path


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def main() -> int:
    """Check the links within the book, or list the others."""
    parser = argparse.ArgumentParser(description="Follow the book's links.")
    parser.add_argument("--external", action="store_true", help=f"list those to other sites in {_short(LISTED)}")
    arguments = parser.parse_args()
    if not (PAGES / "index.html").exists():
        print("there are no pages yet: make book", file=sys.stderr)
        return 2
    if arguments.external:
        found = external()
        LISTED.write_text(listing(found), "utf-8")
        print(f"{_short(LISTED)}: {len(found)} addresses of other sites")
        return 0
    if wrong := faults():
        print("\n".join(wrong), file=sys.stderr)
    else:
        print(f"{sum(1 for _ in all_links())} links; those within the book all lead somewhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
