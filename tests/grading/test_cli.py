"""The command: what it takes, what it says, and what a mistake gets to hear."""

import contextlib
import io
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import nbformat
import pytest
from classroom import RIGHT, ROOT, by_student, grade, hand_in, reference

from segbook.exercises import catalogue
from segbook.grading import archives, batch, cli, quota, sandbox
from segbook.grading.sandbox import Limits
from segbook.grading.settings import Counts, Settings
from segbook.grading.status import Status
from segbook.grading.times import Penalty

with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
    cli.main(["grade", "--help"])
HELP = said.getvalue()


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
        (["{root}/in", "--only", "6.3-6.1"], "'6.3-6.1' runs backwards; write 6.1-6.3"),
        (["{root}/in", "--only", "6.3–6.1"], "'6.3-6.1' runs backwards; write 6.1-6.3"),
        (["{root}/in", "--only", "6.3-7.9"], "there is no exercise or chapter '6.3-7.9'"),
        (["{root}"], "lies in the submissions"),
        (["{root}/in", "--exercises", "{root}/empty"], "holds no .py file with declarations"),
        (["{root}/in", "--exercises", "{root}/bad"], "bad.py cannot be loaded: NameError"),
        (["{root}/in", "--exercises", "{root}/more"], "allows the package no-such-package, which is not installed"),
        (["{root}/in", "--exercises", "{root}/none"], "declares no exercise; begin it with exercise = Exercise(...)"),
        (["{root}/in", "--overrides", "{root}/who.csv"], "who.csv, line 2: there is no one student 'zoe'"),
        (["{root}/in", "--overrides", "{root}/what.csv"], "what.csv, line 2: there is no exercise '9.9'"),
        (["{root}/in", "--overrides", "{root}/many.csv"], "many.csv, line 2: 'lots' points; give a number from 0"),
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
    chosen = [one for id, one in catalogue().items() if id == "6.3" or id.startswith("9.")]
    assert last == f"{len(chosen)} exercises, {sum(sum(one.points.values()) for one in chosen)} points"
    assert cli.main(["exercises", "--only", "77"]) == 2
    assert "there is no exercise or chapter '77'" in capsys.readouterr().err


