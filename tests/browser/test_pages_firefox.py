"""First page and chapters in Firefox: every figure draws and follows a slider, nothing complains, a phone's page fits."""

import pytest
from visit import HTML

firefox = pytest.importorskip("firefox", reason="the driver of Firefox is not here")
PAGES = sorted(str(page.relative_to(HTML)) for page in [HTML / "book/intro.html", *HTML.glob("book/[0-9]*.html")])
DRAG = """async () => {
    const still = [];
    for (const box of document.querySelectorAll(".segbook")) {
        const drawing = box.querySelector(".drawing"), before = drawing.innerHTML;
        for (const slider of box.querySelectorAll("input[type=range]:not(:disabled)")) {
            if (!slider.offsetParent) continue;
            for (const end of ["max", "min"]) {
                slider.value = slider[end];
                slider.dispatchEvent(new Event("input", { bubbles: true }));
                await new Promise(requestAnimationFrame);
                if (drawing.innerHTML !== before) break;
            }
        }
        if (drawing.innerHTML === before) still.push(box.innerText.slice(0, 60));
    }
    return still;
}"""


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
    browser.goto((HTML / page).as_uri())
    views = browser.evaluate("() => document.querySelectorAll('.live-figure-fallback').length")
    browser.evaluate("() => mountLiveFigures(document).then(() => true)")
    browser.wait("(number) => document.querySelectorAll('.segbook svg, .segbook .warning').length >= number", views)
    assert views
    assert browser.evaluate(DRAG) == []
    loaded = "() => [...document.fonts].filter((one) => one.family === 'Literata' && one.status === 'loaded').length"
    assert browser.evaluate(loaded) >= 1
    browser.goto((HTML / page).as_uri(), width=390, height=844)
    assert browser.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert browser.complaints == []
