"""What pages load is what they use: one style sheet with the rules that some page needs, fonts with its characters.

The theme brings seven sheets of 600 kB, most of them rules for what this book has not, and fonts of two thousand icons.
When all pages are written,

- words of code that have the colour of the code around them lose their elements, a third of all on some pages;
- their sheets become one, without rules whose classes and ids no page and no script names (the book's own stay whole);
- a rule that would be asked again with every change of a figure is put in other words;
- the book's own scripts become one for each kind of page, and one that would hold up the page stands in it;
- fonts that lie there as TrueType are cut to the characters on the pages (for icons, to those that the sheet names);
- files that no page, script or sheet names are removed, those that lead back to the theme's sources among them, which
  only its makers debug; licences stay;
- the theme's script no longer measures everything on the page that might scroll: `static/page.js` watches it instead.
"""

import hashlib
import io
import logging
import posixpath
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

HERE = Path(__file__).parent
OURS = (HERE.parent / "_static", HERE / "static")  # folders of sheets that are taken whole
PACKED = 2_000_000  # bytes; a script that is larger is packed data and names nothing
SHEET = re.compile(r'\s*<link rel="stylesheet"[^>]*? href="([^"?]+)[^"]*"[^>]*>')
SCRIPT = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
HELD_UP = re.compile(r'<script src="([^"?]+)[^"]*"></script>')
DEFERRED = re.compile(r'\s*<script defer="defer" src="([^"?]+)[^"]*"></script>')
STRING = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\''
MARK = re.compile(rf"{STRING}|url\([^)\"']*\)|[{{}};]")
URL = re.compile(r"url\((['\"]?)(?!data:|#)([^)'\"?#]+)[^)'\"]*\1\)")
IMPORT = re.compile(r"@import\s+[\"']([^\"']+)[\"']\s*;")
# Whatever is put into a cell could be its second part, so a figure that redraws asks for both of its ends again.
SECOND = re.compile(r"(div\.cell):has\(> \*:nth-child\(2\)\)( [\w.]+:(?:first|last)-child)")
NESTED = ("@media", "@supports", "@layer", "@container")
logging.getLogger("fontTools").setLevel(logging.ERROR)  # it would tell Sphinx of every table that it cuts
THEME = "scripts/pydata-sphinx-theme.js"
MEASURES = re.compile(r',"complete"===document\.readyState\?(\w)\(\):window\.addEventListener\("load",\1\)')
SOURCES = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$")
CODE = re.compile(r'(?<=<div class="highlight">)<pre>.*?</pre>', re.DOTALL)
TOKEN = re.compile(r'<span class="(\w+)">([^<]*)</span>')
AROUND = re.compile(r'html\[data-theme="(\w+)"\] \.highlight\s*\{[^}]*?(?<![\w-])color:\s*(#\w+)')
COLOUR = re.compile(r'html\[data-theme="(\w+)"\] \.highlight \.(\w+)\s*\{\s*([^}]*?)[\s;]*\}')
ICONS = range(0xE000, 0xF900)  # Unicode's place for private use


def rules(css: str) -> Iterator[tuple[str, str | None]]:
    """Split a style sheet into what stands before a pair of braces and in them; a statement has None.

    Args:
        css: A sheet without comments.
    """
    depth = start = opened = 0
    for mark in MARK.finditer(css):
        if mark[0] == "{":
            if depth == 0:
                opened = mark.start()
            depth += 1
        elif mark[0] == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : mark.start()]
                start = mark.end()
        elif mark[0] == ";" and depth == 0:
            yield css[start : mark.start()].strip(), None
            start = mark.end()


def used(css: str, words: set[str]) -> str:
    """Leave out the rules of a sheet that can match nothing.

    Args:
        css: A sheet without comments.
        words: All that could be a class or an id.
    """
    kept = []
    for head, body in rules(css):
        if body is None:
            kept.append("" if head.startswith("@charset") else f"{head};")
        elif head.startswith(NESTED):
            kept.append(f"{head}{{{inner}}}" if (inner := used(body, words)) else "")
        elif head.startswith("@"):
            kept.append(f"{head}{{{body}}}")
        else:
            selectors = [one for one in _split(head) if _names(one) <= words]
            kept.append(f"{','.join(selectors)}{{{body}}}" if selectors else "")
    return "".join(kept)


