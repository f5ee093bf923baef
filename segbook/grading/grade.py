"""Grade one submission: read it, call its answers in the sandbox, judge what comes back out here."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from segbook.exercises import Case, Exercise, Feedback, Outcome, Verdict, explain, judge_outcomes
from segbook.exercises.judging import UNKNOWN, makes_it_again
from segbook.grading.archives import Unreadable
from segbook.grading.caller import Caller, Incident
from segbook.grading.notebooks import read_cells
from segbook.grading.packages import mentioned
from segbook.grading.plan import Plan, declared, fingerprint
from segbook.grading.protocol import CellError, own
from segbook.grading.results import ExerciseResult, Result
from segbook.grading.sandbox import SandboxError
from segbook.grading.status import Status

CHECKED = re.compile(r"""\bcheck\(\s*["']([\w.]{1,20})["']""")
NAMED = 6  # exercises in a reason


@dataclass(frozen=True)
class Task:
    """A submission that is to be graded, as it is sent to whichever process grades it.

    Args:
        name: What to call it.
        data: The notebook's bytes; none if there is a problem.
        problem: Why the bytes could not be had.
        share: The part of a submission's time that it may use.
    """

    name: str
    data: bytes = b""
    problem: str = ""
    share: float = 1.0


class _Graded(NamedTuple):
    """What came of a notebook's cells: exercises, what went wrong, cells that failed, functions that nobody checked."""

    exercises: list[ExerciseResult]
    incidents: list[Incident]
    errors: tuple[str, ...]
    unchecked: tuple[str, ...]


def key(task: Task, plan: Plan) -> str:
    """What a result depends on, the plan and the submission: another key, another result."""
    own = hashlib.sha256(f"{task.problem}\0{task.share}\0".encode() + task.data).hexdigest()
    return f"{fingerprint(plan)}:{own}"


def grade_one(task: Task, plan: Plan) -> Result:
    """Grade a submission."""
    try:
        if task.problem:
            raise Unreadable(task.problem)
        cells = read_cells(task.data)
    except Unreadable as error:
        return ungraded(task, plan, Status.UNREADABLE, str(error))
    limits = replace(plan.limits, total=plan.limits.total * task.share)
    graded, incidents, errors, unchecked = _grade_cells(cells, replace(plan, limits=limits))
    status, reason = Status.OK, ""
    if incidents:
        worst = _worst(incidents)
        where = f"exercise {worst.exercise}: " if worst.exercise else ""
        status, reason = worst.status, where + worst.reason
    elif all(one.status is Status.MISSING for one in graded):
        status, reason = Status.MISSING, no_answer(cells)
    exercises = {one.id: one for one in sorted(graded, key=lambda one: plan.ids.index(one.id))}
    return Result(task.name, key(task, plan), plan.sandbox, status, reason, exercises, errors, unchecked)


def no_answer(cells: Sequence[str]) -> str:
    """Say that a notebook answers nothing that was asked for, and what it answers instead."""
    others = [*dict.fromkeys(id for cell in cells for id in CHECKED.findall(cell))][:NAMED]
    checks = f"it checks {', '.join(others)}: is it another chapter's notebook?"
    return "no cell defines or checks an answer" + (f"; {checks}" if others else "")


def ungraded(task: Task, plan: Plan, status: Status, reason: str) -> Result:
    """Make the result of a submission of which nothing could be called."""
    exercises = {exercise.id: _unanswered(exercise, status, reason) for exercise in plan.exercises()}
    return Result(task.name, key(task, plan), plan.sandbox, status, reason, exercises)


def _grade_cells(cells: Sequence[str], plan: Plan) -> _Graded:
    """Grade exercises together that get the same packages: the notebook runs once for each such set."""
    graded: list[ExerciseResult] = []
    incidents: list[Incident] = []
    errors: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    text = "\n".join(cells)

    def packages(exercise: Exercise) -> tuple[str, ...]:
        return mentioned(exercise.allows, text)

    for allows, group in groupby(sorted(plan.exercises(), key=packages), key=packages):
        exercises = list(group)
        wanted = {exercise.id: exercise.name for exercise in exercises}
        with Caller(cells, wanted, plan.limits, allows=allows, sandbox=plan.sandbox) as caller:
            try:
                caller.load()
                points = [(exercise, *_grade_exercise(caller, exercise, cells, plan)) for exercise in exercises]
                graded += [_with_hint(caller, *one, plan) for one in points]  # all points first: hints may take long
            except Incident as incident:  # while the cells ran: nothing could be called
                caller.incidents.append(incident)
                graded += [_unanswered(exercise, incident.status, incident.reason) for exercise in exercises]
            except SandboxError as error:
                caller.incidents.append(Incident(Status.SANDBOX, str(error)))
                graded += [_unanswered(exercise, Status.SANDBOX, str(error)) for exercise in exercises]
            incidents += caller.incidents
            if not allows or not errors:
                errors = tuple(map(_in_words, caller.errors))
                unchecked = _other_names(caller, plan)
    return _Graded([_with_names(one, unchecked) for one in graded], incidents, errors, unchecked)


def _other_names(caller: Caller, plan: Plan) -> tuple[str, ...]:
    """The functions that nobody checked, less those that have an exercise's own name."""
    own = {exercise.name for exercise in declared(plan.private).values()}
    return tuple(name for name in caller.unchecked if name not in own)


def _with_names(result: ExerciseResult, unchecked: Sequence[str]) -> ExerciseResult:
    """Tell a student without an answer which functions may be meant for one."""
    if result.started or result.status not in (Status.OK, Status.MISSING) or not unchecked:
        return result
    said = (
        f'No check received {", ".join(unchecked)}. If one of these is the answer, call check("{result.id}", …) on it.'
    )
    message = f"{result.feedback.message} {said}".strip()
    return replace(result, feedback=replace(result.feedback, message=message))


def _in_words(error: CellError) -> str:
    went_on = "; the cell went on with its next statement" if error.kind == "went on" else ""
    return f"code cell {error.place.cell + 1}: {error.text}{went_on}"


def _grade_exercise(caller: Caller, exercise: Exercise, cells: Sequence[str], plan: Plan) -> tuple[ExerciseResult, str]:
    """Grade the answer that was checked; where it falls short, one of the exercise's own name may count.

    Returns:
        The result, and by which name the answer is called.
    """
    if exercise.id not in caller.found:
        return _not_found(caller, exercise, cells), exercise.id
    result = _grade_answer(caller, exercise, exercise.id, plan), exercise.id
    if result[0].earned < result[0].possible and own(exercise.id) in caller.found:
        before = len(caller.incidents)
        other = _grade_answer(caller, exercise, own(exercise.id), plan), own(exercise.id)
        if (other[0].earned, other[0].started) > (result[0].earned, result[0].started):
            return other
        del caller.incidents[before:]  # of an answer that does not count
    return result


def _with_hint(caller: Caller, exercise: Exercise, result: ExerciseResult, name: str, plan: Plan) -> ExerciseResult:
    """Take a hint back unless the answer makes the mistake on the cases of further seeds, too; points stay."""
    known = next((one for one in exercise.misconceptions if one.name == result.misconception), None)
    if known is None:
        return result
    before = len(caller.incidents)
    try:
        sure = makes_it_again(exercise, known, plan.seed(exercise.id), lambda case: caller.call(name, case))
    except Exception:  # it did not come back, or time is up: what cannot be seen again is not said
        sure = False
    del caller.incidents[before:]
    return result if sure else replace(result, misconception="", feedback=replace(result.feedback, hint=""))


def _grade_answer(caller: Caller, exercise: Exercise, name: str, plan: Plan) -> ExerciseResult:
    cases = exercise.draw(plan.seed(exercise.id))
    seen: dict[str, str] = {}
    try:
        verdict = judge_outcomes(exercise, cases, _noted(_call_all(caller, name, cases), seen))
        met = [incident for incident in caller.incidents if incident.exercise == name]
        worst = _worst(met) if met else None
        feedback = _feedback(verdict, worst, private=bool(plan.private))
    except SandboxError:
        raise
    except Exception as error:  # no value that came through the pipe should do this; if one does, it earns nothing
        broken = Incident(Status.CRASHED, f"the answer could not be judged: {type(error).__name__}", name)
        caller.incidents.append(broken)
        return _unanswered(exercise, broken.status, broken.reason)
    return ExerciseResult(
        id=exercise.id,
        title=exercise.title,
        status=worst.status if worst else Status.OK,
        reason=worst.reason if worst else "",
        seed=plan.seed(exercise.id),
        earned=verdict.earned,
        possible=verdict.possible,
        started=verdict.started,
        groups={result.group: (result.earned, result.points) for result in verdict.results},
        misconception=verdict.misconception.name if verdict.misconception else "",
        always=next(iter(seen.values())) if len(seen) == 1 and not worst else "",
        feedback=feedback,
    )


def _feedback(verdict: Verdict, worst: Incident | None, *, private: bool) -> Feedback:
    """Say the verdict in words; that a call did not come back is no error that the function raised."""
    said = explain(verdict)
    failure = verdict.failure
    if private and not failure:
        return replace(said, message="Right.")  # there is no solution() to compare with
    if worst and failure and failure.outcome.error == worst.reason:
        message = f"The smallest case that fails is in the group {failure.case.group}, and it stopped: {worst.reason}."
        return replace(said, message=message)
    return said


def _not_found(caller: Caller, exercise: Exercise, cells: Sequence[str]) -> ExerciseResult:
    """Tell an answer that is not there from one in a cell that ended before it was defined."""

    def mentions(cell: int | None) -> bool:
        return cell is not None and cell < len(cells) and exercise.name in cells[cell]

    for incident in caller.incidents:
        if mentions(incident.cell):
            return _unanswered(exercise, incident.status, f"no answer was found: {incident.reason}")
    for error in caller.errors:
        if mentions(error.place.cell):
            advice = f".{UNKNOWN}" if error.text.startswith("NameError: name ") else ""
            return _unanswered(exercise, Status.MISSING, f"no answer was found: {_in_words(error)}{advice}")
    reason = f"no cell defines {exercise.name} or checks an answer to {exercise.id}"
    return _unanswered(exercise, Status.MISSING, reason)


def _call_all(caller: Caller, name: str, cases: Sequence[Case]) -> Iterator[Outcome]:
    """Call an answer on all cases; a group is lost with its first case that does not come back."""
    lost: dict[str, str] = {}
    for case in cases:
        if case.group not in lost:
            try:
                yield caller.call(name, case)
                continue
            except Incident as incident:
                lost[case.group] = incident.reason
        yield Outcome(error=lost[case.group])


def _noted(outcomes: Iterator[Outcome], seen: dict[str, str]) -> Iterator[Outcome]:
    """Note each kind of error, that None came back, or that neither is so."""
    for outcome in outcomes:
        what = "" if outcome.unfinished else outcome.error or ("it returns None" if outcome.value is None else "")
        seen.setdefault(what.partition(":")[0], what)
        yield outcome


def _unanswered(exercise: Exercise, status: Status, reason: str) -> ExerciseResult:
    return ExerciseResult(
        id=exercise.id,
        title=exercise.title,
        status=status,
        reason=reason,
        seed=None,
        earned=0,
        possible=sum(exercise.points.values()),
        started=False,
        groups={group: (0, points) for group, points in exercise.points.items()},
        misconception="",
        always="",
        feedback=Feedback(f"{exercise.id} {exercise.title}: {status.meaning}", message=reason),
    )


def _worst(incidents: Sequence[Incident]) -> Incident:
    return max(incidents, key=lambda incident: incident.status)
