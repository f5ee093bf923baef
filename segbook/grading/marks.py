"""What a student gets for one exercise, and what came of one file."""

from dataclasses import dataclass

from segbook.grading.results import ExerciseResult
from segbook.grading.status import Status


@dataclass(frozen=True)
class Mark:
    """What a student gets for one exercise.

    Args:
        id: The exercise, or the title of a question that is marked by hand.
        earned: Points, less what lateness costs.
        possible: Points that a right answer earns.
        result: What came out for the submission that counts; None if nothing was handed in.
        submission: The name of the submission that counts.
        override: The instructor's reason or comment, if the points are the instructor's.
        penalty: The part of the points that lateness costs.
        by_hand: Whether the instructor marks it.
        is_open: Whether the instructor has not marked it yet.
        more: In which other file, that could have counted, an answer earned more; and how much it would have been.
    """

    id: str
    earned: int | float
    possible: int | float
    result: ExerciseResult | None = None
    submission: str = ""
    override: str = ""
    penalty: int | float = 0
    by_hand: bool = False
    is_open: bool = False
    more: tuple[str, int | float] | None = None

    @property
    def status(self) -> Status:
        """How it went; an instructor's points are always ok."""
        if self.is_decided:
            return Status.OK
        return self.result.status if self.result else Status.MISSING

    @property
    def word(self) -> str:
        """How it went, in a word or two for tables."""
        return "to be marked" if self.is_open else "not started" if self.is_not_started else str(self.status)

    @property
    def title(self) -> str:
        """The exercise's title, if anything was handed in."""
        return self.result.title if self.result else ""

    @property
    def before_penalty(self) -> int | float:
        """The points before lateness costs any."""
        return self.result.earned if self.result and self.penalty else self.earned

    @property
    def is_decided(self) -> bool:
        """Whether the points are the instructor's."""
        return bool(self.override) or (self.by_hand and not self.is_open)

    @property
    def is_not_started(self) -> bool:
        """Whether there is an answer to call and it is an empty stub."""
        return bool(self.result) and not self.is_decided and self.result.status is Status.OK and not self.result.started

    @property
    def shown(self) -> int | float | None:
        """The points; None where 0 would hide that there was no answer, or that it did not come back."""
        return None if self.status is not Status.OK and self.earned == 0 else self.earned


@dataclass(frozen=True)
class Handed:
    """A file that a student handed in, and what came of it.

    Args:
        name: Its name.
        counts: Whether the points of any exercise are its.
        problem: Why it could not be graded, if so.
        errors: Of its cells.
        unchecked: Its functions that no check received and no other function calls.
        ran: Whether its cells ran.
        why: Why it counts where others do not, and for which exercises if not for all.
    """

    name: str
    counts: bool = False
    problem: str = ""
    errors: tuple[str, ...] = ()
    ran: bool = False
    why: str = ""
    unchecked: tuple[str, ...] = ()
