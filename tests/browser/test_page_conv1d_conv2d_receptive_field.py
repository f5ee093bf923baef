"""Chapter 5's live figures in a real browser: what they show is what torch computes, wherever the sliders go."""

import json
import random

import pytest
import torch
from torch.nn import functional as F
from visit import Visit, figure, set_slider

from segbook.widgets import ReceptiveField
from segbook.widgets.conv1d import unread_samples

CHAPTER = "book/05_downsampling.html"
LINE, PLANE, STACK = "a window slides", "in the plane", "output see"
NUMBERS = "(nodes) => nodes.map((node) => Number(node.textContent.replace('−', '-')))"


def value(box, trait):
    return int(box.locator(f"input[type=range][data-trait={trait}]").input_value())


def move(box, rng, traits):
    trait = rng.choice(traits)
    slider = box.locator(f"input[type=range][data-trait={trait}]")
    low, high = (int(slider.get_attribute(name)) for name in ("min", "max"))
    set_slider(box, trait, rng.randint(low, high))


def test_conv1d_shows_what_torch_computes(chromium):
    rng = random.Random(5)
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, LINE)
        box.locator("summary").click()
        for _ in range(80):
            move(box, rng, ["x", "weight", "stride", "padding", "dilation", "focus"])
            fields = "(nodes) => nodes.map((node) => node.valueAsNumber)"
            x, weight = (
                box.locator(f"input[type=number][data-trait={trait}]").evaluate_all(fields) for trait in ("x", "weight")
            )
            layer = {trait: value(box, trait) for trait in ("stride", "padding", "dilation")}
            try:
                y = F.conv1d(torch.tensor([[x]]).double(), torch.tensor([[weight]]).double(), **layer)[0, 0].tolist()
            except RuntimeError:
                assert "no window fits" in box.locator(".warning").text_content()
                continue
            assert box.locator(".box.sum text").evaluate_all(NUMBERS) == pytest.approx(y)
            n = value(box, "focus")
            assert box.locator(".box.sum.on").get_attribute("data-output") == str(n)
            assert f"= {len(y)}" in box.locator(".formula").text_content().split("y[")[0]
            unread = unread_samples(len(x), len(weight), **layer)
            hatched = box.locator(".box:has(.unread)").evaluate_all("(nodes) => nodes.map((n) => +n.dataset.place)")
            assert hatched == unread
            if unread:
                assert f"{len(unread)} of {len(x)} samples" in box.locator(".formula").text_content()
        assert visit.complaints == []


def test_the_matrix_stands_under_the_signal_and_its_lost_column_is_hatched(chromium):
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, LINE)
        box.locator("summary").click()
        box.locator("input[data-trait=matrix]").check()
        taps = box.locator(".box.series[data-output] text").all_text_contents()
        assert taps == ["1", "2", "3"] * 3
        assert box.locator(".box:has(.unread)").count() == 1 + 3  # the sample, and its column of three rows


def test_the_window_follows_pointer_tap_and_keyboard(chromium):
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, LINE)
        box.locator("[data-place='6']").hover()
        assert "Output 2 is 29" in box.locator(".sentence").text_content()
        box.locator("[data-place='0']").hover()
        assert "Output 0 is 17" in box.locator(".sentence").text_content()
        box.locator("input[data-trait=focus]").focus()
        visit.page.keyboard.press("ArrowRight")
        assert "Output 1 is 21" in box.locator(".sentence").text_content()
        assert visit.page.evaluate("document.activeElement.dataset.trait") == "focus"
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as visit:
        for title, target, sentence in (
            (LINE, "[data-output='2']", "Output 2 is 29"),
            (PLANE, "[data-of='input'][data-cell='8,0']", "Output [3, 0] is 1"),
            (STACK, "[data-output='2']", "output 2 sees 7 input samples, 2 to 8"),
        ):
            box = figure(visit, title)
            box.locator(target).tap()
            assert sentence in box.locator(".sentence").text_content()


def test_the_window_slides_to_the_end_and_stops(chromium):
    with Visit(chromium, CHAPTER, reduced_motion="no-preference") as visit:
        box = figure(visit, LINE)
        button = box.locator("button.slide")
        assert button.text_content() == "slide the window"
        button.click()
        assert button.text_content() == "pause"
        assert value(box, "focus") == 2  # at once, so that the press is seen to work
        visit.page.wait_for_function("document.querySelector('button.slide').textContent === 'slide the window'")
        assert value(box, "focus") == 2
        assert box.locator(".sentence").get_attribute("aria-live") == "polite"


def test_with_reduced_motion_a_press_is_a_step(chromium):
    with Visit(chromium, CHAPTER, reduced_motion="reduce") as visit:
        box = figure(visit, PLANE)
        button = box.locator("button.slide")
        assert button.text_content() == "next window"
        button.click()
        assert (value(box, "row"), value(box, "column")) == (1, 3)
        button.click()
        assert (value(box, "row"), value(box, "column")) == (2, 0)
        visit.page.wait_for_timeout(1000)
        assert (value(box, "row"), value(box, "column")) == (2, 0)


