"""A class, from the command to the gradebook: rosters, several submissions, deadlines, overrides, pages, resuming."""

import contextlib
import csv
import io
import json
import os
import re
from datetime import datetime
from html.parser import HTMLParser

import nbformat
import pytest
from classroom import ROOT, notebook, reference, right_notebook

from segbook.exercises import catalogue, get
from segbook.grading import batch, cli, sandbox
from segbook.grading.grade import STATUSES
from segbook.grading.roster import match, read_table
from segbook.grading.submissions import find
from segbook.grading.tables import neutral

RIGHT = reference("6.3")
WRONG = RIGHT.replace("- 2 * padding", "+ 2 * padding")  # 2 of 4 points
CANVAS = 'Student,ID,SIS User ID,SIS Login ID,Section,Exercises (77)\n"    Points Possible",,,,,20\n'
MARKUP = "<script>alert(1)</script>"

with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
    cli.main(["grade", "--help"])
HELP = said.getvalue()


def hand_in(root, **files):
    root.mkdir(exist_ok=True)
    for name, cells in files.items():
        (root / name).write_bytes(cells if isinstance(cells, bytes) else notebook(*cells))
    return root


def grade(root, out, *more, status=0):
    arguments = [
        "grade",
        root,
        "--out",
        out,
        "--seed",
        "s",
        "--only",
        "6.1,6.3",
        "--jobs",
        1,
        "--total-seconds",
        20,
        *more,
    ]
    assert cli.main([str(argument) for argument in arguments]) == status
    return out


