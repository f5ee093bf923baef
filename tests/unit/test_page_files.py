"""The files that run exercises in the page: the very bytes that were named, or none and a line that says why."""

import base64
import gzip
import hashlib
import io
import json
import re
import zipfile

import page_figures
import page_python as tool
import pytest

from segbook.exercises import catalogue

WHEEL = b"a wheel"


@pytest.fixture
def lock(tmp_path, monkeypatch):
    """A Pyodide whose lock names a wheel of seven bytes, and a cache of its own."""
    numpy = {"file_name": "numpy.whl", "sha256": hashlib.sha256(WHEEL).hexdigest()}
    (tmp_path / "pyodide").mkdir()
    (tmp_path / "pyodide/pyodide-lock.json").write_text(json.dumps({"packages": {"numpy": numpy, "other": {}}}))
    monkeypatch.setattr(tool, "PYODIDE", tmp_path / "pyodide")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SEGBOOK_PYODIDE", raising=False)
    return tmp_path


def gone(name):
    raise tool.Missing(f"no {name} here")


def test_only_the_bytes_that_pyodide_names_are_taken_and_they_are_asked_for_once(lock, monkeypatch):
    monkeypatch.setattr(tool, "_carried", lambda name: b"other bytes")
    monkeypatch.setattr(tool, "_released", lambda name: WHEEL)
    assert tool.wheel() == WHEEL
    monkeypatch.setattr(tool, "_carried", gone)
    monkeypatch.setattr(tool, "_released", gone)
    assert tool.wheel() == WHEEL  # kept
    (lock / "cache/segbook/numpy.whl").write_bytes(b"damaged")
    with pytest.raises(tool.Missing, match=r"^no numpy.whl here; no numpy.whl here$"):
        tool.wheel()


def test_wrong_bytes_are_named(lock, monkeypatch):
    monkeypatch.setattr(tool, "_carried", lambda name: b"other bytes")
    monkeypatch.setattr(tool, "_released", gone)
    wrong, right = (hashlib.sha256(data).hexdigest()[:12] for data in (b"other bytes", WHEEL))
    with pytest.raises(tool.Missing, match=rf"numpy.whl has the sha256 {wrong}… where {right}… is wanted"):
        tool.wheel()


def test_a_place_that_the_environment_names_is_asked_first(lock, monkeypatch):
    asked = []
    monkeypatch.setenv("SEGBOOK_PYODIDE", "named in the test")
    monkeypatch.setattr(tool, "_carried", lambda name: asked.append("carrier"))
    monkeypatch.setattr(tool, "_released", lambda name: asked.append("release") or WHEEL)
    tool.wheel()
    assert asked == ["release"]


@pytest.mark.parametrize(("ci", "status"), [(None, 0), ("true", 1)])
def test_without_the_files_the_book_is_built_with_a_line_but_not_in_ci(tmp_path, monkeypatch, capsys, ci, status):
    (tmp_path / "old.js").touch()
    monkeypatch.setattr(tool, "BUILT", tmp_path)
    monkeypatch.setattr(tool, "ROOT", tmp_path)  # where no npm has been
    monkeypatch.delenv("CI", raising=False)
    if ci:
        monkeypatch.setenv("CI", ci)
    assert tool.main() == status
    said = capsys.readouterr().err
    assert said.startswith("The exercises cannot be solved in the pages of this build: npm could not install")
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def packed():
    return tool.content()


def test_the_page_gets_every_exercise_and_all_that_a_check_loads(packed):
    assert [one["id"] for one in packed["exercises"]] == [*catalogue()]
    data = gzip.decompress(base64.b64decode(packed["zip"]))
    names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
    assert {"runner.py", "segbook/__init__.py", "segbook/exercises/feedback.py", "segbook/shapes/layers.py"} <= names
    assert len([name for name in names if "/chapter06/" in name]) == 6  # five exercises and what they are about
    assert not [name for name in names if "torch" in name or "/widgets/" in name]
    assert packed == tool.content()


def test_each_exercise_has_a_figure_at_most_and_a_sentence_that_says_what_to_try(packed):
    played = {one["id"]: one["play"] for one in packed["exercises"] if "play" in one}
    assert {id: (play["figure"], play["sentence"]) for id, play in played.items()} == page_figures.BESIDE
    for id, (name, sentence) in page_figures.BESIDE.items():
        stored = page_figures.stored(name)
        assert stored["state"][stored["model"]]["state"]["_anywidget_id"].endswith(f".{name}"), id
        assert sentence[0].isupper()
        assert sentence[-1] in ".?"
    with pytest.raises(LookupError, match="no chapter has a live figure Nothing"):
        page_figures.stored("Nothing")


def test_the_editor_comes_with_the_licence_of_every_package_in_it():
    script, licences = tool.editor()
    assert b"cm-content" in script
    for package in ("@codemirror/state", "@codemirror/view", "@lezer/python", "style-mod", "w3c-keyname", "crelt"):
        assert f"\n{package}\n\n" in f"\n{licences}"
    named = [line for line in licences.splitlines() if re.fullmatch(r"@?[a-z][a-z0-9-]*(/[a-z0-9-]+)?", line)]
    assert licences.count("Permission is hereby granted") == len(named) >= 12
