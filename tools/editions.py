"""Make the editions of the book that need no network: `make offline`, a zip of the pages, and `make pdf`.

The zip is the built book, which works from a disk as it does from a server. The PDF is what Chromium prints of every
page, in the order of the table of contents: pictures in place of live figures, each with a link to where it is alive,
and all that a reader opens on a page (answers, hints, more rows) open. Links between pages lead to the sheet on which
the other page begins, and the table of contents stands beside the text.
"""

import argparse
import io
import re
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import chromium
import yaml
from playwright.sync_api import Page, PdfMargins, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject, TextStringObject

import segbook

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "_build/html"
DIST = ROOT / "dist"
# What differs on paper from the pages in a window: run before a page is printed. `online` is where it is alive.
PREPARE = """async (online) => {
  document.documentElement.dataset.theme = "light";
  for (const one of document.querySelectorAll("details")) one.open = true;
  for (const picture of document.images) picture.loading = "eager";
  for (const place of document.querySelectorAll(".live-figure-fallback")) {
    const note = document.createElement("p"), link = document.createElement("a");
    note.className = "paper-note";
    note.append("A live figure: ", link);
    link.href = link.textContent = online;
    place.append(note);
  }
  const style = document.createElement("style");
  style.textContent = `
    .paper-note { font-size: .8em; margin: .2rem 0 1rem; overflow-wrap: anywhere; }
    .bd-header, .bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article, .prev-next-footer, footer,
    #jb-print-toc, .headerlink, .copybtn, .skip-link, .pst-skip-link, .where-code-runs { display: none !important; }
    .bd-main .bd-content .bd-article-container { max-width: none; padding: 0; }
    .bd-main :is(.bd-content, .bd-article-container, .bd-article) { min-height: 0; margin-bottom: 0; }
    .bd-main :is(.bd-content, .bd-article) { padding-bottom: 0; }
    .bd-article :is(section, details, .cell):last-child { margin-bottom: 0; }
    .bd-article > section > section:last-of-type :last-child { margin-bottom: 0 !important; }
    .bd-content pre, .bd-content div.highlight pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 7.8pt; }
    * { animation: none !important; transition: none !important; } /* what opens would be printed half faded */
    .bd-content details.hide { all: unset !important; display: block !important; }
    .bd-content details.hide > summary { display: none !important; }
    .bd-content details > summary { list-style: none; }
    .bd-content img { max-height: 225mm; object-fit: contain; }
    .live-figure-fallback img { max-height: 125mm; width: auto; }
    .bd-content table { max-width: 100%; font-size: 8.5pt; }
    .bd-content :is(td, th) code { overflow-wrap: anywhere; white-space: normal; }
    mjx-container > svg, .live-figure-fallback img { max-width: 100% !important; height: auto; }
    html { font-size: 12.8px !important; } /* text of 10 points, and all that is measured by it */`;
  document.head.append(style);
  await Promise.all([...document.images].map((picture) => picture.decode().catch(() => null)));
}"""
# Nothing is left of a formula's source, whether the page or the build has set it.
SET = """() => [...document.querySelectorAll("span.math, div.math")]
    .every((one) => one.querySelector("mjx-container, svg, math"))"""


def contents(toc: Path = ROOT / "_toc.yml") -> list[tuple[int, str]]:
    """List the pages in the order of the table of contents, each with its level.

    Args:
        toc: Jupyter Book's file.
    """
    table = yaml.safe_load(toc.read_text("utf-8"))
    listed = [(0, table["root"])]

    def add(entries: Iterable[dict], level: int) -> None:
        for entry in entries:
            listed.append((level, entry["file"]))
            add(entry.get("sections", []), level + 1)

    for part in table.get("parts", [table]):
        add(part["chapters"], 0)
    return listed


def online(page: str) -> str:
    """Say where a page is alive: where the book is published, or else its notebook at the repository's home.

    Args:
        page: Its name, such as "book/06_transposed_convolution".
    """
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    if base := settings.get("html", {}).get("baseurl"):
        return f"{base.rstrip('/')}/{page}.html"
    home = settings["repository"]
    kind = "ipynb" if (ROOT / f"{page}.ipynb").exists() else "md"
    return f"{home['url']}/blob/{home['branch']}/{page}.{kind}"


def offline(path: Path) -> int:
    """Write the zip; return how many files it has.

    Args:
        path: Of the zip. What it holds lies in a folder of the same name.
    """
    files = sorted(file for file in PAGES.rglob("*") if file.is_file() and file.name != ".buildinfo")
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files:
            entry = zipfile.ZipInfo(
                f"{path.stem}/{file.relative_to(PAGES)}", (2020, 1, 1, 0, 0, 0)
            )  # the same every time
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return len(files)


