"""What one student may have graded, however many files were handed in: so many notebooks, in so much time."""

from collections.abc import Sequence
from dataclasses import replace

from segbook.grading.roster import Student
from segbook.grading.submissions import Submission

MAX_NOTEBOOKS = 10  # of a student: the last ones
TOTALS = 2  # a student's notebooks share the time of so many submissions


def limit(students: Sequence[Student]) -> list[Submission]:
    """Leave every student the last files and a share of the time for each; return what is left of all."""
    for student in students:
        notebooks = [one for one in student.submissions if not one.file.problem]
        problems = [one for one in student.submissions if one.file.problem]
        share = min(1.0, TOTALS / max(1, min(len(notebooks), MAX_NOTEBOOKS)))
        kept = {one.name: one for one in (*_last(notebooks), *_last(problems))}
        student.submissions = [replace(kept[one.name], share=share) for one in student.submissions if one.name in kept]
    return [one for student in students for one in student.submissions]


def _last(files: Sequence[Submission]) -> list[Submission]:
    """Keep the last files, and one of the others to stand for them and say how many they are."""
    others, last = files[:-MAX_NOTEBOOKS], files[-MAX_NOTEBOOKS:]
    if not others:
        return [*last]
    problem = f"one of {len(others):,} files that are not read: of a student the last {MAX_NOTEBOOKS} are"
    return [replace(others[-1], file=replace(others[-1].file, problem=problem)), *last]
