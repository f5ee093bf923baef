"""What learners see of a reference: its whole source without decorators, or its head as a stub."""

import ast
import inspect

import pytest

from segbook.exercises import catalogue, check
from segbook.exercises.source import definition, stub

each_exercise = pytest.mark.parametrize("exercise", catalogue().values(), ids=lambda exercise: exercise.id)


def keep(function):
    return function


def named(name):
    return keep


@keep
@named(
    "in two lines",
)
def decorated(
    number: int,  # a whole one
) -> int:
    """Double it.

    >>> decorated(2)
    4
    """  # as often as you like
    return 2 * number


@keep
def silent(number, *, factor=2):
    # Multiply.
    return factor * number


@each_exercise
def test_a_definition_is_the_reference_without_its_decorators(exercise):
    text = definition(exercise.solution)
    assert text.startswith(f"def {exercise.name}(")
    assert inspect.getsource(exercise.solution) == f"@exercise.reference\n{text}\n"


@each_exercise
def test_a_stub_is_the_reference_without_its_body(exercise):
    (written,) = ast.parse(stub(exercise.solution)).body
    (reference,) = ast.parse(inspect.getsource(exercise.solution)).body
    assert ast.unparse(written.args) == ast.unparse(reference.args)
    assert ast.unparse(written.returns) == ast.unparse(reference.returns)
    assert ast.get_docstring(written, clean=False) == ast.get_docstring(reference, clean=False)
    assert [ast.unparse(line) for line in written.body[1:]] == ["..."]


@each_exercise
def test_a_stub_is_not_started_and_scores_nothing(exercise):
    namespace = {}
    exec(f"import numpy as np\n{stub(exercise.solution)}", namespace)
    said = check(exercise.id, namespace[exercise.name])
    assert said.heading.endswith("not started yet")
    assert {points.partition(" ")[0] for _, _, points in said.marks} == {"0"}


def test_decorators_of_several_lines_and_remarks_behind_the_docstring_are_left_out():
    assert definition(decorated).splitlines()[0] == "def decorated("
    assert stub(decorated).splitlines()[-3:] == ["    4", '    """', "    ..."]
    assert "number: int,  # a whole one" in stub(decorated)


def test_a_reference_without_a_docstring_gives_a_stub_that_does_not_give_it_away():
    assert stub(silent) == "def silent(number, *, factor=2):\n    ..."


def test_what_is_no_def_is_refused():
    answer = lambda number: 2 * number  # noqa: E731
    with pytest.raises(ValueError, match="a reference is declared with def; this is\nanswer = lambda"):
        definition(answer)
