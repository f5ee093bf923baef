"""The list of exercises that a reader ticks: kept in the browser, counted over the book, quiet where it cannot be."""

import re

import pytest
from visit import HTML, ROOT, Visit

from segbook.exercises import LEVELS, catalogue

PAGES = {int(page.stem[:2]): f"book/exercises/{page.name}" for page in sorted(HTML.glob("book/exercises/*.html"))}
SIX, INTRO = PAGES[6], "book/intro.html"
NO_STORAGE = (
    """Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } })"""
)
FULL_STORAGE = """Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }"""
total = len(catalogue())
sizes = {page: sum(id.partition(".")[0] == str(page) for id in catalogue()) for page in PAGES}


def boxes(visit):
    return visit.page.get_by_role("region", name="Exercises that you have solved").get_by_role("checkbox")


def tick(box):
    """Tick or untick by the keyboard: a click misses where the page above the list is still growing."""
    box.press("Space")


def ticked(visit):
    return [box.is_checked() for box in boxes(visit).all()]


def status(visit):
    return visit.page.locator(".exercise-list [role=status]").text_content()


def go(visit, page):
    visit.page.goto(visit.at + page)


@pytest.fixture(scope="module")
def window(chromium):
    with Visit(chromium) as visit:
        yield visit


@pytest.mark.parametrize("chapter", PAGES)
def test_a_page_lists_the_exercises_of_its_chapter_as_they_are_declared(window, chapter):
    declared = [one for id, one in catalogue().items() if id.partition(".")[0] == str(chapter)]
    visit = window.turn_to(PAGES[chapter])
    shown = "(rows) => rows.map((row) => ['label', 'span'].map((part) => row.querySelector(part).textContent))"
    assert visit.page.locator(".exercise-list li").evaluate_all(shown) == [
        [f"{one.id} {one.title}", f"{LEVELS[one.level - 1]}, {sum(one.points.values())} points"] for one in declared
    ]
    assert status(visit) == f"0 of {len(declared)} solved in this chapter, 0 of {total} in the book."
    assert not visit.page.locator("#how-far-you-are .cell_output").is_visible()
    assert visit.requests == visit.complaints == []


def test_a_tick_is_still_there_after_a_reload_and_counts_over_the_book(chromium, site):
    with Visit(chromium, SIX, at=site) as visit:
        boxes(visit).nth(1).check()  # by the mouse, on a page whose figures stand
        boxes(visit).nth(4).check()
        assert status(visit) == f"2 of {sizes[6]} solved in this chapter, 2 of {total} in the book."
        visit.page.reload()
        assert ticked(visit) == [False, True, False, False, True]
        go(visit, PAGES[9])
        assert status(visit) == f"0 of {sizes[9]} solved in this chapter, 2 of {total} in the book."
        tick(boxes(visit).first)
        go(visit, INTRO)
        assert status(visit) == f"You have ticked 3 of {total} exercises as solved."
        ticks = {6: 2, 9: 1}
        counts = visit.page.locator(".exercise-count").all_text_contents()
        assert counts == [f"{ticks.get(page, 0)} of {size} solved" for page, size in sizes.items()]
        visible = [one.is_visible() for one in visit.page.locator(".exercise-count").all()]
        assert visible == [page in ticks for page in sizes]
        visit.page.go_back()
        tick(boxes(visit).first)
        visit.page.go_forward()
        assert status(visit) == f"You have ticked 2 of {total} exercises as solved."
        assert visit.requests == visit.complaints == []


def test_another_tab_learns_of_a_tick(chromium, site):
    with Visit(chromium, INTRO, at=site) as visit:
        other = visit.context.new_page()
        other.goto(site + SIX)
        tick(other.get_by_label("6.3 Output size"))
        visit.page.get_by_text(f"You have ticked 1 of {total} exercises").wait_for()


