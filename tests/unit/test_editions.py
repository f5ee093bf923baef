"""The editions that need no network: the zip of the pages, and how printed pages become one book."""

import io
import zipfile

import editions
import links
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link

ROOT = editions.ROOT
PAGES = ("book/intro", "book/01_tasks", "book/exercises/01_tasks")


def test_pages_come_in_the_order_of_the_table_of_contents_each_once():
    listed = editions.contents()
    assert [name for _, name in listed[:3]] == list(PAGES)
    assert [level for level, _ in listed[:3]] == [0, 0, 1]
    names = [name for _, name in listed]
    assert len(names) == len(set(names))
    built = {str(path.relative_to(editions.PAGES).with_suffix("")) for path in editions.PAGES.glob("book/**/*.html")}
    assert set(names) == built


def test_a_figure_on_paper_leads_to_where_it_is_alive(tmp_path, monkeypatch):
    at_home = f"{editions.yaml.safe_load((ROOT / '_config.yml').read_text('utf-8'))['repository']['url']}/blob/main"
    (tmp_path / "book").mkdir()
    (tmp_path / "book/01_tasks.ipynb").touch()
    monkeypatch.setattr(editions, "ROOT", tmp_path)
    (tmp_path / "_config.yml").write_text(f"repository: {{url: {at_home.removesuffix('/blob/main')}, branch: main}}")
    assert editions.online("book/01_tasks") == f"{at_home}/book/01_tasks.ipynb"
    assert editions.online("book/intro") == f"{at_home}/book/intro.md"
    (tmp_path / "_config.yml").write_text("html: {baseurl: https://example.org/book/}")
    assert editions.online("book/01_tasks") == "https://example.org/book/book/01_tasks.html"


def test_the_zip_holds_the_pages_and_is_the_same_every_time(tmp_path, monkeypatch):
    pages = tmp_path / "html"
    (pages / "_static").mkdir(parents=True)
    for name in ("index.html", "_static/book.css", ".buildinfo"):
        (pages / name).write_text(name)
    monkeypatch.setattr(editions, "PAGES", pages)
    first, again = tmp_path / "a/book.zip", tmp_path / "b/book.zip"
    assert editions.offline(first) == editions.offline(again) == 2
    assert first.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert sorted(archive.namelist()) == ["book/_static/book.css", "book/index.html"]


def printed(count, *addresses):
    """Some sheets, with a link on the first for each address."""
    writer, data = PdfWriter(), io.BytesIO()
    for _ in range(count):
        writer.add_blank_page(width=100, height=100)
    for address in addresses:
        writer.add_annotation(page_number=0, annotation=Link(rect=(0, 0, 9, 9), url=address))
    writer.add_metadata({"/Title": f"{count} sheets — A Label for Every Pixel"})
    writer.write(data)
    return data.getvalue()


def test_links_between_pages_lead_to_sheets_of_the_same_book():
    inside = f"{editions.PAGES.as_uri()}/book/exercises/01_tasks.html#exercise-1-1"
    licence, outside = f"{editions.PAGES.as_uri()}/_static/LICENCE.txt", "https://example.org/"
    parts = dict(zip(PAGES, (printed(2), printed(3, inside, licence, outside), printed(1)), strict=True))
    data = io.BytesIO()
    editions.joined(parts, {PAGES[0]: 0, PAGES[1]: 0, PAGES[2]: 1}).write(data)
    book = PdfReader(data)
    assert len(book.pages) == 6
    first, second, third = [note.get_object() for note in book.pages[2]["/Annots"]]
    assert book.get_page_number(first["/Dest"][0].get_object()) == 5
    assert second["/A"]["/URI"] == editions.online("book/intro")
    assert third["/A"]["/URI"] == outside
    intro, chapter, below = book.outline
    assert [one["/Title"] for one in (intro, chapter, *below)] == ["2 sheets", "3 sheets", "1 sheets"]
    assert book.get_destination_page_number(chapter) == 2