def test_a_notebook_of_chosen_exercises_is_written(tmp_path, capsys, monkeypatch):
    path = tmp_path / "week6.ipynb"
    assert cli.main(["exercises", "--only", "5.1,6.3", "--notebook", str(path), "--title", "Week 6"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["2 exercises, 8 points", f"Written to {path}"]
    assert cli.main(["exercises", "--only", "5.1", "--notebook", str(path)]) == 0
    old = tmp_path / "week6 (old 1).ipynb"
    said = f"Written to {path}; what was there before is now {old}"
    assert capsys.readouterr().out.splitlines()[-2:] == ["1 exercise, 4 points", said]
    assert nbformat.read(old, as_version=4).cells[0].source.startswith("# Week 6\n")
    assert cli.main(["exercises", "--only", "5.1", "--notebook", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{path} is as it was: nothing in it changes"
    assert sorted(one.name for one in tmp_path.iterdir()) == [old.name, path.name]
    assert cli.main(["exercises", "--only", "5.1,6.3", "--notebook", str(path), "--title", "Week 6"]) == 0
    assert (tmp_path / "week6 (old 2).ipynb").exists()
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    assert cells[0].startswith("# Week 6\n")
    assert [cell.rpartition("\n")[2] for cell in cells[4::2]] == [
        'check("5.1", conv_output_size)', 'check("6.3", conv_transpose_output_size)',
    ]  # fmt: skip
    assert cli.main(["exercises", "--notebook", str(tmp_path / "no" / "folder.ipynb")]) == 2
    assert "No such file or directory" in capsys.readouterr().err
    monkeypatch.setattr(cli, "find_spec", lambda _: None)
    assert cli.main(["exercises", "--notebook", str(path)]) == 2
    assert "segbook exercises --notebook needs nbformat: pip install 'segbook[grade]'" in capsys.readouterr().err


@pytest.mark.usefixtures("sandbox")
def test_the_notebook_that_students_get_is_graded_with_its_setup_cell(tmp_path):
    path = tmp_path / "week6.ipynb"
    assert cli.main(["exercises", "--only", "6.1,6.3", "--notebook", str(path)]) == 0
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert "%pip install" in cells[0]
    ids = "6.1", "6.3"
    filled = [f"{reference(id)}\n\n\n{cell.rpartition(chr(10))[2]}" for id, cell in zip(ids, cells[2:], strict=True)]
    hand_in(tmp_path / "in", **{"ada.ipynb": (*cells[:2], *filled)})
    out = grade(tmp_path / "in", tmp_path / "out")
    assert by_student(out)["ada"]["earned"] == "8"
    assert "Cells that failed" not in (out / "report.html").read_text("utf-8")


def test_a_declaration_that_contradicts_itself_is_named_with_its_file(tmp_path, capsys):
    (tmp_path / "half.py").write_text("from segbook.exercises import Exercise\n"
        "exercise = Exercise(id='e.1', title='T', points={'all': 1}, prompt='P', hints=('a', 'b'))\n")  # fmt: skip
    assert cli.main(["exercises", "--exercises", str(tmp_path)]) == 2
    assert "half.py cannot be loaded: ValueError: exercise e.1: no reference; put @exercise" in capsys.readouterr().err


def test_a_file_in_place_of_the_folder_of_declarations_says_which_folder(tmp_path, capsys):
    (tmp_path / "vote.py").write_text("x = 1\n")
    assert cli.main(["exercises", "check", str(tmp_path / "vote.py")]) == 2
    assert f"vote.py is a file; name the folder, {tmp_path}: all" in capsys.readouterr().err


@pytest.mark.usefixtures("sandbox")
def test_archives_of_feedback_are_named_if_they_were_written(tmp_path, capsys):
    root = hand_in(tmp_path / "in", **{"ada_4211_98100_hw.ipynb": (RIGHT,)})
    grade(root, tmp_path / "out")
    assert "report.html, feedback-canvas.zip, students/, submissions/\n" in capsys.readouterr().out
    (root / "ada_4211_98100_hw.ipynb").rename(root / "ada.ipynb")
    grade(root, tmp_path / "out")
    assert "report.html, feedback-pages.zip, students/, submissions/\n" in capsys.readouterr().out


def test_the_help_explains_files_statuses_and_the_secret():
    for status in Status:
        assert f"{status} " in HELP
        assert status.advice in HELP
    for word in ("gradebook.csv", "--roster", "--overrides", "--no-sandbox", "the secret"):
        assert word in HELP
    assert max(len(line) for line in HELP.splitlines()) <= 120


def test_the_instructors_guide_names_options_that_there_are():
    options = re.findall(r"`(--[a-z-]+)", (ROOT / "book/instructors.md").read_text("utf-8"))
    assert len(options) > 5
    for option in options:
        assert option in HELP, option


def test_the_instructors_guide_names_the_maximum_of_each_chapter():
    guide = (ROOT / "book/instructors.md").read_text("utf-8")
    points = Counter()
    for id, exercise in catalogue().items():
        points[int(id.partition(".")[0])] += sum(exercise.points.values())
    *most, last = (str(points[chapter]) for chapter in sorted(points))
    assert f"it is {', '.join(most)} and {last} points" in guide


def test_the_instructors_guide_and_the_help_name_the_limits_that_there_are():
    guide = (ROOT / "book/instructors.md").read_text("utf-8")
    for said in (
        f"| {Limits.cell:g} s, `--cell-seconds` |",
        f"| {Limits.call:g} s, `--call-seconds` |",
        f"| {Limits.total:g} s, `--total-seconds` |",
        f"| {quota.MAX_NOTEBOOKS} notebooks |",
        f"| {archives.MAX_INNER} files |",
        f"| {Limits.memory // 1024} GiB, `--memory` |",
        f"a private `/tmp` of {Limits.files} MiB and {sandbox.MAX_FILES:,} files",
    ):
        assert said in guide, said
    assert quota.TOTALS == 2  # "twice that"
    assert f"the last\n  {quota.MAX_NOTEBOOKS} notebooks are graded" in HELP
    assert f"may hold {archives.MAX_INNER}\n  files" in HELP


def test_the_secret_comes_from_a_file_or_the_environment(tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr("segbook.grading.run.grade_class", lambda settings, _: asked.append(settings.seed) or [])
    monkeypatch.delenv("SEGBOOK_SEED", raising=False)
    few = ["grade", "in", "--out", "out"]
    (tmp_path / "s").write_text("from a file\n")
    (tmp_path / "empty").write_text("\n")
    assert cli.main([*few, "--seed-file", str(tmp_path / "s")]) == 0
    assert cli.main(few) == 2
    assert (
        "no secret: name a file that holds one with --seed-file FILE, or put it into SEGBOOK_SEED"
        in capsys.readouterr().err
    )
    monkeypatch.setenv("SEGBOOK_SEED", " from the environment ")
    assert cli.main(few) == 0
    assert cli.main([*few, "--seed-file", str(tmp_path / "s")]) == 0
    assert cli.main([*few, "--seed", "said"]) == 0
    assert asked == ["from a file", "from the environment", "from a file", "said"]
    assert cli.main([*few, "--seed-file", str(tmp_path / "empty")]) == 2
    assert cli.main([*few, "--seed-file", str(tmp_path / "nowhere")]) == 2
    said = capsys.readouterr().err
    assert "empty is empty; write any text into it that students do not know" in said
    assert "nowhere: there is no such file; write any text into it" in said
    with pytest.raises(SystemExit):
        cli.main([*few, "--seed-file", str(tmp_path / "s"), "--seed", "said"])


def test_options_become_settings(monkeypatch):
    asked = []
    monkeypatch.setattr("segbook.grading.run.grade_class", lambda settings, _: asked.append(settings) or [])
    few = ["in", "--out", "out", "--seed", "s"]
    assert cli.main(["grade", *few]) == 0
    assert asked[0] == Settings(Path("in"), Path("out"), "s", jobs=asked[0].jobs)
    many = (
        "--title T --only 6 --exercises exam --roster r.csv --overrides o.csv --bonus --deadline 2026-05-01T23:59 --best --similarity "
        "--zone Europe/Berlin --times files --extensions e.csv --manual m.csv --grace 15m --penalty 10/day "
        "--jobs 3 --scheduler tcp://h:1 --cell-seconds 1 --call-seconds 2 --total-seconds 3.5 --memory 400 --no-sandbox"
    )
    assert cli.main(["grade", *few, *many.split()]) == 0
    assert asked[1] == Settings(
        submissions=Path("in"),
        out=Path("out"),
        seed="s",
        title="T",
        only="6",
        exercises=Path("exam"),
        roster=Path("r.csv"),
        overrides=Path("o.csv"),
        bonus=True,
        deadline=datetime(2026, 5, 1, 23, 59, 59, 999999, tzinfo=ZoneInfo("Europe/Berlin")),
        zone=ZoneInfo("Europe/Berlin"),
        times="files",
        extensions=Path("e.csv"),
        manual=Path("m.csv"),
        grace=timedelta(minutes=15),
        penalty=Penalty(10, timedelta(days=1)),
        counts=Counts.BEST,
        similarity=True,
        jobs=3,
        scheduler="tcp://h:1",
        limits=Limits(1.0, 2.0, 3.5, 400),
        sandbox=False,
    )