def table(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def by_student(out):
    return {row["student"]: row for row in table(out / "details.csv")}


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
    assert "6 students: 2 ok, 1 unreadable, 1 crashed, 1 missing, 1 late" in capsys.readouterr().out.replace(
        "3 ok", "2 ok"
    )
    book = table(out / "gradebook.csv")
    assert list(book[0]) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Exercises (77)"]
    assert [row["Exercises (77)"] for row in book] == ["8", "8", "2", "", "", ""]  # the first row: points possible
    assert book[1]["ID"] == "4211"
    assert book[1]["Section"] == "'=1+1"
    assert book[5]["Student"].startswith("'=cmd")
    known = by_student(out)
    assert known["Hopper, Grace"]["late"] == "yes"
    assert known["Noether, Emmy"]["status"] == "unreadable"
    assert (known["Lost, Larry"]["status"], known["Lost, Larry"]["earned"]) == ("crashed", "")
    assert known[f"'{names[4]}"]["status"] == "missing"
    assert (known["evil"]["on roster"], known["evil"]["earned"]) == ("no", "4")
    pages = "".join(page.read_text("utf-8") for page in [*out.glob("students/*/feedback.html"), out / "report.html"])
    assert MARKUP not in pages
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages
    for wanted in ("2 of 8 points", "padding added", "handed in after the deadline", "not graded", "not on the roster"):
        assert wanted in pages, wanted


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


@pytest.mark.usefixtures("sandbox")
def test_a_second_run_grades_only_what_is_new_and_overrides_survive_it(tmp_path, monkeypatch):
    root = hand_in(tmp_path / "in", **{"ada.ipynb": (WRONG,), "bob.ipynb": (RIGHT,)})
    out = grade(root, tmp_path / "out")
    graded = []
    real = batch.grade
    monkeypatch.setattr(batch, "grade", lambda name, *rest: graded.append(name) or real(name, *rest))
    (tmp_path / "o.csv").write_text("student;exercise;points;reason\nada;6.3;3.5;kind\n")
    grade(root, out, "--overrides", tmp_path / "o.csv")
    assert graded == []
    assert by_student(out)["ada"]["earned"] == "3.5"
    hand_in(root, **{"bob.ipynb": (WRONG,), "cleo.ipynb": (RIGHT,)})
    (out / "submissions" / f"{batch.slug('ada.ipynb')}.json").write_text("{ half a fi")
    grade(root, out, "--overrides", tmp_path / "o.csv")
    assert graded == ["ada.ipynb", "bob.ipynb", "cleo.ipynb"]
    assert by_student(out)["ada"]["overrides"] == "6.3: kind"
    assert "Changed by the instructor: kind" in next(out.glob("students/ada*/feedback.html")).read_text("utf-8")
    grade(root, out, "--seed", "another")
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
    @exercise.misconception(f"adds {n}", loses={"all"})
    def _(number, n=n):
        "Multiply."
        return number + n
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
    for option in re.findall(r"`(--[a-z-]+)", guide):
        assert option in HELP, option


def test_a_run_without_a_sandbox_is_refused_and_says_why(tmp_path, capsys, monkeypatch):
    def fail():
        raise sandbox.SandboxError("no namespaces here")

    monkeypatch.setattr(batch, "probe", fail)
    root = hand_in(tmp_path / "in", **{"ada.ipynb": (RIGHT,)})
    grade(root, tmp_path / "out", status=3)
    said = capsys.readouterr().err
    assert "Nothing was graded: no namespaces here" in said
    assert "--no-sandbox grades all the same and marks every result" in said
    assert not (tmp_path / "out/gradebook.csv").exists()
    grade(root, tmp_path / "out", "--no-sandbox")
    row = by_student(tmp_path / "out")["ada"]
    assert (row["earned"], row["sandboxed"]) == ("4", "no")
    assert "graded without isolation" in (tmp_path / "out/report.html").read_text("utf-8")
    assert "graded without isolation" in next((tmp_path / "out").glob("students/*/feedback.html")).read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["{root}/nowhere"], "name a folder of notebooks or the archive that your LMS made"),
        (["{root}/empty"], "holds no notebook and no archive"),
        (
            ["{root}/in", "--only", "7.9"],
            "there is no exercise or chapter '7.9'; the exercises are 1.1",
        ),
        (["{root}/in", "--exercises", "{root}/empty"], "holds no .py file with declarations"),
        (["{root}/in", "--exercises", "{root}/bad"], "bad.py cannot be loaded: NameError"),
        (["{root}/in", "--exercises", "{root}/more"], "allows the package no-such-package, which is not installed"),
        (["{root}/in", "--exercises", "{root}/none"], "declares no exercise; begin it with exercise = Exercise(...)"),
        (["{root}/in", "--overrides", "{root}/who.csv"], "overrides, line 2: there is no one student 'zoe'"),
        (["{root}/in", "--overrides", "{root}/what.csv"], "overrides, line 2: there is no exercise '9.9'"),
        (["{root}/in", "--overrides", "{root}/many.csv"], "overrides, line 2: 'lots' points; give a number from 0"),
        (["{root}/in", "--roster", "{root}/latin.csv"], "is not UTF-8; save it as CSV UTF-8"),
        (["{root}/in", "--roster", "{root}/header.csv"], "has no rows below its header"),
    ],
)
def test_mistakes_in_the_command_say_what_would_be_right(tmp_path, capsys, arguments, phrase):
    hand_in(tmp_path / "in", **{"ada.ipynb": (RIGHT,)})
    more = "from dataclasses import replace\nfrom segbook.exercises import get\n"
    more += "exercise = replace(get('6.3'), allows=('no-such-package',))"
    for name, text in {"bad": "Exercise", "none": "x = 1", "more": more}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text(text)
    (tmp_path / "empty").mkdir()
    (tmp_path / "who.csv").write_text("student,exercise,points\nzoe,6.3,1\n")
    (tmp_path / "what.csv").write_text("student,exercise,points\nada,9.9,1\n")
    (tmp_path / "many.csv").write_text("student,exercise,points\nada,6.3,lots\n")
    (tmp_path / "latin.csv").write_bytes("name\nZoë\n".encode("latin-1"))
    (tmp_path / "header.csv").write_text("name,id\n")
    words = [argument.replace("{root}", str(tmp_path)) for argument in arguments]
    assert cli.main(["grade", *words, "--out", str(tmp_path / "out"), "--seed", "s"]) == 2
    assert phrase in capsys.readouterr().err


def test_without_nbformat_it_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cli, "find_spec", lambda _: None)
    grade(tmp_path, tmp_path / "out", status=2)
    assert "needs nbformat: pip install 'segbook[grade]'" in capsys.readouterr().err


