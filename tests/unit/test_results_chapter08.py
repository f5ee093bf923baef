"""What chapter 8 claims of training is what its stored notebook printed, and what the seeds' table says."""

import json
import re
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
    experiment_table,
    floor,
    interval,
    per_cell_without_a_network,
    printed,
)  # fmt: skip
from torch import nn
from torch.nn import functional as F

from segbook import models, shapes
from segbook.data import granule_answers, granule_scene
from segbook.widgets import ShiftedSkip


def test_skips_sharpen_outlines_in_the_stored_chapter():
    text = printed("08_unet")
    _, without = values("none IoU # · boundary F #", text)
    for skips in ("sum", "concat"):
        assert values(f"{skips} IoU # · boundary F #", text)[1] > without + 0.2
    raised = values("sum IoU # · boundary F #", text)[1] - without
    assert f"in our run by {raised:.2f}, in every" in (ROOT / "book/08_unet.md").read_text("utf-8")
    (stay,) = values("boundary F # against the true outlines", text)
    (follow,) = values("boundary F # against the outlines moved", text)
    assert follow > stay + 0.2


def grid(cell, depths):
    lines = ["| depth | no skips | summed | concatenated |", "|---|---|---|---|"]
    for depth in depths:
        lines.append(f"| {depth} | {' | '.join(cell(depth, skips) for skips in ('none', 'sum', 'concat'))} |")
    return "\n".join(lines)


def context_table():
    return grid(contexts, (1, 2, 3))


def contexts(depth, skips):
    return f"{context(depth, skips):.2f} ± {context(depth, skips, part=1):.2f}"


def cells_table():
    def cell(depth, skips):
        row = "plain" if (depth, skips) == (3, "concat") else f"cells: depth {depth}, skips {skips}"
        mean, spread = (experiment(row, "components", 3000, "F per cell", part=part) for part in (0, 1))
        return f"{mean:.3f} ± {spread:.3f}"

    return grid(cell, (1, 2, 3, 4))


@pytest.mark.parametrize("text", [context_table(), cells_table()], ids=["context", "cells"])
def test_the_tables_of_depth_and_skips_are_the_measured_ones(text):
    chapter = (ROOT / "book/08_unet.md").read_text("utf-8")
    assert chapter.count(f"\n\n{text}\n\n") == 1, f"put this into the chapter:\n{text}"


def test_the_networks_of_depth_4_have_what_the_chapter_says():
    said = "At depth 4 the IoU is {} without skips, {} summed and {} concatenated."
    chapter = (ROOT / "book/08_unet.md").read_text("utf-8")
    assert said.format(*(contexts(4, skips) for skips in ("none", "sum", "concat"))) in chapter
    assert f"it trains slowly: {experiment('context: depth 4, skips none', TUNED, 3000, 'IoU'):.2f} after" in chapter


def boundary_table():
    named = {
        "depth 1, no skips": "cells: depth 1, skips none",
        "depth 1, concatenated skips": "cells: depth 1, skips concat",
        "depth 3, no skips": "cells: depth 3, skips none",
        "depth 3, concatenated skips": "plain",
    }
    columns = {"away from other cells": ("F outer", 3, HALF), "near another cell": ("F between", 3, HALF)}
    return experiment_table(
        "network, after 3,000 steps", [(words, (row, 3000)) for words, row in named.items()], columns
    )


def test_the_boundary_near_and_away_from_other_cells_is_as_measured():
    assert_chapter_has("08_unet", boundary_table())
    before = [experiment(row, HALF, 300, "F outer") for row in ("cells: depth 3, skips none", "plain")]
    said = "depth 3 had {:.3f} without them and {:.3f} with them".format(*before)
    assert said in (ROOT / "book/08_unet.md").read_text("utf-8")


