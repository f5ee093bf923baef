"""The built page in a real browser: from file://, with the network off, as its readers have it."""

import json
import re
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from sampling import few_of
from visit import HTML, ROOT, Visit

PAGES = sorted(page.relative_to(HTML) for page in HTML.glob("book/**/*.html"))
EVERY = sorted(page.relative_to(HTML) for page in HTML.rglob("*.html") if "_static" not in page.parts)
CHAPTER = "book/06_transposed_convolution.html"
ICON = r"\\([ef][0-9a-f]{3})\b"
AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
BRIGHTNESS = """getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)
    .reduce((sum, value) => sum + Number(value), 0)"""
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]


def test_the_book_has_its_pages():
    assert Path(CHAPTER) in PAGES
    assert (HTML / "index.html").exists()


@pytest.fixture(scope="module")
def wide(chromium):
    with Visit(chromium) as visit:
        yield visit


@pytest.fixture(scope="module", params=PAGES, ids=str)
def desk(request, wide):
    """A page in a wide window, opened in the light theme."""
    return wide.turn_to(request.param)


# All pages have one style, and in `make slow` each is held to it.
few_desks = pytest.mark.parametrize("desk", few_of(PAGES, 10), indirect=True, ids=str)


@pytest.fixture(scope="module")
def narrow(chromium):
    with Visit(chromium, width=390, color_scheme="dark") as visit:
        yield visit


@pytest.fixture(scope="module", params=few_of(PAGES, 6), ids=str)
def phone(request, narrow):
    """A page in a narrow window, opened in the dark theme; `desk` is made narrow and dark, too, once it is open."""
    return narrow.turn_to(request.param)


def stands_alone_and_fits(visit, *schemes):
    """See that a page is complete in the theme it was opened in, and when the reader turns to another."""
    for scheme in schemes:
        visit.page.emulate_media(color_scheme=scheme)
        visit.page.wait_for_function(f"({BRIGHTNESS} < 200) === {str(scheme == 'dark').lower()}")
        assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert visit.requests == []
    assert visit.complaints == []


def test_a_page_stands_alone_and_fits(desk):
    stands_alone_and_fits(desk, "light", "dark")


def test_a_page_stands_alone_and_fits_a_phone(phone):
    stands_alone_and_fits(phone, "dark", "light")


def test_what_scrolls_sideways_is_a_stop_of_the_tab_key_and_nothing_else_is(desk):
    folds = 'document.querySelectorAll(".bd-article details:not(.predict)").forEach((one) => { one.open = %s; })'
    desk.page.evaluate(folds % "true")  # what is folded has no size that anyone is told of
    desk.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")  # sizes are told of
    wrong = desk.page.evaluate("""() => [...document.querySelectorAll(
        ".bd-article :is(table, div.math, pre, .cell_output > .output)")].filter((one) => !one.closest(".segbook")
        && (one.scrollWidth > one.clientWidth) !== (one.tabIndex === 0)).map((one) => one.textContent.slice(0, 60))""")
    desk.page.evaluate(folds % "false")
    assert wrong == []


def test_ids_are_unique_and_no_formula_is_a_stop_of_the_tab_key(desk):
    double, stops = desk.page.evaluate("""() => {
        const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
        return [ids.filter((id, i) => ids.indexOf(id) !== i), document.querySelectorAll(".katex [tabindex], .katex[tabindex]").length];
    }""")
    assert (double, stops) == ([], 0)


def test_a_page_fits_the_narrowest_phone_and_its_letters_can_be_read(desk):
    desk.resize(320, 700)
    excess, spilt, small = desk.page.evaluate("""() => {
        const seen = [...document.querySelectorAll(".segbook *")].filter((one) => one.getClientRects().length);
        const text = seen.filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
        const size = (one) => parseFloat(getComputedStyle(one).fontSize) * (one.closest("svg")?.getScreenCTM().a ?? 1);
        const right = (one) => one.getBoundingClientRect().right;
        return [document.documentElement.scrollWidth - innerWidth,
            seen.filter((one) => one.matches(".setting, .setting *") && right(one) > right(one.closest(".segbook")))
                .map((one) => one.outerHTML.slice(0, 80)),
            text.filter((one) => size(one) < 8.99).map((one) => [one.textContent, size(one)])];
    }""")
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    assert (excess <= 0, spilt, small) == (True, [], [])


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", EVERY, ids=str)
def test_no_page_scrolls_sideways_on_the_narrowest_phone_whatever_is_unfolded(chromium, page, scheme):
    with Visit(chromium, page, width=320, color_scheme=scheme) as visit:
        visit.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


