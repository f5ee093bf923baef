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
    assert "1 exercise, 3 points; each tried on the cases of 20 seeds" in capsys.readouterr().out
    assert cli.main(["exercises", "check"]) == 2
    assert "name one folder" in capsys.readouterr().err


def test_an_exam_that_takes_a_wrong_answer_for_right_is_pointed_out_and_not_refused(tmp_path, capsys):
    exam = tmp_path / "exam"
    exam.mkdir()
    weak = GOOD.replace("rng.integers(1, 4)", "1")
    assert weak != GOOD
    (exam / "crop.py").write_text(weak)
    warning = "warning: exercise exam.1: all points with return size - 2 * margin → return size - 2 in its reference"
    assert cli.main(["exercises", "check", str(exam)]) == 0
    assert warning in capsys.readouterr().err
    root = hand_in(tmp_path / "in", **{"ada.ipynb": (RIGHT,)})
    out = tmp_path / "out"
    assert cli.main(["grade", str(root), "--out", str(out), "--seed", "s", "--exercises", str(exam)]) == 0
    assert warning in capsys.readouterr().err
    (exam / "crop.py").write_text(GOOD)
    assert cli.main(["exercises", "check", str(exam)]) == 0
    assert capsys.readouterr().err == ""


def test_a_reference_that_no_mutant_can_be_made_of_is_pointed_out_too(tmp_path, capsys):
    factory = """def declare(factor):
    @exercise.reference
    def crop(size: int, margin: int) -> int:
        return size - factor * margin


declare(2)
"""
    old = GOOD[GOOD.index("@exercise.reference") : GOOD.index("@exercise.cases")]
    (tmp_path / "crop.py").write_text(GOOD.replace(old, factory + "\n\n"))
    assert cli.main(["exercises", "check", str(tmp_path)]) == 0
    assert (
        "exam.1: whether cases are missing cannot be tried: the reference of exercise exam.1" in capsys.readouterr().err
    )


@pytest.mark.parametrize("id", IDS)
def test_the_books_own_exercises_are_in_order(id):
    rehearse(get(id), range(2))
