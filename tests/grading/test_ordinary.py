"""Ordinary notebooks get the points that a fair human gives, whatever the sandbox lacks."""

from dataclasses import replace

import pytest
from classroom import notebook
from ordinary import KINDS

from segbook.grading.grade import Task, grade_one
from segbook.grading.plan import Plan
from segbook.grading.sandbox import Limits

PLAN = Plan("a secret", ("6.2", "6.3"), limits=Limits(cell=2.0, call=2.0, total=24.0, memory=600))
SHORTER = {"many cells that take too long": replace(PLAN, limits=replace(PLAN.limits, cell=1.0, total=12.0))}


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("kind", KINDS)
def test_an_ordinary_notebook_gets_the_points_that_a_fair_human_gives(kind):
    points, cells = KINDS[kind]
    result = grade_one(Task(kind, notebook(*cells)), SHORTER.get(kind, PLAN))
    assert tuple(one.earned for one in result.exercises.values()) == points, (result.reason, result.errors)
