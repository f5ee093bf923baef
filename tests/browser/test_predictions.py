"""Predictions: declared in the chapters, answered in the page before the answer can be seen, kept in the browser."""

import json
import re

import pytest
from playwright.sync_api import expect
from predictions import predictions
from visit import ROOT, WHOLE, Visit

CHAPTERS = {path.stem: json.loads(path.read_text("utf-8"))["cells"] for path in sorted(ROOT.glob("book/[0-9]*.ipynb"))}
NUMBER = re.compile(r"[-−]?\d+(?:,\d{3})*(?:\.\d+)?")
FIVE = "book/05_downsampling.html"
# How high the paragraph is that stands below an output and says what came out.
BELOW = """(output) => {
    let below = output.closest(".cell").nextElementSibling;
    if (below?.matches(".page-python-door")) below = below.nextElementSibling;
    return below?.tagName === "P" ? below.getBoundingClientRect().height : null;
}"""
NO_STORAGE = (
    """Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } })"""
)


def words(cell):
    return "".join(cell["source"])


def asked(stem):
    """Pair each prediction with the code cell that follows it."""
    pairs, cells = [], CHAPTERS[stem]
    for place, cell in enumerate(cells):
        if cell["cell_type"] == "markdown":
            following = next((one for one in cells[place:] if one["cell_type"] == "code"), None)
            pairs += [(one, following) for one in predictions(words(cell))]
    return pairs


ASKING = [stem for stem in CHAPTERS if asked(stem)]


def of(visit, name):
    return visit.page.locator(f"#predict-{name}")


def commit(box):
    box.page.wait_for_function(WHOLE)  # a click would miss what moves meanwhile
    box.get_by_role("button", name="That is my answer").click()


def verdict(box):
    return box.get_by_role("status").text_content()


@pytest.mark.parametrize(
    ("attributes", "fault"),
    [
        ('data-answer="3"', 'id=""'),
        ('id="predict-A" data-answer="3"', 'id="predict-A"'),
        ('id="predict-a"', "no number"),
        ('id="predict-a" data-answer="three"', "'three'"),
        ('id="predict-a" data-answer="3" data-within="a bit"', "'a bit'"),
        ('id="predict-a" data-answer="c" data-choices="a | b"', "'c' is not among"),
        ('id="predict-a" data-answer="a | b" data-choices="a | b"', "not among"),
        ('id="predict-a" data-answer="none" data-choices="a | b"', "not among"),
        ('id="predict-a" data-answer="a" data-choices="a"', "at least two"),
    ],
)
def test_a_prediction_that_nobody_can_answer_is_refused(attributes, fault):
    with pytest.raises(ValueError, match=re.escape(fault)):
        predictions(f'<details class="predict" {attributes}>\n<summary>What?</summary>\n')


def test_two_of_one_name_are_refused_and_other_details_are_none():
    one = '<details class="predict" id="predict-a" data-answer="-0.5" data-within="20%"></details>'
    assert [(found.answer, found.within) for found in predictions(f"<details>x</details>{one}")] == [(-0.5, 0.1)]
    with pytest.raises(ValueError, match="two predictions are called predict-a"):
        predictions(one + one)


@pytest.mark.parametrize("path", sorted(ROOT.glob("book/**/*.md")), ids=lambda path: path.stem)
def test_what_can_be_pressed_has_no_marks_of_markdown(path):
    """Markdown is not read between <summary> and </summary>: *word* and `word` would be shown as typed."""
    for words in re.findall(r"<summary>(.*?)</summary>", path.read_text("utf-8"), re.DOTALL):
        assert not re.search(r"\*\w[^*]*\*|`", words), words


@pytest.mark.parametrize("stem", ASKING)
def test_the_answer_is_folded_and_stands_in_what_the_cell_shows(stem):
    """A number must be found in the cell's output or, if that is a picture or must be counted, in the reason."""
    for one, cell in asked(stem):
        assert "hide-output" in cell["metadata"].get("tags", []), one.id
        assert cell["metadata"]["jupyter"] == {"outputs_hidden": True}, one.id
        shown = "".join(text for output in cell["outputs"] for text in output.get("text", []))
        reason = next(words(one_cell) for one_cell in CHAPTERS[stem] if f'id="{one.id}"' in words(one_cell))
        reason = reason.partition(f'id="{one.id}"')[2].partition("</summary>")[2].partition("</details>")[0]
        numbers = (
            [one.answer] if isinstance(one.answer, float) else [float(word) for word in one.answer if word.isdigit()]
        )
        for number in numbers:
            found = [float(text.replace(",", "").replace("−", "-")) for text in NUMBER.findall(f"{shown} {reason}")]
            assert any(abs(value - number) <= one.within + 1e-9 for value in found), (one.id, found)


@pytest.fixture(scope="module")
def window(chromium, site):
    with Visit(chromium, at=site) as visit:
        yield visit


@pytest.fixture
def five(window):
    """Chapter 5, just opened: nothing is answered."""
    return window.turn_to(FIVE, ready=False)


