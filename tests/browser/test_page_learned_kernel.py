"""Chapter 6's kernel that learns, in the built page: numbers as in Python, learn, scrub, keys, less motion."""

import re
from itertools import pairwise

from visit import fresh, set_slider, value

from segbook.widgets import LearnedKernel
from segbook.widgets.learned_kernel import STEPS

CHAPTER = "book/06_transposed_convolution.html"
TITLE = "A kernel that learns"


def agree(box, python):
    """Compare the sentence, the formula, the bars and the dots with Python."""
    sums = python.sums()
    low, high, loss = f"{sums.min():.2f}", f"{sums.max():.2f}", f"{python.losses()[python.step]:.4f}"
    text = box.locator(".sentence").text_content()
    found = re.findall(r"after (\d+) of 100 steps the loss is ([\d.]+), and .* becomes ([−\d.]+) to ([−\d.]+)\.", text)
    assert found == [(str(python.step), loss, low, high)]
    assert box.locator(".formula b").all_text_contents() == [loss, f"{python.board():.2f}"]
    bars = box.locator('svg[aria-label="The taps of the kernel"] text').all_text_contents()
    assert [float(bar.replace("−", "-")) for bar in bars] == [round(tap, 2) for tap in python.kernel().tolist()]
    tops = box.locator("circle[data-y]").evaluate_all("(all) => all.map((one) => Number(one.getAttribute('cy')))")
    output = python.output().tolist()
    order = sorted(range(len(tops)), key=lambda n: -tops[n])  # from the lowest dot up
    drawn = [output[n] for n in order]
    assert all(a <= b + 1e-6 for a, b in pairwise(drawn)), "the higher the value, the higher its dot"


def test_the_page_learns_the_kernels_that_torch_learns(visit):
    box, python = fresh(visit, TITLE), LearnedKernel()
    agree(box, python)
    for preset, step in (("4 over 2", 7), ("3 over 4", 60), ("bilinear", 1), ("random", 33)):
        box.get_by_role("button", name=preset, exact=True).first.click()
        set_slider(box, "step", step)
        agree(box, LearnedKernel(preset=preset, step=step))
    box.get_by_role("button", name="3 over 2", exact=True).first.click()
    box.get_by_role("button", name="cross entropy", exact=True).first.click()
    for step in (0, 10, STEPS):
        set_slider(box, "step", step)
        agree(box, LearnedKernel(loss="entropy", step=step))
    assert visit.complaints == []


def test_learn_goes_to_the_end_says_so_once_and_starts_again(visit):
    box = fresh(visit, TITLE)
    button, sentence = box.locator("button.slide"), box.locator(".sentence")
    sentence.evaluate("""(line) => {
        window.heard = [];
        new MutationObserver(() => { if (line.ariaLive === "polite") window.heard.push(line.textContent); })
            .observe(line, { childList: true });
    }""")
    assert button.text_content() == "learn"
    button.click()
    assert button.text_content() == "pause"
    visit.page.wait_for_function("document.querySelectorAll('button.slide')[0].textContent === 'learn'")
    assert value(box, "step") == STEPS
    assert visit.page.evaluate("window.heard") == [sentence.text_content()]
    button.click()
    button.click()  # pause
    assert value(box, "step") < STEPS
    assert visit.complaints == []


def test_readers_who_want_less_motion_learn_ten_steps_at_a_press(visit):
    box = fresh(visit, TITLE, motion="reduce")
    button = box.locator("button.slide")
    assert button.text_content() == "learn 10 steps"
    for step in (10, 20):
        button.click()
        assert value(box, "step") == step
    set_slider(box, "step", 95)
    for step in (STEPS, 0):
        button.click()
        assert value(box, "step") == step


def test_the_loss_is_dragged_over_and_arrow_keys_go_through_the_steps(visit):
    box = fresh(visit, TITLE)
    chart = box.locator("[data-surface=steps]")
    chart.scroll_into_view_if_needed()
    place, (start, end) = chart.bounding_box(), chart.evaluate("(one) => JSON.parse(one.dataset.span)")
    across = lambda share: place["x"] + place["width"] * (start + (end - start) * share)  # noqa: E731
    visit.page.mouse.move(across(0.2), place["y"] + 60)
    visit.page.mouse.down()
    visit.page.mouse.move(across(0.5), place["y"] + 60)
    assert value(box, "step") == STEPS // 2
    visit.page.mouse.move(across(1.4), place["y"] + 60)
    visit.page.mouse.up()
    assert value(box, "step") == STEPS
    for key, step in (("ArrowRight", STEPS), ("ArrowLeft", 99), ("Shift+ArrowLeft", 89)):
        visit.page.keyboard.press(key)
        assert value(box, "step") == step
    assert visit.complaints == []
