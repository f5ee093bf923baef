"""Whose work the pages carry: the law that stops a build, and the page that a build writes."""

import re
from fnmatch import fnmatch
from html import unescape
from pathlib import Path

import licences
import pytest
from skimage import data as photographs

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build/html"
WORKS = licences.works()
PAGE = unescape((HTML / "licences.html").read_text("utf-8"))


def test_a_file_that_belongs_to_nobody_is_named():
    ours = ["index.html", "_static/page.js", "_static/book.css", "_images/ab12.png", "_static/previews/01_tasks.png"]
    theirs = ["_static/clipboard.min.js", "_static/fonts/fa-solid-900-98003632.woff", "_static/styles/theme.css"]
    new = ["_static/fonts/Other.woff2", "_static/page_python/other.js", "_images/photo.jpg", "book/page.js"]
    assert licences.strangers(ours + theirs + new, WORKS) == sorted(new)
    assert licences.strangers(theirs, WORKS[:1]) == theirs


def test_what_is_built_belongs_to_somebody_and_no_work_is_named_without_its_files():
    files = [path.relative_to(HTML).as_posix() for path in HTML.rglob("*") if path.is_file()]
    assert licences.strangers(files, WORKS) == []
    patterns = [one for work in WORKS for one in work.files if not one.endswith(".css")]  # sheets become one
    assert [one for one in patterns if not any(fnmatch(file, one) for file in files)] == []


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_the_page_has_the_whole_licence_of_every_work(work):
    said = licences.text(work)
    assert said in PAGE
    assert re.search(r"copyright|licen[cs]e", said, re.IGNORECASE)
    kind = {"MIT": "Permission is hereby granted", "BSD": "Redistribution", "OFL": "SIL OPEN FONT LICENSE"}
    assert kind.get(work.licence[:3], "") in said


def test_a_licence_that_is_gone_stops_the_build(tmp_path):
    gone = WORKS[0]._replace(texts=(tmp_path / "LICENCE",))
    with pytest.raises(licences.ExtensionError, match="licence of Sphinx is not where it was: LICENCE"):
        licences.text(gone)


def test_the_page_names_every_photograph_and_all_are_free():
    chapters = "".join(path.read_text("utf-8") for path in (ROOT / "book").rglob("*.md"))
    shown = set(re.findall(r'picture\("(\w+)"\)', chapters)) | {"grass"}
    assert shown == set(re.findall(r"<i>(\w+)</i>", PAGE))
    for name in shown:
        assert re.search(r"CC0|Creative Commons CC0", getattr(photographs, name).__doc__), name


def test_every_page_leads_to_the_licences():
    pages = [HTML / "index.html", HTML / "search.html", *HTML.glob("book/**/*.html")]
    for path in pages:
        up = "../" * (len(path.relative_to(HTML).parts) - 1)
        assert f'<a href="{up}licences.html">' in path.read_text("utf-8"), path.name
