"""From results to grades: which of a student's submissions counts, what lateness costs, what an instructor decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from segbook.exercises import Exercise
from segbook.grading.manual import Manual
from segbook.grading.marks import Handed, Mark
from segbook.grading.order import why_it_counts
from segbook.grading.overrides import Override, Overrides
from segbook.grading.plan import Plan
from segbook.grading.results import Result
from segbook.grading.roster import Student
from segbook.grading.settings import Counts
from segbook.grading.status import Status
from segbook.grading.submissions import Submission
from segbook.grading.times import Late, Lateness, Rules


@dataclass(frozen=True)
class Grade:
    """What a student gets.

    Args:
        student: Who.
        marks: One for each exercise.
        status: Ok, or what kept the submissions that count from being graded in full.
        reason: In words.
        lateness: Of the latest submission that counts.
        sandbox: False if any of it was graded without.
        files: What was handed in.
    """

    student: Student
    marks: tuple[Mark, ...]
    status: Status
    reason: str
    lateness: Lateness
    sandbox: bool
    files: tuple[Handed, ...] = ()

    @property
    def earned(self) -> int | float | None:
        """All points; None while some are still to be given, or where 0 would hide that something else is wrong."""
        return None if self.is_open or self.undecided else self.so_far

    @property
    def so_far(self) -> int | float | None:
        """The points that are known; None where 0 would hide that something else than the answers is wrong."""
        total = round(sum(mark.earned for mark in self.marks), 2)
        decided = any(mark.is_decided for mark in self.marks)
        return None if self.status is not Status.OK and total == 0 and not decided else total

    @property
    def undecided(self) -> list[Mark]:
        """The exercises that keep the total open: nothing to judge came of them, and the instructor says nothing.

        In a notebook that was graded, an exercise without an answer earns 0, unless all would for being stopped.
        """
        left = [mark for mark in self.marks if not mark.by_hand and not mark.override]
        if self.status is Status.OK or (self.status.is_graded and any(mark.earned for mark in left)):
            return []
        return [mark for mark in left if mark.status is not Status.OK]

    @property
    def is_open(self) -> bool:
        """Whether the instructor still has something to mark."""
        return any(mark.is_open for mark in self.marks)

    @property
    def late(self) -> bool:
        """Whether a submission that counts is known to have come late."""
        return self.lateness.late is Late.YES

    @property
    def possible(self) -> int | float:
        """The points of all exercises."""
        return sum(mark.possible for mark in self.marks)

    @property
    def lost(self) -> list[Mark]:
        """The exercises without an answer, or with one that did not come back, where others have one."""
        return [mark for mark in self.marks if mark.status is not Status.OK and mark.submission]


def combine(
    students: Sequence[Student],
    results: Mapping[str, Result],
    plan: Plan,
    *,
    counts: Counts = Counts.LAST,
    rules: Rules | None = None,
    overrides: Overrides | None = None,
    manual: Manual | None = None,
) -> list[Grade]:
    """Choose for every student and exercise the submission that counts.

    Args:
        students: The class.
        results: By the submission's name.
        plan: How it was graded.
        counts: The last answer, the best after what lateness costs, or the last on time; who handed in nothing on time
            has the late ones.
        rules: When work is late, and what that costs.
        overrides: What the instructor decided; see `read_overrides`.
        manual: What the instructor marked.
    """
    rules, overrides, manual = rules or Rules(), overrides or {}, manual or Manual()
    grades = []
    for student in students:
        lateness = {one.name: rules.lateness(one, student) for one in student.submissions if one.name in results}
        names = list(lateness)
        if counts is Counts.LAST_ON_TIME:
            names = [name for name in names if lateness[name].late is not Late.YES] or names
        lost = {name: rules.lost(lateness[name]) for name in names}
        marks = [
            _mark(exercise, results, lost, counts, overrides.get((student, exercise.id)))
            for exercise in plan.exercises()
        ]
        for question in manual.questions:
            points, comment = manual.marks.get((student, question.title), (None, ""))
            mark = Mark(question.title, points or 0, question.possible, override=comment, by_hand=True)
            marks.append(replace(mark, is_open=points is None))
        grades.append(_grade_of(student, marks, results, lateness, counts))
    return grades


def _mark(
    exercise: Exercise,
    results: Mapping[str, Result],
    lost: Mapping[str, float],
    counts: Counts,
    override: Override | None,
) -> Mark:
    """Let the submission count that has an answer, then the one with most points if the best counts, then the last.

    An empty stub is no answer: whoever handed in a part of the exercises in each file has the points of both.
    """

    def earned(name: str) -> int | float:
        points = results[name].exercises[exercise.id].earned
        return round(points * (1 - lost[name]), 2) if lost[name] else points

    def rank(counted: tuple[int, str]) -> tuple[bool, bool, bool, int | float, int]:
        place, name = counted
        one = results[name].exercises[exercise.id]
        graded = one.status.is_graded
        points = earned(name) if counts is Counts.BEST else 0
        return graded and one.started, graded, one.status is Status.MISSING, points, place

    mark = Mark(exercise.id, 0, sum(exercise.points.values()))
    if lost:
        _, name = max(enumerate(lost), key=rank)
        result = results[name].exercises[exercise.id]
        mark = replace(mark, earned=earned(name), result=result, submission=name)
        mark = replace(mark, penalty=lost[name] if result.earned else 0)  # of nothing, nothing is taken
        best = max(lost, key=earned)
        mark = replace(mark, more=(best, earned(best)) if earned(best) > mark.earned else None)
    return replace(mark, earned=override.points, override=override.reason, penalty=0.0) if override else mark


def _grade_of(
    student: Student,
    marks: Sequence[Mark],
    results: Mapping[str, Result],
    lateness: Mapping[str, Lateness],
    counts: Counts,
) -> Grade:
    counting = {mark.submission for mark in marks if mark.status is not Status.MISSING} - {""}
    if not counting and lateness:
        counting = {list(lateness)[-1]}
    status, reason = _status([results[name] for name in sorted(counting)])
    ran = [one for one in student.submissions if one.name in lateness]
    why = {one.name: _why(one, ran, marks, lateness, counts) for one in ran if one.name in counting}
    order = list(Late)
    latest = max(
        (lateness[name] for name in counting),
        key=lambda one: (order.index(one.late), one.by or timedelta()),
        default=None,
    )
    return Grade(
        student,
        tuple(marks),
        status,
        reason,
        lateness=latest or Lateness(Late.NO),
        sandbox=all(results[name].sandbox for name in lateness),
        files=_files(student, results, why),
    )


def _why(
    one: Submission,
    files: Sequence[Submission],
    marks: Sequence[Mark],
    lateness: Mapping[str, Lateness],
    counts: Counts,
) -> str:
    """Say for which exercises a file counts, if not for all, and why."""
    asked = {mark.id for mark in marks if not mark.by_hand}
    ids = {mark.id for mark in marks if mark.submission == one.name and mark.status is not Status.MISSING}
    why = why_it_counts(one, files, lateness, counts, ids)
    some = f"for {', '.join(id for id in (mark.id for mark in marks) if id in ids)}" if ids and ids < asked else ""
    return "; ".join(filter(None, (some, why)))


def _files(student: Student, results: Mapping[str, Result], why: Mapping[str, str]) -> tuple[Handed, ...]:
    """Say of every file what came of it; those of which there is a reason count."""
    files = {name: Handed(name, problem="no notebook") for one in student.submissions for name in one.beside}
    for one in student.submissions:
        if result := results.get(one.name):
            problem = "" if result.status.is_graded else result.reason
            ran = result.status not in (Status.UNREADABLE, Status.SANDBOX)
            counts = one.name in why
            files[one.name] = Handed(
                one.name, counts, problem, result.errors, ran, why.get(one.name, ""), result.unchecked
            )
    return tuple(files.values())


def _status(results: Sequence[Result]) -> tuple[Status, str]:
    """Find the worst of what was graded; of what could not be graded only if there is nothing else."""
    if not results:
        return Status.MISSING, "nothing was handed in"
    graded = [result for result in results if result.status.is_graded]
    worst = max(graded or results, key=lambda result: result.status)
    return worst.status, worst.reason
