"""What chapter 8 claims of training is what its stored notebook printed, and what the seeds' table says."""

from statistics import mean, stdev

import pytest
import torch
from ranges import values
from results import (
    ROOT,
    assert_chapter_has,
    context,
    difference,
    experiment,
    floor,
    interval,
    measured,
    parameters,
    per_cell_without_a_network,
    printed,
    table,
)  # fmt: skip

from segbook import shapes
from segbook.data import granule_scene
from segbook.widgets import ShiftedSkip

NETWORKS = {  # the book's benchmark: what the chapter calls it
    "encoder–decoder, depth 4": "none, $H/16$",
    "encoder–decoder, depth 3": "none, $H/8$",
    "U-Net, summed skips": "sum, $H/8$",
    "U-Net": "concatenation, $H/8$",
}


def table_of(rows):
    columns = {"parameters": parameters, "IoU of the cells": ("IoU", 3), "boundary F": ("boundary F", 3)}
    return table(rows, "skips", NETWORKS, columns)


def test_skips_sharpen_outlines_in_the_stored_chapter():
    text = printed("08_unet")
    _, without = values("none IoU # · boundary F #", text)
    for skips in ("sum", "concat"):
        assert values(f"{skips} IoU # · boundary F #", text)[1] > without + 0.2
    raised = values("sum IoU # · boundary F #", text)[1] - without
    assert f"In our run by {raised:.2f}, in every" in (ROOT / "book/08_unet.md").read_text("utf-8")
    (stay,) = values("boundary F # against the true outlines", text)
    (follow,) = values("boundary F # against the outlines moved", text)
    assert follow > stay + 0.2


def test_the_table_over_seeds_is_that_of_the_results():
    assert_chapter_has("08_unet", table_of(measured()))


def grid(cell):
    lines = ["| depth | no skips | summed | concatenated |", "|---|---|---|---|"]
    for depth in (1, 2, 3, 4):
        lines.append(f"| {depth} | {' | '.join(cell(depth, skips) for skips in ('none', 'sum', 'concat'))} |")
    return "\n".join(lines)


def context_table():
    return grid(lambda depth, skips: f"{context(depth, skips):.2f} ± {context(depth, skips, part=1):.2f}")


def cells_table():
    def cell(depth, skips):
        row = "plain" if (depth, skips) == (3, "concat") else f"cells: depth {depth}, skips {skips}"
        mean, spread = (experiment(row, "components", 3000, "F per cell", part=part) for part in (0, 1))
        return f"{mean:.3f} ± {spread:.3f}"

    return grid(cell)


@pytest.mark.parametrize("text", [context_table(), cells_table()], ids=["context", "cells"])
def test_the_tables_of_depth_and_skips_are_the_measured_ones(text):
    chapter = (ROOT / "book/08_unet.md").read_text("utf-8")
    assert chapter.count(f"\n\n{text}\n\n") == 1, f"put this into the chapter:\n{text}"


def fair_table():
    """Collect the comparisons at depth 3 from both records."""
    bench = {
        model: [row["boundary F"] for row in measured() if row["model"] == model]
        for model in ("encoder–decoder, depth 3", "U-Net")
    }
    lines = [
        ("bright cells; 3, 300, 3", "boundary F", *(f"{mean(runs):.3f} ± {stdev(runs):.3f}" for runs in bench.values()))
    ]
    for name, steps, read, score, rows, digits in (
        ("bright cells", "3,000", "components", "F per cell", ("cells: depth 3, skips none", "plain"), 3),
        ("bright cells", "3,000", "components", "IoU", ("cells: depth 3, skips none", "plain"), 3),
        ("granules", "1,000", "tuned components", "IoU", (BARE, DEEP), 2),
    ):
        both = (
            " ± ".join(
                f"{experiment(row, read, int(steps.replace(',', '')), score, part=part):.{digits}f}" for part in (0, 1)
            )
            for row in rows
        )
        lines.append((f"{name}; 3, {steps}, 10", score, *both))
    head = "| trained on; depth, steps, seeds | score | no skips | concatenated |\n|---|---|---|---|\n"
    return head + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def test_the_fairer_comparisons_are_the_measured_ones():
    assert_chapter_has("08_unet", fair_table())


HALF, TUNED, SHUFFLED = "components", "tuned components", "control: skips of another image"
WIDE = "context: depth 1, as wide as depth 3 is heavy"
DEEP, BARE, SUMMED = (f"context: depth 3, skips {skips}" for skips in ("concat", "none", "sum"))
# (row, read, minus, read, steps, score), quoted with its interval: away from 0, or said not to be seen.
CONCLUDED = (
    ("plain", HALF, SHUFFLED, HALF, 1000, "F per cell"),
    ("plain", HALF, "cells: depth 3, skips none", HALF, 3000, "F per cell"),
    (DEEP, TUNED, WIDE, TUNED, 1000, "IoU"),
    (DEEP, TUNED, BARE, TUNED, 1000, "IoU"),
    ("cells: depth 1, skips none", HALF, "plain", HALF, 3000, "IoU"),
    ("plain", HALF, "cells: depth 1, skips none", HALF, 3000, "F per cell"),
    (SHUFFLED, HALF, "cells: depth 3, skips none", HALF, 1000, "IoU"),
    ("nuclei: depth 3, skips sum", TUNED, "nuclei: depth 3, skips none", TUNED, 1000, "F per cell"),
)
UNSEEN = (
    (SHUFFLED, HALF, "cells: depth 3, skips none", HALF, 1000, "F per cell"),
    (SUMMED, TUNED, DEEP, TUNED, 1000, "IoU"),
)