def test_conv2d_shows_what_torch_computes(chromium):
    rng = random.Random(5)
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, PLANE)
        box.locator("summary").click()
        for _ in range(60):
            move(box, rng, ["height", "width", "kernel_size", "stride", "padding", "dilation", "row", "column"])
            operation = rng.choice(["mean", "edges", "maximum"])
            box.locator("select[data-trait=operation]").select_option(operation)
            layer = {trait: value(box, trait) for trait in ("stride", "padding", "dilation")}
            height, width, k = (value(box, trait) for trait in ("height", "width", "kernel_size"))
            if min(height, width) + 2 * layer["padding"] < layer["dilation"] * (k - 1) + 1:
                assert "no window fits" in box.locator(".warning").text_content()
                continue
            image = torch.zeros(height, width).double()
            for r, c, number in box.locator("[data-of=input]:not(.zero)").evaluate_all(
                "(nodes) => nodes.map((n) => [...n.dataset.cell.split(',').map(Number), Number(n.textContent)])"
            ):
                image[r, c] = number
            half = torch.sign(torch.arange(k).double() - (k - 1) / 2).repeat(k, 1)
            kernel = torch.full((k, k), 1 / k**2).double() if operation == "mean" else half
            images = image[None, None]
            y = (
                F.max_pool2d(images, k, **layer)
                if operation == "maximum"
                else F.conv2d(images, kernel[None, None], **layer)
            )
            shown = box.locator("[data-of=output]").evaluate_all(
                "(nodes) => nodes.map((n) => n.textContent === '−∞' ? -Infinity : Number(n.textContent.replace('−', '-')))"
            )
            assert shown == pytest.approx(y.flatten().tolist(), abs=0.051)  # the boxes show one decimal
            rows, columns = (unread_samples(size, k, **layer) for size in (height, width))
            dropped = height * width - (height - len(rows)) * (width - len(columns))
            assert box.locator(".unread").count() == dropped
            if dropped:
                assert f"{dropped} of {height * width} pixels" in box.locator(".formula").text_content()
        assert visit.complaints == []


def stack_of(box):
    return json.loads(
        box.evaluate("""(figure) => JSON.stringify([...figure.querySelectorAll("tbody tr")].map((row) =>
            Object.fromEntries([...row.querySelectorAll("select")].map((s) => [s.dataset.trait, s.dataset.trait === "kind" ? s.value : +s.value]))))""")
    )


def test_receptive_field_shows_what_shapes_computes_while_a_stack_is_built(chromium):
    rng = random.Random(5)
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, STACK)
        for _ in range(60):
            count = box.locator("tbody tr").count()
            action = rng.choice(["add", "remove", "edit", "edit", "edit"])
            if action == "add" and count < 6:
                box.locator("button.add").nth(rng.randrange(4)).click()
            elif action == "remove" and count > 1:
                box.locator("button.remove").nth(rng.randrange(count)).click()
            else:
                trait, limit = rng.choice([("kernel_size", 5), ("stride", 3), ("dilation", 4)])
                select = box.locator(f"select[data-trait={trait}]").nth(rng.randrange(count))
                select.select_option(str(rng.randint(1, limit)))
            model = ReceptiveField(layers=stack_of(box))
            fields = model.fields()
            table = box.locator("tbody tr").evaluate_all(
                "(rows) => rows.map((row) => [+row.querySelector('.field').textContent, +row.querySelector('.jump').textContent])"
            )
            assert table == [[field.size, field.jump] for field in fields[1:]]
            n = value(box, "focus")
            assert (
                f"output {n} sees {fields[-1].size} input samples, {n * fields[-1].jump} to"
                in box.locator(".sentence").text_content()
            )
            assert box.locator("button.add").first.is_disabled() == (len(stack_of(box)) == 6)
        assert visit.complaints == []


def test_the_cells_in_the_cone_are_the_samples_that_are_read(chromium):
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, STACK)
        for name, reads in (("three 3s", 7), ("strided", 15), ("dilated 2-2-2", 7), ("U-Net encoder", 16)):
            box.locator(".presets button", has_text=name).click()
            assert box.locator(".box.on[data-row='0']").count() == reads


def test_a_table_keeps_the_keyboards_place_while_the_figure_redraws(chromium):
    with Visit(chromium, CHAPTER) as visit:
        box = figure(visit, STACK)
        select = box.locator("select[data-trait=stride][data-index='1']")
        select.focus()
        visit.page.keyboard.press("ArrowDown")
        assert select.input_value() == "2"
        assert visit.page.evaluate("[document.activeElement.dataset.trait, document.activeElement.dataset.index]") == [
            "stride", "1"]  # fmt: skip
        box.locator("button.remove").first.click()
        assert visit.page.evaluate("document.activeElement.className") == "add"
