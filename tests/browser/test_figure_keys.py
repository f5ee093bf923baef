"""Every live figure by keyboard alone: each control is reached, seen to be reached, and works; a change is told once."""

import pytest
from sampling import few_of
from visit import HTML, Visit

PAGES = sorted(
    str(page.relative_to(HTML)) for page in HTML.glob("book/*.html") if "widget-view+json" in page.read_text("utf-8")
)
KEYS = {
    "range": ["ArrowRight", "ArrowLeft"],
    "number": ["ArrowUp"],
    "checkbox": ["Space"],
    "select-one": ["ArrowDown", "ArrowUp"],
    "button": ["Enter"],
    "drawing": ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"],
}
# What the page reads aloud by itself is kept: each change of a live region that can be seen, an `output` among them.
LISTEN = """() => {
    const texts = new WeakMap(), LIVE = "[aria-live], [role=status], [role=alert], [role=log], output";
    const all = () => [...document.querySelectorAll(LIVE)].filter((one) => one.ariaLive !== "off");
    for (const one of all()) texts.set(one, one.textContent);
    window.told = [];
    new MutationObserver(() => {
        for (const one of all()) {
            if (one.textContent && texts.get(one) !== one.textContent && one.checkVisibility()) told.push(one.textContent);
            texts.set(one, one.textContent);
        }
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""
# Puts the focus before a figure, and lists what the Tab key must come to in it.
BEFORE = """(figure) => {
    for (const one of figure.querySelectorAll("details")) one.open = true;
    const before = Object.assign(document.createElement("span"), { tabIndex: -1 });
    figure.before(before);
    before.focus();
    before.addEventListener("blur", () => before.remove());
    window.stops = () => [...figure.querySelectorAll("input, select, button, summary, .drawing[tabindex]")]
        .filter((one) => one.checkVisibility() && !one.disabled);
    window.state = () => JSON.parse(figure.live.model.get("_declared")).settings
        .map(({ name }) => JSON.stringify(figure.live.model.get(name)));
    return stops().length;
}"""
REACHED = """() => {
    const one = document.activeElement, { outlineStyle, outlineWidth } = getComputedStyle(one);
    return [stops().indexOf(one), outlineStyle !== "none" && parseFloat(outlineWidth) >= 2];
}"""
HOLD = """(i) => {
    const one = stops()[i];
    one?.focus();
    told.length = 0;
    window.before = state();
    window.holder = one;
    const kind = one?.matches(".drawing") ? "drawing" : one?.type ?? "summary";
    return [kind, one?.dataset.trait ?? one?.ariaLabel ?? one?.textContent ?? null, one?.ariaPressed ?? null];
}"""
HEARD = """async () => {
    await new Promise((done) => setTimeout(done));
    const now = state(), said = [...told];
    told.length = 0;
    const changed = now.flatMap((value, i) => (value === before[i] ? [] : [i]));
    window.before = now;
    return [changed, said, holder.isConnected ? document.activeElement === holder : true];
}"""


@pytest.fixture(scope="module", params=few_of(PAGES, 2))
def desk(request, chromium):
    with Visit(chromium, request.param, reduced_motion="reduce") as visit:  # a window slides once a press
        visit.page.evaluate(LISTEN)
        yield visit


def figures(visit):
    return visit.page.locator(".live-figure").all()


def test_the_tab_key_comes_to_every_control_in_its_order_and_shows_it(desk):
    for figure in figures(desk):
        due, reached = figure.evaluate(BEFORE), []
        for _ in range(due):
            desk.page.keyboard.press("Tab")
            reached.append(desk.page.evaluate(REACHED))
        assert reached == [[i, True] for i in range(due)]
        desk.page.keyboard.press("Tab")
        assert desk.page.evaluate(REACHED)[0] == -1


def test_every_control_works_by_keys_and_what_changes_is_told_once(desk):
    for figure in figures(desk):
        stops, presets = figure.evaluate(BEFORE), figure.locator(".top .presets button").count()
        moved, wrong = set(), []
        for i in reversed(range(stops)):  # presets last: they leave settings from which nothing may move
            kind, name, pressed = desk.page.evaluate(HOLD, i)
            for key in KEYS.get(kind, []):
                desk.page.keyboard.press(key)
                changed, said, held = desk.page.evaluate(HEARD)
                moved |= set(changed) if i >= presets else set()
                # A slider, a field, a box and a pressed button say themselves what they are now; others cannot.
                alone = bool(changed) and (kind == "drawing" or (kind == "button" and pressed is None))
                if len(said) > 1 or (alone and not said) or not held:
                    wrong.append([kind, name, key, changed, said, held])
        assert wrong == []
        if "/intro" in desk.page.url:  # there the figure stands without the controls that it has in its chapter
            continue
        declared = "({ live: { model } }) => JSON.parse(model.get('_declared')).settings"
        unmoved = [one["name"] for n, one in enumerate(figure.evaluate(declared)) if n not in moved and one.get("kind")]
        assert unmoved == []
    assert desk.complaints == []
