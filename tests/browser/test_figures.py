"""Laws that every live figure keeps in the built page: presets, sliders, keys, fingers, ids, widths, dark."""

import base64
import json
import re
from functools import partial
from html import unescape

import front_ends
import nbformat
import page_pictures
import pytest
import snapshots
from sampling import few_of
from visit import HTML, ROOT, Visit

from segbook import widgets

SOURCES = sorted(ROOT.glob("book/[0-9]*.ipynb"))
SCRIPT = r'<script type="application/vnd\.jupyter\.widget-{}\+json">(.*?)</script>'  # of a state or a view
FALLBACK = r'<div class="live-figure-fallback[^>]*>\s*<img [^>]*alt="(.*?)" src="(.*?)"'
read = partial(nbformat.read, as_version=4)

PAGES = sorted(
    str(page.relative_to(HTML)) for page in HTML.glob("book/*.html") if "widget-view+json" in page.read_text("utf-8")
)


def window(**options):
    """Keep one kind of window open for the whole file."""

    @pytest.fixture(scope="module")
    def visit(chromium):
        with Visit(chromium, **options) as visit:
            yield visit

    return visit


wide = window()
narrow = window(width=390, color_scheme="dark")
touched = window(width=390, has_touch=True, is_mobile=True)
mute = window(java_script_enabled=False)


# A page stays open for all laws that look at it in one kind of window, one after the other.
@pytest.fixture(scope="module", params=PAGES)
def desk(request, wide):
    return wide.turn_to(request.param)


@pytest.fixture(scope="module", params=few_of(PAGES, 4))
def night(request, narrow):
    return narrow.turn_to(request.param)


@pytest.fixture(scope="module", params=few_of(PAGES, 4))
def phone(request, touched):
    return touched.turn_to(request.param)


# Presses every preset, and the first again, and lists those that are not pressed alone then, warn, or take more than the
# one redraw that is due. Every redraw makes two fragments of a document, of the drawing and of the formula.
PRESETS = """async (figure) => {
    const drawing = figure.querySelector(".drawing"), buttons = [...figure.querySelectorAll(".top .presets button")];
    const pressed = () => buttons.filter((one) => one.ariaPressed === "true"), wrong = [];
    let redraws = 0;
    document.createDocumentFragment = () => {
        redraws += 0.5;
        return Document.prototype.createDocumentFragment.call(document);
    };
    if (pressed().length !== 1) wrong.push(["at first", pressed().length]);
    for (const button of [...buttons, buttons[0]]) {
        const due = button.ariaPressed === "false" ? 1 : 0;
        redraws = 0;
        button.click();
        await new Promise((done) => setTimeout(done));
        const warnings = drawing.querySelectorAll(".warning").length;
        if (pressed().length !== 1 || pressed()[0] !== button || warnings || redraws !== due)
            wrong.push([button.textContent, pressed().map((one) => one.textContent), warnings, redraws, due]);
    }
    delete document.createDocumentFragment;
    return wrong;
}"""
# Presses every preset and moves every slider to its ends, then goes the same way once more, and a third time with all
# taken out before each step, so that it must be drawn anew. Lists what differs; says whether a first element ever stays,
# and which drawn nodes listen: where an old one stays in place of such a node, nobody would.
WALK = """async (figure) => {
    const parts = [".drawing", ".formula"].map((name) => figure.querySelector(name)), [drawing] = parts;
    const move = (slider, end) => {
        slider.value = slider[end];
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const sliders = [...figure.querySelectorAll("input[type=range]")].filter((one) => one.checkVisibility());
    const steps = [...[...figure.querySelectorAll(".top .presets button")].map((one) => () => one.click()),
        ...sliders.flatMap((one) => ["min", "max"].map((end) => () => move(one, end)))];
    const tree = (node) => [node.nodeName, node.nodeValue?.replace(/segbook-\\w+-\\d+/, "unique") ?? "",
        ...[...node.attributes ?? []].map((one) => `${one.name}=${one.value.replace(/segbook-\\w+-\\d+/, "unique")}`).sort(),
        ...[...node.childNodes].map(tree)];
    const listening = [], { addEventListener } = EventTarget.prototype;
    let stayed = false, heard = [];
    EventTarget.prototype.addEventListener = function (...all) { heard.push(this); addEventListener.apply(this, all); };
    const walk = async (anew) => {
        const seen = [];
        for (const step of steps) {
            const first = drawing.firstElementChild;
            heard = [];
            if (anew) parts.forEach((part) => part.replaceChildren());
            step();
            await new Promise((done) => setTimeout(done));
            if (anew) listening.push(...heard.filter((one) => one instanceof Node && !parts.includes(one)
                && parts.some((part) => part.contains(one))).map((one) => one.outerHTML));
            stayed ||= first !== null && first === drawing.firstElementChild;
            seen.push(drawing.childNodes.length ? JSON.stringify(parts.map(tree)) : "as it was");
        }
        return seen;
    };
    await walk(false);
    const kept = await walk(false), fresh = await walk(true);
    Object.assign(EventTarget.prototype, { addEventListener });
    const wrong = kept.map((one, i) => [i, one, fresh[i]]).filter(([, one, other]) => other !== "as it was" && one !== other);
    return [wrong, stayed, listening];
}"""
PLACES = """(figure) => Object.fromEntries([...figure.querySelectorAll(".setting [data-trait]")]
    .filter((control) => control.offsetParent && control.type !== "number")
    .map((control, i) => [i + control.dataset.trait, Math.round(control.getBoundingClientRect().top
                                               - figure.getBoundingClientRect().top)]))"""

