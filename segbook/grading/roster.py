"""Who is in the class, and which submissions are whose.

A number that an LMS put into a name finds its student in that LMS's own table only: other systems count from 1, too.
Where number and name speak of different people, or of several, nobody is credited.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from segbook.grading.columns import NO_STUDENT, PARTICIPANT, letters, plain
from segbook.grading.names import Names, bare, spellings
from segbook.grading.sheets import Table
from segbook.grading.submissions import Owner, Submission

NEITHER = "neither the number nor the name is there"


@dataclass(eq=False)  # two students of one name are two
class Student:
    """A student and what he or she handed in.

    Args:
        key: The LMS's number for the student, or what the folder or file is called.
        name: As the roster or the LMS writes it.
        rows: The roster's rows, one for each section; none if there is no roster or the student is not on it.
        listed: Whether the student is on the roster; True without one.
        email: As the roster has it.
        note: Why nobody on the roster is credited, if so.
        submissions: In order of time, the last one last.
    """

    key: str
    name: str
    rows: list[int] = field(default_factory=list)
    listed: bool = True
    email: str = ""
    note: str = ""
    submissions: list[Submission] = field(default_factory=list)

    @property
    def why_uncredited(self) -> tuple[str, str]:
        """What is wrong with somebody who is on no list, and why in words."""
        is_unknown = not self.note or self.note.startswith(NEITHER)
        return "not on the roster" if is_unknown else "credited to nobody", self.note or NEITHER


class Roster:
    """A table of the class."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.students: list[Student] = []
        self.left_out: list[str] = []
        self._student_of: dict[int, Student] = {}
        known: dict[tuple[str, str], Student] = {}
        for row in range(len(table.rows)):
            name, keys = self._name(row), self.keys(row)
            if _is_no_student(name) or not (name or keys):
                self.left_out.append(name or " ".join(filter(None, map(plain, table.rows[row]))))
                continue
            key = self._numbers[row] or next(iter(keys), "")
            student = known.get((key, letters(name))) if key else None
            if student is None:
                email = table.cell(row, "email") or next((key for key in keys if "@" in key), "")
                student = Student(key or name, name or key, email=email)
                known[key, letters(name)] = student
                self.students.append(student)
            student.rows.append(row)
            self._student_of[row] = student

    @cached_property
    def lms(self) -> str:
        """Whose table it is: "canvas", "moodle" or nobody's."""
        if any(
            PARTICIPANT.fullmatch(cell) for row in range(len(self.table.rows)) for cell in self.table.cells(row, "id")
        ):
            return "moodle"
        columns = {plain(column).casefold() for column in self.table.columns}
        return "canvas" if "id" in columns and columns & {"student", "lastname"} else ""

    @cached_property
    def _numbers(self) -> list[str]:
        """The LMS's own number in each row."""
        cells = [self.table.cell(row, "id") for row in range(len(self.table.rows))]
        if self.lms == "moodle":
            return [match[1] if (match := PARTICIPANT.fullmatch(cell)) else "" for cell in cells]
        return cells if self.lms == "canvas" else [""] * len(cells)

    def number(self, student: Student) -> str:
        """The student's number in the LMS whose table it is."""
        return self._numbers[student.rows[0]] if student.rows else ""

    def row(self, student: Student, field: str) -> str:
        """What the student's rows say."""
        return next((cell for row in student.rows if (cell := self.table.cell(row, field))), "")

    def student_of(self, row: int) -> Student | None:
        """The student in a row, if there is one in it."""
        return self._student_of.get(row)

    @cached_property
    def by_number(self) -> Mapping[str, Student | None]:
        """Students by the LMS's number; None for one that several have."""
        return _index((self._numbers[row], student) for row, student in self._student_of.items())

    @cached_property
    def by_key(self) -> Mapping[str, Student | None]:
        """Students by all that identifies them but names; None for what several have."""
        return _index((key.casefold(), student) for row, student in self._student_of.items() for key in self.keys(row))

    @cached_property
    def by_name(self) -> Mapping[str, Student | None]:
        """Students by their names' letters, first name first or last name first; None for what several have."""
        return _index((name, one) for row, one in self._student_of.items() for name in self.names(row))

    @cached_property
    def people(self) -> Names[Student]:
        """Students by names as others type them."""
        return Names(((self._name(row), one) for row, one in self._student_of.items()), self.by_key)

    def named(self, label: str) -> Student | None:
        """The one student of this name, in these letters or else without their marks."""
        exact = letters(label)
        if exact in self.by_name:
            return self.by_name[exact]
        found = {id(one): one for word in bare(label) for one in self.people.people.get(word, ())}
        return next(iter(found.values())) if len(found) == 1 else None

    def _name(self, row: int) -> str:
        """A row's name; where there is a column for the first name, one called "Name" is the last."""
        name, first, last = (self.table.cell(row, field) for field in ("name", "first", "last"))
        if name and bool(first) == bool(last):
            return name
        return " ".join(part for part in (first, name, last) if part)

    def names(self, row: int) -> set[str]:
        """A row's name in letters, first name first or last name first."""
        return spellings(self._name(row))

    def keys(self, row: int) -> list[str]:
        """All in a row that identifies a student but names."""
        cells = [cell for field in ("id", "key", "email") for cell in self.table.cells(row, field)]
        keys = [match[1] if (match := PARTICIPANT.fullmatch(cell)) else cell for cell in cells]
        return [*keys, *(key.partition("@")[0] for key in keys if "@" in key)]


