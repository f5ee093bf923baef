"""Work that several students hand in together: whoever of a group hands it in, all of the group have it.

The table has a row for each student, with a column for the group. A file belongs to a group if it is any member's, or
if it is called as the group is, as in Canvas's downloads of group assignments.
"""

from collections.abc import Mapping
from pathlib import Path

from segbook.grading.columns import letters
from segbook.grading.people import Once, directory, find_by_row, where
from segbook.grading.roster import Roster, Student
from segbook.grading.sheets import read_table

Groups = Mapping[str, tuple[Student, ...]]  # by the letters of the group's name


def read_groups(path: Path, roster: Roster | None) -> Groups:
    """Read an instructor's table; a student without a group works alone.

    Raises:
        ValueError: If there is no roster, a row names nobody or a student of another row, or no row has a group.
        OSError: If the file cannot be read.
    """
    if roster is None:
        raise ValueError("--groups needs --roster: a member who handed in nothing stands in no file")
    table, known = read_table(path), directory(roster.students, roster)
    found: dict[str, list[Student]] = {}
    once = Once(table)
    for row in range(len(table.rows)):
        group = letters(table.cell(row, "section"))
        if group:
            student = find_by_row(known, table, row)
            once.add(row, student, f"{student.name}'s group")
            found.setdefault(group, []).append(student)
    if not found:
        raise ValueError(f"{where(table, 0)}: no row says a group; the header is {table.header!r}, expected is a Group")
    return {group: tuple(members) for group, members in found.items()}


def share(groups: Groups) -> None:
    """Give all members of each group what any of them handed in, in order of time."""
    for members in groups.values():
        together = {one.name: one for student in members for one in student.submissions}
        for student in members:
            student.submissions = sorted(together.values(), key=lambda one: one.place)
