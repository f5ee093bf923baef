"""Formulas on the built pages: set before anybody opens them, told to those who listen, and whole on a phone."""

import json
import re
from html import unescape

import pytest
from visit import HTML, ROOT, Visit

PAGES = sorted(page.relative_to(HTML) for page in HTML.glob("book/**/*.html"))
SETTING = [
    str(page)
    for page in PAGES
    if str(page).startswith("book/0") and '<div class="math' in (HTML / page).read_text("utf-8")
]
ANNOTATION = re.compile(r'<annotation encoding="application/x-tex">(.*?)</annotation>', re.DOTALL)
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)


def without_code(markdown):
    return re.sub(r"```.*?```|`[^`\n]*`", "", markdown, flags=re.DOTALL)


def written(page):
    """List the formulas that a page's source has, in their order."""
    source = (ROOT / page).with_suffix(".ipynb")
    if source.exists():
        cells = json.loads(source.read_text("utf-8"))["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    else:
        text = (ROOT / page).with_suffix(".md").read_text("utf-8")
    return [(display or inline).strip() for display, inline in FORMULA.findall(without_code(text))]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_formula_is_set_in_the_page_and_says_its_source(page):
    html = (HTML / page).read_text("utf-8")
    article = html[html.index('<article class="bd-article"') : html.index("</article>")]
    annotations = [unescape(one) for one in ANNOTATION.findall(article)]
    assert annotations == written(page)
    assert (
        article.count('<span class="katex-mathml"><math')
        == article.count('class="math notranslate')
        == len(annotations)
    )
    said = re.sub(r"<(script|style|pre|code|annotation)\b.*?</\1>|<[^>]*>", " ", article, flags=re.DOTALL)
    assert re.findall(r"\\[(\[]|\$", said) == []
    assert not re.search(r"MathJax|tex-svg|formulas\.js", html)


def test_the_pages_have_formulas():
    assert sum(len(written(page)) for page in PAGES) > 500


@pytest.fixture(scope="module", params=SETTING)
def still(request, chromium):
    """A page without JavaScript, on the narrowest phone."""
    with Visit(chromium, request.param, width=320, ready=False, java_script_enabled=False) as visit:
        yield visit


# Playwright looks into a page without JavaScript by means of its own.
def test_a_page_without_scripts_shows_every_formula_whole_on_its_line(still):
    formulas = still.page.locator(".katex-html")
    assert formulas.count() > 10
    loaded = still.page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].map((f) => [f.family, f.status]))"
    )
    assert {family for family, status in loaded if status == "loaded"} >= {"KaTeX_Main", "KaTeX_Math"}
    wide, spilt, covered = still.page.evaluate("""() => {
        const box = (one) => one.getBoundingClientRect();
        const displays = [...document.querySelectorAll("div.math")].filter((one) => box(one).width);
        const inline = [...document.querySelectorAll("span.math .katex-base")].filter((one) => box(one).width);
        const tags = displays.filter((one) => one.querySelector(".katex-tag"));
        const right = (one) => Math.max(...[...one.querySelectorAll(".katex-base")].map((base) => box(base).right));
        return [displays.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent),
            inline.filter((one) => box(one).right > innerWidth && !one.closest("table, .segbook"))
                .map((one) => one.textContent),
            tags.filter((one) => right(one) > box(one.querySelector(".katex-tag > .mord")).left).map((one) => one.id)];
    }""")
    assert (wide, spilt, covered) == ([], [], [])