BROKEN = """() => {
    const range = document.createRange(), broken = [];
    const look = (selector, pattern) => {
        for (const place of document.querySelectorAll(selector)) {
            const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                if (walker.currentNode.parentElement.closest("code, .katex, math, .segbook")) continue;
                for (const match of walker.currentNode.data.matchAll(pattern)) {
                    range.setStart(walker.currentNode, match.index);
                    range.setEnd(walker.currentNode, match.index + match[0].length);
                    if (new Set([...range.getClientRects()].map((box) => box.top)).size > 1) broken.push(match[0]);
                }
            }
        }
    };
    look(".bd-article td", /\\d+\\s(?:±|to)\\s[\\d−][\\d.]*/g);
    const said = "section > p, figcaption, li, summary, .predict > p";
    look(`.bd-article :is(${said})`, /\\d\\s(?:%|×\\s\\d)/g);
    look(`.bd-article :is(${said}, h1, h2, h3, td, th)`, /U-Net/g);
    return broken;
}"""


def test_on_a_phone_no_line_ends_within_a_size_a_share_a_number_with_its_spread_or_a_name(desk):
    desk.resize(390, 844)
    broken = desk.page.evaluate(BROKEN)
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    assert broken == []


SIZES = """async () => {
    const pictures = [...document.querySelectorAll(".cell_output img")];
    pictures.forEach((picture) => { picture.loading = "eager"; });
    await Promise.all(pictures.map((picture) => picture.decode()));
    return pictures.filter(({ width }) => width)
        .map((one) => [one.naturalWidth / one.width, one.naturalWidth / one.naturalHeight, one.width / one.height]);
}"""


def test_every_picture_says_what_it_shows(desk):
    page = desk.page.url.partition("_build/html/")[2]
    source = (ROOT / page).with_suffix(".ipynb")
    cells = json.loads(source.read_text("utf-8"))["cells"] if source.exists() else []
    outputs = [(cell, output.get("data", {})) for cell in cells for output in cell.get("outputs", [])]
    # Where a reader predicts first, the code's own sentence is neutral and the cell's `finding` tells.
    sentences = [
        cell["metadata"].get("finding", "".join(data["text/plain"]).strip())
        for cell, data in outputs
        if "image/png" in data
    ]
    described = desk.page.evaluate("[...document.querySelectorAll('.cell_output img')].map((i) => i.alt)")
    assert described == sentences
    stored = "[...document.querySelectorAll('.cell_output img, .live-figure-fallback img')].map((one) => one.outerHTML)"
    known = r'<img loading="(lazy|eager)" width="\d+" height="\d+" '  # eager once the page has all else
    assert [tag for tag in desk.page.evaluate(stored) if not re.match(known, tag)] == []
    # Sharp on fine screens, never blown up, and no taller or flatter than their places.
    for ratio, shape, place in desk.page.evaluate(SIZES):
        assert ratio >= 1.45
        assert abs(shape / place - 1) < 0.02
    # A picture that adds nothing to the words beside it is silent.
    silent = ".logo__image, .unet img, .preview img"
    missing = f"[...document.querySelectorAll('img:not({silent})')].filter((i) => !i.alt).map((i) => i.src)"
    assert desk.page.evaluate(missing) == []
    unnamed = (
        "[...document.querySelectorAll('.segbook svg[role=img]')].filter((s) => !s.getAttribute('aria-label')).length"
    )
    assert desk.page.evaluate(unnamed) == 0


PAPER = """() => {
    const brightness = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).reduce((sum, value) => sum + Number(value), 0);
    const words = [...document.querySelectorAll(".bd-article :is(p, li, h1, h2, td, .formula, .katex), .highlight pre")];
    return [document.body, ...words].map((one) => brightness(getComputedStyle(one).color));
}"""


