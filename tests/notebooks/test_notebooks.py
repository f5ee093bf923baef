"""The committed notebooks are their Markdown plus the setup cell, read well without the page, and do not churn.

nbval executes them again and compares texts (`make test`). It compares neither widget states nor pictures; the state is
compared here, pictures are not: they differ between environments (tools/notebooks.py keeps the committed ones).
"""

import base64
import copy
import json
import re
import struct
from itertools import pairwise
from pathlib import Path

import nbformat
import notebooks
import pytest
from PIL import Image

import segbook
from segbook import widgets

ROOT = Path(__file__).parents[2]
SOURCES = notebooks.sources()
IDS = [str(source.relative_to(ROOT)) for source in SOURCES]
each_source = pytest.mark.parametrize("source", SOURCES, ids=IDS)


def committed(source: Path) -> nbformat.NotebookNode:
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def outputs(notebook):
    return [(cell, output) for cell in notebook.cells for output in cell.get("outputs", [])]


def test_there_are_notebooks():
    assert len(SOURCES) >= 2


@each_source
def test_a_notebook_has_the_inputs_of_its_markdown(source):
    assert notebooks.same_inputs(notebooks.read_source(source), committed(source)), "run 'make notebooks'"


@each_source
def test_the_setup_cell_installs_the_release_only_where_segbook_is_missing(source):
    setup = committed(source).cells[1].source
    assert setup == notebooks.setup_cell()
    assert f"{notebooks.repository_url()}/archive/refs/tags/v{segbook.__version__}.zip" in setup
    namespace = {}
    # Outside Colab the line with the magic must not run: segbook is there.
    exec(setup.replace("%pip", "raise AssertionError #"), namespace)


@each_source
def test_every_notebook_is_executed_in_order_and_without_errors(source):
    code = [cell for cell in committed(source).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = {output.output_type for _, output in outputs(committed(source))}
    assert "error" not in kinds
    assert not [output for _, output in outputs(committed(source)) if output.get("name") == "stderr"]


@each_source
def test_text_reads_well_in_colab(source):
    for cell in committed(source).cells:
        if cell.cell_type == "markdown":
            outside_code = re.sub(r"`[^`]*`|\$[^$]*\$", "", cell.source)
            assert not re.search(r"^(:{3,}|`{3,}\{)|\{[a-z:]+\}`|^\+\+\+|^\([\w-]+\)=", cell.source, re.MULTILINE), (
                cell.source
            )
            assert "{{" not in outside_code, cell.source


@each_source
def test_links_between_chapters_lead_somewhere(source):
    for cell in committed(source).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#]+)", cell.source):
                if not target.startswith("http"):
                    assert (source.parent / target).exists(), target


@each_source
def test_pictures_are_small_described_and_carry_no_ancillary_chunks(source):
    for cell, output in outputs(committed(source)):
        picture = output.get("data", {}).get("image/png")
        if picture is None:
            continue
        data = base64.b64decode(picture)
        assert len(data) < 60_000, cell.source
        assert len(output.data["text/plain"]) > 20, cell.source
        assert set(chunk_names(data)) <= {b"IHDR", b"PLTE", b"IDAT", b"IEND"}, cell.source


def chunk_names(png: bytes):
    position = 8
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        yield png[position + 4 : position + 8]
        position += length + 12


@each_source
def test_a_chapter_keeps_to_the_books_rhythm(source):
    notebook = committed(source)
    cells = notebook.cells[2:]
    assert not any(a.cell_type == b.cell_type == "code" for a, b in pairwise(cells)), "two code cells touch"
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert len(code) <= 25
    assert max(len(line) for cell in code for line in cell.source.splitlines()) <= 88
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    assert words <= 2500


def figures(notebook):
    states = notebook.metadata.get("widgets", {}).get(notebooks.STATE, {}).get("state", {})
    return [(states[output.data[notebooks.VIEW].model_id], output) for _, output in outputs(notebook)
            if notebooks.VIEW in output.get("data", {})]  # fmt: skip


@each_source
def test_the_stored_figures_are_those_that_the_code_makes_today(source):
    for model, output in figures(committed(source)):
        state = dict(model["state"])
        name = state["_anywidget_id"].rpartition(".")[2]
        figure_class = getattr(widgets, name)
        traits = {
            key: state[key] for key in figure_class.class_trait_names(sync=True) if key[0] != "_" and key in state
        }
        traits = {key: value for key, value in traits.items() if key not in {"layout", "tabbable", "tooltip"}}
        figure = figure_class(**traits)
        assert state["_esm"] == figure._esm, f"{name}: run 'make notebooks ALL=1'"
        assert state["_css"] == figure._css, f"{name}: run 'make notebooks ALL=1'"
        assert output.data["text/plain"] == figure.alt()
        assert {key: state[key] for key in traits} == {key: getattr(figure, key) for key in traits}


def test_chapter_6_stores_its_three_figures_and_nothing_but_them():
    notebook = committed(ROOT / "book/06_transposed_convolution.md")
    names = [model["state"]["_anywidget_id"].rpartition(".")[2] for model, _ in figures(notebook)]
    assert names == ["ConvTranspose1D", "OutputSize", "Checkerboard"]
    states = notebook.metadata.widgets[notebooks.STATE].state
    assert {model["model_name"] for model in states.values()} == {"AnyModel", "LayoutModel"}
    assert len(states) == 6


# tools/notebooks.py itself -------------------------------------------------------------------------------------------


def fresh(**changes):
    view = {"model_id": "b7", "version_major": 2, "version_minor": 0}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("figure", execution_count=9, outputs=[
        nbformat.v4.new_output("display_data", {notebooks.VIEW: view, "text/plain": "A figure.", "image/png": "bmV3"})])])  # fmt: skip
    notebook.cells[0].metadata["execution"] = {"iopub.status.busy": "2026-01-01"}
    states = {
        "a1": {"model_name": "LayoutModel", "state": {}},
        "b7": {"model_name": "AnyModel", "state": {"layout": "IPY_MODEL_a1", "stride": 2}},
        "ff": {"model_name": "OutputModel", "state": {}},
    }
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.7"}
    notebook.metadata["widgets"] = {notebooks.STATE: {"state": states, "version_major": 2, "version_minor": 0}}
    notebook.update(changes)
    return nbformat.from_dict(notebook)


