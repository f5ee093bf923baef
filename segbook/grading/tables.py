"""Grades as other programs read them: CSV for Canvas, Moodle and spreadsheets, JSON for Gradescope."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from segbook.exercises import Feedback
from segbook.grading.grades import Grade, Mark
from segbook.grading.status import Status

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
FORMULA = tuple("=+-@\t\r＝＋－＠")


def gradebook(grades: Sequence[Grade], title: str) -> str:
    """Write the file that an LMS imports: who, and one number; none where no number would be fair.

    The columns follow the roster. One from Canvas keeps Canvas's, a grading worksheet of Moodle keeps all of Moodle's,
    and of any other list every column is kept. Students who are not on the roster stand in the other tables.

    Args:
        grades: One for each student.
        title: The assignment, as the LMS calls it.
    """
    listed = [grade for grade in grades if grade.student.listed]
    columns = list(listed[0].student.row) if listed and listed[0].student.row else []
    if {"Identifier", "Grade"} <= set(columns):
        rows = [grade.student.row | {"Grade": _number(grade.earned)} for grade in listed]
    elif {"Student", "ID"} <= set(columns):
        columns = [*(column for column in CANVAS if column in columns), title]
        rows = [{"Student": "    Points Possible", title: _number(listed[0].possible)}]
        rows += [grade.student.row | {title: _number(grade.earned)} for grade in listed]
    elif columns:
        columns = [*(column for column in columns if column != title), title]
        rows = [grade.student.row | {title: _number(grade.earned)} for grade in listed]
    else:
        columns = ["Student", "ID", title]
        rows = [
            {"Student": grade.student.name, "ID": grade.student.key, title: _number(grade.earned)} for grade in listed
        ]
    return _csv(columns, [[row.get(column, "") for column in columns] for row in rows])


def details(grades: Sequence[Grade]) -> str:
    """Write everything that is known of every student, one row each."""
    ids = [mark.id for mark in grades[0].marks] if grades else []
    columns = ["student", "key", "status", "reason", "late", "on roster", "sandboxed", "earned", "possible"]
    columns += [part for id in ids for part in (f"{id} points", f"{id} status")] + ["overrides", "submissions"]
    rows = []
    for grade in grades:
        row = [grade.student.name, grade.student.key, str(grade.status), grade.reason, _yes(grade.late)]
        row += [_yes(grade.student.listed), _yes(grade.sandbox), _number(grade.earned), _number(grade.possible)]
        for mark in grade.marks:
            row += [_number(mark.shown), str(mark.status)]
        row.append("; ".join(f"{mark.id}: {mark.override}" for mark in grade.marks if mark.override))
        row.append("; ".join(submission.name for submission in grade.student.submissions))
        rows.append(row)
    return _csv(columns, rows)


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
        "extra_data": {"status": str(grade.status), "late": grade.late, "sandbox": grade.sandbox},
    }


def neutral(text: object) -> str:
    """Keep a spreadsheet from taking a text for a formula.

    >>> print(neutral('=HYPERLINK("x")'), neutral("Ada"))
    '=HYPERLINK("x") Ada
    """
    text = str(text)
    return f"'{text}" if text.lstrip(" \n").startswith(FORMULA) else text


def _test(mark: Mark) -> dict[str, Any]:
    said = mark.result.feedback if mark.result else Feedback("")
    parts = [said.message, said.evidence, said.hint, said.note]
    if mark.override:
        parts = [f"Changed by the instructor: {mark.override}"]
    return {
        "name": f"{mark.id} {mark.title}".strip(),
        "score": mark.earned,
        "max_score": mark.possible,
        "status": "passed" if mark.earned >= mark.possible else "failed",
        "output": "\n\n".join(part for part in parts if part) or mark.status.meaning,
        "output_format": "text",
        "visibility": "visible",
        "extra_data": {"status": str(mark.status), "groups": mark.result.groups if mark.result else {}},
    }


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    for row in (columns, *rows):
        writer.writerow([neutral(value) for value in row])
    return file.getvalue()


def _number(points: int | float | None) -> str:
    return "" if points is None else f"{points:g}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
