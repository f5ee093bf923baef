"""The first page and the openings of chapters: all that they say follows from _toc.yml and the chapters."""

import base64
import json
import re
import unicodedata

import pytest
import yaml
from visit import HTML, ROOT, WHOLE, Visit

from segbook.exercises import catalogue

PARTS = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
CHAPTERS = [one["file"] for part in PARTS if part["caption"] == "Chapters" for one in part["chapters"]]
INTRO = "book/intro.html"
NO_STORAGE = (
    """Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } })"""
)
PLACES = """[...document.querySelectorAll('.unet li')].map((one) => {
    const { left, top, right } = one.getBoundingClientRect();
    return { arm: one.classList[0], left, top, right };
})"""

# Words that stand in two lines. Those with a hyphen may.
BROKEN = """[...document.querySelectorAll('.unet .title a')].flatMap(({ firstChild: text }) =>
    [...text.data.matchAll(/[a-z]+/gi)].filter((word) => {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return range.getClientRects().length !== 1;
    }).map(([word]) => word))"""


def source(chapter):
    return (ROOT / chapter).with_suffix(".md").read_text("utf-8")


CARDS = {
    str(number): card
    for number, card in yaml.safe_load(
        re.search(r"```\{chapters\}\n(.*?)```", (ROOT / "book/intro.md").read_text("utf-8"), re.S)[1]
    ).items()
}


def question(chapter):
    return next(one for one in re.findall(r"\*\*([^*]+)\*\*", source(chapter)) if one.endswith("?"))


@pytest.fixture(scope="module")
def first(chromium):
    with Visit(chromium, INTRO) as visit:
        yield visit


def test_the_contents_list_every_chapter_in_order_with_all_that_belongs_to_it(first):
    cards = first.page.locator(".unet li").all()
    said = [(card.locator(".title a").get_attribute("href"), card.locator("p").nth(1).text_content()) for card in cards]
    asked = [CARDS[str(i)].get("asks", question(chapter)) for i, chapter in enumerate(CHAPTERS, 1)]
    assert said == [
        (f"{chapter.removeprefix('book/')}.html", one) for chapter, one in zip(CHAPTERS, asked, strict=True)
    ]
    assert all(one.count("?") == 1 for one in asked)
    titles = [re.search(r"^# (.+)", source(chapter), re.M)[1] for chapter in CHAPTERS]
    assert [card.locator(".title").text_content() for card in cards] == titles
    for card, chapter in zip(cards, CHAPTERS, strict=True):
        number = str(int(chapter.partition("/")[2][:2]))
        count = sum(id.partition(".")[0] == number for id in catalogue())
        facts = card.locator(".facts").text_content()
        assert re.fullmatch(rf"\d+ min · {count} exercises?", facts.partition(f"0 of {count} solved")[0]), facts
        assert not card.locator(".exercise-count").is_visible()  # nothing is solved
        link = card.locator(".facts a").get_attribute("href")
        assert (HTML / "book" / link).exists()
        assert card.locator("img").evaluate("(one) => one.decode().then(() => one.naturalWidth)") > 300


def test_on_a_wide_page_the_contents_are_a_u_and_on_a_phone_a_list(first):
    places = first.page.evaluate(PLACES)
    half = len(CHAPTERS) // 2
    down, up, head = places[:half], places[half : 2 * half], places[2 * half :]
    assert [one["arm"] for one in places] == ["down"] * half + ["up"] * half + ["head"] * (len(CHAPTERS) % 2)
    assert [one["top"] for one in down] == sorted(one["top"] for one in down)
    assert [one["top"] for one in down] == [one["top"] for one in reversed(up)]
    assert [one["left"] for one in down] == sorted({one["left"] for one in down})  # further in, the deeper
    assert max(one["right"] for one in down) < min(one["left"] for one in up)
    assert all(one["top"] < up[-1]["top"] for one in head)
    first.page.set_viewport_size({"width": 390, "height": 844})
    places = first.page.evaluate(PLACES)
    assert [one["top"] for one in places] == sorted({one["top"] for one in places})
    assert len({one["left"] for one in places}) == 1
    first.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("width", [1280, 1000, 961, 801, 390, 320])
def test_the_words_of_a_cards_title_are_whole(chromium, width):
    with Visit(chromium, INTRO, width=width) as visit:
        assert visit.page.evaluate(BROKEN) == []


def test_a_skip_joins_chapters_that_face_each_other(first):
    half = len(CHAPTERS) // 2
    drawn = "(all) => all.map((one) => getComputedStyle(one, '::after').borderTopStyle)"
    skips = first.page.locator(".unet li").evaluate_all(drawn)
    assert skips == ["dashed"] * half + ["none"] * (len(CHAPTERS) - half)
    words = first.page.locator("#the-chapters > p").first.text_content()
    pairs = [(int(one), int(two)) for one, two in re.findall(r"\((\d+) and (\d+)\)", words)]
    assert pairs == [(i, 2 * half + 1 - i) for i in range(1, half + 1)]


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_way_in_and_each_networks_count_are_on_the_first_screen(chromium, size):
    with Visit(chromium, INTRO) as visit:
        visit.page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        visit.page.locator(".segbook .sides").wait_for()
        bottom = "(one) => one.getBoundingClientRect().bottom"
        assert visit.page.locator(".start .place").evaluate(bottom) < size[1]
        assert visit.page.locator(".segbook .sides").evaluate(bottom) < size[1]
        said = visit.page.locator(".segbook .sides small").all_text_contents()
        assert said == ["counts 2, merges 10", "counts 10, merges none"]


