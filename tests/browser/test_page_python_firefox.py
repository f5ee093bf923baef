"""Exercises solved in the page in Firefox: the same feedback as a notebook's, over http and from a disk."""

import os

import pytest
from firefox import MISSING, find, started
from reader import FILES, HTML, PAGES, answers, in_page, served

from segbook.exercises import catalogue, check

pytestmark = pytest.mark.slow
PASTE = "(text) => document.execCommand('insertText', false, text)"
BOX = "[aria-label='Exercise {} in the page']"


@pytest.fixture(scope="module")
def firefox():
    """A Firefox; without one the tests that need it are skipped, which says how to get one."""
    if find() is None:
        pytest.skip(MISSING)
    if not FILES.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("the pages were built without the files of the editor")
    with started(find()) as browser:
        yield browser


@pytest.fixture(scope="module", params=["http", "file"])
def site(request):
    if request.param == "file":
        yield HTML.as_uri() + "/"
    else:
        with served() as address:
            yield address


def run(browser, id, source):
    """Paste an answer in place of what is there, run it with the keys, and read the feedback."""
    box = BOX.format(id)
    if not browser.evaluate("(box) => document.querySelectorAll(box).length", box):
        browser.click(f"[aria-label='Solve it here: exercise {id}']")
        browser.wait("(box) => document.querySelector(box)", box)
    browser.click(f"{box} .cm-content")
    browser.press("Control", "a")
    browser.evaluate(PASTE, source)
    browser.evaluate("(box) => { document.querySelector(box + ' [role=status]').textContent = ''; }", box)
    browser.press("Control", "Enter")
    browser.wait("(box) => document.querySelector(box + ' [role=status]').textContent === 'Checked.'", box)
    return browser.evaluate("(box) => document.querySelector(box + ' .result > div').textContent", box)


def text(browser, html):
    parse = "(html) => Object.assign(document.createElement('div'), { innerHTML: html }).textContent"
    return browser.evaluate(parse, html)


@pytest.mark.parametrize("chapter", PAGES)
def test_firefox_says_of_references_and_mistakes_what_a_notebook_says(firefox, site, chapter):
    if site.startswith("file:") and chapter not in (2, 6, 9):
        pytest.skip("three chapters from a disk, as in Chromium")
    firefox.complaints.clear()
    firefox.goto(site + PAGES[chapter])
    for id in (id for id in catalogue() if id.partition(".")[0] == str(chapter)):
        for source, answer in answers(id, mistakes=2):
            said, expected = run(firefox, id, source), text(firefox, check(id, answer)._repr_html_())
            assert said == in_page(expected), (id, source)
        assert firefox.evaluate("(id) => document.getElementById(`solved-${id}`).checked", id), id
    assert firefox.complaints == []
