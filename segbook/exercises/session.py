"""What a learner has done since the notebook started: attempts, best points, hints read. Kept in memory only."""

from dataclasses import dataclass, field
from html import escape

from segbook.exercises.declaration import Exercise
from segbook.exercises.judging import Verdict


@dataclass
class Record:
    """One exercise: how often it was tried, the most points earned, how many of its hints were read."""

    attempts: int = 0
    earned: int = 0
    hints: int = 0


@dataclass
class Session:
    """The records of all exercises, by id."""

    records: dict[str, Record] = field(default_factory=dict)

    def __getitem__(self, exercise: Exercise) -> Record:
        return self.records.setdefault(exercise.id, Record())

    def note(self, verdict: Verdict) -> int:
        """Count an attempt and keep the best points.

        Returns:
            The number of the attempt, from 1.
        """
        record = self[verdict.exercise]
        record.attempts += 1
        record.earned = max(record.earned, verdict.earned)
        return record.attempts


@dataclass(frozen=True, repr=False)
class Progress:
    """A small table: an exercise in each row, its mark, best points and attempts; the sum below.

    Args:
        rows: (mark, exercise, points, attempts), all as text. ✓ full marks, ◐ some points, ○ none yet.
        total: The last row's words.
    """

    rows: tuple[tuple[str, str, str, str], ...]
    total: str

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        lines = ["  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip() for row in self.rows]
        return "\n".join([*lines, self.total])

    def _repr_html_(self) -> str:
        style = "text-align:left;padding:.1em 1.2em .1em 0"  # a page may have no rule for tables without a header
        cells = [[f'<td style="{style}">{escape(cell)}</td>' for cell in row] for row in self.rows]
        body = "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
        return f"<table>{body}</table><p><strong>{escape(self.total)}</strong></p>"


def progress_of(exercises: list[Exercise], session: Session) -> Progress:
    """Write the table of some exercises."""
    rows, earned, possible = [], 0, 0
    for exercise in exercises:
        record, points = session[exercise], sum(exercise.points.values())
        mark = "✓" if record.earned == points else "◐" if record.earned else "○"
        tried = {0: "not tried yet", 1: "1 attempt"}.get(record.attempts, f"{record.attempts} attempts")
        rows.append((mark, f"{exercise.id} {exercise.title}", f"{record.earned} of {points} points", tried))
        earned, possible = earned + record.earned, possible + points
    done = sum(row[0] == "✓" for row in rows)
    return Progress(tuple(rows), f"{done} of {len(rows)} exercises done, {earned} of {possible} points.")
