"""A class, from the folder of notebooks to gradebook, pages and report; again after a change; with one's own exercises."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from broken import archive
from classroom import RIGHT, ROOT, WRONG, by_student, grade, hand_in, notebook, right_notebook, table

from segbook.grading import batch, cli, quota
from segbook.grading.files import slug

CANVAS = 'Student,ID,SIS User ID,SIS Login ID,Section,Exercises (77)\n"    Points Possible",,,,,20\n'
MARKUP = "<script>alert(1)</script>"


@pytest.mark.usefixtures("sandbox")
def test_a_class_with_a_roster_of_canvas(tmp_path, capsys):
    root = hand_in(
        tmp_path / "in",
        **{
            "lovelaceada_4211_98100_hw.ipynb": right_notebook("6.1", "6.3"),
            "hopper_LATE_4212_98101_hw.ipynb": (WRONG,),
            "noether_4213_98102_hw.ipynb": b"{",
            "evil_4299_98103_hw.ipynb": (RIGHT, f"raise ValueError('{MARKUP}')"),
            "lost_4214_98104_hw.ipynb": ("import os; os._exit(1)",),
        },
    )
    roster = tmp_path / "roster.csv"
    names = ["Lovelace, Ada", "Hopper, Grace", "Noether, Emmy", "Lost, Larry", f"=cmd|' /C calc'!A0{MARKUP}"]
    lines = [f'"{name}",{4211 + place},,user{place},"=1+1"' for place, name in enumerate(names)]
    roster.write_text(CANVAS + "\n".join(lines) + "\n")
    out = grade(root, tmp_path / "out", "--roster", roster, "--title", "Exercises (77)")
    assert (
        "5 students: 2 ok, 1 unreadable, 1 crashed, 1 missing, 1 late, 1 more, credited to nobody"
        in capsys.readouterr().out
    )
    book = table(out / "gradebook.csv")
    assert list(book[0]) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Exercises (77)"]
    assert [row["Exercises (77)"] for row in book] == ["8", "8", "2", "", "", ""]  # the first row: points possible
    assert book[1]["ID"] == "4211"
    assert book[1]["Section"] == "=1+1"  # what Canvas says goes back to Canvas as it came
    assert book[5]["Student"] == names[4]
    known = by_student(out)
    assert known["Hopper, Grace"]["late"] == "yes"
    assert known["Noether, Emmy"]["status"] == "unreadable"
    assert (known["Lost, Larry"]["status"], known["Lost, Larry"]["earned"]) == ("crashed", "")
    assert known[f"'{names[4]}"]["status"] == "missing"
    assert (known["evil"]["on roster"], known["evil"]["earned"]) == ("no", "4")
    pages = "".join(page.read_text("utf-8") for page in [*out.glob("students/*/feedback.html"), out / "report.html"])
    assert MARKUP not in pages
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages
    for wanted in ("2 of 8 points", "padding added", "LATE in Canvas", "not graded", "not on the roster"):
        assert wanted in pages, wanted


@pytest.mark.usefixtures("sandbox")
def test_a_second_run_grades_only_what_is_new_and_overrides_survive_it(tmp_path, monkeypatch, capsys):
    root = hand_in(tmp_path / "in", **{"ada.ipynb": (WRONG,), "bob.ipynb": (RIGHT,)})
    out = grade(root, tmp_path / "out")
    graded = []
    real = batch.grade_one
    monkeypatch.setattr(batch, "grade_one", lambda task, plan: graded.append(task.name) or real(task, plan))
    (tmp_path / "o.csv").write_text("student;exercise;points;reason\nada;6.3;3.5;kind\n")
    grade(root, out, "--overrides", tmp_path / "o.csv")
    assert graded == []
    assert by_student(out)["ada"]["earned"] == "3.5"
    hand_in(root, **{"bob.ipynb": (WRONG,), "cleo.ipynb": (RIGHT,)})
    (out / "submissions" / f"{slug('ada.ipynb')}.json").write_text("{ half a fi")
    capsys.readouterr()
    grade(root, out, "--overrides", tmp_path / "o.csv")
    said = capsys.readouterr().err
    assert f"submissions/{slug('ada.ipynb')}.json is damaged (JSONDecodeError: " in said
    assert "; ada.ipynb is graded again" in said
    assert "bob.ipynb" not in said
    assert "differ from the last run's" not in said
    assert graded == ["ada.ipynb", "bob.ipynb", "cleo.ipynb"]
    assert by_student(out)["ada"]["overrides"] == "6.3: kind"
    assert "Changed by the instructor: kind" in next(out.glob("students/ada*/feedback.html")).read_text("utf-8")
    differs = "the secret, the settings or segbook's version differ from the last run's"
    grade(root, out, "--seed", "another")
    assert f"{differs}; 3 results are made again" in capsys.readouterr().err
    assert len(graded) == 6
    (root / "bob.ipynb").unlink()
    (tmp_path / "o.csv").write_text("student,exercise,points\nada,6.3,40\n")  # a slip of the hand
    grade(root, out, "--seed", "another", "--overrides", tmp_path / "o.csv", status=2)
    assert "40 points for ada's 6.3, which has 4; mend them, or allow more with --bonus" in capsys.readouterr().err
    assert [path.name[:3] for path in sorted(out.glob("students/*"))] == ["ada", "bob", "cle"]
    grade(root, out, "--seed", "another", "--overrides", tmp_path / "o.csv", "--bonus")
    assert by_student(out)["ada"]["earned"] == "40"
    assert [path.name[:3] for path in sorted(out.glob("students/*"))] == ["ada", "cle"]
    assert len(graded) == 6


@pytest.mark.usefixtures("sandbox")
def test_your_own_declarations_are_graded_in_place_of_the_books(tmp_path):
    exam = tmp_path / "exam"
    exam.mkdir()
    (exam / "double.py").write_text(
        """
