"""What chapter 4 says of costs, perfect scores and twenty trainings, against counts, a computation, the record."""

import json
import re
from statistics import median

import pytest
import torch
from results import ROOT, assert_chapter_has, printed
from scipy import ndimage
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook import data, metrics
from segbook.models import PatchClassifier
from segbook.widgets.dilated_strip import SIGNAL

CHAPTER = "04_fcn"
TEXT = " ".join((ROOT / f"book/{CHAPTER}.md").read_text("utf-8").split())
RUNS = json.loads((ROOT / "benchmarks/results/claims.json").read_text("utf-8"))[CHAPTER]["runs"]


def test_the_signal_worked_by_hand_begins_the_strip_of_the_live_figure():
    assert f"the signal {list(SIGNAL[:6])}" in TEXT


def dilated_cost(model, size):
    """Count the multiply–adds of the dilated form on a mirrored image, layer by layer."""
    side, apart, total, channels = size + model.patch_size - 1, 1, 0, 1
    for conv in model.encoder:
        side -= 3 * apart
        total += side**2 * conv.weight.numel()
        side -= apart
        apart, channels = 2 * apart, conv.out_channels
    assert channels == 16
    return total + size**2 * sum(layer.weight.numel() for layer in model.head if hasattr(layer, "weight"))


def test_all_patches_need_so_many_times_the_work_of_one_dilated_pass():
    model = PatchClassifier(1, 2, patch_size=29).eval()
    image = torch.zeros(1, 1, 36, 36)
    with FlopCounterMode(display=False) as one, torch.no_grad():
        model(image[:, :, :29, :29])
    with FlopCounterMode(display=False) as dilated, torch.no_grad():
        model.dilated()(image)
    assert dilated.get_total_flops() // 2 == dilated_cost(model, 8)
    cost = one.get_total_flops() // 2
    once = sum(layer.weight.numel() for layer in [*model.encoder, model.head[1], model.head[3]])
    small, large = round(64**2 * cost / dilated_cost(model, 64)), round(cost / once)
    said = f"need {small} times as many multiply–adds as the dilated form, and on a large image {large} times."
    assert said in TEXT
    assert f"(Chapter 3 counted {cost:,} for a patch, and {once:,} for each pixel" in TEXT
    dense = 64**2 * sum(layer.weight.numel() for layer in (model.head[1], model.head[3]))
    assert f"the dense layers run once for each score, which takes {dense / 1e6:.0f} million" in TEXT


def test_vgg_dilated_makes_and_computes_so_much_more():
    channels, strided, dilated, poolings, before = 3, 0.0, 0, [], 0
    for level, (width, convolutions) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]):
        for _ in range(convolutions):
            strided += 9 * channels * width / 4**level
            dilated += 9 * channels * width
            channels = width
        before += convolutions
        poolings.append(before)
    assert (poolings[:4], poolings[-1], round(dilated / strided)) == ([2, 4, 7, 10], 13, 48)
    for said in (
        "after its convolutions 2, 4, 7 and 10, so the jump in the last three is 16",
        f"$16^2 = {4**4}$ times as many numbers",
        "Over all 13 the multiply–adds grow 48 times",
        "need 48 times as many multiply–adds",
    ):
        assert said in TEXT


def test_the_costs_said_are_those_printed():
    rows = {
        name: [float(number) for number in re.search(rf"^{name} +([\d.]+) +([\d.]+)$", printed(CHAPTER), re.M).groups()]
        for name in ("every patch", "shift and stitch", "dilated", "every 4th pixel")
    }
    assert round(rows["every patch"][0] / rows["dilated"][0]) == 18
    assert round(rows["dilated"][0] / rows["every 4th pixel"][0]) == 9
    assert round(rows["shift and stitch"][0] / rows["dilated"][0], 1) == 1.8
    assert "The sixteen shifted passes need only 1.8 times as many" in TEXT
    model, image, kept = PatchClassifier(1, 2, patch_size=29), torch.zeros(1, 1, 92, 92), {}
    for name, form in (("dilated", model.dilated()), ("every 4th pixel", model.dense())):
        found = {}
        hooks = torch.autograd.graph.saved_tensors_hooks(
            lambda tensor, found=found: found.update({tensor.data_ptr(): tensor.nbytes}) or tensor,
            lambda tensor: tensor,
        )
        with hooks:
            scores = form(image)
        kept[name] = round(sum(found.values()) / 1e6, 1)
        assert scores.shape[1] == 2
        assert kept[name] == rows[name][1]
    assert round(kept["dilated"] / kept["every 4th pixel"]) == 4
    assert "a ninth of the dilated form's work and a quarter of its memory" in TEXT


