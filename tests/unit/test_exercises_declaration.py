"""Declarations refuse to contradict themselves, and misconceptions are recognised whatever they do."""

from dataclasses import replace

import numpy as np
import pytest

from segbook.exercises import Case, Exercise, Misconception, explain, get, judge

SIZE = get("6.3")


def constant(value):
    return lambda *args, **options: value


def raiser(error):
    def answer(*args, **options):
        raise error

    return answer


def test_a_misconception_that_raises_or_misshapes_still_earns_its_hint():
    extra = (
        Misconception("raises", raiser(ValueError("a")), "It raises.", {"basic"}),
        Misconception("a float", constant(1.5), "It is a float.", {"basic"}),
        Misconception("an array", constant(np.zeros(3)), "It is an array.", {"basic"}),
    )
    exercise = replace(SIZE, misconceptions=(*SIZE.misconceptions, *extra))
    assert explain(judge(exercise, raiser(ValueError("b")), seed=0)).hint == "It raises."
    assert explain(judge(exercise, constant(np.zeros(3)), seed=0)).hint == "It is an array."
    assert explain(judge(exercise, raiser(KeyError("b")), seed=0)).hint == ""


def broken(**changes):
    return lambda: replace(SIZE, **changes)


def misconceptions(**changes):
    return (replace(SIZE.misconceptions[0], **changes), *SIZE.misconceptions[1:])


@pytest.mark.parametrize(
    ("declare", "phrase"),
    [
        (broken(title=" "), "title is empty"),
        (broken(points={}), "no points"),
        (broken(points={"basic": 0, "padding": 1, "dilation": 1}), "'basic' is worth 0; it must be 1, 2, 3"),
        (broken(points={"basic": True, "padding": 1, "dilation": 1}), "worth True"),
        (broken(points={**SIZE.points, "speed": 1}), "both must name the same groups"),
        (broken(cases=lambda rng: [Case("basic", (1, 1))]), "cases are drawn for basic, points are given for basic,"),
        (broken(misconceptions=SIZE.misconceptions[:2]), "2 misconceptions; declare at least 3"),
        (broken(level=4), "level 4; it must be 1, 2 or 3 (easy, medium, hard)"),
        (broken(hints=SIZE.hints[:1]), "1 hints; give 2 or 3"),
        (broken(hints=("Look.", " ")), "each of which says something"),
        (broken(misconceptions=SIZE.misconceptions[:1] * 3), "different names"),
        (broken(misconceptions=misconceptions(loses=set())), "loses no group"),
        (broken(misconceptions=misconceptions(loses={"speed"})), "loses speed, but the groups are basic, dilation"),
        (broken(misconceptions=misconceptions(hint="")), "must both say something"),
    ],
)
def test_a_contradictory_declaration_says_what_would_be_right(declare, phrase):
    with pytest.raises(ValueError, match=r"6\.3") as caught:
        declare()
    assert phrase in str(caught.value)


def test_a_reference_that_cannot_be_judged_is_refused():
    with pytest.raises(TypeError, match=r"must return an int, a float or an np\.ndarray; this one returned str"):
        judge(replace(SIZE, reference=constant("text")), constant("text"), seed=0)


def test_an_exercise_is_a_plain_object_that_needs_no_catalogue():
    exercise = Exercise(
        id="exam.1",
        title="Double",
        prompt="Double a number.",
        points={"all": 5},
        reference=lambda number: 2 * number,
        cases=lambda rng: [Case("all", (int(rng.integers(3, 100)),)) for _ in range(3)],
        misconceptions=tuple(
            Misconception(f"adds {n}", lambda number, n=n: number + n, "Multiply.", {"all"}) for n in range(3)
        ),
        hints=("What is 2 times 3?", "Multiply."),
    )
    assert judge(exercise, lambda number: number + number, seed=7).earned == 5
    assert judge(exercise, lambda number: number + 1, seed=7).misconception.name == "adds 1"