def test_card_and_opening_show_the_part_of_the_picture_that_the_page_names(first, chromium):
    boxes = """(all) => all.map((one) => {
        const [whole, part] = [one.querySelector("img"), one].map((box) => box.getBoundingClientRect());
        const scale = 720 / whole.width;
        return [part.left - whole.left, part.top - whole.top, part.width].map((length) => length * scale);
    })"""
    named = [pytest.approx(card["shows"], abs=2) for card in CARDS.values()]
    assert first.page.locator(".unet .part").evaluate_all(boxes) == named
    for chapter, part in zip(CHAPTERS, named, strict=True):
        with Visit(chromium, f"{chapter}.html") as visit:
            assert visit.page.locator(".preview .part").evaluate_all(boxes) == [part]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_opens_with_its_question_its_time_and_a_way_to_its_figure(chapter):
    html = (HTML / f"{chapter}.html").read_text("utf-8")
    assert f'<strong class="question">{question(chapter)}' in html.replace("&#39;", "'")
    (counted,) = {int(one) for one in re.findall(r'<p class="facts">(\d+) minutes', html)}
    (typed,) = {int(one) for one in re.findall(r"\*About (\d+) minutes\.", source(chapter))}
    assert abs(counted - typed) <= 5, f"{chapter} says {typed} minutes and has enough for {counted}"
    assert "About" not in re.search(r'<p class="needs">.*?</p>', html, re.S)[0]
    assert html.count('id="first-figure"') == html.count('href="#first-figure"') == 1
    article = html[html.index("<article") :]
    assert article.index('class="preview"') < article.index("<h2>")


def test_a_preview_shows_the_figure_whose_cell_says_so():
    """Chapter 5's first figure would answer the prediction above it."""
    html = (HTML / "book/05_downsampling.html").read_text("utf-8")
    assert "tag_preview" in re.search(r'<[^>]*id="first-figure"[^>]*>', html)[0]
    notebook = json.loads((ROOT / "book/05_downsampling.ipynb").read_text("utf-8"))
    (cell,) = (one for one in notebook["cells"] if "preview" in one["metadata"].get("tags", []))
    (picture,) = (one["data"]["image/png"] for one in cell["outputs"])
    shown = re.search(r'class="preview".*?<img src="([^"]+)"', html, re.S)[1]
    assert (HTML / "book" / shown).read_bytes() == base64.b64decode(picture)


def test_the_first_screen_asks_for_its_picture_at_once():
    for page in ["book/intro", *CHAPTERS]:
        html = (HTML / f"{page}.html").read_text("utf-8")
        urgent = re.findall(r'<img[^>]*fetchpriority="high"[^>]*>', html)
        assert len(urgent) == 1, page
        assert html.count("<img", html.index("<article"), html.index(urgent[0])) == 0, page
        assert 'loading="lazy"' not in urgent[0]
        assert html.index("fonts/literata.woff2") < html.index('rel="stylesheet"')


def test_question_and_preview_stand_on_the_first_screen(chromium):
    ends = """(all) => all.map((one) => one.getBoundingClientRect()).map(({ top, bottom }) => [bottom, (top + bottom) / 2])"""
    with Visit(chromium, INTRO, ready=False, java_script_enabled=False) as visit:
        for chapter in CHAPTERS:
            visit.page.goto((HTML / f"{chapter}.html").as_uri())
            for width, height in ((1280, 800), (390, 844)):
                visit.page.set_viewport_size({"width": width, "height": height})
                (asked, _), (whole, half) = visit.page.locator(".question, .preview").evaluate_all(ends)
                assert asked < height
                assert (whole if width == 1280 else half) < height, chapter


def test_question_drawing_figure_and_abilities_stand_on_the_first_screen(chromium):
    ends = "(all) => all.map((one) => one.getBoundingClientRect().bottom)"
    middles = "(all) => all.map((one) => one.getBoundingClientRect()).map(({ top, bottom }) => (top + bottom) / 2)"
    with Visit(chromium, INTRO) as visit:
        visit.resize(1280, 800)
        for part in (".first-words p", ".glance", ".first-figure svg.answers", ".abilities li"):
            bottoms = visit.page.locator(part).evaluate_all(ends)
            assert bottoms, part
            assert max(bottoms) < 800, part
        visit.resize(390, 844)
        (figure,) = visit.page.locator(".first-figure .wipe").evaluate_all(middles)
        assert figure < 844


