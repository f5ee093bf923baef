"""Which of a student's files counts, in words.

The order is that of `Submission.place`: the time at which a file came, as far as an LMS, a table or the disk tells;
else Canvas's number; else the name, in which a browser's number in parentheses makes the later one.
"""

from collections.abc import Mapping, Sequence, Set

from segbook.grading.settings import Counts
from segbook.grading.submissions import Submission
from segbook.grading.times import Late, Lateness, shown


def why_it_counts(
    one: Submission, files: Sequence[Submission], lateness: Mapping[str, Lateness], counts: Counts, ids: Set[str]
) -> str:
    """Say why a file counts where others do not.

    Args:
        one: The file.
        files: All of the student's that were graded, in order.
        lateness: Of each, by name.
        counts: Which of several answers counts.
        ids: The exercises for which it counts.
    """
    if len(files) < 2:
        return ""
    if counts is Counts.BEST:
        return "the best answer"
    later = files[files.index(one) + 1 :]
    if counts is Counts.LAST_ON_TIME and any(lateness[other.name].late is Late.YES for other in later):
        return "the last that was not late"
    if later:
        return f"no later file has an answer to {', '.join(sorted(ids))}" if ids else "no file has an answer"
    return why_last(files[-2], one)


def why_last(before: Submission, last: Submission) -> str:
    """Say by what a file comes after the one before it."""
    if last.time and last.time != before.time:
        return f"the last by time: {shown(last.time)}"
    if last.owner.attachment != before.owner.attachment:
        return "the last by Canvas's number"
    if last.copy[0] == before.copy[0] and last.copy[1] != before.copy[1]:
        return f"the last by the number in parentheses, ({last.copy[1]}); nothing tells the time"
    return "the last by name; nothing tells the time"
