"""The built page in a real browser: from file://, with the network off, as its readers have it."""

import json
import random
import re
from pathlib import Path

import pytest
import torch
import yaml
from torch.nn import functional as F
from visit import HTML, ROOT, Visit, figure, set_slider

PAGES = sorted(page.relative_to(HTML) for page in HTML.glob("book/**/*.html"))
CHAPTER = "book/06_transposed_convolution.html"
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]
each_page = pytest.mark.parametrize("page", PAGES, ids=str)


def test_the_book_has_its_pages():
    assert Path(CHAPTER) in PAGES
    assert (HTML / "index.html").exists()


@each_page
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_stands_alone_and_fits(chromium, page, width, scheme):
    with Visit(chromium, page, width=width, color_scheme=scheme) as visit:
        typeset = "window.MathJax?.startup?.promise?.then(() => true)"
        visit.page.wait_for_function(f"!document.querySelector('span.math, div.math') || {typeset}")
        assert visit.requests == []
        assert visit.complaints == []
        assert visit.page.locator("mjx-merror, [data-mjx-error]").count() == 0
        assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == (scheme == "dark")


@each_page
def test_every_picture_says_what_it_shows(chromium, page):
    source = ROOT / page.with_suffix(".ipynb")
    cells = json.loads(source.read_text("utf-8"))["cells"] if source.exists() else []
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    sentences = ["".join(data["text/plain"]).strip() for data in outputs if "image/png" in data]
    with Visit(chromium, page) as visit:
        described = visit.page.evaluate("[...document.querySelectorAll('.cell_output img')].map((i) => i.alt)")
        assert described == sentences
        sizes = "[...document.querySelectorAll('.cell_output > img, .cell_output div > img')].map((i) => i.naturalWidth / i.width)"
        assert all(
            ratio >= 1.45 for ratio in visit.page.evaluate(sizes) if ratio
        )  # sharp on fine screens, never blown up
        missing = "[...document.querySelectorAll('img:not(.logo__image)')].filter((i) => !i.alt).map((i) => i.src)"
        assert visit.page.evaluate(missing) == []
        unnamed = "[...document.querySelectorAll('.segbook svg[role=img]')].filter((s) => !s.getAttribute('aria-label')).length"
        assert visit.page.evaluate(unnamed) == 0


def test_equations_are_typeset_and_numbered(chromium):
    with Visit(chromium, CHAPTER) as visit:
        visit.page.wait_for_selector("mjx-container[display=true] svg")
        assert visit.page.locator("mjx-container").count() > 30
        assert (
            visit.page.locator(
                "mjx-container[display=true] [data-mml-node=mlabeledtr], mjx-container [data-labels]"
            ).count()
            >= 3
        )


def shown_output(box):
    """Read what the figure shows: its settings, and the output that its stamps add up to."""
    state = box.evaluate("""(figure) => {
        const value = (trait) => Number(figure.querySelector(`input[type=range][data-trait=${trait}]`).value);
        const fields = (trait) => [...figure.querySelectorAll(`input[type=number][data-trait=${trait}]`)].map((i) => i.valueAsNumber);
        const [stamps, zeros, matrix] = figure.querySelectorAll("svg");
        const sums = (svg) => [...svg.querySelectorAll(".box.sum text")].map((t) => Number(t.textContent.replace("−", "-")));
        return { stride: value("stride"), padding: value("padding"), output_padding: value("output_padding"),
                 dilation: value("dilation"), x: fields("x"), weight: fields("weight"),
                 shown: [stamps, zeros, matrix].map(sums), warning: figure.querySelector(".warning")?.textContent ?? null };
    }""")
    layer = {name: state[name] for name in ("stride", "padding", "output_padding", "dilation")}
    x, weight = (torch.tensor(state[name], dtype=torch.float64)[None, None] for name in ("x", "weight"))
    return state, F.conv_transpose1d(x, weight, **layer)[0, 0].tolist()


def test_three_views_show_what_torch_computes_wherever_the_sliders_go(chromium):
    rng = random.Random(6)
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, "three views")
        box.locator("summary").click()
        box.locator("input[data-trait=letters]").uncheck()
        for _ in range(150):
            trait = rng.choice(["x", "weight", "stride", "padding", "output_padding", "dilation", "focus"])
            slider = box.locator(f"input[type=range][data-trait={trait}]")
            low, high = (int(slider.get_attribute(name)) for name in ("min", "max"))
            set_slider(box, trait, rng.randint(low, high))
            state, expected = shown_output(box)
            assert state["warning"] is None, state
            for shown in state["shown"]:
                assert shown == pytest.approx(expected, abs=0.006), state  # the figure shows two decimals
        assert visit.complaints == []


def test_letters_spell_the_example_of_the_notes(chromium):
    with Visit(chromium, CHAPTER) as visit:
        sums = figure(visit, "three views").locator("svg").first.locator(".box.sum text").all_text_contents()
        assert sums == ["ax", "ay", "az+bx", "by", "bz"]


