"""The pages as a site: where they are, what a link to one looks like elsewhere, and what robots and lost readers get.

`baseurl` in `_config.yml` says where the book is published. From it come each page's canonical address, its preview
picture, the map for search engines, and the way home from an address that leads nowhere; without it there is none of
the first three, and the way home is the root of the server.

- A page's preview is the picture of the live figure that its chapter opens with, or that of the book's first.
- `index.html` is the first page itself, not a leaf that leads to it.
- `static/versions.js` lets readers choose among the versions that `versions.json` lists: one, until tools/site.py knows
  of more.
"""

import base64
import json
import posixpath
import re
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from docutils import nodes
from sphinx.application import Sphinx

VIEW = "application/vnd.jupyter.widget-view+json"
PREVIEWS = "_static/previews"
ADDRESS = re.compile(r'(?<= )(href|src)="(?![a-z]+:|[/#])([^"#]*)')


@cache
def preview(notebook: Path) -> tuple[bytes, str] | None:
    """Find the picture of the live figure that a chapter opens with, and the sentence that says what it shows.

    Args:
        notebook: A chapter as it is stored; it need not exist.
    """
    cells = json.loads(notebook.read_text("utf-8"))["cells"] if notebook.exists() else []
    cells.sort(key=lambda cell: "preview" not in cell["metadata"].get("tags", []))  # or else the first
    for data in (output.get("data", {}) for cell in cells for output in cell.get("outputs", [])):
        if VIEW in data and "image/png" in data:
            return base64.b64decode(data["image/png"]), "".join(data["text/plain"]).strip()
    return None


def sitemap(addresses: list[str]) -> str:
    """Write the map that search engines read.

    Args:
        addresses: The canonical address of every page.
    """
    places = "".join(f"  <url><loc>{escape(one)}</loc></url>\n" for one in sorted(addresses))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{head}{places}</urlset>\n"


def moved(html: str, folder: str) -> str:
    """Rewrite a page's relative addresses for a copy of it at the root.

    Args:
        html: The page.
        folder: Where it was, seen from the root.
    """
    html = ADDRESS.sub(lambda one: f'{one[1]}="{posixpath.normpath(posixpath.join(folder, one[2]))}', html)
    return re.sub(r'data-content_root="[^"]*"', 'data-content_root="./"', html)


def lost(title: str, home: str) -> str:
    """Write the page for addresses that lead nowhere; it asks for no other file, for it is shown at any depth.

    Args:
        title: The book's.
        home: Path of the first page on its server.
    """
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width, initial-scale=1" />
  <meta name="robots" content="noindex" />
  <title>No such page — {escape(title)}</title>
  <style>
    :root {{ color-scheme: light dark; font: 1.1rem/1.6 system-ui, sans-serif; }}
    body {{ background: light-dark(#fff, #15181c); color: light-dark(#1f2328, #dfe3e8); }}
    main {{ max-width: 34rem; margin: 18vh auto; padding: 0 1.2rem; }}
    a {{ color: light-dark(#0b5a8a, #8ac6f0); }}
  </style>
</head>
<body>
  <main>
    <h1>No such page</h1>
    <p>Nothing stands at this address; perhaps a page was renamed.</p>
    <p><a href="{escape(home)}">{escape(title)}</a> begins with its contents, and
      <a href="{escape(home)}search.html">its search</a> finds a section by its words.</p>
  </main>
</body>
</html>
"""


def _base(app: Sphinx) -> str:
    return app.config.html_baseurl and app.config.html_baseurl.rstrip("/") + "/"


def _describe(app: Sphinx, page: str, _template: str, context: dict, doctree: nodes.document | None) -> None:
    """Say where a page is, and show others its picture."""
    first, base = page == app.config.root_doc, _base(app)
    if first:
        context["docstitle"] = ""  # its title is the book's
    if not base or doctree is None:
        return
    context["pageurl"] = base if first else urljoin(base, app.builder.get_target_uri(page))
    app.builder.book_addresses.append(context["pageurl"])
    notebook = Path(app.srcdir, "book", f"{posixpath.basename(page)}.ipynb")
    if preview(notebook) is None:
        notebook = min(Path(app.srcdir, "book").glob("[0-9]*.ipynb"))
    if (found := preview(notebook)) is None:
        return
    picture, said = found
    target = Path(app.outdir, PREVIEWS, f"{notebook.stem}.png")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(picture)
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))  # in a PNG's first chunk
    context["metatags"] += "".join(
        f'\n    <meta {key}="{name}" content="{escape(str(content))}" />'
        for key, name, content in [
            ("property", "og:url", context["pageurl"]),
            ("property", "og:image", urljoin(base, f"{PREVIEWS}/{target.name}")),
            ("property", "og:image:width", width),
            ("property", "og:image:height", height),
            ("property", "og:image:alt", said),
            ("name", "twitter:card", "summary_large_image"),
        ]
    )


def _start(app: Sphinx) -> None:
    app.builder.book_addresses = []


def _finish(app: Sphinx, error: Exception | None) -> None:
    """Write what belongs to the site and to no page of it."""
    if error is not None or app.builder.format != "html":
        return
    out, base, root = Path(app.outdir), _base(app), app.config.root_doc
    first = (out / app.builder.get_target_uri(root)).read_text("utf-8")
    (out / "index.html").write_text(moved(first, posixpath.dirname(root)), "utf-8")
    (out / "404.html").write_text(lost(app.config.html_title, urlsplit(base).path or "/"), "utf-8")
    robots = "User-agent: *\nAllow: /\n"
    if base:
        (out / "sitemap.xml").write_text(sitemap(app.builder.book_addresses), "utf-8")
        robots += f"Sitemap: {base}sitemap.xml\n"
    (out / "robots.txt").write_text(robots, "utf-8")
    (out / "versions.json").write_text('["latest"]\n', "utf-8")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("builder-inited", _start)
    app.connect("html-page-context", _describe, priority=960)
    app.connect("build-finished", _finish)
    app.add_js_file("versions.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": False}
