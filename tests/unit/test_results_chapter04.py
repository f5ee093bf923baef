"""What chapter 4 says of costs, perfect scores and twenty trainings, against counts, a computation, the record."""

import json
import re
import sys
from statistics import mean, median

import numpy as np
import pytest
import torch
from results import ROOT, printed
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook import data, metrics, ops, shapes
from segbook.models import PatchClassifier
from segbook.widgets import ScoreMap
from segbook.widgets.dilated_strip import SIGNAL
from segbook.widgets.score_map import scene

sys.path.append(str(ROOT / "benchmarks"))
import coarse_passes
import patch_size

CHAPTER = "04_fcn"
PAGE = (ROOT / f"book/{CHAPTER}.md").read_text("utf-8")
TEXT = " ".join(PAGE.split())
WAYS = ("nearest", "blended", "dilated")
PASSES = json.loads((ROOT / "benchmarks/results/coarse_passes.json").read_text("utf-8"))["rows"]
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


def test_the_costs_printed_are_counted_and_all_patches_need_so_many_times_the_work_of_one_dilated_pass():
    model = PatchClassifier(1, 2, patch_size=29).eval()
    image, counts = torch.zeros(1, 1, 156, 156), {}
    ways = {
        "coarse pass": lambda: model.dense()(image),
        "dilated": lambda: model.dilated()(image),
        "shift and stitch": lambda: [model.dense()(image[:, :, i:, j:]) for i in range(4) for j in range(4)],
        "every patch": lambda: model(image[:, :, :29, :29]),
    }
    for name, way in ways.items():
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            way()
        counts[name] = counter.get_total_flops() // 2
    counts["every patch"] *= 128**2
    assert counts["dilated"] == dilated_cost(model, 128)
    for name, count in counts.items():
        said = re.search(rf"^{name} +([\d.]+)$", printed(CHAPTER), re.M)[1]
        assert said == f"{count / counts['coarse pass']:.1f}"
    assert f"| {counts['every patch'] / counts['dilated']:.0f} times fewer multiply–adds |" in TEXT
    assert f"All patches cost {counts['every patch'] / counts['dilated']:.0f} times as much as the dilated" in TEXT
    assert "(Chapter 3's 20 left out the border.)" in TEXT
    assert 15.5 < counts["shift and stitch"] / counts["coarse pass"] < 16
    scores = model.dense()(image).shape[-2:].numel()
    assert f"So we can train on it as on a batch of {scores:,} patches." in TEXT
    assert scores * 16 == 128**2
    assert f"and many gaps come back, for {counts['dilated'] / counts['coarse pass']:.1f} times the work of" in TEXT
    assert "# The shifted images are smaller: not 16 times the work." in PAGE
    assert f"{counts['shift and stitch'] / counts['coarse pass']:.1f}" == "15.9"


def test_away_from_the_border_so_many_patches_share_a_feature_and_all_cost_as_chapter_3_says():
    first = 29 - 3  # places of the first convolution in a row of a patch
    assert f"each feature of its first layer {first**2} times" in TEXT
    before = " ".join((ROOT / "book/03_patches.md").read_text("utf-8").split())
    assert f"in one pass the whole network is 20 times cheaper**, not {first**2} times," in before


