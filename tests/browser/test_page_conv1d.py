"""Conv1D in the built page: what it shows is what torch computes, wherever the sliders go."""

import random

import pytest
import torch
from sampling import walks
from torch.nn import functional as F
from visit import Visit, figure, fresh, move, value, values

from segbook.widgets.conv1d import unread_samples

CHAPTER = "book/05_downsampling.html"
LINE = "a window slides"
LAYER = ("stride", "padding", "dilation")
NUMBERS = "(nodes) => nodes.map((node) => Number(node.textContent.replace('−', '-')))"


@walks(12, 80)
def test_conv1d_shows_what_torch_computes(visit, turns):
    rng = random.Random(5)
    box = fresh(visit, LINE)
    box.locator("summary").click()
    for _ in range(turns):
        move(box, rng, ["x", "weight", "stride", "padding", "dilation", "n"])
        fields = "(nodes) => nodes.map((node) => node.valueAsNumber)"
        x, weight = (
            box.locator(f"input[type=number][data-trait={trait}]").evaluate_all(fields) for trait in ("x", "weight")
        )
        layer = dict(zip(LAYER, values(box, LAYER), strict=True))
        try:
            y = F.conv1d(torch.tensor([[x]]).double(), torch.tensor([[weight]]).double(), **layer)[0, 0].tolist()
        except RuntimeError:
            assert "no window fits" in box.locator(".warning").text_content()
            continue
        assert box.locator(".box.sum text").evaluate_all(NUMBERS) == pytest.approx(y)
        n = value(box, "n")
        assert box.locator(".box.sum.on").get_attribute("data-output") == str(n)
        assert f"= {len(y)}" in box.locator(".formula").text_content().split("y[")[0]
        unread = unread_samples(len(x), len(weight), **layer)
        hatched = box.locator(".box:has(.unread)").evaluate_all("(nodes) => nodes.map((n) => +n.dataset.place)")
        assert hatched == unread
        if unread:
            assert f"{len(unread)} of {len(x)} samples" in box.locator(".formula").text_content()
    assert visit.complaints == []


def test_the_matrix_stands_under_the_signal_and_its_lost_column_is_hatched(visit):
    box = fresh(visit, LINE)
    box.locator("summary").click()
    box.locator("input[data-trait=matrix]").check()
    taps = box.locator(".box.series[data-output] text").all_text_contents()
    assert taps == ["1", "2", "3"] * 3
    assert box.locator(".box:has(.unread)").count() == 1 + 3  # the sample, and its column of three rows


def test_the_window_follows_pointer_tap_and_keyboard(visit, chromium):
    box = fresh(visit, LINE)
    box.locator("[data-place='6']").hover()
    assert "Output 2 is 29" in box.locator(".sentence").text_content()
    box.locator("[data-place='0']").hover()
    assert "Output 0 is 17" in box.locator(".sentence").text_content()
    box.locator("input[data-trait=n]").focus()
    visit.page.keyboard.press("ArrowRight")
    assert "Output 1 is 21" in box.locator(".sentence").text_content()
    assert visit.page.evaluate("document.activeElement.dataset.trait") == "n"
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as phone:
        box = figure(phone, LINE)
        box.locator("[data-output='2']").tap()
        assert "Output 2 is 29" in box.locator(".sentence").text_content()


def test_the_window_slides_to_the_end_and_stops(visit):
    box = fresh(visit, LINE)
    button = box.locator("button.slide")
    assert button.text_content() == "slide the window"
    button.evaluate(
        """(button) => {
          window.said = [];
          const note = () => window.said.push(button.textContent);
          new MutationObserver(note).observe(button, { childList: true, characterData: true, subtree: true });
        }"""
    )
    button.click()
    visit.page.wait_for_function("window.said.includes('pause')")  # the slide can be over before it is looked at
    assert value(box, "n") == 2  # at once, so that the press is seen to work
    visit.page.wait_for_function("document.querySelector('button.slide').textContent === 'slide the window'")
    assert value(box, "n") == 2
    assert box.locator(".sentence").get_attribute("aria-live") == "polite"
