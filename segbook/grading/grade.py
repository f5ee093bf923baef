"""Grade one submission: read it, call its answers in the sandbox, judge what comes back out here.

The result is a plain dictionary of JSON's types. It holds no time and no address: the same submission and the same
seed give the same bytes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import groupby

from segbook.exercises import Case, Exercise, Feedback, Outcome, Verdict, explain, judge_outcomes
from segbook.grading.archives import Unreadable
from segbook.grading.notebooks import read_cells
from segbook.grading.packages import mentioned
from segbook.grading.plan import FORM, Plan, fingerprint
from segbook.grading.sandbox import SandboxError
from segbook.grading.session import Incident, Session

STATUSES = {
    "ok": "graded",
    "timeout": "stopped: it ran out of time",
    "crashed": "stopped: its process ended or broke the rules",
    "memory": "stopped: it ran out of memory",
    "unreadable": "could not be read",
    "missing": "no answer was found",
    "sandbox": "not graded: the grader or its sandbox failed",
}
SEVERITY = ("sandbox", "unreadable", "crashed", "memory", "timeout")


def key(data: bytes | None, plan: Plan, problem: str = "") -> str:
    """What a result depends on: another key, another result."""
    return hashlib.sha256(f"{fingerprint(plan)}\0{problem}\0".encode() + (data or b"")).hexdigest()


def grade(name: str, data: bytes | None, plan: Plan, problem: str = "") -> dict:
    """Grade a submission.

    Args:
        name: What to call it.
        data: The notebook's bytes, or None if they could not be had.
        plan: How to grade.
        problem: Why they could not be had.
    """
    result = _empty(name, data, plan, problem)
    try:
        if data is None:
            raise Unreadable(problem)
        cells = read_cells(data)
    except Unreadable as error:
        exercises = [_unanswered(exercise, "unreadable", str(error)) for exercise in plan.exercises()]
        result |= {"status": "unreadable", "reason": str(error)}
    else:
        exercises = _grade_cells(cells, plan, result)
    return _with(exercises, result, plan)


def ungraded(name: str, data: bytes | None, plan: Plan, problem: str, reason: str) -> dict:
    """Make the result of a submission on which not its code but the grader failed."""
    result = _empty(name, data, plan, problem) | {"status": "sandbox", "reason": reason}
    return _with([_unanswered(exercise, "sandbox", reason) for exercise in plan.exercises()], result, plan)


def _empty(name: str, data: bytes | None, plan: Plan, problem: str) -> dict:
    return {
        "form": FORM,
        "submission": name,
        "key": key(data, plan, problem),
        "sandbox": plan.sandbox,
        "status": "ok",
        "reason": "",
        "earned": 0,
        "possible": 0,
        "exercises": {},
        "errors": [],
    }


def _with(exercises: Sequence[dict], result: dict, plan: Plan) -> dict:
    order = sorted(exercises, key=lambda one: plan.ids.index(one["id"]))
    earned, possible = (sum(one[field] for one in order) for field in ("earned", "possible"))
    return result | {"exercises": {one["id"]: one for one in order}, "earned": earned, "possible": possible}


def _grade_cells(cells: Sequence[str], plan: Plan, result: dict) -> list[dict]:
    """Grade exercises together that get the same packages: the notebook runs once for each such set."""
    graded: list[dict] = []
    incidents: list[Incident] = []
    text = "\n".join(cells)

    def packages(exercise: Exercise) -> tuple[str, ...]:
        return mentioned(exercise.allows, text)

    for allows, group in groupby(sorted(plan.exercises(), key=packages), key=packages):
        exercises = list(group)
        wanted = {exercise.id: exercise.name for exercise in exercises}
        with Session(cells, wanted, plan.limits, allows=allows, sandbox=plan.sandbox) as session:
            try:
                session.load()
                graded += [_grade_exercise(session, exercise, cells, plan) for exercise in exercises]
            except Incident as incident:  # while the cells ran: nothing could be called
                session.incidents.append(incident)
                graded += [_unanswered(exercise, incident.status, incident.reason) for exercise in exercises]
            except SandboxError as error:
                session.incidents.append(Incident("sandbox", str(error)))
                graded += [_unanswered(exercise, "sandbox", str(error)) for exercise in exercises]
            incidents += session.incidents
            if not allows or not result["errors"]:
                result["errors"] = [f"cell {cell + 1}: {text}" for cell, text in session.errors]
    if incidents:
        worst = min(incidents, key=lambda incident: SEVERITY.index(incident.status))
        where = f"exercise {worst.exercise}: " if worst.exercise else ""
        result |= {"status": worst.status, "reason": where + worst.reason}
    elif all(one["status"] == "missing" for one in graded):
        result |= {"status": "missing", "reason": "no cell defines or checks an answer"}
    return graded


def _grade_exercise(session: Session, exercise: Exercise, cells: Sequence[str], plan: Plan) -> dict:
    if exercise.id not in session.found:
        return _not_found(session, exercise, cells)
    cases = exercise.draw(plan.seed(exercise.id))
    outcomes = _call_all(session, exercise, cases)
    try:
        verdict = judge_outcomes(exercise, cases, outcomes)
    except Exception as error:  # no value that came through the pipe should do this; if one does, it earns nothing
        return _unanswered(exercise, "crashed", f"the answer could not be judged: {type(error).__name__}")
    own = [incident for incident in session.incidents if incident.exercise == exercise.id]
    worst = min(own, key=lambda incident: SEVERITY.index(incident.status), default=None)
    return {
        "id": exercise.id,
        "title": exercise.title,
        "status": worst.status if worst else "ok",
        "reason": worst.reason if worst else "",
        "seed": plan.seed(exercise.id),
        "earned": verdict.earned,
        "possible": verdict.possible,
        "started": verdict.started,
        "groups": {result.group: [result.earned, result.points] for result in verdict.results},
        "misconception": verdict.misconception.name if verdict.misconception else "",
        "feedback": asdict(_feedback(verdict, worst, private=bool(plan.private))),
    }


def _feedback(verdict: Verdict, worst: Incident | None, *, private: bool) -> Feedback:
    """Say the verdict in words; that a call did not come back is no error that the function raised."""
    said = explain(verdict)
    failures = [result.failure for result in verdict.results if result.failure]
    if private and not failures:
        return replace(said, message="Right.")  # there is no solution() to compare with
    if worst and failures and failures[0].outcome.error == worst.reason:
        message = f"The first case that fails is in the group {failures[0].case.group}, and it stopped: {worst.reason}."
        return replace(said, message=message)
    return said


def _not_found(session: Session, exercise: Exercise, cells: Sequence[str]) -> dict:
    """Tell an answer that is not there from one in a cell that stopped before it was defined."""
    for incident in session.incidents:
        if incident.cell is not None and incident.cell < len(cells) and exercise.name in cells[incident.cell]:
            return _unanswered(exercise, incident.status, f"no answer was found: {incident.reason}")
    return _unanswered(exercise, "missing", f"no cell defines {exercise.name} or checks an answer to {exercise.id}")


def _call_all(session: Session, exercise: Exercise, cases: Sequence[Case]) -> list[Outcome]:
    """Call an answer on all cases; a group is lost with its first case that does not come back."""
    lost: dict[str, str] = {}
    outcomes = []
    for case in cases:
        if case.group not in lost:
            try:
                outcomes.append(session.call(exercise.id, case))
                continue
            except Incident as incident:
                lost[case.group] = incident.reason
        outcomes.append(Outcome(error=lost[case.group]))
    return outcomes


def _unanswered(exercise: Exercise, status: str, reason: str) -> dict:
    possible = sum(exercise.points.values())
    return {
        "id": exercise.id,
        "title": exercise.title,
        "status": status,
        "reason": reason,
        "seed": None,
        "earned": 0,
        "possible": possible,
        "started": False,
        "groups": {group: [0, points] for group, points in exercise.points.items()},
        "misconception": "",
        "feedback": asdict(Feedback(f"{exercise.id} {exercise.title}: {STATUSES[status]}", message=reason)),
    }
