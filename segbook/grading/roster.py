"""Who is in the class, and which submissions are whose: lists of names as Canvas, Moodle and people write them."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segbook.grading.submissions import Submission

KEYS = (
    "ID",
    "SIS User ID",
    "SIS Login ID",
    "Identifier",
    "ID number",
    "Email address",
    "Username",
    "id",
    "email",
    "login",
)
NAMES = ("Student", "Full name", "name", "Name")
FIRST, LAST = ("First name", "first name", "First"), ("Last name", "Surname", "last name", "Last")


@dataclass(eq=False)  # two students of one name are two
class Student:
    """A student and what he or she handed in.

    Args:
        key: The LMS's number for the student, or what the folder or file is called.
        name: As the roster or the LMS writes it.
        row: The roster's row; empty if there is no roster or the student is not on it.
        listed: Whether the student is on the roster; True without one.
        submissions: In order of time, the last one last.
    """

    key: str
    name: str
    row: dict[str, str] = field(default_factory=dict)
    listed: bool = True
    submissions: list[Submission] = field(default_factory=list)


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a CSV with a header line; commas, semicolons and tabs will do.

    Raises:
        ValueError: If it is none.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8; save it as CSV UTF-8") from None
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    rows = [
        {(name or "").strip(): (value or "").strip() for name, value in row.items() if isinstance(value, str | None)}
        for row in csv.DictReader(io.StringIO(text), delimiter=separator)
    ]
    if not rows:
        raise ValueError(f"{path} has no rows below its header")
    return rows


def match(submissions: Iterable[Submission], roster: Sequence[dict[str, str]] | None) -> list[Student]:
    """Sort submissions by student: those of the roster in its order, then those that are not on it.

    A submission belongs to the row with its key; else, to the row with its name, if that name is there only once.
    """
    students = [_listed(row) for row in roster or () if _name(row).lower() != "points possible"]
    by_key = _unique((key, student) for student in students for key in _keys(student.row))
    by_name = _unique((name, student) for student in students for name in _spellings(student.row))
    others: dict[str, Student] = {}
    for submission in sorted(submissions, key=lambda one: (one.file.time, one.name)):
        student = by_key.get(submission.student.casefold()) or by_name.get(_letters(submission.label))
        if student is None:
            new = Student(submission.student, submission.label, listed=roster is None)
            student = others.setdefault(submission.student, new)
        student.submissions.append(submission)
    return students + [others[key] for key in sorted(others)]


def find_student(students: Iterable[Student], wanted: str) -> Student | None:
    """Find a student by key or by name, if there is one and only one."""
    known = _unique(
        (spelling, student)
        for student in students
        for spelling in {student.key.casefold(), student.name.casefold(), *_keys(student.row)}
    )
    return known.get(wanted.casefold())


def _listed(row: dict[str, str]) -> Student:
    keys = [row[column] for column in KEYS if row.get(column)]
    return Student(_number(keys[0]) if keys else _name(row), _name(row), row)


def _name(row: dict[str, str]) -> str:
    for column in NAMES:
        if row.get(column):
            return row[column]
    return " ".join(part for part in (_first_of(row, FIRST), _first_of(row, LAST)) if part)


def _first_of(row: dict[str, str], columns: Iterable[str]) -> str:
    return next((row[column] for column in columns if row.get(column)), "")


def _keys(row: dict[str, str]) -> set[str]:
    keys = {row[column].casefold() for column in KEYS if row.get(column)}
    return keys | {_number(key) for key in keys} | {key.partition("@")[0] for key in keys}


def _number(key: str) -> str:
    """Take Moodle's number out of "Participant 4211"."""
    return re.sub(r"^participant\s+", "", key, flags=re.IGNORECASE)


def _spellings(row: dict[str, str]) -> set[str]:
    """Spell a name as folders and Canvas's files do: lovelaceada, adalovelace."""
    name = _name(row)
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.rpartition(" ")
    return {_letters(name), _letters(first + last), _letters(last + first)} - {""}


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _unique(pairs: Iterable[tuple[str, Student]]) -> dict[str, Student]:
    pairs = dict.fromkeys(pairs)
    count = Counter(key for key, _ in pairs)
    return {key: student for key, student in pairs if count[key] == 1}
