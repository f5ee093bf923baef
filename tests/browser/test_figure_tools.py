"""Figures as objects: number and caption, the address that carries their settings, their panel, their own page."""

import json
import re
from collections import Counter

import pytest
from sampling import sampled
from visit import HTML, Visit, set_slider

from segbook import widgets

CHAPTER = "book/06_transposed_convolution.html"
PAGES = sorted(str(page.relative_to(HTML)) for page in HTML.glob("book/[0-9]*.html"))
ANCHORS = [getattr(widgets, name).anchor() for name in widgets.__all__]
FIGURE = re.compile(r'<figure class="book-figure" id="([\w-]+)">(.*?)</figure>', re.DOTALL)
CAPTION = re.compile(r"<figcaption><strong>Figure (\d+)\.(\d+)\.</strong> (.+?)</figcaption>\s*$", re.DOTALL)


def html(page):
    return (HTML / page).read_text("utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_has_a_name_a_number_and_a_caption(page):
    figures = FIGURE.findall(html(page))
    said = [CAPTION.search(inside) for _, inside in figures]
    assert [tuple(map(int, one.groups()[:2])) for one in said] == [
        (int(page[5:7]), number) for number in range(1, len(figures) + 1)
    ]
    assert all(len(one[3]) > 60 for one in said)
    live = [name for name, inside in figures if "widget-view+json" in inside]
    assert len(live) == html(page).count("widget-view+json")
    assert set(live) <= set(ANCHORS)


def test_the_first_page_names_the_number_that_its_figure_has_in_its_chapter():
    ((name, inside),) = FIGURE.findall(html("book/intro.html"))
    link, number = re.search(r'<figcaption>.+<strong><a [^>]*href="([^"]+)">.*?(Figure [\d.]+)<', inside).groups()
    chapter, _, anchor = link.partition("#")
    assert anchor == name
    assert f'id="{name}"' in html(f"book/{chapter}")
    assert f"<strong>{number}.</strong>" in html(f"book/{chapter}")


def test_text_links_to_figures_and_equations_that_are_there():
    found = Counter()
    for page in sorted(HTML.glob("book/**/*.html")):
        for link, kind, words in re.findall(
            r'href="([^"]*#(fig|eq)-[^"]*)"[^>]*>(?:<[^>]+>)*([^<]+)', page.read_text("utf-8")
        ):
            target, _, anchor = link.partition("#")
            there = (page.parent / target).resolve() if target else page
            text = there.read_text("utf-8")
            assert f'id="{anchor}"' in text, link
            assert kind == "fig" or words == f"({anchor[3:].replace('-', '.')})"
            assert kind == "eq" or re.fullmatch(r"Figure \d+\.\d+", words), words
            if kind == "fig":  # the number is that of the caption
                own = text[text.index(f'id="{anchor}"') :]
                assert re.search(r"Figure \d+\.\d+", own)[0] == words, link
            found[kind, there == page] += 1
    assert min(found.values()) > 0
    assert len(found) == 4, "figures and equations, here and in other chapters"


@pytest.fixture(scope="module")
def desk(chromium):
    with Visit(chromium, CHAPTER) as visit:
        # What still arrives may move a slider from under the mouse.
        visit.page.evaluate("document.fonts.ready")
        visit.page.evaluate("for (const one of document.images) one.loading = 'eager'")
        visit.page.wait_for_function("[...document.images].every((one) => one.complete)")
        yield visit


def settings(frame):
    return frame.locator(".live-figure").evaluate("""({ live: { model } }) => Object.fromEntries(
        JSON.parse(model.get("_declared")).settings.map(({ name }) => [name, model.get(name)]))""")


def copied(frame, label):
    opener = frame.locator(".figure-tools > button")
    if opener.get_attribute("aria-expanded") == "false":
        opener.click()
    frame.get_by_role("button", name=label).click()
    return frame.locator(".figure-tools textarea").input_value()


def opened_again(visit, address, name):
    with visit.context.new_page() as page:
        page.goto(address)
        page.wait_for_selector(f"#{name} .live-figure svg")
        # Once the figures above it are drawn, too: a slow machine sees it move until then.
        page.wait_for_function(f"""() => {{
            const top = document.getElementById("{name}").getBoundingClientRect().top;
            return top >= -1 && top < 300;
        }}""")
        return settings(page.locator(f"#{name}"))


def test_a_drag_is_one_step_back_and_its_address_opens_the_same_figure(desk):
    frame, start = desk.page.locator("#fig-output-size"), desk.page.url
    first, steps = settings(frame), desk.page.evaluate("history.length")
    slider = frame.locator("[data-trait=stride]")
    slider.hover()  # waits until it keeps its place
    box = slider.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    desk.page.mouse.down()
    for step in range(1, 10):
        desk.page.mouse.move(x + step * box["width"] / 20, y)
    desk.page.mouse.up()
    desk.page.wait_for_function("location.hash.endsWith('?stride=5')")
    assert desk.page.evaluate("history.length") == steps + 1
    dragged = settings(frame)
    assert dragged == first | {"stride": 5}
    frame.locator(".top .presets button").nth(2).click()
    halving = settings(frame)
    assert "stride=2" in desk.page.url
    assert opened_again(desk, desk.page.url, "fig-output-size") == halving
    desk.page.go_back()
    assert settings(frame) == dragged
    desk.page.go_back()
    assert settings(frame) == first
    assert desk.page.url == start
    desk.page.go_forward()
    assert settings(frame) == dragged
    desk.page.go_back()


FIRST_IS_LATE = """
    window.order = [];
    addEventListener("live-figure", ({ target }) => order.push(target.closest(".book-figure").id));
    const scroll = Element.prototype.scrollIntoView;
    Element.prototype.scrollIntoView = function (...how) { order.push("scrolled"); scroll.apply(this, how); };
    window.Blob = class extends Blob {
        constructor([source], type) {
            super([source.includes("three views") ? "await new Promise((go) => setTimeout(go, 500));" : "", source], type);
        }
    };
"""


def test_who_comes_to_a_figure_stays_there_when_the_first_one_is_drawn_later(desk):
    with desk.context.new_page() as page:
        page.add_init_script(FIRST_IS_LATE)
        page.goto(f"{(HTML / CHAPTER).as_uri()}#fig-output-size?stride=2")
        page.wait_for_selector("#fig-output-size .live-figure svg")
        page.evaluate("async () => { await liveFigures; await new Promise((done) => setTimeout(done)); }")
        order = page.evaluate("order")
        late = order.index("fig-conv-transpose-1d")
        assert order.index("scrolled") < late
        assert "scrolled" in order[late:]
        assert page.evaluate("Math.abs(document.getElementById('fig-output-size').getBoundingClientRect().top) < 300")


def test_a_mouse_that_passes_over_a_figure_writes_no_address(desk):
    frame, before = desk.page.locator("#fig-conv-transpose-1d"), desk.page.url
    now = settings(frame)["i"]
    frame.locator("[data-output='4']").first.hover()
    assert settings(frame)["i"] == 4 != now
    desk.page.wait_for_timeout(400)
    assert desk.page.url == before


def test_the_panel_copies_what_makes_the_figure_and_leads_back_to_its_start(desk):
    frame = desk.page.locator("#fig-conv-transpose-1d")
    start = settings(frame)
    set_slider(frame, "stride", 3)
    set_slider(frame, "padding", 1)
    assert copied(frame, "Copy as Python").splitlines() == [
        "from segbook.widgets import ConvTranspose1D", "",
        f"ConvTranspose1D({f'i={i}, ' if (i := settings(frame)['i']) != 2 else ''}stride=3, padding=1)",
    ]  # fmt: skip
    set_now = settings(frame)
    link = copied(frame, "Copy link")
    assert opened_again(desk, link, "fig-conv-transpose-1d") == set_now
    embed = copied(frame, "Copy embed code")
    src = re.match(r'<iframe src="([^"]+)" title="Figure 6.1" width="100%" height="\d+"', embed)[1]
    assert src.partition("?")[0] == (HTML / "embed/conv-transpose-1d.html").as_uri()
    assert src.partition("?")[2].replace("&amp;", "&") == link.partition("?")[2]
    assert "copied" in frame.get_by_role("status").last.inner_text()
    frame.get_by_role("button", name="Reset").click()
    assert settings(frame) == start | {"i": 2}
    assert desk.page.url.endswith("#fig-conv-transpose-1d")
    assert "slider" in frame.locator(".figure-tools dl").inner_text()
    assert desk.complaints == []


def test_the_panel_is_reached_by_keys_large_enough_and_stays_off_paper(desk):
    frame = desk.page.locator("#fig-checkerboard")
    opener = frame.locator(".figure-tools > button")
    opener.focus()
    desk.page.keyboard.press("Enter")
    assert opener.get_attribute("aria-expanded") == "true"
    assert frame.locator(f"#{opener.get_attribute('aria-controls')}").is_visible()
    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate("document.activeElement.textContent") == "Copy link"
    desk.page.set_viewport_size({"width": 320, "height": 700})
    sizes = frame.locator(".figure-tools button").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect())")
    assert min(min(one["width"], one["height"]) for one in sizes) >= 24
    assert max(one["right"] for one in sizes) <= 320
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    desk.page.emulate_media(media="print")
    assert not frame.locator(".figure-tools").is_visible()
    assert frame.locator("figcaption").is_visible()
    desk.page.emulate_media(media="screen")


