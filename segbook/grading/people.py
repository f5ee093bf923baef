"""Whom an instructor's own tables mean: overrides, points by hand, extensions, times."""

from collections.abc import Hashable, Iterable, Mapping

from segbook.grading.columns import PARTICIPANT, WHO, letters
from segbook.grading.names import Names, bare, spellings
from segbook.grading.roster import Roster, Student
from segbook.grading.sheets import Table

Directory = Mapping[str, tuple[Student, ...]]  # all whom a key, a name or a name's letters may mean
MANY = {2: "two", 3: "three"}


def directory(students: Iterable[Student], roster: Roster | None) -> Directory:
    """List all that students can be called by in an instructor's own tables."""
    pairs = [(key.casefold(), one) for one in students for key in (one.key, *spellings(one.name))]
    for row in range(len(roster.table.rows)) if roster else ():
        if roster and (student := roster.student_of(row)):
            pairs += [(word, student) for word in (*map(str.casefold, roster.keys(row)), *roster.names(row))]
    found: dict[str, dict[Student, None]] = {}
    for word, student in pairs:
        if word:
            found.setdefault(word, {})[student] = None
    marked = [(word, one) for word, several in found.items() for one in several]
    unmarked: dict[str, dict[Student, None]] = {}
    for word, student in marked:
        for one in bare(word) - set(found):
            unmarked.setdefault(one, {})[student] = None
    return {word: tuple(several) for word, several in (unmarked | found).items()}


def find_by_row(known: Directory, table: Table, row: int) -> Student:
    """Find the one student of whom a row of an instructor's table tells, by whatever it says.

    Raises:
        ValueError: If it is nobody, or several may be meant; the message has the line.
    """
    wanted = [cell for field in WHO for cell in table.cells(row, field)]
    first, last = table.cell(row, "first"), table.cell(row, "last")
    wanted += [f"{first} {last}"] if first and last else []
    wanted = [match[1] if (match := PARTICIPANT.fullmatch(word)) else word for word in wanted]
    meant = {word: known.get(word.casefold()) or known.get(letters(word)) or () for word in wanted}
    sure = {several[0] for several in meant.values() if len(several) == 1}
    if len(sure) == 1:
        return sure.pop()
    if sure:
        why = f"these are several students: {_with_numbers(sure)}"
    elif several := next(((word, all) for word, all in meant.items() if all), None):
        count = MANY.get(len(several[1]), str(len(several[1])))
        numbers = ", ".join(one.key for one in several[1])
        why = f"{count} students are called {several[0]}: {numbers}; write the number"
    else:
        everybody = {one.name: one for all in known.values() for one in all}
        near = Names(everybody.items(), {}).closest(table.who(row))
        why = f"there is no one student {table.who(row)!r}, by key or by name" + (near and f"; the nearest is {near}")
    raise ValueError(f"{where(table, row)}: {why}")


def where(table: Table, row: int) -> str:
    """The line of a row, as a message begins."""
    return f"{table.path}, line {table.first + row}"


class Once:
    """Sees that no two rows of a table decide the same."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows: dict[Hashable, int] = {}

    def add(self, row: int, decided: Hashable, said: str) -> None:
        """Take a row.

        Raises:
            ValueError: If an earlier row decided the same; the message has both lines.
        """
        first = self.rows.setdefault(decided, row)
        if first != row:
            line = self.table.first + first
            raise ValueError(f"{where(self.table, row)}: {said} stands in line {line}, too; keep one of the two")


def _with_numbers(students: Iterable[Student]) -> str:
    return "; ".join(sorted(f"{one.name} ({one.key})" for one in students))