def test_normalising_removes_times_random_ids_and_states_that_nothing_shows():
    notebook = fresh()
    notebooks.normalise(notebook)
    text = json.dumps(notebook)
    assert "2026" not in text
    assert "3.11" not in text
    assert "OutputModel" not in text
    states = notebook.metadata.widgets[notebooks.STATE].state
    figure, layout = f"{1:032x}", f"{2:032x}"
    assert set(states) == {figure, layout}
    assert states[figure].state.layout == f"IPY_MODEL_{layout}"
    assert notebook.cells[0].outputs[0].data[notebooks.VIEW].model_id == figure
    assert notebook.cells[0].execution_count == 1


def test_normalising_twice_changes_nothing():
    once = fresh()
    notebooks.normalise(once)
    twice = copy.deepcopy(once)
    notebooks.normalise(twice)
    assert once == twice


def test_a_picture_is_kept_only_while_its_sentence_stays():
    old, same, other = fresh(), fresh(), fresh()
    old.cells[0].outputs[0].data["image/png"] = "b2xk"
    other.cells[0].outputs[0].data["text/plain"] = "Another figure."
    for notebook in (same, other):
        notebook.cells[0].id = old.cells[0].id
        notebooks.keep_pictures(notebook, old)
    assert same.cells[0].outputs[0].data["image/png"] == "b2xk"
    assert other.cells[0].outputs[0].data["image/png"] == "bmV3"


def test_writing_says_whether_a_byte_changed_and_leaves_no_part_file(tmp_path):
    notebook, path = fresh(), tmp_path / "a.ipynb"
    notebooks.normalise(notebook)
    assert notebooks.write(notebook, path) is True
    assert notebooks.write(notebook, path) is False
    assert [file.name for file in tmp_path.iterdir()] == ["a.ipynb"]


def test_an_invalid_notebook_leaves_the_committed_one_alone(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("as it was")
    broken = fresh()
    broken.cells[0].cell_type = "nonsense"
    with pytest.raises(nbformat.ValidationError):
        notebooks.write(broken, path)
    assert path.read_text() == "as it was"


def markdown(tmp_path, body):
    header = "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n"
    path = tmp_path / "01_a.md"
    path.write_text(header + body)
    return path


def test_a_warning_is_refused_and_shows_its_cell(tmp_path):
    source = markdown(tmp_path, "\n# A\n\n```{code-cell}\nimport warnings\nwarnings.warn('careful')\n```\n")
    with pytest.raises(ValueError, match=r"(?s)writes to stderr.*warnings.warn.*careful"):
        notebooks.execute(notebooks.read_source(source), tmp_path)


def test_two_executions_give_the_same_bytes(tmp_path):
    source = markdown(
        tmp_path, "\n# A\n\nText.\n\n```{code-cell}\nfrom segbook.widgets import OutputSize\nOutputSize()\n```\n"
    )
    texts = []
    for name in ("one", "two"):
        notebook = notebooks.read_source(source)
        notebooks.execute(notebook, tmp_path)
        notebooks.normalise(notebook)
        notebooks.write(notebook, tmp_path / f"{name}.ipynb")
        texts.append((tmp_path / f"{name}.ipynb").read_bytes())
    assert texts[0] == texts[1]


def test_a_chapter_without_a_title_is_refused(tmp_path):
    source = markdown(tmp_path, "\n```{code-cell}\n1\n```\n")
    with pytest.raises(ValueError, match="must begin with its title"):
        notebooks.read_source(source)


def test_equal_cells_get_different_ids(tmp_path):
    source = markdown(tmp_path, "\n# A\n\n```{code-cell}\n1\n```\n\nText\n\n```{code-cell}\n1\n```\n")
    ids = [cell.id for cell in notebooks.read_source(source).cells]
    assert len(ids) == len(set(ids))


def test_stored_pictures_open(tmp_path):
    for source in SOURCES:
        for _, output in outputs(committed(source)):
            if picture := output.get("data", {}).get("image/png"):
                (tmp_path / "p.png").write_bytes(base64.b64decode(picture))
                with Image.open(tmp_path / "p.png") as image:
                    image.verify()
