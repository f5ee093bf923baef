"""Write book/notes.md, the page of the course notes, from the tables in tests/coverage.

A table holds a section of the notes, a statement for each item: in which chapter and by which words it is stated, the
figure that shows it, the exercise that asks for it, the test that holds it, and in a sentence why these carry it.

    .venv/bin/python tools/notes.py
"""

import re
from functools import cache
from pathlib import Path

import captions
import yaml

from segbook import widgets
from segbook.exercises import catalogue

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "book/notes.md"
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]["url"]
FIELDS = ("statement", "chapter", "cell", "figure", "exercise", "test", "because")

OPENING = """\
# The course notes

<!-- Written by tools/notes.py from tests/coverage: edit there. -->

This page is for people who maintain the book, or who teach from the notes of the course out of which it grew. Readers
of the book do not need it.

The notes have thirteen short sections, from the tasks of computer vision to the weighted loss of U-Net. Here is what
they state, in this book's words and symbols. A number such as N6.2 is the second statement of section N6, and "notes
N6" in a docstring of `segbook` means that section.

Under each statement you find where the book states it, the figure that shows it, the exercise in which you do it
yourself, and the test that holds it. A sentence then says why these together carry the statement. A *remark* is not a
statement of the notes: it says where the book has to be more careful than they are. What became of their symbols is in
[notation](notation.md).
"""


def tables() -> dict[str, dict]:
    """Read the tables: the name of a section, such as N6, to its title and statements, in order."""
    paths = sorted(ROOT.glob("tests/coverage/N*.yml"), key=lambda path: int(path.stem[1:]))
    return {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in paths}


def listed(value: str | list | None) -> list[str]:
    """Make a list of what a table gives as one, several or none."""
    return value if isinstance(value, list) else [] if value is None else [value]


def figures(item: dict) -> list[tuple[str, str]]:
    """List chapter and name of an item's figures; one of another chapter is written "05_downsampling/Conv1D"."""
    return [
        (chapter or item["chapter"], name) for chapter, _, name in (f.rpartition("/") for f in listed(item["figure"]))
    ]


@cache
def source(chapter: str) -> str:
    """Read a chapter's source."""
    return (ROOT / f"book/{chapter}.md").read_text("utf-8")


def find(chapter: str, pattern: str, start: int = 0) -> int:
    """Find a pattern in a chapter, from a place on, or else anywhere."""
    found = re.compile(pattern)
    match = found.search(source(chapter), start) or found.search(source(chapter))
    if not match:
        raise ValueError(f"{chapter} has nothing like {pattern!r}")
    return match.start()


def section(chapter: str, at: int) -> tuple[str, str]:
    """Give the heading above a place of a chapter, if there is one, and the address of what follows it."""
    above = source(chapter)[: source(chapter).find("\n", at) + 1]
    headings = re.findall(r"^##+ (.*)$", above, re.MULTILINE)
    return (headings[-1], f"{chapter}.ipynb#{slug(headings[-1])}") if headings else ("", f"{chapter}.ipynb")


def slug(heading: str) -> str:
    """Write a heading as the pages address it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def stated(item: dict) -> str:
    """Link to the section of the chapter that states an item."""
    chapter = item["chapter"]
    heading, address = section(chapter, find(chapter, words(listed(item["cell"])[0])))
    return f"[chapter {int(chapter[:2])}{heading and f', “{heading}”'}]({address})"


def shown(item: dict) -> list[str]:
    """Link to the figures: to a live one by its number, to a plot in the section in which it stands next."""
    at = find(item["chapter"], words(listed(item["cell"])[0]))
    links = []
    for chapter, name in figures(item):
        if name in widgets.__all__:
            anchor = getattr(widgets, name).anchor()
            links.append(f"[Figure {captions.numbers()[anchor]}]({chapter}.ipynb#{anchor})")
        else:
            start = source(chapter).rfind("\n## ", 0, at + 4)
            links.append(f"[`{name}`]({section(chapter, find(chapter, call(name), start))[1]})")
    return links


def asked(item: dict) -> list[str]:
    """Link to the exercises."""
    links = []
    for id in listed(item["exercise"]):
        page = next(ROOT.glob(f"book/exercises/{int(id.partition('.')[0]):02}_*.md")).stem
        title = f"{id} {catalogue()[id].title}"
        links.append(f"[{title}](exercises/{page}.ipynb#{slug(title)})")
    return links


def tested(item: dict) -> list[str]:
    """Link to the tests' files in the repository."""
    tests = [test.partition("::") for test in listed(item["test"])]
    return [f"[`{name}`]({REPOSITORY}/blob/main/{path})" for path, _, name in tests]


def words(text: str) -> str:
    """Write the pattern of some words, whatever white space lies between them."""
    return r"\s+".join(map(re.escape, text.split()))


def call(name: str) -> str:
    """Write the pattern of a function's call."""
    return rf"\b{name}\("


def entry(item: dict) -> str:
    """Write what stands under a statement: its links, and why they are there."""
    parts = {"Stated in": [stated(item)], "shown by": shown(item), "exercise": asked(item), "tested by": tested(item)}
    links = "; ".join(f"{what} {' and '.join(links)}" for what, links in parts.items() if links)
    return f": {links}.\n: {' '.join(item['because'].split())}"


def page() -> str:
    """Write the page."""
    text = [OPENING]
    for name, table in tables().items():
        text.append(f"({name.lower()})=\n## {name}. {table['title']}\n")
        for number, item in enumerate(table["statements"], start=1):
            statement = re.sub(r"^(Remark[^:]*):", r"*\1:*", " ".join(item["statement"].split()))
            text.append(f"**{name}.{number}** {statement}\n{entry(item)}\n")
    return "\n".join(text)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