def plain(css: str) -> set[str]:
    """Name the classes of words of code that look like the code around them, in light and in dark.

    Args:
        css: A sheet without comments.
    """
    around, said = dict(AROUND.findall(css)), {}
    for theme, name, body in COLOUR.findall(css):
        said.setdefault(name, {})[theme] = body
    bare = {theme: f"color: {colour}" for theme, colour in around.items()}
    return {name for name, bodies in said.items() if bodies == bare}


def unmarked(html: str, classes: set[str]) -> str:
    """Take the elements of some classes away from the code of a page, and leave their words.

    Args:
        html: The page.
        classes: As Pygments names them.
    """

    def word(token: re.Match) -> str:
        return token[2] if token[1] in classes else token[0]

    return CODE.sub(lambda code: TOKEN.sub(word, code[0]), html)


def cut(font: Path, characters: set[str]) -> bytes:
    """Keep some characters of a font, as WOFF.

    Args:
        font: A TrueType file.
        characters: Those to keep, as far as the font has them.
    """
    options = subset.Options(flavor="woff", hinting=False, layout_features=["kern"], notdef_outline=True)
    with TTFont(font, recalcTimestamp=False) as cutting:  # the same bytes every time
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=map(ord, characters))
        cutter.subset(cutting)
        cutting.flavor = "woff"
        cutting.save(out := io.BytesIO())
    return out.getvalue()


def _split(selectors: str) -> list[str]:
    """Split a list of selectors at its own commas, not at those in brackets."""
    parts, depth = [""], 0
    for character in selectors:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _names(selector: str) -> set[str]:
    """List the classes and ids that a selector asks for; what stands in brackets may be one of several, or not be."""
    plain = re.sub(r"\[[^\]]*\]", "", selector)
    while plain != (plain := re.sub(r"\([^()]*\)", "", plain)):
        pass
    return {name.replace("\\", "") for name in re.findall(r"[.#]((?:\\.|[\w-])+)", plain)}


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text))


def _gather(pages: dict[Path, str], root: Path, words: set[str]) -> str:
    """Join all sheets that pages name, in the pages' order, with addresses as seen from `_static`."""
    names: dict[Path, None] = {}
    for path, html in sorted(pages.items(), key=lambda page: -len(SHEET.findall(page[1]))):
        names |= dict.fromkeys((path.parent / href).resolve() for href in SHEET.findall(html))
    return "\n".join(
        css if any((place / sheet.name).exists() for place in OURS) else used(css, words)
        for sheet in names
        for css in [_read(sheet, root / "_static")]
    )


def _read(sheet: Path, static: Path) -> str:
    """Read a sheet without its comments, with the sheets that it imports in their places."""
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    css = SECOND.sub(r"\1\2:not(:only-child)", css)
    folder = sheet.parent.relative_to(static).as_posix()
    css = URL.sub(lambda one: f'url("{posixpath.normpath(posixpath.join(folder, one[2]))}")', css)
    return IMPORT.sub(lambda one: _read((sheet.parent / one[1]).resolve(), static), css)


def _cut_fonts(css: str, static: Path, text: set[str]) -> str:
    """Replace each font that a rule names and that lies here as TrueType by the part of it that is used."""
    faces = re.findall(r"@font-face\s*\{[^}]*\}", css)
    rest = re.sub(r"@font-face\s*\{[^}]*\}", "", css).replace("\\ ", " ")
    icons = {chr(int(code, 16)) for code in re.findall(r"\\([ef][0-9a-f]{3})\b", rest)}
    icons |= {character for character in rest if ord(character) in ICONS}  # a sheet may hold it as it is, too
    for face in faces:
        family = re.search(r"font-family:\s*[\"']?([^;\"'}]+)", face)[1].replace("\\ ", " ").strip()
        source = re.search(r'url\("([^"]+\.ttf)"\)', face)
        if family not in rest:
            css = css.replace(face, "")
        elif source is not None:
            font = static / source[1]
            data = cut(font, {c for c in text if ord(c) not in ICONS} if "Awesome" not in family else icons)
            name = f"{font.stem}-{hashlib.sha256(data).hexdigest()[:8]}.woff"
            (static / "fonts").mkdir(exist_ok=True)
            (static / "fonts" / name).write_bytes(data)
            lean = re.sub(r"src:.*?(?=;[\w-]+:|\}|;\s*\})", f'src:url("fonts/{name}") format("woff")', face)
            css = css.replace(face, lean)
    return css