def test_cells_that_only_import_or_draw_are_folded_and_no_others(chromium):
    with Visit(chromium, f"{CHAPTERS[3]}.html", ready=False) as visit:
        visit.page.wait_for_function(WHOLE)  # a click would miss what moves meanwhile
        folds = visit.page.locator("details.plumbing")
        names = folds.locator("summary").all_text_contents()
        assert names == ["Imports", *["Code of the figure"] * source(CHAPTERS[3]).count("draws]")]
        assert len(names) > 1
        fold = folds.first
        assert not fold.locator("pre").is_visible()
        fold.locator("summary").click()
        assert fold.locator("pre").text_content().startswith("import torch")
        others = visit.page.locator(".cell_input pre:not(.plumbing pre)").all_text_contents()
        assert others
        assert all(set(re.findall(r"^\w+", text, re.M)) - {"import", "from"} for text in others)


@pytest.mark.parametrize("width", [1200, 1366])
def test_no_line_of_a_chapters_code_is_wider_than_its_box(chromium, width):
    """Also in folds, and where a table of contents stands on either side of the text."""
    with Visit(chromium, f"{CHAPTERS[2]}.html", ready=False) as visit:
        visit.resize(width, 900)
        visit.page.wait_for_function(WHOLE)
        visit.page.evaluate("document.querySelectorAll('details.plumbing').forEach((one) => { one.open = true; })")
        boxes = visit.page.locator(".cell_input pre").evaluate_all(
            "(all) => all.map((one) => [one.clientWidth, one.scrollWidth, one.textContent])"
        )
    assert len(boxes) > 20
    assert max(len(line) for *_, text in boxes for line in text.splitlines()) > 85
    assert [text for inside, needed, text in boxes if needed > inside + 1] == []


def test_the_first_page_offers_to_go_on_where_the_reader_was(chromium, site):
    """In a section longer than the window, so that it is the one that is read, whatever has been laid out by then."""
    chapter = f"{site}{CHAPTERS[5]}.html"
    with Visit(chromium, INTRO, at=site) as visit:
        offer = visit.page.locator(".start .place")
        assert offer.text_content() == "Start with chapter 1"
        visit.page.goto(chapter)
        visit.page.evaluate("document.querySelector('#does-the-size-come-back').scrollIntoView()")
        visit.page.goto(site + INTRO)
        offer.filter(has_text="Go on").wait_for()  # the offer is made a moment after the page has come
        assert offer.text_content() == "Go on where you were: 6. Transposed convolution › Does the size come back?"
        offer.click()
        visit.page.wait_for_url(f"{chapter}#does-the-size-come-back")
        visit.page.go_back()
        for stored in ("{", '{"address": "//example.org/x", "name": "x"}'):
            visit.page.evaluate("(text) => localStorage.setItem('segbook-place', text)", stored)
            visit.page.reload()
            assert offer.text_content() == "Start with chapter 1", stored
        assert visit.requests == visit.complaints == []


def test_where_nothing_can_be_kept_the_first_page_starts_with_chapter_1(chromium):
    with Visit(chromium, INTRO) as visit:
        visit.context.add_init_script(NO_STORAGE)
        visit.page.goto((HTML / f"{CHAPTERS[1]}.html").as_uri())
        visit.page.goto((HTML / INTRO).as_uri())
        assert visit.page.locator(".start .place").text_content() == "Start with chapter 1"
        assert not [text for text in visit.complaints if "place.js" in text]


def test_every_chapter_of_the_contents_is_reached_by_the_tab_key_in_their_order(first):
    links = "[...document.querySelectorAll('.unet .title a')].map((one) => one.href)"
    first.page.locator(".unet .title a").first.focus()
    reached = first.page.evaluate(links)[:1]
    for _ in range(2 * len(CHAPTERS) - 1):
        first.page.keyboard.press("Tab")
        reached.append(first.page.evaluate("document.activeElement.href"))
    assert [one for one in reached if "/exercises/" not in one] == first.page.evaluate(links)


def test_contents_of_any_number_of_chapters_make_a_u():
    from chapters import places

    assert places(4) == [("down", 1), ("down", 2), ("up", 2), ("up", 1)]
    assert places(5) == [("down", 2), ("down", 3), ("up", 3), ("up", 2), ("head", 1)]


def test_the_letters_of_the_text_are_in_its_font():
    """What the pages' words need, and the font's subset (book/_ext/typeface.py) has; mathematics and Greek have other fonts."""
    from typeface import CHARACTERS

    prose = re.compile(r"```.*?```|\$\$.*?\$\$|\$[^$]*\$|`[^`]*`", re.S)
    text = {c for page in ROOT.glob("book/**/*.md") for c in prose.sub("", page.read_text("utf-8"))}
    words = {c for c in text if unicodedata.name(c, "").startswith("LATIN") or unicodedata.category(c)[0] == "P"}
    assert len(words) > 60
    assert words - {"ş"} <= set(CHARACTERS)  # in the name of one author, which another font draws


def test_the_first_page_says_how_long_the_chapters_take(first):
    said = first.page.locator(".unet .facts").all_text_contents()
    minutes = [int(re.match(r"(\d+) min\b", one)[1]) for one in said]
    words = first.page.locator(".abilities").text_content()
    assert "eleven chapters take about ten hours" in words
    assert (len(minutes), round(sum(minutes) / 60)) == (11, 10)
