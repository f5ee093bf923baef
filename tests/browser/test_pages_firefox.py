"""Pages with live figures in Firefox: each draws when a reader comes near, follows a key, nothing complains, pages fit."""

import pytest
from visit import HTML

firefox = pytest.importorskip("firefox", reason="the driver of Firefox is not here")
PAGES = sorted(
    str(page.relative_to(HTML))
    for folder in ("book", "embed")
    for page in HTML.glob(f"{folder}/*.html")
    if "widget-view+json" in page.read_text("utf-8")
)
DRAWN = "() => [...document.querySelectorAll('.live-figure')].filter((one) => one.querySelector('svg')).length"
# Comes to a figure as one who reads on; waits until it is drawn, and until its page holds still.
REACH = """async (i) => {
    const view = document.querySelectorAll("script[type='application/vnd.jupyter.widget-view+json']")[i];
    const frame = view.parentElement, drawn = () => frame.querySelector(".live-figure svg");
    frame.scrollIntoView({ block: "center", behavior: "instant" });
    for (let frames = 0; !drawn() && frames < 600; frames++) await new Promise(requestAnimationFrame);
    frame.scrollIntoView({ block: "center", behavior: "instant" });
    return Boolean(drawn()) && !frame.querySelector(".warning");
}"""
# Puts the focus on the first control that can move, and says which key moves it. What the figure draws anew on its own,
# because it has come into view, is over by then.
HOLD = """async (i) => {
    window.figure = document.querySelectorAll("script[type='application/vnd.jupyter.widget-view+json']")[i].parentElement;
    const slider = [...figure.querySelectorAll("input[type=range]:not(:disabled)")].find((one) => one.checkVisibility());
    const control = slider ?? figure.querySelector(".drawing[tabindex]");
    control.focus();
    await new Promise((done) => setTimeout(done, 200));
    window.before = figure.querySelector(".drawing").innerHTML;
    window.redraws = 0;
    document.createDocumentFragment = () => {
        redraws += 0.5;  // one is of the drawing, one of the formula
        return Document.prototype.createDocumentFragment.call(document);
    };
    return slider && slider.value === slider.max ? "ArrowLeft" : "ArrowRight";
}"""
MOVED = """async () => {
    await new Promise(requestAnimationFrame);
    return [redraws, figure.querySelector(".drawing").innerHTML !== before];
}"""
# Firefox says this of whole formulas, too, when it lays them out while the rest of one is still to come.
HALF_READ = "Invalid markup: Incorrect number of children"
# And this of a picture that is still to come when a test leaves the page; that all can be decoded, test_book.py sees.
LEFT_EARLY = "Image corrupt or truncated."
CHILDREN = """() => Object.entries({ mfrac: 2, mroot: 2, msub: 2, msup: 2, munder: 2, mover: 2, msubsup: 3, munderover: 3 })
    .flatMap(([name, due]) => [...document.querySelectorAll(name)].filter((one) => one.children.length !== due))
    .map((one) => one.outerHTML)"""


@pytest.fixture(scope="module")
def browser():
    program = firefox.find()
    if program is None:
        pytest.skip(firefox.MISSING)
    with firefox.started(program) as browser:
        yield browser


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_page_works_in_firefox(browser, page):
    browser.complaints.clear()
    browser.goto((HTML / page).as_uri())
    figures = (HTML / page).read_text("utf-8").count("widget-view+json")
    browser.wait(f"() => ({DRAWN})() >= 1")
    waiting = figures - browser.evaluate(DRAWN)
    assert waiting > 0 or figures < 3  # a chapter's last figures are further than a window's height from its top
    for i in range(figures):
        assert browser.evaluate(REACH, i)
        browser.press(browser.evaluate(HOLD, i))
        assert browser.evaluate(MOVED) == [1, True], i
    assert browser.evaluate(DRAWN) == figures
    if page.startswith("book/"):
        loaded = (
            "() => [...document.fonts].filter((one) => one.family === 'Literata' && one.status === 'loaded').length"
        )
        assert browser.evaluate(loaded) >= 1
    for width in (390, 320):
        browser.goto((HTML / page).as_uri(), width=width, height=844)
        assert browser.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert [one for one in browser.complaints if not one.startswith((HALF_READ, LEFT_EARLY))] == []
    assert browser.evaluate(CHILDREN) == []
