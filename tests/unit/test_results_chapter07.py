"""What chapter 7 says about averages is what benchmarks/training.py measured; its sum is a concatenation, and comes late."""

import json
import re
import sys
from functools import cache
from statistics import mean, stdev

import torch
from results import (
    ROOT,
    assert_chapter_has,
    experiment,
    experiments,
    floor,
    printed,
    table,
)  # fmt: skip
from scipy import ndimage
from torch.nn import functional as F

from segbook import metrics, models, shapes
from segbook.data import CellScenes, granule_scene
from segbook.exercises import get

sys.path.append(str(ROOT / "benchmarks"))
import bottleneck
import bottleneck_where as where
from one_channel import AFTER, BEFORE, BRIGHT

TEXT = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
(BUILD,) = re.findall(r"^def two_convolutions.*?^    return nn.Sequential.*?\n", TEXT, re.MULTILINE | re.DOTALL)
BARE = "cells: depth 3, skips none"

HALF = "components"  # an answer read at p > ½
MODELS = {
    "encoder–decoder, depth 1": "depth 1",
    "encoder–decoder, depth 2": "depth 2",
    "encoder–decoder, depth 3": "depth 3, transposed",
    "encoder–decoder, nearest": "depth 3, nearest",
    "encoder–decoder, bilinear": "depth 3, bilinear",
    "encoder–decoder, depth 4": "depth 4",
    "FCN-32s": "FCN-32s",
    "FCN-16s": "FCN-16s",
    "FCN-8s": "FCN-8s",
}


def test_a_table_over_seeds_is_written_from_every_run():
    rows = [
        {"model": model, "seed": seed, "IoU": 0.5 + seed / 10, "boundary F": 0.1} for model in MODELS for seed in (0, 1)
    ]
    text = table(rows, "network", MODELS, {"IoU": ("IoU", 3), "boundary F": ("boundary F", 3)})
    assert text.count("\n") == len(MODELS) + 1
    assert "| depth 4 | 0.550 ± 0.071 | 0.100 ± 0.000 |" in text


def recorded(label, number=0):
    """List what the recorded runs of the chapter's own cells printed behind a label."""
    runs = json.loads((ROOT / "benchmarks/results/claims.json").read_text("utf-8"))["07_encoder_decoder"]["runs"]
    return [run["numbers"][label][number] for run in runs]


def claimed(expression):
    """List the values that a difference of the chapter's claims has in the recorded runs."""
    runs = json.loads((ROOT / "benchmarks/results/claims.json").read_text("utf-8"))["07_encoder_decoder"]["runs"]
    return [run["claims"][expression] for run in runs]


PRINTED = {depth: f"depth {depth}: IoU # · boundary F #" for depth in (1, 3, 4)}  # the page trains no depth 2


@cache
def without_a_frame():
    """Score the answer that counts all granules but those within 8 pixels of the border of a test scene."""
    inner, both, either = torch.zeros(96, 96, dtype=torch.bool), 0, 0
    inner[8:-8, 8:-8] = True
    for seed in range(600_000, 600_200):  # the test scenes of the experiments
        scene = granule_scene(96, seed=seed)
        counting, marked = scene.classes[scene.instances] > 0, (scene.instances > 0) & inner
        both += (counting & marked).sum().item()
        either += (counting | marked).sum().item()
    return both / either


def marked_without_a_frame():
    """Count the granules that it marks by more than half: the share of those that count, and of the others."""
    inner, marked = torch.zeros(96, 96, dtype=torch.bool), {True: [], False: []}
    inner[8:-8, 8:-8] = True
    for seed in range(600_000, 600_200):
        scene = granule_scene(96, seed=seed)
        size, left = (
            torch.bincount(ids, minlength=len(scene.classes))
            for ids in (scene.instances.flatten(), scene.instances[inner])
        )
        for one in scene.instances.unique()[1:].tolist():
            marked[scene.classes[one].item() > 0].append((2 * left[one] > size[one]).item())
    return [(mean(found), len(found)) for found in marked.values()]


def boundary_without_a_frame():
    """Score the boundaries of that answer."""
    inner, answers, truth = torch.zeros(96, 96, dtype=torch.bool), [], []
    inner[8:-8, 8:-8] = True
    for seed in range(600_000, 600_200):
        scene = granule_scene(96, seed=seed)
        truth.append((scene.classes[scene.instances] > 0).long())
        answers.append(((scene.instances > 0) & inner).long())
    counts = metrics.boundary_counts(torch.stack(answers), torch.stack(truth), num_classes=2, tolerance=1)
    return metrics.boundary_f_score(counts)[1].item()


