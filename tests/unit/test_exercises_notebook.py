"""Notebooks written from declarations: what is in them, that they run, and that writing again changes nothing."""

import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import nbformat
import pytest
import torch

import segbook
from segbook.exercises import Exercise, address, catalogue, get
from segbook.exercises.notebook import cells, numbered, student_notebook, write

ROOT = Path(__file__).parents[2]


def declared(reference, **words):
    words = {"id": "exam.1", "title": "Crop", "points": {"all": 1}, "prompt": "Crop it.", "hints": ("a", "b"), **words}
    exercise = Exercise(**words)
    exercise.reference(reference)
    return exercise


def crop(size, margin):
    """Cut the margin off on both sides."""
    return size - 2 * margin


def annotated(x: torch.Tensor):
    """Annotated with what a notebook of NumPy does not have."""
    return x


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_an_exercise_is_a_heading_with_the_prompt_and_a_stub_that_is_checked():
    text, stub = cells(get("6.3"))
    assert text.source == f"## 6.3 Output size\n\n{get('6.3').prompt}"
    assert stub.source.startswith("def conv_transpose_output_size(\n")
    assert stub.source.endswith('    ...\n\n\ncheck("6.3", conv_transpose_output_size)')
    assert cells(get("6.3"), checked=False)[1].source.endswith("    ...")


def test_a_notebook_of_the_books_exercises_runs_and_checks_them():
    notebook = student_notebook([get("6.3"), get("8.3")], title="Week 6", checked=True)
    assert notebook.cells[0].source.startswith("# Week 6\n\n")
    assert 'solution("6.3")' in notebook.cells[0].source
    assert "unless the exercise names another package." in notebook.cells[0].source
    namespace = {}
    for cell in code(notebook):
        exec(cell.replace("%pip", "raise AssertionError #"), namespace)  # segbook is there, so nothing is installed
    assert {"check", "hint", "solution", "torch", "unet_parameters"} <= set(namespace)


def test_a_notebook_of_the_books_exercises_installs_segbook_in_colab_and_links_to_its_chapters():
    notebook = student_notebook([get("5.1"), get("6.3"), get("6.4")], title="Week 6", checked=True)
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    assert code(notebook)[0] == address.setup_cell(urls["Repository"], segbook.__version__)
    assert f'"segbook @ {urls["Repository"]}/archive/' in code(notebook)[0]
    pages = [f"{urls['Documentation']}book/{page}.html" for page in ("05_downsampling", "06_transposed_convolution")]
    said = f"The ideas are in [chapter 5]({pages[0]}) and [chapter 6]({pages[1]})."
    assert said in notebook.cells[0].source


def test_every_chapter_with_exercises_has_its_page():
    chapters = {page.stem.partition("_")[0]: page.stem for page in ROOT.glob("book/[0-9]*.md")}
    assert {str(int(number)): page for number, page in chapters.items()} == address.PAGES
    assert address.link_to("exam") == ""


def test_a_version_between_releases_installs_its_branch_or_the_repositorys_first_one():
    at = "https://example.org/a/segbook"
    assert f"{at}/archive/refs/tags/v0.2.0.zip" in address.setup_cell(at, "0.2.0")
    assert f"{at}/archive/HEAD.zip" in address.setup_cell(at, "0.3.0.dev0")
    assert f"{at}/archive/refs/heads/next.zip" in address.setup_cell(at, "0.3.0.dev0", "next")


def test_where_nothing_names_the_address_it_says_what_to_do(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(address, "metadata", missing)
    with pytest.raises(ValueError, match="nothing names the book's Documentation: segbook is not installed"):
        student_notebook([get("6.3")], title="Week 6", checked=True)


@pytest.mark.parametrize("checked", [True, False])
def test_students_read_how_to_hand_in_and_that_a_float_is_no_whole_number(checked):
    exercises = [get("6.3")] if checked else [declared(crop)]
    text = student_notebook(exercises, title="Week 6", checked=checked).cells[0].source
    for said in (
        "Restart Kernel and Run\nAll Cells",
        "Restart session and run all",
        "`7.0` is taken for 7",
        "`.ipynb`",
    ):
        assert said in text


def test_a_private_notebook_names_neither_segbook_nor_the_answer():
    notebook = student_notebook([declared(crop)], title="Exam", checked=False)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "segbook" not in text
    assert "check(" not in text
    assert "2 * margin" not in text
    assert "Use only NumPy and Python's standard library." in text
    assert code(notebook) == [
        "import numpy as np",
        'def crop(size, margin):\n    """Cut the margin off on both sides."""\n    ...',
    ]


def test_a_signature_that_does_not_run_in_the_notebook_is_refused_and_says_what_may_stand_there():
    with pytest.raises(ValueError, match=r"exercise exam\.1: its stub does not run \(NameError: name 'torch' is not"):
        student_notebook([declared(annotated)], title="Exam", checked=False)
    notebook = student_notebook([declared(annotated, allows=("torch",))], title="Exam", checked=False)
    assert code(notebook)[0] == "import numpy as np\nimport torch"


def test_every_exercise_fits_into_one_notebook_with_an_id_for_each_cell(tmp_path):
    notebook = student_notebook([*catalogue().values()], title="All", checked=True)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids)) == 2 * len(catalogue()) + 3
    assert write(notebook, tmp_path / "all.ipynb") is True
    again = student_notebook([*catalogue().values()], title="All", checked=True)
    assert write(again, tmp_path / "all.ipynb") is False
    assert [file.name for file in tmp_path.iterdir()] == ["all.ipynb"]


def test_equal_cells_get_different_ids_and_the_same_ones_every_time():
    once, again = (numbered([nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell("1")]) for _ in range(2))
    ids = [cell.id for cell in once.cells]
    assert len(set(ids)) == 2
    assert ids == [cell.id for cell in again.cells]


def test_an_invalid_notebook_leaves_the_old_one_alone(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("as it was")
    broken = numbered([nbformat.v4.new_code_cell("1")])
    broken.cells[0].cell_type = "nonsense"
    with pytest.raises(nbformat.ValidationError):
        write(broken, path)
    assert path.read_text() == "as it was"
