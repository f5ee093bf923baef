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
    best = by_student(grade(root.parent, tmp_path / "out", "--best", "--deadline", "2026-05-01T12:00"))["ada"]
    assert (best["6.1 points"], best["6.3 points"], best["late"]) == ("4", "4", "yes")
    in_time = by_student(grade(root.parent, tmp_path / "out", "--best", "--deadline", "2026-05-02T12:00+14:00"))["ada"]
    assert in_time["late"] in ("yes", "no")
    assert by_student(grade(root.parent, tmp_path / "out", "--deadline", "2026-05-09"))["ada"]["late"] == "no"
