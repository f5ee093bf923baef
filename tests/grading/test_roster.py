"""Every submission finds its student, and none is given to the wrong one."""

import pytest
from classroom import RIGHT, hand_in

from segbook.grading.people import directory, find_by_row
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


def roster(tmp_path, *names):
    (tmp_path / "roster.csv").write_text(
        "\n".join(["name,login", *(f'"{one}",login{n}' for n, one in enumerate(names))]), "utf-8"
    )
    return Roster(read_table(tmp_path / "roster.csv"))


@pytest.mark.parametrize(
    ("file", "whose"),
    [
        ("Ada Lovelace week6.ipynb", "Ada Lovelace"),
        ("week6_Lovelace-Ada (1).ipynb", "Ada Lovelace"),
        ("Ada Lovelace (2).ipynb", "Ada Lovelace"),
        ("hw login1 final.ipynb", "Anders Ångström"),
        ("Anders Angstrom.ipynb", "Anders Ångström"),
        ("Anders A\u030angstro\u0308m week 6.ipynb", "Anders Ångström"),
        ("anders aangstroem.ipynb", "Anders Ångström"),
        ("Angstrom, Anders.ipynb", "Anders Ångström"),
        ("Jurgen Gross.ipynb", "Jürgen Groß"),
        ("Ana van Berg hw6.ipynb", "Ana van Berg"),
        ("Ana Berg hw6.ipynb", "Ana Berg"),
        ("Ada week6.ipynb", ""),  # a part of a name may be somebody else's
        ("Ada Lovelace and Ana Berg.ipynb", ""),
        ("Ada Lovelace and Ana van Berg.ipynb", ""),  # however many words a name has
        ("Ana van Berg with login2.ipynb", ""),
        ("login1 Ada Lovelace.ipynb", ""),
        ("login1 Anders Angstrom.ipynb", "Anders Ångström"),
    ],
)
def test_names_are_found_among_other_words_and_without_their_marks(tmp_path, file, whose):
    known = roster(tmp_path, "Ada Lovelace", "Anders Ångström", "Jürgen Groß", "Ana van Berg", "Ana Berg")
    hand_in(tmp_path / "in", **{file: (RIGHT,), "login0.ipynb": (RIGHT,), "login4.ipynb": (RIGHT,)})
    owner = [one.name for one in match(find(tmp_path / "in"), known) if any(s.name == file for s in one.submissions)]
    assert owner == [whose or file.removesuffix(".ipynb")]


def test_whoever_is_only_similar_is_suggested_and_never_taken(tmp_path):
    known = roster(tmp_path, "Ada Lovelace", "Grace Hopper", "Emmy Noether")
    names = (
        "Ada Lovelase week6.ipynb",
        "Grace Hopper.ipynb",
        "login2.ipynb",
        "zzz.ipynb",
        "Hopper Grace and Emmy Noether.ipynb",
    )
    hand_in(tmp_path / "in", **dict.fromkeys(names[:4], (RIGHT,)))
    notes = {one.name: one.note for one in match(find(tmp_path / "in"), known) if not one.listed}
    assert notes == {
        "Ada Lovelase week6": "neither the number nor the name is there; the nearest name is 'Ada Lovelace'",
        "zzz": "",
    }
    hand_in(tmp_path / "in", **{names[4]: (RIGHT,), "login0.ipynb": (RIGHT,)})
    notes = [one.note for one in match(find(tmp_path / "in"), known) if "and" in one.name]
    assert notes == ["'Hopper Grace and Emmy Noether' names several students: Grace Hopper; Emmy Noether"]


def test_an_instructors_table_may_leave_marks_out_and_hears_whom_it_may_mean(tmp_path):
    known = roster(tmp_path, "Anders Ångström", "Ada Lovelace")
    people = directory(known.students, known)
    (tmp_path / "o.csv").write_text("student\nAnders Angstrom\nAda Lovelase\n")
    table = read_table(tmp_path / "o.csv")
    assert find_by_row(people, table, 0).name == "Anders Ångström"
    with pytest.raises(
        ValueError, match="no one student 'Ada Lovelase', by key or by name; the nearest is 'Ada Lovelace'"
    ):
        find_by_row(people, table, 1)
