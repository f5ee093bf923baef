"""Which values count as the right float, mask, count or array, and when two mistakes are the same."""

import numpy as np
import pytest

from segbook.exercises import Exercise, judge


def exercise(right, *wrong):
    """Make an exercise whose one answer is `right` and whose misconceptions return `wrong` and three fillers."""
    exercise = Exercise(id="t.1", title="Constant", points={"all": 1}, prompt="Return it.", hints=("Look.", "Return."))
    exercise.reference(lambda: right)
    exercise.cases(lambda rng: [("all", ())])
    for n, value in enumerate([*wrong, "a filler", "another", "third"]):

        @exercise.misconception(f"mistake {n}", loses={"all"})
        def _(value=value):
            """No."""
            return value

    return exercise


def problem(right, got, *wrong):
    failure = judge(exercise(right, *wrong), lambda *_: got, seed=0).results[0].failure
    return failure.problem if failure else ""


@pytest.mark.parametrize("got", [0.5, np.float32(0.5), np.float64(0.5 + 1e-7), np.array(0.5)])
def test_a_float_may_be_of_any_precision(got):
    assert problem(0.5, got) == ""


def test_an_int_may_stand_for_a_float_of_the_same_value():
    assert problem(2.0, 2) == problem(2.0, np.int64(2)) == ""


@pytest.mark.parametrize(
    ("got", "phrase"),
    [
        (0.51, "too large"),
        (0.49, "too small"),
        (True, "type bool; return a number"),
        (np.array([0.5]), "type ndarray; return a number"),
        ("0.5", "type str; return a number"),
        (float("nan"), "Your number is nan"),
        (np.float32("inf"), "Your number is inf"),
    ],
)
def test_a_wrong_float_is_explained(got, phrase):
    assert phrase in problem(0.5, got)


@pytest.mark.parametrize(("got", "size"), [(10**400, "large"), (-(2**64), "small")])
def test_an_endless_int_for_a_float_is_too_large_or_too_small(got, size):
    assert problem(1.5, got) == f"Your number is too {size}."


def test_a_mask_must_be_boolean_and_says_where_it_differs():
    right = np.array([True, False])
    assert problem(right, right.copy()) == ""
    assert "dtype int64; it should hold True and False" in problem(right, right.astype(int))
    assert "index [1]: True, where False is expected" in problem(right, np.array([True, True]))


def test_large_counts_are_exact_but_large_floats_need_not_be():
    right = np.array([10_000_000, 3])
    assert "10000001, where 10000000" in problem(right, right + np.array([1, 0]))
    assert problem(right * 1.0, right + np.array([1.0, 0.0])) == ""


def test_a_mistake_that_overflows_is_recognised_and_prints_no_warning(recwarn):
    right = np.array([0.0, 1.0])

    def overflows():
        return np.exp([0.0, 1e4]) / np.exp([0.0, 1e4]).sum()

    verdict = judge(exercise(right, np.array([0.0, np.nan])), overflows, seed=0)
    assert verdict.misconception is not None
    assert verdict.misconception.name == "mistake 0"
    assert "nan" in verdict.results[0].failure.problem
    assert not recwarn.list


@pytest.mark.parametrize(
    ("wrong", "got"), [(1.5, 1.5), (3, 3), (np.ones(2, bool), np.ones(2, int)), (2.0, np.float32(2))]
)
def test_the_same_numbers_are_the_same_mistake(wrong, got):
    assert judge(exercise(0.25, wrong), lambda: got, seed=0).misconception.name == "mistake 0"


@pytest.mark.parametrize("got", [None, [1.5], np.array(["1.5"]), np.ones(3), 1.4, {}])
def test_other_values_are_another_mistake(got):
    assert judge(exercise(0.25, 1.5, np.ones(2)), lambda: got, seed=0).misconception is None