@pytest.mark.parametrize("way", ["nearest", "blended"])
@pytest.mark.parametrize(("smaller", "separated"), [(0, 87), (1, 320)])
def test_exact_scores_are_no_limit_for_those_of_smaller_cells_separate_all(way, smaller, separated):
    place, apart = ((torch.arange(128) + 2) // 4).clamp(max=31), 0
    for seed in range(500, 520):
        scene = data.cell_scene(seed=seed, size=128, num_cells=16, radius=11.0, clustering=0.9, gap=2)
        cell = scene.instances.numpy() > 0
        kept = ndimage.binary_erosion(cell, border_value=1) if smaller else cell
        coarse = torch.from_numpy(kept[::4, ::4]).float()[None, None] - 0.5
        fine = F.interpolate(coarse, size=(125, 125), mode="bilinear", align_corners=True)
        ways = {
            "nearest": coarse[:, :, place][:, :, :, place],
            "blended": F.pad(fine, (0, 3, 0, 3), mode="replicate"),
        }
        regions = metrics.connected_components((ways[way][:, 0] > 0).long())[0]
        homes = [regions[scene.instances == n].mode().values.item() for n in range(1, scene.instances.max() + 1)]
        apart += sum(home > 0 and homes.count(home) == 1 for home in homes)
    assert apart == separated
    assert "only 87 of 320 cells are separated, and blending changes nothing" in TEXT
    assert "cells one pixel smaller all round" in TEXT
    assert "the same grid separates all 320" in TEXT


def test_perfect_scores_separate_as_many_cells_as_the_text_says():
    perfect = dict(re.findall(r"^(stride +\d+ \w+|background) +(.*)$", printed(CHAPTER), re.M))
    counts = {name: [int(number) for number in re.findall(r"\d+", line)] for name, line in perfect.items()}
    assert counts["stride  2 nearest"][1] == counts["stride  2 blended"][1] == 320
    assert counts["stride  4 nearest"] == counts["stride  4 blended"] == [94, 320 - 233]
    assert counts["background"][1] == 0


def scores(way):
    label = f"trained {way} #% right, # separated"
    return [run["numbers"][label] for run in RUNS]


def row(words, way):
    right, apart = zip(*scores(way), strict=True)
    return f"| {words} | {median(right):.0f} % | {median(apart):.0f} | {min(apart):.0f} to {max(apart):.0f} |"


def test_the_table_has_the_medians_and_the_extremes_of_the_record():
    lines = [
        "| answer | pixels right | cells separated, of 320 | extremes |",
        "|---|---|---|---|",
        row("coarse scores, nearest", "nearest"),
        row("coarse scores, blended", "blended"),
        row("dilated", "dilated"),
    ]
    assert_chapter_has(CHAPTER, "\n".join(lines))


def test_blended_signs_separate_as_many_cells_as_the_nearest_score_in_every_training():
    rows = json.loads((ROOT / "benchmarks/results/blended.json").read_text("utf-8"))["rows"]
    assert "as many cells are separated as by the nearest score, in each of ten trainings" in TEXT
    assert len(rows) == 10
    assert all(row["signs blended"] == row["nearest"] > row["blended"] for row in rows)
    assert "was about 9 where a cell was found, and −5 where background was found within two pixels of a cell" in TEXT
    assert round(median(row["lead in cells"] for row in rows)) == 9
    assert round(median(row["lead beside cells"] for row in rows)) == 5
    assert all(row["lead beside cells"] < row["lead in cells"] for row in rows)


def test_the_blend_of_four_leads_joins_the_cells_and_that_of_their_signs_does_not():
    four = torch.tensor([[9.0, -5.0], [-5.0, 9.0]])[None, None]
    assert "$$ \\begin{matrix}9&-5\\\\-5&9\\end{matrix} $$" in TEXT
    for leads, middle, regions in ((four, 2, 1), (four.sign(), 0, 2)):
        fine = F.interpolate(leads, size=(5, 5), mode="bilinear", align_corners=True)[0]
        assert fine[0, 2, 2] == middle
        assert metrics.connected_components((fine > 0).long()).max() == regions
    assert "$(9-5-5+9)/4=2$" in TEXT


@pytest.mark.parametrize("seed", range(3))
def test_the_loop_converts_a_classifier_with_what_the_fold_names_and_padding_breaks_it(seed):
    source = re.search(r"(?s)(def slide\(.*?return features\n)", (ROOT / f"book/{CHAPTER}.md").read_text("utf-8"))[1]
    exec(source, names := {"nn": nn, "F": F, "print": lambda *_: None})
    torch.manual_seed(seed)
    page = torch.rand(1, 1, 60, 44)

    def difference(classifier, converted):
        with torch.no_grad():
            scores = names["slide"](converted.eval(), page)
            assert scores.shape == (1, 10, 9, 5)
            return (scores[:, :, 5, 3] - classifier.eval()(page[:, :, 20:48, 12:40])).abs().max()

    def ahead(padding=0):
        pool = nn.MaxPool2d(2)
        convs = nn.Conv2d(1, 6, 5, padding=padding), nn.Conv2d(6, 16, 5, padding=padding)
        return [convs[0], nn.BatchNorm2d(6), nn.ReLU(), pool, convs[1], nn.ReLU(), pool]

    body, flat, norm, wide = ahead(), nn.Flatten(), nn.BatchNorm1d(20), nn.BatchNorm2d(20)
    norm.running_mean.normal_()
    wide.load_state_dict(norm.state_dict())
    first, last = nn.Linear(256, 20), nn.Linear(20, 10)
    classifier = nn.Sequential(*body, flat, first, norm, nn.ReLU(), nn.Dropout(), last)
    assert difference(classifier, nn.Sequential(*body, flat, first, wide, nn.ReLU(), nn.Dropout(), last)) < 1e-5
    short = nn.Linear(16, 10)
    averaged = nn.Sequential(*body, nn.AvgPool2d(4, stride=1), flat, short)
    assert difference(nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), flat, short), averaged) < 1e-5
    padded = nn.Sequential(*ahead(2), flat, nn.Linear(16 * 7 * 7, 10))
    assert difference(padded, padded) > 1e-3