def test_addresses_that_say_nonsense_show_a_whole_figure(desk):
    frame = desk.page.locator("#fig-conv-transpose-1d")
    for query, stride in (("stride=99&padding=99&x=1,2,3", 4), ("stride=no&x=&weight=;&%", 2), ("nothing=1", 2)):
        desk.page.evaluate("(hash) => { location.hash = hash; }", f"fig-conv-transpose-1d?{query}")
        desk.page.wait_for_function(f"document.querySelector('[data-trait=stride]').value === '{stride}'")
        assert frame.locator(".drawing .warning").count() == 0
        assert settings(frame)["stride"] == stride
    assert desk.complaints == []


OTHER = ".top .presets button[aria-pressed=false]"  # a figure may open with any of them


@sampled("pages", PAGES, 1)
def test_a_preset_of_every_figure_comes_back_from_its_address(chromium, pages):
    for page in pages:
        a_preset_comes_back(chromium, page)


def a_preset_comes_back(chromium, page):
    with Visit(chromium, page) as visit:
        for frame in visit.page.locator("figure:has(.live-figure)").all():
            start, name = settings(frame), frame.get_attribute("id")
            frame.locator(OTHER).last.click()
            visit.page.wait_for_function(f"location.hash.startsWith('#{name}?')")
            chosen = settings(frame)
            assert opened_again(visit, visit.page.url, name) == chosen != start
            visit.page.go_back()
            assert settings(frame) == start


