"""The coverage tables are true: every statement of the notes has its place in a chapter, and that place exists.

A table in tests/coverage/ has one item for each statement of a section of the course notes: the chapter and the words
by which its cell is found, the figure, the test and the exercise that carry it. Where a statement has no figure, test
or exercise, the table says why in `because`.
"""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from segbook import widgets
from segbook.exercises import catalogue

ROOT = Path(__file__).parents[2]
TABLES = sorted((ROOT / "tests" / "coverage").glob("N*.yml"), key=lambda path: int(path.stem[1:]))
ITEMS = [
    pytest.param(item, id=f"{table.stem}-{number}")
    for table in TABLES
    for number, item in enumerate(yaml.safe_load(table.read_text("utf-8")), start=1)
]
each_item = pytest.mark.parametrize("item", ITEMS)


@cache
def text(path: str) -> str:
    """Read a file with its white space evened out, so that words are found across line breaks."""
    return " ".join((ROOT / path).read_text("utf-8").split())


def listed(value: str | list | None) -> list:
    return value if isinstance(value, list) else [] if value is None else [value]


def test_every_section_of_the_notes_that_has_a_chapter_has_a_table():
    assert [table.stem for table in TABLES] == [f"N{n}" for n in range(1, len(TABLES) + 1)]
    assert len(TABLES) >= 5


@each_item
def test_an_item_says_all_it_must(item):
    assert set(item) - {"because"} == {"statement", "chapter", "cell", "figure", "test", "exercise"}
    assert len(item["statement"]) > 10
    missing = [name for name in ("figure", "test", "exercise") if not item[name]]
    assert not missing or len(item.get("because") or "") > 10, f"says no {missing} and does not say why"


@each_item
def test_the_words_stand_in_the_chapter(item):
    source = text(f"book/{item['chapter']}.md")
    for words in listed(item["cell"]):
        assert " ".join(words.split()) in source


@each_item
def test_the_figure_is_shown_in_the_chapter(item):
    source = text(f"book/{item['chapter']}.md")
    for figure in listed(item["figure"]):
        name = figure.removeprefix("plot.")
        assert name in widgets.__all__ or name.startswith("show_") or name == "compare"
        assert re.search(rf"\b{name}\(", source)


@each_item
def test_the_test_and_the_exercise_exist(item):
    for test in listed(item["test"]):
        path, _, name = test.partition("::")
        assert f"def {name}(" in text(path)
    for exercise in listed(item["exercise"]):
        assert str(exercise) in catalogue()
