"""Answers that change what they are given, or keep something between calls, are judged by what they return."""

import numpy as np
import pytest

from segbook.exercises import catalogue, check, get, judge
from segbook.exercises.judging import Outcome, judge_outcomes

each_exercise = pytest.mark.parametrize("exercise", catalogue().values(), ids=lambda exercise: exercise.id)


def arrays(args, options):
    return [value for value in (*args, *options.values()) if isinstance(value, np.ndarray)]


def full(verdict):
    return verdict.earned == verdict.possible


@each_exercise
def test_an_answer_that_writes_into_its_arguments_earns_full_marks_and_a_note(exercise):
    def careless(*args, **options):
        value = np.copy(exercise.solution(*args, **options))
        for given in arrays(args, options):
            given[...] = 1 - given  # no case survives a second look
        return value

    verdict = judge(exercise, careless, seed=2016)
    assert full(verdict)
    takes_arrays = any(arrays(case.args, case.options) for case in exercise.draw(2016))
    assert verdict.mutates == takes_arrays
    assert ("changes the arrays" in check(exercise.id, careless).note) == takes_arrays


@each_exercise
def test_an_answer_that_remembers_every_call_earns_full_marks(exercise):
    cache = {}

    def remembering(*args, seen=[], **options):  # noqa: B006
        key = repr((args, options)), *(value.tobytes() for value in arrays(args, options))
        seen.append(key)
        if key not in cache:
            cache[key] = exercise.solution(*args, **options)
        return cache[key]

    assert all(full(judge(exercise, remembering, seed)) for seed in (2016, 2016, 0))


@each_exercise
def test_an_answer_that_returns_the_same_memory_in_every_call_earns_full_marks(exercise):
    memory = np.zeros(1_000_000)

    def thrifty(*args, **options):
        value = exercise.solution(*args, **options)
        if not isinstance(value, np.ndarray) or value.dtype == bool:
            return value
        result = memory[: value.size].reshape(value.shape)
        result[...] = value
        return result

    assert full(judge(exercise, thrifty, seed=2016))


@pytest.mark.parametrize(  # an open exercise gives the same images in every case
    "exercise", [one for one in catalogue().values() if not one.is_open], ids=lambda exercise: exercise.id
)
def test_an_answer_that_depends_on_earlier_calls_loses(exercise):
    def sticky(*args, first=[], **options):  # noqa: B006
        first.append(exercise.solution(*args, **options))
        return first[0]

    verdict = judge(exercise, sticky, seed=2016)
    assert verdict.earned == 0
    assert verdict.misconception is None


def test_a_list_as_a_default_that_fills_up_is_right_once():
    def boxes(instances, found=[]):  # noqa: B006
        for number in np.unique(instances[instances > 0]):
            found.append(get("1.1").solution(np.where(instances == number, 1, 0))[0])
        return np.array(found)

    exercise = get("1.1")
    cases = exercise.draw(2016)
    once = [Outcome(boxes(case.args[0], found=[])) for case in cases]
    assert full(judge_outcomes(exercise, cases, once))
    assert judge(exercise, boxes, seed=2016).earned == 0
