"""The built pages as a site: what search engines, those who share a link, and those who lost their way get."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import yaml
from playwright.sync_api import expect
from reader import served
from visit import HTML, ROOT, Visit

PAGES = sorted(page.relative_to(HTML) for page in HTML.glob("book/**/*.html"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
CHAPTER, LAST = "book/06_transposed_convolution.html", "book/11_real_images.html"
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


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A server with the pages of main and of a release, which has no page of chapter 11 yet; and its address."""
    root = tmp_path_factory.mktemp("served") / "segbook"
    for folder, left_out in (
        (root, "versions.json"),
        (root / "v0.1.0", "book"),
        (root / "v0.1.0/book", Path(LAST).name),
    ):
        folder.mkdir()
        for path in (HTML / "book" if folder.name == "book" else HTML).iterdir():
            if path.name != left_out:
                (folder / path.name).symlink_to(path)
    (root / "versions.json").write_text('["latest", "v0.1.0"]')
    with served(root.parent) as address:
        yield f"{address}segbook/"


@pytest.fixture
def reader(chromium):
    """A window of a phone's width."""
    context = chromium.new_context(viewport={"width": 360, "height": 700})
    context.set_default_timeout(120_000)  # milliseconds: the machine may be busy
    yield context.new_page()
    context.close()


def test_readers_choose_among_versions_and_stay_on_their_page(reader, site):
    reader.goto(site + CHAPTER)
    switch = reader.get_by_label("Version of the book")
    expect(switch.locator("option")).to_have_text(["latest", "v0.1.0"], timeout=120_000)  # after a fetch
    for version, folder in (("v0.1.0", "v0.1.0/"), ("latest", "")):
        switch.select_option(version)
        reader.wait_for_url(f"{site}{folder}{CHAPTER}")
        switch.wait_for()
        assert switch.input_value() == version
    assert reader.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_version_without_the_readers_page_opens_at_its_first(reader, site):
    reader.goto(site + LAST)
    reader.get_by_label("Version of the book").select_option("v0.1.0")
    reader.wait_for_url(f"{site}v0.1.0/")
    assert reader.locator(".bd-article h1").is_visible()


def test_a_single_version_offers_no_choice(reader):
    with served() as address:
        asked = []
        reader.on("request", lambda request: asked.append(request.url))
        reader.goto(address + CHAPTER, wait_until="networkidle")
    assert any(one.endswith("versions.json") for one in asked)
    assert reader.locator(".version-switch").count() == 0
