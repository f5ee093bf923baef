"""Which cells of a chapter run in the page: those, and only those, that print there what the book has stored."""

import json
import subprocess
import sys

import page_content
import pytest

CELLS = [
    ("import numpy as np\nimport torch", ""),
    ("x = np.arange(3)\nprint(x)", "[0 1 2]\n"),
    ("y = torch.zeros(3)\nprint(x + 1)", "[1 2 3]\n"),
    ("def double(z):\n    return factor * z\n\nfactor = 2", ""),
    ("for i in range(2):\n    print(double(x)[i])", "0\n2\n"),
    ("print(len(y))", "3\n"),
    ("x.sum()", "99\n"),
    ("x[0] = 7\nx", "array([7, 1, 2])\n"),
]


def as_cells(pairs):
    return [
        {
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": [{"name": "stdout", "text": text}] if text else [],
        }
        for source, text in pairs
    ]


@pytest.fixture(scope="module")
def found():
    """Of the cells above, in a Python of its own, because the one here has torch."""
    program = (
        "import json, sys; sys.path[:0] = ['tools', 'book/_ext/page']; import page_content as one; "
        "sys.meta_path.insert(0, one.OnlyNumPy()); print(json.dumps(one.runnable(json.load(sys.stdin))))"
    )
    command = [sys.executable, "-c", program]
    text = json.dumps(as_cells(CELLS))
    done = subprocess.run(command, cwd=page_content.ROOT, input=text, capture_output=True, text=True, check=True)
    return {int(number): one for number, one in json.loads(done.stdout).items()}


def test_a_cell_runs_if_all_that_it_needs_is_there(found):
    assert sorted(found) == [1, 4, 7]  # 2 and 5 need torch, 6 prints something else than is stored
    assert found[4]["output"] == "0\n2\n"


def test_a_cell_gets_what_it_needs_of_the_cells_above_and_nothing_else(found):
    assert found[1]["before"] == "import numpy as np"
    assert found[4]["before"].split("\n\n") == [*CELLS[3][0].split("\n\n"), "import numpy as np", CELLS[1][0]]
    assert found[7]["before"] == f"import numpy as np\n\n{CELLS[1][0]}"


def test_a_picture_or_a_warning_is_no_text():
    picture = {"data": {"text/plain": "a plot", "image/png": "…"}}
    assert page_content.stored([picture]) is None
    assert page_content.stored([{"name": "stderr", "text": "a warning"}]) is None
    assert page_content.stored([]) is None
    assert page_content.stored([{"name": "stdout", "text": ["1\n", "2"]}, {"data": {"text/plain": "3"}}]) == "1\n2\n3\n"


def test_only_what_the_page_has_can_be_imported():
    guard = page_content.OnlyNumPy()
    assert guard.find_spec("numpy.fft") is guard.find_spec("math") is guard.find_spec("segbook.shapes") is None
    for name in ("torch", "scipy.ndimage", "matplotlib"):
        with pytest.raises(ModuleNotFoundError, match=f"the page has no {name}"):
            guard.find_spec(name)
