"""The built pages as a site: what search engines, those who share a link, and those who lost their way get."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
import yaml
from visit import HTML, ROOT, Visit

PAGES = sorted(page.relative_to(HTML) for page in HTML.glob("book/**/*.html"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
BASE, TITLE, FIRST = CONFIG["html"]["baseurl"], CONFIG["title"], "book/intro.html"


def canonical(page):
    return BASE if str(page) == FIRST else urljoin(BASE, page.as_posix())


def properties(html):
    found = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', html)
    return {name: unescape(content) for name, content in found}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_says_where_it_is_and_how_it_looks(page):
    html = (HTML / page).read_text("utf-8")
    said = properties(html)
    assert re.findall(r'<link rel="canonical" href="([^"]+)"', html) == [canonical(page)]
    assert said["og:url"] == canonical(page)
    assert said["og:title"] in unescape(re.search(r"<title>(.*?)</title>", html)[1])
    assert said["twitter:card"] == "summary_large_image"
    assert said["og:image:alt"]
    picture = (HTML / said["og:image"].removeprefix(BASE)).read_bytes()
    assert picture.startswith(b"\x89PNG")
    size = [int.from_bytes(picture[at : at + 4], "big") for at in (16, 20)]
    assert [said["og:image:width"], said["og:image:height"]] == [str(one) for one in size]
    assert min(size) >= 300


def test_every_page_has_a_title_of_its_own_and_chapters_have_their_own_pictures():
    htmls = {page: (HTML / page).read_text("utf-8") for page in PAGES}
    titles = [re.search(r"<title>(.*?)</title>", html)[1] for html in htmls.values()]
    assert len(set(titles)) == len(titles)
    assert TITLE in titles
    chapters = [properties(html)["og:image"] for page, html in htmls.items() if re.match(r"book/\d", str(page))]
    assert len(set(chapters)) == len(chapters)


def test_robots_find_every_page():
    assert re.findall("<loc>(.*?)</loc>", (HTML / "sitemap.xml").read_text("utf-8")) == sorted(map(canonical, PAGES))
    assert (HTML / "robots.txt").read_text("utf-8").splitlines() == [
        "User-agent: *",
        "Allow: /",
        f"Sitemap: {BASE}sitemap.xml",
    ]


def test_a_page_that_is_not_there_leads_home_from_any_depth():
    html, path = (HTML / "404.html").read_text("utf-8"), urlsplit(BASE).path
    addresses = re.findall(r'(?:href|src)="([^"]+)"', html)
    assert path in addresses
    assert all(one.startswith(path) and (HTML / one.removeprefix(path)).exists() for one in addresses)
    assert properties(html)["robots"] == "noindex"


def test_the_root_is_the_first_page_itself(chromium):
    html = (HTML / "index.html").read_text("utf-8")
    assert "http-equiv" not in html.lower()
    assert f'<link rel="canonical" href="{BASE}"' in html
    for address in re.findall(r'(?:href|src)="(?![a-z]+:|#)([^"#?]+)', html):
        assert (HTML / address).exists(), address
    with Visit(chromium, "index.html") as visit:
        assert visit.page.locator(".bd-article h1").is_visible()
        assert visit.page.locator(".live-figure svg").count() >= 1
        assert visit.page.evaluate("[...document.images].filter((i) => i.complete && !i.naturalWidth).length") == 0
        assert visit.requests == []
        assert visit.complaints == []
