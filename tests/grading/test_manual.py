"""Questions that an instructor marks by hand stand in the same gradebook, and none that is open becomes a 0."""

import csv
import io

import pytest
from test_intake import canvas, take

from segbook.grading.grades import combine
from segbook.grading.overrides import Override
from segbook.grading.pages import class_report, feedback_page
from segbook.grading.plan import Plan
from segbook.grading.tables import details, gradebook, gradescope

PEOPLE = [("4211", "Ada Lovelace", 0, ""), ("4212", "Grace Hopper", 0, "")]
FILES = ["lovelaceada_4211_98100_hw.ipynb", "hoppergrace_4212_98101_hw.ipynb"]


def marked(tmp_path, text):
    (tmp_path / "manual.csv").write_text(text, "utf-8")
    intake = take(tmp_path, canvas(*PEOPLE), FILES, manual=tmp_path / "manual.csv", title="Week 6 (77)")
    decided = {(student, "6.1"): Override(2, "seen") for student in intake.students}
    return intake, combine(intake.students, {}, Plan("s", ("6.1",)), overrides=decided, manual=intake.manual)


def test_points_by_hand_count_and_comments_are_shown(tmp_path):
    text = "ID;Plot (5);Plot comment;Essay (2,5)\n4211;4,5;axes <unlabelled>;2\nHopper, Grace;;;1\n"
    intake, (ada, grace) = marked(tmp_path, text)
    assert (ada.earned, ada.possible) == (8.5, 11.5)
    assert grace.earned is None
    book = list(csv.reader(io.StringIO(gradebook([ada, grace], "Week 6 (77)", intake.roster))))
    assert [line[-1] for line in book] == ["Week 6 (77)", "11.5", "8.5", ""]
    rows = list(csv.DictReader(io.StringIO(details([ada, grace]))))
    assert [(row["Plot points"], row["Plot status"]) for row in rows] == [("4.5", "ok"), ("", "to be marked")]
    page = feedback_page(ada, "T")
    assert "Plot: 4.5 of 5 points" in page
    assert "axes &lt;unlabelled&gt;" in page
    assert "Plot: not marked yet" in feedback_page(grace, "T")
    assert "3 of 11.5 points so far" in feedback_page(grace, "T")
    report = class_report([ada, grace], "T", intake.warnings)
    assert "2 students, 2 graded, 1 of them still to be marked by hand" in report
    assert "manual.csv has no points yet for Hopper, Grace" in report
    assert gradescope(ada)["tests"][1] | {"extra_data": None} == {
        "name": "Plot", "score": 4.5, "max_score": 5, "status": "failed", "output": "axes <unlabelled>",
        "output_format": "text", "visibility": "visible", "extra_data": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("ID,Plot\n4211,3\n", "column 'Plot' has no points; write them in brackets, as in 'Plot (5)'"),
        ("ID,Name\n4211,Ada\n", "no column of 'ID | Name' is a question with its points, such as 'Plot (5)'"),
        ("ID,Plot (5)\n9,3\n", "line 2: there is no one student '9'"),
        ("ID,Plot (5)\n4211,6\n", "line 2: '6' points for Plot; give a number to 5"),
        ("ID,Plot (5)\n4211,nan\n", "line 2: 'nan' points for Plot; give a number to 5"),
        ("ID,Plot (5)\n4211,good\n", "line 2: 'good' points for Plot; give a number to 5"),
    ],
)
def test_a_table_that_is_not_understood_says_what_would_be(tmp_path, text, phrase):
    with pytest.raises(ValueError, match=r"manual\.csv") as caught:
        marked(tmp_path, text)
    assert phrase in str(caught.value)
