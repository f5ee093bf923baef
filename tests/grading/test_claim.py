"""A folder keeps the results of one assignment of one class; what it holds of others is never replaced."""

import pytest
from classroom import RIGHT, by_student, grade, hand_in


def held(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def root(tmp_path):
    return hand_in(tmp_path / "in", **dict.fromkeys(("ada.ipynb", "bob.ipynb", "cleo.ipynb"), (RIGHT,)))


@pytest.mark.usefixtures("sandbox")
def test_another_assignment_or_class_goes_into_another_folder(root, tmp_path, capsys):
    out = grade(root, tmp_path / "out", "--title", "Week 6")
    before = held(out)
    others = hand_in(tmp_path / "others", **dict.fromkeys(("dan.ipynb", "eve.ipynb", "ada.ipynb"), (RIGHT,)))
    week6, week8 = "'Week 6' (exercises 6.1, 6.3)", "'Week 8' (exercises 6.1, 6.3)"
    for given, said in (
        ((root, "--title", "Week 8"), f"holds the results of {week6}, and this is {week8}; give another --out"),
        ((root, "--title", "Week 6", "--only", "8"), "and this is 'Week 6' (exercises 8.1"),
        ((others, "--title", "Week 6"), "another class, such as ada; bob; cleo: of its 3 students, 1 are in this one"),
    ):
        grade(given[0], out, *given[1:], status=2)
        assert said in capsys.readouterr().err
        grade(given[0], out, *given[1:], "--dry-run")
        assert said in capsys.readouterr().out
    assert held(out) == before


@pytest.mark.usefixtures("sandbox")
def test_what_an_instructor_put_there_is_not_replaced(root, tmp_path, capsys):
    out = tmp_path / "out"
    (out / "students").mkdir(parents=True)
    (out / "submissions").mkdir()
    (out / "notes.txt").write_text("mine")
    (out / "gradebook.csv").write_text("mine")
    (out / "students/ada.txt").write_text("mine")
    before = held(out)
    grade(root, out, status=2)
    assert "holds gradebook.csv, students/, which would be replaced, and no run.json" in capsys.readouterr().err
    assert held(out) == before
    (out / "gradebook.csv").unlink()
    (out / "students/ada.txt").unlink()
    grade(root, out)
    assert (out / "notes.txt").read_text() == "mine"
    (out / "run.json").write_text("{")
    grade(root, out, status=2)
    assert "no run.json that says whose they are" in capsys.readouterr().err


@pytest.mark.usefixtures("sandbox")
def test_the_same_class_comes_again_with_a_list_with_others_and_with_some_gone(root, tmp_path):
    out = grade(root, tmp_path / "out")
    (tmp_path / "roster.csv").write_text("name,login\nAda L,ada\nBob M,bob\nCleo N,cleo\nZoe,zoe\n")
    assert set(by_student(grade(root, out, "--roster", tmp_path / "roster.csv"))) == {"Ada L", "Bob M", "Cleo N", "Zoe"}
    (root / "cleo.ipynb").rename(root / "dan.ipynb")
    assert set(by_student(grade(root, out))) == {"ada", "bob", "dan"}
