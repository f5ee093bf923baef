"""The committed notebooks are their Markdown plus the setup cell, read well without the page, and do not churn.

nbval executes them again and compares texts (`make test`; pages of exercises but for one in `make slow`). It compares
neither widget states nor pictures. The state is compared here, and the key of a live figure's picture. Plots are not:
they differ between environments (tools/notebooks.py keeps the committed ones).
"""

import ast
import base64
import copy
import json
import re
import struct
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import captions
import nbformat
import notebooks
import pytest
import snapshots
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
    url = notebooks.repository()["url"]
    assert f"{url}/archive/refs/tags/v{segbook.__version__}.zip" in setup
    namespace = {}
    # Outside Colab the line with the magic must not run: segbook is there.
    exec(setup.replace("%pip", "raise AssertionError #"), namespace)


def test_the_setup_cell_of_a_fork_or_between_releases_installs_what_is_meant():
    fork = notebooks.setup_cell("https://example.org/someone/segbook", "0.2.0")
    assert '"segbook @ https://example.org/someone/segbook/archive/refs/tags/v0.2.0.zip"' in fork
    between = notebooks.setup_cell("https://example.org/someone/segbook", "0.3.0.dev0", "main")
    assert '"segbook @ https://example.org/someone/segbook/archive/refs/heads/main.zip"' in between


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
        assert len(data) < (70_000 if notebooks.VIEW in output.data else 60_000), cell.source
        assert len(output.data["text/plain"]) > 20, cell.source
        assert set(chunk_names(data)) <= {b"IHDR", b"PLTE", b"IDAT", b"IEND"}, cell.source


def chunk_names(png: bytes):
    position = 8
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        yield png[position + 4 : position + 8]
        position += length + 12


def only_shows_a_figure(cell) -> bool:
    """Tell a live figure, which is looked at, from code, which is read."""
    return captions.shown(cell.source) is not None and len(cell.source.splitlines()) <= 3


@each_source
def test_a_chapter_keeps_to_the_books_rhythm(source):
    notebook = committed(source)
    cells = notebook.cells[2:]
    assert not any(a.cell_type == b.cell_type == "code" for a, b in pairwise(cells)), "two code cells touch"
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert len([cell for cell in code if not only_shows_a_figure(cell)]) <= 25
    assert max(len(line) for cell in code for line in cell.source.splitlines()) <= 88
    text = [cell for cell in cells if cell.cell_type == "markdown" and "figure" not in cell.metadata]  # no captions
    prose = [line for cell in text for line in re.sub(r"(?s)<details.*?</details>", "", cell.source).splitlines()]
    words = sum(len(line.split()) for line in prose if not line.startswith("|"))  # what is folded or a table is extra
    assert words <= 2500


@pytest.mark.parametrize("source", sorted((ROOT / "book").glob("[0-9]*.md")), ids=lambda source: source.stem)
def test_a_chapter_closes_with_what_was_measured_and_questions(source):
    """In this order: the answer, what was measured, three questions with folded answers, an open one."""
    closing = source.read_text().split("\n## Back to the question\n")[1]
    _, table, questions = re.split(r"\n## What we (?:measured|found)\n|\n## Check yourself\n", closing)
    assert re.search(r"^\|", table, re.M)
    folded, opened = questions.split("\n**An open question.** ")
    assert re.findall(r"<details>\n<summary>(\d)\.", folded) == ["1", "2", "3"]
    assert "?" in opened.splitlines()[0]


def own_names(tree) -> set[str]:
    """List the names that comprehensions and functions within a piece of code bind for themselves."""
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.comprehension | ast.arg | ast.Lambda)]
    bound = [node.target for node in scopes if isinstance(node, ast.comprehension)]
    return {name for target in bound for name in stored_names(target)} | {
        node.arg for node in scopes if isinstance(node, ast.arg)
    }


def stored_names(tree) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def overwritten(sources: list[str]) -> list[tuple[int, str]]:
    """Find what a later cell reads of an earlier one, although a loop in between has left its last item there.

    A chapter showed one scene beside the truth of another, because a loop over its data had the name of that truth.
    """
    assigned, left, found = set(), {}, []
    for number, source in enumerate(sources):
        for statement in ast.parse(source).body:
            loops = stored_names(statement.target) if isinstance(statement, ast.For) else set()
            read = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)} - loops
            read -= own_names(statement) | stored_names(statement)
            found += [(number, name) for name in sorted(read) if left.get(name, number) != number]
            left |= dict.fromkeys(loops & assigned, number)
            if isinstance(statement, ast.Assign):
                assigned |= stored_names(statement)
                left = {name: at for name, at in left.items() if name not in stored_names(statement)}
    return found