def test_the_truth_separates_so_many_nuclei_at_every_pixel_and_every_fourth():
    every, fourth = re.findall(r"truth at stride \d: (\d+) separated", printed(CHAPTER))
    assert f"even the truth separates only {every}, and at every fourth pixel {fourth}." in TEXT
    answers = dict(re.findall(r"^(\w+) +IoU [\d.]+, (\d+) separated$", printed(CHAPTER), re.M))
    total = re.search(r"nuclei in all: (\d+)", printed(CHAPTER))[1]
    assert f"Only {answers['dilated']} of {total} nuclei are separated." in TEXT
    assert 0 <= int(fourth) - int(answers["nearest"]) < int(fourth) - int(answers["blended"])


def test_what_held_on_real_nuclei_in_each_training_holds_in_every_recorded_run():
    assert "Three things held in each of twenty trainings." in TEXT
    otsu = float(re.search(r"^Otsu +IoU ([\d.]+),", printed(CHAPTER), re.M)[1])
    assert len(RUNS) >= 20
    for run in RUNS:
        (nearest, a), (blended, b), (dilated, c) = (
            run["numbers"][f"{way} IoU #, # separated"] for way in ("nearest", "blended", "dilated")
        )
        assert nearest < otsu
        assert dilated - blended < 0.03
        assert c > max(a, b)


def test_chapter_3s_numbers_are_those_of_its_best_networks_on_these_images():
    said = "(Chapter 3's best networks had an IoU of 0.71 on these images, and 0.76 if glows were added in training,"
    assert said in TEXT
    rows = json.loads((ROOT / "benchmarks/results/surroundings.json").read_text("utf-8"))["rows"]
    best = {}
    for row in rows:
        if row.get("n"):
            best.setdefault((row["patches"], row["n"]), []).append(row["as they are"])
    top = {kind: max(sum(v) / len(v) for (k, _), v in best.items() if k == kind) for kind, _ in best}
    assert sorted(round(value, 2) for value in top.values()) == [0.71, 0.76]
