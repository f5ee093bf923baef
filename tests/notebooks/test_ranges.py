"""Numbers that vary are held to their ranges; everything else is compared as it stands (tools/ranges.py)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import ranges

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("label", "text", "numbers"),
    [
        ("AP #", "AP 0.86", [0.86]),
        ("# times faster", "dense: 1,234 times faster", [1234]),
        ("difference #", "largest difference 2e-07\n", [2e-7]),
        ("U-Net # #", "U-Net, weighted 0.1 0.2\nU-Net      0.97  -0.5\n", [0.97, -0.5]),
        ("change #", "change −0.25", [-0.25]),
        ("gap # %,", "gap  7 %, rest", [7]),
    ],
)
def test_a_label_finds_its_numbers(label, text, numbers):
    assert ranges.values(label, text) == numbers


@pytest.mark.parametrize("text", ["", "mAP 0.5", "AP 0.5\nAP 0.6", "AP none"])
def test_a_label_that_does_not_stand_exactly_once_is_an_error(text):
    with pytest.raises(ValueError, match="not once"):
        ranges.values("AP #", text)


@pytest.mark.parametrize(
    "declaration",
    [{"AP": [0, 1]}, {"AP # #": [0, 1]}, {"AP #": [1, 0]}, {"AP #": [[0, 1], [0, 1]]}, {"AP #": [0, 0.5, 1]}],
)
def test_a_declaration_that_says_nothing_is_refused(declaration):
    with pytest.raises(ValueError, match=r"#|range"):
        ranges.declared({"ranges": declaration})


def test_only_the_declared_number_is_masked():
    metadata = {"ranges": {"AP #": [0, 1]}, "timings": {"# times": [1, 9]}}
    assert ranges.masked(metadata, "AP   0.12, 3 times, IoU 0.7") == "AP #, # times, IoU 0.7"


# What nbval makes of it: stored text, code that prints something else, and the words of the failure (none: it passes).
CELLS = {
    "inside, another digit": ("AP 0.81 of 3\n", "print('AP 0.9 of 3')", None),
    "outside": ("AP 0.81\n", "print('AP 0.7')", r"'AP #': 0.7 is outside \[0.8, 0.92\]"),
    "not a number": ("AP 0.81\n", "print('AP', float('nan'))", "nan is outside"),
    "missing": ("AP 0.81\n", "print('ap 0.81')", "stands 0 times"),
    "said twice": ("AP 0.81\n", "print('AP 0.81, AP 0.82')", "stands 2 times"),
    "stored outside": ("AP 0.5\n", "print('AP 0.81')", "stored: 'AP #': 0.5 is outside"),
    "other text changed": ("AP 0.81 of 3\n", "print('AP 0.81 of 4')", "assert reference_output == test_output failed"),
    "an undeclared cell is compared exactly": ("0.81\n", "print('0.82')", "assert reference_output == test_output"),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranges")
    cells = [
        nbformat.v4.new_code_cell(
            code,
            execution_count=1,
            metadata={} if "undeclared" in name else {"ranges": {"AP #": [0.8, 0.92]}},
            outputs=[nbformat.v4.new_output("stream", name="stdout", text=stored)],
        )
        for name, (stored, code, _) in CELLS.items()
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "a.ipynb")
    call = [sys.executable, "-m", "pytest", "-p", "ranges", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tools")}
    done = subprocess.run(
        [*call, "--color=no", "-rA", "a.ipynb"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("number", range(len(CELLS)), ids=CELLS)
def test_nbval_passes_what_lies_inside_and_nothing_else(report, number):
    words = [*CELLS.values()][number][2]
    outcome = re.search(rf"^(PASSED|FAILED) a\.ipynb::Cell {number}\b", report, re.MULTILINE)
    assert outcome, report
    assert outcome[1] == ("FAILED" if words else "PASSED"), report
    if words:
        section = report.split(f"a.ipynb::Cell {number} _")[1].split("a.ipynb::Cell")[0]
        assert re.search(words, section), section