SCROLLING = """() => [...document.querySelectorAll(".bd-article :is(div, pre, table)")]
    .filter((one) => one.offsetParent && /auto|scroll/.test(getComputedStyle(one).overflow)).map((one) => one.className)"""


@few_desks
def test_a_dark_page_is_light_on_paper_and_dark_again_afterwards(desk):
    desk.page.emulate_media(color_scheme="dark", media="screen")
    desk.page.wait_for_function(f"{BRIGHTNESS} < 200")
    desk.page.emulate_media(color_scheme="dark", media="print")
    desk.page.wait_for_function(f"{BRIGHTNESS} > 700")
    assert max(desk.page.evaluate(PAPER)) < 330  # 4.5:1 on white is 357 for grey
    # What scrolls cannot be broken across sheets and leaves an empty frame; a picture that never came leaves a gap.
    assert desk.page.evaluate(SCROLLING) == []
    desk.page.wait_for_function("[...document.querySelectorAll('.bd-article img')].every(({ complete }) => complete)")
    desk.page.emulate_media(color_scheme="dark", media="screen")
    desk.page.wait_for_function(f"{BRIGHTNESS} < 200")


# What axe finds is told by kind and place. `make test` gives it a page's code as one text and a formula as one word:
# thousands of coloured words and outlines, alike on all pages, would take a minute. `make slow` looks at them, too, and
# at every page in both themes and on a phone.
PLAIN = """() => document.querySelectorAll(".highlight pre, .katex").forEach((one) => {
    one.textContent = one.matches("pre") ? one.textContent : "formula";
})"""
VIOLATIONS = """() => axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => [id, nodes.map(({ target, html }) => [target.join(" "), html.slice(0, 200)])]))"""


def axe_finds_nothing(visit):
    visit.page.evaluate("""() => {
        document.querySelectorAll("details").forEach((one) => { one.open = true; });
        // What fades in is there; the line of reading progress moves with the page and never ends.
        document.getAnimations().filter(({ timeline }) => timeline === document.timeline).forEach((one) => one.finish());
    }""")
    visit.page.evaluate(AXE)
    assert visit.page.evaluate(VIOLATIONS) == []


@pytest.mark.parametrize("page", EVERY, ids=str)
def test_every_head_of_a_column_has_words(page):
    """For axe a formula is none. Here of every page at once, which axe is asked only by `make slow`."""
    tables = "".join(re.findall(r"<thead\b.*?</thead>", (HTML / page).read_text("utf-8"), re.S))
    heads = BeautifulSoup(tables, "html.parser").select("th")
    for formula in (one for head in heads for one in head.select(".katex")):
        formula.decompose()
    assert all(head.get_text().strip() for head in heads), [str(head) for head in heads]


@few_desks
def test_axe_finds_nothing(desk):
    desk.page.evaluate(PLAIN)
    axe_finds_nothing(desk)


@pytest.mark.slow
@pytest.mark.parametrize("page", [*EVERY, "search.html?q=stride"], ids=str)
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_whole_page(chromium, page, width, scheme):
    path, mark, query = str(page).partition("?")
    with Visit(chromium, path, query=mark + query, width=width, color_scheme=scheme) as visit:
        axe_finds_nothing(visit)


@pytest.mark.parametrize(
    ("query", "best", "marked"),
    [
        ("border+term", "9. Weighted loss", ["border", "term"]),
        ("checkerboards", "6. Transposed convolution", ["checkerboard"]),
        ("how+is+a+class+graded%3F", "For instructors", ["grad", "class"]),
    ],
)
def test_the_search_shows_the_best_section_first_and_where_the_words_stand(chromium, query, best, marked):
    with Visit(chromium, "search.html", query=f"?q={query}") as visit:
        first = visit.page.locator("#search-results li").first
        assert first.locator("a").text_content().startswith(best)
        found = {word.lower() for word in first.locator("mark").all_text_contents()}
        assert all(any(word.startswith(start) for word in found) for start in marked)
        assert "section" in visit.page.locator("#search-status").text_content()
        address = (HTML / first.locator("a").get_attribute("href").partition("#")[0]).read_text("utf-8")
        assert f'id="{first.locator("a").get_attribute("href").partition("#")[2]}"' in address
        assert visit.complaints == []


