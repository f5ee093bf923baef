"""How grading went, in one word, and what each word means."""

from enum import Enum
from functools import total_ordering


@total_ordering
class Status(Enum):
    """From the best to the worst; where several things happened, the worst of them is the status.

    Args:
        word: As result files, tables and pages write it.
        meaning: What students read.
        advice: What instructors read in the command's help.
    """

    OK = "ok", "graded", "graded"
    TIMEOUT = "timeout", "stopped: it ran out of time", "a cell or a call took too long; what else it answered counts"
    MEMORY = "memory", "stopped: it ran out of memory", "it ran out of memory; what else it answered counts"
    CRASHED = (
        "crashed",
        "stopped: its process ended or broke the rules",
        "its process ended, or it tried to answer for the grader; what else it answered counts",
    )
    MISSING = "missing", "no answer was found", "nothing handed in, or no answer found; listed, not graded"
    UNREADABLE = "unreadable", "could not be read", "no notebook, or damaged; listed, not graded"
    SANDBOX = (
        "sandbox",
        "not graded: the grader or its sandbox failed",
        "the grader or its sandbox failed on it; the same command tries again",
    )

    meaning: str
    advice: str

    def __new__(cls, word: str, meaning: str, advice: str) -> "Status":
        """Let the word alone be the value, so that `Status("ok")` finds its status."""
        status = object.__new__(cls)
        status._value_, status.meaning, status.advice = word, meaning, advice
        return status

    def __str__(self) -> str:
        return self.value

    def __lt__(self, other: "Status") -> bool:
        order = list(Status)
        return order.index(self) < order.index(other)

    @property
    def remedy(self) -> str:
        """What an instructor can do about it, where that is not said elsewhere."""
        return "ask for the notebook, or give points with --overrides" if self is Status.UNREADABLE else ""

    @property
    def is_graded(self) -> bool:
        """Whether there was an answer to grade, even if it was stopped."""
        return self < Status.MISSING
