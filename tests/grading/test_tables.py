"""Tables for an LMS, a spreadsheet and Gradescope have the form that these read."""

import json
import re

import pytest
from classroom import RIGHT, WRONG, grade, hand_in, table

from segbook.grading.tables import neutral


@pytest.mark.usefixtures("sandbox")
def test_results_for_gradescope_have_its_form(tmp_path):
    out = grade(hand_in(tmp_path / "in", **{"ada.ipynb": (WRONG,), "bob.ipynb": b"{"}), tmp_path / "out")
    ada, bob = (json.loads(path.read_text("utf-8")) for path in sorted(out.glob("students/*/results.json")))
    assert (ada["score"], ada["output_format"]) == (2, "text")
    assert [(test["score"], test["max_score"], test["status"]) for test in ada["tests"]] == [
        (0, 4, "failed"),
        (2, 4, "failed"),
    ]
    assert "cropped" in ada["tests"][1]["output"]
    assert bob["output"].startswith("NOT GRADED. unreadable")


@pytest.mark.usefixtures("sandbox")
def test_a_grading_worksheet_of_moodle_keeps_its_columns(tmp_path):
    (tmp_path / "sheet.csv").write_text(
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (grade)\n"
        "Participant 4211,Ada Lovelace,al@x,Submitted,,8.00,-\nParticipant 4212,Grace Hopper,gh@x,No submission,,8.00,-\n"
    )
    root = hand_in(tmp_path / "in", **{"Ada Lovelace_4211_assignsubmission_file_hw.ipynb": (RIGHT,)})
    ada, grace = table(grade(root, tmp_path / "out", "--roster", tmp_path / "sheet.csv") / "gradebook.csv")
    assert (ada["Identifier"], ada["Grade"], ada["Maximum Grade"]) == ("Participant 4211", "4", "8.00")
    assert grace["Grade"] == ""


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1", "a;=1", "a\t@x", 'a";"=1', "a|+1"]
)
def test_formulas_are_disarmed_behind_every_separator(text):
    for part in re.split(r"[,;\t|\r\n]", neutral(text)):
        assert not part.lstrip(' "').startswith(tuple("=+-@＝"))
    assert neutral(text).replace("'", "") == text
