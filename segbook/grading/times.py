"""When work came and when it was due: deadlines, extensions, a grace period, and what lateness costs.

All times have a zone. One that says none is in the zone of the deadline. Where nothing trustworthy tells when work
came, and the LMS marks nothing, its lateness is unknown, and nobody loses points for that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from math import ceil
from zoneinfo import ZoneInfo

from segbook.grading.roster import Student
from segbook.grading.submissions import Submission

MONTHS = {
    word: number
    for names in (
        "january february march april may june july august september october november december",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    )
    for number, word in enumerate(names.split(), start=1)
} | {"jänner": 1, "setiembre": 9}
CLOCK = re.compile(r"\b(\d{1,2})\s?[:hH]\s?(\d{2})(?::(\d{2}))?\s*(?:([ap])\.?\s?m\b\.?)?", re.IGNORECASE)
INSTANT = timedelta(microseconds=1)
UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


class Late(Enum):
    """Whether work came late."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Lateness:
    """Whether work came late, and by how much if that is known."""

    late: Late
    by: timedelta | None = None

    def __str__(self) -> str:
        if self.late is not Late.YES:
            return str(self.late)
        return f"yes, by {in_words(self.by)}" if self.by else "yes"


@dataclass(frozen=True)
class Penalty:
    """What late work loses: percent of its points, once or for each hour or day that has begun.

    Args:
        percent: From 0 to 100.
        unit: None takes them once.
    """

    percent: int | float
    unit: timedelta | None = None

    def fraction(self, lateness: Lateness) -> float:
        """The part of the points that is lost; none where it is unknown how late the work came."""
        if lateness.late is not Late.YES or (self.unit and lateness.by is None):
            return 0.0
        units = ceil(lateness.by / self.unit) if self.unit and lateness.by else 1
        return min(1.0, units * self.percent / 100)


@dataclass(frozen=True)
class Rules:
    """When work is late, and what that costs.

    Args:
        deadline: For all; None if there is none but the LMS's.
        grace: After a deadline nothing is late for so long; what comes later is late since the deadline.
        penalty: What late work loses, if anything.
        extensions: Deadlines of single students.
    """

    deadline: datetime | None = None
    grace: timedelta = timedelta()
    penalty: Penalty | None = None
    extensions: Mapping[Student, datetime] = field(default_factory=dict)

    def lateness(self, submission: Submission, student: Student) -> Lateness:
        """Tell whether a student's submission is late: by its time, else by the LMS's mark, else it is unknown."""
        due, mark = self.extensions.get(student, self.deadline), submission.owner.late
        if submission.time and due:
            by = submission.time - due
            return Lateness(Late.YES, by) if by > self.grace else Lateness(Late.NO)
        if mark and student in self.extensions:
            return Lateness(Late.UNKNOWN)  # the LMS measures by a deadline of its own
        if mark is not None:
            return Lateness(Late.YES if mark else Late.NO)
        return Lateness(Late.UNKNOWN if due else Late.NO)

    def lost(self, lateness: Lateness) -> float:
        """The part of the points that lateness costs."""
        return self.penalty.fraction(lateness) if self.penalty else 0.0


def read_time(text: str, zone: tzinfo | None = None, *, is_end: bool = False) -> datetime | None:
    """Understand a time as ISO 8601 or as Moodle writes it; None for anything else.

    Args:
        text: Such as "2026-05-01 22:00" or "Freitag, 1. Mai 2026, 22:00".
        zone: Of a time that says none; None for this machine's.
        is_end: Whether a day or a minute without further digits means its end.
    """
    text = re.sub(r"(?<=\d[T ])(\d:\d\d)", r"0\1", " ".join(text.split()))
    try:
        time = datetime.fromisoformat(text)
        is_day, is_minute = re.fullmatch(r"[\d-]+|\d{4}-?W.*", text) is not None, text.count(":") < 2
    except ValueError:
        time, is_day, is_minute = _in_language(text), CLOCK.search(text) is None, True
    if time is None or not 1970 < time.year < 9999:  # years that clocks and zones can count in
        return None
    if is_end and is_day:
        time += timedelta(days=1) - INSTANT
    elif is_end and is_minute and time.second == 0:
        time += timedelta(minutes=1) - INSTANT
    if time.tzinfo:
        return time
    return time.replace(tzinfo=zone) if zone else time.astimezone()


def read_penalty(text: str) -> Penalty:
    """Understand a rule such as "20", "10/day" or "1%/hour".

    Raises:
        ValueError: If it is none.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?(?:\s*/\s*(day|hour))?", text.strip())
    if not match or not 0 <= float(match[1]) <= 100:
        raise ValueError(f"{text!r} is no penalty; give percent of the points, such as 20, 10/day or 1/hour")
    return Penalty(float(match[1]), UNITS[match[2]] if match[2] else None)


def read_zone(text: str) -> tzinfo:
    """Find a time zone.

    Raises:
        ValueError: If there is none of this name.
    """
    try:
        return ZoneInfo(text)
    except (OSError, ValueError, LookupError):
        raise ValueError(f"{text!r} is no time zone; give one such as Europe/Berlin or UTC") from None


def read_duration(text: str) -> timedelta:
    """Understand a duration such as "15m", "2h" or "1d".

    Raises:
        ValueError: If it is none.
    """
    match = re.fullmatch(r"(\d+)\s*(m|min|h|d)", text.strip())
    if not match:
        raise ValueError(f"{text!r} is no duration; give minutes, hours or days, such as 15m, 2h or 1d")
    return int(match[1]) * {"m": timedelta(minutes=1), "h": UNITS["hour"], "d": UNITS["day"]}[match[2][0]]


def in_words(duration: timedelta) -> str:
    """Write a duration in its largest units, minutes that have begun included.

    >>> in_words(timedelta(days=1, hours=3, minutes=20)), in_words(timedelta(seconds=30))
    ('1 d 3 h', '1 min')
    """
    minutes = max(1, ceil(round(duration.total_seconds()) / 60))
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return " ".join(part for part in (f"{hours} h" * (hours > 0), f"{minutes % 60} min" * (minutes % 60 > 0)) if part)


def shown(time: datetime) -> str:
    """Write a time with its zone."""
    offset = f"{time:%z}"
    return f"{time:%a %d %b %Y %H:%M:%S} {time:%Z} (UTC{offset[:3]}:{offset[3:5]})"


def _in_language(text: str) -> datetime | None:
    """Read a day, the name of a month, a year and a time of day, in whatever order they stand."""
    clock = CLOCK.search(text)
    rest = CLOCK.sub(" ", text, count=1)
    months = {MONTHS[word] for word in re.findall(r"[^\W\d_]+", rest.casefold()) if word in MONTHS}
    years, days = re.findall(r"\b\d{4}\b", rest), re.findall(r"\b\d{1,2}\b", rest)
    if len(months) != 1 or len(years) != 1 or len(days) != 1:
        return None
    hour, minute, second = (int(part or 0) for part in clock.group(1, 2, 3)) if clock else (0, 0, 0)
    half = clock[4].lower() if clock and clock[4] else ""
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime(int(years[0]), months.pop(), int(days[0]), hour, minute, second)
    except ValueError:
        return None