def test_a_loop_that_leaves_another_scene_under_a_used_name_is_found():
    cells = ["scene, truth = 1, 2", "for cells, truth in pairs:\n    use(cells)", "show(scene, truth)"]
    assert overwritten(cells) == [(2, "truth")]
    assert overwritten([cells[0], cells[1], "truth = 3", cells[2]]) == []
    assert overwritten([cells[0], cells[1], "sum(truth for truth in truths)"]) == []


@each_source
def test_no_cell_reads_what_a_loop_in_an_earlier_cell_has_overwritten(source):
    code = [cell.source for cell in committed(source).cells[2:] if cell.cell_type == "code"]
    assert overwritten([re.sub(r"^%.*$", "", one, flags=re.MULTILINE) for one in code]) == []


def figures(notebook):
    states = notebook.metadata.get("widgets", {}).get(notebooks.STATE, {}).get("state", {})
    return [(states[output.data[notebooks.VIEW].model_id]["state"], cell, output) for cell, output in outputs(notebook)
            if notebooks.VIEW in output.get("data", {})]  # fmt: skip


def of_the_figure(keys):
    """Leave out what every ipywidget synchronises for its layout."""
    return {key for key in keys if key[0] != "_"} - {"layout", "tabbable", "tooltip"}


@each_source
def test_the_stored_figures_are_those_that_the_code_makes_today(source):
    for state, cell, output in figures(committed(source)):
        figure_class = getattr(widgets, state["_anywidget_id"].rpartition(".")[2])
        traits = of_the_figure(figure_class.class_trait_names(sync=True))
        # A chapter's cell sets what it names; all else is as the class has it.
        fresh_figure = figure_class(**{trait: state[trait] for trait in traits if f"{trait}=" in cell.source})
        assert {key: state[key] for key in of_the_figure(state)} == {key: getattr(fresh_figure, key) for key in traits}
        for part in ("_esm", "_css", "_declared"):
            assert state[part] == getattr(fresh_figure, part), "run 'make notebooks'"
        assert output.data["text/plain"] == fresh_figure.alt()
        assert output.metadata["snapshot"] == snapshots.key(state), "run 'make notebooks' where there is a Chromium"


def test_chapter_6_stores_its_three_figures_and_nothing_but_them():
    notebook = committed(ROOT / "book/06_transposed_convolution.md")
    names = [state["_anywidget_id"].rpartition(".")[2] for state, _, _ in figures(notebook)]
    assert names == ["ConvTranspose1D", "OutputSize", "Checkerboard", "LearnedKernel"]
    states = notebook.metadata.widgets[notebooks.STATE].state
    assert {model["model_name"] for model in states.values()} == {"AnyModel", "LayoutModel"}
    assert len(states) == 8


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


def with_picture(picture, sentence="A plot.", **more):
    output = nbformat.v4.new_output("display_data", {"text/plain": sentence, "image/png": picture, **more})
    cell = nbformat.v4.new_code_cell("1", id="a", outputs=[output])
    return nbformat.from_dict(nbformat.v4.new_notebook(cells=[cell]))


@pytest.mark.parametrize(
    ("pinned", "sentence", "kept"), [(False, "A plot.", "old"), (False, "Another.", "new"), (True, "A plot.", "new")]
)
def test_a_plot_is_kept_only_in_another_environment_and_while_its_sentence_stays(pinned, sentence, kept):
    notebook = with_picture("new", sentence)
    notebooks.keep_pictures(notebook, with_picture("old"), pinned=pinned)
    assert notebook.cells[0].outputs[0].data["image/png"] == kept


def test_a_figure_takes_over_its_picture_with_its_key():
    executed, committed = fresh(), fresh()
    executed.cells[0].id = committed.cells[0].id
    del executed.cells[0].outputs[0].data["image/png"]
    committed.cells[0].outputs[0].metadata["snapshot"] = "a key"
    notebooks.keep_pictures(executed, committed, pinned=True)
    assert executed.cells[0].outputs == committed.cells[0].outputs


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


def test_stored_pictures_open(tmp_path):
    for source in SOURCES:
        for _, output in outputs(committed(source)):
            if picture := output.get("data", {}).get("image/png"):
                (tmp_path / "p.png").write_bytes(base64.b64decode(picture))
                with Image.open(tmp_path / "p.png") as image:
                    image.verify()


def test_the_environment_is_pinned_only_if_every_version_is_the_required_one(tmp_path):
    def pinned(*lines):
        (tmp_path / "requirements.txt").write_text("# a comment\n" + "\n".join(lines))
        return notebooks.is_pinned_environment(tmp_path / "requirements.txt")

    torch_line = f"torch=={version('torch').partition('+')[0]}"  # the CPU build counts as the version it is
    assert pinned(torch_line, f"numpy=={version('numpy')}  # with a remark")
    assert not pinned(torch_line, "numpy==0.1")
    assert not pinned(torch_line, "no-such-package==1.0")


