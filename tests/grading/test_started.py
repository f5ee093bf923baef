"""An empty stub is no answer: not beside another file, not beside another function, and never in silence."""

import pytest
from classroom import RIGHT, WRONG, by_student, grade, hand_in, notebook, reference

from segbook.exercises import get
from segbook.exercises.source import stub
from segbook.grading.grade import Task, grade_one

FIRST = "import numpy as np\n\nfrom segbook.exercises import check"
CHECKS = {id: f"check('{id}', {get(id).name})" for id in ("6.1", "6.3")}
STUBS = {id: f"{stub(get(id).solution)}\n{CHECKS[id]}" for id in CHECKS}
RIGHTS = {id: f"{reference(id)}\n\n{CHECKS[id]}" for id in CHECKS}


@pytest.mark.usefixtures("sandbox")
def test_a_stub_in_a_later_file_takes_no_answer_away(tmp_path, capsys):
    blank = (FIRST, *STUBS.values())
    (tmp_path / "in").mkdir()
    hand_in(tmp_path / "in/ada", **{"1.ipynb": (FIRST, RIGHTS["6.1"], STUBS["6.3"]), "2.ipynb": (*blank[:2], RIGHT)})
    hand_in(tmp_path / "in/bob", **{"1.ipynb": (FIRST, *RIGHTS.values()), "2.ipynb": blank})
    hand_in(tmp_path / "in/cleo", **{"1.ipynb": (FIRST, *RIGHTS.values()), "2.ipynb": (FIRST, RIGHTS["6.1"], WRONG)})
    hand_in(tmp_path / "in/dan", **{"1.ipynb": blank, "2.ipynb": blank})
    for more in ((), ("--best",)):
        rows = by_student(grade(tmp_path / "in", tmp_path / "out", *more))
        assert {who: row["earned"] for who, row in rows.items()} == {
            "ada": "8",
            "bob": "8",
            "cleo": "8" if more else "6",
            "dan": "0",
        }
        look, why = rows["cleo"]["to look at"], rows["cleo"]["why"]
        if more:
            assert look == why == ""
        else:
            assert (look, why) == (
                "more points in another file",
                "6.3: 4 in 1.ipynb, 2 in 2.ipynb, which counts",
            )
            assert f"one that counts: cleo ({why})\n" in capsys.readouterr().out
    report = (tmp_path / "out/report.html").read_text("utf-8")
    assert "in/" not in report


@pytest.mark.usefixtures("sandbox")
def test_a_wrong_answer_below_an_untouched_stub_is_an_answer_and_has_its_hint(tmp_path):
    transposed = next(one for one in get("6.1").misconceptions if one.name == "transposed")
    own = reference("6.1").replace("return matrix", "return matrix.T")
    root = hand_in(tmp_path / "in", **{"ada.ipynb": (FIRST, *STUBS.values(), own)})
    out = grade(root, tmp_path / "out")
    page = next(out.glob("students/ada*/feedback.html")).read_text("utf-8")
    assert "6.1 The matrix W: 0 of 4 points" in page
    assert transposed.hint[:30] in page


@pytest.mark.usefixtures("sandbox")
def test_an_empty_stub_is_named_with_where_else_the_answer_may_be(tmp_path, capsys):
    mine = (
        reference("6.1").replace("conv_matrix", "meineMatrix") + "\n\nmeineMatrix(np.ones(2), 3, stride=1, padding=0)"
    )
    root = hand_in(tmp_path / "in", **{"anna.ipynb": (FIRST, STUBS["6.1"], RIGHTS["6.3"], mine)})
    hand_in(root / "bob", **{"hw.ipynb": (FIRST, STUBS["6.1"], RIGHTS["6.3"]), "answers.py": b"x = 1"})
    hand_in(root / "cleo", **{"hw.ipynb": (FIRST, RIGHT, mine)})
    hand_in(root / "dan", **{"hw.ipynb": (FIRST, *STUBS.values(), mine)})
    out = grade(root, tmp_path / "out")
    rows, said = by_student(out), capsys.readouterr().out
    unchecked = "functions that nobody checked: meineMatrix"
    assert {who: (row["to look at"], row["why"]) for who, row in rows.items()} == {
        "anna": ("not started: 6.1", unchecked),
        "bob": ("not started: 6.1", "also handed in: answers.py"),
        "cleo": ("partly lost: 6.1", f"6.1: no cell defines conv_matrix or checks an answer to 6.1; {unchecked}"),
        "dan": ("untouched: no function was filled in", unchecked),
    }
    assert {who: row["6.1 status"] for who, row in rows.items()} == {
        **dict.fromkeys(("anna", "bob", "dan"), "not started"),
        "cleo": "missing",
    }
    assert f"not started, counted as 0: anna (6.1; {unchecked}); bob (6.1; also handed in: answers.py)\n" in said
    report = (out / "report.html").read_text("utf-8")
    assert f"<td>not started: 6.1</td><td>{unchecked}</td>" in report
    assert "<th>answered</th><th>not started</th>" in report
    assert "<td>6.1 The matrix W</td><td>0</td><td>4</td>" in report
    page = next(out.glob("students/anna*/feedback.html")).read_text("utf-8")
    assert "No check received meineMatrix. If one of these is the answer, call check(&quot;6.1&quot;, …) on it." in page


@pytest.mark.usefixtures("sandbox")
def test_only_functions_that_may_be_answers_are_named(plan):
    cells = (
        f"from functools import reduce\ndef helper(n): return n\ndef todo(n): ...\n{RIGHT.replace('return ', 'return helper(')})",
        "def mine(n): return mine(n - 1)\nother = lambda n: n + 1\nclass A: pass\nmine.__code__, globals()[3] = mine.__code__, A",
        "from segbook.exercises import check\ndef f(n): return n + 2\ncheck('6.4', f)\ndef receptive_field(n): return 3",
    )
    result = grade_one(Task("ada", notebook(*cells)), plan)
    assert result.exercises["6.3"].earned == 4
    assert result.unchecked == ("mine", "other")


@pytest.mark.usefixtures("sandbox")
def test_an_answer_that_fails_in_every_case_for_one_reason_is_listed(tmp_path, capsys):
    def begun(*lines):
        return RIGHT.replace("    last_stamp", "".join(f"    {line}\n" for line in lines) + "    last_stamp", 1)

    calls = "conv_transpose_output_size(1, 1, stride=1, padding=0, dilation=1)"
    answers = {
        "torch": begun("import torch", "return torch.tensor(1).item()"),
        "parameters": RIGHT.replace("stride", "steps"),
        "input": begun("input()"),
        "none": RIGHT.replace("return ", ""),
        "endless": begun(f"return {calls}"),
        "some": begun("assert input_size > 3"),
        "name": begun("return helper(1)"),
        "right": RIGHT,
    }
    root = hand_in(tmp_path / "in", **{f"{who}.ipynb": (FIRST, RIGHTS["6.1"], cell) for who, cell in answers.items()})
    rows = by_student(grade(root, tmp_path / "out"))
    found = {who: row["why"].partition(": ")[2] for who, row in rows.items() if "fails in every" in row["to look at"]}
    assert {who: why.split()[0] for who, why in found.items()} == {
        "torch": "ImportError:",
        "parameters": "TypeError:",
        "input": "EOFError:",
        "none": "it",
        "endless": "RecursionError:",
    }
    assert found["torch"] == "ImportError: torch cannot be used in 6.3"
    assert "fails in every case: endless (6.3: RecursionError" in capsys.readouterr().out
