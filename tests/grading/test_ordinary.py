"""Ordinary notebooks get the points that a fair human gives, whatever the sandbox lacks and whoever saved them."""

from dataclasses import replace

import pytest
from classroom import ROOT, notebook
from forms import FORMS
from ordinary import KINDS, SIZE, STAMPS
from sampling import few_of
from saved import POINTS

from segbook.grading.archives import Unreadable
from segbook.grading.grade import Task, grade_one
from segbook.grading.notebooks import read_cells
from segbook.grading.plan import Plan
from segbook.grading.sandbox import Limits

PLAN = Plan("a secret", ("6.2", "6.3"), limits=Limits(cell=2.0, call=2.0, total=24.0, memory=600))
# All the same twelve seconds of waiting, and so slow: tests/grading/test_caller.py gives such cells to the caller alone.
SHORTER = {"many cells that take too long": replace(PLAN, limits=replace(PLAN.limits, cell=1.0, total=12.0))}
SAVED = ROOT / "tests/grading/saved"


def points(name, data):
    result = grade_one(Task(name, data), SHORTER.get(name, PLAN))
    return tuple(one.earned for one in result.exercises.values()), (result.reason, result.errors)


def gets_its_fair_points(kind):
    expected, cells = KINDS[kind]
    earned, why = points(kind, notebook(*cells))
    assert earned == expected, why


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("kind", few_of(sorted(KINDS.keys() - SHORTER.keys()), len(KINDS) // 4))
def test_an_ordinary_notebook_gets_the_points_that_a_fair_human_gives(kind):
    gets_its_fair_points(kind)


@pytest.mark.slow
@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("kind", SHORTER)
def test_one_that_uses_up_its_time_gets_them_too(kind):
    gets_its_fair_points(kind)


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("kind", few_of(sorted(FORMS), len(FORMS) // 4))
def test_in_the_form_of_any_front_end_it_gets_them_too(kind):
    expected, data = FORMS[kind]
    earned, why = points(kind, data)
    assert earned == expected, why


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("name", few_of(sorted(POINTS), len(POINTS) // 4))
def test_a_notebook_that_a_real_front_end_saved_gets_them_too(name):
    earned, why = points(name, (SAVED / f"{name}.ipynb").read_bytes())
    assert earned == POINTS[name], why


def test_every_saved_notebook_has_its_fair_points_and_there_are_eighty_kinds():
    assert {path.stem for path in SAVED.glob("*.ipynb")} == set(POINTS)
    assert len(POINTS) >= 30
    assert len(KINDS) + len(FORMS) + len(POINTS) >= 80


@pytest.mark.parametrize("kind", FORMS)
def test_the_code_is_read_from_any_form(kind):
    expected, data = FORMS[kind]
    if expected == (0, 0):
        with pytest.raises(Unreadable):
            read_cells(data)
    else:
        read = "\n".join(read_cells(data))
        for id, answer in enumerate((STAMPS, SIZE)):
            assert (answer.splitlines()[1] in read) == (expected[id] == 4)


@pytest.mark.parametrize("name", POINTS)
def test_the_code_is_read_from_what_real_front_ends_saved(name):
    read = "\n".join(read_cells((SAVED / f"{name}.ipynb").read_bytes()))
    for answer, full in zip((STAMPS, SIZE), POINTS[name], strict=True):
        assert (answer.splitlines()[1] in read) == bool(full)
