"""Declarations refuse to contradict themselves, and misconceptions are recognised whatever they do."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from answering import constant, raiser

from segbook.exercises import Exercise, Misconception, exercises_in, explain, get, judge

SIZE = get("6.3")


def hinted(hint, answer):
    """An answer whose docstring is a hint."""
    answer.__doc__ = hint
    return answer


def test_a_misconception_that_raises_or_misshapes_still_earns_its_hint():
    extra = (
        Misconception("raises", hinted("It raises.", raiser(ValueError("size 1"))), {"basic"}),
        Misconception("a float", hinted("It is a float.", constant(1.5)), {"basic"}),
        Misconception("an array", hinted("It is an array.", constant(np.zeros(3))), {"basic"}),
    )
    exercise = replace(SIZE, misconceptions=(*SIZE.misconceptions, *extra))
    assert explain(judge(exercise, raiser(ValueError("size 22")), seed=0)).hint == "It raises."
    assert explain(judge(exercise, constant(np.zeros(3)), seed=0)).hint == "It is an array."
    assert explain(judge(exercise, raiser(KeyError("b")), seed=0)).hint == ""


def test_the_hint_is_the_docstring_in_one_line():
    def answer():
        """You add the padding.

        It is   cropped.
        """

    assert Misconception("padding added", answer, {"padding"}).hint == "You add the padding. It is cropped."


def misconceptions(**changes):
    return (replace(SIZE.misconceptions[0], **changes), *SIZE.misconceptions[1:])


def draws(*cases):
    return {"draw_cases": lambda rng: cases}


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"title": " "}, "title is empty"),
        ({"points": {}}, "no points"),
        ({"points": {"basic": 0, "padding": 1, "dilation": 1}}, "'basic' is worth 0; it must be 1, 2, 3"),
        ({"points": {"basic": True, "padding": 1, "dilation": 1}}, "worth True"),
        ({"points": {**SIZE.points, "speed": 1}}, "both must name the same groups"),
        (draws(("basic", (1, 1))), "cases are drawn for basic, points are given for basic,"),
        (draws(("basic", 7)), "('basic', 7) is no case; yield (group, args) or (group, args, options), such as ("),
        (draws(("basic", (1,), 2)), "('basic', (1,), 2) is no case"),
        (draws((1, 1)), "(1, 1) is no case"),
        (draws(7), "7 is no case"),
        ({"misconceptions": SIZE.misconceptions[:2]}, "2 misconceptions; declare at least 3"),
        ({"level": 4}, "level 4; it must be 1, 2 or 3 (easy, medium, hard)"),
        ({"hints": SIZE.hints[:1]}, "1 hints; give 2 or 3"),
        ({"hints": ("Look.", " ")}, "each of which says something"),
        ({"misconceptions": SIZE.misconceptions[:1] * 3}, "different names"),
        ({"misconceptions": misconceptions(loses=set())}, "loses no group"),
        ({"misconceptions": misconceptions(loses={"speed"})}, "loses speed, but the groups are basic, dilation"),
        ({"misconceptions": misconceptions(answer=constant(1))}, "the name and the hint, its docstring, must both say"),
        ({"misconceptions": misconceptions(name=" ")}, "must both say something"),
    ],
)
def test_a_contradictory_declaration_says_what_would_be_right(changes, phrase):
    exercise = replace(SIZE, **changes)
    with pytest.raises(ValueError, match=r"6\.3") as caught:
        judge(exercise, SIZE.solution, seed=0)
    assert phrase in str(caught.value)
    module = ModuleType("declares_it")
    module.exercise = exercise
    with pytest.raises(ValueError, match=r"6\.3"):
        exercises_in(module)


def test_a_reference_that_cannot_be_judged_is_refused():
    with pytest.raises(TypeError, match=r"must return an int, a float or an np\.ndarray; this one returned str"):
        judge(replace(SIZE, solution=constant("text")), constant("text"), seed=0)


def fresh():
    return Exercise(id="exam.1", title="Double", points={"all": 5}, prompt="Double it.", hints=("Twice.", "2 * n"))


def double(number):
    return 2 * number


def cases(rng):
    for _ in range(3):
        yield "all", (int(rng.integers(3, 100)),)


def test_an_exercise_is_declared_by_decorators_that_leave_the_functions_alone():
    exercise = fresh()
    assert exercise.reference(double) is double
    assert exercise.cases(cases) is cases
    for n in range(3):

        def adds(number, n=n):
            """Multiply."""
            return number + n

        assert exercise.misconception(f"adds {n}", loses={"all"})(adds) is adds
    assert exercise.name == "double"
    assert judge(exercise, lambda number: number + number, seed=7).earned == 5
    assert judge(exercise, lambda number: number + 1, seed=7).misconception.name == "adds 1"


def test_an_incomplete_declaration_says_which_decorator_is_missing():
    exercise = fresh()
    with pytest.raises(ValueError, match=r"exam\.1: no reference; put @exercise\.reference above a function"):
        exercise.draw(seed=0)
    exercise.reference(double)
    with pytest.raises(ValueError, match=r"exam\.1: no cases; put @exercise\.cases above a function"):
        exercise.draw(seed=0)
    exercise.cases(cases)
    with pytest.raises(ValueError, match=r"exam\.1: 0 misconceptions; declare at least 3"):
        exercise.draw(seed=0)


def test_a_second_reference_or_generator_of_cases_is_refused():
    with pytest.raises(ValueError, match=r"6\.3 has two references: conv_transpose_output_size and double"):
        SIZE.reference(double)
    with pytest.raises(ValueError, match=r"6\.3 draws its cases twice"):
        SIZE.cases(cases)


def test_a_variant_shares_the_hint_of_its_misconception_and_belongs_to_a_known_one():
    copy = replace(SIZE)
    copy.variant("dilation ignored")(constant(7))
    copy.variant("dilation ignored", loses={"basic"})(constant(8))
    known = next(one for one in copy.misconceptions if one.name == "dilation ignored")
    assert [way.loses for way in known.ways] == [{"dilation"}, {"dilation"}, {"basic"}]
    assert judge(copy, constant(7), seed=0).misconception is known
    assert judge(SIZE, constant(7), seed=0).misconception is None
    with pytest.raises(ValueError, match=r"6\.3: a variant of 'unheard of', which is no misconception declared above"):
        copy.variant("unheard of")
    copy.variant("dilation ignored", loses={"colour"})(constant(9))
    with pytest.raises(ValueError, match="loses colour, but the groups are basic, dilation, padding"):
        copy.draw(seed=0)


def test_a_copy_may_get_a_misconception_that_the_original_does_not_have():
    copy, known = replace(SIZE), len(SIZE.misconceptions)
    copy.misconception("constant", loses={"basic"})(hinted("It never changes.", constant(7)))
    assert (len(copy.misconceptions), len(SIZE.misconceptions)) == (known + 1, known)


def test_a_module_declares_what_stands_in_it_once_however_often_it_is_named():
    module = ModuleType("two")
    module.first, module.second, module.again, module.other = SIZE, get("6.4"), SIZE, 7
    assert exercises_in(module) == [SIZE, get("6.4")]