def test_the_layers_after_a_pooling_cost_four_times_as_much_in_the_dilated_form_and_those_after_two_16_times():
    model = PatchClassifier(1, 2, patch_size=29)
    (_, conv), (_, dense, *_) = model.encoder, model.head
    side = 128 + 28
    coarse = ((side - 3) // 2 - 3, 32)  # places in a row: of the second convolution, of the first dense layer
    fine = (side - 3 - 1 - 6, 128)
    for few, many, times in zip(coarse, fine, (4, 16), strict=True):
        assert (many / few) ** 2 == pytest.approx(times, rel=0.03)
    assert conv.kernel_size == (4, 4)
    assert dense.in_features == 16 * 5 * 5
    work = [153**2 * 4**2 * 16, coarse[0] ** 2 * conv.weight.numel(), coarse[1] ** 2 * (dense.weight.numel() + 64 * 2)]
    first, second, last = (f"{100 * part / sum(work):.1f}" for part in work)
    assert (
        f"the first convolution has {first} % of the work, the second {second} %, and the dense layers {last} %. Dilated,"
        " the second has four times as many places, because it follows one pooling, and the dense layers have 16 times as"
    ) in TEXT
    assert (
        f"comes to 0.{first.replace('.', '')} + 4 · 0.{second[:2]}{second[-1]} + 16 · 0.{last[:2]}{last[-1]} ≈ 9.5."
        in TEXT
    )
    shares = [round(part / sum(work), 3) for part in work]
    assert f"{shares[0] + 4 * shares[1] + 16 * shares[2]:.1f}" == "9.5"


@pytest.mark.parametrize("seed", range(3))
def test_the_dilated_form_written_out_is_that_of_the_module(seed):
    source = re.search(r"(?s)\n(def every_pixel\(.*?)\n\nwritten", PAGE)[1]
    torch.manual_seed(seed)
    model = PatchClassifier(1, 2, patch_size=29).eval()
    conv1, conv2 = model.encoder
    kernels = model.head[1].weight.reshape(64, 16, 5, 5)
    names = {"F": F, "model": model, "conv1": conv1, "conv2": conv2, "kernels": kernels, "last": model.head[3]}
    exec(source, names)
    image = torch.rand(1, 1, 50, 43)
    with torch.no_grad():
        assert torch.allclose(names["every_pixel"](image), model.dilated()(image), atol=1e-5)
    dilations = [int(found or 1) for found in re.findall(r"F\.(?:conv|max_pool)2d\(.*?(?:dilation=(\d))?\)", source)]
    assert dilations == [1, 1, 2, 2, 4, 1]
    assert "| layer | jump before | field | jump after |" in TEXT
    assert "largest difference from dilated 0.00000" in printed(CHAPTER)
    jumps = re.findall(r"^\| [a-z ]+, \d × \d \| (\d) \|.*\| (\d) \|$", PAGE, re.M)
    before, after = ([int(one) for one in column] for column in zip(*jumps, strict=True))
    assert dilations[:5] == before == [1, *after[:4]]
    assert "For our five layers these are 1, 1, 2, 2 and 4." in TEXT


@pytest.mark.parametrize("way", ["nearest", "blended"])
def test_exact_scores_of_which_all_around_a_gap_say_cell_lose_it_blended_or_not(way):
    place, apart = ((torch.arange(128) + 2) // 4).clamp(max=31), 0
    for seed in range(500, 520):
        scene = data.cell_scene(seed=seed, size=128, num_cells=16, radius=11.0, clustering=0.9, gap=2)
        coarse = (scene.instances[::4, ::4] > 0).float()[None, None] - 0.5
        fine = F.interpolate(coarse, size=(125, 125), mode="bilinear", align_corners=True)
        ways = {
            "nearest": coarse[:, :, place][:, :, :, place],
            "blended": F.pad(fine, (0, 3, 0, 3), mode="replicate"),
        }
        regions = metrics.connected_components((ways[way][:, 0] > 0).long())[0]
        homes = [regions[scene.instances == n].mode().values.item() for n in range(1, scene.instances.max() + 1)]
        apart += sum(home > 0 and homes.count(home) == 1 for home in homes)
    assert apart == 87
    assert "Fewer: 87 of 320 cells." in TEXT
    assert re.search(r"^perfect scores +320 +87$", printed(CHAPTER), re.M)
    assert re.search(r"^trained nearest +\d+% right, +87 separated$", printed(CHAPTER), re.M)


def meetings(ids, d):
    """List the cells that have another one d pixels away in a row or a column."""
    found = set()
    for lines in (ids, ids.T):
        ends, starts = lines[:, :-d], lines[:, d:]
        meet = (ends > 0) & (starts > 0) & (ends != starts)
        found |= {*ends[meet].tolist(), *starts[meet].tolist()}
    return found


def nearest_in_line(ids):
    return next(d for d in range(1, 99) if meetings(ids, d))


def test_most_nuclei_that_the_true_mask_separates_have_gaps_so_wide_that_a_score_of_the_grid_falls_into_each():
    assert "Most gaps between the 919 real nuclei of chapter 3's test images are wider, so there the grid costs" in TEXT
    assert "by the true mask 643\non its grid 565\n" in printed(CHAPTER)
    near = every = 0
    for _, _, ids in data.nuclei("test"):
        regions = metrics.connected_components((ids > 0).long()[None])[0]
        homes = {n: regions[ids == n].mode().values.item() for n in ids.unique().tolist() if n > 0}
        alone = {n for n, home in homes.items() if [*homes.values()].count(home) == 1}
        every += len(alone)
        near += len(alone & set.union(*(meetings(ids, d) for d in range(1, 5))))
    assert every == 643
    assert near < every / 3


def test_two_drawn_cells_lie_at_least_three_pixels_apart_in_a_row_or_a_column():
    for seed in range(500, 520):
        ids = data.cell_scene(seed=seed, size=128, num_cells=16, radius=11.0, clustering=0.9, gap=2).instances.numpy()
        assert nearest_in_line(ids) >= 3
    ids = data.cell_scene(
        96, seed=27, num_cells=9, radius=13.0, radius_spread=3.0, gap=2, clustering=0.9
    ).instances.numpy()
    assert (ids > 0).tolist() == scene()[1].tolist()  # the cells of the score map
    assert nearest_in_line(ids) == 3
    assert "in the drawn scenes below, different cells have at least two pixels between them. With a jump of 2" in TEXT
    assert "because we know their gaps: at least two pixels wide." in TEXT
    assert PAGE.count("gap=2)") == 3  # the cells drawn to train on, those of the first picture, and those to count


def test_perfect_scores_at_every_fourth_pixel_give_the_row_of_three_cells_of_which_only_the_third_is_separated():
    source = re.search(r"(?s)(def nearest\(.*?)\n```", PAGE)[1]
    exec(source, names := {"metrics": metrics, "torch": torch})
    block = r"```text\ncells    (\d+)\nscores   ([\d ]+)\nregions  ([ab0]+)\n```"
    cells, scores, regions = re.search(block, PAGE).groups()
    assert "Take three cells in a row of pixels, and a jump of 4." in TEXT
    assert scores == "   ".join(cells[::4])
    ids = torch.tensor([[int(one) for one in cells]])
    fallen = (ids[None, None, :, ::4] > 0).long()
    labels = names["nearest"](fallen.expand(1, 1, fallen.shape[-1], -1), 4, len(cells))[0, 0, :1]
    found = metrics.connected_components((labels > 0)[None].long())[0]
    assert "".join("0ab"[n] for n in found[0].tolist()) == regions
    assert nearest_in_line(ids.repeat(len(cells), 1)) == 3  # gaps of two pixels, as in the drawn scenes
    assert names["separated"](ids, labels) == 1
    assert [names["separated"](ids * (ids != n), labels) for n in (1, 2, 3)] == [2, 2, 0]


def test_perfect_scores_separate_as_many_cells_as_the_text_says():
    lines = re.findall(r"^jump (\d+) +(\d+)% right, +(\d+) separated$", printed(CHAPTER), re.M)
    counts = {int(jump): (int(share), int(apart)) for jump, share, apart in lines}
    assert list(counts) == [2, 4, 8]
    assert counts[2][1] == 320
    assert counts[4] == (94, 320 - 233)
    share, apart = counts[4]
    assert (
        f'data-answer="fewer than half">\n<summary>With a jump of 4 pixels, {share} % of the pixels get the right la'
        in PAGE
    )
    assert apart < 320 / 3  # clearly fewer than about half
    assert "| perfect scores, a jump of 4 pixels: 233 of 320 cells not separated |" in TEXT
    assert (
        f"**With a jump of 4 pixels even perfect scores separate only {apart} of the 320 cells; with a jump of 2, all.**"
        in TEXT
    )
    assert f"Fewer: {apart} of 320 cells." in TEXT


def scores(way):
    label = f"trained {way} #% right, # separated"
    return [run["numbers"][label] for run in RUNS]


def test_in_each_of_twenty_trainings_the_dilated_form_separates_more_cells_and_nuclei_than_the_nearest_score():
    assert len(RUNS) == 20
    near = [apart for _, apart in scores("nearest")]
    many = [apart for _, apart in scores("dilated")]
    ranges = f"{min(many):.0f} to {max(many):.0f} against {min(near):.0f} to {max(near):.0f}."
    assert f"the dilated form separated more than the coarse one, {ranges}" in TEXT
    assert f"(in twenty trainings {ranges.replace('against', 'instead of')[:-1]}) |" in TEXT
    for run in RUNS:
        (_, few), (_, many) = (run["numbers"][f"trained {way} #% right, # separated"] for way in ("nearest", "dilated"))
        assert many > few
    assert "In each of [twenty trainings](https://github.com/" in TEXT


def test_the_same_weights_separate_so_many_cells_coarse_and_dilated():
    shown = {way: list(map(int, re.findall(r"\d+", line))) for way, line in re.findall(
        r"^trained (\w+) +(.*)$", printed(CHAPTER), re.M)}  # fmt: skip
    (_, few), (_, many) = shown["nearest"], shown["dilated"]
    assert 'data-choices="close to 87 | about halfway | close to 320" data-answer="about halfway"' in PAGE
    assert few == 87
    assert 1 / 3 < (many - few) / (320 - few) < 2 / 3
    assert "and 87 on the coarse grid, where our network's scores also separate 87." in TEXT
    assert f"\nAbout halfway: {many}. In each of [twenty trainings]" in PAGE
    assert many > few
    assert few < many < 320
    assert f"| {many} of 320 cells separated instead of {few} (in twenty trainings" in TEXT


def test_blended_scores_get_more_pixels_right_than_the_nearest():
    right = {way: median(one[0] for one in scores(way)) for way in WAYS}
    shown = {way: float(share) for way, share in re.findall(r"^trained (\w+) +(\d+)% right", printed(CHAPTER), re.M)}
    for said in (right, shown):
        many, few = (f"{said[way]:.0f} %" for way in ("blended", "nearest"))
        assert f"in our scenes, {many} of the pixels are right instead of {few}." in TEXT
        assert f"| {many} of pixels right instead of {few}, 43 of 320 cells separated instead of 87 |" in TEXT
    apart = re.search(r"^trained blended +\d+% right, +(\d+) separated$", printed(CHAPTER), re.M)[1]
    few = re.search(r"^trained nearest +\d+% right, +(\d+) separated$", printed(CHAPTER), re.M)[1]
    assert (apart, few) == ("43", "87")
    for run in RUNS:
        near, blend, dilated = (run["numbers"][f"trained {way} #% right, # separated"][0] for way in WAYS)
        assert near < blend <= dilated  # as printed; the differences themselves are claims


@pytest.mark.parametrize("seed", range(3))
def test_between_positive_leads_every_blended_lead_is_positive(seed):
    assert "**Between two positive neighbours in a row or column every blended lead is positive, too**: it is a" in TEXT
    torch.manual_seed(seed)
    leads = torch.rand(1, 1, 8, 8) * 9 + 0.001
    assert (F.interpolate(leads, size=(29, 29), mode="bilinear", align_corners=True) > 0).all()
    leads = torch.randn(1, 1, 8, 8)  # along the lines of the grid, whatever the leads beside them
    fine = F.interpolate(leads, size=(29, 29), mode="bilinear", align_corners=True)[0, 0, ::4]
    for row, blend in zip(leads[0, 0], fine, strict=True):
        for n in range(7):
            if row[n] > 0 and row[n + 1] > 0:
                assert (blend[4 * n : 4 * n + 5] > 0).all()


def test_the_blend_of_four_leads_joins_the_cells():
    four = torch.tensor([[-1.0, 4.0], [5.0, -5.0]])[None, None]
    fine = F.interpolate(four, size=(5, 5), mode="bilinear", align_corners=True)[0]
    assert fine[0, 2, 2] == 0.75
    assert metrics.connected_components((fine > 0).long()).max() == 1
    assert metrics.connected_components((four[0] > 0).long()).max() == 2
    assert "blending even builds a bridge, between blocks that met only at a corner and so counted as apart." in TEXT
    assert "The framed four have the mean (−1 + 4 + 5 − 5)/4 = 0.75. It is positive, so the pixel in the middle" in TEXT


@pytest.mark.parametrize("seed", range(3))
def test_the_loop_converts_a_classifier_with_what_the_fold_names_and_padding_breaks_it(seed):
    source = re.search(r"(?s)(def slide\(.*?return features\n)", PAGE)[1]
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


def test_the_mask_of_the_test_images_separates_what_the_cell_prints():
    best = re.search(r"^by the true mask (\d+)$", printed(CHAPTER), re.M)[1]
    assert int(best) == sum(separated_by_the_mask(ids) for _, _, ids in data.nuclei("test"))


def page_function(name):
    """Run a function of the page by itself."""
    exec(re.search(rf"(?s)(def {name}\(.*?)\n(?:```|\n)", PAGE)[1], names := {"torch": torch, "metrics": metrics})
    return names[name]


separated = page_function("separated")


def on_grid(mask):
    return page_function("nearest")(mask[None, None, ::4, ::4], 4, len(mask))[0, 0]


def test_the_table_holds_what_perfect_scores_and_ours_separate_and_the_text_their_differences():
    rows = re.findall(r"^(?:perfect scores|our network's) +(\d+) +(\d+)$", printed(CHAPTER), re.M)
    perfect, ours = [list(map(int, row)) for row in rows]
    scenes = [data.cell_scene(seed=seed, size=128, num_cells=16, radius=11.0, clustering=0.9, gap=2)
              for seed in range(500, 520)]  # fmt: skip
    cells = [scene.instances for scene in scenes]
    masks = [(ids > 0).long() for ids in cells]
    assert perfect == [sum(map(separated, cells, masks)), sum(map(separated, cells, map(on_grid, masks)))]
    assert ours == [
        int(re.search(rf"^trained {way} +\d+% right, +(\d+) separated$", printed(CHAPTER), re.M)[1])
        for way in ("dilated", "nearest")
    ]
    assert perfect[1] == ours[1]
    assert f"Is it by coincidence that our network has {ours[1]}, too?" in TEXT  # the range is held above
    assert (
        f"The grid alone (upper row) loses {perfect[0]} − {perfect[1]} = {perfect[0] - perfect[1]}, the network's"
        f" mistakes alone (left column) {perfect[0]} − {ours[0]} = {perfect[0] - ours[0]}."
    ) in TEXT
    assert "dict(size=128, num_cells=16, radius=11, clustering=0.9, gap=2)" in PAGE


def test_cells_drawn_a_pixel_too_small_are_separated_on_the_coarse_grid():
    assert "if each cell were labelled a pixel too small all round, this grid would separate all 320, because" in TEXT
    for seed in range(500, 520):
        ids = data.cell_scene(seed=seed, size=128, num_cells=16, radius=11.0, clustering=0.9, gap=2).instances
        small = 1 - F.max_pool2d((ids[None, None] == 0).float(), 3, 1, 1)[0, 0]
        assert separated(ids, on_grid(small.long())) == ids.max() > separated(ids, on_grid((ids > 0).long()))


def test_the_place_of_another_patch_has_other_scores():
    right, wrong = (
        float(re.search(rf"largest difference from place \(5, {j}\): ([\d.]+)", printed(CHAPTER))[1]) for j in (3, 4)
    )
    assert right == 0
    assert wrong > 0.01
    assert "Those of another patch, at place (5, 4), differ." in TEXT


def separated_by_the_mask(ids):
    """Count the nuclei that share their region of the true mask with no other."""
    regions = metrics.connected_components((ids > 0).long()[None])[0]
    homes = [regions[ids == n].mode().values.item() for n in ids.unique() if n > 0]
    return sum(homes.count(home) == 1 for home in homes)


@pytest.mark.parametrize("seed", range(3))
def test_the_loss_of_one_pass_and_its_gradient_are_those_of_the_patches_for_any_weights(seed):
    assert "and the loss is the mean of their cross entropies." in TEXT
    torch.manual_seed(seed)
    model, entropy = PatchClassifier(1, 2, patch_size=29), nn.CrossEntropyLoss()
    image, targets = torch.rand(1, 1, 60, 60), torch.randint(2, (8, 8))
    patches = image[0].unfold(1, 29, 4).unfold(2, 29, 4).reshape(-1, 1, 29, 29)
    losses = entropy(model(patches), targets.flatten()), entropy(model.dense()(image), targets[None])
    assert torch.allclose(*losses)
    for ours, whole in zip(*(torch.autograd.grad(loss, list(model.parameters())) for loss in losses), strict=True):
        assert torch.allclose(ours, whole, atol=1e-6)


def test_the_networks_mistakes_lie_in_the_gaps_and_a_stricter_limit_separates_on_either_grid():
    share, other = re.search(
        r"^labelled cell: (\d+)% of gap pixels, ([\d.]+)% of the other background$", printed(CHAPTER), re.M
    ).groups()
    assert f"labels as cell {share} % of the pixels between two cells, and {other} % of the other background." in TEXT
    read = re.findall(r"^lead above ([\d.]+), (.+): (\d+) separated, (\d+)% right$", printed(CHAPTER), re.M)
    apart = {(limit, way): int(number) for limit, way, number, _ in read}
    right = {(limit, way): int(percent) for limit, way, _, percent in read}
    for way in ("every pixel", "coarse"):
        assert apart["0", way] < apart["2.5", way] <= apart["4", way]
        assert right["0", way] > right["4", way]
    assert (
        f"the dilated form separates all {apart['4', 'every pixel']} cells, and the coarse grid {apart['4', 'coarse']}."
        f" The cells get smaller: at 4, {right['4', 'every pixel']} % and {right['4', 'coarse']} % of the pixels are"
        f" right, and {right['0', 'every pixel']} % and {right['0', 'coarse']} % without a limit."
    ) in TEXT
    assert apart["4", "every pixel"] == 320
    trained = re.search(r"^our network's +(\d+) +(\d+)$", printed(CHAPTER), re.M).groups()
    assert trained == (str(apart["0", "every pixel"]), str(apart["0", "coarse"]))


def test_what_held_on_real_nuclei_in_each_training_holds_in_every_recorded_run():
    shown = {name: int(apart) for name, apart in re.findall(
        r"^real nuclei (\w+) (\d+) separated$", printed(CHAPTER), re.M)}  # fmt: skip
    best = re.search(r"^by the true mask (\d+)$", printed(CHAPTER), re.M)[1]
    assert f"| perfect scores | {best} (the others touch a neighbour) | 565 |" in TEXT
    assert f"| our network's | {shown['dilated']} | {shown['nearest']} |" in TEXT
    assert (
        f"the grid alone costs {int(best) - 565} nuclei, the network's mistakes alone {int(best) - shown['dilated']},"
        f" and both together {int(best) - shown['nearest']}. So for our network the finer grid brings back only"
        f" {shown['dilated']} − {shown['nearest']} = {shown['dilated'] - shown['nearest']}."
    ) in TEXT
    assert shown["dilated"] > max(shown["nearest"], shown["blended"])
    assert len(RUNS) >= 20
    for run in RUNS:
        (nearest,), (blended,), (dilated,) = (run["numbers"][f"real nuclei {way} # separated"] for way in WAYS)
        assert dilated > nearest > blended


def test_chapter_3s_classifier_gives_the_labels_of_its_patches_in_one_pass_and_gains_more_time_than_work():
    gain = re.search(r"^for each pixel, patches take (\d+) times as long$", printed(CHAPTER), re.M)[1]
    assert int(gain) > 25  # than 19, in multiply–adds
    assert (
        "Time does not follow multiply–adds. Timed layer by layer, patches spend most of it in the first convolution and pooling, which they"
        " repeat most."
        # timed on one thread: 68 % and 74 % of the time, 78 % and 84 % with the first ReLU
    ) in TEXT
    side, repeated = 29, []  # in how many patches each place of a layer is computed, away from the border
    for kernel, stride in ((4, 1), (2, 2), (4, 1), (2, 2)):
        side = (side - kernel) // stride + 1
        repeated.append(side**2)
    assert repeated == sorted(repeated, reverse=True) == [676, 169, 100, 25]
    assert "0 of 16,384 labels differ" in printed(CHAPTER)
    assert "| 0 of 16,384 differ |" in TEXT
    before = " ".join((ROOT / "book/03_patches.md").read_text("utf-8").split())
    assert 'for name, glow in (("no glows", 0), ("glows added", 0.5)):' in before
    recipe = re.search(r"(?s)draws, samples = (.*?)\n```", PAGE)[1]
    for ours, theirs in {  # chapter 3's recipe, number by number
        "manual_seed(3)": 'manual_seed(3) patches, labels = cut_patches(nuclei["train"], 500, draws)',
        "percentiles=(1, 99.8)": "percentiles=(1, 99.8)",
        "0.5 * torch.rand(len(cuts), 1, 1, 1, generator=draws)": "glow * torch.rand(len(patches), 1, 1, 1, generator=draws)",
        "torch.manual_seed(0)\nchapter3 = PatchClassifier(1, 2, patch_size=29)": (
            "torch.manual_seed(0) pairs = torch.utils.data.TensorDataset(patches, labels) "
            "model = PatchClassifier(1, 2, patch_size=P)"
        ),
        "lr=2e-3), steps=500, batch_size=64,": "lr=2e-3) history = train.fit( model, pairs, nn.CrossEntropyLoss(), optimizer, steps=steps, batch_size=64,",
    }.items():
        assert ours in recipe
        assert theirs in before


def test_the_buttons_of_the_score_map_have_the_jumps_and_lose_the_gap_pixels_that_the_text_gives():
    jumps, lost = {}, {}
    for name in ("jump 2", "jump 4", "jump 16", "jump 1, dilated"):
        figure = ScoreMap(**ScoreMap.presets[name])
        kept, gaps = figure.gaps_kept()
        jumps[name], lost[name] = shapes.receptive_field(figure.stack()).jump, gaps - kept
    assert list(jumps.values()) == [2, 4, 16, 1]
    assert "Press “jump 2”, then “jump 4”, then “jump 16”. At 2 the" in TEXT
    few, more, most, none = lost.values()
    assert none == 0 < few < more < most
    labels = [torch.as_tensor(ScoreMap(**ScoreMap.presets[name]).coarse_labels()) > 0 for name in jumps]
    regions = [metrics.connected_components(one.long()[None])[0] for one in labels]
    assert [one.max().item() for one in regions] == [9, 4, 2, 9]  # nine cells
    ids = data.cell_scene(96, seed=27, num_cells=9, radius=13.0, radius_spread=3.0, gap=2, clustering=0.9).instances
    homes = [[one[ids == n].mode().values.item() for n in range(1, 10)] for one in regions]
    whole = [n for n in range(1, 10) if not ((ids[-1] == n) | (ids[:, 0] == n) | (ids[:, -1] == n)).any()]
    lowest = sorted(whole, key=lambda n: (ids == n).nonzero()[:, 0].max())[-2:]
    assert len({homes[1][n - 1] for n in lowest}) == 1
    assert max(homes[2].count(home) for home in homes[2] if home) == 7
    assert "thinner, at 4 blocks bridge some (white: gap pixels that turn into cell), and at 16 most." in TEXT
    assert f"Press “jump 1, dilated” in [](#fig-score-map): all {gaps} gap pixels stay." in TEXT


def passes(kind, score="IoU"):
    """Look up a score of every seed of one way to train."""
    found = [row[score] for row in PASSES if row["in a step"] == kind]
    assert len(found) == 10
    return found


def test_the_table_of_training_in_coarse_passes_is_the_benchmarks():
    rows = re.findall(r"^\| (\d+ [^|]+) \| ([\d,]+) \| (\d+) \| (0\.\d\d) \((0\.\d\d) to (0\.\d\d)\) \|$", PAGE, re.M)
    assert len(rows) == len(coarse_passes.KINDS)
    for row, (kind, (pieces, n, steps)) in zip(rows, coarse_passes.KINDS.items(), strict=True):
        ious = passes(kind)
        measured = (f"{value:.2f}" for value in (mean(ious), min(ious), max(ious)))
        assert row[1:] == (f"{pieces * n**2:,}", str(steps), *measured)
        assert int(row[0].split()[0]) == pieces
        if n < 64:
            side = coarse_passes.side(n)
            assert f"{side} × {side}" in row[0]
    assert {round(row["work"], 1) for row in PASSES} <= {0.9, 1.0}
    assert (coarse_passes.STEPS, coarse_passes.BATCH, coarse_passes.RATE) == (500, 64, 2e-3)
    assert (patch_size.STEPS, patch_size.BATCH, patch_size.RATE) == (2000, 64, 2e-3)  # “for four times as much work”


@pytest.mark.parametrize("n", [1, 5, 12])
def test_each_score_of_a_piece_is_that_of_the_patch_around_the_pixel_whose_label_is_taught(n):
    images, labels = torch.rand(3, 1, 256, 256), torch.arange(3 * 256 * 256).reshape(3, 256, 256)
    model = PatchClassifier(1, 2, patch_size=29)
    ((shown, known),) = coarse_passes.cut(images, labels, 4, n, steps=1, seed=n)
    with torch.no_grad():
        scores = model.dense()(shown)
    assert scores.shape[-2:] == known.shape[-2:] == (n, n)
    for piece in range(4):
        image, row, column = (int(part) for part in np.unravel_index(known[piece, -1, 0].item(), labels.shape))
        patch = ops.patch_at(images[image], row, column, patch_size=29)
        glow = shown[piece, 0, 4 * (n - 1) + 14, 14] - patch[0, 14, 14]  # one constant for the piece
        assert 0 <= glow <= 0.5
        with torch.no_grad():
            alone = model((patch + glow)[None])[0]
        assert torch.allclose(scores[piece, :, -1, 0], alone, atol=1e-5)
