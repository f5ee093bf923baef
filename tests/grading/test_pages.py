"""Pages from which nothing can be loaded or run, whatever was handed in."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from classroom import RIGHT, WRONG, grade, hand_in, notebook

from segbook.exercises import get
from segbook.grading.grades import Grade, Handed
from segbook.grading.pages import class_report
from segbook.grading.roster import Student
from segbook.grading.status import Status
from segbook.grading.times import Late, Lateness


class Strict(HTMLParser):
    """Collect what a page could load or run."""

    def __init__(self):
        super().__init__()
        self.danger = []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in ("script", "iframe", "object", "embed", "link", "base", "form"):
            self.danger.append(tag)
        if tag == "a" and not re.fullmatch(r"students/[\w.%-]+/feedback\.html", values.get("href", "")):
            self.danger.append(values)
        if tag == "img" and not values.get("src", "").startswith("data:image/png;base64,"):
            self.danger.append(values)
        self.danger += [name for name in values if name.startswith("on")]


@pytest.mark.usefixtures("sandbox")
def test_pages_can_load_and_run_nothing(tmp_path):
    evil = get("6.3").name
    body = f"def {evil}(*a, **k):\n    raise type('<b onclick=x>', (Exception,), {{}})('<img src=x onerror=alert(1)>')"
    root = hand_in(tmp_path / "in", **{"<img src=x onerror=alert(1)>.ipynb": (body,), "ada.ipynb": (WRONG,)})
    out = grade(root, tmp_path / "out", "--title", "<script>x</script>")
    for page in [*out.glob("students/*/feedback.html"), out / "report.html"]:
        parser = Strict()
        parser.feed(page.read_text("utf-8"))
        assert parser.danger == []
        assert "default-src 'none'" in page.read_text("utf-8")


@pytest.mark.usefixtures("sandbox")
def test_what_went_wrong_is_seen_by_the_student_and_by_the_instructor(tmp_path):
    name = get("6.1").name
    failing = (
        f"open('cells.npy')\n{RIGHT}",
        f"{name} = [1][5]",
    )
    other = notebook("x = 1").replace(
        b'"metadata": {}, "nbformat"', b'"metadata": {"kernelspec": {"language": "R"}}, "nbformat"'
    )
    root = hand_in(tmp_path / "in", **{"bob_4212_98101_hw.ipynb": other, "cleo_4213_98102_hw.ipynb": (RIGHT,)})
    hand_in(root, **{"cleo_4213_98102_hw-1.ipynb": (WRONG,), "ada_4211_98100_hw.ipynb": failing})
    hand_in(root, **{"ada_4211_98103_essay.pdf": b"%PDF", "dan_4214_98104_hw.py": b"x = 1", "eve_4215_text.html": b"x"})
    out = grade(root, tmp_path / "out", "--best")
    pages = {
        path.parent.name.partition("_")[0]: path.read_text("utf-8") for path in out.glob("students/*/feedback.html")
    }
    report = (out / "report.html").read_text("utf-8")
    went_on = (
        "code cell 1: FileNotFoundError: [Errno 2] No such file or directory: &#x27;cells.npy&#x27;; the cell went on"
    )
    for wanted in (went_on, "code cell 2: IndexError: list index out of range", "ada_4211_98103_essay.pdf"):
        assert wanted in pages["ada"], wanted
        assert wanted.partition(": ")[2] in report or wanted in report, wanted
    assert "IndexError: list index out of range</td><td>1</td><td>ada (code cell 2)</td>" in report
    assert "no answer was found: code cell 2: IndexError" in pages["ada"]
    assert "4 of 8 points" in pages["ada"]
    assert "Python 3." in pages["ada"]
    for nothing_ran in ("bob", "dan", "eve"):  # R, a script, a typed text
        assert "ran the notebook" not in pages[nothing_ran], nothing_ran
        assert "What you handed in" in pages[nothing_ran]
    assert "partly lost: 6.1</td><td>6.1: no answer was found: code cell 2: IndexError" in report
    assert "a notebook for R; Python&#x27;s can be graded" in pages["bob"]
    assert "cleo_4213_98102_hw.ipynb</td><td>counts" in pages["cleo"]
    assert "cleo_4213_98102_hw-1.ipynb</td><td>cleo_4213_98102_hw.ipynb counts" in report
    assert "a .py and no notebook (.ipynb)" in report
    assert "a text typed into the LMS and no notebook (.ipynb). If you have a notebook" in pages["eve"]


def test_the_report_says_once_what_made_many_cells_fail_the_commonest_first():
    absent = "ImportError: pandas cannot be used here; the cell went on"
    grades = []
    for place in range(7):
        errors = (f"cell {place + 1}: {absent}", *([f"cell 9: ValueError: {place}"] if place < 2 else []))
        file = Handed("hw.ipynb", counts=True, errors=errors, ran=True)
        student = Student(f"s{place}", f"s{place}")
        grades.append(Grade(student, (), Status.OK, "", Lateness(Late.NO), sandbox=True, files=(file,)))
    other = replace(grades[0], files=(replace(grades[0].files[0], counts=False),))  # its file does not count
    report = class_report([*grades, other], "T")
    rows = re.findall(
        "<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>", report[report.index("Cells that failed") :]
    )
    assert rows == [
        (absent, "7", "s0 (cell 1); s1 (cell 2); s2 (cell 3); s3 (cell 4); s4 (cell 5) and 2 more"),
        ("ValueError: 0", "1", "s0 (cell 9)"),
        ("ValueError: 1", "1", "s1 (cell 9)"),
    ]