# Of the ink, less that of the ground.
BRIGHTNESS = """(figure) => ["color", "backgroundColor"].map((name) => getComputedStyle(figure)[name].match(/\\d+/g)
    .slice(0, 3).reduce((sum, value) => sum + Number(value), 0)).reduce((ink, ground) => ink - ground)"""


def figures(visit):
    boxes = visit.page.locator(".segbook").all()
    assert boxes
    return boxes


def open_all(visit):
    for summary in visit.page.locator(".segbook summary").all():
        summary.evaluate("(summary) => { summary.parentElement.open = true; }")


def slide(slider, end):
    slider.evaluate(
        "(input, end) => { input.value = input[end]; input.dispatchEvent(new Event('input', { bubbles: true })); }", end
    )


def test_every_chapter_and_the_first_page_have_a_figure():
    chapters = sorted((HTML.parents[1] / "book").glob("[0-9]*.md"))
    assert [*(f"book/{chapter.stem}.html" for chapter in chapters), "book/intro.html"] == PAGES


def test_a_figure_opens_in_a_preset_and_each_is_one_redraw(desk):
    for box in figures(desk):
        assert box.evaluate(BRIGHTNESS) < 0
        assert box.evaluate(PRESETS) == []
    assert desk.complaints == []


def test_what_a_redraw_leaves_in_place_is_what_it_would_draw_anew(desk):
    open_all(desk)
    for box in figures(desk):
        assert box.evaluate(WALK) == [[], True, []]


# Moves every slider that can be seen to its ends, and lists where one does not arrive, says otherwise than it shows, or
# makes a control move away.
ENDS = """async (figure) => {
    const sliders = () => [...figure.querySelectorAll("input[type=range]")].filter((one) => one.checkVisibility());
    const places = () => JSON.stringify(PLACES(figure)), before = places(), wrong = [];
    for (let i = 0; i < sliders().length; i++) {
        for (const end of ["max", "min", "max"]) {
            const moved = sliders()[i];
            moved.value = moved[end];
            moved.dispatchEvent(new Event("input", { bubbles: true }));
            await null;  // it is redrawn
            const slider = sliders()[i], shown = slider.parentElement.querySelector("output").textContent;
            if (slider.value !== slider.getAttribute(end) || slider.ariaValueText !== shown || places() !== before)
                wrong.push([slider.dataset.trait, end, slider.value, slider.ariaValueText, shown, places(), before]);
        }
        await new Promise(requestAnimationFrame);  // and laid out
        if (places() !== before) wrong.push([sliders()[i].dataset.trait, "a frame later", places(), before]);
    }
    return wrong;
}""".replace("PLACES", f"({PLACES})")


def sliders_reach_both_ends(visit):
    open_all(visit)
    for box in figures(visit):
        assert box.evaluate(ENDS) == []
        assert "NaN" not in box.text_content()
        assert "undefined" not in box.text_content()
    assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert visit.complaints == []


