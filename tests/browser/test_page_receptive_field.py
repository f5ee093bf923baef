"""ReceptiveField in the built page: what it shows is what segbook.shapes computes, while a stack is built."""

import json
import random

from sampling import walks
from visit import Visit, figure, fresh, value

from segbook.widgets import ReceptiveField

CHAPTER = "book/05_downsampling.html"
STACK = "output see"


def stack_of(box):
    return json.loads(
        box.evaluate("""(figure) => JSON.stringify([...figure.querySelectorAll("tbody tr")].map((row) =>
            Object.fromEntries([...row.querySelectorAll("select")].map((s) => [s.dataset.trait, s.dataset.trait === "kind" ? s.value : +s.value]))))""")
    )


@walks(14, 60)
def test_receptive_field_shows_what_shapes_computes_while_a_stack_is_built(visit, turns):
    rng = random.Random(5)
    box = fresh(visit, STACK)
    for _ in range(turns):
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
        n = value(box, "n")
        assert (
            f"output {n} sees {fields[-1].size} input samples, {n * fields[-1].jump} to"
            in box.locator(".sentence").text_content()
        )
        assert box.locator("button.add").first.is_disabled() == (len(stack_of(box)) == 6)
    assert visit.complaints == []


def test_the_cells_in_the_cone_are_the_samples_that_are_read(visit):
    box = fresh(visit, STACK)
    for name, reads in (("three 3s", 7), ("strided", 15), ("dilated 2-2-2", 7), ("U-Net encoder", 16)):
        box.locator(".presets button", has_text=name).click()
        assert box.locator(".box.on[data-row='0']").count() == reads


def test_a_table_keeps_the_keyboards_place_while_the_figure_redraws(visit):
    box = fresh(visit, STACK)
    select = box.locator("select[data-trait=stride][data-index='1']")
    select.focus()
    visit.page.keyboard.press("ArrowDown")
    assert select.input_value() == "2"
    assert visit.page.evaluate("[document.activeElement.dataset.trait, document.activeElement.dataset.index]") == [
        "stride", "1"]  # fmt: skip
    box.locator("button.remove").first.click()
    assert visit.page.evaluate("document.activeElement.className") == "add"


def test_a_tap_chooses_an_output(chromium):
    with Visit(chromium, CHAPTER, width=390, has_touch=True) as visit:
        box = figure(visit, STACK)
        box.locator("[data-output='2']").tap()
        assert "output 2 sees 7 input samples, 2 to 8" in box.locator(".sentence").text_content()