HALF, TUNED, SHUFFLED = "components", "tuned components", "control: skips of another image"
WIDE = "context: depth 1, as wide as depth 3 is heavy"
DEEP, BARE, SUMMED = (f"context: depth 3, skips {skips}" for skips in ("concat", "none", "sum"))
# (row, read, minus, read, steps, score), quoted with its interval: away from 0, or said not to be seen.
CONCLUDED = (
    ("plain", HALF, SHUFFLED, HALF, 1000, "F per cell"),
    ("plain", HALF, "cells: depth 3, skips none", HALF, 3000, "F per cell"),
    (DEEP, TUNED, WIDE, TUNED, 1000, "IoU"),
    (DEEP, TUNED, BARE, TUNED, 1000, "IoU"),
    (DEEP, TUNED, BARE, TUNED, 3000, "IoU"),
    ("plain", HALF, "cells: depth 3, skips none", HALF, 3000, "F between"),
    ("context: depth 1, skips concat", TUNED, "context: depth 1, skips none", TUNED, 1000, "IoU"),
    (SHUFFLED, HALF, "cells: depth 3, skips none", HALF, 1000, "IoU"),
    (DEEP, TUNED, "context: depth 2, skips concat", TUNED, 1000, "IoU"),
    ("cells: depth 1, skips concat", HALF, "cells: depth 1, skips none", HALF, 3000, "F between"),
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


def test_on_nuclei_summed_skips_change_ap_at_depth_4_only():
    for depth in (1, 2, 3, 4):
        with_skips, bare = (f"nuclei: depth {depth}, skips {skips}" for skips in ("sum", "none"))
        _, low, high = difference(with_skips, TUNED, bare, TUNED, 1000, "AP")
        assert (low > 0) if depth == 4 else (low < 0 < high)
    said = "In AP, which counts cells ([chapter 9](09_weighted_loss.ipynb)), no difference is seen, except at depth 4"
    assert said in (ROOT / "book/08_unet.md").read_text("utf-8")


def test_ceilings_and_floors_stand_in_the_chapter():
    chapter = (ROOT / "book/08_unet.md").read_text("utf-8")
    assert f"one that counts has {floor('context', 'all granules', 'IoU'):.2f}" in chapter
    assert f"which takes the membranes as well, has {floor('context', 'Otsu, components', 'IoU'):.2f}" in chapter
    assert_chapter_has("08_unet", per_cell_without_a_network())
    assert f"with as many weights as depth 3, has {experiment(WIDE, TUNED, 1000, 'IoU'):.2f} (five seeds)" in chapter


def test_outlines_go_with_the_finest_skip_as_far_as_the_chapter_says():
    alone, both = (
        [f"{ShiftedSkip(shift=shift, moved=moved).scores()[1]:.2f}" for shift in (4, 8)]
        for moved in ("the finest", "both")
    )
    said = "\n".join(
        f"| {name} | {' | '.join(f)} |" for name, f in (("the finest skip alone", alone), ("both skips", both))
    )
    assert said in (ROOT / "book/08_unet.md").read_text("utf-8")
    assert ShiftedSkip(shift=4, moved="the second").scores()[0] > 0.9
    assert f"with the finest alone {alone[0]} against the moved ones" in (ROOT / "book/08_unet.md").read_text("utf-8")


def chapter_code(name):
    """Find the one cell that defines a name, without its front matter."""
    text = (ROOT / "book/08_unet.md").read_text("utf-8")
    (found,) = [
        cell
        for cell in re.findall(r"(?s)```\{code-cell\} ipython3\n(.*?)```", text)
        if f"{name}(" in cell.partition("\n")[0]
    ]
    return found


def test_the_network_that_the_chapter_writes_is_the_books():
    names = {"nn": nn, "F": F, "torch": torch}
    for name in ("stage", "PaperUNet"):
        exec(chapter_code(name), names)
    written, kept = names["PaperUNet"](width=2), models.UNet(1, 2, width=2)
    for mine, other in zip(written.parameters(), kept.parameters(), strict=True):
        other.data.copy_(mine)
    tile = torch.rand(1, 1, 188, 188)
    torch.testing.assert_close(written(tile), kept(tile), rtol=0, atol=0)


def test_the_network_has_the_channels_that_the_paper_prints():
    names, seen = {"nn": nn, "F": F, "torch": torch}, []
    for name in ("stage", "PaperUNet"):
        exec(chapter_code(name), names)
    with torch.device("meta"):
        network, image = names["PaperUNet"](), torch.zeros(1, 1, 572, 572)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            layer.register_forward_hook(lambda _, __, out: seen.append(out.shape[1]))
    network(image)
    down = [64, 64, 128, 128, 256, 256, 512, 512, 1024, 1024]
    assert seen == [*down, *(channels for channels in (512, 256, 128, 64) for _ in range(3)), 2]


def test_summed_skips_broke_down_at_depth_4_as_often_as_the_chapter_says():
    lines = (ROOT / "benchmarks/EXPERIMENTS.md").read_text("utf-8").splitlines()
    broken = [line for line in lines if line.startswith("| context: depth 4, skips sum | ") and "falls between" in line]
    assert len(broken) == 5
    worst = max(float(line.rstrip(" |").split(", ")[-1]) for line in broken)
    said = f"the IoU (at ½) of five of ten runs fell to {worst:.2f} or less between 1,000 and 3,000 steps."
    assert said in (ROOT / "book/08_unet.md").read_text("utf-8")


def test_a_tile_on_the_grid_needs_94_pixels_of_context_and_96_give_the_same_scores():
    layers = shapes.unet_layers(depth=4, padding=1)
    windows = [shapes.input_window(layers, n) for n in range(64)]
    assert (min(w.start for w in windows), max(w.stop for w in windows)) == (-94, 64 + 94)
    assert max(n - w.start for n, w in enumerate(windows)) == 107
    (left,) = [n for n, w in enumerate(windows[:16]) if n - w.start == 107]
    assert left == 13
    torch.manual_seed(0)
    network, image = models.UNet(1, 2, width=1, depth=4, padding=True).double().eval(), torch.rand(1, 1, 512, 512)
    with torch.no_grad():
        whole = network(image.double())[..., 256:320]
        for context, same in ((96, True), (80, False)):
            tile = network(image[..., 256 - context : 320 + context].double())[..., context : context + 64]
            assert torch.allclose(tile, whole, rtol=0, atol=1e-12) is same
    text = (ROOT / "book/08_unet.md").read_text("utf-8")
    assert "reads $107 - 13 = 94$ pixels beyond its beginning, and the next multiple of 16, 96, is enough" in text


def test_depth_1_without_skips_draws_as_well_as_the_chapter_says():
    record = json.loads((ROOT / "benchmarks/results/claims.json").read_text("utf-8"))["07_encoder_decoder"]["runs"]
    drawn = [run["numbers"]["depth 1: IoU # · boundary F #"][1] for run in record]
    said = f"after as many steps it has a boundary F of {mean(drawn):.2f} ± {stdev(drawn):.2f}"
    assert said in (ROOT / "book/08_unet.md").read_text("utf-8")


def test_the_recorded_runs_change_logits_as_far_as_the_chapter_says():
    record = json.loads((ROOT / "benchmarks/results/claims.json").read_text("utf-8"))["08_unet"]["runs"]
    changes = [run["numbers"]["without it, logits change by up to #"][0] for run in record]
    text = (ROOT / "book/08_unet.md").read_text("utf-8")
    assert f"by {min(changes)} to {max(changes)} in the recorded runs" in text
    assert f"each of [{len(record)} recorded runs]" in text


def test_the_maps_of_the_papers_tile_take_as_much_memory_as_the_chapter_says():
    given = sum(row.out_channels * row.output_size**2 for row in shapes.unet_ledger(572) if row.parameters)
    said = f"{given / 1e6:.0f} million numbers, {4 * given / 1e6:.0f} MB in float32"
    assert said in (ROOT / "book/08_unet.md").read_text("utf-8")


def test_each_depth_reads_as_far_as_the_chapter_says():
    across = [
        " or ".join(map(str, sorted({len(shapes.input_window(shapes.unet_layers(depth=depth), n)) for n in range(16)})))
        for depth in (2, 3)
    ]
    said = "reads {} pixels at depth 2, about half of them on each side, and {} at depth 3".format(*across)
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


def test_granules_count_where_the_moved_skip_carries_them():
    scores = json.loads((ROOT / "benchmarks/results/granule_answers.json").read_text("utf-8"))["scores"]
    marked = scores["moved by 40"]["granules, and marked"]
    (came, kept), (left, lost) = marked["outside to inside"], marked["inside to outside"]
    text = (ROOT / "book/08_unet.md").read_text("utf-8")
    assert f"it marks {kept} of {came} that come from outside, and {lost} of {left} that are carried out" in text
    assert f"{kept} of {came} granules carried into a ring are marked, {lost} of {left} carried out of one" in text
    assert scores["depth 3"]["IoU"] == pytest.approx(experiment(DEEP, TUNED, 1000, "IoU"), abs=0.03)


def test_the_stored_answers_show_what_the_chapter_says_of_granules():
    scene, answers = granule_scene(seed=1), granule_answers()
    granules, counting = scene.instances > 0, scene.classes[scene.instances] > 0
    inside, outside = counting, granules & ~counting
    assert answers["depth 1"][outside].float().mean() > 0.5
    assert answers["depth 3"][inside].float().mean() > 0.8
    assert answers["depth 3"][outside].float().mean() < 0.1
    other, moved = granule_scene(seed=600_045), answers["depth 3, skip moved"]
    carried = (other.instances > 0).roll(40, dims=-1)
    assert (moved & carried).sum() > 0.9 * moved.sum() > 0
    assert (moved & (other.classes[other.instances] > 0)).sum() < 0.1 * moved.sum()
