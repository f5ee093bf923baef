"""Which submission counts, and what an instructor overrode."""

import json
import os
from datetime import datetime

import pytest
from classroom import RIGHT, WRONG, by_student, grade, hand_in, right_notebook, table


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


@pytest.mark.usefixtures("sandbox")
def test_a_file_that_a_browser_counted_up_is_the_later_one_and_the_report_says_so(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    several = {"week6.ipynb": (WRONG,), "week6 (1).ipynb": (WRONG,), "week6 (2).ipynb": right_notebook("6.1")}
    hand_in(tmp_path / "in/ada", **several, **{"week6 (10).ipynb": (RIGHT,)})
    hand_in(tmp_path / "in/bob", **{"week6 (1).ipynb": (WRONG,), "week7.ipynb": (RIGHT,)})
    out = grade(tmp_path / "in", tmp_path / "out")
    row = by_student(out)
    assert (row["ada"]["6.1 points"], row["ada"]["6.3 points"], row["bob"]["6.3 points"]) == ("4", "4", "4")
    said = capsys.readouterr().err
    assert "so the last by name: ada (week6 (10).ipynb); bob (week7.ipynb)" in said
    for page in (out / "report.html", next(out.glob("students/ada*/feedback.html"))):
        text = page.read_text("utf-8")
        assert "(10).ipynb</td><td>counts: for 6.3; the last by the number in parentheses, (10); nothing" in text
        assert "(2).ipynb</td><td>counts: for 6.1; no later file has an answer to 6.1</td>" in text
        assert "week6.ipynb</td><td>week6 (2).ipynb and week6 (10).ipynb count</td>" in text
    assert "week7.ipynb</td><td>counts: for 6.3; the last by name; nothing tells" in (out / "report.html").read_text(
        "utf-8"
    )


@pytest.mark.usefixtures("sandbox")
def test_what_could_not_be_graded_is_no_silent_0_beside_points_by_hand(tmp_path, capsys):
    files = {"ada.ipynb": (RIGHT,), "bob.ipynb": b"{", "cleo.ipynb": b"{", "dan.ipynb": ("x = 1",)}
    root = hand_in(tmp_path / "in", **files)
    (tmp_path / "roster.csv").write_text("name\nada\nbob\ncleo\ndan\neve\n")
    (tmp_path / "m.csv").write_text("name,Plot (5)\nada,4\nbob,3\ncleo,2\ndan,5\neve,1\n")
    decided = "name,exercise,points\nbob,6.1,4\ncleo,6.1,4\ncleo,6.3,0\n"
    (tmp_path / "o.csv").write_text(decided)
    more = ("--roster", tmp_path / "roster.csv", "--manual", tmp_path / "m.csv", "--overrides", tmp_path / "o.csv")
    out = grade(root, tmp_path / "out", *more)
    points = {row["name"]: row["Exercises"] for row in table(out / "gradebook.csv")}
    assert points == {"ada": "8", "bob": "", "cleo": "6", "dan": "", "eve": ""}
    assert {row["name"]: row["points"] for row in table(out / "mail.csv")} == points
    warning = (
        "totals stay empty until you decide all exercises with --overrides: bob (6.3: unreadable); "
        "dan (6.1, 6.3: missing); eve (6.1, 6.3: missing)"
    )
    assert warning in capsys.readouterr().err
    report = (out / "report.html").read_text("utf-8")
    assert warning in report
    assert "5 students, 2 graded." in report
    assert "7 of 13 points so far" in next(out.glob("students/bob*/feedback.html")).read_text("utf-8")


@pytest.mark.usefixtures("sandbox")
def test_a_penalty_hides_no_right_answer(tmp_path):
    names = ["ada_4211_98100_hw.ipynb", "bob_LATE_4212_98101_hw.ipynb"]
    root = hand_in(tmp_path / "in", **dict.fromkeys(names, (RIGHT,)))
    out = grade(root, tmp_path / "out", "--penalty", "10")
    ada, bob = (json.loads(path.read_text("utf-8"))["tests"] for path in sorted(out.glob("students/*/results.json")))
    assert [(test["score"], test["status"]) for test in (ada[1], bob[1])] == [(4, "passed"), (3.6, "passed")]
    assert bob[0]["status"] == "failed"
    page = next(out.glob("students/bob*/feedback.html")).read_text("utf-8")
    heading, taken = page.index("Output size: 4 of 4 points"), page.index("10 % taken off: 3.6 points are left")
    assert heading < taken < page.index("What you handed in")
    report = (out / "report.html").read_text("utf-8")
    assert "Here, points are those before the penalty for late work." in report
    assert "<td>6.3 Output size</td><td>2</td><td>0</td><td>4.00 of 4</td><td>2</td>" in report
    assert "before the penalty" not in (grade(root, tmp_path / "out") / "report.html").read_text("utf-8")
