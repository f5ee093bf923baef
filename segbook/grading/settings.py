"""What an instructor asks for: the command's options, with their types and defaults."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from pathlib import Path

from segbook.grading.sandbox import Limits
from segbook.grading.times import Penalty


class Counts(Enum):
    """Which of a student's answers to an exercise counts."""

    LAST = "last"
    LAST_ON_TIME = "last on time"
    BEST = "best"


@dataclass(frozen=True)
class Settings:
    """How to grade a class.

    Args:
        submissions: A folder of notebooks, or the archive from the LMS.
        out: The folder for the results.
        seed: The instructor's secret; hidden cases are drawn from it.
        title: The assignment, as the LMS calls it.
        only: Exercises or chapters, such as "6" or "5.1,6.1-6.3"; all, if empty.
        exercises: A folder of the instructor's own declarations, in place of the book's.
        roster: The class, as a CSV.
        groups: Who works with whom, as a CSV.
        overrides: Points that the instructor decided, as a CSV.
        bonus: Whether these may be more than an exercise has.
        manual: Points for questions that the instructor marks by hand, as a CSV.
        deadline: Later work is late.
        zone: Of times that say none; None for this machine's.
        times: When work came: a CSV, or "files" for the times of the files on disk.
        extensions: Deadlines of single students, as a CSV.
        grace: So long after a deadline nothing is late.
        penalty: What late work loses, if anything.
        counts: Which of several answers counts.
        similarity: Whether to look for pairs of submissions that are more alike than chance explains.
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
    groups: Path | None = None
    overrides: Path | None = None
    bonus: bool = False
    manual: Path | None = None
    deadline: datetime | None = None
    zone: tzinfo | None = None
    times: str = ""
    extensions: Path | None = None
    grace: timedelta = timedelta()
    penalty: Penalty | None = None
    counts: Counts = Counts.LAST
    similarity: bool = False
    jobs: int = 1
    scheduler: str = ""
    limits: Limits = field(default_factory=Limits)
    sandbox: bool = True