def test_sliders_reach_both_ends_and_no_control_moves_away(desk):
    sliders_reach_both_ends(desk)


def test_sliders_of_a_narrow_window_do_so_too(night):
    sliders_reach_both_ends(night)


def test_ids_are_unique_controls_have_names_and_keys_with_alt_are_the_browsers(desk):
    open_all(desk)
    double, nameless, lost = desk.page.evaluate("""() => {
        const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
        const controls = [...document.querySelectorAll(".segbook :is(input, select)")];
        const labels = [...document.querySelectorAll(".segbook label[for]")];
        return [ids.filter((id, i) => ids.indexOf(id) !== i),
            controls.filter((one) => !one.labels?.[0]?.textContent.trim() && !one.ariaLabel).map((one) => one.dataset.trait),
            labels.filter((label) => label.control?.closest(".segbook") !== label.closest(".segbook")).length];
    }""")
    assert (double, nameless, lost) == ([], [], 0)
    for drawing in desk.page.locator(".segbook .drawing[tabindex]").all():
        heard = drawing.evaluate("""(drawing) => ["altKey", "ctrlKey", "metaKey", null].map((modifier) => {
            const key = new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true, cancelable: true,
                ...(modifier ? { [modifier]: true } : {}) });
            drawing.dispatchEvent(key);
            return key.defaultPrevented;
        })""")
        assert heard == [False, False, False, True]


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_has_a_picture_with_words(page):
    html = (HTML / page).read_text("utf-8")
    pictures = re.findall(r'<div class="live-figure-fallback[^>]*>\s*<img [^>]*alt="([^"]+)"', html)
    assert len(pictures) == html.count("widget-view+json")
    assert min(map(len, pictures)) > 60


@pytest.mark.parametrize("page", few_of(PAGES, 3))
def test_without_javascript_the_pictures_stand_in(mute, page):
    pictures = mute.turn_to(page, ready=False).page.locator(".live-figure-fallback img")
    assert pictures.count() == (HTML / page).read_text("utf-8").count("widget-view+json")
    assert all(picture.is_visible() for picture in pictures.all())
    # As wide for its height as its file says, on a phone and beside text, too.
    shape = (
        "(all) => all.map((one) => (one.width / one.height) / (one.getAttribute('width') / one.getAttribute('height')))"
    )
    assert pictures.evaluate_all(shape) == pytest.approx([1] * pictures.count(), abs=0.02)


def touch(session, kind, *points):
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})


def sentences(visit):
    return visit.page.locator(".segbook .sentence").all_text_contents()


STILL = """() => new Promise((done) => {
    let last = -1, frames = 0;
    const look = () => {
        frames = scrollY === last ? frames + 1 : 0;
        last = scrollY;
        frames > 20 ? done() : requestAnimationFrame(look);
    };
    look();
})"""


def test_a_thumb_that_scrolls_over_sliders_and_lines_changes_nothing(phone):
    session, said = phone.context.new_cdp_session(phone.page), sentences(phone)
    targets = phone.page.locator(".segbook input[type=range]:visible, .segbook :is(.number-line, .answers)").all()
    for target in targets:
        values = phone.page.locator(".segbook input[type=range]").evaluate_all("(all) => all.map((i) => i.value)")
        target.evaluate("(element) => element.scrollIntoView({ block: 'center' })")
        frame, before = target.bounding_box(), phone.page.evaluate("scrollY")
        x, y = frame["x"] + frame["width"] * 0.9, frame["y"] + frame["height"] / 2
        touch(session, "touchStart", (x, y))
        for step in range(1, 9):
            touch(session, "touchMove", (x, y - 12 * step))
        touch(session, "touchEnd")
        phone.page.wait_for_function(f"Math.abs(scrollY - {before}) > 20")
        now = phone.page.locator(".segbook input[type=range]").evaluate_all("(all) => all.map((i) => i.value)")
        assert (now, sentences(phone)) == (values, said)
    assert targets


