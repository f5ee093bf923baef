"""A long page is laid out bit by bit (book/_ext/static/page.js), and ends as one that was laid out at once."""

import pytest
from bs4 import BeautifulSoup
from visit import AWAKE, HTML, WHOLE, Visit

CHAPTER = "book/08_unet.html"
# Without what waits for an answer (predictions.js), which no window brings near.
PARTS = "[...document.querySelectorAll('.bd-article section section > :not(section, .told:not(.shown))')]"
FAR = f"{PARTS}.filter((part) => !part.firstElementChild?.checkVisibility({{ contentVisibilityAuto: true }})).length"
ROOM = f"{PARTS}.map((part) => part.getBoundingClientRect()).map(({{ x, y, width, height }}) => [x, y, width, height])"
STOPS = "document.querySelectorAll('.bd-article :is(table, pre, div.math, .output)[tabindex]').length"
RESTS = "'farRests' in document.documentElement.dataset"
NEVER_IDLE = "window.requestIdleCallback = () => {};"


@pytest.fixture(scope="module")
def place():
    """A section far below the first screen and far above the page's end."""
    page = BeautifulSoup((HTML / CHAPTER).read_text("utf-8"), "html.parser")
    sections = page.select(".bd-article section section[id]")
    return sections[len(sections) // 2]["id"]


def below_the_top(visit, place):
    return visit.page.evaluate("(id) => document.getElementById(id).getBoundingClientRect().top", place)


def wake(visit):
    """Lay out again what rests, when all has been laid out once."""
    visit.page.wait_for_function(RESTS)
    visit.page.evaluate("delete document.documentElement.dataset.farRests")


def test_what_is_far_from_the_window_waits_until_nothing_else_is_to_be_done(chromium):
    with Visit(chromium) as visit:
        visit.page.add_init_script(f"addEventListener('load', () => {{ window.far = {FAR}; }})")
        visit.turn_to(CHAPTER, ready=False)
        visit.page.wait_for_function(WHOLE)
        assert visit.page.evaluate("far") > visit.page.evaluate(f"{PARTS}.length") / 2
        wake(visit)
        assert visit.page.evaluate(FAR) <= visit.page.evaluate(
            f"{PARTS}.filter((part) => !part.firstElementChild).length"
        )


@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_laid_out_bit_by_bit_ends_as_one_laid_out_at_once(chromium, place, width):
    with Visit(chromium, CHAPTER, width=width) as bits, Visit(chromium, width=width) as once:
        once.page.goto((HTML / CHAPTER).as_uri() + f"#{place}")
        assert once.page.evaluate(WHOLE)
        once.page.evaluate(AWAKE)
        once.page.evaluate("mountLiveFigures(document)")
        for visit in (bits, once):
            visit.page.evaluate("document.fonts.ready")
            visit.page.evaluate("for (const one of document.images) one.loading = 'eager'")
            visit.page.wait_for_function("[...document.images].every((one) => one.complete)")
            visit.page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
            visit.page.wait_for_function("scrollY === 0")
        assert bits.page.evaluate(ROOM) == once.page.evaluate(ROOM)


@pytest.mark.parametrize("width", [1280, 390])
def test_then_what_is_far_rests_and_keeps_its_room(chromium, width):
    with Visit(chromium, CHAPTER, width=width, ready=False) as visit:
        for new_width in (width, 700):
            visit.resize(new_width)
            visit.page.wait_for_function(RESTS)
            visit.page.wait_for_timeout(100)
            assert visit.page.evaluate(FAR) > visit.page.evaluate(f"{PARTS}.length") / 2
            resting = visit.page.evaluate(ROOM)
            wake(visit)
            awake = visit.page.evaluate(ROOM)
            # A picture that came meanwhile may change its height by a part of a pixel.
            assert all(one == pytest.approx(other, abs=2) for one, other in zip(awake, resting, strict=True))


def test_a_bar_that_comes_or_goes_on_a_phone_wakes_nothing(chromium):
    with Visit(chromium, CHAPTER, width=390, ready=False) as visit:
        visit.page.wait_for_function(RESTS)
        visit.resize(390, 840)
        assert visit.page.evaluate(RESTS)


def test_what_rests_keeps_its_stops_of_the_tab_key(chromium):
    with Visit(chromium, CHAPTER, width=390, ready=False) as visit:
        visit.page.wait_for_function(RESTS)
        visit.page.wait_for_timeout(300)
        stops = visit.page.evaluate(STOPS)
        assert stops > 10
        wake(visit)
        visit.page.wait_for_timeout(300)
        assert visit.page.evaluate(STOPS) == stops


def test_a_link_to_a_place_leads_there_before_all_is_laid_out(chromium, place):
    with Visit(chromium) as visit:
        visit.page.add_init_script(NEVER_IDLE)
        visit.turn_to(CHAPTER, ready=False)
        assert not visit.page.evaluate(WHOLE)
        visit.page.evaluate("(id) => { location.hash = id; }", place)
        visit.page.wait_for_function(WHOLE)
        visit.page.wait_for_timeout(100)
        assert 0 <= below_the_top(visit, place) < 200


def test_a_reader_who_comes_back_finds_the_place_again(chromium, site, place):
    """Figures that were live are higher than their pictures, on a phone by more than a window."""
    with Visit(chromium, CHAPTER, at=site, width=390) as visit:
        visit.page.evaluate("(id) => document.getElementById(id).scrollIntoView({ behavior: 'instant' })", place)
        visit.page.evaluate("scrollBy({ top: -300, behavior: 'instant' })")
        visit.page.wait_for_timeout(500)  # who comes back has read for a moment; the browser keeps a place that rests
        assert 300 <= below_the_top(visit, place) < 450
        visit.page.reload()
        visit.page.wait_for_load_state("load")
        assert visit.page.evaluate(WHOLE)
        visit.page.wait_for_function(
            "(id) => { const { top } = document.getElementById(id).getBoundingClientRect(); return 0 < top && top < 900; }",
            arg=place,
        )
        rooms = "[...document.querySelectorAll('div:has(> .live-figure-fallback)')].map((one) => getComputedStyle(one).minHeight)"
        assert {"0px"} < set(visit.page.evaluate(rooms))
        visit.page.emulate_media(media="print")
        assert not [room for room in visit.page.evaluate(rooms) if room.endswith("px") and room != "0px"]
