"""Pages of exercises hold what the declarations say, in their order, and run as they are given out."""

import ast
import re

import jupytext
import nbformat
import notebooks
import pytest

from segbook import exercises
from segbook.exercises import catalogue, check
from segbook.exercises.notebook import introduction
from segbook.exercises.session import Session
from segbook.exercises.source import stub

ROOT = notebooks.ROOT
PAGES = [source for source in notebooks.sources() if source.parent.name == "exercises"]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def chapter(page):
    return str(int(page.name[:2]))


def exercises_of(page):
    return [exercise for id, exercise in catalogue().items() if id.partition(".")[0] == chapter(page)]


def code(page):
    return [cell.source for cell in notebooks.read_source(page).cells[2:] if cell.cell_type == "code"]


def test_every_chapter_with_exercises_has_its_page():
    assert {id.partition(".")[0] for id in catalogue()} == {chapter(page) for page in PAGES}


@each_page
def test_a_page_has_every_exercise_of_its_chapter_once_and_in_order(page):
    text = "\n\n".join(cell.source for cell in notebooks.read_source(page).cells if cell.cell_type == "markdown")
    assert text.partition("\n\n")[2].startswith(introduction(exercises_of(page)))
    headings = [*(f"{e.id} {e.title}" for e in exercises_of(page)), "How far you are"]
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == headings
    for exercise in exercises_of(page):
        assert f"## {exercise.id} {exercise.title}\n\n{exercise.prompt}\n" in text
    assert code(page)[-1] == f"progress({chapter(page)})"


@each_page
def test_a_page_runs_untouched_and_nothing_is_started(page):
    namespace = {}
    first, *stubs, _ = code(page)
    exec(first, namespace)
    for exercise, cell in zip(exercises_of(page), stubs, strict=True):
        exec(cell, namespace)
        assert cell == f'{stub(exercise.solution)}\n\n\ncheck("{exercise.id}", {exercise.name})'
        assert "not started yet" in repr(check(exercise.id, namespace[exercise.name]))


@each_page
def test_the_notebook_has_stored_what_its_cells_show(page, monkeypatch):
    monkeypatch.setattr(exercises, "_SESSION", Session())
    cells = nbformat.read(page.with_suffix(".ipynb"), as_version=4).cells
    _, first, *shown = [cell for cell in cells if cell.cell_type == "code"]
    namespace = {}
    exec(first.source, namespace)
    for cell in shown:
        *before, last = ast.parse(cell.source).body
        exec(compile(ast.Module(before, []), "<cell>", "exec"), namespace)
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)
        (stored,) = cell.outputs
        assert stored.data == {"text/html": value._repr_html_(), "text/plain": repr(value)}


@each_page
def test_the_markdown_names_the_folder_of_the_declarations(page):
    folder = f"segbook/exercises/chapter{page.name[:2]}"
    assert f"(declared in {folder})" in page.read_text("utf-8")
    assert (ROOT / folder).is_dir()


@each_page
def test_the_markdown_says_nothing_that_a_declaration_says(page):
    text = page.read_text("utf-8")
    assert not any(exercise.title in text or f"def {exercise.name}" in text for exercise in exercises_of(page))


def test_text_may_stand_between_exercises():
    cell = nbformat.v4.new_markdown_cell(
        "Before.\n\n<!-- exercises: 6.1,6.3 (declared in a folder) -->\n\nBetween.\n\n<!-- exercises: 9.5 -->"
    )
    written = [part.source.partition("\n")[0] for part in notebooks.with_exercises(cell)]
    assert written == ["Before.", "## 6.1 The matrix W", "def conv_matrix(", "## 6.3 Output size",
                       "def conv_transpose_output_size(", "Between.", "## 9.5 Merged cells",
                       "def merged_cells(preds: np.ndarray, labels: np.ndarray) -> int:"]  # fmt: skip


def test_code_and_text_without_the_line_are_left_alone():
    for cell in (nbformat.v4.new_code_cell("<!-- exercises: 6 -->"), nbformat.v4.new_markdown_cell(" exercises: 6\n")):
        assert notebooks.with_exercises(cell) == [cell]


def test_exercises_that_do_not_exist_are_named():
    with pytest.raises(ValueError, match=r"there is no exercise or chapter '77'; the exercises are 1\.1, "):
        notebooks.with_exercises(nbformat.v4.new_markdown_cell("<!-- exercises: 77 -->"))


def test_the_page_source_stays_a_notebook_that_jupytext_opens():
    assert [cell.cell_type for cell in jupytext.read(PAGES[0], fmt="md:myst").cells] == [
        "markdown", "code", "markdown", "code",
    ]  # fmt: skip
