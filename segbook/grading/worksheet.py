"""What the status in Moodle's grading worksheet says: "Submitted for grading - 2 hours late - "."""

import re
from datetime import datetime, tzinfo

from segbook.grading.columns import LATE
from segbook.grading.times import read_time


def is_late(status: str) -> bool | None:
    """Whether a status says that work came late; None if there is no status.

    >>> is_late("Zur Bewertung abgegeben - 2 Stunden 5 Minuten zu spät -  - "), is_late("Draft (not submitted)")
    (True, False)
    """
    return any(map(LATE.search, _parts(status))) if status else None


def extension_of(status: str, zone: tzinfo | None) -> datetime | None:
    """The deadline that Moodle extended, as in "Extension granted until: Saturday, 2 May 2026, 10:00 PM"."""
    found = [_until(part, zone) for part in _parts(status) if ":" in part]
    return next(filter(None, reversed(found)), None)


def not_understood(status: str, zone: tzinfo | None) -> list[str]:
    """The parts that may tell of time and tell nothing here: with digits, and neither lateness nor a deadline.

    "Assignment is overdue by: 2 days" is understood: nothing was handed in.

    >>> not_understood("Inviato - 2 ore di ritardo", None), not_understood("Overdue by: 2 days - Graded", None)
    (['2 ore di ritardo'], [])
    """
    odd = []
    for part in _parts(status):
        is_duration = re.search(r"\d", part) and ":" not in part and not LATE.search(part)
        is_day = ":" in part and re.search(r"\b\d{4}\b", part) and not _until(part, zone)
        odd += [part] if is_duration or is_day else []
    return odd


def _parts(status: str) -> list[str]:
    return re.split(r"\s+-(?:\s+|$)", status)


def _until(part: str, zone: tzinfo | None) -> datetime | None:
    return read_time(part.partition(":")[2], zone, is_end=True)
