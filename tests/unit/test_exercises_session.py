"""Attempts, progress and hints: what a notebook remembers while it runs."""

from xml.etree import ElementTree

import pytest

from segbook import exercises
from segbook.exercises import catalogue, check, get, hint, progress
from segbook.exercises.session import Session

SIZE = get("6.3")


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(exercises, "_SESSION", Session())


def partly(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size - 1) * stride - 2 * padding + kernel_size


def stub(*args, **options): ...


def row(id):
    return next(row for row in progress(id.partition(".")[0]).rows if row[1].startswith(f"{id} "))


def test_attempts_are_counted_and_the_best_points_kept():
    assert check("6.3", partly).standing.startswith("Attempt 1. Chapter 6: 0 of ")
    assert check("6.3", SIZE.solution).standing.startswith("Attempt 2. Chapter 6: 1 of ")
    check("6.3", partly)
    assert row("6.3") == ("✓", "6.3 Output size", "4 of 4 points", "3 attempts")
    assert row("6.2")[0] == "○"


def test_a_stub_is_no_attempt():
    assert check("6.3", stub).standing == ""
    assert row("6.3")[3] == "not tried yet"


def test_some_points_are_half_a_mark():
    check("6.3", partly)
    assert row("6.3") == ("◐", "6.3 Output size", "3 of 4 points", "1 attempt")


def test_the_total_adds_the_rows():
    check("6.3", partly)
    check("6.2", get("6.2").solution)
    six = [e for e in catalogue().values() if e.id.startswith("6.")]
    points = sum(sum(e.points.values()) for e in six)
    assert progress(6).total == f"1 of {len(six)} exercises done, 7 of {points} points."
    assert len(progress().rows) == len(catalogue())


def test_text_and_html_of_progress_say_the_same():
    check("6.3", partly)
    shown = progress(6)
    text = "".join(ElementTree.fromstring(f"<div>{shown._repr_html_()}</div>").itertext())
    for cells in shown.rows:
        assert all(cell in text and cell in repr(shown) for cell in cells)
    assert shown.total in text
    assert repr(shown).endswith(shown.total)


@pytest.mark.parametrize("chapter", [77, "x", 6.5, object(), -1, "66"])
def test_an_unknown_chapter_is_explained(chapter):
    assert "no such chapter" in progress(chapter).message


def test_hints_come_one_after_the_other_and_the_last_one_stays():
    last = len(SIZE.hints)
    for number, words in enumerate(SIZE.hints, start=1):
        said = hint("6.3")
        assert (said.heading, said.message) == (f"6.3 Output size: hint {number} of {last}", words)
    assert "solution" in said.note
    assert hint("6.3") == said
    assert hint("6.3", 1).message == SIZE.hints[0]


@pytest.mark.parametrize("step", [0, 4, -1, "1", 1.0, True])
def test_a_hint_that_does_not_exist_is_explained(step):
    assert "hints 1 to 3" in hint("6.3", step).message


@pytest.mark.parametrize("id", ["9.99", None, 6.3, object()])
def test_a_hint_for_an_unknown_exercise_is_explained(id):
    assert "There is no exercise" in hint(id).message
