"""Conv2D in the built page: what it shows is what torch computes, wherever the sliders go."""

import random

import pytest
import torch
from sampling import walks
from torch.nn import functional as F
from visit import Visit, figure, fresh, move, value, values

from segbook.widgets.conv1d import unread_samples

CHAPTER = "book/05_downsampling.html"
LAYER = ("stride", "padding", "dilation")
PLANE = "in the plane"


def test_with_reduced_motion_a_press_is_a_step(visit):
    box = fresh(visit, PLANE, motion="reduce")
    button = box.locator("button.slide")
    assert button.text_content() == "next window"
    button.click()
    assert (value(box, "row"), value(box, "column")) == (1, 3)
    button.click()
    assert (value(box, "row"), value(box, "column")) == (2, 0)
    visit.page.wait_for_timeout(1000)
    assert (value(box, "row"), value(box, "column")) == (2, 0)


@walks(12, 60)
def test_conv2d_shows_what_torch_computes(visit, turns):
    rng = random.Random(5)
    box = fresh(visit, PLANE)
    box.locator("summary").click()
    for _ in range(turns):
        move(box, rng, ["height", "width", "kernel_size", "stride", "padding", "dilation", "row", "column"])
        operation = rng.choice(["mean", "edges", "maximum"])
        box.locator("select[data-trait=operation]").select_option(operation)
        height, width, k, *layer = values(box, ["height", "width", "kernel_size", *LAYER])
        layer = dict(zip(LAYER, layer, strict=True))
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


def test_a_tap_chooses_an_output(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as visit:
        box = figure(visit, PLANE)
        box.locator("[data-of='input'][data-cell='8,0']").tap()
        assert "Output [3, 0] is 1" in box.locator(".sentence").text_content()
