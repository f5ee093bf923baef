"""Nobody is late by mistake: what a time, a mark, a deadline and a penalty mean."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from classroom import ROOT

from segbook.grading.archives import File
from segbook.grading.roster import Student
from segbook.grading.submissions import Owner, Submission
from segbook.grading.times import (
    Late,
    Lateness,
    Penalty,
    Rules,
    in_words,
    read_duration,
    read_penalty,
    read_time,
    read_zone,
    shown,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ADA = Student("4211", "Ada Lovelace")


def submission(time=None, mark=None):
    return Submission(File("hw.ipynb", Path("hw.ipynb"), (), None, 1), Owner("4211", "Ada", late=mark), time)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Friday, 1 May 2026, 10:00 PM", "2026-05-01T22:00:00+02:00"),
        ("Friday, 1 May 2026, 10:00\u202fPM", "2026-05-01T22:00:00+02:00"),
        ("Friday, May 1, 2026, 12:05 AM", "2026-05-01T00:05:00+02:00"),
        ("Freitag, 1. Mai 2026, 22:00", "2026-05-01T22:00:00+02:00"),
        ("Sonntag, 1. März 2026, 08:05", "2026-03-01T08:05:00+01:00"),
        ("vendredi 1 mai 2026, 22:00", "2026-05-01T22:00:00+02:00"),
        ("samedi 1 août 2026 à 9h05", "2026-08-01T09:05:00+02:00"),
        ("viernes, 1 de mayo de 2026, 22:00", "2026-05-01T22:00:00+02:00"),
        ("martes, 3 de marzo de 2026, 12:00", "2026-03-03T12:00:00+01:00"),
        ("2026-05-01 22:00", "2026-05-01T22:00:00+02:00"),
        ("2026-05-01 9:30", "2026-05-01T09:30:00+02:00"),
        ("2026-05-01T22:00:30Z", "2026-05-01T22:00:30+00:00"),
    ],
)
def test_times_are_read_as_four_languages_write_them(said, meant):
    assert read_time(said, BERLIN) == datetime.fromisoformat(meant)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "-",
        "1/5/2026 22:00",
        "31 June 2026, 10:00",
        "Friday",
        "May 2026",
        "0001-01-01",
        "9999-12-31",
        "1 May 2 June 2026",
    ],
)
def test_what_could_mean_two_times_means_none(said):
    assert read_time(said, BERLIN) is None


def test_a_day_ends_at_its_end_and_a_minute_too():
    assert shown(read_time("2026-05-01", BERLIN, is_end=True)) == "Fri 01 May 2026 23:59:59 CEST (UTC+02:00)"
    assert read_time("1. Mai 2026", BERLIN, is_end=True) == datetime(2026, 5, 1, 23, 59, 59, 999999, tzinfo=BERLIN)
    assert read_time("2026-05-01T18:00", BERLIN, is_end=True) == datetime(2026, 5, 1, 18, 0, 59, 999999, tzinfo=BERLIN)
    assert read_time("2026-05-01T18:00:30", BERLIN, is_end=True) == datetime(2026, 5, 1, 18, 0, 30, tzinfo=BERLIN)
    assert read_time("2026-05-01").tzinfo is not None


@pytest.mark.parametrize(
    ("time", "mark", "rules", "late"),
    [
        (None, None, Rules(), Late.NO),
        (None, None, Rules(NOON), Late.UNKNOWN),
        (None, True, Rules(NOON), Late.YES),
        (None, False, Rules(NOON), Late.NO),
        (None, True, Rules(), Late.YES),
        (NOON, True, Rules(NOON), Late.NO),  # a time says more than a mark by another deadline
        (NOON + timedelta(minutes=1), False, Rules(NOON), Late.YES),
        (NOON + timedelta(minutes=1), None, Rules(NOON, grace=timedelta(minutes=5)), Late.NO),
        (NOON + timedelta(minutes=6), None, Rules(NOON, grace=timedelta(minutes=5)), Late.YES),
        (NOON + timedelta(days=1), None, Rules(NOON, extensions={ADA: NOON + timedelta(days=2)}), Late.NO),
        (None, True, Rules(NOON, extensions={ADA: NOON + timedelta(days=2)}), Late.UNKNOWN),
    ],
)
def test_late_is_what_a_time_or_the_lms_says_and_else_unknown(time, mark, rules, late):
    assert rules.lateness(submission(time, mark), ADA).late is late


def test_a_penalty_counts_days_that_have_begun_and_never_the_unknown():
    day = timedelta(days=1)
    assert read_penalty("10%/day") == read_penalty("10 / day") == Penalty(10.0, day)
    assert Penalty(10, day).fraction(Lateness(Late.YES, timedelta(hours=25))) == 0.2
    assert Penalty(10, day).fraction(Lateness(Late.YES, timedelta(days=99))) == 1.0
    assert Penalty(10, day).fraction(Lateness(Late.YES)) == 0.0
    assert Penalty(20).fraction(Lateness(Late.YES)) == 0.2
    assert Penalty(20).fraction(Lateness(Late.UNKNOWN)) == Penalty(20).fraction(Lateness(Late.NO)) == 0.0


@pytest.mark.parametrize(
    ("read", "text", "right"),
    [
        (read_penalty, "lots", "such as 20, 10/day or 1/hour"),
        (read_penalty, "120", "such as 20, 10/day or 1/hour"),
        (read_duration, "soon", "such as 15m, 2h or 1d"),
        (read_zone, "Mars/Olympus", "such as Europe/Berlin or UTC"),
        (read_zone, "../etc", "such as Europe/Berlin or UTC"),
    ],
)
def test_what_is_no_rule_says_what_would_be_one(read, text, right):
    with pytest.raises(ValueError, match=right) as caught:
        read(text)
    assert repr(text) in str(caught.value)


def test_durations_are_read_and_written():
    assert [read_duration(text) for text in ("15m", "2h", "1d", "0min")] == [
        timedelta(minutes=15), timedelta(hours=2), timedelta(days=1), timedelta(),
    ]  # fmt: skip
    assert in_words(timedelta(hours=3, minutes=4)) == "3 h 4 min"
    assert in_words(timedelta(days=2)) == "2 d"
    late = datetime(2026, 5, 2, 3, tzinfo=BERLIN) - read_time("2026-05-01", BERLIN, is_end=True)
    assert in_words(late) == "3 h"


def test_times_that_the_instructors_guide_shows_are_understood_and_the_others_are_not():
    guide = (ROOT / "book/instructors.md").read_text("utf-8")
    (line,) = [line for line in guide.splitlines() if line.startswith("- **Times** in these tables look like")]
    right, wrong = (re.findall(r"`([^`]+)`", part) for part in line.split(")."))
    assert len(right) == 5
    assert {read_time(said, UTC).date().isoformat() for said in right} == {"2026-05-03"}
    assert [read_time(said, UTC) for said in wrong] == [None, None]