def test_a_finger_that_goes_sideways_or_taps_moves_a_slider(phone):
    session = phone.context.new_cdp_session(phone.page)
    slider = phone.page.locator(".segbook input[type=range]:not(:disabled):visible").first
    slide(slider, "min")
    phone.page.evaluate(STILL)  # the page is the thumb's of the test before, and coasts
    slider.evaluate("(element) => element.scrollIntoView({ block: 'center' })")
    phone.page.evaluate(STILL)
    frame = slider.bounding_box()
    y, low, high = frame["y"] + frame["height"] / 2, slider.get_attribute("min"), slider.get_attribute("max")
    touch(session, "touchStart", (frame["x"] + 10, y))
    for step in range(1, 9):
        touch(session, "touchMove", (frame["x"] + 10 + (frame["width"] - 10) * step / 8, y))
    assert slider.input_value() == high
    assert slider.evaluate("(i) => i.style.getPropertyValue('--share')") == "1"  # it has been drawn under the finger
    touch(session, "touchEnd")
    phone.page.touchscreen.tap(frame["x"] + 2, y)
    assert slider.input_value() == low


# Scrolls until the end of a drawing is at the end of the window, and says where its settings are, and their page's bar.
PASSED = """async (figure) => {
    const box = (one) => one.getBoundingClientRect(), drawing = figure.querySelector(".drawing");
    scrollTo({ top: scrollY + box(drawing).bottom - innerHeight, behavior: "instant" });
    await new Promise(requestAnimationFrame);
    const controls = figure.querySelector(":scope > .controls"), bar = document.querySelector(".bd-header-article");
    return [box(controls).top - box(bar).bottom, box(drawing).top < box(controls).bottom];
}"""


def test_on_a_phone_the_settings_stay_while_a_tall_drawing_passes_under_them(touched):
    touched.turn_to("book/04_fcn.html")
    gap, is_under = touched.page.locator(".segbook", has_text="A dense layer slides").evaluate(PASSED)
    assert is_under
    assert 0 <= gap <= 1


def test_a_figure_follows_the_window_and_a_dark_theme(night):
    for width in (820, 1280, 390):
        night.resize(width)
        assert night.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        spilt = night.page.evaluate("""() => [...document.querySelectorAll(".segbook .controls > *, .segbook .top > *")]
            .filter((row) => row.getBoundingClientRect().right > row.closest(".segbook").getBoundingClientRect().right)
            .map((row) => row.textContent)""")
        assert spilt == []
    assert all(box.evaluate(BRIGHTNESS) > 0 for box in figures(night))
    assert night.requests == night.complaints == []


def test_on_paper_the_pictures_stand_in(desk):
    pictures, boxes = desk.page.locator(".live-figure-fallback img"), desk.page.locator(".segbook")
    assert not any(picture.is_visible() for picture in pictures.all())
    desk.page.emulate_media(media="print")
    assert all(picture.is_visible() for picture in pictures.all())
    assert not any(box.is_visible() for box in boxes.all())


SYSTEM = """() => [...document.querySelectorAll(".segbook")].map((figure) => {
    const ink = (one, name) => getComputedStyle(one)[name];
    const [pressed, other] = ["true", "false"].map((is) => figure.querySelector(`button[aria-pressed=${is}]`));
    const slider = figure.querySelector("input[type=range]"), text = figure.querySelector("svg text:not([class])");
    const key = figure.querySelector("i.line");
    return [ink(figure, "color"), ink(pressed, "backgroundColor") !== ink(other, "backgroundColor"),
        slider === null || ink(slider, "forcedColorAdjust") === "none", text === null || ink(text, "fill"),
        key === null || ink(key, "backgroundColor") !== ink(figure, "backgroundColor")];
})"""


@pytest.mark.parametrize("page", [pytest.param(one, marks=[pytest.mark.slow] * (one != PAGES[9])) for one in PAGES])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_of_the_system_leave_every_control_visible(chromium, page, scheme):
    ink = {"light": "rgb(0, 0, 0)", "dark": "rgb(255, 255, 255)"}[scheme]
    with Visit(chromium, page, forced_colors="active", color_scheme=scheme) as visit:
        for colour, pressed, slider, text, key in visit.page.evaluate(SYSTEM):
            assert (colour, pressed, slider, key) == (ink, True, True, True)
            assert text in (True, ink, "rgb(255, 255, 255)")  # white on a photograph


