"""Which submission counts, and what an instructor overrode."""

import os
from datetime import datetime

import pytest
from classroom import WRONG, by_student, grade, hand_in, right_notebook


@pytest.mark.usefixtures("sandbox")
def test_the_last_or_the_best_answer_to_each_exercise_counts(tmp_path):
    (tmp_path / "in").mkdir()
    root = hand_in(
        tmp_path / "in/ada",
        **{"a.ipynb": right_notebook("6.1"), "b.ipynb": right_notebook("6.3"), "c.ipynb": (WRONG,), "d.ipynb": b"{"},
    )
    for day, name in enumerate("abcd", start=1):
        time = datetime(2026, 5, day).timestamp()
        os.utime(root / f"{name}.ipynb", (time, time))
    last = by_student(grade(root.parent, tmp_path / "out"))["ada"]
    assert (last["6.1 points"], last["6.3 points"], last["status"]) == ("4", "2", "ok")
    best = by_student(
        grade(root.parent, tmp_path / "out", "--best", "--times", "files", "--deadline", "2026-05-01T12:00:00")
    )["ada"]
    assert (best["6.1 points"], best["6.3 points"], best["late"]) == ("4", "4", "yes, by 12 h")
    in_time = by_student(grade(root.parent, tmp_path / "out", "--best", "--deadline", "2026-05-09"))["ada"]
    assert in_time["late"] == "unknown"  # nothing says that the files' times are those at which the work came
    on_time = ("--last-on-time", "--times", "files", "--deadline", "2026-05-01", "--penalty", "50")
    assert by_student(grade(root.parent, tmp_path / "out", *on_time))["ada"]["6.3 points"] == ""
    costly = ("--best", "--times", "files", "--deadline", "2026-05-01", "--penalty", "30/day")
    row = by_student(grade(root.parent, tmp_path / "out", *costly))["ada"]
    assert (row["6.1 points"], row["6.3 points"]) == ("4", "2.8")
    page = next(tmp_path.glob("out/students/ada*/feedback.html")).read_text("utf-8")
    assert "30 % taken off: 2.8 points are left" in page
    assert "handed in 1 min after the deadline" in page
