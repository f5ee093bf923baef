"""The edition for reading devices: whole, without scripts, and with nothing missing that it names."""

import posixpath
import xml.etree.ElementTree as ElementTree
import zipfile

import editions
import epub
import pytest
from bs4 import BeautifulSoup

CHAPTER, EXERCISES = "book/06_transposed_convolution", "book/exercises/06_transposed_convolution"
INSIDE = {CHAPTER, EXERCISES, "book/notation"}
OPF = "{http://www.idpf.org/2007/opf}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Chapter 6 and its exercises as a book."""
    path = tmp_path_factory.mktemp("epub") / "book.epub"
    assert epub.write(path, "06_") == 2
    with zipfile.ZipFile(path) as archive:
        return {entry: archive.read(entry) for entry in archive.infolist()}


@pytest.fixture(scope="module")
def files(book):
    return {entry.filename: data for entry, data in book.items()}


@pytest.fixture(scope="module")
def page():
    html = (editions.PAGES / f"{CHAPTER}.html").read_text("utf-8")
    return BeautifulSoup(html, "html.parser").select_one("article.bd-article")


@pytest.fixture(scope="module")
def chapter(files):
    return BeautifulSoup(files[f"{CHAPTER}.xhtml"], "html.parser")


def test_the_file_says_first_and_uncompressed_what_it_is(book):
    first = next(iter(book))
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert book[first] == b"application/epub+zip"


def test_the_package_lists_every_file_and_reads_every_page_in_order(files):
    opf = ElementTree.fromstring(files["book.opf"])
    items = {one.get("id"): one for one in opf.iter(f"{OPF}item")}
    listed = [one.get("href") for one in items.values()]
    assert sorted([*listed, "mimetype", "book.opf", "META-INF/container.xml"]) == sorted(files)
    order = [items[one.get("idref")].get("href") for one in opf.iter(f"{OPF}itemref")]
    assert order == ["cover.xhtml", "about.xhtml", "contents.xhtml", f"{CHAPTER}.xhtml", f"{EXERCISES}.xhtml"]
    properties = {one.get("href"): one.get("properties") for one in items.values() if one.get("properties")}
    assert properties["cover.png"] == "cover-image"
    assert properties["contents.xhtml"] == "nav"
    with_formulas = {name for name, data in files.items() if b"<math" in data}
    assert {name for name, told in properties.items() if told == "mathml"} == with_formulas != set()


def test_pages_are_xml_without_scripts_and_lead_only_to_what_is_there(files):
    pages = {name: ElementTree.fromstring(data) for name, data in files.items() if name.endswith(".xhtml")}
    places = {name: {one.get("id") for one in page.iter()} for name, page in pages.items()}
    wrong, pictures = [], 0
    for name, page in pages.items():
        for one in page.iter():
            wrong += [f"{name}: {one.tag}"] if one.tag.endswith(("script", "iframe", "button")) else []
            wrong += [f"{name}: {key}" for key in one.attrib if key.startswith(("on", "data-"))]
            address = one.get("href") or one.get("src")
            if address is None or address.startswith(("http:", "https:")):
                continue
            pictures += one.tag.endswith("img")
            target, _, place = address.partition("#")
            file = posixpath.normpath(posixpath.join(posixpath.dirname(name), target)) if target else name
            if file not in files or (place and place not in places[file]):
                wrong.append(f"{name}: {address}")
    assert wrong == []
    assert pictures == sum(data.count(b"<img") for data in files.values()) > 5


def test_code_and_tables_and_pictures_of_a_chapter_are_whole(page, chapter):
    assert [one.get_text() for one in chapter.select("pre")] == [one.get_text() for one in page.select("pre")]
    assert [one.get_text() for one in chapter.select("td code")] == [one.get_text() for one in page.select("td code")]
    shown = [one["alt"] for one in page.select("img") if not one.find_parent("a", class_="preview")]
    assert [one["alt"] for one in chapter.select("img")] == shown


def test_every_formula_is_mathml_once_with_its_source(page, chapter):
    formulas = chapter.find_all("math")
    assert len(formulas) == len(page.find_all("math"))
    assert all(one["alttext"] for one in formulas)
    assert not chapter.select("annotation, semantics, .katex-html, mtable[width]")
    (numbered,) = [one for one in chapter.select(".numbered") if "(6.2)" in one.get_text()]
    assert numbered.math["alttext"] == "O = (I - 1)\\,s - 2p + k"
    assert numbered.math.get_text().endswith("k")


def test_a_live_figure_leads_to_where_it_moves(chapter):
    figures = chapter.select(".live-figure-fallback")
    assert len(figures) == 4
    for one in figures:
        name = one.find_parent("figure")["id"]
        assert one.select_one(".alive a")["href"] == f"{editions.online(CHAPTER)}#{name}"


def test_a_prediction_shows_its_choices_and_folds_its_answer(page, chapter):
    asked = page.select("details.predict")
    shown = chapter.select("details.predict")
    assert len(shown) == len(asked) > 0
    for one, before in zip(shown, asked, strict=True):
        assert not one.has_attr("open")
        for choice in before.get("data-choices", "").split("|"):
            assert choice.strip() in one.summary.get_text()
    assert len(chapter.select("details.hide")) == len(page.select("details.hide")) > 0
    assert {one.summary.get_text() for one in chapter.select("details.hide")} == {"What the cell shows"}


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("../06_transposed_convolution.html#zeros", "../06_transposed_convolution.xhtml#zeros"),
        ("#here", "#here"),
        ("../01_tasks.html#a", f"{editions.online('book/01_tasks')}#a"),
        ("../../_static/notes.pdf", editions.online("book/intro")),
        ("https://example.org/a.html", "https://example.org/a.html"),
    ],
)
def test_links_stay_in_the_book_where_it_has_the_page(address, leads):
    assert epub.link(address, EXERCISES, INSIDE) == leads


def test_the_same_pages_give_the_same_book(book, tmp_path):
    assert {entry.date_time for entry in book} == {(2020, 1, 1, 0, 0, 0)}
    epub.write(tmp_path / "again.epub", "06_")
    with zipfile.ZipFile(tmp_path / "again.epub") as archive:
        assert {entry.filename: archive.read(entry) for entry in archive.infolist()} == {
            entry.filename: data for entry, data in book.items()
        }


def test_the_contents_are_nested_as_the_book_is():
    page = epub.navigation([(0, "a.xhtml", "A"), (1, "b.xhtml", "B & C"), (1, "c.xhtml", "C"), (0, "d.xhtml", "D")])
    nav = BeautifulSoup(page, "html.parser").nav
    assert [[li.a.string for li in ol.find_all("li", recursive=False)] for ol in nav.find_all("ol")] == [
        ["A", "D"],
        ["B & C", "C"],
    ]
    ElementTree.fromstring(page)


def test_pages_whose_formulas_were_not_set_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(epub, "PAGES", tmp_path)
    (tmp_path / "a.html").write_text('<article class="bd-article"><span class="math">x^2</span></article>')
    with pytest.raises(ValueError, match=r"a: formulas were not set .*: x\^2"):
        epub.article("a", set())