def test_a_search_for_what_is_nowhere_says_so(chromium):
    with Visit(chromium, "search.html", query="?q=xyzzy+%3Cb%3E") as visit:
        assert visit.page.locator("#search-status").text_content().startswith("No section has “xyzzy <b>”")
        assert visit.page.locator("#search-results li").count() == 0


def test_next_leads_through_each_chapter_its_exercises_and_on():
    page, seen = "book/intro.html", []
    while page:
        seen.append(page)
        link = re.search(r'<a class="right-next"\s+href="([^"]+)"', (HTML / page).read_text("utf-8"))
        page = str((HTML / page).parent.joinpath(link[1]).resolve().relative_to(HTML)) if link else None
    chapters = sorted(str(one) for one in PAGES if one.parts[1][0].isdigit())
    inner = [page for chapter in chapters for page in (chapter, chapter.replace("book/", "book/exercises/"))]
    assert seen[1 : 1 + len(inner)] == inner
    assert sorted(seen) == sorted(map(str, PAGES))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_describes_itself_and_loads_what_it_uses(page):
    html = (HTML / page).read_text("utf-8")
    (said,) = re.findall(r'<meta name="description" content="([^"]+)"', html)
    assert 60 < len(said) < 260
    assert f'<meta property="og:description" content="{said}"' in html
    scripts = [Path(src.partition("?")[0]).name for src in re.findall(r'<script[^>]* src="([^"]+)"', html)]
    assert not {"fontawesome.js", "searchtools.js", "searchindex.js", "doctools.js", "togglebutton.js"} & {*scripts}
    assert not re.findall(r'<script src="([^"]+)"', html)  # it would hold up the page
    assert len(scripts) == 1  # the book's own, joined; the others come when the page stands


def test_the_fonts_have_every_icon_that_the_sheet_names_by_code_or_as_it_is():
    (sheet,) = (HTML / "_static").glob("book-*.css")
    css = sheet.read_text("utf-8")
    named = {c for c in css if "\ue000" <= c < "\uf900"} | {chr(int(code, 16)) for code in re.findall(ICON, css)}
    had = set()
    for file in (HTML / "_static/fonts").glob("fa-*.woff"):
        with TTFont(file) as font:
            had |= set(map(chr, font.getBestCmap()))
    assert "\uf05a" in named  # of a note
    assert named <= had


def test_no_rule_asks_the_whole_page_again_when_a_figure_changes():
    (sheet,) = (HTML / "_static").glob("book-*.css")
    asked = re.findall(r"[^{},;]*:has\([^{};]*(?=\{)", sheet.read_text("utf-8"))
    assert len(asked) > 10
    # Style took 3.7 ms of a change of Checkerboards with two such rules, and takes 1.8 without.
    assert [one for one in asked if re.search(r"(^|\s)(html|body)\S*:has\(|:has\([^)]*(\*|:nth-)", one)] == []


@pytest.mark.parametrize("name", ["book/06_transposed_convolution", "book/exercises/06_transposed_convolution"])
def test_the_buttons_lead_where_they_should(name):
    html = (HTML / f"{name}.html").read_text("utf-8")
    url, branch = REPOSITORY["url"], REPOSITORY["branch"]
    links = set(re.findall(r'href="([^"]+)"', html))
    colab = (
        f"https://colab.research.google.com/github/{url.removeprefix('https://github.com/')}/blob/{branch}/{name}.ipynb"
    )
    assert colab in links
    assert url in links
    assert any(link.startswith(f"{url}/issues/new?") for link in links)
    assert f"{url}/edit/{branch}/{name}.md" in links
    (download,) = {link for link in links if link.endswith(".ipynb") and "_sources" in link}
    stored = json.loads((HTML / name).parent.joinpath(download).resolve().read_text("utf-8"))
    assert stored == json.loads((ROOT / f"{name}.ipynb").read_text("utf-8"))