def sheets(tab: Page, name: str) -> bytes:
    """Print one page.

    Args:
        tab: A browser's, in which nothing else happens.
        name: The page's name.

    Raises:
        ValueError: If a formula or a picture of it fails to show.
    """
    tab.goto((PAGES / f"{name}.html").as_uri())
    tab.emulate_media(media="print", color_scheme="light")
    tab.wait_for_function(SET)
    tab.evaluate(PREPARE, online(name))
    broken = tab.evaluate("[...document.images].filter((one) => !one.naturalWidth).map((one) => one.src)")
    broken += tab.locator("mjx-merror, [data-mjx-error]").all_inner_texts()
    if broken:
        raise ValueError(f"{name}: does not show: {', '.join(broken)}")
    margin = PdfMargins(top="16mm", bottom="18mm", left="16mm", right="16mm")
    footer = (
        '<div style="width: 100%; font: 8px sans-serif; text-align: center">'
        '<span class="title"></span> · <span class="pageNumber"></span></div>'
    )
    return tab.pdf(
        format="A4", margin=margin, print_background=True, tagged=True,
        display_header_footer=True, header_template="<span></span>", footer_template=footer,
    )  # fmt: skip


def joined(parts: dict[str, bytes], levels: dict[str, int]) -> PdfWriter:
    """Join printed pages to one book: its table of contents, its page numbers, its links from one to another.

    Args:
        parts: Each page's sheets, in order.
        levels: How deep each stands in the table of contents.
    """
    book, first, parents = PdfWriter(), {}, {}
    for name, data in parts.items():
        reader = PdfReader(io.BytesIO(data))
        first[name] = len(book.pages)
        book.append(reader, import_outline=False)
        title = reader.metadata.title if reader.metadata and reader.metadata.title else name
        title = title.partition(" — ")[0]
        parents[levels[name]] = book.add_outline_item(
            title=title, page_number=first[name], parent=parents.get(levels[name] - 1)
        )
    for sheet in book.pages:
        for reference in list(sheet.get("/Annots") or []):
            note = reference.get_object()
            action = note.get("/A") or {}
            address = str(action.get("/URI", ""))
            if not address.startswith("file:"):
                continue
            name = re.sub(r"\.html.*$", "", address.removeprefix(PAGES.as_uri() + "/"))
            if name in first:
                del note["/A"]
                note[NameObject("/Dest")] = ArrayObject(
                    [book.pages[first[name]].indirect_reference, NameObject("/Fit")]
                )
            else:  # a file of the pages that paper does not have, such as a licence
                action[NameObject("/URI")] = TextStringObject(online("book/intro"))
    book.add_metadata({"/Title": "A Label for Every Pixel", "/Author": "The segbook authors"})
    return book


def pdf(path: Path, only: str = "") -> int:
    """Print the book; return how many sheets it has.

    Args:
        path: Of the PDF.
        only: Leave out pages that have not this in their name.

    Raises:
        RuntimeError: If there is no browser here.
        ValueError: If a page does not show all that it has.
    """
    if (program := chromium.find()) is None:
        raise RuntimeError(chromium.MISSING)
    chosen = {name: level for level, name in contents() if only in name}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        tab = browser.new_page(viewport={"width": 760, "height": 1000})
        tab.set_default_timeout(180_000)
        parts = {}
        for name in chosen:
            parts[name] = sheets(tab, name)
            print(f"{name}: {len(PdfReader(io.BytesIO(parts[name])).pages)} sheets", flush=True)
        browser.close()
    book = joined(parts, chosen)
    path.parent.mkdir(exist_ok=True)
    book.write(path)
    return len(book.pages)


def main() -> int:
    """Make one edition."""
    parser = argparse.ArgumentParser(description="Make an edition of the built book that needs no network.")
    parser.add_argument("edition", choices=["offline", "pdf"])
    parser.add_argument("--only", default="", help="of a PDF: leave out pages that have not this in their name")
    arguments = parser.parse_args()
    if not (PAGES / "index.html").exists():
        print("there are no pages yet: make book", file=sys.stderr)
        return 2
    kind = {"offline": "zip", "pdf": "pdf"}[arguments.edition]
    path = DIST / f"segbook-{segbook.__version__}{'-offline' if kind == 'zip' else ''}.{kind}"
    count = offline(path) if kind == "zip" else pdf(path, arguments.only)
    what = "files" if kind == "zip" else "sheets"
    print(f"{path.relative_to(ROOT)}: {count} {what}, {path.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