def test_reduced_motion_is_respected(chromium):
    duration = "getComputedStyle(document.querySelector('.segbook button')).transitionDuration"
    with Visit(chromium, PAGES[5], reduced_motion="reduce") as visit:
        assert set(visit.page.evaluate(duration).split(", ")) == {"0s"}
    with Visit(chromium, PAGES[5], reduced_motion="no-preference") as visit:
        assert visit.page.evaluate(duration) != "0s"


HELD = "window.held = []; window.requestAnimationFrame = (step) => window.held.push(step);"


def test_a_figure_waits_for_the_frame_that_paints_the_text(chromium):
    with Visit(chromium) as visit:
        visit.page.add_init_script(HELD)
        visit.turn_to(PAGES[5], ready=False)
        visit.page.wait_for_timeout(300)
        assert visit.page.locator(".live-figure").count() == 0
        visit.page.evaluate("held.splice(0).forEach((step) => step(0))")
        visit.page.locator(".live-figure svg").first.wait_for()


def test_figures_below_wait_as_pictures_until_a_reader_comes_near(chromium):
    page = "book/06_transposed_convolution.html"
    drawn = (
        "[...document.querySelectorAll('figure:has(.live-figure-fallback)')].map((one) => !!one.querySelector('svg'))"
    )
    with Visit(chromium, page, ready=False) as visit:
        visit.page.locator(".live-figure svg").first.wait_for()
        visit.page.wait_for_timeout(500)
        assert visit.page.evaluate(drawn) == [True, False, False, False]
        last = visit.page.locator("figure:has(.live-figure-fallback)").last
        assert last.locator(".live-figure-fallback img").is_visible()
        last.scroll_into_view_if_needed()
        last.locator(".live-figure svg").first.wait_for()
        assert not last.locator(".live-figure-fallback").is_visible()
    with Visit(chromium, page, query="#fig-checkerboard?stride=3", ready=False) as visit:
        visit.page.locator("#fig-checkerboard .live-figure svg").first.wait_for()
        assert visit.page.locator("#fig-checkerboard [data-trait=stride]").first.input_value() == "3"
        top = visit.page.locator("#fig-checkerboard").evaluate("(one) => one.getBoundingClientRect().top")
        assert -1 <= top < 300


def test_a_figure_that_cannot_start_leaves_its_picture(chromium, tmp_path):
    html = (HTML / PAGES[5]).read_text("utf-8")
    broken = HTML / "book/broken-for-a-test.html"
    try:
        broken.write_text(
            html.replace(
                "export default live(", "const never = live; export default { render() { throw never } }; void ("
            )
        )
        with Visit(chromium, "book/broken-for-a-test.html", ready=False) as visit:
            visit.page.wait_for_timeout(300)
            assert visit.page.locator(".live-figure-fallback img").first.is_visible()
            assert visit.page.locator(".segbook").count() == 0
            assert any("live figure" in complaint for complaint in visit.complaints)
    finally:
        broken.unlink()


def stored_pictures():
    """Collect what is stored of all figures: by the key of what it shows, a picture and a sentence."""
    outputs = [output for notebook in map(read, SOURCES) for output, _ in front_ends.figures(notebook)]
    outputs += [output for page in page_pictures.pages() for output, _ in page_pictures.shown(page).values()]
    return {one.metadata.snapshot: (base64.b64decode(one.data["image/png"]), one.data["text/plain"]) for one in outputs}


def test_before_a_figure_starts_its_page_shows_a_picture_and_a_sentence_of_its_own_settings():
    stored, seen = stored_pictures(), 0
    for page in PAGES:
        html = (HTML / page).read_text("utf-8")
        (states,) = (json.loads(text)["state"] for text in re.findall(SCRIPT.format("state"), html))
        pictures = re.findall(SCRIPT.format("view") + FALLBACK, html)
        assert len(pictures) == html.count("widget-view+json")
        for view, alt, source in pictures:
            state = states[json.loads(view)["model_id"]]["state"]
            picture, sentence = stored[snapshots.key(state)]
            assert (HTML / "book" / source).read_bytes() == picture, f"{page}: 'make notebooks', then 'make book'"
            assert unescape(alt) == sentence == said(state), page
            seen += 1
    assert seen > len(PAGES)


def said(state):
    names = [setting["name"] for setting in json.loads(state["_declared"])["settings"]]
    figure = getattr(widgets, state["_anywidget_id"].rpartition(".")[2])
    return figure(**{name: state[name] for name in names}).alt()
