"""Judge an answer: run it on fresh cases, compare with the reference, award groups, recognise a known mistake.

Nothing here draws, prints or knows a notebook. A grader that runs answers elsewhere builds the `Outcome`s itself and
calls `judge_outcomes`.
"""

import dis
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

import numpy as np

from segbook.exercises.comparing import MAX_COPY, SEQUENCES, TOLERANCE, as_array, difference, is_float
from segbook.exercises.declaration import Case, Exercise, Misconception

MORE_SEEDS = 3
"""So many further seeds must show the same mistake before its hint is given."""

UNKNOWN = (
    " Is the name misspelt? Otherwise the cell that defines it is missing, or comes later: restart Python and run all "
    "cells from the top."
)

CUT = " The array on the left holds whole numbers; make it one of floats, such as np.zeros(...)."


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one call did: it returned `value`, raised `error` ("TypeError: …"), or is `unfinished`.

    `mutates` notes that it changed its arguments. That costs no points, because a grader behind a pipe cannot see it.
    """

    value: Any = None
    error: str = ""
    unfinished: bool = False
    mutates: bool = False


@dataclass(frozen=True, eq=False)
class Failure:
    """One case that went wrong, with one sentence to the learner on what is wrong."""

    case: Case
    outcome: Outcome
    expected: Any
    problem: str


@dataclass(frozen=True, eq=False)
class GroupResult:
    """A group of cases: what it is worth, and its first failing case, if any."""

    group: str
    points: int
    failure: Failure | None

    @property
    def earned(self) -> int:
        """All of the group's points, or none."""
        return 0 if self.failure else self.points


@dataclass(frozen=True, eq=False)
class Verdict:
    """The judgement of one answer: results in the order of the exercise's groups, and the smallest case that fails."""

    exercise: Exercise
    results: tuple[GroupResult, ...]
    failure: Failure | None
    misconception: Misconception | None
    started: bool
    mutates: bool
    floats: bool = False
    """Whether a float such as 2.0 was taken for an int."""

    @property
    def earned(self) -> int:
        """Points earned."""
        return sum(result.earned for result in self.results)

    @property
    def possible(self) -> int:
        """Points that a right answer earns."""
        return sum(result.points for result in self.results)


def judge(exercise: Exercise, answer: Callable[..., Any], seed: int) -> Verdict:
    """Run an answer on the cases of a seed and judge what came out.

    A mistake is recognised only if the answer makes it on the cases of further seeds, too.
    """
    cases = exercise.draw(seed)
    verdict = judge_outcomes(exercise, cases, [run(answer, case) for case in cases])
    known = verdict.misconception
    if known is None:
        return verdict
    with redirect_stdout(StringIO()):  # what an answer prints in the cases of one seed is enough
        again = makes_it_again(exercise, known, seed, lambda case: run(answer, case))
    return verdict if again else replace(verdict, misconception=None)


def makes_it_again(exercise: Exercise, known: Misconception, seed: int, call: Callable[[Case], Outcome]) -> bool:
    """Tell whether calls of an answer do the same as a misconception on the cases of `MORE_SEEDS` further seeds."""
    ways = known.ways
    for case in (case for further in range(seed + 1, seed + 1 + MORE_SEEDS) for case in exercise.draw(further)):
        outcome = call(case)
        ways = tuple(way for way in ways if _agree(run(way.answer, case), outcome))
        if not ways:
            return False
    return True


def judge_outcomes(exercise: Exercise, cases: Sequence[Case], outcomes: Iterable[Outcome]) -> Verdict:
    """Compare what an answer did in each case with what the reference does.

    Outcomes are taken one by one, and of each group only the first that fails is kept: they may be large.
    """
    failures: dict[str, Failure] = {}
    alike = [(one, way) for one in exercise.misconceptions for way in one.ways]
    seen, started, mutates, floats = set[Misconception](), False, False, False
    for case, outcome in zip(cases, outcomes, strict=True):
        started, mutates = started or not outcome.unfinished, mutates or outcome.mutates
        expected = run(exercise.solution, case).value
        problem = _problem(expected, outcome, case.accepts)
        floats = floats or (not problem and isinstance(expected, int | np.integer) and is_float(outcome.value))
        known = [(one, way, run(way.answer, case)) for one, way in alike]
        alike = [(one, way) for one, way, does in known if _agree(does, outcome)]
        if problem:
            seen.update(way for _, way, does in known if _same_words(does, outcome))
            failures.setdefault(case.group, Failure(case, outcome, expected, problem))
    found = {one for one, _ in alike}
    return Verdict(
        exercise=exercise,
        results=tuple(GroupResult(group, points, failures.get(group)) for group, points in exercise.points.items()),
        failure=next(iter(failures.values()), None),
        # A mistake is recognised if it is the only one that does the same as the answer in every case, by one of its
        # ways. Where both only raise errors of one kind, the words must be the same at least once.
        misconception=found.pop() if len(found) == 1 and any(way in seen for _, way in alike) else None,
        started=started,
        mutates=mutates,
        floats=floats,
    )


