"""Grades as other programs read them: CSV for Canvas, Moodle and spreadsheets, JSON for Gradescope."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from segbook.exercises import Feedback
from segbook.grading.attention import in_a_line
from segbook.grading.columns import field_of, plain
from segbook.grading.grades import Grade, Mark
from segbook.grading.roster import Roster
from segbook.grading.status import Status

CANVAS = {
    "student",
    "lastname",
    "firstname",
    "id",
    "sis user id",
    "sis login id",
    "integration id",
    "root account",
    "section",
}
FORMULA = re.compile(r"(^|[,;\t|\r\n])([ '\"]*)(?=[=+\-@\t\r＝＋－＠])")


def gradebook(grades: Sequence[Grade], title: str, roster: Roster | None) -> str:
    """Write the file that an LMS imports: who, and one number; none where no number would be fair.

    The table follows the roster, row by row, with its separator, and what the roster says is never changed. One from
    Canvas keeps Canvas's columns of people; a grading worksheet of Moodle keeps all columns and gets its grades; any
    other list keeps all and gets one more. Students who are not on the roster stand in the other tables.

    Args:
        grades: One for each student.
        title: The assignment, as the LMS calls it.
        roster: The class's table.
    """
    if roster is None:
        rows = [(neutral(one.student.name), neutral(one.student.key), number(one.earned)) for one in grades]
        return _csv([("Student", "ID", neutral(title)), *rows])
    table = roster.table
    known = {id(grade.student): number(grade.earned) for grade in grades}
    by_row = [known.get(id(roster.student_of(row)), "") for row in range(len(table.rows))]
    kept = range(len(table.columns))
    place = own_column(roster, title)
    if roster.lms == "canvas":
        kept = [column for column in kept if plain(table.columns[column]).casefold() in CANVAS]
        place = None
    header = [table.columns[column] for column in kept]
    lines = [[cells[column] for column in kept] for cells in table.rows]
    if place is None:
        header.append(neutral(title))
        lines = [[*line, points] for line, points in zip(lines, by_row, strict=True)]
    else:
        for line, points in zip(lines, by_row, strict=True):
            line[place] = points or line[place] if roster.lms == "moodle" else points
    if roster.lms == "canvas":
        possible = ["    Points Possible", *[""] * (len(kept) - 1), number(grades[0].possible) if grades else ""]
        lines = [possible, *(line for row, line in enumerate(lines) if roster.student_of(row))]
    return ("\ufeff" if table.mark else "") + _csv([header, *lines], table.separator)


def own_column(roster: Roster, title: str) -> int | None:
    """Find the column for the grades: Moodle's, or that of the assignment's title."""
    if roster.lms == "moodle":
        return next((place for place, name in enumerate(roster.table.columns) if field_of(name) == "grade"), None)
    return next((place for place, name in enumerate(roster.table.columns) if plain(name) == plain(title)), None)


def maximum_of(roster: Roster, title: str) -> float | None:
    """The points that the LMS allows for the assignment, as far as the roster says."""
    table, place = roster.table, own_column(roster, title)
    said = [cell for row in range(len(table.rows)) for cell in table.cells(row, "maximum")]
    if roster.lms == "canvas" and place is not None:
        said = [cells[place] for cells in table.rows if any(plain(cell) == "Points Possible" for cell in cells)]
    found = [float(cell.replace(",", ".")) for cell in map(str.strip, said) if re.fullmatch(r"\d+(?:[.,]\d+)?", cell)]
    return min(found, default=None)


def details(grades: Sequence[Grade]) -> str:
    """Write everything that is known of every student, one row each."""
    ids = [mark.id for mark in grades[0].marks] if grades else []
    columns = ["student", "key", "status", "reason", "late", "on roster", "sandboxed", "earned", "possible"]
    columns += [part for id in ids for part in (f"{id} points", f"{id} status")] + ["overrides", "submissions", "note"]
    columns += ["to look at", "why"]
    rows: list[Sequence[str]] = [columns]
    for grade in grades:
        row = [grade.student.name, grade.student.key, str(grade.status), grade.reason, str(grade.lateness)]
        row += [_yes(grade.student.listed), _yes(grade.sandbox), number(grade.earned), number(grade.possible)]
        for mark in grade.marks:
            row += ["" if mark.is_open else number(mark.shown), mark.word]
        row.append("; ".join(f"{mark.id}: {mark.override}" for mark in grade.marks if mark.override))
        row.append("; ".join(submission.name for submission in grade.student.submissions))
        row += [grade.student.note, *in_a_line(grade)]
        rows.append(row)
    return _csv([list(map(neutral, row)) for row in rows])


def gradescope(grade: Grade) -> dict[str, Any]:
    """Write a student's results in the form that Gradescope reads as results.json."""
    note = "" if grade.status is Status.OK else f"{grade.status}: {grade.status.meaning}. {grade.reason}"
    if not grade.sandbox:
        note += " Graded without a sandbox."
    return {
        "score": grade.earned or 0,
        "output": note.strip() if grade.earned is not None else f"NOT GRADED. {note}".strip(),
        "output_format": "text",
        "visibility": "visible",
        "tests": [_test(mark) for mark in grade.marks],
        "extra_data": {"status": str(grade.status), "late": str(grade.lateness), "sandbox": grade.sandbox},
    }


def neutral(text: object) -> str:
    """Keep a spreadsheet from taking a text for a formula, whatever it takes for a separator.

    >>> print(neutral('=HYPERLINK("x")'), neutral("Ada"), neutral("a;=1"))
    '=HYPERLINK("x") Ada a;'=1
    """
    return FORMULA.sub(r"\1'\2", str(text))


def number(points: int | float | None) -> str:
    """Write points; nothing where there are none."""
    return "" if points is None else f"{points:g}"


def _test(mark: Mark) -> dict[str, Any]:
    said = mark.result.feedback if mark.result else Feedback("")
    parts = [said.message, said.evidence, said.hint, said.note]
    if mark.override:
        parts = [mark.override if mark.by_hand else f"Changed by the instructor: {mark.override}"]
    if mark.penalty:
        parts.append(f"{100 * mark.penalty:g} % of the points were taken off because the work came late.")
    return {
        "name": f"{mark.id} {mark.title}".strip(),
        "score": mark.earned,
        "max_score": mark.possible,
        "status": "passed" if mark.before_penalty >= mark.possible else "failed",
        "output": "\n\n".join(part for part in parts if part) or mark.status.meaning,
        "output_format": "text",
        "visibility": "visible",
        "extra_data": {"status": str(mark.status), "groups": mark.result.groups if mark.result else {}},
    }


def _csv(rows: Sequence[Sequence[str]], separator: str = ",") -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows(rows)
    return file.getvalue()


def _yes(value: bool) -> str:
    return "yes" if value else "no"
