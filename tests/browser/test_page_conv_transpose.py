"""ConvTranspose1D in the built page: its three views show what torch computes, wherever the sliders go."""

import random

import pytest
import torch
from sampling import walks
from torch.nn import functional as F
from visit import Visit, figure, fresh, limits, set_slider

CHAPTER = "book/06_transposed_convolution.html"


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


@walks(20, 150)
def test_three_views_show_what_torch_computes_wherever_the_sliders_go(visit, turns):
    rng = random.Random(6)
    box = fresh(visit, "three views")
    box.locator("summary").click()
    box.locator("input[data-trait=letters]").uncheck()
    for _ in range(turns):
        trait = rng.choice(["x", "weight", "stride", "padding", "output_padding", "dilation", "i"])
        low, high, _ = limits(box, trait)
        set_slider(box, trait, rng.randint(low, high))
        state, expected = shown_output(box)
        assert state["warning"] is None, state
        for shown in state["shown"]:
            assert shown == pytest.approx(expected, abs=0.006), state  # the figure shows two decimals
    assert visit.complaints == []


def test_letters_spell_the_example_by_hand(visit):
    sums = fresh(visit, "three views").locator("svg").first.locator(".box.sum text").all_text_contents()
    assert sums == ["af", "ag", "ah+bf", "bg", "bh"]


def test_values_can_be_typed_and_nonsense_is_ignored(visit):
    box = fresh(visit, "three views")
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


def test_a_tap_moves_the_focus(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as visit:
        box = figure(visit, "three views")
        box.locator("svg").first.locator(".box.sum").nth(4).tap()
        assert "Output 4 is bh" in box.locator(".sentence").text_content()
