"""What an instructor has to look at is in the terminal, in the table and in the report alike."""

import pytest
from classroom import RIGHT, by_student, grade, hand_in, notebook, reference, right_notebook

from segbook.exercises import get
from segbook.exercises.source import stub

IMPORTS = "import numpy as np\n\nfrom segbook.exercises import check"
STUBS = [stub(get(id).solution) for id in ("6.1", "6.3")]


@pytest.mark.usefixtures("sandbox")
def test_what_is_missing_is_named_wherever_there_is_a_total(tmp_path, capsys):
    both = right_notebook("6.1", "6.3")
    root = hand_in(tmp_path / "in", **{"ada.ipynb": right_notebook("6.3"), "bob.ipynb": both, "cleo.ipynb": (RIGHT,)})
    (tmp_path / "o.csv").write_text("student,exercise,points\ncleo,6.3,3\n")
    out = grade(root, tmp_path / "out", "--overrides", tmp_path / "o.csv")
    said, why = capsys.readouterr().out, "6.1: no cell defines conv_matrix or checks an answer to 6.1"
    assert f"  partly lost, counted as 0 where nothing came: ada ({why}); cleo ({why})\n" in said
    rows, report = by_student(out), (out / "report.html").read_text("utf-8")
    assert {who: (row["earned"], row["to look at"], row["why"]) for who, row in rows.items()} == {
        "ada": ("4", "partly lost: 6.1", why),
        "bob": ("8", "", ""),
        "cleo": ("3", "overridden, partly lost: 6.1", why),
    }
    assert f"cleo</a></td><td>overridden, partly lost: 6.1</td><td>{why}</td>" in report
    page = next(out.glob("students/cleo*/feedback.html")).read_text("utf-8")
    assert "no whole answer came of 6.1; what is missing counts as 0" in page


@pytest.mark.usefixtures("sandbox")
def test_an_untouched_template_and_a_deleted_import_are_listed(tmp_path, capsys):
    without = RIGHT.replace("    last_stamp", "    np.zeros(1)\n    last_stamp", 1)
    root = hand_in(tmp_path / "in", **{"ada.ipynb": (IMPORTS, *STUBS), "bob.ipynb": (reference("6.1"), without)})
    hand_in(root, **{"cleo.ipynb": (IMPORTS, reference("6.1"), STUBS[1])})
    out = grade(root, tmp_path / "out")
    said, rows = capsys.readouterr().out, by_student(out)
    assert "  untouched: no function was filled in: ada\n" in said
    assert "  a name is missing: bob (np in 6.1, 6.3: was the cell with its import deleted?)\n" in said
    assert rows["ada"]["to look at"] == "untouched: no function was filled in"
    assert rows["bob"]["to look at"] == "a name is missing"
    assert "np in 6.1, 6.3: was the cell with its import deleted?" in (out / "report.html").read_text("utf-8")
    assert rows["cleo"]["to look at"] == "not started: 6.3"
    page = next(out.glob("students/bob*/feedback.html")).read_text("utf-8")
    assert "name &#x27;np&#x27; is not defined. Is the name misspelt? Otherwise the cell that defines it" in page


@pytest.mark.usefixtures("sandbox")
def test_nothing_is_taken_off_where_nothing_was_earned(tmp_path):
    late = {"ada_LATE_4211_98100_hw.ipynb": (RIGHT,), "bob_LATE_4212_98101_hw.ipynb": b"{"}
    out = grade(
        hand_in(tmp_path / "in", **late, **{"cleo_LATE_4213_98102_hw.ipynb": notebook("x = 1")}),
        tmp_path / "out",
        "--penalty",
        "20",
    )
    pages = [path.read_text("utf-8") for path in sorted(out.glob("students/*/feedback.html"))]
    taken = [page.count("taken off") for page in pages]
    assert taken == [1, 0, 0]
    assert "20 % taken off: 3.2 points are left" in pages[0]
    said = [path.read_text("utf-8").count("taken off") for path in sorted(out.glob("students/*/results.json"))]
    assert said == [1, 0, 0]
