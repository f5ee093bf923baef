"""Notebooks written from declarations: what is in them, that they run, and that writing again changes nothing."""

import nbformat
import pytest
import torch

from segbook.exercises import Exercise, catalogue, get
from segbook.exercises.notebook import cells, numbered, student_notebook, write


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
    assert notebook.cells[0].source.endswith("unless the exercise names another package.")
    namespace = {}
    for cell in code(notebook):
        exec(cell, namespace)
    assert {"check", "hint", "solution", "torch", "unet_parameters"} <= set(namespace)


def test_a_private_notebook_names_neither_segbook_nor_the_answer():
    notebook = student_notebook([declared(crop)], title="Exam", checked=False)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "segbook" not in text
    assert "check(" not in text
    assert "2 * margin" not in text
    assert "NumPy is all that an answer may use." in text
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
    assert len(ids) == len(set(ids)) == 2 * len(catalogue()) + 2
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
