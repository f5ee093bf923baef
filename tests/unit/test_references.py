"""The bibliography: every link to a work has its entry, every entry is cited, and who and when agree."""

import re
import unicodedata
from pathlib import Path

import pytest
import yaml
from pybtex.database import parse_file

ROOT = Path(__file__).parents[2]
OWN = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]["url"]
MANUALS = (  # what a tool does stands in its manual or code, not in the literature
    "docs.pytorch.org",
    "scikit-image.org",
    "nn.labml.ai",
    "github.com/Project-MONAI",
    "smp.readthedocs.io",
    "github.com/stardist/stardist",
    "github.com/containers/bubblewrap",
    "gitlab.com/apparmor",
)
PAGES = sorted([*ROOT.glob("book/*.md"), *ROOT.glob("book/exercises/*.md")])
MODULES = sorted([*ROOT.glob("segbook/**/*.py"), *ROOT.glob("benchmarks/*.py")])
ENTRIES = parse_file(ROOT / "book/references.bib", "bibtex").entries

LINK = re.compile(r"https?://[^\s<>()\"'`\]]+")
# "Dumoulin & Visin (2016)", "Long et al. (2015)", "King & Zeng (2001)", "(Ronneberger et al., 2015, figure 2)"
NAMED = re.compile(r"([A-Z][\w-]+(?:, [A-Z][\w-]+)*(?: & [A-Z][\w-]+)?)(?: et al\.)?(?: \(|, )((?:19|20)\d\d)(?=[),])")


def address(link):
    """Reduce a link to what names the work: the arXiv or DOI number, else host and path."""
    link = re.sub(r"^https?://(?:www\.|dx\.)?", "", link).rstrip("/.,;:")
    if match := re.match(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})", link):
        return f"arXiv:{match[1]}"
    return re.sub(r"^doi\.org/(.*)$", lambda match: f"doi:{match[1].lower()}", link)


def prose(page):
    """Return a page without its fenced code: an address that a program loads is no citation."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def surnames(entry):
    return [" ".join(person.last_names) for person in entry.persons["author"]]


ENTRY_AT = {address(entry.fields["url"]): key for key, entry in ENTRIES.items() if "url" in entry.fields}
ENTRY_AT |= {f"doi:{entry.fields['doi'].lower()}": key for key, entry in ENTRIES.items() if "doi" in entry.fields}
BY_NAME = {(surnames(entry)[0], entry.fields["year"]): key for key, entry in ENTRIES.items()}

LINKS = [
    (page.relative_to(ROOT), link)
    for page in PAGES
    for link in LINK.findall(prose(page))
    if not link.startswith((OWN, *(f"https://{manual}" for manual in MANUALS)))
]
NAMES = [
    (module.relative_to(ROOT), names, year)
    for module in MODULES
    for names, year in NAMED.findall(" ".join(module.read_text("utf-8").split()))
]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://arxiv.org/abs/1505.04597", "arXiv:1505.04597"),
        ("https://www.arxiv.org/pdf/1505.04597v1.pdf", "arXiv:1505.04597"),
        ("http://dx.doi.org/10.1093/IMANUM/draa038.", "doi:10.1093/imanum/draa038"),
        ("https://d2l.ai/a/b.html", "d2l.ai/a/b.html"),
    ],
)
def test_one_work_has_one_address(link, expected):
    assert address(link) == expected


def test_every_link_to_a_work_has_an_entry():
    missing = [f"{page}: {link}" for page, link in LINKS if address(link) not in ENTRY_AT]
    assert not missing, "add these to book/references.bib, or their site to MANUALS:\n" + "\n".join(missing)


def test_every_work_that_a_docstring_names_has_an_entry_with_these_authors():
    assert len(NAMES) > 50, "the pattern has lost the docstrings' citations"
    for module, names, year in NAMES:
        first, *others = re.split(r", | & ", names)
        assert (first, year) in BY_NAME, f"{module}: no entry in book/references.bib for {names} ({year})"
        authors = surnames(ENTRIES[BY_NAME[first, year]])
        assert set(others) <= set(authors), f"{module}: {names} ({year}), but the entry has {authors}"


def test_every_entry_is_cited_by_a_page_or_a_docstring():
    cited = {ENTRY_AT.get(address(link)) for _, link in LINKS}
    cited |= {BY_NAME.get((re.split(r", | & ", names)[0], year)) for _, names, year in NAMES}
    assert sorted(set(ENTRIES) - cited) == []


@pytest.mark.parametrize("key", list(ENTRIES))
def test_an_entry_is_complete_and_keyed_by_name_and_year(key):
    entry = ENTRIES[key]
    assert entry.persons.get("author")
    lacking = [field for field in ("title", "year", "url") if not entry.fields.get(field)]
    assert not lacking, f"{key} lacks {lacking}"
    assert re.fullmatch(r"https?://\S+", entry.fields["url"])
    assert re.fullmatch(r"10\.\d+/\S+", entry.fields.get("doi", "10.1/none")), "a DOI is its number, not a link"
    plain = unicodedata.normalize("NFKD", surnames(entry)[0]).encode("ascii", "ignore").decode()
    assert key == re.sub(r"\W", "", plain).lower() + entry.fields["year"]


def test_a_year_behind_a_link_is_that_of_the_entry():
    dated = re.compile(
        r"\]\((https?://[^\s)]+)\)(?: \(|, )((?:19|20)\d\d)\b"
    )  # "[U-Net](…) (2015)" or "[U-Net](…), 2015"
    found = [(page, *match) for page in PAGES for match in dated.findall(prose(page))]
    assert len(found) > 30, "the pattern has lost the lists of further reading"
    year = {at: ENTRIES[key].fields["year"] for at, key in ENTRY_AT.items()}
    wrong = [
        f"{page.name}: {link} is said to be of {said}, its entry of {year[address(link)]}"
        for page, link, said in found
        if year.get(address(link), said) != said
    ]
    assert not wrong, "\n".join(wrong)


def test_the_paper_of_u_net_says_in_its_title_what_it_was_made_for():
    paper = ENTRIES["ronneberger2015"].fields
    assert "U-Net" in paper["title"]
    assert paper["title"].endswith("networks for biomedical image segmentation")
    assert paper["url"] in prose(ROOT / "book/08_unet.md")


def test_no_two_entries_share_an_address():
    assert len(ENTRY_AT) == sum(len({"url", "doi"} & set(entry.fields)) for entry in ENTRIES.values())
