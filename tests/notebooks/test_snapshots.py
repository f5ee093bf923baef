"""Pictures of live figures: all of them on paper, one taken, when they are kept, and what is said without Chromium."""

import base64
import io
import shutil
from unittest.mock import MagicMock

import front_ends
import nbformat
import notebooks
import numpy as np
import pytest
import snapshots
from PIL import Image

from segbook import widgets

CHAPTER = notebooks.ROOT / "book/05_downsampling.ipynb"
STORED = [nbformat.read(source.with_suffix(".ipynb"), as_version=4) for source in notebooks.sources()]
FIGURES = [figure for notebook in STORED for figure in front_ends.figures(notebook)]  # (output, state)
NAMES = [state["_anywidget_id"].rpartition(".")[2] for _, state in FIGURES]
each_figure = pytest.mark.parametrize(("output", "state"), FIGURES, ids=NAMES)

# What can be pressed.
CONTROLS = """(figure) => [...figure.querySelectorAll("button, input, select, summary")]
    .filter((control) => control.checkVisibility()).map((control) => control.outerHTML)"""


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


def test_every_figure_stands_in_a_notebook():
    assert set(NAMES) == set(widgets.__all__)


@each_figure
def test_on_paper_a_figure_has_its_drawing_and_words_and_nothing_to_press(chromium, output, state):
    with snapshots.shown(chromium, state) as figure:
        assert figure.evaluate(CONTROLS) == []
        assert figure.locator(".drawing svg").first.is_visible()
        assert all(figure.locator(f".{words}").inner_text() for words in ("top", "formula", "sentence"))


@each_figure
def test_nothing_of_a_stored_picture_is_cut_off(output, state):
    picture = pixels(base64.b64decode(output.data["image/png"]))
    assert picture.shape[1] == snapshots.WIDTH * snapshots.SCALE
    for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        assert (edge == 255).all()


def test_a_picture_is_the_same_twice_shows_the_drawing_and_is_not_blank(chromium):
    _, state = FIGURES[NAMES.index("UNetPlanner")]  # it has images, too
    picture = snapshots.take(chromium, state)
    assert snapshots.take(chromium, state) == picture
    colours = pixels(picture)
    assert (np.ptp(colours, axis=2) > 60).mean() > 0.005  # arrows, what the output pixel reads
    assert (colours.max(axis=2) < 30).mean() > 0.03  # images


def test_a_figure_that_does_not_draw_is_named(chromium):
    with pytest.raises(ValueError, match=r"Conv1D does not draw: live figure: .*no luck"):
        snapshots.take(chromium, conv_1d() | {"_esm": "throw new Error('no luck')"})


def conv_1d():
    return dict(FIGURES[NAMES.index("Conv1D")][1])


def test_a_key_is_that_of_settings_and_code_wherever_the_figure_stands():
    state, key = conv_1d(), snapshots.key(conv_1d())
    assert snapshots.key(state | {"layout": "IPY_MODEL_7"}) == key
    for change in (
        {"padding": 3},
        {"_esm": "//"},
        {"_css": ""},
        {"_declared": state["_declared"].replace("by hand", "b")},
    ):
        assert snapshots.key(state | change) != key


def test_a_figure_cannot_end_its_script():
    state = conv_1d() | {"_esm": "/* </script> */"}
    assert snapshots.page(state).count("</script>") == 3


@pytest.fixture
def chapter(tmp_path):
    return shutil.copy(CHAPTER, tmp_path / "chapter.ipynb")


def change(path, change_output):
    notebook = nbformat.read(path, as_version=4)
    change_output(next(front_ends.figures(notebook))[0])
    notebooks.write(notebook, path)


def test_pictures_of_todays_figures_are_kept_without_a_browser(chapter, monkeypatch):
    monkeypatch.setattr(snapshots, "sync_playwright", None)
    before = chapter.read_bytes()
    assert snapshots.renew([chapter]) == "3 up to date"
    assert chapter.read_bytes() == before


@pytest.mark.parametrize(
    ("change_output", "said"),
    [
        (lambda output: output.data.pop("image/png"), "2 up to date, 0 old, 1 missing; a new one needs Chromium"),
        (lambda output: output.metadata.update(snapshot="old"), "2 up to date, 1 old, 0 missing"),
    ],
)  # fmt: skip
def test_without_chromium_nothing_is_written_and_a_line_says_what_is_old(chapter, monkeypatch, change_output, said):
    change(chapter, change_output)
    before = chapter.read_bytes()
    monkeypatch.setattr(snapshots.chromium, "find", lambda: None)
    assert snapshots.renew([chapter]).startswith(said)
    assert chapter.read_bytes() == before


def test_only_what_changed_is_taken(chapter, monkeypatch):
    taken = []
    monkeypatch.setattr(snapshots, "sync_playwright", MagicMock())
    monkeypatch.setattr(snapshots.chromium, "find", lambda: "chromium")
    monkeypatch.setattr(snapshots, "take", lambda browser, state: taken.append(state["_anywidget_id"]) or b"new")
    change(chapter, lambda output: output.metadata.clear())
    assert snapshots.renew([chapter]).startswith("2 up to date, 1 taken in ")
    assert taken == ["segbook.widgets.conv1d.Conv1D"]
    assert snapshots.renew([chapter]) == "3 up to date"
