"""An empty stub is no answer: not beside another file, not beside another function, and never in silence."""

import pytest
from classroom import RIGHT, WRONG, by_student, grade, hand_in, reference

from segbook.exercises import get
from segbook.exercises.source import stub

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