def run(answer: Callable[..., Any], case: Case) -> Outcome:
    """Call an answer on its own copy of a case's arguments; only KeyboardInterrupt passes."""
    args, options = deepcopy(case.args), deepcopy(dict(case.options))
    try:
        with np.errstate(all="ignore"):  # an overflow is found in the value, not on stderr
            value = _kept(answer(*args, **options))
    except KeyboardInterrupt:
        raise
    except NotImplementedError as error:
        return Outcome(error=_error_text(error), unfinished=True)
    except BaseException as error:  # SystemExit too: a learner's exit() must not end the notebook
        return Outcome(error=_error_text(error))
    given, after = [*case.args, *case.options.values()], [*args, *options.values()]
    return Outcome(
        value,
        unfinished=value is ... or (value is None and _does_nothing(answer)),
        mutates=not all(np.array_equal(*pair) for pair in zip(given, after, strict=True)),
    )


def _kept(value: Any) -> Any:
    """Copy an array, so that the next call of the answer, which may write into it again, leaves it as it was."""
    small = type(value) is np.ndarray and value.size <= MAX_COPY
    return value.copy() if small else value


def _problem(expected: Any, outcome: Outcome, accepts: Callable[[np.ndarray], str] | None = None) -> str:
    """Say in one sentence how an outcome differs from the expected value; nothing if it does not, or is accepted."""
    if outcome.error:
        is_unknown = outcome.error.startswith("NameError: name ")
        is_cut = re.match(
            r"UFuncTypeError: Cannot cast ufunc .* from dtype\('float\d+'\) to dtype\('u?int", outcome.error
        )
        return f"Your function raised {outcome.error.rstrip('.')}.{UNKNOWN * is_unknown}{CUT * bool(is_cut)}"
    return difference(expected, outcome.value, accepts)


def is_right(expected: Any, outcome: Outcome, case: Case) -> bool:
    """Tell whether the outcome of a case is as good as the expected value."""
    return not _problem(expected, outcome, case.accepts)


def _agree(known: Outcome, got: Outcome) -> bool:
    """Tell whether two outcomes are the same mistake: the same kind of error, or the same numbers, NaN and inf too."""
    if known.error or got.error:
        return known.error.partition(":")[0] == got.error.partition(":")[0]
    values = [as_array(value) if type(value) in SEQUENCES else value for value in (known.value, got.value)]
    if not all(type(value) in (bool, int, float, np.ndarray) or isinstance(value, np.generic) for value in values):
        return False
    mine, theirs = map(np.asarray, values)
    numbers = mine.dtype.kind in "bfiu" and theirs.dtype.kind in "bfiu"
    alike = numbers and (mine.shape == theirs.shape or mine.size == theirs.size == 0)
    if not alike or mine.size == 0:
        return alike
    relative = TOLERANCE if "f" in (mine.dtype.kind, theirs.dtype.kind) else 0
    return bool(np.isclose(mine, theirs, rtol=relative, atol=TOLERANCE, equal_nan=True).all())


def _same_words(known: Outcome, got: Outcome) -> bool:
    """Tell whether two outcomes are no errors, or errors that say the same but for numbers."""
    one, other = (re.sub(r"\d+", "", outcome.error) for outcome in (known, got))
    return one == other


def _does_nothing(answer: Callable[..., Any]) -> bool:
    """Tell an untouched stub (`...`, `pass`, a docstring) from a function that lacks its return."""
    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    return inspect.isfunction(answer) and {step.opname for step in dis.get_instructions(answer)} <= idle


def _error_text(error: BaseException) -> str:
    name = type(error).__name__
    try:
        message = str(error).strip()
    except Exception:  # a learner's own exception may fail to describe itself
        message = ""
    return f"{name}: {message}"[:300] if message else name
