"""Cells that were moved: what a later cell imports is there in the end, and nothing runs twice that ran."""

import pytest
from classroom import notebook, reference

from segbook.exercises import get
from segbook.grading.grade import Task, grade_one

IDS = ("6.1", "6.2", "6.3", "6.4", "6.5")
FIRST = "import numpy as np\n\nfrom segbook.exercises import check"
RIGHT = [f"{reference(id)}\n\ncheck('{id}', {get(id).name})" for id in IDS]
ALL = [sum(get(id).points.values()) for id in IDS]
SIZE = reference("6.3")
HEAD, BODY = SIZE[: SIZE.index("    last_stamp")], SIZE[SIZE.index("    last_stamp") :]


def graded(plan, *cells):
    return grade_one(Task("ada", notebook(*cells)), plan)


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("cells", [(*RIGHT, FIRST), (*reversed(RIGHT), FIRST)])
def test_an_import_cell_that_was_moved_costs_nothing(plan, cells):
    result = graded(plan, *cells)
    assert [one.earned for one in result.exercises.values()] == ALL, result.errors


@pytest.mark.usefixtures("sandbox")
def test_without_the_import_an_answer_that_needs_it_in_its_hints_alone_counts(plan):
    result = graded(plan, *RIGHT)
    assert result.exercises["6.4"].earned == 3
    assert result.exercises["6.3"].earned == 4
    assert "name 'np' is not defined" in result.exercises["6.1"].feedback.message
    assert "run all cells from the top" in result.exercises["6.1"].feedback.message


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    "cells",
    [
        ("ONE = one(np)\n" + HEAD + "    assert ONE == 1\n" + BODY, "def one(np): return int(np.ones(1)[0])", FIRST),
        (HEAD.replace("dilation: int", "dilation: int = int(np.ones(1)[0])") + BODY, FIRST),
        ("@wrapped\n" + SIZE, "import functools\nwrapped = functools.lru_cache"),
        ("import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: np.ndarray\n" + SIZE + "\nA(3)", FIRST),
    ],
)
def test_what_waits_for_a_later_cell_is_made_in_the_end(plan, cells):
    result = graded(plan, *cells)
    assert result.exercises["6.3"].earned == 4, (result.errors, result.exercises["6.3"].reason)


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    "cells",
    [
        # an answer that another cell gave is kept, and so is what it counts on
        (f"x = np.ones(1)\n{HEAD}    return 0", SIZE, FIRST),
        (f"SIGN = np.array(-1)\n{SIZE}", "SIGN = 1", SIZE.replace("return ", "return SIGN * "), FIRST),
        (f"x = np.ones(1)\n{HEAD}    return 0", f"x = never_there\n{SIZE}", FIRST),
        # calls are not made up for: what a cell does, it does once
        ("ran = []", "ran.append(np)\nran.append(1)", HEAD + "    assert not ran\n" + BODY, FIRST),
        ("ran = []", "ran.append(1); x = np.ones(1)\nran.clear()", HEAD + "    assert ran == [1]\n" + BODY, FIRST),
    ],
)
def test_nothing_that_ran_or_is_there_is_made_again(plan, cells):
    result = graded(plan, *cells)
    assert result.exercises["6.3"].earned == 4, (result.errors, result.exercises["6.3"])


@pytest.mark.usefixtures("sandbox")
def test_what_never_comes_back_then_is_left_out(plan):
    endless = "def spin(n):\n    while n: pass\n    return n\n"
    result = graded(plan, "x = spin(np.ones(1))\n" + SIZE, endless, FIRST)
    assert result.exercises["6.3"].earned == 4
