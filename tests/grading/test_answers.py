"""Right answers that other people would write earn full marks behind the pipe, too: by other ways, in other dtypes."""

import inspect
from importlib import import_module

import pytest
from classroom import ROOT, notebook
from sampling import few_of

from segbook.exercises import catalogue
from segbook.grading.grade import Task, grade_one
from segbook.grading.plan import Plan
from segbook.grading.status import Status

ANSWERS = {path.stem: import_module(f"answers.{path.stem}") for path in sorted(ROOT.glob("tests/answers/chapter*.py"))}
ALLOWED = {id: some for module in ANSWERS.values() for id, some in module.ALLOWED.items()}
CLASS = max(map(len, ALLOWED.values()))
PLAN = Plan("other ways", tuple(id for id in catalogue() if id in ALLOWED))


def notebook_of(number, table="ALLOWED"):
    """Answer every exercise of which there is an n-th way in this way."""
    cells = ["import numpy as np\nfrom segbook.exercises import check"]
    for module in ANSWERS.values():
        chosen = {id: some[number].__name__ for id, some in getattr(module, table).items() if number < len(some)}
        # Two chapters may have functions of one name: what is checked is the object, not whatever has its name at last.
        text = inspect.getsource(module)
        for answer in {one for some in module.ALLOWED.values() for one in some}:  # what asks for torch waits for torch
            if "torch" in inspect.getsource(answer) and answer.__name__ not in chosen.values():
                text = text.replace(inspect.getsource(answer), "")
        cells += [text, "\n".join(f"check('{id}', [{name}][0])" for id, name in chosen.items())]
    return notebook(*cells)


def test_every_exercise_has_six_right_answers_of_other_people():
    for name, module in ANSWERS.items():
        chapter = str(int(name.removeprefix("chapter")))
        assert set(module.ALLOWED) == {id for id in catalogue() if id.partition(".")[0] == chapter}
        for id, some in module.ALLOWED.items():
            # An open exercise is held to its score by ways of its own (tests/unit/test_exercises_chapter11.py).
            wanted = 2 if catalogue()[id].is_open else 6
            assert len({*some, *module.NOT_ALLOWED.get(id, ())}) >= wanted, id


# In one process all answers are judged by tests/unit/test_exercises_laws.py.
@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("number", few_of(range(CLASS), 3))
def test_a_student_who_answers_in_other_ways_earns_full_marks(number):
    result = grade_one(Task("one", notebook_of(number)), PLAN)
    chosen = {id for id, some in ALLOWED.items() if number < len(some)}
    lost = {
        id: result.exercises[id].feedback
        for id in chosen
        if result.exercises[id].earned < result.exercises[id].possible
    }
    assert chosen
    assert lost == {}
    assert result.status is Status.OK


@pytest.mark.usefixtures("sandbox")
def test_an_answer_with_a_package_that_the_exercise_does_not_allow_says_so():
    parts = grade_one(Task("more", notebook_of(0, "NOT_ALLOWED")), PLAN).exercises
    for id in (id for module in ANSWERS.values() for id in module.NOT_ALLOWED):
        assert parts[id].earned == 0
        assert f" cannot be used in {id}" in parts[id].feedback.message, parts[id]
