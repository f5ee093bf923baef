"""Every submission finds its student, and none is given to the wrong one."""

import pytest
from classroom import RIGHT, hand_in

from segbook.grading.roster import Roster, match
from segbook.grading.sheets import read_table
from segbook.grading.submissions import find


@pytest.mark.parametrize(
    ("header", "row", "file"),
    [
        ("Student,ID,SIS Login ID", '"Lovelace, Ada",4211,ada@x', "lovelaceada_4211_98100_hw.ipynb"),
        ("Student,ID,SIS Login ID", '"Lovelace, Ada",4211,ada@x', "ada.ipynb"),
        (
            "Identifier,Full name,Grade",
            "Participant 4211,Ada Lovelace,",
            "Ada Lovelace_4211_assignsubmission_file_hw.ipynb",
        ),
        ("First name,Last name,Email address", "Ada,Lovelace,al@x", "Ada Lovelace_4211_assignsubmission_file_hw.ipynb"),
        ("name;id", "Ada Lovelace;7", "Ada Lovelace.ipynb"),
        ("name\tid", "Ada Lovelace\t7", "7.ipynb"),
        ("name,email", "Ada Lovelace,al@x", "AL.ipynb"),
    ],
)
def test_submissions_find_their_row(tmp_path, header, row, file):
    (tmp_path / "roster.csv").write_text(f"\ufeff{header}\n{row}\n", "utf-8")
    hand_in(tmp_path / "in", **{file: (RIGHT,), "stranger.ipynb": (RIGHT,)})
    students = match(find(tmp_path / "in"), Roster(read_table(tmp_path / "roster.csv")))
    assert [[one.name for one in student.submissions] for student in students] == [[file], ["stranger.ipynb"]]
    assert [student.listed for student in students] == [True, False]


def test_a_name_that_two_students_have_matches_neither(tmp_path):
    (tmp_path / "roster.csv").write_text("name,id\nAda Lovelace,1\nAda Lovelace,2\n")
    hand_in(tmp_path / "in", **{"Ada Lovelace.ipynb": (RIGHT,), "2.ipynb": (RIGHT,)})
    students = match(find(tmp_path / "in"), Roster(read_table(tmp_path / "roster.csv")))
    assert [(student.key, len(student.submissions)) for student in students] == [
        ("1", 0),
        ("2", 1),
        ("Ada Lovelace", 1),
    ]
