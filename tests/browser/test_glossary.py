"""Words of the glossary are explained at their first use in a chapter, for pointers, keys, fingers and paper."""

import re

import pytest
from docutils import nodes
from visit import HTML, WHOLE, Visit

CHAPTERS = sorted(str(page.relative_to(HTML)) for page in HTML.glob("book/[0-9]*.html"))
SIX = next(page for page in CHAPTERS if "/06_" in page)


@pytest.fixture
def visit(chromium):
    with Visit(chromium, SIX, ready=False) as visit:
        visit.page.wait_for_function(WHOLE)  # what moves under the pointer shows no note
        yield visit
        assert visit.requests == visit.complaints == []


def note(visit):
    return visit.page.get_by_role("tooltip")


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_word_is_explained_once_in_a_chapter_and_stands_in_the_glossary(page):
    html = (HTML / page).read_text("utf-8")
    found = re.findall(r'<a class="[^"]*\bterm\b[^"]*" href="glossary\.html#([^"]+)"', html)
    assert len(found) == len(set(found))
    glossary = (HTML / "book/glossary.html").read_text("utf-8")
    assert all(f'id="{place}"' in glossary for place in found)
    assert not re.search(r"<(h\d|strong|em|code|td|th)[^>]*>[^<]*<a class=\"[^\"]*\bterm\b", html)


def test_nearly_every_chapter_uses_words_that_another_one_introduces():
    without = [page for page in CHAPTERS if 'href="glossary.html#term-' not in (HTML / page).read_text("utf-8")]
    assert len(without) <= 1, without


def test_the_pointer_shows_a_note_that_can_be_pointed_at_and_put_away(visit):
    word = visit.page.locator("a.term[href$='#term-dilation']")
    word.hover()
    assert note(visit).text_content().startswith("The distance between neighbouring taps")
    assert word.get_attribute("aria-describedby") == note(visit).get_attribute("id")
    note(visit).hover()
    visit.page.wait_for_timeout(300)
    assert note(visit).is_visible()
    visit.page.keyboard.press("Escape")
    assert note(visit).count() == 0
    word.hover(force=True)
    visit.page.mouse.move(5, 5)
    note(visit).wait_for(state="hidden")
    assert word.get_attribute("aria-describedby") is None


def test_the_tab_key_shows_a_note_within_the_window_and_enter_leads_to_the_glossary(visit):
    visit.page.keyboard.press("Tab")  # with the first key all of the page is laid out
    for word in visit.page.locator("a.term").all():
        word.focus()
        box = note(visit).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1280
        assert 0 <= box["y"] <= 900
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/glossary.html#term-*")


def test_a_note_stays_beside_its_word_when_what_is_above_gets_its_room(visit):
    word = visit.page.locator("a.term[href$='#term-dilation']")
    word.focus()
    visit.page.evaluate(
        """() => document.querySelector(".bd-article h1").after(Object.assign(document.createElement("p"),
        { style: "height: 165px" }))"""
    )
    visit.page.wait_for_timeout(100)
    text, beside = word.bounding_box(), note(visit).bounding_box()
    gaps = text["y"] - beside["y"] - beside["height"], beside["y"] - text["y"] - text["height"]
    assert 0 <= max(gaps) < 15, (text, beside)


def test_a_first_tap_shows_the_note_and_a_second_one_follows_the_link(chromium):
    with Visit(chromium, SIX, ready=False, width=390, has_touch=True, is_mobile=True) as visit:
        visit.page.wait_for_function(WHOLE)
        word = visit.page.locator("a.term[href$='#term-dilation']")
        word.tap()
        assert note(visit).is_visible()
        assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        word.tap()
        visit.page.wait_for_url("**/glossary.html#term-dilation")


def test_words_are_found_in_text_only_and_not_where_they_are_introduced():
    from glossary import uses

    paragraph = nodes.paragraph()
    paragraph += [nodes.literal("", "tap"), nodes.Text("A staple, many Taps and a tap.")]
    heading = nodes.paragraph("", "", nodes.math("", "tap"))
    page = nodes.section("", heading, paragraph)
    assert [match[0] for _, match in uses(page, "tap")] == ["Taps"]
    assert list(uses(page, "skip (of a U-Net)")) == []
