"""Laws that every declared exercise obeys; other people's answers, right and wrong, are judged as they deserve."""

import ast
import doctest
import inspect
import re
from dataclasses import replace
from importlib import import_module
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from answering import raiser
from sampling import sampled

from segbook.exercises import SEED, catalogue, check, get, judge, judge_outcomes
from segbook.exercises.feedback import _call
from segbook.exercises.judging import run
from segbook.exercises.source import definition

TESTS = Path(__file__).parents[1]
EXERCISES = list(catalogue().values())
MISCONCEPTIONS = [
    pytest.param(exercise, misconception, id=f"{exercise.id}-{misconception.name}")
    for exercise in EXERCISES
    for misconception in exercise.misconceptions
]
WAYS = [
    pytest.param(exercise, misconception, way, id=f"{exercise.id}-{misconception.name}-{number}")
    for exercise in EXERCISES
    for misconception in exercise.misconceptions
    for number, way in enumerate(misconception.ways)
]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
each_misconception = pytest.mark.parametrize(("exercise", "misconception"), MISCONCEPTIONS)
each_way = pytest.mark.parametrize(("exercise", "misconception", "way"), WAYS)


@each_exercise
@sampled("seeds", range(100), 20)
def test_the_reference_earns_full_marks_on_every_seed(exercise, seeds):
    for seed in seeds:
        verdict = judge(exercise, exercise.solution, seed)
        assert verdict.earned == verdict.possible
        assert not verdict.mutates


@each_way
@sampled("seeds", range(20), 2)
def test_a_misconception_loses_exactly_its_groups_and_earns_its_own_hint(exercise, misconception, way, seeds):
    for seed in seeds:
        verdict = judge(exercise, way.answer, seed)
        assert {result.group for result in verdict.results if result.failure} == way.loses
        assert verdict.misconception is misconception
    assert check(exercise.id, way.answer).hint == misconception.hint


@each_exercise
def test_misconceptions_differ_from_each_other_in_what_they_return(exercise):
    ways = [way for misconception in exercise.misconceptions for way in misconception.ways]
    for seed in range(5):
        cases = exercise.draw(seed)
        results = [[repr(run(way.answer, case).value) for case in cases] for way in ways]
        assert all(one != other for one, other in combinations(results, 2))


@each_exercise
def test_no_misconception_raises_in_every_case(exercise):
    for misconception in exercise.misconceptions:
        for way in misconception.ways:
            assert not all(run(way.answer, case).error for case in exercise.draw(0)), misconception.name


@each_exercise
@pytest.mark.parametrize("kind", [TypeError, ValueError, IndexError, ZeroDivisionError, KeyError])
def test_an_error_alone_is_no_known_mistake(exercise, kind):
    assert judge(exercise, raiser(kind("of the learner's own")), 0).misconception is None


@each_exercise
@pytest.mark.parametrize("kind", [TypeError, ValueError, IndexError])
def test_an_error_where_a_mistake_raises_is_not_that_mistake_unless_the_words_are_the_same(exercise, kind):
    for way in [way for misconception in exercise.misconceptions for way in misconception.ways]:
        cases = exercise.draw(0)
        outcomes = [run(way.answer, case) for case in cases]
        right = [run(exercise.solution, case) for case in cases]
        raised = {i for i, outcome in enumerate(outcomes) if outcome.error}
        if raised:
            other = [replace(one, error=f"{kind.__name__}: I mean", value=None) if i in raised else one
                     for i, one in enumerate(right)]  # fmt: skip
            assert judge_outcomes(exercise, cases, other).misconception is None


@each_exercise
def test_every_group_has_a_case_that_can_be_copied(exercise):
    if exercise.id in ("7.5", "11.4"):  # a network, and real images
        return
    for seed in (SEED, 0):
        cases = exercise.draw(seed)
        assert {case.group for case in cases if _is_copied(exercise.name, case)} == set(exercise.points)


def _is_copied(name, case):
    try:
        args, options = eval(_call(name, case), {"np": np, name: lambda *args, **options: (args, options)})
    except (SyntaxError, NameError):  # an ellipsis, or letters
        return False
    given, copied = [*case.args, *case.options.values()], [*args, *options.values()]
    return all(np.array_equal(one, other) for one, other in zip(given, copied, strict=True))


@each_exercise
def test_hints_do_not_repeat_each_other_nor_those_of_the_misconceptions(exercise):
    said = [*exercise.hints, *(misconception.hint for misconception in exercise.misconceptions)]
    assert len(set(said)) == len(said)


@each_exercise
def test_hints_are_plain_text_because_they_are_shown_as_text(exercise):
    said = [*exercise.hints, *(misconception.hint for misconception in exercise.misconceptions)]
    marked = (
        r"`|\$|(?<![\w*])(\*{1,2}|__?)(?=\w)[^*_]+(?<=\w)\1(?![\w*])|\[[^]]+\]\([^)]+\)"  # code, formula, *word*, link
    )
    assert [one for one in said if re.search(marked, one)] == []


@each_exercise
def test_the_prompt_is_plain_markdown(exercise):
    assert not re.search(r"^:::|^```|\{[a-z]+\}`", exercise.prompt, re.MULTILINE)


@each_exercise
def test_the_examples_of_the_reference_are_true(exercise):
    module = import_module(exercise.solution.__module__)
    examples = doctest.DocTestFinder().find(inspect.unwrap(exercise.solution), globs=vars(module))
    runner = doctest.DocTestRunner()
    for example in examples:
        runner.run(example)
    assert runner.summarize(verbose=False) == (0, runner.tries)
    assert runner.tries >= 1


@each_exercise
def test_the_shown_solution_is_short_and_stands_alone(exercise):
    source = definition(exercise.solution)
    assert len(ast.parse(source).body[0].body) <= 12
    namespace = {"np": np}
    exec(source, namespace)
    assert judge(exercise, namespace[exercise.name], seed=0).earned == sum(exercise.points.values())


def test_no_chapter_begins_hard_and_a_fifth_of_the_book_is_easy_and_a_tenth_hard():
    levels = [exercise.level for exercise in EXERCISES]
    assert levels.count(1) >= len(levels) / 5
    assert levels.count(3) >= len(levels) / 10
    assert all(exercise.level < 3 for exercise in EXERCISES if exercise.id.endswith(".1"))


def test_exercises_come_in_the_order_of_their_numbers():
    numbers = [tuple(map(int, id.split("."))) for id in catalogue()]
    assert numbers == sorted(numbers)
    assert numbers[-1] > (10, 0)


# What other people would write


def modules(folder):
    return [import_module(f"{folder}.{path.stem}") for path in sorted(TESTS.glob(f"{folder}/chapter*.py"))]


RIGHT = [
    (id, answer)
    for module in modules("answers")
    for answers in (module.ALLOWED, module.NOT_ALLOWED)
    for id, some in answers.items()
    for answer in some
]


@pytest.mark.parametrize(("id", "answer"), RIGHT)
@sampled("seeds", range(10), 2)
def test_another_right_way_earns_full_marks(id, answer, seeds):
    for seed in seeds:
        verdict = judge(get(id), answer, seed)
        assert verdict.earned == verdict.possible, [result.failure for result in verdict.results]


@pytest.mark.parametrize(("id", "answer", "name"), [one for module in modules("mistakes") for one in module.MISTAKES])
@sampled("seeds", range(10), 3)
def test_a_mistake_is_recognised_however_it_is_written(id, answer, name, seeds):
    for seed in seeds:
        assert judge(get(id), answer, seed).misconception.name == name
