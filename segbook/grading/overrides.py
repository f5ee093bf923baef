"""Points that an instructor decided, whatever the grader found."""

from collections.abc import Mapping
from dataclasses import dataclass

from segbook.grading.people import Directory, Once, find_by_row, where
from segbook.grading.plan import Plan
from segbook.grading.roster import Student
from segbook.grading.sheets import Table


@dataclass(frozen=True)
class Override:
    """Points that an instructor decided, and why."""

    points: int | float
    reason: str


Overrides = Mapping[tuple[Student, str], Override]  # by student and exercise


def read_overrides(table: Table, known: Directory, plan: Plan) -> Overrides:
    """Understand an instructor's table.

    Raises:
        ValueError: If a row names nobody, no exercise or no points, or decides what another has decided.
    """
    found, once = {}, Once(table)
    for row in range(len(table.rows)):
        student = find_by_row(known, table, row)
        id, said = table.cell(row, "exercise"), table.cell(row, "points")
        if id not in plan.ids:
            raise ValueError(f"{where(table, row)}: there is no exercise {id!r}; graded are {', '.join(plan.ids)}")
        try:
            points = float(said.replace(",", "."))
        except ValueError:
            points = -1.0
        if not 0 <= points < 1e6:
            raise ValueError(f"{where(table, row)}: {said!r} points; give a number from 0")
        once.add(row, (student, id), f"{student.name}'s {id}")
        found[student, id] = Override(points, table.cell(row, "reason") or "changed by the instructor")
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
