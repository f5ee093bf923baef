"""The page of references, as built."""

from pybtex.database import parse_file
from visit import HTML, ROOT


def test_the_page_of_references_lists_every_entry_with_its_links():
    page = (HTML / "book/references.html").read_text("utf-8")
    entries = parse_file(ROOT / "book/references.bib", "bibtex").entries
    assert page.count('<li id="id') == len(entries)
    for key, entry in entries.items():
        assert f'href="{entry.fields["url"]}"' in page, key
        assert entry.fields.get("doi", "") in page, key