def test_clearing_takes_only_its_own_ticks_and_can_be_undone(chromium, site):
    with Visit(chromium, PAGES[1], at=site) as visit:
        tick(boxes(visit).first)
        go(visit, SIX)
        clear = visit.page.locator(".exercise-list button")
        assert not clear.is_visible()  # nothing to clear
        tick(boxes(visit).first)
        assert clear.text_content() == "Clear these ticks"
        clear.click()
        assert status(visit) == f"0 of 5 solved in this chapter, 1 of {total} in the book."
        assert clear.text_content() == "Undo"
        clear.click()
        assert ticked(visit) == [True, False, False, False, False]
        clear.click()
        tick(boxes(visit).nth(2))  # from here there is nothing to undo
        assert clear.text_content() == "Clear these ticks"
        go(visit, INTRO)
        visit.page.get_by_role("button", name="Clear all ticks").click()
        assert status(visit) == f"You have ticked 0 of {total} exercises as solved."
        assert visit.page.locator(".exercise-list").is_visible()  # there to undo
        visit.page.reload()
        assert not visit.page.locator(".exercise-list").is_visible()


def test_the_keyboard_ticks_and_the_focus_shows(chromium):
    with Visit(chromium, SIX) as visit:
        boxes(visit).first.focus()
        visit.page.keyboard.press("Space")
        visit.page.keyboard.press("Tab")
        visit.page.keyboard.press("Space")
        assert ticked(visit) == [True, True, False, False, False]
        assert visit.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        for _ in range(4):
            visit.page.keyboard.press("Tab")
        visit.page.keyboard.press("Enter")
        assert ticked(visit) == [False] * 5
        assert visit.page.evaluate("document.activeElement.textContent") == "Undo"


@pytest.mark.parametrize("obstacle", [NO_STORAGE, FULL_STORAGE])
def test_where_nothing_can_be_kept_ticks_last_as_long_as_the_page(chromium, obstacle):
    with Visit(chromium, INTRO) as visit:
        visit.context.add_init_script(obstacle)
        go(visit, "book/notation.html")
        themes = len(visit.complaints)  # the theme's own scripts are less quiet
        go(visit, SIX)
        tick(boxes(visit).nth(1))
        tick(boxes(visit).nth(2))
        assert ticked(visit) == [False, True, True, False, False]
        assert status(visit).startswith("2 of 5")
        note = visit.page.locator(".exercise-list .note").text_content()
        assert note.endswith("this browser keeps the ticks only until you leave the page.")
        assert len(visit.complaints) <= 2 * themes


def test_whatever_is_stored_the_page_stands(chromium, site):
    with Visit(chromium, SIX, at=site) as visit:
        for stored in ("{", "null", "7", '{"6.1": true}', '["6.1", 6.2, null, "99.9", "<b>"]'):
            visit.page.evaluate("(text) => localStorage.setItem('segbook-solved', text)", stored)
            visit.page.reload()
            assert status(visit).startswith(f"{int(stored.startswith('['))} of 5")
            assert visit.page.locator(".exercise-list .note").text_content().endswith("stay in this browser.")
        tick(boxes(visit).nth(3))
        assert status(visit).startswith("2 of 5")
        assert visit.complaints == []


def test_on_paper_and_without_javascript_the_stored_table_stands_there(chromium):
    with Visit(chromium, SIX) as visit:
        visit.page.emulate_media(media="print")
        assert visit.page.locator("#how-far-you-are table").is_visible()
        assert not visit.page.locator(".exercise-list").is_visible()
    with Visit(chromium, SIX, java_script_enabled=False) as visit:
        assert visit.page.locator("#how-far-you-are table").is_visible()
        assert visit.page.locator(".exercise-list").count() == 0
    with Visit(chromium, INTRO, ready=False, java_script_enabled=False) as visit:
        assert visit.page.locator(".exercise-list, .exercise-count").count() == 0


def test_pages_without_exercises_do_not_carry_the_list():
    for page in (HTML / "book" / f"{path.stem}.html" for path in ROOT.glob("book/*.md")):
        assert ('id="exercise-list"' in page.read_text("utf-8")) == (page.name == "intro.html"), page.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_check_says_reads_on_both_grounds(chromium, scheme):
    with Visit(chromium, SIX, color_scheme=scheme) as visit:
        box = visit.page.locator(".cell_output .output.text_html").first
        ground, ink = box.evaluate(
            "(e) => [getComputedStyle(document.body).backgroundColor, getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
        )[:2]
        light = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ground, ink)]
        assert abs(light[0] - light[1]) > 400
        assert box.evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgba(0, 0, 0, 0)"