@pytest.mark.parametrize("stem", ASKING)
def test_each_question_has_a_reason_and_the_page_hides_it_until_it_is_answered(window, stem):
    declared = [one for one, _ in asked(stem)]
    visit, told = window.turn_to(f"book/{stem}.html", ready=False), []
    for one in declared:
        box = visit.page.locator(f"#{one.id}")
        reason, output = box.locator(".because"), visit.page.locator(f"#{one.id} ~ .cell details.hide").first
        assert not reason.is_visible()
        assert output.evaluate("(one) => !one.open")
        assert "answer first" in output.locator("summary").text_content()
        assert output.evaluate(BELOW) in (0, None), one.id
        if one.choices:
            for choice in one.answer:
                if choice != "none":
                    box.get_by_label(choice, exact=True).check()
        else:
            box.get_by_label("Your number").fill(f"{one.answer:g}")
        commit(box)
        assert ("That is right." if one.choices else "So it is") in verdict(box), one.id
        assert len(reason.inner_text()) > 30
        commas = one.choices and any("," in choice for choice in one.answer)
        answer = ("; " if commas else ", ").join(one.answer) if one.choices else f"{one.answer:g}"
        assert not one.choices or verdict(box) == f"You chose: {answer}. That is right."
        assert not reason.inner_text().lower().startswith(f"{answer.lower()}. "), one.id  # the verdict has said it
        assert output.evaluate("(one) => one.open")
        told.append(output.evaluate(BELOW))
        assert told[-1] is None or told[-1] > 20, one.id
    assert any(told)
    assert visit.requests == visit.complaints == []
    kept = json.loads(visit.page.evaluate("localStorage.getItem('segbook-predictions')"))
    assert set(kept) == {one.id for one in declared}


def test_a_wrong_answer_is_told_kept_counted_and_can_be_given_again(five):
    box = of(five, "windows")
    box.get_by_label("Your number").fill("4")
    box.get_by_label("Your number").press("Enter")
    assert verdict(box) == "You said 4; it is 3."
    five.page.reload()
    assert verdict(box) == "You said 4; it is 3."
    assert box.get_by_label("Your number").is_disabled()
    five.page.goto(f"{five.at}book/intro.html")
    count = five.page.locator(".prediction-count")
    assert re.fullmatch(r"You have made 1 of \d+ predictions\.", count.text_content())
    five.page.go_back()
    box.get_by_role("button", name="Answer again").click()
    assert verdict(box) == ""
    assert not box.locator(".because").is_visible()
    assert five.page.evaluate("document.activeElement.id") == "predict-windows-answer"
    assert five.page.evaluate("localStorage.getItem('segbook-predictions')") == "{}"


def test_a_number_is_read_as_people_write_it(five):
    box = of(five, "windows")
    for typed, said in (
        ("", "Write a number, such as 12 or 0.5."),
        ("three", "Write a number, such as 12 or 0.5."),
        ("1/2/3", "Write a number, such as 12 or 0.5."),
        ("3,0", "You said 3,0. So it is: 3."),
        ("6/2", "You said 6/2. So it is: 3."),
        ("−3", "You said −3; it is 3."),
        ("3,000", "You said 3,000; it is 3."),
    ):
        box.get_by_role("status").evaluate("(one) => { one.textContent = ''; }")
        box.get_by_label("Your number").fill(typed)
        commit(box)
        assert verdict(box) == said
        if said.startswith("You said"):
            box.get_by_role("button", name="Answer again").click()


def test_choices_are_judged_together_and_looking_is_no_answer(window):
    everything = [(stem, one) for stem in ASKING for one, _ in asked(stem) if one.choices]
    stem, several = next((stem, one) for stem, one in everything if len(one.answer) > 1)
    visit = window.turn_to(f"book/{stem}.html", ready=False)
    box = visit.page.locator(f"#{several.id}")
    box.get_by_label(several.answer[0], exact=True).check()
    commit(box)
    assert verdict(box) == f"You chose: {several.answer[0]}. The answer is: {', '.join(several.answer)}."
    assert set(json.loads(visit.page.evaluate("localStorage.getItem('segbook-predictions')"))) == {several.id}
    other = of(window.turn_to(FIVE, ready=False), "work")
    commit(other)
    assert verdict(other) == "Choose one first."
    other.get_by_role("button", name="Show without answering").click()
    assert verdict(other) == "The answer is: 48."
    assert "predict-work" not in (visit.page.evaluate("localStorage.getItem('segbook-predictions')") or "")


def test_without_storage_or_with_nonsense_in_it_the_page_asks_all_the_same(chromium):
    for script in (NO_STORAGE, """localStorage.setItem("segbook-predictions", '{"predict-windows": ["x"], "b": 1}')"""):
        with Visit(chromium, FIVE, ready=False) as visit:
            visit.context.add_init_script(script)
            visit.page.reload()
            box = of(visit, "windows")
            assert verdict(box) == ""
            box.get_by_label("Your number").fill("3")
            commit(box)
            assert verdict(box) == "You said 3. So it is: 3."


def test_what_is_told_of_an_output_comes_and_goes_with_it_and_stands_on_paper(five):
    told, fold = five.page.locator("p.told").first, five.page.locator(".cell details.hide").first
    expect(told).to_be_hidden()
    fold.locator("summary").click()
    expect(told).to_be_visible()
    fold.locator("summary").click()
    expect(told).to_be_hidden()
    five.page.emulate_media(media="print")
    expect(told).to_be_visible()


def test_without_javascript_the_reason_is_folded(chromium):
    with Visit(chromium, FIVE, ready=False, java_script_enabled=False) as visit:
        details = visit.page.locator("details#predict-windows")
        assert "How many windows" in details.inner_text()
        assert "no window" not in details.inner_text()
        details.locator("summary").click()
        assert "a fourth would need" in details.inner_text()
        expect(visit.page.locator("p.told").first).to_be_visible()
