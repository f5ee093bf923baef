"""Points that an instructor gives by hand, for questions that no program can mark: a plot, a text.

The table has a row for each student and a column for each question, with the points that it is worth in brackets, such
as "Plot (5)"; a column "Plot comment" beside it, if there is one, is shown to the student.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from segbook.grading.columns import field_of, plain
from segbook.grading.people import Directory, Once, find_by_row, where
from segbook.grading.roster import Student
from segbook.grading.sheets import Table

QUESTION = re.compile(r"(?P<title>.+?)\s*\(\s*(?P<points>\d+(?:[.,]\d+)?)\s*\)")


@dataclass(frozen=True)
class Question:
    """What is marked by hand."""

    title: str
    possible: int | float


@dataclass(frozen=True)
class Manual:
    """What an instructor marked.

    Args:
        questions: In the table's order.
        marks: Points and comment by student and question; a question that is not marked yet is not there.
    """

    questions: tuple[Question, ...] = ()
    marks: Mapping[tuple[Student, str], tuple[int | float, str]] = field(default_factory=dict)

    @property
    def possible(self) -> int | float:
        """The points of all questions."""
        return sum(question.possible for question in self.questions)


def read_manual(table: Table, known: Directory) -> Manual:
    """Understand an instructor's table.

    Raises:
        ValueError: If there is no question, a row names nobody or a student of another row, or a cell has no points
            within the question's.
    """
    questions: dict[int, Question] = {}
    comments: dict[str, int] = {}
    for place, column in enumerate(table.columns):
        header = plain(column)
        if match := QUESTION.fullmatch(header):
            questions[place] = Question(match["title"], _number(match["points"]) or 0)
        elif header.casefold().endswith(" comment"):
            comments[header.casefold().removesuffix(" comment")] = place
        elif header and not field_of(header):
            raise ValueError(f"{table.path}: column {header!r} has no points; write them in brackets, as in 'Plot (5)'")
    if not questions:
        raise ValueError(
            f"{table.path}: no column of {table.header!r} is a question with its points, such as 'Plot (5)'"
        )
    marks, once = {}, Once(table)
    for row, cells in enumerate(table.rows):
        student = find_by_row(known, table, row)
        once.add(row, student, student.name)
        for place, question in questions.items():
            said = plain(cells[place])
            points = _number(said)
            if said and (points is None or not 0 <= points <= question.possible):
                raise ValueError(
                    f"{where(table, row)}: {said!r} points for {question.title}; give a number to {question.possible:g}"
                )
            if points is not None:
                comment = comments.get(question.title.casefold())
                marks[student, question.title] = points, "" if comment is None else plain(cells[comment])
    return Manual(tuple(questions.values()), marks)


def _number(text: str) -> int | float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return int(number) if number.is_integer() else number
