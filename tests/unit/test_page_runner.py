"""What the page's Python does with an answer, here in CPython: run it, check it, say where it went wrong."""

import json
import sys
from html import unescape
from pathlib import Path

import pytest

from segbook.exercises import SEED, catalogue, check, get
from segbook.exercises.judging import run as trying
from segbook.exercises.source import definition, stub

sys.path.insert(0, str(Path(__file__).parents[2] / "book/_ext/page"))
import runner

SIZE = "def conv_transpose_output_size(input_size, kernel_size, *, stride, padding, dilation):\n"


def said(source, id="6.3"):
    return json.loads(runner.run(id, source))


def test_full_marks_are_full_and_less_is_not():
    right = said(definition(get("6.3").solution))
    assert (right["full"], right["error"]) == (True, "")
    assert "4 of 4 points" in right["html"]
    wrong = said(SIZE + "    return input_size * stride\n")
    assert (wrong["full"], wrong["error"]) == (False, "")
    assert "0 of 4 points" in wrong["html"]
    fresh = said(stub(get("6.3").solution))
    assert (fresh["full"], fresh["error"]) == (False, "")
    assert "not started yet" in fresh["html"]


def test_the_page_counts_no_attempts_and_names_its_button():
    html = said(definition(get("6.3").solution))["html"]
    assert "Attempt" not in html
    assert "Right. To compare, the button Solution shows ours." in html


def test_a_check_at_the_end_of_a_pasted_cell_is_not_done_twice(monkeypatch):
    calls, check = [], runner.exercises.check
    monkeypatch.setattr(runner.exercises, "check", lambda *given: calls.append(given[0]) or check(*given))
    source = "from segbook.exercises import check\n" + definition(get("6.3").solution)
    assert said(f'{source}\ncheck("6.3", conv_transpose_output_size)\n')["full"]
    assert calls == ["6.3"]


def test_what_is_printed_is_kept_and_a_flood_is_cut():
    assert said("print('before', 1)\n" + SIZE + "    return 1\n")["printed"] == "before 1\n"
    flood = said("for n in range(100000): print('line', n)\n" + SIZE + "    return 1\n")["printed"]
    assert flood.startswith("line 0\nline 1\n")
    assert flood.endswith("\n… (the page shows no more)")
    assert len(flood) < runner.MOST + 40


def test_a_traceback_begins_at_the_readers_line():
    loose = said("x = 1\ny = x / 0\n")
    assert loose["html"] == ""
    assert loose["error"].startswith(
        'Traceback (most recent call last):\n  File "<your answer>", line 2, in <module>\n    y = x / 0'
    )
    assert loose["error"].endswith("ZeroDivisionError: division by zero")
    inside = said(SIZE + "    return helper(stride)\n\ndef helper(stride):\n    return np.zeros(3)[stride + 9]\n")
    assert "IndexError" in inside["html"]
    assert [line.split(",")[1] for line in inside["error"].splitlines() if "File" in line] == [" line 2", " line 5"]
    assert inside["printed"] == ""


def test_an_error_is_that_of_the_case_that_is_shown():
    head = "def leaking(train_fields, test_fields):\n"
    other = said(
        head + "    return train_fields == test_fields if len(test_fields) > 3 else test_fields > 99\n", "11.1"
    )
    assert "raised" not in other["html"]
    assert other["error"] == ""  # larger cases raise, but this one does not
    own = said(head + "    return train_fields == test_fields\n", "11.1")
    assert own["error"].splitlines()[-1] in unescape(own["html"])


@pytest.mark.parametrize("exercise", catalogue().values(), ids=lambda exercise: exercise.id)
def test_an_error_is_that_of_the_case_that_is_shown_for_every_known_mistake(exercise):
    cases = exercise.draw(SEED)
    for answer in (way.answer for one in exercise.misconceptions for way in one.ways):
        if any(trying(answer, case).error for case in cases):
            error, message = runner._raised(exercise.id, answer), check(exercise.id, answer).message
            assert ("Your function raised" in message) == (error is not None)
            assert error is None or str(error).strip() in message


