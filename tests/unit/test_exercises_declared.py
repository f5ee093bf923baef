"""Laws that every declared exercise obeys, and its notebook."""

import ast
import doctest
import inspect
import re
from importlib import import_module
from itertools import combinations
from pathlib import Path

import pytest

from segbook.exercises import catalogue, check, judge
from segbook.exercises.judging import run

NOTEBOOKS = Path(__file__).parents[2] / "book" / "exercises"
EXERCISES = list(catalogue().values())
MISCONCEPTIONS = [
    pytest.param(exercise, misconception, id=f"{exercise.id}-{misconception.name}")
    for exercise in EXERCISES
    for misconception in exercise.misconceptions
]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
each_misconception = pytest.mark.parametrize(("exercise", "misconception"), MISCONCEPTIONS)


@each_exercise
def test_the_reference_earns_full_marks_on_every_seed(exercise):
    for seed in range(100):
        verdict = judge(exercise, exercise.reference, seed)
        assert verdict.earned == verdict.possible
        assert not verdict.mutates


@each_misconception
def test_a_misconception_loses_exactly_its_groups_and_earns_its_own_hint(exercise, misconception):
    for seed in range(20):
        verdict = judge(exercise, misconception.answer, seed)
        assert {result.group for result in verdict.results if result.failure} == misconception.loses
        assert verdict.misconception is misconception
    assert check(exercise.id, misconception.answer).hint == misconception.hint


@each_exercise
def test_misconceptions_differ_from_each_other_in_what_they_return(exercise):
    for seed in range(5):
        cases = exercise.draw(seed)
        results = [[repr(run(m.answer, case).value) for case in cases] for m in exercise.misconceptions]
        assert all(one != other for one, other in combinations(results, 2))


@each_exercise
def test_hints_do_not_repeat_each_other_nor_those_of_the_misconceptions(exercise):
    said = [*exercise.hints, *(misconception.hint for misconception in exercise.misconceptions)]
    assert len(set(said)) == len(said)


@each_exercise
def test_the_examples_of_the_reference_are_true(exercise):
    module = import_module(exercise.reference.__module__)
    examples = doctest.DocTestFinder().find(inspect.unwrap(exercise.reference), globs=vars(module))
    runner = doctest.DocTestRunner()
    for example in examples:
        runner.run(example)
    assert runner.summarize(verbose=False) == (0, runner.tries)
    assert runner.tries >= 1


@each_exercise
def test_the_shown_solution_is_short_and_stands_alone(exercise):
    source = inspect.getsource(exercise.reference)
    assert len(ast.parse(source).body[0].body) <= 12
    namespace = {"np": import_module("numpy")}
    exec(source, namespace)
    assert judge(exercise, namespace[exercise.name], seed=0).earned == sum(exercise.points.values())


# The notebooks: {chapter: text}

CHAPTERS = {path.name.split("_")[0]: path.read_text(encoding="utf-8") for path in NOTEBOOKS.glob("*.md")}
CELL = re.compile(r"^```\{code-cell\} ipython3\n(.*?)^```$", re.MULTILINE | re.DOTALL)
each_notebook = pytest.mark.parametrize("chapter", CHAPTERS)


def exercises_of(chapter):
    return [exercise for exercise in EXERCISES if exercise.id.split(".")[0] == str(int(chapter))]


def test_every_chapter_with_exercises_has_its_notebook():
    assert {exercise.id.split(".")[0] for exercise in EXERCISES} == {str(int(chapter)) for chapter in CHAPTERS}


@each_notebook
def test_headings_and_prompts_are_those_of_the_declarations(chapter):
    text = CHAPTERS[chapter]
    exercises = exercises_of(chapter)
    headings = [*(f"{e.id} {e.title}" for e in exercises), "How far you are"]
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == headings
    for exercise in exercises:
        assert f"## {exercise.id} {exercise.title}\n\n{exercise.prompt}\n\n```{{code-cell}} ipython3\n" in text


@each_notebook
def test_stubs_are_the_references_without_their_body(chapter):
    for exercise, cell in zip(exercises_of(chapter), CELL.findall(CHAPTERS[chapter])[1:-1], strict=True):
        stub, call = ast.parse(cell).body
        reference = ast.parse(inspect.getsource(exercise.reference)).body[0]
        assert ast.unparse(call) == f"check('{exercise.id}', {exercise.name})"
        assert ast.unparse(stub.args) == ast.unparse(reference.args)
        assert ast.unparse(stub.returns) == ast.unparse(reference.returns)
        assert ast.get_docstring(stub) == ast.get_docstring(reference)
        assert [ast.unparse(line) for line in stub.body[1:]] == ["..."]


def test_no_chapter_begins_hard_and_a_fifth_of_the_book_is_easy_and_a_tenth_hard():
    levels = [exercise.level for exercise in EXERCISES]
    assert levels.count(1) >= len(levels) / 5
    assert levels.count(3) >= len(levels) / 10
    assert all(exercises_of(chapter)[0].level < 3 for chapter in CHAPTERS)


@each_notebook
def test_the_notebook_ends_with_the_progress_of_its_chapter(chapter):
    assert CELL.findall(CHAPTERS[chapter])[-1] == f"progress({int(chapter)})\n"


@each_notebook
def test_the_notebook_runs_untouched_and_nothing_is_started(chapter):
    namespace = {}
    for cell in CELL.findall(CHAPTERS[chapter]):
        code, _, call = cell.rpartition("\ncheck(")
        exec(code or cell, namespace)
        if code:
            assert "not started yet" in repr(eval(f"check({call}", namespace))


@each_notebook
def test_prose_stands_between_code_cells_and_is_plain_markdown(chapter):
    prose = CELL.split(CHAPTERS[chapter])[::2]
    assert all(part.strip() for part in prose[:-1])
    assert not any(re.search(r"^:::|^```|\{[a-z]+\}`", part, re.MULTILINE) for part in prose)