def test_values_can_be_typed_and_nonsense_is_ignored(chromium):
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, "three views")
        box.locator("summary").click()
        box.locator("input[data-trait=letters]").uncheck()
        field = box.locator("input[type=number][data-trait=x]").first
        field.fill("-2.5")
        field.press("Enter")
        field.blur()
        state, expected = shown_output(box)
        assert state["x"][0] == -2.5
        assert state["shown"][0] == pytest.approx(expected)
        field.fill("")
        field.blur()
        assert field.input_value() == "-2.5"


def test_the_keyboard_reaches_and_moves_a_slider(chromium):
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, "Which size")
        box.locator(".presets button").first.focus()
        for _ in range(10):
            visit.page.keyboard.press("Tab")
            if visit.page.evaluate("document.activeElement.dataset.trait") == "input_size":
                break
        visit.page.keyboard.press("ArrowRight")
        assert "16 to 18 all give 6" in box.locator(".sentence").text_content()
        assert "not 18: that takes output padding 2" in box.locator(".sentence").text_content()
        assert visit.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_output_size_says_which_size_comes_back(chromium):
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, "Which size")
        assert "16 ≠ 17 = N ✗" in box.locator(".formula").text_content()
        set_slider(box, "output_padding", 1)
        assert "17 = N ✓" in box.locator(".formula").text_content()


def test_a_tap_moves_the_focus(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as visit:
        box = figure(visit, "three views")
        box.locator("svg").first.locator(".box.sum").nth(4).tap()
        assert "Output 4 is bz" in box.locator(".sentence").text_content()


def test_the_checkerboard_is_flat_at_4_over_2_and_patterned_at_3_over_2(chromium):
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, "Checkerboards")
        assert "transposed 0.44 to 1.78; resized first 1" in box.locator(".formula").text_content()
        set_slider(box, "kernel_size", 4)
        assert "transposed 1; resized first 1" in box.locator(".formula").text_content()


def test_on_paper_the_pictures_stand_in(chromium):
    with Visit(chromium, CHAPTER) as visit:
        assert not visit.page.locator(".live-figure-fallback img").first.is_visible()
        visit.page.emulate_media(media="print")
        assert visit.page.locator(".live-figure-fallback img").first.is_visible()
        assert not visit.page.locator(".segbook").first.is_visible()


def test_reduced_motion_is_respected(chromium):
    duration = "getComputedStyle(document.querySelector('.segbook button')).transitionDuration"
    with Visit(chromium, CHAPTER, reduced_motion="reduce") as visit:
        assert set(visit.page.evaluate(duration).split(", ")) == {"0s"}
    with Visit(chromium, CHAPTER, reduced_motion="no-preference") as visit:
        assert visit.page.evaluate(duration) != "0s"


def test_a_figure_that_cannot_start_leaves_its_picture(chromium, tmp_path):
    html = (HTML / CHAPTER).read_text("utf-8")
    broken = HTML / "book/broken-for-a-test.html"
    try:
        broken.write_text(
            html.replace(
                "export default live(", "const never = live; export default { render() { throw never } }; void ("
            )
        )
        with Visit(chromium, "book/broken-for-a-test.html", ready=False) as visit:
            visit.page.wait_for_timeout(300)
            assert visit.page.locator(".live-figure-fallback img").first.is_visible()
            assert visit.page.locator(".segbook").count() == 0
            assert any("live figure" in complaint for complaint in visit.complaints)
    finally:
        broken.unlink()


def test_the_search_works_without_a_server(chromium):
    with Visit(chromium, "search.html", query="?q=checkerboard") as visit:
        visit.page.wait_for_selector("#search-results li a")
        assert visit.page.locator("#search-results li a", has_text="Transposed convolution").count() >= 1


@pytest.mark.parametrize("name", ["book/06_transposed_convolution", "book/exercises/06_transposed_convolution"])
def test_the_buttons_lead_where_they_should(name):
    html = (HTML / f"{name}.html").read_text("utf-8")
    url, branch = REPOSITORY["url"], REPOSITORY["branch"]
    links = set(re.findall(r'href="([^"]+)"', html))
    colab = (
        f"https://colab.research.google.com/github/{url.removeprefix('https://github.com/')}/blob/{branch}/{name}.ipynb"
    )
    assert colab in links
    assert url in links
    assert any(link.startswith(f"{url}/issues/new?") for link in links)
    assert f"{url}/edit/{branch}/{name}.md" in links
    (download,) = {link for link in links if link.endswith(".ipynb") and "_sources" in link}
    stored = json.loads((HTML / name).parent.joinpath(download).resolve().read_text("utf-8"))
    assert stored == json.loads((ROOT / f"{name}.ipynb").read_text("utf-8"))
