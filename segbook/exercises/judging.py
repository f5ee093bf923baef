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

from segbook.exercises.declaration import Case, Exercise, Misconception

TOLERANCE = 1e-5
"""Numbers agree within TOLERANCE · (1 + |expected|): loose enough for float32, far tighter than any mistake."""

MAX_COPY = 1 << 20
"""Entries of an array that an answer may return and use again; no exercise asks for so many."""

SEQUENCES = (list, tuple, range)
"""What may stand for an array."""

MAX_DEPTH = 8
"""Lists in lists that are looked into; one that holds itself has no end."""

MORE_SEEDS = 3
"""So many further seeds must show the same mistake before its hint is given."""

UNKNOWN = (
    " Is the name misspelt? Otherwise the cell that defines it is missing, or comes later: restart Python and run all "
    "cells from the top."
)


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
        floats = floats or (not problem and isinstance(expected, int | np.integer) and _is_float(outcome.value))
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
        return f"Your function raised {outcome.error.rstrip('.')}.{UNKNOWN * is_unknown}"
    value = outcome.value
    if value is None:
        return "Your function returned None: is a return missing?"
    if type(value) is np.ndarray and value.shape == ():
        value = value[()]  # an array without axes holds one number
    if isinstance(expected, np.ndarray):
        return _array_problem(expected, value, accepts)
    if type(expected) is not bool and isinstance(expected, int | np.integer):
        return _int_problem(int(expected), value)
    if isinstance(expected, float | np.floating):
        return _float_problem(float(expected), value)
    name = type(expected).__name__
    raise TypeError(f"a reference must return an int, a float or an np.ndarray; this one returned {name}")


def is_right(expected: Any, outcome: Outcome, case: Case) -> bool:
    """Tell whether the outcome of a case is as good as the expected value."""
    return not _problem(expected, outcome, case.accepts)


def _int_problem(expected: int, value: Any) -> str:
    # Exact types: True is an int to Python, but no size. A float that is whole may stand for an int.
    if _is_float(value) and (not np.isfinite(value) or value != np.trunc(value)):
        return "Your function returned a float that is no whole number; return an int: // or int(...) makes one."
    if not _is_float(value) and type(value) is not int and not isinstance(value, np.integer):
        return f"Your function returned a value of type {type(value).__name__}; return an int."
    excess = int(value) - expected
    if excess == 0:
        return ""
    return f"Your number is too {'large' if excess > 0 else 'small'}."


def _is_float(value: Any) -> bool:
    if type(value) is np.ndarray and value.shape == ():
        value = value[()]
    return type(value) is float or isinstance(value, np.floating)


def _float_problem(expected: float, value: Any) -> str:
    if type(value) not in (int, float) and not isinstance(value, np.integer | np.floating):
        return f"Your function returned a value of type {type(value).__name__}; return a number."
    if type(value) is int and value.bit_length() > 63:  # too long for NumPy to look at, and for any answer
        return f"Your number is too {'large' if value > 0 else 'small'}."
    if not np.isfinite(value):
        return f"Your number is {float(value)}: is something divided by 0, or too large to be exponentiated?"
    if np.isclose(value, expected, rtol=TOLERANCE, atol=TOLERANCE):
        return ""
    if rounded := _rounded(np.array(expected), np.array(value)):
        return f"Your number is right but for {rounded}. Return it as it is."
    return f"Your number is too {'large' if value > expected else 'small'}."


def _array_problem(expected: np.ndarray, value: Any, accepts: Callable[[np.ndarray], str] | None) -> str:
    # Subclasses are turned down: a matrix compares by rules of its own, and so does a masked array that hides a value.
    kind = "array" if type(value) not in SEQUENCES else type(value).__name__
    if type(value) is np.ma.MaskedArray and not np.ma.is_masked(value):
        value = np.array(value.data)
    if type(value) in SEQUENCES:
        array = as_array(value)
        if array is None:
            return f"Your function returned a {type(value).__name__} that is no array of numbers; try np.array(...)."
        value = array
    if type(value) is not np.ndarray:
        return f"Your function returned a value of type {type(value).__name__}; return a NumPy array."
    mask = expected.dtype.kind == "b"
    if value.dtype.kind not in ("b" if mask else "fiu"):
        wanted = "True and False: bool" if mask else "real numbers: float or int"
        return f"Your {kind} has dtype {value.dtype}; it should hold {wanted}."
    if value.shape != expected.shape:
        return f"Your {kind} has shape {value.shape}; it should have shape {expected.shape}."
    if not np.isfinite(value).all():
        return f"Your {kind} holds {value[~np.isfinite(value)][0]}: is something divided by 0, or never filled in?"
    if accepts is not None:
        return accepts(value)
    wrong = np.argwhere(differs(expected, value))
    if len(wrong) == 0:
        return ""
    if not mask and (rounded := _rounded(expected, value)):
        return f"Your {kind} is right but for {rounded}. Return it as it is."
    first = tuple(wrong[0])
    index = ", ".join(str(axis) for axis in first)
    got, right = (str(array[first]) if mask else f"{array[first]:.8g}" for array in (value, expected))
    return f"Your {kind} differs first at index [{index}]: {got}, where {right} is expected."


def _rounded(expected: np.ndarray, value: np.ndarray) -> str:
    """Say that a wrong value is the right one after np.round; fewer than three places may be chance."""
    if expected.dtype.kind == "f" and value.dtype.kind == "f":
        for places in range(3, 8):
            if np.allclose(value, np.round(expected, places), rtol=0, atol=1e-9):
                return f"rounding: it has {places} decimal places"
    return ""


def differs(expected: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Mark the entries that are wrong. A count or an id must be exact, however large; a float may be a little off."""
    relative = TOLERANCE if expected.dtype.kind == "f" else 0
    return ~np.isclose(value, expected, rtol=relative, atol=TOLERANCE)


def as_array(value: Any) -> np.ndarray | None:
    """Take an array of real numbers as it is, and make one of lists and tuples of such, nested evenly; else nothing."""
    if type(value) is np.ndarray:
        return value if value.dtype.kind in "bfiu" else None
    if type(value) is range:
        value = list(value[:MAX_COPY])
    leaves = [value]
    for _ in range(MAX_DEPTH):
        if not any(type(leaf) in (list, tuple) for leaf in leaves):
            break
        if not all(type(leaf) in (list, tuple) for leaf in leaves) or len({len(leaf) for leaf in leaves}) > 1:
            return None
        leaves = [item for leaf in leaves for item in leaf]
    if any(type(leaf) is np.ndarray for leaf in leaves):
        parts = {(leaf.shape, leaf.dtype.kind in "bfiu") if type(leaf) is np.ndarray else None for leaf in leaves}
        return np.array(value) if len(parts) == 1 and all(part and part[1] for part in parts) else None
    plain = all(type(leaf) in (bool, int, float) or isinstance(leaf, np.generic) for leaf in leaves)
    return np.array(value) if plain else None


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