def _remove_unnamed(out: Path, named: str) -> None:
    """Remove the files of `_static` that nothing names."""
    words = set(re.findall(r"[\w.-]+", named))
    for path in (out / "_static").rglob("*"):
        if path.is_file() and path.name not in words and "licen" not in path.name.lower():
            path.unlink()
    for path in sorted((out / "_static").rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _scripts(pages: dict[Path, str], static: Path) -> str:
    """Read the scripts that pages name, and those that these name."""
    files = {path.name: path for path in static.rglob("*.*js") if path.stat().st_size < PACKED}
    said, read = "\n".join(pages.values()), ""
    while found := set(files) & set(re.findall(r"[\w.-]+", said)):
        said = "\n".join(files.pop(name).read_text("utf-8") for name in sorted(found))
        read += said
    return read


def join_scripts(path: Path, page: str, static: Path) -> str:
    """Let a page ask once for all scripts of the book's own that it defers, and for none that it would wait for.

    One that fails does not keep the others from running.

    Args:
        path: Where the page is.
        page: Its text.
        static: Where scripts are; the joined one is written there.
    """
    page = HELD_UP.sub(lambda one: f"<script>{(path.parent / one[1]).read_text('utf-8').strip()}</script>", page)
    own = [one for one in DEFERRED.finditer(page) if (HERE / "static" / Path(one[1]).name).exists()]
    if len(own) < 2:
        return page
    parts = [(path.parent / one[1]).read_text("utf-8").strip() for one in own]
    script = "".join(f"try {{\n{part}\n}} catch (error) {{\n  reportError(error);\n}}\n" for part in parts)
    joined = static / f"book-{hashlib.sha256(script.encode()).hexdigest()[:8]}.js"
    joined.write_text(script, "utf-8")
    last = f'\n    <script defer="defer" src="{posixpath.dirname(own[-1][1])}/{joined.name}"></script>'
    for one in own:
        page = page.replace(one[0], last if one is own[-1] else "")
    return page


def quieten(theme: Path) -> None:
    """Take out of the theme's script the measuring of all that might scroll, which lays out the whole page.

    Args:
        theme: The script; where there is none, nothing is done.

    Raises:
        ExtensionError: If it is not where it was.
    """
    if not theme.exists():
        return
    script, found = MEASURES.subn("", theme.read_text("utf-8"))
    if found != 1:
        raise ExtensionError(f"{theme.name} starts to measure the page in {found} places; lean_pages.py expects 1")
    theme.write_text(script, "utf-8")


def make_lean(out: Path) -> None:
    """Give all pages of a folder one sheet, small fonts, and nothing beside them that none of them uses.

    Args:
        out: Where the pages are.
    """
    out = out.resolve()
    quieten(out / "_static" / THEME)
    for path in (out / "_static").rglob("*.js"):
        if path.stat().st_size < PACKED and (script := path.read_bytes()) != (lean := SOURCES.sub(b"", script)):
            path.write_bytes(lean)
    pages = {path: path.read_text("utf-8") for path in sorted(out.rglob("*.html")) if "_static" not in path.parts}
    pages = {path: join_scripts(path, page, out / "_static") for path, page in pages.items()}
    scripts = _scripts(pages, out / "_static")
    looks = _gather(pages, out, {"highlight"} | _words("\n".join(pages.values())))
    pages = {path: unmarked(page, plain(looks)) for path, page in pages.items()}
    html = "\n".join(pages.values())
    text = set(unescape(re.sub(r"<[^>]*>", "", SCRIPT.sub("", html))))
    css = _cut_fonts(_gather(pages, out, _words(html) | _words(scripts)), out / "_static", text)
    sheet = f"book-{hashlib.sha256(css.encode()).hexdigest()[:8]}.css"
    (out / "_static" / sheet).write_text(css, "utf-8")
    for path, page in pages.items():
        depth = "../" * (len(path.relative_to(out).parts) - 1)
        link = f'\n  <link rel="stylesheet" href="{depth}_static/{sheet}" />'
        lean = SHEET.sub("", SHEET.sub(lambda _, one=link: one, page, count=1).replace(link, "\0")).replace("\0", link)
        path.write_text(lean, "utf-8")
        pages[path] = lean
    _remove_unnamed(out, "\n".join([*pages.values(), scripts, css]))


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""

    def finish(app: Sphinx, error: Exception | None) -> None:
        if error is None and app.builder.format == "html":
            make_lean(Path(app.outdir))

    app.connect("build-finished", finish, priority=900)  # when all files are there
    return {"parallel_read_safe": True, "parallel_write_safe": True}