def test_the_exercises_are_listed_for_whoever_chooses(capsys):
    assert cli.main(["exercises"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith(f"{len(catalogue())} exercises, ")
    assert cli.main(["exercises", "--only", "6.3,9"]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.split() == [
        "6.3",
        "4",
        "points",
        "easy",
        "Output",
        "size",
        "(basic",
        "2,",
        "padding",
        "1,",
        "dilation",
        "1)",
    ]
    assert last == "6 exercises, 24 points"
    assert cli.main(["exercises", "--only", "77"]) == 2
    assert "there is no exercise or chapter '77'" in capsys.readouterr().err


def test_a_notebook_of_chosen_exercises_is_written(tmp_path, capsys, monkeypatch):
    path = tmp_path / "week6.ipynb"
    assert cli.main(["exercises", "--only", "5.1,6.3", "--notebook", str(path), "--title", "Week 6"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["2 exercises, 8 points", f"Written to {path}"]
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    assert cells[0].startswith("# Week 6\n")
    assert [cell.rpartition("\n")[2] for cell in cells[3::2]] == [
        'check("5.1", conv_output_size)', 'check("6.3", conv_transpose_output_size)',
    ]  # fmt: skip
    assert cli.main(["exercises", "--notebook", str(tmp_path / "no" / "folder.ipynb")]) == 2
    assert "No such file or directory" in capsys.readouterr().err
    monkeypatch.setattr(cli, "find_spec", lambda _: None)
    assert cli.main(["exercises", "--notebook", str(path)]) == 2
    assert "segbook exercises --notebook needs nbformat: pip install 'segbook[grade]'" in capsys.readouterr().err


def test_a_declaration_that_contradicts_itself_is_named_with_its_file(tmp_path, capsys):
    (tmp_path / "half.py").write_text("from segbook.exercises import Exercise\n"
        "exercise = Exercise(id='e.1', title='T', points={'all': 1}, prompt='P', hints=('a', 'b'))\n")  # fmt: skip
    assert cli.main(["exercises", "--exercises", str(tmp_path)]) == 2
    assert "half.py cannot be loaded: ValueError: exercise e.1: no reference; put @exercise" in capsys.readouterr().err


def test_the_help_explains_files_statuses_and_the_secret():
    for word in (*STATUSES, "gradebook.csv", "--roster", "--overrides", "--no-sandbox", "the secret"):
        assert word in HELP
    assert max(len(line) for line in HELP.splitlines()) <= 120


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
    students = match(find(tmp_path / "in"), read_table(tmp_path / "roster.csv"))
    assert [[one.name for one in student.submissions] for student in students] == [[file], ["stranger.ipynb"]]
    assert [student.listed for student in students] == [True, False]


def test_a_name_that_two_students_have_matches_neither(tmp_path):
    (tmp_path / "roster.csv").write_text("name,id\nAda Lovelace,1\nAda Lovelace,2\n")
    hand_in(tmp_path / "in", **{"Ada Lovelace.ipynb": (RIGHT,), "2.ipynb": (RIGHT,)})
    students = match(find(tmp_path / "in"), read_table(tmp_path / "roster.csv"))
    assert [(student.key, len(student.submissions)) for student in students] == [
        ("1", 0),
        ("2", 1),
        ("Ada Lovelace", 1),
    ]


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


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1"])
def test_formulas_are_disarmed(text):
    assert neutral(text) == f"'{text}"


def test_names_of_files_are_harmless_and_distinct():
    names = ["../../etc/passwd", "a" * 500, "con", "<script>", "a/b", "a_b", "é", ""]
    slugs = [batch.slug(name) for name in names]
    assert len(set(slugs)) == len(names)
    for slug in slugs:
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,100}", slug)
        assert ".." not in slug or "/" not in slug


class Strict(HTMLParser):
    """Collect what a page could load or run."""

    def __init__(self):
        super().__init__()
        self.danger = []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in ("script", "iframe", "object", "embed", "link", "base", "form", "a"):
            self.danger.append(tag)
        if tag == "img" and not values.get("src", "").startswith("data:image/png;base64,"):
            self.danger.append(values)
        self.danger += [name for name in values if name.startswith("on")]


@pytest.mark.usefixtures("sandbox")
def test_pages_can_load_and_run_nothing(tmp_path):
    evil = get("6.3").name
    body = f"def {evil}(*a, **k):\n    raise type('<b onclick=x>', (Exception,), {{}})('<img src=x onerror=alert(1)>')"
    root = hand_in(tmp_path / "in", **{"<img src=x onerror=alert(1)>.ipynb": (body,), "ada.ipynb": (WRONG,)})
    out = grade(root, tmp_path / "out", "--title", "<script>x</script>")
    for page in [*out.glob("students/*/feedback.html"), out / "report.html"]:
        parser = Strict()
        parser.feed(page.read_text("utf-8"))
        assert parser.danger == []
        assert "default-src 'none'" in page.read_text("utf-8")