from segbook.exercises import Exercise

exercise = Exercise(id="exam.1", title="Double", points={"all": 5}, prompt="Double it.", hints=("Twice.", "2 * n"))

@exercise.reference
def double(number):
    return 2 * number

@exercise.cases
def cases(rng):
    for _ in range(3):
        yield "all", (int(rng.integers(3, 99)),)

for n in range(3):
    def added(number, n=n):
        return number + n

    added.__doc__ = f"Multiply by 2 in place of adding {n}."
    exercise.misconception(f"adds {n}", loses={"all"})(added)
"""
    )
    root = hand_in(
        tmp_path / "in",
        **{"ada.ipynb": ("def double(n): return n + n",), "bob.ipynb": ("def double(n): return n + 1",)},
    )
    arguments = [root, "--out", tmp_path / "out", "--seed", "s", "--exercises", exam, "--jobs", 2]
    assert cli.main(["grade", *map(str, arguments)]) == 0
    known = by_student(tmp_path / "out")
    assert (known["ada"]["exam.1 points"], known["bob"]["exam.1 points"]) == ("5", "0")
    page = next(tmp_path.glob("out/students/ada*/feedback.html")).read_text("utf-8")
    assert "Right." in page
    assert "solution(" not in page
    report = (tmp_path / "out/report.html").read_text("utf-8")
    assert "adds 1" in report
    assert report.count('<img alt="') == 2
    assert report.count('class="bar"') == 1


@pytest.mark.usefixtures("sandbox")
def test_the_example_of_the_instructors_guide_is_given_out_and_graded(tmp_path, monkeypatch):
    guide = (ROOT / "book/instructors.md").read_text("utf-8")
    (tmp_path / "exam").mkdir()
    (tmp_path / "exam/crop.py").write_text(re.search(r"```python\n(.*?)```", guide, re.DOTALL)[1])
    command = re.search(r"segbook (exercises --exercises .*)", guide)[1].replace('"', "").split()
    monkeypatch.chdir(tmp_path)
    assert cli.main(command) == 0
    given_out = nbformat.read(tmp_path / "exam.ipynb", as_version=4)
    assert [cell.source.partition("\n")[0] for cell in given_out.cells] == [
        "# Midterm", "import numpy as np", "## exam.1 Crop", "def crop(size: int, margin: int) -> int:",
    ]  # fmt: skip
    answers = {"ada": "return size - margin", "bob": "return size - margin - margin", "zoe": "..."}
    (tmp_path / "in").mkdir()
    for student, body in answers.items():
        given_out.cells[-1].source = given_out.cells[-1].source.rpartition("    ")[0] + f"    {body}"
        nbformat.write(given_out, tmp_path / f"in/{student}.ipynb")
    arguments = ["in", "--out", "out", "--seed", "s", "--exercises", "exam", "--jobs", "1"]
    assert cli.main(["grade", *arguments]) == 0
    assert {name: row["earned"] for name, row in by_student(tmp_path / "out").items()} == {
        "ada": "0", "bob": "3", "zoe": "0",
    }  # fmt: skip
    assert "There are two sides." in next(tmp_path.glob("out/students/ada*/feedback.html")).read_text("utf-8")


@pytest.mark.usefixtures("sandbox")
def test_the_first_commands_of_the_instructors_guide_work_as_they_stand_there(tmp_path):
    guide = (ROOT / "book/instructors.md").read_text("utf-8")
    first = guide.partition("## The first evening")[2].partition("### Checklist")[0]
    install, secret, dry = re.findall(r"```sh\n(.*?)```", first, re.DOTALL)
    sudo, venv, activate, pip = install.splitlines()
    assert (sudo.split()[0], pip.split()[0]) == ("sudo", "pip")
    assert venv.endswith(" -m venv ~/segbook")
    assert max(map(len, (install + secret + dry).splitlines())) <= 80
    (tmp_path / "submissions.zip").write_bytes(archive(("Ada Lovelace.ipynb", notebook(RIGHT)), ("Bob M.ipynb", b"{")))
    (tmp_path / "roster.csv").write_text("name\nAda Lovelace\nBob M\n")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    subprocess.run(["bash", "-euc", venv], cwd=tmp_path, env=environment, check=True)
    first = f"{activate}\n{secret}{dry}"  # the environment is there and empty: `segbook` is still this one
    for text in (first, dry.replace("--dry-run", "--jobs 1")):
        assert not (tmp_path / "week6").exists()
        subprocess.run(["bash", "-euc", text], cwd=tmp_path, env=environment, check=True)
    assert len((tmp_path / "secret.txt").read_text()) > 40
    assert table(tmp_path / "week6/gradebook.csv")[0] == {"name": "Ada Lovelace", "Week 6 (4711)": "4"}


@pytest.mark.usefixtures("sandbox")
def test_the_student_and_the_class_see_what_was_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(quota, "MAX_NOTEBOOKS", 1)
    many = archive(*((f"{n}.ipynb", notebook(RIGHT)) for n in range(3)))
    out = grade(hand_in(tmp_path / "in", **{"mallory.zip": many, "ada.ipynb": (RIGHT,)}), tmp_path / "out")
    rows = by_student(out)
    assert [(rows[name]["earned"], rows[name]["status"]) for name in ("ada", "mallory")] == [("4", "ok")] * 2
    said = "one of 2 files that are not read"
    assert said in (out / "report.html").read_text("utf-8")
    assert said in next(out.glob("students/mallory*/feedback.html")).read_text("utf-8")
    assert len(list((out / "submissions").iterdir())) == 1 + 2
