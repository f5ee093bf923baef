"""Exercises solved and cells run in the page: typed into the editor as a reader does, read as a reader reads."""

import json
import os
import re

import nbformat
import pytest
from playwright.sync_api import expect
from reader import FILES, PAGES, answers, in_page
from visit import HTML, ROOT, Visit

from segbook.exercises import catalogue, check, get
from segbook.exercises.source import definition

SIX = PAGES[6]
NO_STORAGE = (
    """Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } })"""
)
SIZE = "def conv_transpose_output_size(input_size, kernel_size, *, stride, padding, dilation):\n"
PATIENCE = 120_000  # milliseconds: Python starts in four seconds on a quiet machine


@pytest.fixture(scope="module", autouse=True)
def _files():
    if not FILES.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("the pages were built without the files of the editor")


class Reader:
    """A page of exercises from a server of the pages alone, in a window of its own."""

    def __init__(self, browser, address, **options):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        self.page = self.context.new_page()
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.goto(address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


def box(page, id):
    """Open the editor of an exercise, if it is not open yet."""
    place = page.get_by_role("region", name=f"Exercise {id} in the page")
    if not place.count():
        page.get_by_role("button", name=f"Solve it here: exercise {id}").click()
        place.wait_for()
    return place


def editor(place):
    return place.get_by_role("textbox")


def status(place):
    return place.get_by_role("status")


def run(place, source):
    """Put an answer into the editor, press Run and wait; give back what stands under it."""
    editor(place).fill(source)
    press_run(place)
    return place.locator(".result").inner_text()


def press_run(place):
    status(place).evaluate("(node) => { node.textContent = ''; }")
    place.get_by_role("button", name="Run", exact=True).click()
    place.get_by_role("button", name="Stop").wait_for(state="hidden", timeout=PATIENCE)


@pytest.fixture(scope="module")
def six(chromium, site):
    """The page of chapter 6 with Python at work."""
    with Reader(chromium, site + SIX) as reader:
        place = box(reader.page, "6.3")
        status(place).evaluate(
            """(node) => {
              window.words = [];
              new MutationObserver(() => window.words.push(node.textContent)).observe(node, { childList: true });
            }"""
        )
        assert "4 of 4 points" in run(place, definition(get("6.3").solution))
        reader.words = reader.page.evaluate("window.words")
        yield reader


def plain(page, html):
    """Read an HTML text as the page shows it, which has a button for the solution and no number of the attempt."""
    text = page.evaluate(
        "(html) => Object.assign(document.createElement('div'), { innerHTML: html }).textContent", html
    )
    return in_page(text)


def compare(page, chapter, mistakes, most=None):
    for id in [id for id in catalogue() if id.partition(".")[0] == str(chapter)][:most]:
        place = box(page, id)
        for source, answer in answers(id, mistakes):
            run(place, source)
            shown = place.locator(".result > div").first.evaluate("(node) => node.outerHTML")
            assert plain(page, shown) == plain(page, check(id, answer)._repr_html_()), (id, source)
            solved = answer is get(id).solution
            ticked = page.get_by_role("checkbox", name=f"{id} {get(id).title}").is_checked()
            assert ticked or not solved, f"{id} has full marks and is not ticked"


def test_the_page_says_what_a_notebook_says(six):
    compare(six.page, 6, mistakes=2)
    assert "5 of 5 solved in this chapter" in six.page.locator(".exercise-list [role=status]").text_content()
    assert six.complaints == []


@pytest.mark.slow
@pytest.mark.parametrize("chapter", PAGES)
def test_every_page_says_of_every_known_answer_what_a_notebook_says(chromium, site, chapter):
    with Reader(chromium, site + PAGES[chapter]) as reader:
        compare(reader.page, chapter, mistakes=None)
        assert reader.complaints == []


@pytest.mark.slow
@pytest.mark.parametrize("chapter", PAGES)
def test_three_exercises_of_every_page_are_checked_from_a_disk(chromium, chapter):
    with Visit(chromium, PAGES[chapter]) as visit:
        compare(visit.page, chapter, mistakes=1, most=3)
        assert visit.requests == visit.complaints == []


CHAPTERS = sorted(
    str(page.relative_to(HTML)) for page in HTML.glob("book/*.html") if "runs-here-" in page.read_text("utf-8")
)
SIXTH = "book/06_transposed_convolution.html"


@pytest.mark.parametrize("chapter", [pytest.param(one, marks=[pytest.mark.slow] * (one != SIXTH)) for one in CHAPTERS])
def test_every_cell_that_runs_in_its_page_says_there_what_the_book_has_stored(chromium, chapter):
    with Visit(chromium, chapter) as visit:
        cells = visit.page.locator("[class*=runs-here-]").all()
        assert visit.page.get_by_role("button", name="Run it here").count() == len(cells) > 0
        for cell in cells:
            stored = cell.locator(".cell_output pre").text_content()  # which may be folded until a prediction
            cell.locator("xpath=following-sibling::p[1]").get_by_role("button", name="Run it here").click()
            cell.get_by_text("The cell has run.").wait_for(timeout=PATIENCE)
            assert cell.locator(".result pre").text_content() == stored
            assert not cell.locator(".cell_input").is_visible()
            assert cell.get_by_text("Stored in the book").is_visible()
        assert visit.requests == visit.complaints == []
        editor(cell).fill("print('mine')\n1 / 0\n")
        cell.get_by_role("button", name="Run", exact=True).click()
        cell.get_by_text("The cell did not run to its end.").wait_for()
        said = cell.locator(".result").inner_text()
        assert 'File "<this cell>", line 2' in said
        assert "mine" in said
        cell.get_by_role("button", name="Reset").click()
        cell.get_by_role("button", name="Run", exact=True).click()
        cell.get_by_text("The cell has run.").wait_for()
        assert cell.locator(".result pre").text_content() == stored


def test_a_chapter_says_at_its_head_where_its_code_runs():
    for page in HTML.glob("book/[0-9]*.html"):
        text = page.read_text("utf-8")
        where = re.search(r'<p class="where-code-runs">(.*?)</p>', text)[1]
        assert where.startswith(
            "Short code cells run in this page" if "runs-here-" in text else "The code needs torch; it runs"
        )
        notebook = f"https://colab.research.google.com/github/[^/]+/[^/]+/blob/main/book/{page.stem}.ipynb"
        assert re.search(f'href="{notebook}"', where)
        assert text.index("where-code-runs") < text.index('class="cell docutils')


def test_the_figure_beside_an_exercise_comes_when_it_is_unfolded(chromium):
    with Visit(chromium, SIX) as visit:
        for id, title in (("6.2", "three views"), ("6.4", "which size comes back?")):
            box(visit.page, id)
            place = visit.page.locator(f"details[aria-label='A live figure for exercise {id}']")
            assert place.locator(".segbook").count() == 0
            place.locator("summary").first.click()
            place.locator(".segbook svg").first.wait_for()
            assert title in place.inner_text().lower()
        before = place.locator(".segbook").inner_text()
        place.locator("input[type=range]").first.focus()
        visit.page.keyboard.press("ArrowRight")
        assert place.locator(".segbook").inner_text() != before
        assert visit.requests == visit.complaints == []


def test_while_python_comes_the_page_counts_bytes(six):
    size = json.loads((ROOT / "_build/page_python/files.json").read_text("utf-8"))["python"]["size"] / 1e6
    loading = [re.fullmatch(r"Loading Python: (\d+\.\d) of (\d+\.\d) MB", word) for word in six.words]
    parts = [float(match[1]) for match in loading if match]
    assert parts == sorted(parts)
    assert parts[-1] == float(next(match[2] for match in loading if match)) == round(size, 1)
    assert six.words[-3:] == ["Starting Python …", "Running …", "Checked."]


def test_nothing_is_loaded_before_the_first_click_and_python_only_by_the_first_run(chromium, site):
    with Reader(chromium, site + SIX) as reader:
        reader.page.get_by_role("button", name="Solve it here: exercise 6.1").wait_for()
        assert [url for url in reader.requests if "/page_python/" in url] == []
        place = box(reader.page, "6.1")
        place.get_by_role("button", name="Hint").click()
        expect(place.locator(".result")).to_contain_text("6.1 The matrix W: hint 1 of", timeout=120_000)
        text = place.locator(".result").inner_text()
        assert get("6.1").hints[0] in text
        place.get_by_role("button", name="Hint").click()
        assert place.locator(".result .heading").count() == 1  # the second hint comes with the first
        place.get_by_role("button", name="Solution").click()
        assert definition(get("6.1").solution) in place.locator(".result pre").text_content()
        loaded = [url.rpartition("/")[2].partition("-")[0] for url in reader.requests if "/page_python/" in url]
        assert loaded == ["editor", "exercises"]


def test_where_python_was_fetched_before_it_starts_while_the_reader_writes(six, site):
    page = six.context.new_page()
    page.goto(site + PAGES[5])
    with page.expect_worker(timeout=PATIENCE):
        place = box(page, "5.1")
    assert status(place).text_content() == ""
    assert "4 of 4 points" in run(place, definition(get("5.1").solution))
    page.close()


def test_pages_on_which_nothing_runs_carry_nothing_of_it():
    for page in HTML.glob("book/**/*.html"):
        text = page.read_text("utf-8")
        assert ('id="page-python"' in text) == (page.parent.name == "exercises" or "runs-here-" in text), page.name


def test_an_endless_loop_is_stopped_and_python_comes_back(six):
    place = box(six.page, "6.3")
    editor(place).fill("print('so far')\n" + SIZE + "    while True:\n        pass\n")
    place.get_by_role("button", name="Run", exact=True).click()
    place.get_by_text("Running …").wait_for()
    place.locator("pre", has_text="so far").wait_for()  # while it runs
    other = box(six.page, "6.4")
    press_run(other)
    assert status(other).text_content() == "Python is still busy with 6.3. Stop that first."
    place.get_by_role("button", name="Stop").click()
    place.get_by_text("Stopped. Python starts anew by itself.").wait_for()
    assert "so far" in place.locator(".result").inner_text()
    assert "3 of 4 points" in run(place, SIZE + "    return (input_size - 1) * stride - 2 * padding + kernel_size\n")
    place.get_by_role("button", name="Hint").click()  # below what the check said, not in its place
    text = place.locator(".result").inner_text()
    assert text.index("3 of 4 points") < text.index("hint 1 of")


def test_errors_begin_at_the_readers_line_and_a_syntax_error_is_marked(six):
    place = box(six.page, "6.3")
    text = run(place, SIZE + "    return (input_size\n")
    assert 'File "<your answer>", line 2' in text
    assert "SyntaxError" in text
    assert place.locator(".cm-lintRange-error, .cm-lintPoint-error").count() == 1
    text = run(place, SIZE + "    print('stride', stride)\n    return input_size / (stride - stride)\n")
    assert place.locator(".cm-lintRange-error, .cm-lintPoint-error").count() == 0
    assert "Your function raised ZeroDivisionError" in text
    assert "Printed\n\nstride 2\n" in text
    where = place.locator(".result pre").last.text_content()
    assert where.startswith('Traceback (most recent call last):\n  File "<your answer>", line 3, in conv_transpose')
    assert "MemoryError" in run(place, SIZE + "    return [0] * 10**9\n")
    assert "only NumPy and Python's standard library are allowed" in run(place, "import torch\n")


@pytest.mark.slow
def test_a_lost_python_is_replaced(six):
    place = box(six.page, "6.3")
    run(place, "import ctypes\nctypes.string_at(2**32 - 8, 4)\n")
    assert "Python ended unexpectedly" in status(place).text_content()
    assert "4 of 4 points" in run(place, definition(get("6.3").solution))


def test_without_a_network_the_page_says_so_and_the_answer_stays(chromium, site):
    with Reader(chromium, site + SIX) as reader:
        place = box(reader.page, "6.3")
        reader.page.route("**/python-*.js", lambda route: route.abort())
        run(place, SIZE + "    return 7\n")
        assert "Python could not be loaded" in status(place).text_content()
        assert "return 7" in editor(place).text_content()  # also where it is out of sight
        reader.page.unroute("**/python-*.js")
        place.get_by_role("button", name="Run", exact=True).click()
        place.get_by_text("Starting Python …").wait_for()


def test_an_answer_is_kept_when_the_page_is_opened_again(chromium, site):
    with Reader(chromium, site + SIX) as reader:
        editor(box(reader.page, "6.2")).fill("def conv_transpose1d(x):\n    return 'half done'\n")
        reader.page.reload()
        assert "half done" in editor(box(reader.page, "6.2")).inner_text()
        assert reader.complaints == []


def test_from_a_disk_answers_are_downloaded_as_a_notebook_and_taken_back(chromium, tmp_path):
    with Visit(chromium, SIX, accept_downloads=True) as visit:
        page = visit.page
        page.on("dialog", lambda dialog: dialog.accept())
        right = definition(get("6.3").solution)
        editor(box(page, "6.3")).fill(right)
        editor(box(page, "6.2")).fill("def conv_transpose1d(x):\n    return 'half done'\n")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download your answers").click()
        path = tmp_path / "in/ada.ipynb"
        download.value.save_as(path)
        place = box(page, "6.3")
        place.get_by_role("button", name="Reset").click()
        assert "..." in editor(place).inner_text()
        page.locator("input[type=file]").set_input_files(path)
        page.get_by_text("Taken from ada.ipynb: 6.2, 6.3.").wait_for()
        assert right.splitlines()[-1] in editor(place).inner_text()
        assert visit.requests == visit.complaints == []
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    sources = [cell.source for cell in notebook.cells]
    assert sources[-1] == f'{right}\n\n\ncheck("6.3", conv_transpose_output_size)'


def test_where_nothing_can_be_kept_the_editor_works_and_says_so(chromium, site):
    with Reader(chromium, "about:blank") as reader:
        reader.context.add_init_script(NO_STORAGE)
        reader.page.goto(site + SIX)
        place = box(reader.page, "6.3")
        editor(place).fill(SIZE + "    return 7\n")
        assert status(place).text_content().startswith("This browser keeps nothing: download your answer")
        with reader.page.expect_download() as download:
            reader.page.get_by_role("button", name="Download your answers").click()
        assert "return 7" in download.value.path().read_text("utf-8")


def test_another_tab_has_what_this_one_wrote(chromium, site):
    with Reader(chromium, site + SIX) as reader:
        other = reader.context.new_page()
        other.goto(site + SIX)
        there, here = box(other, "6.3"), box(reader.page, "6.3")
        editor(here).fill(SIZE + "    return 77\n")
        there.get_by_text("return 77").wait_for()


def test_the_keyboard_alone_opens_writes_runs_and_leaves(chromium, site):
    with Reader(chromium, site + SIX) as reader:
        page, keys = reader.page, reader.page.keyboard
        page.route("**/python-*.js", lambda route: route.abort())
        page.get_by_role("button", name="Solve it here: exercise 6.3").focus()
        keys.press("Enter")
        place = page.get_by_role("region", name="Exercise 6.3 in the page")
        place.wait_for()
        assert editor(place).evaluate("(node) => node === document.activeElement")
        keys.press("Control+a")
        keys.type("def f(x):\nif x:\nreturn 1")  # the editor indents
        keys.press("Enter")
        keys.press("Tab")
        keys.type("y")
        lines = place.locator(".cm-line").all_text_contents()
        assert lines == ["def f(x):", "    if x:", "        return 1", "            y"]
        keys.press("Control+Enter")
        page.get_by_text("Python could not be loaded").wait_for()
        keys.press("Escape")
        keys.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Run"
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_it_fits_and_every_word_of_code_reads(chromium, site, scheme):
    with Reader(chromium, "about:blank", color_scheme=scheme) as reader:
        page = reader.page
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(site + SIX)
        place = box(page, "6.3")
        place.get_by_role("button", name="Solution").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for button in place.get_by_role("button").all():
            if button.is_visible():
                assert button.bounding_box()["height"] >= 32
        editor(place).fill(SIZE.strip() + "\n    return 0" + " + 0" * 30)  # no line pushes the others out of sight
        assert place.locator(".cm-scroller").evaluate("(node) => node.scrollWidth - node.clientWidth") <= 0
        inks = place.evaluate(CONTRASTS)
        assert len(inks) > 3
        assert min(inks.values()) >= 4.5, inks
        grounds = [
            place.locator(part).evaluate("(node) => getComputedStyle(node).backgroundColor")
            for part in (".cm-gutters", ".cm-editor")
        ]
        assert grounds[0] == grounds[1], "a long line that is scrolled shows through the line numbers"


# The contrast of every colour of text in the editor with its ground, by class.
CONTRASTS = """(place) => {
  const light = (colour) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((one) =>
      one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = light(getComputedStyle(place.querySelector(".cm-editor")).backgroundColor);
  const words = [...place.querySelectorAll(".cm-line span[class^=tok-], .cm-gutterElement, .cm-line")];
  return Object.fromEntries(words.map((word) => {
    const ink = light(getComputedStyle(word).color);
    return [word.className, (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05)];
  }));
}"""