@pytest.mark.parametrize("quoted", [*CONCLUDED, *UNSEEN], ids=str)
def test_a_difference_stands_in_the_chapter_with_its_interval(quoted):
    _, low, high = numbers = difference(*quoted)
    assert (low < 0 < high) is (quoted in UNSEEN)
    assert interval(numbers) in (ROOT / "book/08_unet.md").read_text("utf-8")


def test_after_long_training_no_difference_in_iou_is_seen_on_bright_cells():
    _, low, high = difference("plain", HALF, "cells: depth 3, skips none", HALF, 3000, "IoU")
    assert low < 0 < high
    assert "in IoU no difference is seen any more" in (ROOT / "book/08_unet.md").read_text("utf-8")


def test_on_nuclei_summed_skips_change_ap_at_depth_4_only():
    for depth in (1, 2, 3, 4):
        with_skips, bare = (f"nuclei: depth {depth}, skips {skips}" for skips in ("sum", "none"))
        _, low, high = difference(with_skips, TUNED, bare, TUNED, 1000, "AP")
        assert (low > 0) if depth == 4 else (low < 0 < high)
    said = "In AP, which counts cells ([chapter 9](09_weighted_loss.ipynb)), no difference is seen, except at depth 4"
    assert said in (ROOT / "book/08_unet.md").read_text("utf-8")


def test_ceilings_and_floors_stand_in_the_chapter():
    chapter = (ROOT / "book/08_unet.md").read_text("utf-8")
    for scenes, answer, shown in (("cells", "carved truth", 3), ("cells", "Otsu, components", 3)):
        scores = [f"{floor(scenes, answer, score):.{shown}f}" for score in ("IoU", "outline F")]
        assert all(score in chapter for score in scores), scores
    assert f"one that counts has {floor('context', 'all granules', 'IoU'):.2f}" in chapter
    assert f"which takes the membranes, too, {floor('context', 'Otsu, components', 'IoU'):.2f}" in chapter
    assert_chapter_has("08_unet", per_cell_without_a_network())
    shallow, deep = (experiment(row, HALF, 3000, "IoU, carved") for row in ("cells: depth 1, skips none", "plain"))
    assert f"which has the gaps, it has an IoU of {shallow:.3f} and U-Net one of {deep:.3f}" in chapter
    assert f"as heavy as depth 3, has {experiment(WIDE, TUNED, 1000, 'IoU'):.2f} (five seeds)" in chapter


def test_outlines_go_with_the_finest_skip_as_far_as_the_chapter_says():
    alone, both = (
        [f"{ShiftedSkip(shift=shift, moved=moved).scores()[1]:.2f}" for shift in (4, 8)]
        for moved in ("the finest", "both")
    )
    said = f"boundary F {alone[0]} over 4 pixels, {alone[1]} over 8; with both skips {both[0]} and {both[1]}"
    assert said in (ROOT / "book/08_unet.md").read_text("utf-8")
    assert ShiftedSkip(shift=4, moved="the second").scores()[0] > 0.9
    assert f"with the finest alone {alone[0]} against the moved ones" in (ROOT / "book/08_unet.md").read_text("utf-8")


def test_each_depth_reads_as_far_as_the_chapter_says():
    across = [
        " or ".join(map(str, sorted({len(shapes.input_window(shapes.unet_layers(depth=depth), n)) for n in range(16)})))
        for depth in (2, 3)
    ]
    said = "depth 2 reads {}, depth 3 reads {}.".format(*across)
    assert said in (ROOT / "book/08_unet.md").read_text("utf-8")


@pytest.mark.slow
def test_without_granules_near_the_border_an_answer_beats_depth_1():
    both = either = 0
    for seed in range(600_000, 600_200):  # the experiments' test scenes
        scene = granule_scene(seed=seed)
        truth, answer = scene.classes[scene.instances] > 0, torch.zeros_like(scene.instances, dtype=torch.bool)
        answer[8:-8, 8:-8] = scene.instances[8:-8, 8:-8] > 0
        both, either = both + (answer & truth).sum().item(), either + (answer | truth).sum().item()
    assert f"in which few granules count, has {both / either:.2f}" in (ROOT / "book/08_unet.md").read_text("utf-8")


if __name__ == "__main__":
    print(table_of(measured()))
