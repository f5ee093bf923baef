"""The page of the course notes is true: every statement has its place in a chapter, and that place exists.

A table in tests/coverage/ is a section of the notes and has an item for each statement: the chapter and the words by
which its cell is found, the figure, the test and the exercise that carry it, and why. tools/notes.py makes a page of it.
"""

import re
from functools import cache
from pathlib import Path

import notes
import pytest
from notes import listed

from segbook import widgets
from segbook.exercises import catalogue

ROOT = Path(__file__).parents[2]
ITEMS = [
    pytest.param(item, id=f"{name}.{number}")
    for name, table in notes.tables().items()
    for number, item in enumerate(table["statements"], start=1)
]
each_item = pytest.mark.parametrize("item", ITEMS)


@cache
def text(path: str) -> str:
    """Read a file with its white space evened out, so that words are found across line breaks."""
    return " ".join((ROOT / path).read_text("utf-8").split())


def test_the_notes_have_thirteen_sections_each_with_a_title():
    assert list(notes.tables()) == [f"N{n}" for n in range(1, 14)]
    assert all(set(table) == {"title", "statements"} for table in notes.tables().values())


def test_the_page_is_what_the_tables_say():
    assert notes.PAGE.read_text("utf-8") == notes.page(), "run .venv/bin/python tools/notes.py"


def test_the_page_is_in_the_book():
    assert "- file: book/notes\n" in (ROOT / "_toc.yml").read_text("utf-8")


def test_every_section_that_the_code_cites_is_on_the_page():
    cited = {
        number
        for path in [*ROOT.glob("segbook/**/*.py"), *ROOT.glob("book/*.md")]
        for some in re.findall(r"notes (N\d+(?:(?:, | and |–)N\d+)*)", path.read_text("utf-8"))
        for number in re.findall(r"N\d+", some)
    }
    assert len(cited) > 8
    assert cited <= set(notes.tables())


@each_item
def test_an_item_says_all_it_must(item):
    assert set(item) == set(notes.FIELDS)
    assert len(item["statement"]) > 10
    assert listed(item["test"])


def test_each_item_has_a_reason_of_its_own():
    reasons = [item.values[0]["because"] for item in ITEMS]
    assert all(len(reason) > 40 and reason.rstrip().endswith(".") for reason in reasons)
    assert len(set(reasons)) == len(reasons)


@each_item
def test_the_words_stand_in_the_chapter(item):
    source = text(f"book/{item['chapter']}.md")
    for words in listed(item["cell"]):
        assert " ".join(words.split()) in source


@each_item
def test_the_figure_is_shown_in_the_chapter(item):
    for chapter, name in notes.figures(item):
        assert name in widgets.__all__ or name.startswith("show_") or name == "compare"
        assert re.search(rf"\b{name}\(", text(f"book/{chapter}.md"))


@each_item
def test_the_test_and_the_exercise_exist(item):
    for test in listed(item["test"]):
        path, _, name = test.partition("::")
        assert f"def {name}(" in text(path)
    for exercise in listed(item["exercise"]):
        assert exercise in catalogue()


def test_a_place_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="01_tasks has nothing like 'no"):
        notes.find("01_tasks", notes.words("no such words"))
