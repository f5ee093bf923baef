"""The built page in a real browser: from file://, with the network off, as its readers have it."""

import json
import re
from pathlib import Path

import pytest
import yaml
from visit import HTML, ROOT, Visit

PAGES = sorted(page.relative_to(HTML) for page in HTML.glob("book/**/*.html"))
CHAPTER = "book/06_transposed_convolution.html"
BRIGHTNESS = """getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)
    .reduce((sum, value) => sum + Number(value), 0)"""
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]


def test_the_book_has_its_pages():
    assert Path(CHAPTER) in PAGES
    assert (HTML / "index.html").exists()


@pytest.fixture(scope="module", params=PAGES, ids=str)
def desk(request, chromium):
    """A page in a wide window, opened in the light theme."""
    with Visit(chromium, request.param) as visit:
        yield visit


@pytest.fixture(scope="module", params=PAGES, ids=str)
def phone(request, chromium):
    """A page in a narrow window, opened in the dark theme."""
    with Visit(chromium, request.param, width=390, color_scheme="dark") as visit:
        yield visit


def stands_alone_and_fits(visit, *schemes):
    """See that a page is complete in the theme it was opened in, and when the reader turns to another."""
    typeset = "window.MathJax?.startup?.promise?.then(() => true)"
    visit.page.wait_for_function(f"!document.querySelector('span.math, div.math') || {typeset}")
    assert visit.page.locator("mjx-merror, [data-mjx-error]").count() == 0
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


def test_every_picture_says_what_it_shows(desk):
    page = desk.page.url.partition("_build/html/")[2]
    source = (ROOT / page).with_suffix(".ipynb")
    cells = json.loads(source.read_text("utf-8"))["cells"] if source.exists() else []
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    sentences = ["".join(data["text/plain"]).strip() for data in outputs if "image/png" in data]
    described = desk.page.evaluate("[...document.querySelectorAll('.cell_output img')].map((i) => i.alt)")
    assert described == sentences
    sizes = "[...document.querySelectorAll('.cell_output > img, .cell_output div > img')].map((i) => i.naturalWidth / i.width)"
    # Sharp on fine screens, never blown up.
    assert all(ratio >= 1.45 for ratio in desk.page.evaluate(sizes) if ratio)
    missing = "[...document.querySelectorAll('img:not(.logo__image)')].filter((i) => !i.alt).map((i) => i.src)"
    assert desk.page.evaluate(missing) == []
    unnamed = (
        "[...document.querySelectorAll('.segbook svg[role=img]')].filter((s) => !s.getAttribute('aria-label')).length"
    )
    assert desk.page.evaluate(unnamed) == 0


def test_equations_are_typeset_and_numbered(chromium):
    with Visit(chromium, CHAPTER) as visit:
        visit.page.wait_for_selector("mjx-container[display=true] svg")
        assert visit.page.locator("mjx-container").count() > 30
        assert (
            visit.page.locator(
                "mjx-container[display=true] [data-mml-node=mlabeledtr], mjx-container [data-labels]"
            ).count()
            >= 3
        )


def test_the_search_works_without_a_server(chromium):
    with Visit(chromium, "search.html", query="?q=checkerboard") as visit:
        visit.page.wait_for_selector("#search-results li a")
        assert visit.page.locator("#search-results li a", has_text="Transposed convolution").count() >= 1


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
