"""Try an instructor's own declarations before any student is graded by them.

A declaration by which nobody can be graded, because its arguments do not go through the pipe or its reference fails on
its own cases, would give everybody 0. So every argument makes the way to the sandbox, the reference has to earn every
point, each misconception has to lose what it says, and an answer that computes nothing must not earn all points.

Cases that take a slightly wrong answer for right cost nobody a point; they are pointed out, not refused.
"""

import random
import reprlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from segbook.exercises import Case, Exercise, Outcome, judge, judge_outcomes
from segbook.exercises.mutants import mutants, surviving
from segbook.grading.values import ProtocolError, decode, encode

CHEAP: dict[str, Callable[..., Any]] = {
    "0": lambda *_, **__: 0,
    "1": lambda *_, **__: 1,
    "its first argument": lambda *args, **_: args[0] if args else None,
    "its last argument": lambda *args, **_: args[-1] if args else None,
}
MUTANTS = 60  # of each exercise; tools/mutants.py tries all of the book's


def rehearse(exercise: Exercise, seeds: Iterable[int]) -> None:
    """Try an exercise on the cases of some seeds.

    Raises:
        ValueError: If it cannot be graded by. The message says why and what would be right.
    """
    where = f"exercise {exercise.id}"
    hints = [*exercise.hints, *(misconception.hint for misconception in exercise.misconceptions)]
    for seed in seeds:
        try:
            cases = exercise.draw(seed)
        except Exception as error:
            if str(error).startswith(where):
                raise
            raise ValueError(f"{where}: drawing its cases raised {type(error).__name__}: {error}") from error
        for case in cases:
            for name, value in [*enumerate(case.args, start=1), *case.options.items()]:
                if not _is_same(value, _sent(value)):
                    raise ValueError(
                        f"{where}: argument {name} is {reprlib.repr(value)}, of type {type(value).__name__}, which the "
                        "sandbox does not take; give None, bool, int, float, str, a NumPy array, or lists of these"
                    )
        _try_reference(exercise, cases)
        for misconception in exercise.misconceptions:
            verdict = judge(exercise, misconception.answer, seed)
            lost = {result.group for result in verdict.results if result.failure}
            if lost != set(misconception.loses):
                raise ValueError(
                    f"{where}, misconception {misconception.name!r}: on the cases of seed {seed} it loses "
                    f"{_listed(lost)}, and loses={_listed(misconception.loses)} is declared; mend the cases or loses"
                )
        for name, answer in CHEAP.items():
            verdict = judge(exercise, answer, seed)
            if verdict.earned == verdict.possible:
                raise ValueError(f"{where}: an answer that returns {name} earns all points; draw cases that differ")
    if len(set(hints)) < len(hints):
        twice = next(hint for hint in hints if hints.count(hint) > 1)
        raise ValueError(f"{where}: the hint {reprlib.repr(twice)} stands there twice; let each say something else")


def doubts(exercise: Exercise, seeds: Iterable[int]) -> list[str]:
    """Change the reference in one place, many times, and say which of these answers would earn all points.

    Such an answer is wrong and a case is missing, or it is right in other words: that takes a person to see. What an
    open exercise accepts is right.
    """
    if exercise.is_open:
        return []
    where = f"exercise {exercise.id}"
    try:
        every = mutants(exercise.solution)
        some = random.Random(0).sample(every, min(MUTANTS, len(every)))
        found = surviving(exercise, some, seeds)
    except (AttributeError, OSError, TypeError, ValueError) as error:
        return [f"{where}: whether cases are missing cannot be tried: {error}"]
    return [f"{where}: all points with {mutant.change} in its reference; is a case missing?" for mutant in found]


def _try_reference(exercise: Exercise, cases: Sequence[Case]) -> None:
    """See that the reference answers every case with a value that can be judged, and comes back the same."""
    where = f"exercise {exercise.id}"
    for case in cases:
        called = f"{exercise.name}({', '.join(map(reprlib.repr, case.args))})"
        try:
            value = exercise.solution(*case.args, **case.options)
        except Exception as error:
            raise ValueError(
                f"{where}: the reference raised {type(error).__name__}: {error} for {called}; draw no such case"
            ) from error
        outcome = Outcome(_sent(value))
        try:
            verdict = judge_outcomes(exercise, [case], [outcome])
        except TypeError as error:
            raise ValueError(f"{where}: {error}, for {called}") from None
        failure = next((one.failure for one in verdict.results if one.failure), None)
        if failure:
            raise ValueError(f"{where}: the reference does not earn its own points for {called}: {failure.problem}")


def _sent(value: object) -> object:
    """What comes out at the other end of the pipe; an object of no use for what does not go through."""
    body = bytearray()
    try:
        described = encode(value, body)
        return decode(described, memoryview(body))[0]
    except (ProtocolError, ValueError):
        return object()


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, np.generic):
        return bool(one == other)
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    return one is other or bool(one == other) or one != one


def _listed(groups: Iterable[str]) -> str:
    return "{" + ", ".join(map(repr, sorted(groups))) + "}"
