"""What cannot be graded says what it is and what to do, before anybody is graded and after."""

import io
import zipfile

import pytest
from classroom import RIGHT, by_student, grade, hand_in, notebook

from segbook.grading.archives import Unreadable
from segbook.grading.intake import take_in
from segbook.grading.notebooks import read_cells
from segbook.grading.plan import Plan
from segbook.grading.settings import Settings
from segbook.grading.submissions import find

GOOD = notebook(RIGHT)


def zipped(*members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in members:
            archive.writestr(name, GOOD)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (GOOD[:200], "the file breaks off at byte 200: it was not saved or loaded to its end"),
        (b"\n<!DOCTYPE html><html>", 'it begins with "<!DOCTYPE html>": a web page, perhaps that of a login'),
        (b'{\n<<<<<<< HEAD\n"a": 1\n=======\n}', 'it holds "<<<<<<<": two versions that git joined'),
        (b"null", "it holds no cells, so it is no notebook"),
        (b'{"nbformat": 4}', "it holds no cells, so it is no notebook"),
        ("{'é'}".encode("latin-1"), "its letters cannot be read (byte 0xe9 at 2 is not UTF-8): another program saved"),
        (b"\xff\xfe{", "byte 0x7b at 2 is not UTF-16"),
    ],
)
def test_what_is_no_notebook_says_what_it_is(data, said):
    with pytest.raises(Unreadable) as error:
        read_cells(data)
    assert said in str(error.value)


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_notebook_in_utf_16_is_read_as_a_roster_is(code):
    assert read_cells(GOOD.decode().encode(code)) == [RIGHT]


def test_a_notebook_without_its_ending_is_one_and_an_automatic_copy_says_so(tmp_path):
    named = {"ada/hw 6.0": GOOD, "bob": GOOD, "cleo/data": b'{"a": 1}', "dan.zip": b"PK nothing"}
    named |= {"eve.zip": zipped(".ipynb_checkpoints/6-checkpoint.ipynb", ".ipynb_checkpoints/7-checkpoint.ipynb")}
    named |= {"fay/.ipynb_checkpoints/6-checkpoint.ipynb": GOOD, "fay/hw.ipynb": GOOD}
    named |= {".ipynb_checkpoints/gus-checkpoint.ipynb": GOOD}  # the instructor looked at one
    for name, data in named.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert {one.owner.key: one.file.problem for one in find(tmp_path)} == {
        "ada": "",
        "bob": "",
        "cleo": "a file without an ending and no notebook (.ipynb)",
        "dan": "a damaged or cut archive",
        "eve": "only an automatic copy of a notebook (.ipynb_checkpoints) is there",
        "fay": "",
    }


@pytest.mark.usefixtures("sandbox")
def test_a_dry_run_and_all_pages_say_it_once_with_what_to_do(tmp_path, capsys):
    other = notebook('from segbook.exercises import check\ncheck("5.1", f)', "check('5.2', g)")
    files = {"ada.ipynb": GOOD[:90], "bob.py": b"x = 1", "cleo.ipynb": other, "eve.zip": zipped(".ipynb_checkpoints/a")}
    root = hand_in(tmp_path / "in", **files)
    hand_in(root / "dan", **{"1.ipynb": b"", "2.ipynb": GOOD})
    grade(root, tmp_path / "out", "--dry-run")
    said = capsys.readouterr().out
    another = "no cell defines or checks an answer; it checks 5.1, 5.2: is it another chapter's notebook?"
    empty = "an empty file: the upload failed, or it was never saved"
    for phrase in (
        "several files: dan (2)\n",
        "  last files: 5 without a deadline\n",
        "warning: nothing to grade in ada.ipynb: the file breaks off at byte 90",
        f"warning: nothing to grade in cleo.ipynb: {another}",
        f"warning: nothing to grade in dan/1.ipynb: {empty}",
        "warning: nothing to grade of bob.py: a .py and no notebook (.ipynb)",
        "warning: nothing to grade of eve: only an automatic copy",
    ):
        assert phrase in said
    out = grade(root, tmp_path / "out")
    rows = by_student(out)
    advice = "ask for the notebook, or give points with --overrides"
    assert rows["bob.py"]["why"] == f"a .py and no notebook (.ipynb); {advice}"
    assert rows["cleo"]["why"].startswith(another)
    for who in ("ada", "bob.py", "eve"):
        page = next(out.glob(f"students/{who}*/feedback.html")).read_text("utf-8")
        exercises = page[page.index("<section>") : page.index("What you handed in")]
        assert rows[who]["reason"].split(":")[0] not in exercises
        assert "hand in that file: its name ends in .ipynb" in page
        assert "--overrides" not in page
    assert "</span> could not be read: a .py and no notebook (.ipynb). If you have" in (
        next(out.glob("students/bob*/feedback.html")).read_text("utf-8")
    )


