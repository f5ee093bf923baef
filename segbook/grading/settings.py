"""What an instructor asks for: the command's options, with their types and defaults."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from segbook.grading.sandbox import Limits


@dataclass(frozen=True)
class Settings:
    """How to grade a class.

    Args:
        submissions: A folder of notebooks, or the archive from the LMS.
        out: The folder for the results.
        seed: The instructor's secret; hidden cases are drawn from it.
        title: The assignment, as the LMS calls it.
        only: Exercises or chapters, such as "6" or "6.1,6.3"; all, if empty.
        exercises: A folder of the instructor's own declarations, in place of the book's.
        roster: The class, as a CSV.
        overrides: Points that the instructor decided, as a CSV.
        bonus: Whether these may be more than an exercise has.
        deadline: In local time; later work is marked late.
        best: Whether the best answer to each exercise counts in place of the last.
        jobs: Processes on this machine.
        scheduler: The address of a Dask scheduler, whose workers grade instead.
        limits: What a submission may use.
        sandbox: False runs student code with the rights of whoever grades, and marks every result.
    """

    submissions: Path
    out: Path
    seed: str
    title: str = "Exercises"
    only: str = ""
    exercises: Path | None = None
    roster: Path | None = None
    overrides: Path | None = None
    bonus: bool = False
    deadline: datetime | None = None
    best: bool = False
    jobs: int = 1
    scheduler: str = ""
    limits: Limits = field(default_factory=Limits)
    sandbox: bool = True