# Links --------------------------------------------------------------------------------------------------------------


def test_no_link_within_the_book_leads_nowhere():
    assert sum(1 for _ in links.all_links()) > 1000
    assert links.faults() == []


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("other.html#there", None),
        ("other.html#gone", "nothing there has the id gone"),
        ("gone.html", "there is no gone.html"),
        ("#here", None),
        ("#gone", "nothing there has the id gone"),
        ("..", "there is no .."),
        ("more/", None),
    ],
)
def test_a_link_that_leads_nowhere_is_named(tmp_path, link, wrong):
    pages = tmp_path / "html"
    (pages / "more").mkdir(parents=True)
    (pages / "more/index.html").write_text("<p>")
    (pages / "other.html").write_text('<p id="there">')
    (pages / "page.html").write_text(f'<p id="here"><a href="{link}">x</a> <a href="https://example.org/a">y</a>')
    found = links.faults(pages, [])
    assert len(found) == (wrong is not None)
    assert all(one.startswith("page.html: ") and wrong in one for one in found)


HOME, SITE = links.home()[0], "https://example.org/a"


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        (f"{HOME}/blob/main/CONTRIBUTING.md#an-exercise", None),
        (f"{HOME}/tree/main/book", None),
        (f"https://colab.research.google.com/github{links.urlsplit(HOME).path}/blob/main/book/01_tasks.ipynb", None),
        (f"{HOME}/issues/new?title=x", None),
        (f"{HOME}/blob/main/CONTRIBUTING.md#gone", "no title there makes the place gone"),
        (
            f"https://colab.research.google.com/github{links.urlsplit(HOME).path}/blob/main/book/gone.ipynb",
            "there is no",
        ),
    ],
)
def test_addresses_of_the_repository_lead_to_its_files_and_are_not_listed_as_other_sites(tmp_path, link, wrong):
    (tmp_path / "page.html").write_text(f'<a href="{link}">')
    found = links.faults(tmp_path, [])
    assert len(found) == (wrong is not None)
    assert all(wrong in one for one in found)
    assert links.external(tmp_path, []) == {}


def test_other_sites_are_listed_in_order_with_the_pages_that_have_them(tmp_path):
    (tmp_path / "book").mkdir()
    notebook = tmp_path / "note.md"
    for name in ("book/b.html", "book/a.html", "index.html"):
        (tmp_path / name).write_text(f'<a href="{SITE}">' + '<a href="https://example.net/">' * (name == "index.html"))
    notebook.write_text(f"<{SITE}>")
    found = links.external(tmp_path, [notebook])
    assert list(found.items()) == [("https://example.net/", ["index"]), (SITE, ["a", "b", "index", "note.md"])]
    assert links.listing(found).endswith(f"\n- <https://example.net/>: index\n- <{SITE}>: a, b, index, note.md\n")


def test_the_list_of_other_sites_is_that_of_the_pages():
    listed = links.LISTED.read_text("utf-8").splitlines()
    now = links.listing(links.external()).splitlines()
    assert sorted(set(listed) ^ set(now)) == [], "make links"


def test_links_of_notebooks_are_followed_to_their_titles(tmp_path):
    def notebook(name, text):
        source = '{"cells": [{"cell_type": "markdown", "source": "%s"}]}'
        (tmp_path / name).write_text(source % text.replace("\n", "\\n"))

    notebook("b.ipynb", "# What the matrix costs")
    notebook("a.ipynb", "[x](b.ipynb#What-the-matrix-costs) [y](b.ipynb#gone)\n`[z](code.md)` [w](c.ipynb)")
    wrong = links.faults(tmp_path / "none", sorted(tmp_path.glob("*.ipynb")))
    assert [one.partition(": ")[2] for one in wrong] == [
        "b.ipynb#gone: no title there makes the place gone",
        "there is no c.ipynb",
    ]