PARENT = """<!doctype html><title>A course</title><p>Elsewhere</p>
<iframe src="{src}" width="700" height="100" style="border: 0"></iframe>
<script>addEventListener("message", ({{ data }}) => {{ document.querySelector("iframe").height = data.height; }});</script>"""


@sampled("anchors", ANCHORS, 3)
def test_an_embedded_figure_draws_reacts_tells_its_height_and_says_where_it_comes_from(chromium, tmp_path, anchors):
    for anchor in anchors:
        embedded(chromium, tmp_path, anchor)


def embedded(chromium, tmp_path, anchor):
    address = HTML / f"embed/{anchor.removeprefix('fig-')}.html"
    course = tmp_path / "course.html"
    course.write_text(PARENT.format(src=address.as_uri()))
    with Visit(chromium, color_scheme="dark") as visit:
        visit.page.goto(course.as_uri())
        inner = visit.page.frame_locator("iframe")
        inner.locator(".live-figure svg").first.wait_for()
        visit.page.wait_for_function("document.querySelector('iframe').height > 250")
        spilt = "(body) => document.documentElement.scrollHeight - innerHeight"
        assert inner.locator("body").evaluate(spilt) <= 1
        ground = inner.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
        assert sum(map(int, re.findall(r"\d+", ground))) < 150
        said = inner.locator(".sentence").inner_text(), inner.locator(".formula").inner_text()
        chosen = inner.locator(OTHER).last.text_content()
        inner.locator(OTHER).last.click()
        assert (inner.locator(".sentence").inner_text(), inner.locator(".formula").inner_text()) != said
        inner.locator("footer a").focus()
        link = inner.locator("footer a").evaluate("(link) => link.href")
        target, _, query = link.partition("#")[2].partition("?")
        assert (target, bool(query)) == (anchor, True)
        assert f'id="{anchor}"' in (HTML / "book" / link.partition("#")[0].rpartition("/")[2]).read_text("utf-8")
        visit.page.goto(f"{address.as_uri()}?{query}")
        visit.page.wait_for_selector(".live-figure svg")
        pressed = visit.page.locator(".top .presets button[aria-pressed=true]")
        assert chosen in pressed.all_text_contents()
        assert visit.complaints == []


def test_an_embedded_page_holds_the_figure_and_nothing_of_the_theme():
    pages = sorted((HTML / "embed").glob("*.html"))
    assert [f"fig-{page.stem}" for page in pages] == sorted(ANCHORS)
    for page in pages:
        html = page.read_text("utf-8")
        assert not re.search(r"<link|MathJax|sphinx|theme\.css", html)
        scripts = re.findall(r'<script src="\.\./_static/([^"]+)"', html)
        assert len(scripts) == 3
        assert sum((HTML / "_static" / name).stat().st_size for name in scripts) < 12_000
        assert json.loads(re.search(r'widget-view\+json">(.*?)</script>', html)[1]) == {"model_id": "figure"}