def test_all_names_that_are_as_near_are_said(tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("name\nTom Jones\nTim Jones\nGrace Hopper\nGrace Hopper \nAda L\nBob M\n")
    names = ("jones.ipynb", "Grace Hopper.ipynb", "Ada L.ipynb", "Bob M.ipynb", "notes by TA.docx")
    root = hand_in(tmp_path / "in", **dict.fromkeys((*names, "Tom Jones.ipynb"), GOOD))
    intake = take_in(Settings(root, tmp_path / "out", "s", roster=roster), Plan("s", ("6.3",)))
    warnings = "\n".join(intake.warnings)
    assert "the nearest name is 'Tim Jones' or 'Tom Jones'" in warnings
    assert "not on the roster, so not in gradebook.csv: notes by TA.docx" in warnings
    assert "credited to nobody, so not in gradebook.csv: Grace Hopper (several students on" in warnings


@pytest.mark.usefixtures("sandbox")
def test_who_is_on_no_roster_counts_in_no_number(tmp_path, capsys):
    (tmp_path / "roster.csv").write_text("name\nada\nbob\n")
    root = hand_in(tmp_path / "in", **{"ada.ipynb": GOOD, "bob.ipynb": GOOD, "notes by TA.docx": b"x"})
    hand_in(root, **{"zoe.ipynb": ("x = 1",)})
    more = ("--roster", tmp_path / "roster.csv")
    out = grade(root, tmp_path / "out", *more)
    report = (out / "report.html").read_text("utf-8")
    assert "2 students: 2 ok, 2 more, credited to nobody\n" in capsys.readouterr().out
    assert "<p>2 students, 2 graded.</p>" in report
    assert "<p>2 more handed in, to whom no student on the roster belongs. They are listed below" in report
    assert "Mean 4.0 and median 4 of 8 points." in report
    for path in out.glob("students/*"):
        assert f'<a href="students/{path.name}/feedback.html">' in report


@pytest.mark.usefixtures("sandbox")
def test_a_secret_or_table_that_is_not_there_is_named_with_its_option(tmp_path, capsys):
    root = hand_in(tmp_path / "in", **{"ada.ipynb": GOOD})
    grade(root, tmp_path / "out", "--roster", tmp_path / "list.csv", status=2)
    assert f"--roster {tmp_path / 'list.csv'}: there is no such file; look for it from" in capsys.readouterr().err


@pytest.mark.usefixtures("sandbox")
def test_small_things_are_said_once_and_shortly(tmp_path, capsys):
    root = hand_in(tmp_path / "in", **{"ada.ipynb": (f"1 / 0\n{RIGHT}", "x = " + "1 + " * 99 + "'a'", "y = 1 + 'a'")})
    long = "raise ValueError('" + "long " * 99 + "')\ndef conv_matrix(w): return w"
    hand_in(root, **{"bob_LATE_4211_98100_hw.ipynb": (RIGHT.replace("return ", ""), f"class conv_matrix:\n    {long}")})
    out = grade(root, tmp_path / "out")
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) < 400
    report = (out / "report.html").read_text("utf-8")
    assert "late (LATE in Canvas)" in report
    page = next(out.glob("students/ada*/feedback.html")).read_text("utf-8")
    assert "<ul><li>code cell 1: ZeroDivisionError" in page
