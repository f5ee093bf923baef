"""Pages of Markdown that set figures: their pictures are kept, missed when settings change, and taken."""

import json
import shutil
from unittest.mock import MagicMock

import page_pictures
import pytest
import snapshots

INTRO = page_pictures.ROOT / "book/intro.md"


@pytest.fixture
def page(tmp_path):
    shutil.copy(INTRO.with_suffix(".figures.json"), tmp_path)
    return shutil.copy(INTRO, tmp_path / "intro.md")


def test_the_pictures_of_all_pages_are_those_of_today(monkeypatch):
    monkeypatch.setattr(snapshots, "sync_playwright", None)
    assert INTRO in page_pictures.pages()
    for page in page_pictures.pages():
        for output, state in page_pictures.shown(page).values():
            assert output.metadata["snapshot"] == snapshots.key(state), "run 'make notebooks' where there is a Chromium"
        stored = json.loads(page.with_suffix(".figures.json").read_text("utf-8"))
        assert stored == {name: output for name, (output, _) in page_pictures.shown(page).items()}


def test_other_settings_ask_for_another_picture_and_write_another_sentence(page, monkeypatch):
    assert snapshots.renew([], [page]) == "1 up to date"
    page.write_text(page.read_text("utf-8").replace('"a crowd"', '"apart"'), "utf-8")
    monkeypatch.setattr(snapshots.chromium, "find", lambda: None)
    before = page.with_suffix(".figures.json").read_bytes()
    assert snapshots.renew([], [page]).startswith("0 up to date, 1 old, 0 missing")
    assert page.with_suffix(".figures.json").read_bytes() == before
    monkeypatch.setattr(snapshots, "sync_playwright", MagicMock())
    monkeypatch.setattr(snapshots.chromium, "find", lambda: "chromium")
    monkeypatch.setattr(snapshots, "take", lambda browser, state: state["scene"].encode())
    assert snapshots.renew([], [page]).startswith("0 up to date, 1 taken in ")
    ((output, _),) = page_pictures.shown(page).values()
    assert output.data["image/png"] == "YXBhcnQ="
    assert output.data["text/plain"].startswith("apart, ")
    assert snapshots.renew([], [page]) == "1 up to date"


def test_a_page_without_a_picture_gets_one(page, monkeypatch):
    page.with_suffix(".figures.json").unlink()
    monkeypatch.setattr(snapshots.chromium, "find", lambda: None)
    assert snapshots.renew([], [page]).startswith("0 up to date, 0 old, 1 missing")


def test_a_figure_that_no_chapter_has_is_named(page):
    page.write_text(page.read_text("utf-8").replace("} ModelCompare", "} Conv9D"), "utf-8")
    with pytest.raises(ValueError, match="no chapter has a live figure Conv9D"):
        page_pictures.shown(page)
