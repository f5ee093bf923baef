"""Figures are numbered as they come, captioned from one place, and links to them are given their numbers."""

from itertools import pairwise

import captions
import jupytext
import nbformat
import pytest
from front_ends import VIEW
from notebooks import ROOT, sources

from segbook import widgets

CHAPTERS = [path for path in sources() if path.parent.name == "book"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_caption_of_every_live_figure_stands_under_it_in_the_notebook(path):
    cells = nbformat.read(path.with_suffix(".ipynb"), as_version=4).cells
    numbered = [cell.metadata.figure for cell in cells if cell.cell_type == "markdown" and "figure" in cell.metadata]
    number = 0
    for cell, below in pairwise(cells):
        live = any(VIEW in output.get("data", {}) for output in cell.get("outputs", []))
        if live or (cell.cell_type == "code" and "figure" in cell.metadata):
            number += 1
            anchor = below.metadata["figure"]
            start = f'<a id="{anchor}"></a>**Figure {captions.chapter(path)}.{number}.** '
            assert below.source.startswith(start)
            caption = below.source.removeprefix(start)
            said = [getattr(widgets, name).caption for name in widgets.__all__] if live else [cell.metadata.caption]
            assert caption in said
    assert len(numbered) == number > 0


def test_no_two_figures_share_a_name():
    anchors = [getattr(widgets, name).anchor() for name in widgets.__all__]
    assert len(set(anchors)) == len(anchors) <= len(captions.numbers())
    assert set(anchors) <= set(captions.numbers())
    assert {"fig-conv-1d", "fig-unet-planner", "fig-four-tasks", "fig-conv-transpose-1d"} <= set(anchors)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("figure = Conv1D()\nfigure", "Conv1D"),
        ("Conv2D(\n    stride=3,\n)", "Conv2D"),
        ("from segbook.widgets import Threshold\n\nfigure = Threshold()\nfigure", "Threshold"),
        ("figure = Conv1D()", None),
        ("figure = Conv1D()\nprint(figure.output())", None),
        ("print(Conv1D().output())", None),
        ("other = 1\nConv1D(x=[1])\nother", None),
    ],
)
def test_a_live_figure_is_what_a_cell_ends_with(source, name):
    assert captions.shown(source) is (getattr(widgets, name) if name else None)


def cells(*sources, **metadata):
    markdown, code = sources
    return [nbformat.v4.new_markdown_cell(markdown), nbformat.v4.new_code_cell(code, metadata=metadata)]


def test_links_without_words_get_the_number_and_others_keep_their_words():
    path = ROOT / "book/05_downsampling.md"
    text = "See [](#fig-conv-1d), [](06_transposed_convolution.ipynb#fig-checkerboard) and [this](#fig-conv-2d)."
    first = captions.captioned(cells(text, "1"), path)[0]
    assert first.source == (
        "See [Figure 5.2](#fig-conv-1d), [Figure 6.8](06_transposed_convolution.ipynb#fig-checkerboard) and "
        "[this](#fig-conv-2d)."
    )
    with pytest.raises(ValueError, match=r"no figure fig-conv-3d; there are .*fig-conv-1d"):
        captions.captioned(cells("[](#fig-conv-3d)", "1"), path)


def test_a_figure_without_a_caption_is_refused_and_a_page_of_exercises_has_none():
    path = ROOT / "book/05_downsampling.md"
    with pytest.raises(ValueError, match="fig-whiskers has no caption"):
        captions.captioned(cells("text", "plot()", figure="whiskers"), path)
    assert len(captions.captioned(cells("text", "Conv1D()"), path)) == 3
    assert len(captions.captioned(cells("text", "Conv1D()"), ROOT / "book/exercises/05_downsampling.md")) == 2


def test_two_figures_of_one_name_are_refused(monkeypatch):
    notebook = nbformat.v4.new_notebook(cells=cells("text", "Conv1D()") + cells("text", "Conv1D()"))
    monkeypatch.setattr(jupytext, "read", lambda *_, **__: notebook)
    with pytest.raises(ValueError, match=r"01_tasks.md: fig-conv-1d is Figure 1.1 already"):
        captions.numbers.__wrapped__()
