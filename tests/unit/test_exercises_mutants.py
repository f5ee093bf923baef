"""No mutant of a reference earns all points, and the tool that says so finds those that would."""

import json
import random
import resource
import sys
from functools import cache

import mutants as tool
import pytest

from segbook.exercises import Case, Exercise
from segbook.exercises.mutants import MEMORY, Mutant, agreeing, mutants, surviving

RECORD = json.loads(tool.RESULTS.read_text("utf-8"))
EXERCISES = tool.CLOSED
each_id = pytest.mark.parametrize("id", EXERCISES)


def length(size, taps, *, stride):
    """Reach from the first stamp to the end of the last."""
    last = (size - 1) * stride
    return last + taps


def length_of(mutated):
    return Mutant("by hand", f"def length(size, taps, *, stride):\n    {mutated}", length)


def trying(*calls):
    """An exercise with these cases."""
    exercise = Exercise(id="0.1", title="Length", points={"all": 1}, prompt="How long?", hints=("Count.", "Add."))
    exercise.reference(length)
    exercise.cases(lambda rng: [("all", (size, taps), {"stride": stride}) for size, taps, stride in calls])
    for name in ("one", "two", "three"):
        exercise.misconception(name, loses={"all"})(constant)
    return exercise


def constant(*_, **__):
    """You return 0."""
    return 0


@cache
def every(id):
    return mutants(EXERCISES[id].solution)


def found(exercise, seeds=(0,)):
    return {mutant.change for mutant in surviving(exercise, mutants(length), seeds)}


GOOD = trying((1, 4, 3), (2, 1, 3), (5, 4, 2), (3, 2, 1))


def test_good_cases_kill_every_mutant():
    assert len(mutants(length)) > 20
    assert found(GOOD) == set()


def test_weak_cases_are_found_by_the_mutants_that_they_let_through():
    never_a_stride = {f"last = (size - 1) * stride → last = {other}" for other in ("size - 1", "(size - 1) / stride")}
    assert found(trying((2, 4, 1), (5, 2, 1))) == never_a_stride
    assert "return last + taps → return taps" in found(trying((1, 4, 2), (1, 2, 3)))  # never two stamps


def test_a_mutant_survives_if_the_cases_of_one_seed_let_it_through():
    exercise = trying()
    exercise.draw_cases = lambda rng: [("all", (3, 2), {"stride": int(rng.integers(1, 3))})]
    apart = [found(exercise, [seed]) for seed in range(8)]
    assert len(set(map(frozenset, apart))) > 1
    assert found(exercise, range(8)) == set.union(*apart)


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "return [0 for _ in iter(int, 1)]",
        "return length(size, taps, stride=stride)",
        f"__import__('numpy').zeros({MEMORY // 4}); return (size - 1) * stride + taps",  # right, if it got that far
        "raise SystemExit",
    ],
)
def test_what_never_ends_or_takes_all_memory_is_rejected_and_nothing_stays_changed(body):
    before = resource.getrlimit(resource.RLIMIT_AS), sys.gettrace()
    assert agreeing(GOOD, [length_of(body)], GOOD.draw(0)) == []
    assert before == (resource.getrlimit(resource.RLIMIT_AS), sys.gettrace())


def test_mutants_are_compared_as_the_judge_compares():
    right, fraction = length_of("return stride * size - stride + taps"), length_of("return 1.25 + taps")
    assert agreeing(GOOD, [right, fraction], [Case("all", (1, 4), {"stride": 3})]) == [right]


def test_a_reference_that_needs_more_than_its_module_is_said_to():
    inner = 3
    exercise = trying((2, 1, 3))

    def nested(size, taps, *, stride):
        return inner

    exercise.solution = nested
    with pytest.raises(
        ValueError, match=r"reference of exercise 0\.1 does not run outside its module: NameError: .*inner"
    ):
        surviving(exercise, mutants(nested), [0])


def test_the_same_mutants_come_every_time_each_with_a_name_of_its_own():
    assert every("7.3") == mutants(EXERCISES["7.3"].solution)
    for id in EXERCISES:
        assert len({one.change for one in every(id)}) == len({one.source for one in every(id)}) == len(every(id))


@each_id
def test_a_few_mutants_of_each_reference_lose_points_or_are_known_to_be_right(id):
    drawn = random.Random(id).sample(every(id), 5)
    assert {one.change for one in surviving(EXERCISES[id], drawn, [2016])} <= set(tool.EQUIVALENT.get(id, ()))


@pytest.mark.slow
@each_id
def test_every_mutant_loses_points_or_is_right_and_the_record_says_how_many(id):
    assert tool.examine(id) == RECORD[id]


def test_the_record_is_of_todays_references_and_good_enough():
    today = {id: len(every(id)) for id in EXERCISES}
    assert {id: one["mutants"] for id, one in RECORD.items()} == today, "renew it by `make mutants`"
    many, killed, equivalent = (sum(one[key] for one in RECORD.values()) for key in ("mutants", "killed", "equivalent"))
    assert equivalent <= 0.05 * many
    assert killed >= 0.98 * (many - equivalent)
    assert all(one["killed"] + one["equivalent"] + len(one["survivors"]) == one["mutants"] for one in RECORD.values())
    assert tool.RESULTS.with_suffix(".md").read_text("utf-8") == tool.table(RECORD)


def test_every_equivalent_mutant_has_its_reason_and_inputs():
    assert set(tool.EQUIVALENT) == set(tool.INPUTS) <= set(EXERCISES)
    assert all(len(reason.split()) > 3 for why in tool.EQUIVALENT.values() for reason in why.values())


def test_a_mutant_declared_right_must_be_one_and_agree_elsewhere(monkeypatch):
    weak = trying((2, 4, 1), (5, 2, 1))
    monkeypatch.setattr(tool, "get", lambda id: weak)
    monkeypatch.setattr(tool, "COMPARED", 50)
    monkeypatch.setattr(tool, "SEEDS", [0])
    monkeypatch.setitem(
        tool.INPUTS, "0.1", lambda rng: ((int(rng.integers(1, 9)), 3), {"stride": int(rng.integers(1, 4))})
    )
    unlike = "last = (size - 1) * stride → last = size - 1"
    monkeypatch.setitem(tool.EQUIVALENT, "0.1", {unlike: "it is not"})
    assert unlike in tool.examine("0.1")["survivors"]
    monkeypatch.setitem(tool.INPUTS, "0.1", lambda rng: ((int(rng.integers(1, 9)), 3), {"stride": 1}))
    assert tool.examine("0.1")["equivalent"] == 1
    monkeypatch.setitem(tool.EQUIVALENT, "0.1", {"return last + taps → return last": "it is not"})
    with pytest.raises(ValueError, match=r"declared equivalent, but no mutant that survives: return last \+ taps → "):
        tool.examine("0.1")
