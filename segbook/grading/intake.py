"""What is known of a class before anybody is graded: who handed in what, when, and what does not fit together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from segbook.grading.columns import DRAFT
from segbook.grading.files import refuse_inside
from segbook.grading.groups import Groups, read_groups, share
from segbook.grading.manual import Manual, read_manual
from segbook.grading.overrides import Overrides, read_overrides, refuse_bonus
from segbook.grading.people import Directory, Once, directory, find_by_row, where
from segbook.grading.plan import Plan
from segbook.grading.quota import limit
from segbook.grading.roster import Roster, Student, match
from segbook.grading.settings import Settings
from segbook.grading.sheets import Table, read_table
from segbook.grading.submissions import Submission, find
from segbook.grading.tables import maximum_of, own_column
from segbook.grading.times import Late, Rules, read_time
from segbook.grading.worksheet import extension_of, is_late, not_understood

FILES = "files"  # in place of a table of times: those of the files on disk
NAMED = 5  # students in a warning
SHOWN = 3  # statuses in a warning


@dataclass(frozen=True)
class Intake:
    """A class and its submissions.

    Args:
        students: With what they handed in.
        roster: The class's table, if there is one.
        groups: Who works with whom.
        rules: When work is late.
        overrides: Points that the instructor decided.
        manual: Points that the instructor gave by hand.
        warnings: What an instructor should know before grades exist.
    """

    students: list[Student]
    roster: Roster | None
    groups: Groups
    rules: Rules
    overrides: Overrides
    manual: Manual
    warnings: tuple[str, ...]

    @property
    def submissions(self) -> list[Submission]:
        """All that was handed in, each file once."""
        return [*{one.name: one for student in self.students for one in student.submissions}.values()]


def take_in(settings: Settings, plan: Plan) -> Intake:
    """Read everything that the instructor has given.

    Raises:
        ValueError: If a file cannot be understood, or the roster is another class's.
        OSError: If a file cannot be read.
    """
    refuse_inside(settings.out, settings.submissions)
    roster = Roster(read_table(settings.roster)) if settings.roster else None
    submissions = find(settings.submissions)
    if not submissions and not roster:
        raise ValueError(f"{settings.submissions} holds no notebook and no archive of notebooks")
    groups = read_groups(settings.groups, roster) if settings.groups else {}
    students = match(submissions, roster, groups)
    share(groups)
    known = directory(students, roster)
    warnings = _on_people(students, roster)
    warnings += _set_times(students, roster, known, settings)
    warnings += _on_statuses(roster, settings)
    limit(students)
    extensions = _extensions(roster, known, settings)
    rules = Rules(settings.deadline, settings.grace, settings.penalty, extensions)
    overrides: Overrides = {}
    if settings.overrides:
        overrides = read_overrides(read_table(settings.overrides, "exercise", "points"), known, plan)
    if not settings.bonus:
        refuse_bonus(overrides, plan)
    manual = read_manual(read_table(settings.manual), known) if settings.manual else Manual()
    warnings += _on_lateness(students, rules)
    possible = sum(sum(exercise.points.values()) for exercise in plan.exercises()) + manual.possible
    warnings += _on_gradebook(roster, settings.title, possible)
    open_marks = [
        student
        for student in students
        if student.submissions and any((student, one.title) not in manual.marks for one in manual.questions)
    ]
    if open_marks:
        warnings.append(f"{settings.manual} has no points yet for {said_names(open_marks)}; their totals stay empty")
    return Intake(students, roster, groups, rules, overrides, manual, tuple(warnings))


def _on_people(students: Sequence[Student], roster: Roster | None) -> list[str]:
    warnings = []
    for student in students:
        if not student.listed:
            what, why = student.why_uncredited
            warnings.append(f"{what}, so not in gradebook.csv: {student.name} ({why})")
    conflicts = {file.conflict: None for one in students for file in one.submissions if file.conflict}
    warnings += [f"not graded, for {conflict}" for conflict in conflicts]
    unread = [one for one in students if one.submissions and all(file.file.problem for file in one.submissions)]
    warnings += [f"nothing to grade of {one.name}: {one.submissions[-1].file.problem}" for one in unread]
    keys: dict[str, list[Student]] = {}
    for student in roster.students if roster else ():
        keys.setdefault(student.key.casefold(), []).append(student)
    for key, several in keys.items():
        if len(several) > 1:
            warnings.append(f"the roster has {key!r} for {said_names(several)}; nobody is credited by it")
    drafts = [one for one in students if roster and one.submissions and DRAFT.match(roster.row(one, "status"))]
    if drafts:
        warnings.append(f"only drafts, by the worksheet: {said_names(drafts)}; they are graded all the same")
    return warnings


def _set_times(students: Sequence[Student], roster: Roster | None, known: Directory, settings: Settings) -> list[str]:
    """Put the times at which work came, and the marks of Moodle's worksheet, into the submissions."""
    times, unclear = _times(roster, known, settings)
    for student in students:
        mark = is_late(roster.row(student, "status")) if roster else None
        for place, one in enumerate(student.submissions):
            time = times.get((student, one.name.rpartition("/")[2])) or times.get((student, one.name))
            time = time or times.get((student, ""))
            if settings.times == FILES:
                time = one.file.time
            owner = replace(one.owner, late=mark) if one.owner.lms == "moodle" else one.owner
            student.submissions[place] = replace(one, time=time, owner=owner)
        student.submissions.sort(key=lambda one: one.place)
    warnings = []
    if unclear:
        warnings.append(f"{len(unclear)} times are not understood, such as {unclear[0]!r}; that work's time is unknown")
    by_name = [
        one
        for one in students
        if len(one.submissions) > 1
        and not one.submissions[-1].owner.attachment
        and len({file.time for file in one.submissions}) == 1
    ]
    if by_name and settings.counts.value != "best":
        warnings.append(f"several files and nothing that tells which came last, so the last by name: {_last(by_name)}")
    return warnings