WORDS = "\n# A\n\n{words}\n\n```{{code-cell}}\nprint({said})\n```\n"


def test_an_unchanged_chapter_is_left_alone_unless_asked_for(tmp_path):
    source = markdown(tmp_path, WORDS.format(words="Words.", said="1"))
    assert notebooks.rebuild(source, pinned=True).startswith("written")
    before = source.with_suffix(".ipynb").read_bytes()
    assert "not executed" in notebooks.rebuild(source, pinned=True)
    assert notebooks.rebuild(source, pinned=True, always=True).startswith("same bytes")
    assert source.with_suffix(".ipynb").read_bytes() == before


def test_words_are_rewritten_without_executing(tmp_path):
    source = markdown(tmp_path, WORDS.format(words="Before.", said="1"))
    notebooks.rebuild(source, pinned=True)
    before = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    markdown(tmp_path, WORDS.format(words="After.", said="1"))
    assert "not executed" in notebooks.rebuild(source, pinned=True)
    after = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    assert after.cells[2].source == "After."
    assert after.cells[-1] == before.cells[-1]
    markdown(tmp_path, WORDS.format(words="After.", said="2"))
    assert "executed in" in notebooks.rebuild(source, pinned=True)
    assert nbformat.read(source.with_suffix(".ipynb"), as_version=4).cells[-1].outputs[0].text == "2\n"


def test_what_is_named_is_written_and_nothing_else(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(notebooks, "is_pinned_environment", lambda: True)
    monkeypatch.setattr(
        notebooks.snapshots, "renew", lambda paths, _pages: f"{[path.name for path in paths]} looked through"
    )
    monkeypatch.setattr(
        notebooks, "rebuild", lambda source, **how: asked.append((source.name, how["always"])) or "done"
    )
    for only in ("exercises/06", "06_"):
        monkeypatch.setattr("sys.argv", ["notebooks.py", "--only", only])
        notebooks.main()
    assert asked == [("06_transposed_convolution.md", False)] * 3
    out = capsys.readouterr().out
    assert "book/exercises/06_transposed_convolution.ipynb: done" in out
    assert "pictures of live figures: ['06_transposed_convolution.ipynb'] looked through" in out
    monkeypatch.setattr("sys.argv", ["notebooks.py", "--only", "77"])
    with pytest.raises(SystemExit):
        notebooks.main()
    assert "no chapter has '77' in its path; one is book/01_" in capsys.readouterr().err


PICTURE = """
# A

```{code-cell}
class Figure:
    def _repr_mimebundle_(self, **_):
        return {"image/png": "bmV3", "text/plain": "A figure."}

Figure()
```
"""


def test_only_the_pinned_environment_replaces_committed_pictures(tmp_path):
    source = markdown(tmp_path, PICTURE)
    notebooks.rebuild(source, pinned=True)
    target = source.with_suffix(".ipynb")
    committed_text = re.sub(r'("image/png": ")[^"]+', r"\1b2xk", target.read_text("utf-8"))
    target.write_text(committed_text, "utf-8")
    assert notebooks.rebuild(source, pinned=False, always=True).startswith("same bytes")
    assert target.read_text("utf-8") == committed_text
    assert notebooks.rebuild(source, pinned=True, always=True).startswith("written")
    assert target.read_text("utf-8") != committed_text


@each_source
def test_no_sentence_that_begins_with_a_number_becomes_a_list(source):
    for cell in committed(source).cells:
        if cell.cell_type == "markdown":
            lines = {int(number) for number in re.findall(r"(?m)^ {0,3}(\d+)[.)] ", cell.source)}
            for number in map(int, re.findall(r"(?:\A|\n\n) {0,3}(\d+)[.)] ", cell.source)):
                assert lines & {number - 1, number + 1}, f"a list of one item, {number}: begin with a word"


def headless(text: str) -> list[str]:
    """List the first lines of tables without a line of dashes below their heads, which are shown as plain text."""
    prose = re.sub(r"(?ms)^```.*?^```$", "", text)
    tables = re.findall(r"(?m)(?:^\|.*\n)+", f"{prose}\n")
    return [table.splitlines()[0] for table in tables if not re.match(r".*\n\|( ?:?-+:? ?\|)+\n", table)]


def test_a_table_without_a_line_below_its_head_is_found():
    assert headless("| a | b |\n| 1 | 2 |\n") == ["| a | b |"]
    assert headless("| a | b |\n|---|---:|\n| 1 | 2 |\n\n```text\n| no table\n```\n") == []


@pytest.mark.parametrize("page", sorted((ROOT / "book").rglob("*.md")), ids=lambda page: page.name)
def test_every_table_of_a_page_is_shown_as_one(page):
    assert headless(page.read_text("utf-8")) == []
