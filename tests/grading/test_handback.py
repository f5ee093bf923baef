"""Feedback goes back to whom it is for, under the names that Moodle and Canvas take."""

import csv
import io
import zipfile

import pytest
from broken import GOOD
from classroom import RIGHT, grade, hand_in, table
from test_intake import canvas, moodle, take

from segbook.grading.grades import combine
from segbook.grading.handback import canvas_zip, mail_merge, moodle_zip
from segbook.grading.overrides import Override
from segbook.grading.plan import Plan
from segbook.grading.run import write

PEOPLE = [("4211", "Ada Lovelace", 0, ""), ("4212", "Grace Hopper", 0, ""), ("4213", "Emmy O_Noether", 0, "")]


def packed(data):
    archive = zipfile.ZipFile(io.BytesIO(data))
    return {name: archive.read(name).decode() for name in archive.namelist()}


def graded(intake):
    grades = combine(
        intake.students, {}, Plan("s", ("6.1",)), overrides={(intake.students[0], "6.1"): Override(2, "kind")}
    )
    return grades, [f"page of {grade.student.name}" for grade in grades]


def test_moodle_finds_its_participants_in_the_names(tmp_path):
    names = ["Ada Lovelace_4211_assignsubmission_file/hw.ipynb", "Grace Hopper_4212_assignsubmission_file_hw.ipynb"]
    intake = take(tmp_path, moodle("fr", *PEOPLE), [*names, "Mal_4299_assignsubmission_file/hw.ipynb"])
    grades, pages = graded(intake)
    assert (
        packed(moodle_zip(grades, pages, intake.roster))
        == {
            "Ada Lovelace_4211_assignfeedback_file_feedback.html": "page of Ada Lovelace",
            "Grace Hopper_4212_assignfeedback_file_feedback.html": "page of Grace Hopper",
            "Emmy O Noether_4213_assignfeedback_file_feedback.html": "page of Emmy O_Noether",  # five parts, as Moodle splits
        }
    )
    assert canvas_zip(grades, pages) is None


def test_canvas_finds_the_files_that_the_pages_belong_to(tmp_path):
    names = [
        "lovelaceada_4211_98100_hw.ipynb",
        "lovelaceada_4211_98107_hw-1.ipynb",
        "hoppergrace_LATE_4212_98101_a_7_9.ipynb",
    ]
    intake = take(tmp_path, canvas(*PEOPLE), [*names, "o_noetheremmy_4213_link.html"])
    grades, pages = graded(intake)
    assert packed(canvas_zip(grades, pages)) == {
        "lovelaceada_4211_98107_feedback.html": "page of Lovelace, Ada",
        "hoppergrace_LATE_4212_98101_feedback.html": "page of Hopper, Grace",
    }
    assert moodle_zip(grades, pages, intake.roster) is None


def test_a_mail_merge_has_a_row_for_each_student_of_the_roster(tmp_path):
    intake = take(tmp_path, "name,email\nAda,=1;=2\nBob,b@x\nCy,c@x\n", ["ada.ipynb", "bob.ipynb", "eve.ipynb"])
    grades, _ = graded(intake)
    rows = list(csv.reader(io.StringIO(mail_merge(grades, ["a", "b", "c", "e"]))))
    assert rows == [
        ["name", "email", "points", "possible", "status", "late", "page", "reason"],
        ["Ada", "'=1;'=2", "2", "4", "missing", "no", "a/feedback.html", "nothing was handed in"],
        ["Bob", "b@x", "", "4", "missing", "no", "b/feedback.html", "nothing was handed in"],
        ["Cy", "c@x", "", "4", "missing", "no", "c/feedback.html", "nothing was handed in"],
    ]


def test_two_of_one_name_do_not_share_a_page(tmp_path):
    roster = "name\nAda Lovelace\nAda Lovelace\nBob Cy\n"
    intake = take(tmp_path, roster, ["Ada Lovelace.ipynb", "bobcy.ipynb"])
    grades, _ = graded(intake)
    (tmp_path / "out").mkdir()
    write(grades, tmp_path / "out", "T", roster=intake.roster)
    assert len(list((tmp_path / "out/students").iterdir())) == len(grades) == 4
    pages = {row["page"] for row in table(tmp_path / "out/mail.csv")}
    assert len(pages) == 3
    assert all((tmp_path / "out" / page).exists() for page in pages)


def test_archives_are_written_where_there_is_something_to_hand_back(tmp_path):
    hand_in(tmp_path / "in", **{"lovelaceada_4211_98100_hw.ipynb": GOOD})
    intake = take(tmp_path, canvas(*PEOPLE), [])
    (tmp_path / "out").mkdir()
    (tmp_path / "out/feedback-moodle.zip").write_bytes(b"of another class")
    write(graded(intake)[0], tmp_path / "out", "T", roster=intake.roster)
    assert sorted(path.name for path in (tmp_path / "out").glob("*.zip")) == ["feedback-canvas.zip"]


@pytest.mark.usefixtures("sandbox")
def test_a_plain_folder_gets_its_pages_in_one_archive_by_name(tmp_path):
    root = hand_in(tmp_path / "in", **{"Zoë Müller.ipynb": (RIGHT,), "Ångström: Anders?.ipynb": (RIGHT,)})
    out = grade(root, tmp_path / "out")
    with zipfile.ZipFile(out / "feedback-pages.zip") as archive:
        assert archive.namelist() == ["Zoë Müller.html", "Ångström Anders.html"]
        assert "Zoë Müller" in archive.read("Zoë Müller.html").decode()
    assert [path.name.rpartition("-")[0] for path in sorted((out / "students").iterdir())] == [
        "Zoë_Müller_Zoë_Müller",
        "Ångström_Anders_Ångström_Anders",
    ]
