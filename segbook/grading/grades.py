"""From results to grades: which of a student's submissions counts, what an instructor overrode, what came late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from segbook.grading.plan import Plan
from segbook.grading.roster import Student, find_student
from segbook.grading.submissions import Submission, is_late

UNGRADED = ("missing", "unreadable", "sandbox")


@dataclass
class Mark:
    """What a student gets for one exercise.

    Args:
        id: The exercise.
        earned: Points.
        possible: Points that a right answer earns.
        result: The exercise's part of the submission's result; empty if nothing was handed in.
        submission: The name of the submission that counts.
        override: The instructor's reason, if the points are the instructor's.
    """

    id: str
    earned: int | float
    possible: int
    result: dict
    submission: str = ""
    override: str = ""

    @property
    def status(self) -> str:
        """The result's status, or missing."""
        return "ok" if self.override else self.result.get("status", "missing")

    @property
    def shown(self) -> int | float | None:
        """The points; None where 0 would hide that there was no answer, or that it did not come back."""
        return None if self.status != "ok" and self.earned == 0 else self.earned


@dataclass
class Grade:
    """What a student gets.

    Args:
        student: Who.
        marks: One for each exercise.
        status: "ok", or what kept the submissions that count from being graded in full.
        reason: In words.
        late: Whether a submission that counts came late.
        sandbox: False if any of it was graded without.
    """

    student: Student
    marks: list[Mark]
    status: str
    reason: str
    late: bool
    sandbox: bool

    @property
    def earned(self) -> int | float | None:
        """All points; None where 0 would hide that something else than the answers is wrong."""
        total = sum(mark.earned for mark in self.marks)
        overridden = any(mark.override for mark in self.marks)
        return None if self.status != "ok" and total == 0 and not overridden else total

    @property
    def possible(self) -> int:
        """The points of all exercises."""
        return sum(mark.possible for mark in self.marks)


def combine(
    students: Sequence[Student],
    results: Mapping[str, dict],
    plan: Plan,
    *,
    best: bool = False,
    deadline: datetime | None = None,
    overrides: Sequence[Mapping[str, str]] = (),
) -> list[Grade]:
    """Choose for every student and exercise the submission that counts, the last one with an answer or the best.

    Raises:
        ValueError: If an override names nobody, no exercise or no points.
    """
    changed = _overrides(overrides, students, plan)
    return [_grade(student, results, plan, best, deadline, changed) for student in students]


def _grade(
    student: Student,
    results: Mapping[str, dict],
    plan: Plan,
    best: bool,
    deadline: datetime | None,
    changed: Mapping[tuple[int, str], tuple[int | float, str]],
) -> Grade:
    handed_in = [one for one in student.submissions if one.name in results]
    marks = []
    for exercise in plan.exercises():
        possible = sum(exercise.points.values())
        mark = Mark(exercise.id, 0, possible, {})
        chosen = _choose(handed_in, results, exercise.id, best)
        if chosen:
            part = results[chosen.name]["exercises"][exercise.id]
            mark = Mark(exercise.id, part["earned"], possible, part, chosen.name)
        if (id(student), exercise.id) in changed:
            mark.earned, mark.override = changed[id(student), exercise.id]
        marks.append(mark)
    counting = {mark.submission for mark in marks if mark.status not in ("missing",)} - {""}
    if not counting and handed_in:
        counting = {handed_in[-1].name}
    status, reason = _status([results[name] for name in sorted(counting)])
    return Grade(
        student,
        marks,
        status,
        reason,
        late=any(is_late(one, deadline) for one in handed_in if one.name in counting),
        sandbox=all(results[one.name]["sandbox"] for one in handed_in),
    )


def _choose(submissions: Sequence[Submission], results: Mapping[str, dict], id: str, best: bool) -> Submission | None:
    """Choose a submission: with an answer before without, then by points if the best counts, then the last."""

    def rank(place: int) -> tuple:
        part = results[submissions[place].name]["exercises"][id]
        return part["status"] not in UNGRADED, part["status"] == "missing", part["earned"] if best else 0, place

    return submissions[max(range(len(submissions)), key=rank)] if submissions else None


def _status(results: Sequence[dict]) -> tuple[str, str]:
    if not results:
        return "missing", "nothing was handed in"
    order = ("ok", "timeout", "memory", "crashed", "missing", "unreadable", "sandbox")
    if any(result["status"] not in UNGRADED for result in results):
        results = [result for result in results if result["status"] not in UNGRADED]
    worst = max(results, key=lambda result: order.index(result["status"]))
    return worst["status"], worst["reason"]


def _overrides(
    rows: Sequence[Mapping[str, str]], students: Sequence[Student], plan: Plan
) -> dict[tuple[int, str], tuple[int | float, str]]:
    changed = {}
    for number, row in enumerate(rows, start=2):
        where = f"overrides, line {number}"
        student = find_student(students, row.get("student", ""))
        if student is None:
            raise ValueError(f"{where}: there is no one student {row.get('student', '')!r}, by key or by name")
        if row.get("exercise") not in plan.ids:
            raise ValueError(
                f"{where}: there is no exercise {row.get('exercise', '')!r}; graded are {', '.join(plan.ids)}"
            )
        try:
            points = float(row.get("points", ""))
        except ValueError:
            points = -1.0
        if not 0 <= points < 1e6:
            raise ValueError(f"{where}: {row.get('points', '')!r} points; give a number from 0")
        changed[id(student), row["exercise"]] = (points, row.get("reason") or "changed by the instructor")
    return changed