def granules():
    heads = ["granules, 3,000 steps, mean of ten", "IoU (exact)", "boundary F (within one pixel)"]
    lines = [f"| {' | '.join(heads)} |", "|---|---|---|"]
    for depth in (1, 2, 3, 4):
        row = f"context: depth {depth}, skips none"
        scores = [f"{experiment(row, 'tuned components', 3000, score):.2f}" for score in ("IoU", "outline F")]
        assert {len(one["seeds"]) for one in experiments()["rows"] if one["row"] == row} == {10}  # "the ten networks"
        lines.append(f"| depth {depth} | {' | '.join(scores)} |")
    return "\n".join(lines)


def test_the_table_is_the_measured_one():
    assert_chapter_has("07_encoder_decoder", granules())
    rows = [f"context: depth {depth}, skips none" for depth in (1, 2, 3, 4)]
    widest = [
        max(experiment(row, "tuned components", 3000, score, part=1) for row in rows) for score in ("IoU", "outline F")
    ]
    assert "it is at most {:.2f} for IoU and {:.2f} for boundary F.".format(*widest) in TEXT


def test_a_score_at_depth_1_reads_the_pixels_that_the_chapter_counts_by_hand():
    windows = {n: [len(shapes.input_window(shapes.unet_layers(depth=n), i)) for i in range(2**n)] for n in (1, 2, 3, 4)}
    read = 1 + 2 * 2
    (halves,) = {len({(start + place) // 2 for place in range(read)}) for start in (0, 1)}
    assert f"the last two read {read} pixels. These come from {halves} places at half size," in TEXT
    half = halves + 2 * 2
    assert f"widen them to {half}. Those were pooled from {2 * half} pixels," in TEXT
    assert set(windows[1]) == {2 * half + 2 * 2}
    assert f"and the first two convolutions widen these to {2 * half + 2 * 2}, the frames of" in TEXT
    (quarter,) = {len({(start + place) // 2 for place in range(half)}) for start in (0, 1)}
    assert f"At depth 3, the {half} places at half size come from {quarter} at quarter size," in TEXT
    assert f"widen these to {quarter + 2 * 2}. Eight places lie in four pairs or in five," in TEXT
    pairs = {len({(start + place) // 2 for place in range(quarter + 4)}) for start in (0, 1)}
    assert pairs == {4, 5}
    assert set(windows[3]) == {8 * (number + 4) + 4 * 4 + 2 * 4 + 4 for number in pairs}  # "followed on to the image"
    few, many = sorted(set(windows[3]))
    assert f"that makes {few} pixels for some scores and {many} for others." in TEXT
    assert all(min(windows[n + 1]) > 2 * max(windows[n]) for n in (1, 2))  # "more than doubles"
    assert min(windows[4]) > 2 * min(windows[3])
    assert max(windows[4]) > 2 * max(windows[3])
    assert [len(set(windows[n])) > 1 for n in windows] == [False, False, True, True]


def test_the_frames_of_the_first_figure_show_one_granule_each_of_which_one_is_inside_a_ring():
    """They are as large as what depth 1 reads, and no membrane reaches into them."""
    assert "the frames of [](#fig-inside-a-ring)." in TEXT
    assert "Right: its frames A and B, 18 × 18 pixels each." in TEXT
    assert 'frames = {"A": (118, 112), "B": (122, 43)}' in TEXT
    assert "layout = dict(seed=6, num_membranes=8, num_arcs=8, noise=0.0)" in TEXT
    layout = {"seed": 6, "num_membranes": 8, "num_arcs": 8, "noise": 0.0}
    scene = granule_scene(224, num_granules=110, **layout)
    walls = granule_scene(224, num_granules=0, **layout).image
    inside = []
    for down, along in ((118, 112), (122, 43)):
        frame = slice(down - 9, down + 9), slice(along - 9, along + 9)
        (one,) = scene.instances[frame].unique()[1:].tolist()
        inside.append(scene.classes[one].item())
        assert walls[frame].max() - walls.min() < 0.01
    assert inside == [1, 0]  # "it is A"


def test_the_bottlenecks_are_those_of_the_networks_that_were_trained():
    """Places along an axis and channels, for a scene of 96 × 96 pixels; the experiments have width 12."""

    def bottleneck_of(model):
        seen = []
        model.bottleneck.register_forward_hook(lambda *call: seen.append(call[-1].shape))
        model(torch.zeros(1, 1, 96, 96))
        (_, channels, size, _) = seen[0]
        return size, channels

    shallow, deep = (bottleneck_of(models.EncoderDecoder(1, 2, width=12, depth=depth)) for depth in (1, 4))
    assert (shallow, deep) == ((48, 24), (6, 192))
    assert "Those of this page have width 8. Those that learn granules have width 12: their bottlenecks have" in TEXT
    assert "from 48 × 48 places with 24 channels, at depth 1, to 6 × 6 with 192, at depth 4." in TEXT
    for depth in (1, 2, 3, 4):  # as many weights as the experiments recorded for width 12
        weights = sum(p.numel() for p in models.EncoderDecoder(1, 2, width=12, depth=depth).parameters())
        rows = [f"{scenes}: depth {depth}, skips none" for scenes in ("context", "cells")]
        assert {one["parameters"] for one in experiments()["rows"] if one["row"] in rows} == {weights}


def test_a_convolution_costs_the_same_at_every_level():
    assert "A convolution then has a quarter of the places but four times the weights," in TEXT
    rows = [row for row in shapes.unet_ledger(96, depth=3, width=8, padding=1, skips=False) if "encoder" in row.name]
    last = {row.name: row for row in rows if row.kind not in ("pool", "skip") and row.in_channels == row.out_channels}
    assert len(last) == 3
    assert len({row.in_channels * row.out_channels * row.output_size**2 for row in last.values()}) == 1


def test_depth_1_is_no_better_than_the_answers_without_a_network_that_the_chapter_names():
    every, inner = floor("context", "all granules", "IoU"), without_a_frame()
    assert "One that leaves out those within 8 pixels of the image's border, where fewer count," in TEXT
    assert every < inner  # "where fewer count"
    one = json.loads((ROOT / "benchmarks/results/granule_answers.json").read_text("utf-8"))["scores"]["depth 1, none"]
    assert "Depth 1 does no better, even with true shapes." in TEXT
    assert one["IoU with true shapes"] < inner
    assert f"An answer that marks every granule has an IoU of {every:.2f}." in TEXT
    assert f"of the image's border, where fewer count, has {inner:.2f}." in TEXT
    assert one["IoU"] < inner
    drawn = boundary_without_a_frame()
    assert experiment("context: depth 1, skips none", "tuned components", 3000, "outline F") < drawn
    for row in ("context: depth 1, skips none", "context: depth 1, as wide as depth 3 is heavy"):
        assert experiment(row, "tuned components", 3000, "IoU") < inner  # "no better"


def test_the_right_granules_are_drawn_badly_as_the_chapter_says():
    """One network after 1,000 steps; and what a pixel costs where an object is small, on the test scenes."""
    scores = json.loads((ROOT / "benchmarks/results/granule_answers.json").read_text("utf-8"))["scores"]
    lines, found, others = [], {}, {}
    for depth in (1, 3):
        one = scores[f"depth {depth}, none"]
        (every, found[depth]), (wrong, others[depth]) = (one["granules, and marked"][s] for s in ("inside", "outside"))
        drawn, shaped = one["IoU"], one["IoU with true shapes"]
        lines.append(f"| depth {depth} | {found[depth]:,} | {others[depth]:,} | {drawn:.2f} |")
    counted = f"found: marked of the {every:,} that count | wrongly marked of the {wrong:,} others | drawn: IoU |"
    head = f"| granules, 1,000 steps, one network each | {counted}\n|---|---|---|---|\n"
    assert head + "\n".join(lines) + "\n\n" in TEXT
    assert "We trained a network of depth 1 and one of depth 3 (width 12) on noisy scenes of 96 × 96 pixels." in TEXT
    assert "A granule is marked if the answer covers more than half of it:" in TEXT  # see benchmarks/granule_answers.py
    marks = (
        f"Yet it marks {100 * found[1] / every:.0f} % of those that count and {100 * others[1] / wrong:.0f} % of the"
    )
    assert f"{marks} others." in TEXT
    assert f"| wrongly marked, of {wrong:,}: {others[3]} at depth 3, {others[1]:,} at depth 1 |" in TEXT
    (kept, counting_ones), (false, other_ones) = marked_without_a_frame()
    assert (counting_ones, other_ones) == (every, wrong)
    assert "Fewer granules count near it, as rings have their centres further in." in TEXT
    assert abs(kept - found[1] / every) < 0.05  # "it may go by the image's border": the rule that does marks as many
    assert abs(false - others[1] / wrong) < 0.05
    assert others[3] / wrong < 0.01  # "tells which granules count"
    assert found[3] / every > 0.85
    shapes_true = (
        f"If every granule that it marks had its true shape, its IoU would rise from {drawn:.2f} to {shaped:.2f}."
    )
    assert (
        f"{shapes_true} (In granules: {found[3]}/(1,101 + {others[3]}) = {found[3] / (every + others[3]):.2f}.)" in TEXT
    )
    same, either = 0, 0
    for seed in range(600_000, 600_200):
        scene = granule_scene(96, seed=seed)
        counting = scene.classes[scene.instances] > 0
        wide = torch.from_numpy(ndimage.binary_dilation(counting.numpy()))
        same, either = same + (counting & wide).sum().item(), either + (counting | wide).sum().item()
    assert (
        f"even their true shapes, widened by one pixel on every side, have an IoU of only {same / either:.2f}." in TEXT
    )
    two, three = (
        experiment(f"context: depth {depth}, skips none", "tuned components", 3000, "outline F") for depth in (2, 3)
    )
    four = experiment("context: depth 4, skips none", "tuned components", 3000, "outline F")
    said = "Within one pixel it is as good as depth 2, but its IoU is lower: **it draws the granules more coarsely.**"
    assert said in TEXT
    assert "Depth 4 falls behind in both scores." in TEXT
    assert "It may have trained worse, as the learning rate was tuned at depth 3." in TEXT
    assert three > two > four + 0.1
    assert three > 0.9  # "finds the granules"


def test_an_arc_goes_less_far_round_than_what_depth_2_sees_of_a_ring():
    assert "and an open arc goes at most two fifths of the way round, so the two can be told apart." in TEXT
    assert "a sixth to two fifths of the way round" in granule_scene.__doc__
    size = max(len(shapes.input_window(shapes.unet_layers(depth=2), n)) for n in range(4))
    angle = torch.arange(0, 2 * torch.pi, 0.001)
    seen = torch.maximum(angle.cos().abs(), angle.sin().abs()) * 23 <= size / 2  # from the middle of a ring
    assert seen.float().mean() > 0.5  # "most of a ring"


def test_on_a_cell_an_error_of_one_pixel_costs_little():
    labels = torch.stack([drawn[1] > 0 for drawn in CellScenes(16, seed=5000, **bottleneck.SCENES)])
    wide = torch.stack([torch.from_numpy(ndimage.binary_dilation(one.numpy())) for one in labels])
    assert (labels & wide).sum() / (labels | wide).sum() > 0.85


def test_the_network_sees_every_pixel_whose_place_a_pooling_drops():
    """Two padded convolutions stand before each pooling: the neighbours that are kept have read what it drops."""
    assert "the convolutions in front have read that place into its neighbours, which are kept." in TEXT
    namespace = {"nn": torch.nn}
    exec(BUILD, namespace)
    torch.manual_seed(0)
    for depth in (1, 2, 3, 4):
        network = namespace["build"](depth).double()
        for parameter in network.parameters():
            parameter.data = torch.rand_like(parameter) / 10 + 0.01  # so that no path is cancelled, or cut by a ReLU
        for size in (97, 103, 111):
            image = torch.rand(1, 1, size, 32, dtype=torch.double, requires_grad=True)
            answer = network(image)
            assert answer.shape[2] == size - size % 2**depth < size
            answer.sum().backward()
            assert (image.grad > 0).all()


def test_not_every_edge_comes_back_from_its_shares():
    (code,) = re.findall(r"^(def redraw.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    namespace = {"F": F, "torch": torch}
    exec(code, namespace)
    assert "`00000001` comes back empty." in TEXT
    assert namespace["redraw"]([0, 0, 0, 0, 0, 0, 0, 1])[2].tolist() == [0] * 8


def test_many_weights_at_depth_1_are_no_better_than_the_chapter_says():
    wide = experiment("context: depth 1, as wide as depth 3 is heavy", "tuned components", 3000, "IoU")
    assert "Five networks of depth 1 with the skips of chapter 8 and at least as many weights as depth 3" in TEXT
    assert abs(wide - experiment("context: depth 1, skips none", "tuned components", 3000, "IoU")) < 0.015
    spread = experiment("context: depth 1, as wide as depth 3 is heavy", "tuned components", 3000, "IoU", part=1)
    assert f"and at least as many weights as depth 3 reach an IoU of {wide:.2f} ± {spread:.2f}." in TEXT


def spread(values):
    return f"{mean(values):.2f} ± {stdev(values):.2f}"


def result(name):
    return json.loads((ROOT / f"benchmarks/results/{name}.json").read_text("utf-8"))["rows"]


def drawings():
    """Read what the chapter prints of the drawings from true shares: the first lines of four depths."""
    return re.search(
        r"depth 1: IoU .*\ndepth 2: IoU .*\ndepth 3: IoU .*\ndepth 4: IoU .*\n", printed("07_encoder_decoder")
    )[0]


def test_the_spreads_of_the_repeats_are_theirs():
    runs = {depth: recorded(PRINTED[depth], 1) for depth in PRINTED}
    table = "| boundary F {:.2f}, {:.2f} and {:.2f} at depths 1, 3 and 4 |"
    assert table.format(*(mean(runs[depth]) for depth in (1, 3, 4))) in TEXT
    said = "**: boundary F is {:.2f} at depth 1, {:.2f} at depth 3 and {:.2f} at depth 4, on average over twenty, and in this order in every run."
    assert said.format(*(mean(runs[depth]) for depth in (1, 3, 4))) in TEXT
    answer = "at depth 3 the networks have {:.2f}, at depth 4 they have {:.2f}. At depth 1 they have {:.2f},"
    assert answer.format(*(mean(runs[depth]) for depth in (3, 4, 1))) in TEXT
    shares = {int(d): float(f) for d, f in re.findall(r"depth (\d): IoU [\d.]+ · boundary F ([\d.]+)", drawings())}
    assert [mean(runs[depth]) > shares[depth] for depth in (1, 3, 4)] == [
        False,
        True,
        True,
    ]  # "the deeper two still beat"
    assert max(runs[1]) < shares[1]
    assert min(runs[3]) > shares[3]
    assert all(len(one) == 20 for one in runs.values())
    assert all(shallow > deep > deepest for shallow, deep, deepest in zip(runs[1], runs[3], runs[4], strict=True))


STEPS = (120, 300, 600, 1000, 2000)
THRESHOLD = "no network: brightness above one threshold"


@cache
def trained(name):
    """List boundary F after each number of steps, for each seed: rows of benchmarks/boundary_steps.py."""
    rows = [row for row in result("boundary_steps") if row["network"] == name]
    seeds = sorted({row["seed"] for row in rows})
    assert len(seeds) == 3  # "three networks"
    assert {row["steps"] for row in rows} == set(STEPS)
    return [
        [row["boundary F"] for seed in seeds for row in rows if (row["seed"], row["steps"]) == (seed, steps)]
        for steps in STEPS
    ]


def ends(name):
    return mean(trained(name)[-1])


def untrained(name):
    (score,) = [row["boundary F"] for row in result("boundary_steps") if row["network"] == name]
    return score


def by_steps():
    """Write the numbers that the figures draw as the chapter's code has them."""
    lines = []
    for name in ("depth 1", "depth 3", "depth 4", "FCN-8s", "FCN-32s"):
        means, spreads = ([f"{of(runs):.3f}" for runs in trained(name)] for of in (mean, stdev))
        lines.append(f'    "{name}": ([{", ".join(means)}],\n                [{", ".join(spreads)}]),')
    return "\n".join(lines)


def test_the_stored_curves_are_those_that_were_measured():
    assert f"{by_steps()}\n}}\n" in TEXT, f"put this into the chapter:\n{by_steps()}"
    assert f"steps = {list(STEPS)}\n" in TEXT
    assert f"threshold={untrained(THRESHOLD):.3f})" in TEXT
    assert untrained("no network: the truth") == 1  # "at best"
    assert untrained("no network: everything is cell") == 0


def test_longer_training_gives_back_what_the_chapter_says():
    one, three, four = (ends(f"depth {depth}") for depth in (1, 3, 4))
    assert f"After 2,000 steps, depth 1 has {one:.2f}, depth 3 has {three:.2f}, and depth 4 only {four:.2f}." in TEXT
    assert f"| boundary F after 2,000 steps: {one:.2f}, {three:.2f} and {four:.2f} |" in TEXT
    assert f'data-choices="about 0.80 | about {three:.2f} | about 0.96" data-answer="about {three:.2f}"' in TEXT
    early = [mean(recorded(PRINTED[depth], 1)) for depth in (3, 1)]
    assert "depth 3 has a boundary F of {:.2f}, and depth 1 has {:.2f}.".format(*early) in TEXT
    assert all(abs(ends(f"depth {d}") - mean(trained(f"depth {d}")[0])) > 0.015 for d in (1, 3, 4))
    assert "It does not even reach what depth 1 had after 120 steps." in TEXT
    assert max(trained("depth 3")[-1]) < min(trained("depth 1")[0])
    for name in ("depth 3", "depth 4"):  # "at first ... then its curve flattens"
        means = [mean(runs) for runs in trained(name)]
        assert means[1] - means[0] > 2 * (means[4] - means[2])
    said = (
        "depth 3 comes within 0.01 of depth 1 after 3,000 steps. At depth 4, two of ten networks never find a cell, and"
    )
    assert said in TEXT
    away = [experiment(f"cells: depth {d}, skips none", HALF, 3000, "F outer") for d in (1, 3, 4)]
    assert 0 < away[0] - away[1] < 0.01
    said = "depth 3 comes within 0.01 of depth 1 away from other cells; depth 4 does not."
    assert f"In chapter 8, where width, scenes, steps and target all differ, {said}" in TEXT
    lost = [one for one in experiments()["broken"] if one["row"] == "cells: depth 4, skips none"]
    assert len(lost) == 2
    assert all(score == 0 for one in lost for score in one["IoU"])  # nothing is added to the means of ten
    assert f"and the others still lack {away[0] - away[2] * 10 / 8:.2f}." in TEXT


def test_granules_are_drawn_best_by_a_depth_that_does_not_see_a_whole_ring():
    by_depth = [experiment(f"context: depth {d}, skips none", "tuned components", 3000, "IoU") for d in (1, 2, 3, 4)]
    assert max(by_depth) == by_depth[1]
    assert by_depth[1] > 2 * by_depth[0]  # "more than doubles the IoU"
    first, second, third, fourth = (f"{value:.2f}" for value in by_depth)
    for depth, score in enumerate((first, second, third, fourth), start=1):
        assert f"| depth {depth} | {score} |" in TEXT
    assert "On granules, depth 3 still draws more coarsely than depth 2." in TEXT
    assert "**The second halving more than doubles the IoU.** Most of a ring is now in view," in TEXT
    assert "Depth 3 sees the whole ring." in TEXT
    assert by_depth[3] < by_depth[2] < by_depth[1]


def test_what_is_said_of_one_channel_is_what_was_measured():
    one = [row["boundary F"] for row in result("one_channel")]
    assert len(one) == 20
    assert "We *squeezed* twenty:" in TEXT
    said = f"They reach {spread(one)}, from {min(one):.2f} to {max(one):.2f}, so in 120 steps not every network learns"
    assert said in TEXT
    alone = mean(row[bottleneck.ALONE] for row in result("bottleneck"))
    assert min(one) < 0.5 < 0.8 < max(one) < alone  # "not every network learns a good one"


def test_the_one_number_follows_the_share_as_closely_as_the_chapter_says():
    rows = result("one_channel")
    after, before, bright = ([abs(row[name]) for row in rows] for name in (AFTER, BEFORE, BRIGHT))
    assert len(rows) == 20
    assert "In each of the twenty, the number correlates with the share at more than 0.8, whatever the sign." in TEXT
    assert min(after) > 0.8
    assert min(bright) > 0.95  # "brightness, which goes along"
    assert max(before) < min(after)


def test_finer_scores_bring_back_as_much_of_the_boundary_as_the_chapter_says():
    fcn32, fcn8 = (recorded(f"{name}: IoU # · boundary F #", 1) for name in ("FCN-32s", "FCN-8s"))
    plain = recorded(PRINTED[4], 1)
    assert min(fcn8) > max(*fcn32, *plain)
    assert (
        f"**On average over twenty networks, two sums raise boundary F from {mean(fcn32):.2f} to {mean(fcn8):.2f}.**"
        in TEXT
    )
    none, two, plain, bright = (*map(ends, ("FCN-32s", "FCN-8s", "depth 3")), untrained(THRESHOLD))
    row = f"boundary F after 2,000 steps: FCN-32s {none:.2f}, FCN-8s {two:.2f}, depth 3 without a sum {plain:.2f} |"
    assert row in TEXT
    assert all(abs(score - 0.2) < 0.05 for runs in trained("FCN-32s") for score in runs)
    assert f"FCN-32s stays near 0.2. FCN-8s rises to {two:.2f}," in TEXT
    assert abs(two - plain) < 0.025  # "as well as depth 3"
    assert f"But a mere threshold on the brightness draws them better, at {bright:.2f}:" in TEXT
    assert bright > max(trained("FCN-8s")[-1])


def test_with_three_halvings_an_fcn_draws_like_the_encoder_decoder_and_sums_add_little():
    runs = {stride: [row["boundary F"] for row in result("fcn_trunk") if row["stride"] == stride] for stride in (8, 2)}
    assert all(len(scores) == 20 for scores in runs.values())
    assert (
        f"With three halvings, FCN has a boundary F of {spread(runs[8])} without a sum and of {spread(runs[2])} with two."
        in TEXT
    )
    eight = recorded("FCN-8s: IoU # · boundary F #", 1)
    said = "after 120 steps, an FCN with only three halvings and no sum has {:.2f}, FCN-8s {:.2f}."
    assert said.format(mean(runs[8]), mean(eight)) in TEXT
    assert mean(eight) < mean(runs[8])  # "its two coarsest levels bring nothing"
    plain = recorded(PRINTED[3], 1)
    assert all(abs(mean(plain) - mean(scores)) < 0.02 for scores in runs.values())  # "draws like the encoder–decoder"


def test_what_is_said_of_upsampling_is_what_was_measured():
    nearest, bilinear, transposed = (recorded(f"{name} boundary F #") for name in ("nearest", "bilinear", "transposed"))
    differences = [a - b for a, b in zip(transposed, nearest, strict=True)]
    assert f"nearest and transposed hardly differ (by {spread(differences)} in boundary F)." in TEXT
    behind = [mean(runs) - mean(bilinear) for runs in (nearest, transposed)]
    assert "Bilinear is below them by {:.2f} and {:.2f} on average, but not in every run;".format(*behind) in TEXT
    assert "on average, the others draw no better (“[Measured in full](#what-we-measured)”)." in TEXT
    assert mean(differences) > 0
    assert all(0.03 < one < 0.07 for one in behind)
    assert abs(mean(differences)) < stdev(differences) / 2
    for other in ("nearest", "transposed"):
        assert (
            min(claimed(f'scores["{other}"] - scores["bilinear"]'))
            < 0
            < mean(claimed(f'scores["{other}"] - scores["bilinear"]'))
        )
    assert len(differences) == 20


def test_what_a_decoder_draws_from_true_shares_is_said_as_it_was_measured():
    rows = json.loads((ROOT / "benchmarks/results/bottleneck.json").read_text("utf-8"))["rows"]
    alone = [row[bottleneck.ALONE] for row in rows]
    assert mean(alone) > mean(recorded(PRINTED[3], 1))  # "draw better on average than whole networks do"
    told, whole = trained("a decoder of true shares, depth 3"), trained("depth 3")
    assert all(mean(one) < mean(other) for one, other in zip(told[1:], whole[1:], strict=True))
    said = [f"{mean(runs[-1]):.2f} ± {stdev(runs[-1]):.2f}" for runs in (told, whole)]
    assert f"have a boundary F of {spread(alone)} after 120 steps and {said[0]} after 2,000;" in TEXT
    assert f"whole networks have {spread(recorded(PRINTED[3], 1))} and {said[1]}." in TEXT
    ended = [mean(runs[-1]) for runs in (told, whole)]
    early = mean(alone), mean(recorded(PRINTED[3], 1))
    both = "it reaches {:.2f} after 120 steps (whole networks: {:.2f}) and {:.2f} after 2,000 ({:.2f})."
    assert both.format(*early, *ended) in TEXT
    assert f"The last {ended[1] - ended[0]:.2f} seem to take more than shares." in TEXT
    assert f"only the last {ended[1] - ended[0]:.2f} of boundary F seem to take more." in TEXT
    assert max(told[-1]) < min(whole[-1])
    row = f"{mean(alone):.2f}, of whole networks {mean(recorded(PRINTED[3], 1)):.2f}; after 2,000 steps"
    assert f"| boundary F after 120 steps {row} {ended[0]:.2f} and {ended[1]:.2f} |" in TEXT
    assert 0 < ended[1] - ended[0] < 0.05  # "nearly as well"
    assert len(alone) == 20


def test_what_a_place_of_the_bottleneck_knows_is_said_as_it_was_measured():
    rows = result("bottleneck_where")
    runs = {name: [row[name] for row in rows if name in row] for name in rows[0]}
    share, nine = (mean(runs[name]) for name in (where.SHARE, where.NINE))
    numbers, swapped = (mean(runs[name]) for name in (where.NUMBERS, where.SWAPPED))
    assert len(rows) == 20
    assert min(runs[where.NUMBERS]) > max(runs[where.UNTRAINED] + runs[where.SWAPPED] + runs[where.SHARE])
    assert f"Before training, the 64 numbers give {spread(runs[where.UNTRAINED])}," in TEXT
    assert f"{swapped:.2f}" == f"{share:.2f}"  # "once exchanged they draw no better than the share"
    before = mean(runs[where.UNTRAINED])
    assert numbers - before > 5 * (before - share)  # "most of what they say of where is learned"
    asked = f"Drawn from the 64 numbers, the cells have a boundary F of {numbers:.2f}; drawn from the share alone, {share:.2f}."
    assert asked in TEXT
    choices = f"still about {numbers:.2f} | about halfway | about {swapped:.2f}"
    assert f'data-choices="{choices}" data-answer="about {swapped:.2f}"' in TEXT
    assert f"boundary F falls to {swapped:.2f}." in TEXT
    assert f"The shares of nine blocks draw even better than the 64 numbers, at {nine:.2f}." in TEXT
    assert f"| boundary F {numbers:.2f}; after the exchange {swapped:.2f} |" in TEXT
    assert nine > max(runs[where.NUMBERS])
    assert (
        "so its 64 numbers may say no more than nine shares do; our test cannot tell." in TEXT
    )  # for nine shares do more than they


def test_places_swap_what_they_know_with_places_of_the_same_share_only():
    shares = torch.tensor([0.0, 0.0, 0.5, 0.5, 0.5, 1.0]).reshape(1, 1, 2, 3)
    known = torch.arange(12.0).reshape(1, 2, 2, 3)
    found = where.swapped(known, shares, torch.Generator().manual_seed(1))
    assert not torch.equal(found, known)
    torch.testing.assert_close(found[:, 1] - found[:, 0], torch.full((1, 2, 3), 6.0))  # a place's numbers stay together
    for one in shares.unique():
        assert sorted(found[:, 0][shares[:, 0] == one]) == sorted(known[:, 0][shares[:, 0] == one])


def test_the_function_that_builds_any_depth_builds_the_books_network():
    assert get("7.5").shown == BUILD  # so that nobody who uses it looks like a copy
    namespace = {"nn": torch.nn}
    exec(BUILD, namespace)
    weights = sum(p.numel() for p in namespace["build"](3).parameters())
    assert f"{weights:,} parameters\n" in printed("07_encoder_decoder")
    for depth in (1, 2, 3):
        ours, book = namespace["build"](depth), models.EncoderDecoder(1, 2, width=8, depth=depth)
        assert [p.shape for p in ours.parameters()] == [p.shape for p in book.parameters()]
        for mine, its in zip(ours.parameters(), book.parameters(), strict=True):
            mine.data = its.data
        image = torch.rand(1, 1, 16, 24)
        torch.testing.assert_close(ours(image), book(image))


def test_a_decoder_of_shares_reads_a_number_for_each_block_and_nothing_else():
    labels = (torch.rand(4, 32, 32, generator=torch.Generator().manual_seed(7)) > 0.5).long()
    network = bottleneck.FromShares()
    answer = bottleneck.decode(network, bottleneck.bottleneck(network, bottleneck.share(labels)))
    assert answer.shape == labels.shape
    assert list(network.encoder) == []
    assert network.bottleneck.in_channels == 1


def test_pixels_are_read_off_a_place_that_knows_them_and_not_off_their_number():
    labels = (torch.rand(4, 32, 32, generator=torch.Generator().manual_seed(7)) > 0.5).long()
    pixels = F.pixel_unshuffle(labels[:, None].float(), bottleneck.BLOCK)
    assert torch.equal(bottleneck.read_off(labels, pixels, pixels), labels)
    share = bottleneck.share(labels)
    assert not torch.equal(bottleneck.read_off(labels, share, share), labels)
    averaged = bottleneck.without_where(pixels, share, share)
    torch.testing.assert_close(averaged.mean(1), share[:, 0], atol=1 / bottleneck.LEVELS, rtol=0)
    assert not torch.equal(bottleneck.read_off(labels, pixels, averaged), labels)


def test_a_sum_of_scores_is_a_concatenation_that_is_mixed():
    torch.manual_seed(0)
    for num_classes, channels in ((2, 8), (21, 5), (1, 1)):
        scores, features = torch.randn(3, num_classes, 6, 5).double(), torch.randn(3, channels, 6, 5).double()
        weight = torch.randn(num_classes, channels, 1, 1).double()
        mixer = torch.cat([torch.eye(num_classes).double()[..., None, None], weight], dim=1)
        mixed = F.conv2d(torch.cat([scores, features], dim=1), mixer)
        torch.testing.assert_close(mixed, scores + F.conv2d(features, weight))


def test_learned_upsampling_and_the_fusion_of_scores_come_after_the_coarse_grid():
    first = {}
    for chapter in sorted(ROOT.glob("book/[01]*.md")):
        source = chapter.read_text("utf-8")
        code = "".join(re.findall(r"^```\{code-cell\}.*?^```", source, re.MULTILINE | re.DOTALL))
        for idea, text, words in (
            ("1 × 1 convolution", source, "1 × 1 convolution"),
            ("coarse grid", source, "coarse grid"),
            ("a layer that learns to enlarge", code, "ConvTranspose"),
            ("fused scores", code, "models.FCN("),
        ):
            if words in text:
                first.setdefault(idea, int(chapter.name[:2]))
    assert first == {
        "1 × 1 convolution": 4,
        "coarse grid": 4,
        "a layer that learns to enlarge": 6,
        "fused scores": 7,
    }


if __name__ == "__main__":
    print(granules())