def test_a_syntax_error_names_its_line_and_column():
    error = said("def f(x):\n    return x +\n")
    assert (error["line"], error["html"]) == (2, "")
    assert error["column"] == 15
    assert error["error"].splitlines()[0] == '  File "<your answer>", line 2'
    assert error["error"].splitlines()[-1].startswith("SyntaxError: ")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("exit()\n", "SystemExit"),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
        ("def another():\n    return 1\n", "your code defines no conv_transpose_output_size"),
        ("conv_transpose_output_size = 3\n", ""),
        (SIZE + "    return conv_transpose_output_size(1, 1, stride=1, padding=1, dilation=1)\n", "RecursionError"),
    ],
)
def test_whatever_the_answer_does_there_is_an_answer(source, words):
    result = said(source)
    assert not result["full"]
    assert words in result["error"]
    assert bool(result["html"]) == ("def conv" in source or "= 3" in source)


def test_a_package_that_the_page_lacks_is_explained():
    result = said("import no_such_package.ndimage\n")
    assert result["error"].endswith("ModuleNotFoundError: No module named 'no_such_package'")
    assert result["note"].startswith("In this exercise only NumPy and Python's standard library are allowed")
    assert result["note"].endswith("what you need of no_such_package.")
    assert "Colab" not in result["note"]  # there it would run, and then earn nothing
    inside = said(SIZE + "    import no_such_package\n    return 1\n")
    assert inside["note"] == result["note"]
    for fails in ("1 / 0", "from numpy import no_such_name", "import numpy.no_such_part", "import json.no_such_part"):
        assert said(fails)["note"] == ""


def test_a_package_that_the_exercise_allows_and_the_page_lacks_is_explained(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # as in the page
    assert said("import torch.nn as nn\n", "8.3")["note"].startswith(
        "This exercise allows torch, but the page's Python"
    )
    assert said("import torch\n", "6.3")["note"].startswith("In this exercise only NumPy")


def test_the_cell_before_every_exercise_has_been_run():
    source = "solution('6.3'), hint('6.3'), progress(6)\n" + SIZE + "    return int(np.int64(3))\n"
    assert said(source)["error"] == ""


def test_what_is_printed_is_told_piece_by_piece_and_no_more_than_is_shown():
    told = []
    runner.run("6.3", "for n in range(3): print(n)\n" + SIZE + "    return 1\n", told.append)
    assert "".join(told) == "0\n1\n2\n"
    assert len(told) >= 3
    told.clear()
    runner.run_cell("", "for n in range(10**5): print(n)", told.append)
    assert len("".join(told)) == runner.MOST


def cell(source, before=""):
    return json.loads(runner.run_cell(before, source))


def test_a_cell_shows_its_last_value_as_a_notebook_does():
    assert cell("x = 2\nprint(x)\n[x] * 3")["printed"] == "2\n[2, 2, 2]\n"
    assert cell("x = 2")["printed"] == cell("None")["printed"] == cell("")["printed"] == ""
    assert cell("y + 1", before="print('not shown')\ny = 1")["printed"] == "2\n"
    assert cell("np", before="")["error"].endswith("NameError: name 'np' is not defined")


def test_a_cell_that_fails_says_where_and_keeps_what_it_printed():
    said = cell("print(1)\ndef f(x):\n    return 1 / x\nf(0)")
    assert said["printed"] == "1\n"
    assert [line.split(",")[1] for line in said["error"].splitlines() if "File" in line] == [" line 4", " line 3"]
    assert '"<this cell>"' in said["error"]
    wrong = cell("x = (1,\ny = 2\n")
    assert (wrong["line"], wrong["printed"]) == (1, "")
    assert "SyntaxError" in wrong["error"]
    assert cell("import no_such_package")["note"] == runner.ONLY_NUMPY
