"""Gradescope gets an archive that grades like here, and no score from a container that cannot isolate."""

import json
import subprocess
import sys
import zipfile

import pytest
from classroom import RIGHT, hand_in

from segbook.grading import autograder, batch, cli, sandbox


@pytest.fixture
def home(tmp_path):
    """What Gradescope's container has in /autograder."""
    archive = tmp_path / "autograder.zip"
    assert cli.main(["autograder", "--out", str(archive), "--seed", "s", "--only", "6.3,8.3"]) == 0
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "source")
        assert [opened.getinfo(name).external_attr >> 16 for name in ("setup.sh", "run_autograder")] == [0o755] * 2
    hand_in(tmp_path / "submission", **{"my work.ipynb": (RIGHT,), "notes.txt": b"x"})
    return tmp_path


def test_the_archive_holds_the_grader_and_what_it_needs(home):
    setup = (home / "source/setup.sh").read_text()
    assert "install -y bubblewrap" in setup
    assert "'nbformat>=5.9' 'numpy>=1.26' 'tqdm>=4.66' 'torch'" in setup
    code = "import sys; sys.path.insert(0, '.'); import segbook.grading.autograder as it; print(it.__file__)"
    imported = "; print(sorted({'torch', 'matplotlib', 'scipy', 'IPython'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code + imported], cwd=home / "source", capture_output=True, text=True)
    assert run.stdout.splitlines() == [str(home / "source/segbook/grading/autograder.py"), "[]"], run.stderr


@pytest.mark.usefixtures("sandbox")
def test_a_submission_is_graded_as_one_students(home):
    assert autograder.main(home) == 0
    results = json.loads((home / "results/results.json").read_text("utf-8"))
    assert [test["score"] for test in results["tests"]] == [4, 0]
    assert results["score"] == 4


def test_a_container_that_cannot_isolate_gives_no_score(home, monkeypatch, capsys):
    def fail():
        raise sandbox.SandboxError("no namespaces here")

    monkeypatch.setattr(batch, "probe", fail)
    assert autograder.main(home) == 3
    results = json.loads((home / "results/results.json").read_text("utf-8"))
    assert "score" not in results
    assert "tests" not in results
    assert "NOT GRADED, and this is not your fault: no namespaces here" in results["output"]
    assert "no namespaces here" in capsys.readouterr().err


def test_the_archive_is_its_owners_alone_and_one_that_is_replaced_is_named(tmp_path, capsys):
    command = ["autograder", "--out", str(tmp_path / "a.zip"), "--seed", "s", "--only", "6.3"]
    assert cli.main(command) == 0
    assert "(replaced)" not in capsys.readouterr().out
    (tmp_path / "a.zip").chmod(0o644)
    assert cli.main(command) == 0
    assert (tmp_path / "a.zip").stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().out.startswith(f"Written to {tmp_path}/a.zip (replaced). It holds the secret.")


def test_an_autograder_of_no_exercise_is_refused(tmp_path, capsys):
    assert cli.main(["autograder", "--out", str(tmp_path / "a.zip"), "--seed", "s", "--only", "77"]) == 2
    assert "there is no exercise or chapter '77'" in capsys.readouterr().err