def match(
    submissions: Iterable[Submission], roster: Roster | None, groups: Mapping[str, Sequence[Student]] | None = None
) -> list[Student]:
    """Sort submissions by student: those of the roster in its order, then those that are not on it.

    Args:
        submissions: What was handed in.
        roster: The class's table.
        groups: Students of the roster by the letters of their group's name; a file that is called so is the first's.

    Raises:
        ValueError: If more people are not on the roster than are.
    """
    owners: dict[str, list[Submission]] = {}
    for submission in submissions:
        owners.setdefault(submission.owner.key, []).append(submission)
    found = {key: _student(group[0].owner, roster) for key, group in owners.items()}
    for key, group in owners.items():
        if members := (groups or {}).get(letters(group[0].owner.label)):
            found[key] = members[0], ""
    if roster:
        _refuse_two_of_one_name(found, {key: group[0].owner for key, group in owners.items()}, roster)
    others: list[Student] = []
    for key, group in sorted(owners.items()):
        student, note = found[key]
        if student is None:
            near = roster.people.closest(group[0].owner.label) if roster and not note else ""
            note = note or (near and f"{NEITHER}; the nearest name is {near}")
            student = Student(key, group[0].owner.label or key, listed=roster is None, note=note)
            others.append(student)
        student.submissions += group
    listed = roster.students if roster else []
    for student in (*listed, *others):
        student.submissions.sort(key=lambda one: one.place)
    if roster and len(others) > len(owners) - len(others):
        raise ValueError(_mismatch(roster, others, len(owners)))
    return [*listed, *others]


def _student(owner: Owner, roster: Roster | None) -> tuple[Student | None, str]:
    """Find whose a submission is, or say why it is nobody's."""
    if roster is None:
        return None, ""
    named = roster.named(owner.label) if owner.label else None
    several = f"several students on the roster are called {owner.label}"
    if not owner.lms:
        keyed = roster.by_key.get(owner.key.casefold())
        if keyed and named and keyed is not named:
            return None, f"{owner.key!r} is an id of {keyed.name} and a name of {named.name}"
        if keyed or named or letters(owner.label) in roster.by_name:
            return keyed or named, several
        found = roster.people.find(owner.label)
        many = f"{owner.label!r} names several students: {'; '.join(one.name for one in found)}"
        return (found[0], "") if len(found) == 1 else (None, many if found else "")
    if roster.lms and roster.lms != owner.lms:
        return named, several if letters(owner.label) in roster.by_name else ""
    if owner.key.startswith("anon_"):
        return roster.by_key.get(owner.key.casefold()) or roster.by_key.get(owner.key[5:].casefold()), ""
    numbers = roster.by_number if roster.lms else roster.by_key
    if owner.key in numbers:
        numbered = numbers[owner.key]
        if numbered is None:
            return None, f"several students on the roster have the number {owner.key}"
        if named and named is not numbered:
            return None, f"number {owner.key} is {numbered.name}'s, the name {named.name}'s"
        if named or not owner.label or _share_a_name(owner.label, numbered.name):
            return numbered, ""
        return None, f"number {owner.key} is {numbered.name}'s, the name is {owner.label!r}"
    if named and roster.lms:
        return None, f"{named.name} has the number {roster.number(named)} on the roster and {owner.key} here"
    return named, several if letters(owner.label) in roster.by_name else ""


def _share_a_name(label: str, name: str) -> bool:
    """Whether a part of a name, which people change or write in other letters, is still the same."""
    whole = letters(label)
    return any(len(part) > 2 and part in whole for part in map(letters, re.split(r"[\s,-]+", name)))


def _refuse_two_of_one_name(
    found: dict[str, tuple[Student | None, str]], owners: Mapping[str, Owner], roster: Roster
) -> None:
    """Credit neither of two people whom the LMS tells apart and a list of names does not."""
    by_student: dict[int, list[str]] = {}
    for key, (student, _) in found.items():
        if student and owners[key].lms:
            by_student.setdefault(id(student), []).append(key)
    for keys in by_student.values():
        for key in keys if len(keys) > 1 else ():
            student = found[key][0]
            if student and key not in roster.by_number:
                found[key] = None, f"{len(keys)} students are called {student.name}, and the roster has one"


def _mismatch(roster: Roster, others: Sequence[Student], count: int) -> str:
    shown = "; ".join(f"{one.name} ({one.note or one.key})" for one in others[:3])
    example = roster.students[0]
    return (
        f"{roster.table.path} does not fit: {len(others)} of the {count} students who handed something in are not on "
        f"it, such as {shown}. Its header is {roster.table.header!r}, and its first student is {example.name!r} with "
        f"{example.key!r}. Expected is the list of this class and this assignment, with names or ids as the files have "
        "them"
    )


def _is_no_student(name: str) -> bool:
    return name.strip().casefold() in NO_STUDENT


def _index(pairs: Iterable[tuple[str, Student]]) -> dict[str, Student | None]:
    found: dict[str, Student | None] = {}
    for key, student in pairs:
        if key:
            found[key] = student if found.get(key, student) is student else None
    return found
