"""What pages load: the rules, characters and files that some page uses, and nothing that one of them misses."""

import re
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "book/_ext"))
lean_pages = pytest.importorskip("lean_pages", reason="what builds the pages is not installed")

KATEX = Path(__file__).parents[2] / "node_modules/katex/dist/fonts/KaTeX_Main-Regular.ttf"


def test_rules_are_split_at_their_own_braces():
    css = '@charset "x;{";a{b:url(data:x;{)}@media print{.c{d:e}f{g:"}"}}'
    assert list(lean_pages.rules(css)) == [
        ('@charset "x;{"', None),
        ("a", "b:url(data:x;{)"),
        ("@media print", '.c{d:e}f{g:"}"}'),
    ]


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".seen{a:b}.unseen{a:b}", ".seen{a:b}"),
        (".seen,.unseen,p{a:b}", ".seen,p{a:b}"),
        (".seen .unseen{a:b}#seen{a:b}#unseen{a:b}", "#seen{a:b}"),
        (".seen:not(.unseen){a:b}:is(.unseen,p){a:b}", ".seen:not(.unseen){a:b}:is(.unseen,p){a:b}"),
        ('.seen[href=".unseen"]{a:b}', '.seen[href=".unseen"]{a:b}'),
        (".se\\:en{a:b}", ".se\\:en{a:b}"),
        ("@media print{.unseen{a:b}}@media (x){.seen{a:b}.unseen{a:b}}", "@media (x){.seen{a:b}}"),
        ("@keyframes turn{from{a:b}}", "@keyframes turn{from{a:b}}"),
    ],
)
def test_a_rule_stays_if_its_names_occur(css, kept):
    assert lean_pages.used(css, {"seen", "se:en"}) == kept


@pytest.mark.skipif(not KATEX.exists(), reason="npm's packages are not here")
def test_a_cut_font_has_the_characters_that_it_is_asked_for():
    data = lean_pages.cut(KATEX, set("ab×🙂"))
    with lean_pages.TTFont(lean_pages.io.BytesIO(data)) as font:
        assert set(font.getBestCmap()) == set(map(ord, "ab×"))
    assert data == lean_pages.cut(KATEX, set("ab×🙂"))
    assert len(data) < KATEX.stat().st_size / 20


def test_a_small_site_keeps_what_it_uses(tmp_path):
    static, pages = tmp_path / "_static", tmp_path / "book"
    (static / "deep").mkdir(parents=True)
    pages.mkdir()
    files = {
        static / "deep/theme.css": '@import "../basic.css";.seen{background:url(picture.png)}.unseen{c:d}',
        static / "basic.css": ".made{e:f}/* .unseen{c:d} */",
        static / "second.css": "p{g:h}",
        static / "deep/picture.png": "",
        static / "unnamed.png": "",
        static / "LICENSE.txt": "",
        static / "one.js": 'import("./two.js")',
        static / "two.js": 'classList.add("made")\n//# sourceMappingURL=two.js.map',
        static / "three.js": "unseen",
        static / "two.js.map": "{}",
        pages / "page.html": """<head>
  <link rel="stylesheet" href="../_static/deep/theme.css?v=1" />
  <link rel="stylesheet" type="text/css" href="../_static/second.css" />
  <link rel="next" href="next.html" />
</head><p class="seen"><script async src="../_static/one.js"></script>""",
        tmp_path / "plain.html": "<p>no sheet</p>",
    }
    for path, text in files.items():
        path.write_text(text, "utf-8")
    lean_pages.make_lean(tmp_path)
    html = (pages / "page.html").read_text("utf-8")
    (sheet,) = static.glob("book-*.css")
    assert html.count("stylesheet") == 1
    assert f'href="../_static/{sheet.name}"' in html
    assert 'href="next.html"' in html
    assert sheet.read_text("utf-8") == '.made{e:f}.seen{background:url("deep/picture.png")}\np{g:h}'
    left = {path.relative_to(static).as_posix() for path in static.rglob("*") if path.is_file()}
    assert left == {sheet.name, "deep/picture.png", "LICENSE.txt", "one.js", "two.js"}
    assert (static / "two.js").read_text("utf-8") == 'classList.add("made")'
    assert (tmp_path / "plain.html").read_text("utf-8") == "<p>no sheet</p>"


def test_a_page_asks_once_for_what_is_the_books_own_and_waits_for_nothing(tmp_path):
    static, page = tmp_path / "_static", tmp_path / "book/page.html"
    static.mkdir()
    page.parent.mkdir()
    for name in ("options.js", "page.js", "place.js", "theirs.js", "data.js"):
        (static / name).write_text(f'said.push("{name}");\n', "utf-8")
    tag = '    <script{} src="../_static/{}.js?v=12"></script>\n'
    later = ' defer="defer"'
    html = tag.format("", "options") + "".join(tag.format(later, one) for one in ("page", "theirs", "data", "place"))
    joined = lean_pages.join_scripts(page, html, static)
    (script,) = static.glob("book-*.js")
    assert re.findall(r'src="([^"]+)"', joined) == [
        "../_static/theirs.js?v=12",
        "../_static/data.js?v=12",
        f"../_static/{script.name}",
    ]
    assert '<script>said.push("options.js");</script>' in joined
    assert re.findall(r'push\("(\S+)"\)', script.read_text("utf-8")) == ["page.js", "place.js"]
    assert script.read_text("utf-8").count("try {") == 2  # one that fails keeps no other from running
    alone = tag.format(later, "page")
    assert lean_pages.join_scripts(page, alone, static) == alone


def test_the_theme_no_longer_measures_the_page_and_a_theme_that_does_so_elsewhere_is_noticed(tmp_path):
    theme = tmp_path / "theme.js"
    theme.write_text('go(),"complete"===document.readyState?I():window.addEventListener("load",I)})();', "utf-8")
    lean_pages.quieten(theme)
    assert theme.read_text("utf-8") == "go()})();"
    with pytest.raises(lean_pages.ExtensionError, match=r"theme\.js starts to measure the page in 0 places"):
        lean_pages.quieten(theme)


def test_words_of_code_that_look_like_the_code_around_them_need_no_element():
    themes = [("light", "#080808", "#7F4707"), ("dark", "#F8F8F2", "#FFD900")]
    css = "".join(
        f'html[data-theme="{theme}"] .highlight{{ background: #111; color: {plain} }}'
        f'html[data-theme="{theme}"] .highlight .n{{ color: {plain} }}'
        f'html[data-theme="{theme}"] .highlight .mi{{ color: {number} }}'
        f'html[data-theme="{theme}"] .highlight .b{{ color: {plain}; font-weight: bold }}'
        for theme, plain, number in themes
    )
    css += 'html[data-theme="dark"] .highlight .s{ color: #F8F8F2 }'  # in light it has another colour, by another rule
    assert lean_pages.plain(css) == {"n"}
    code = '<span></span><span class="n">x</span> = <span class="mi">1</span>\n<span class="n">y</span>'
    page = '<p><span class="n">kept</span></p><div class="highlight"><pre>{}\n</pre></div><span class="n">kept</span>'
    bare = '<span></span>x = <span class="mi">1</span>\ny'
    assert lean_pages.unmarked(page.format(code), {"n"}) == page.format(bare)
