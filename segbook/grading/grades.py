"""From results to grades: which of a student's submissions counts, what an instructor overrode, what came late."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from segbook.exercises import Exercise
from segbook.grading.plan import Plan
from segbook.grading.results import ExerciseResult, Result
from segbook.grading.roster import Student, find_student
from segbook.grading.status import Status
from segbook.grading.submissions import Submission, is_late


@dataclass(frozen=True)
class Mark:
    """What a student gets for one exercise.

    Args:
        id: The exercise.
        earned: Points.
        possible: Points that a right answer earns.
        result: What came out for the submission that counts; None if nothing was handed in.
        submission: The name of the submission that counts.
        override: The instructor's reason, if the points are the instructor's.
    """

    id: str
    earned: int | float
    possible: int
    result: ExerciseResult | None = None
    submission: str = ""
    override: str = ""

    @property
    def status(self) -> Status:
        """How it went; an instructor's points are always ok."""
        if self.override:
            return Status.OK
        return self.result.status if self.result else Status.MISSING

    @property
    def title(self) -> str:
        """The exercise's title, if anything was handed in."""
        return self.result.title if self.result else ""

    @property
    def shown(self) -> int | float | None:
        """The points; None where 0 would hide that there was no answer, or that it did not come back."""
        return None if self.status is not Status.OK and self.earned == 0 else self.earned


@dataclass(frozen=True)
class Handed:
    """A file that a student handed in, and what came of it.

    Args:
        name: Its name.
        counts: Whether the points of any exercise are its.
        problem: Why it could not be graded, if so.
        errors: Of its cells.
    """

    name: str
    counts: bool = False
    problem: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grade:
    """What a student gets.

    Args:
        student: Who.
        marks: One for each exercise.
        status: Ok, or what kept the submissions that count from being graded in full.
        reason: In words.
        late: Whether a submission that counts came late.
        sandbox: False if any of it was graded without.
        files: What was handed in.
    """

    student: Student
    marks: tuple[Mark, ...]
    status: Status
    reason: str
    late: bool
    sandbox: bool
    files: tuple[Handed, ...] = ()

    @property
    def earned(self) -> int | float | None:
        """All points; None where 0 would hide that something else than the answers is wrong."""
        total = sum(mark.earned for mark in self.marks)
        overridden = any(mark.override for mark in self.marks)
        return None if self.status is not Status.OK and total == 0 and not overridden else total

    @property
    def possible(self) -> int:
        """The points of all exercises."""
        return sum(mark.possible for mark in self.marks)

    @property
    def lost(self) -> list[Mark]:
        """The exercises without an answer, or with one that did not come back, where others have one."""
        return [mark for mark in self.marks if mark.status is not Status.OK and mark.submission]


@dataclass(frozen=True)
class Override:
    """Points that an instructor decided, and why."""

    points: int | float
    reason: str


Overrides = Mapping[tuple[Student, str], Override]  # by student and exercise


def combine(
    students: Sequence[Student],
    results: Mapping[str, Result],
    plan: Plan,
    *,
    best: bool = False,
    deadline: datetime | None = None,
    overrides: Overrides | None = None,
) -> list[Grade]:
    """Choose for every student and exercise the submission that counts, the last one with an answer or the best.

    Args:
        students: The class.
        results: By the submission's name.
        plan: How it was graded.
        best: Whether the best answer counts in place of the last.
        deadline: When a submission is late, besides those that the LMS marked.
        overrides: What the instructor decided; see `read_overrides`.
    """
    grades = []
    for student in students:
        marks = [
            _mark(exercise, student.submissions, results, best, (overrides or {}).get((student, exercise.id)))
            for exercise in plan.exercises()
        ]
        grades.append(_grade_of(student, marks, results, deadline))
    return grades


def read_overrides(rows: Sequence[Mapping[str, str]], students: Sequence[Student], plan: Plan) -> Overrides:
    """Understand an instructor's table.

    Raises:
        ValueError: If a row names nobody, no exercise or no points.
    """
    found = {}
    for number, row in enumerate(rows, start=2):
        where = f"overrides, line {number}"
        student, id = find_student(students, row.get("student", "")), row.get("exercise", "")
        if student is None:
            raise ValueError(f"{where}: there is no one student {row.get('student', '')!r}, by key or by name")
        if id not in plan.ids:
            raise ValueError(f"{where}: there is no exercise {id!r}; graded are {', '.join(plan.ids)}")
        try:
            points = float(row.get("points", ""))
        except ValueError:
            points = -1.0
        if not 0 <= points < 1e6:
            raise ValueError(f"{where}: {row.get('points', '')!r} points; give a number from 0")
        found[student, id] = Override(points, row.get("reason") or "changed by the instructor")
    return found


def refuse_bonus(overrides: Overrides, plan: Plan) -> None:
    """Refuse points that are probably a slip.

    Raises:
        ValueError: If an override gives more points than the exercise has.
    """
    most = {exercise.id: sum(exercise.points.values()) for exercise in plan.exercises()}
    for (student, id), override in overrides.items():
        if override.points > most[id]:
            raise ValueError(
                f"overrides: {override.points:g} points for {student.name}'s {id}, which has {most[id]}; "
                "mend them, or allow more with --bonus"
            )


def _mark(
    exercise: Exercise,
    submissions: Sequence[Submission],
    results: Mapping[str, Result],
    best: bool,
    override: Override | None,
) -> Mark:
    """Let the submission count that has an answer, then the one with most points if the best counts, then the last."""

    def rank(counted: tuple[int, str]) -> tuple[bool, bool, int, int]:
        place, name = counted
        one = results[name].exercises[exercise.id]
        return one.status.is_graded, one.status is Status.MISSING, one.earned if best else 0, place

    mark = Mark(exercise.id, 0, sum(exercise.points.values()))
    names = [one.name for one in submissions if one.name in results]
    if names:
        _, name = max(enumerate(names), key=rank)
        result = results[name].exercises[exercise.id]
        mark = replace(mark, earned=result.earned, result=result, submission=name)
    return replace(mark, earned=override.points, override=override.reason) if override else mark


def _grade_of(
    student: Student, marks: Sequence[Mark], results: Mapping[str, Result], deadline: datetime | None
) -> Grade:
    handed_in = [one for one in student.submissions if one.name in results]
    counting = {mark.submission for mark in marks if mark.status is not Status.MISSING} - {""}
    if not counting and handed_in:
        counting = {handed_in[-1].name}
    status, reason = _status([results[name] for name in sorted(counting)])
    return Grade(
        student,
        tuple(marks),
        status,
        reason,
        late=any(is_late(one, deadline) for one in handed_in if one.name in counting),
        sandbox=all(results[one.name].sandbox for one in handed_in),
        files=_files(student, results, counting),
    )


def _files(student: Student, results: Mapping[str, Result], counting: Set[str]) -> tuple[Handed, ...]:
    """Say of every file what came of it."""
    files = {name: Handed(name, problem="no notebook") for one in student.submissions for name in one.beside}
    for one in student.submissions:
        if result := results.get(one.name):
            problem = "" if result.status.is_graded else result.reason
            files[one.name] = Handed(one.name, one.name in counting, problem, result.errors)
    return tuple(files.values())


def _status(results: Sequence[Result]) -> tuple[Status, str]:
    """Find the worst of what was graded; of what could not be graded only if there is nothing else."""
    if not results:
        return Status.MISSING, "nothing was handed in"
    graded = [result for result in results if result.status.is_graded]
    worst = max(graded or results, key=lambda result: result.status)
    return worst.status, worst.reason
