"""An exam by which nobody can be graded is refused in a sentence, before anybody is."""

import re
from pathlib import Path

import pytest
from classroom import IDS, RIGHT, ROOT, hand_in

from segbook.exercises import get
from segbook.grading import cli
from segbook.grading.rehearsal import rehearse

EXAMS = Path(__file__).with_name("exams")
GOOD = re.search(r"```python\n(.*?)```", (ROOT / "book/instructors.md").read_text("utf-8"), re.DOTALL)[1]
BAD = {
    "exam_bad_bool": "a reference must return an int, a float or an np.ndarray; this one returned bool, for f(3)",
    "exam_bad_dict": "of type dict, which the sandbox does not take",
    "exam_bad_raise": "the reference raised ZeroDivisionError: integer division or modulo by zero for f(0)",
}
SPOILED = {
    "one side that loses nothing": ("size - margin\n", "size - 2 * margin\n", "it loses {}, and loses={'crop'}"),
    "a hint twice": ("Cropping makes it smaller.", "There are two sides.", "stands there twice"),
    "cases that raise": (
        "rng.integers(9, 99)",
        "rng.integers(9, 3)",
        "crop.py cannot be loaded: ValueError: low >= high",
    ),
    "an answer of 1": ("int(rng.integers(9, 99)), int(rng.integers(1, 4))", "7, 3", "returns 1 earns all points"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_declaration_that_cannot_be_graded_by_is_refused(tmp_path, capsys, name):
    exam = tmp_path / "exam"
    exam.mkdir()
    (exam / f"{name}.py").write_bytes((EXAMS / f"{name}.py").read_bytes())
    assert cli.main(["exercises", "check", str(exam)]) == 2
    said = capsys.readouterr().err
    assert "exercise exam.9: " in said
    assert BAD[name] in said
    root = hand_in(tmp_path / "in", **{"ada.ipynb": (RIGHT,)})
    assert cli.main(["grade", str(root), "--out", str(tmp_path / "out"), "--seed", "s", "--exercises", str(exam)]) == 2
    assert BAD[name] in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("what", SPOILED)
def test_a_declaration_that_contradicts_itself_is_refused(tmp_path, capsys, what):
    old, new, phrase = SPOILED[what]
    assert old in GOOD
    (tmp_path / "crop.py").write_text(GOOD.replace(old, new))
    assert cli.main(["exercises", "check", str(tmp_path)]) == 2
    assert phrase in capsys.readouterr().err


def test_the_example_of_the_instructors_guide_is_in_order(tmp_path, capsys):
    (tmp_path / "crop.py").write_text(GOOD)
    assert cli.main(["exercises", "check", str(tmp_path)]) == 0
    assert "1 exercises, 3 points; each tried on the cases of 20 seeds" in capsys.readouterr().out
    assert cli.main(["exercises", "check"]) == 2
    assert "name one folder" in capsys.readouterr().err


@pytest.mark.parametrize("id", IDS)
def test_the_books_own_exercises_are_in_order(id):
    rehearse(get(id), range(2))