def _last(students: Sequence[Student]) -> str:
    """Name the last file of each."""
    said = [f"{one.name} ({one.submissions[-1].name.rpartition('/')[2]})" for one in students[:NAMED]]
    return "; ".join(said) + (f" and {len(students) - NAMED} more" if len(students) > NAMED else "")


def _on_statuses(roster: Roster | None, settings: Settings) -> list[str]:
    """Warn of what Moodle's worksheet may say of time in words that are not known."""
    if roster is None or roster.lms != "moodle":
        return []
    odd = [
        f"{part!r} ({one.name})"
        for one in roster.students
        for part in not_understood(roster.row(one, "status"), settings.zone)
    ]
    if not odd:
        return []
    more = f" and {len(odd) - SHOWN} more" if len(odd) > SHOWN else ""
    return [f"status not understood: {'; '.join(odd[:SHOWN])}{more}; see who is late yourself"]


def _times(
    roster: Roster | None, known: Directory, settings: Settings
) -> tuple[dict[tuple[Student, str], datetime], list[str]]:
    """Read when work came, by student and file, from a table of times or else from Moodle's worksheet."""
    times: dict[tuple[Student, str], datetime] = {}
    unclear: list[str] = []

    def note(student: Student, file: str, said: str) -> None:
        if time := read_time(said, settings.zone):
            times[student, file] = time
        elif said not in ("", "-"):
            unclear.append(said)

    for student in roster.students if roster else ():
        note(student, "", roster.row(student, "submitted") if roster else "")
    if settings.times and settings.times != FILES:
        table = _timetable(settings.times)
        for row in range(len(table.rows)):
            note(
                find_by_row(known, table, row),
                table.cell(row, "file"),
                table.cell(row, "time") or table.cell(row, "submitted"),
            )
    return times, unclear


def _timetable(path: str) -> Table:
    from pathlib import Path

    table = read_table(Path(path))
    if not (table.has("time") or table.has("submitted")):
        raise ValueError(f"{path}: no column of {table.header!r} is a time; call it Time")
    return table


def _extensions(roster: Roster | None, known: Directory, settings: Settings) -> dict[Student, datetime]:
    """Read later deadlines, from the instructor's table or else from the statuses of Moodle's worksheet."""
    found = {}
    for student in roster.students if roster else ():
        if roster and (time := extension_of(roster.row(student, "status"), settings.zone)):
            found[student] = time
    if settings.extensions:
        table = read_table(settings.extensions, "time")
        once = Once(table)
        for row in range(len(table.rows)):
            student, said = find_by_row(known, table, row), table.cell(row, "time")
            time = read_time(said, settings.zone, is_end=True)
            if time is None:
                raise ValueError(f"{where(table, row)}: {said!r} is no time such as 2026-05-03")
            once.add(row, student, student.name)
            found[student] = time
    return found


def _on_lateness(students: Sequence[Student], rules: Rules) -> list[str]:
    late = [(one, rules.lateness(one.submissions[-1], one)) for one in students if one.submissions]
    unknown = [one for one, lateness in late if lateness.late is Late.UNKNOWN]
    warnings = []
    if unknown:
        warnings.append(
            f"unknown whether late, so taken as on time: {said_names(unknown)}. Times in an archive are those "
            "of the download; give --times, or Moodle's worksheet as --roster"
        )
    marked = [one for one, _ in late if one.submissions[-1].owner.lms == "canvas" and one.submissions[-1].time is None]
    if rules.deadline and marked:
        warnings.append(
            f"--deadline does not count for {len(marked)} students: Canvas's names say LATE by Canvas's due date, "
            "and no times; give --times to count from your own"
        )
    if rules.penalty and rules.penalty.unit:
        vague = [one for one, lateness in late if lateness.late is Late.YES and lateness.by is None]
        if vague:
            warnings.append(f"late by an unknown time, so without a penalty: {said_names(vague)}; give --times")
    return warnings


def _on_gradebook(roster: Roster | None, title: str, possible: int | float) -> list[str]:
    """Warn of what an LMS would refuse, cut or take for another assignment."""
    if roster is None:
        return []
    warnings = []
    most = maximum_of(roster, title)
    if most is not None and most != possible:
        advice = "raise the maximum before you import" if most < possible else "all of them would be no full mark"
        warnings.append(
            f"the assignment allows {most:g} points and the exercises are worth {possible:g}: {advice} "
            f"({roster.table.path})"
        )
    if roster.lms == "canvas" and own_column(roster, title) is None:
        warnings.append(
            f"Canvas has no column {title!r} in this export and will make a new assignment; --title names one"
        )
    return warnings


def said_names(students: Iterable[Student], most: int = NAMED) -> str:
    """Write the first names of some students, and how many more there are."""
    names = [student.name for student in students]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return "; ".join(names[:most]) + more
