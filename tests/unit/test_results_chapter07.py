"""What chapter 7 says about averages is what benchmarks/training.py measured; its sum is a concatenation, and comes late."""

import ast
import json
import re
import sys
from functools import cache
from itertools import pairwise, product
from statistics import mean, stdev
from unittest import mock

import torch
from matplotlib.colors import ListedColormap
from results import (
    ROOT,
    experiment,
    experiments,
    floor,
    printed,
    table,
)  # fmt: skip
from scipy import ndimage
from torch.nn import functional as F

from segbook import metrics, models, palette, plot, shapes
from segbook.data import CellScenes, granule_scene, granule_terms
from segbook.exercises import get

sys.path.append(str(ROOT / "benchmarks"))
import bottleneck
import bottleneck_where as where
import boundary_steps
import granule_answers
import granule_lessons
import outline_lessons

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
def by_the_border():
    """Score the rule that marks all of a granule that lies more than 8 pixels from the border of a test scene.

    Returns the share marked by more than half of the granules that count, and of the others, with their numbers; IoU;
    and IoU if the marked ones had their true shapes.
    """
    inner, marked, areas = torch.zeros(96, 96, dtype=torch.bool), {True: [], False: []}, []
    inner[8:-8, 8:-8] = True
    for seed in range(600_000, 600_200):  # the test scenes of the experiments
        scene = granule_scene(96, seed=seed)
        size, left = (
            torch.bincount(ids, minlength=len(scene.classes))
            for ids in (scene.instances.flatten(), scene.instances[inner])
        )
        for one in scene.instances.unique()[1:].tolist():
            marked[scene.classes[one].item() > 0].append((2 * left[one] > size[one]).item())
        most = (2 * left > size)[scene.instances] & (scene.instances > 0)
        counting = scene.classes[scene.instances] > 0
        answers = (scene.instances > 0) & inner, most
        areas.append([[(counting & one).sum().item(), (counting | one).sum().item()] for one in answers])
    ious = torch.tensor(areas).sum(0)
    return [(mean(found), len(found)) for found in marked.values()], *(ious[:, 0] / ious[:, 1]).tolist()


DEPTHS = {f"depth {depth}": f"depth {depth}" for depth in (1, 2, 3, 4)}
SUMS = {
    "FCN, no sum": "FCN, 3 halvings, to jump 8",
    "FCN, one sum": "FCN, 3 halvings, to jump 4",
    "FCN, two sums": "FCN, 3 halvings, to jump 2",
    "FCN-8s": "FCN, 5 halvings, to jump 8",
}
SIDES = "inside", "outside"


@cache
def on_granules(network):
    """Average what three networks of a kind mark of the granules of either side, their IoU, and that of true shapes."""
    rows = json.loads((ROOT / "benchmarks/results/granule_answers.json").read_text("utf-8"))["compared"]["rows"]
    rows = [row for row in rows if row["network"] == network]
    assert [row["seed"] for row in rows] == [0, 1, 2]
    counts = [[row["granules, and marked"][side] for side in SIDES] for row in rows]
    (every,) = {tuple(total for total, _ in one) for one in counts}
    marked = [mean(one[i][1] for one in counts) / every[i] for i in (0, 1)]
    ious = [[row[score] for row in rows] for score in ("IoU", "IoU with true shapes")]
    return {"every": every, "marked": marked, "IoU": ious[0], "shaped": ious[1]}


DRAWN = (
    "Bars from the image down to 12² and back up. Scores of the features at 12² read {coarse} pixels; those at 24² read "
    "{middle}, those at 48² read {fine}, and each of these two is added to what comes up at its size."
)
CONV, POOL = shapes.Layer(3, padding=1), shapes.Layer(2, stride=2)


def enlarging(factor):
    """Double a map, or enlarge it more, as `models.FCN` does: by stamps that overlap, cut to size."""
    return shapes.Layer(2 * factor, stride=factor, padding=factor // 2, transposed=True)


def coarsest(halvings):
    """List the layers before the coarsest scores of an FCN: a level is two convolutions and a pooling."""
    return halvings * [CONV, CONV, POOL] + [CONV]


ANSWERS = {
    **{f"depth {depth}": shapes.unet_layers(depth=depth) for depth in (1, 2, 3)},
    "FCN, 3 halvings, to jump 8": [*coarsest(3), enlarging(8)],
    "FCN, 3 halvings, to jump 4": [*coarsest(3), enlarging(2), enlarging(4)],
    "FCN, 3 halvings, to jump 2": [*coarsest(3), *[enlarging(2)] * 3],
    "FCN, 5 halvings, to jump 8": [*coarsest(5), *[enlarging(2)] * 2, enlarging(8)],
}


def reads(network):
    """Count the pixels across that a pixel's answer reads, at most."""
    return max(len(shapes.input_window(ANSWERS[network], n)) for n in range(64, 96))


def granules():
    lines = [
        "| means of three networks | marked of the granules that count | marked of those that do not |",
        "|---|---|---|",
    ]
    for name, network in DEPTHS.items():
        one = on_granules(network)
        marks = f"{100 * one['marked'][0]:.0f} % | {100 * one['marked'][1]:.1f} %"
        lines.append(f"| {name} | {marks} |")
    return "\n".join(lines)


def looked_up():
    """Write the closing table: what each network scores on granules, and on cells after either number of steps."""
    cells = {f"depth {depth}": f"depth {depth}" for depth in (1, 2, 3, 4)} | {
        "FCN, no sum": "FCN, depth 3, no sum",
        "FCN, two sums": "FCN, depth 3, two sums",
    }
    lines = ["| network | granules: IoU | cells: boundary F, 120 steps | 2,000 steps |", "|---|---|---|---|"]
    every, (bright,) = (
        floor("context", "all granules", "IoU"),
        {row["boundary F"] for row in result("boundary_steps") if "brightness" in row["network"]},
    )
    lines.append(f"| *none:* every granule; one threshold for all cells | {every:.2f} | {bright:.2f} | {bright:.2f} |")
    for name, network in (DEPTHS | SUMS).items():
        if name == "FCN-8s":
            continue  # it is in the fold
        early, *_, late = trained(cells[name]) if name in cells else ((), ())
        ends = [f"{mean(its):.2f}" if its else "–" for its in (early, late)]
        lines.append(f"| {name} | {mean(on_granules(network)['IoU']):.2f} | {ends[0]} | {ends[1]} |")
    return "\n".join(lines)


def longer():
    """Write the mean IoU of ten networks of each depth after 3,000 steps."""
    values = []
    for depth in (1, 2, 3, 4):
        row = f"context: depth {depth}, skips none"
        assert {len(one["seeds"]) for one in experiments()["rows"] if one["row"] == row} == {10}
        values.append(f"{experiment(row, 'tuned components', 3000, 'IoU'):.2f}")
    return f"{', '.join(values[:3])} and {values[3]}"


def widest():
    return max(stdev(on_granules(network)["IoU"]) for network in {*DEPTHS.values(), *SUMS.values()})


def test_the_tables_are_the_measured_ones():
    for one in (granules(), looked_up()):
        assert f"\n{one}\n\n" in TEXT, f"put this into the chapter:\n{one}"
    assert "Means of three networks each, for granules [after 1,000 steps](" in TEXT
    assert f"for the IoU of granules, it is at most {widest():.2f}." in TEXT
    said = f"), ten networks each of depth 1, 2, 3 and 4 have a mean IoU of {longer()}."
    assert re.search(rf"\[After 3,000 steps\]\(\S+/EXPERIMENTS\.md{re.escape(said)}", TEXT)
    result = json.loads((ROOT / "benchmarks/results/granule_answers.json").read_text("utf-8"))
    (same,) = [row for row in result["compared"]["rows"] if (row["network"], row["seed"]) == ("depth 3", 0)]
    assert same["IoU"] == result["scores"]["depth 3, none"]["IoU"]  # trained "in the same way" as those of the figure
    assert "We trained three networks each of depth 1 to 4 (width 12) for 1,000 steps of Adam," in TEXT
    assert result["steps"] == 1000


def test_a_score_at_depth_1_reads_the_pixels_that_the_chapter_counts_by_hand():
    windows = {n: [len(shapes.input_window(shapes.unet_layers(depth=n), i)) for i in range(2**n)] for n in (1, 2, 3, 4)}
    read = 1 + 2 * 2
    (halves,) = {len({(start + place) // 2 for place in range(read)}) for start in (0, 1)}
    assert f"the last two read {read} pixels. These come from {halves} places at half size," in TEXT
    half = halves + 2 * 2
    assert f"widen them to {half}. Those were pooled from {2 * half} pixels," in TEXT
    assert set(windows[1]) == {2 * half + 2 * 2}
    assert f"and the first two convolutions widen these to {2 * half + 2 * 2}." in TEXT
    assert "What depth 1 reads is as large as a frame of [](#fig-two-frames)." in TEXT
    assert "Where two numbers are printed, the width depends on where in its block a pixel lies." in TEXT
    assert all(min(windows[n + 1]) > 2 * max(windows[n]) for n in (1, 2))  # "more than doubles"
    assert min(windows[4]) > 2 * min(windows[3])
    assert max(windows[4]) > 2 * max(windows[3])
    assert [len(set(windows[n])) > 1 for n in windows] == [False, False, True, True]


def test_the_frames_of_the_first_figure_show_one_granule_each_of_which_one_is_inside_a_ring():
    """They are as large as what depth 1 reads, no membrane reaches into them, and the scene comes after the question."""
    assert "What depth 1 reads is as large as a frame of [](#fig-two-frames)." in TEXT
    parts = (
        "Which one lies inside a ring, A or B?",
        "figure: two-frames",
        "You cannot tell: both look alike, and no membrane comes near any granule of these scenes.",
    )
    places = [
        TEXT.index(one) for one in (*parts, "figure: inside-a-ring", "\nIt is A. B lies between arcs that are open. ")
    ]
    assert places == sorted(places)
    assert len(shapes.input_window(shapes.unet_layers(depth=1), 0)) == 18
    assert "Two frames from one scene, A and B, 18 × 18 pixels each, with a granule in the middle." in TEXT
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

    shallow, deep = (bottleneck_of(models.EncoderDecoder(1, 2, width=12, depth=depth)) for depth in (1, 3))
    assert (shallow, deep) == ((48, 24), (12, 96))
    assert (
        "The networks have width 12: their bottlenecks have from 48 × 48 places with 24 channels, at depth 1," in TEXT
    )
    assert "at depth 1, to 12 × 12 with 96, at depth 3." in TEXT
    for depth in (1, 2, 3, 4):  # as many weights as the experiments recorded for width 12
        weights = sum(p.numel() for p in models.EncoderDecoder(1, 2, width=12, depth=depth).parameters())
        rows = [f"{scenes}: depth {depth}, skips none" for scenes in ("context", "cells")]
        assert {one["parameters"] for one in experiments()["rows"] if one["row"] in rows} == {weights}


def test_depth_1_is_no_better_than_the_answers_without_a_network_that_the_chapter_names():
    every, inner = floor("context", "all granules", "IoU"), by_the_border()[1]
    assert every < inner  # "where fewer count"
    one = on_granules("depth 1")
    assert mean(one["shaped"]) < by_the_border()[2]
    assert (
        "and does no better than a rule without a network: mark all granules but those near the image's border, where fewer lie in rings. (The"
        in TEXT
    )
    (kept, false), _, shaped = by_the_border()
    said = (
        f"It finds {100 * kept[0]:.0f} % of those that count and {100 * false[0]:.1f} % of the others; with true shapes"
    )
    assert f"{said} its IoU is {shaped:.2f}." in TEXT
    assert "The rule that goes by the border marks all granules but those within 8 pixels of it. It finds" in TEXT
    assert f"An answer that marks every granule has {every:.2f}." in TEXT
    assert max(one["IoU"]) < inner
    for row in ("context: depth 1, skips none", "context: depth 1, as wide as depth 3 is heavy"):
        assert experiment(row, "tuned components", 3000, "IoU") < inner  # "no better"


def added(one):
    """Subtract IoU from IoU with true shapes, both as the chapter's table rounds them."""
    return round(mean(one["shaped"]), 2) - round(mean(one["IoU"]), 2)


def test_the_right_granules_are_drawn_badly_as_the_chapter_says():
    one, two, three = (on_granules(f"depth {depth}") for depth in (1, 2, 3))
    assert (
        "we call a granule **marked** if the answer covers more than half of it," in TEXT
    )  # see benchmarks/granule_answers.py
    (kept, counting_ones), (false, other_ones) = by_the_border()[0]
    assert (counting_ones, other_ones) == one["every"]
    assert kept > one["marked"][0]
    assert false < one["marked"][1]
    assert abs(kept - one["marked"][0]) < 0.1  # the rule that goes by the border marks about as many
    assert abs(false - one["marked"][1]) < 0.1
    assert one["marked"][0] > one["marked"][1] + 0.2  # "still marks more of those that count"
    assert three["marked"][1] < 0.01 < two["marked"][1] < 0.05  # "tells which granules count"
    assert two["marked"][0] > 0.85
    assert three["marked"][0] > 0.85
    gaps = [added(depth) for depth in (three, two)]
    (drawn,) = re.findall(r"(?s)\nmeasured = (\{.*?\})\n", TEXT)
    means = {name: on_granules(network) for name, network in DEPTHS.items()}
    drawn_as = {name: (round(mean(one["IoU"]), 2), round(mean(one["shaped"]), 2)) for name, one in means.items()}
    assert ast.literal_eval(drawn.replace("  # IoU, and IoU with true shapes", "")) == drawn_as
    ious, shaped = zip(*((f"{one:.2f}", f"{other:.2f}") for one, other in drawn_as.values()), strict=True)
    said = "With true shapes the IoU is {} at depth 1, {} and {} at depths 2 and 3, and {} at depth 4."
    assert f"{said.format(*shaped)} As drawn it is {', '.join(ious[:3])} and {ious[3]}." in TEXT
    said = "Depth 3 marks fewer wrong granules than depth 2, and yet their IoU is about the same."
    assert said in TEXT
    assert abs(mean(two["IoU"]) - mean(three["IoU"])) < widest()
    assert gaps[0] > gaps[1]
    least = 100 * on_granules("depth 4")["marked"][0]
    rows = json.loads((ROOT / "benchmarks/results/granule_answers.json").read_text("utf-8"))["compared"]["rows"]
    touched = [
        row["touched"]["inside"] / row["granules, and marked"]["inside"][0]
        for row in rows
        if row["network"] == "depth 4"
    ]
    assert len(touched) == 3
    said = (
        f"*Depth 4* touches {100 * mean(touched):.0f} % of the granules that count, but covers more than half of only"
    )
    assert f"{said} {least:.0f} %." in TEXT
    assert (
        min(len(shapes.input_window(shapes.unet_layers(depth=3), n)) for n in range(8)) >= 2 * 46
    )  # a ring is 46 wide
    late = [experiment(f"context: depth {depth}, skips none", "tuned components", 3000, "IoU") for depth in (2, 3, 4)]
    assert "Longer training helps, but depth 3 stays behind depth 2, and depth 4 far behind both" in TEXT
    assert late[1] - late[2] > 0.2
    assert all(new > mean(on_granules(f"depth {d}")["IoU"]) for new, d in zip(late, (2, 3, 4), strict=True))
    assert late == sorted(late, reverse=True)
    assert late[0] < mean(on_granules(SUMS["FCN, two sums"])["IoU"])
    assert min(three["shaped"]) > max(two["shaped"])
    assert mean(three["IoU"]) < mean(two["IoU"])


def test_sums_down_to_a_fine_level_find_and_draw_as_the_chapter_says():
    bare, (none, one, two, eight) = on_granules("depth 3"), map(on_granules, SUMS.values())
    asked = (
        f"an IoU of {mean(none['IoU']):.2f} on granules; the encoder–decoder of depth 3 has {mean(bare['IoU']):.2f}."
    )
    assert asked in TEXT
    marks = (
        f"it marks {100 * two['marked'][0]:.0f} % of the granules that count and {100 * two['marked'][1]:.1f} % of the"
    )
    said = f"{marks} others."
    first = f"it has {mean(two['IoU']):.2f}, and {mean(one['IoU']):.2f} if it stops after the first sum, and enlarges $S_4$ to full size."
    assert f"About 0.75: on average, {first}" in TEXT
    assert f" With both, {said}" in TEXT
    scored = [mean(each["IoU"]) for each in (none, one, two)]
    assert all(abs(b - a - 0.15) < 0.02 for a, b in pairwise(scored))
    assert added(two) < min(added(on_granules("depth 2")), added(bare))  # "only"
    assert 'data-choices="about 0.45 | about 0.60 | about 0.75" data-answer="about 0.75"' in TEXT
    assert all(abs(mean(one["IoU"]) - said) < 0.02 for one, said in ((none, 0.45), (bare, 0.60), (two, 0.75)))
    weights = [
        sum(p.numel() for p in net.parameters())
        for net in (models.FCN(1, 2, width=12, depth=3, stride=2), models.EncoderDecoder(1, 2, width=12, depth=3))
    ]
    assert abs(weights[0] / weights[1] - 1 / 3) < 0.01
    assert "with a third of the weights of the encoder–decoder of depth 3." in TEXT
    assert min(two["IoU"]) > max(bare["IoU"]) > min(bare["IoU"]) > max(none["IoU"])
    assert f"FCN-8s, whose sums lead from jump 32 only to jump 8, has an IoU of {mean(eight['IoU']):.2f}." in TEXT
    record = json.loads((ROOT / "benchmarks/results/granule_answers.json").read_text("utf-8"))["longer"]
    longer = [
        [row["IoU"] for row in record["rows"] if row["network"] == SUMS[name]]
        for name in ("FCN, two sums", "FCN, no sum")
    ]
    assert record["steps"] == 3000
    assert [*map(len, longer)] == [3, 3]
    late = [experiment(f"context: depth {depth}, skips none", "tuned components", 3000, "IoU") for depth in (2, 3)]
    said = "After as many, the FCN with two sums has an IoU of {:.2f}, without a sum {:.2f}."
    assert said.format(*map(mean, longer)) in TEXT
    assert min(longer[0]) > max(late) + 0.05  # “the lead lasts”
    said = "Without a sum and as FCN-8s, FCNs mark {:.0f} % and {:.0f} % of the granules that count,"
    assert said.format(100 * none["marked"][0], 100 * eight["marked"][0]) in TEXT
    assert max(none["marked"][0], eight["marked"][0]) < min(
        on_granules(one)["marked"][0] for one in ("depth 1", "depth 2", "depth 3")
    )  # "find fewer of the granules that count"
    assert max(eight["IoU"]) < min(none["IoU"])


def summed(coarse, fine):
    """Say which of eight pixels two levels of scores call cell, and their sum, with its scores for the pairs."""
    levels = [torch.tensor(level).repeat_interleave(8 // len(level)) for level in (coarse, fine)]
    both = levels[0] + levels[1]
    return [(one > 0).nonzero()[:, 0].tolist() for one in (*levels, both)], [f"{one:g}" for one in both[::2].tolist()]


def test_a_sum_of_two_rows_of_scores_calls_cell_what_the_chapter_says():
    cells, scores = summed([-2.0, 1.0], [1.0, 0.0, -2.0, 1.0])
    assert cells == [[4, 5, 6, 7], [0, 1, 6, 7], [6, 7]]
    assert "| coarse | −2 | −2 | 1 | 1 | 4 to 7 |\n| fine | 1 | 0 | −2 | 1 | 0, 1, 6, 7 |\n" in TEXT
    assert f"| sum | {' | '.join(scores)} | 6, 7 |\n".replace("-", "−") in TEXT
    asked = "the scores 2 and −1, one for each half; the fine one has 3, −2.5, 0.5 and −2, one for each pair."
    assert asked in TEXT  # question 3
    cells, scores = summed([2.0, -1.0], [3.0, -2.5, 0.5, -2.0])
    assert cells == [[0, 1, 2, 3], [0, 1, 4, 5], [0, 1]]
    assert "calls pixels 0 to 3 cell, the fine one 0, 1, 4 and 5." in TEXT
    said = f"The sum is {', '.join(scores[:3])} and {scores[3]}, so only 0 and 1 are cell:"
    assert said.replace("-", "−") in TEXT
    cells, scores = summed([2.0, -0.4], [3.0, -2.5, 0.5, -2.0])
    assert cells[2] == [0, 1, 4, 5]
    assert f"With −0.4, pixels 4 and 5 would have {scores[2]} and be cell, too" in TEXT


def test_an_fcn_without_a_sum_draws_worse_by_its_way_up_and_not_by_its_bottleneck():
    """The control has the FCN's bottleneck, so that down to the coarsest features the two have the same layers."""
    one, none = on_granules("depth 3, an FCN's bottleneck"), on_granules(SUMS["FCN, no sum"])
    assert f"without it that still has [{mean(one['IoU']):.2f}](" in TEXT
    assert min(one["IoU"]) > max(none["IoU"])
    down = [
        [tuple(p.shape) for part in (net.encoder, net.bottleneck) for p in part.parameters()]
        for net in (
            granule_answers.train.NETS["an FCN's bottleneck"](2),
            models.FCN(1, 2, width=12, depth=3, stride=8),
        )
    ]
    assert down[0] == down[1]
    up = models.FCN(1, 2, width=12, depth=3, stride=8).enlarge
    assert (up.in_channels, up.stride) == (2, (8, 8))  # "only two scores for each place, always by the same stamp"


def test_granules_are_hard_to_learn_from_however_many_scenes():
    record = json.loads((ROOT / "benchmarks/results/granule_lessons.json").read_text("utf-8"))
    assert record["note"] == granule_lessons.NOTE
    few, many = granule_answers.LEARN, granule_lessons.MANY

    def scored(number, steps, part):
        wanted = ("depth 3", number, steps)
        rows = [row for row in record["rows"] if (row["network"], row["scenes"], row["steps"]) == wanted]
        assert [row["seed"] for row in rows] == [0, 1, 2]
        return mean(row[part] for row in rows)

    new, known = scored(many, 1000, "test"), scored(few, 1000, "training")
    said = "Do 96 scenes teach too little? Hardly: even on those that it has learned from, the network has only"
    assert f"{said} {known:.2f}, and from {many:,} scenes it has {new:.2f} on new ones ([all numbers](" in TEXT
    assert few == 96
    assert abs(new - mean(on_granules("depth 3")["IoU"])) < 0.03 < 0.3 < 1 - known
    late = [scored(few, 3000, "test"), scored(few, 3000, "training"), scored(many, 3000, "test")]
    said = "After 3,000 steps it has {:.2f}, and {:.2f} on the 96 scenes that it has learned from. From 1,536 scenes it has {:.2f}."
    assert said.format(*late) in TEXT
    assert abs(scored(few, 1000, "test") - mean(on_granules("depth 3")["IoU"])) < 0.01  # trained in the same way


def test_eight_times_as_many_channels_cost_as_much_after_three_halvings():
    full, coarse = (shapes.conv_multiply_adds(n, n, 3, output_size=96 * 8 // n) for n in (8, 64))
    assert full == coarse
    assert (
        "a convolution has 64 times fewer places, and so it can have eight times as many channels for the same" in TEXT
    )


def test_shares_nearly_do_for_cells_and_not_for_granules():
    shares = json.loads((ROOT / "benchmarks/results/granule_shares.json").read_text("utf-8"))["rows"]
    told, whole = [row["IoU"] for row in shares], on_granules("depth 3")["IoU"]
    cells, network = ends("a decoder of true shares, depth 3"), ends("depth 3")
    assert [row["seed"] for row in shares] == [0, 1, 2]
    assert max(told) < min(whole) - 0.1
    assert (
        f"| from true shares, by a decoder of depth 3 | {mean(told):.2f} |\n"
        f"| by the network of depth 3, which must also find them | {mean(whole):.2f} |\n"
        f"| all that it marks, with true shapes | {mean(on_granules('depth 3')['shaped']):.2f} |\n\nSo it learns a part: a decoder that is"
    ) in TEXT
    told_whole = f"has {mean(told):.2f}. (For the large cells of Part B shares nearly do: there, such a decoder has a"
    assert f"{told_whole} boundary F of {cells:.2f} and the network {network:.2f}.)" in TEXT
    said = "that get nothing but the true shares have a boundary F of {:.2f} after 2,000 steps; depth 3 has {:.2f}."
    assert said.format(cells, network) in TEXT
    assert "They learned for as many steps as the networks: 2,000 on cells, 1,000 on granules." in TEXT
    places = shapes.unet_ledger(96, depth=3, width=12, padding=1, skips=False)
    *_, made = [row.out_channels for row in places if row.output_size == 12]
    assert made == 96
    assert "must learn to write into its numbers (96 at width 12) where in 8 × 8 pixels a granule lies" in TEXT
    assert 0 < network - cells < 0.05  # “nearly do”
    scenes = [granule_scene(96, seed=seed) for seed in range(600_000, 600_200)]
    true = torch.stack([scene.classes[scene.instances] > 0 for scene in scenes])
    assert F.avg_pool2d(true[:, None].float(), 8).max() < 0.5  # “never fills even half a block”
    assert "No block is ever even half full of a granule that counts." in TEXT
    sizes = [scene.instances.flatten().bincount()[1:] for scene in scenes]
    assert 4 < torch.cat(sizes).double().mul(4 / torch.pi).sqrt().mean() < 5  # “some 5 pixels wide”
    assert "Our granules are some 5 pixels wide," in TEXT


def test_the_last_pooling_passes_on_half_as_many_numbers_as_the_bottleneck_makes():
    ledger = shapes.unet_ledger(96, depth=3, width=8, padding=1, skips=False)
    assert "it sends 64 numbers for each block (made of what the last pooling passes on, 32 numbers, here and" in TEXT
    (passed,) = [row.out_channels for row in ledger if (row.kind, row.output_size) == ("pool", 12)]
    (*_, made) = [row.out_channels for row in ledger if row.output_size == 12]
    assert (passed, made) == (32, 64)


def test_the_scores_of_an_fcn_read_what_the_chapter_says():
    fields = [shapes.receptive_field(stack) for stack in ([CONV, CONV, POOL], 2 * [CONV, CONV, POOL], coarsest(3))]
    fine, middle, coarse = (one.size for one in fields)
    assert [one.jump for one in fields] == [2, 4, 8]
    assert f'finding: "{DRAWN.format(fine=fine, middle=middle, coarse=coarse)}' in TEXT
    assert fine < middle < reads("depth 1")
    said = f"The finest cannot tell which count, as they read only {fine} pixels across. A place of the coarsest reads {coarse}"
    assert f"{said}, most or all of a ring." in TEXT
    for name, size in (("coarsest", coarse), ("middle", middle), ("finest", fine)):
        assert f'"{name}: reads {size}": ' in TEXT
    assert coarse > max(46, reads("depth 2"))
    read = {len(shapes.input_window([enlarging(2)] * 3, n)) for n in range(64, 96)}
    assert read == {2, 3}
    assert (
        "(Each pixel of the answer depends on two or three of these places along each axis, so it reads 60 or 68 pixels.)"
        in TEXT
    )
    windows = {len(shapes.input_window(ANSWERS["FCN, 3 halvings, to jump 2"], n)) for n in range(64, 96)}
    assert windows == {60, 68}
    for layer, size in (
        (lambda net: net.skips[1], fine),
        (lambda net: net.skips[0], middle),
        (lambda net: net.head, coarse),
    ):
        assert widest_read(3, 2, layer) == size
    for halvings, stride in ((3, 8), (3, 2), (5, 8)):
        assert widest_read(halvings, stride) == reads(f"FCN, {halvings} halvings, to jump {stride}")


def test_the_drawn_fcn_has_the_maps_of_the_one_that_learned_granules():
    (maps,) = re.findall(r"^maps = \{.*?\}$", TEXT, re.MULTILINE | re.DOTALL)
    drawn = [(int(size), int(channels)) for size, channels in re.findall(r"\((\d+), (\d+), ", maps)]
    network, seen = models.FCN(1, 2, width=12, depth=3, stride=2), [(96, 1)]
    deep = [network.encoder[0], network.encoder[1], network.bottleneck, network.head]
    for layer in (*deep, *network.skips):
        layer.register_forward_hook(lambda *call: seen.append((call[-1].shape[-1], call[-1].shape[1])))
    scores = network(torch.zeros(1, 1, 96, 96))
    seen = [seen[0], *((size // 2, channels) for size, channels in seen[1:3]), *seen[3:]]  # the first two are pooled
    assert drawn == [*seen, (scores.shape[-1], scores.shape[1])]


def test_the_fcn_that_the_chapter_writes_out_is_the_books_whatever_the_weights():
    (code,) = re.findall(r"^(class FCNWithSums.*?)^noise = ", TEXT, re.MULTILINE | re.DOTALL)
    namespace = {"nn": torch.nn}
    exec(BUILD + code, namespace)
    torch.manual_seed(0)
    ours, book = namespace["FCNWithSums"]().double(), models.FCN(1, 2, width=12, depth=3, stride=2).double()
    assert not any(skip.weight.any() for skip in book.skips)  # "$V_4$ and $V_2$ are zero"
    for mine, its in zip(ours.parameters(), book.parameters(), strict=True):
        mine.data = its.data = torch.randn_like(its) / 5
    for size in ((96, 96), (16, 24)):
        image = torch.rand(1, 1, *size).double()
        torch.testing.assert_close(ours(image), book(image))
        assert ours(image).shape == (1, 2, *size)
    assert "(1, 1, 96, 96) → (1, 2, 96, 96)\n" in printed("07_encoder_decoder")
    assert "The book's `models.FCN` has the same layers." in TEXT


def widest_read(halvings, stride, layer=None):
    """Follow the gradients of an FCN's scores, or of a layer of it, to the pixels that they read, at most."""
    network, seen = models.FCN(1, 2, width=1, depth=halvings, stride=stride).double(), []
    for parameter in network.parameters():
        parameter.data = torch.rand_like(parameter) / 10 + 0.01  # so that no path is cancelled, or cut by a ReLU
    if layer:
        layer(network).register_forward_hook(lambda *call: seen.append(call[-1]))
    image = torch.rand(1, 1, 8, 640, dtype=torch.double, requires_grad=True)
    with mock.patch.object(F, "max_pool2d", F.avg_pool2d):  # it passes on all that it reads
        seen.append(network(image))
    middle, widths = seen[0].shape[-1] // 2, []
    for n in range(middle, middle + (1 if layer else 2**halvings)):
        (slope,) = torch.autograd.grad(seen[0][0, 0, :, n].sum(), image, retain_graph=True)
        read = (slope[0, 0] > 0).any(0).nonzero()
        widths.append((read.max() - read.min() + 1).item())
    return max(widths)


def test_an_arc_goes_less_far_round_than_what_depth_2_sees_of_a_ring():
    said = "Depth 2 has most of a ring in view, and an open arc goes at most two fifths of the way round, so the two can be"
    assert f"{said} told apart." in TEXT
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


def test_the_rows_that_are_drawn_are_all_that_fit_the_shares():
    """Every row of twelve pixels is tried: a large object ends once, and a granule is two pixels in one piece."""
    (code,) = re.findall(r"(?s)^(fitting = \{.*?^\})$", TEXT, re.MULTILINE)
    names = {}
    exec(code, names)
    names = names["fitting"]
    known = {"0": 0.0, "½": 0.5, "1": 1.0}
    rows = torch.tensor([*product((0, 1), repeat=12)])
    pieces = (rows.diff(prepend=torch.zeros(len(rows), 1, dtype=torch.long)) == 1).sum(1) == 1
    shared = rows.view(-1, 3, 4).double().mean(2)
    allowed = {"large object": pieces, "granule": pieces & (rows.sum(1) == 2)}
    for name, (shares, drawn) in names.items():
        fit = (shared == torch.tensor([known[one] for one in shares])).all(1) & allowed[name]
        assert sorted(one.nonzero()[:, 0].tolist() for one in rows[fit]) == [list(one) for one in drawn]
    assert 'id="predict-fits" data-answer="3" data-unit="ways"' in TEXT
    ways = (8 - 5 + 1) ** 2
    assert f"a granule of 5 × 5 pixels has 4 · 4 = {ways} ways to lie in a block of 8 × 8." in TEXT


def split_scores():
    """Read what each level of three FCNs with two sums adds, and the IoU of these."""
    split = json.loads((ROOT / "benchmarks/results/granule_answers.json").read_text("utf-8"))["terms"]
    return [split[f"seed {seed}"] for seed in (0, 1, 2)]


def test_each_level_adds_what_the_chapter_says():
    """The coarsest tells sides apart and the finest granules from the rest, in each of the three networks."""
    places, levels = ("inside", "outside", "none"), ("coarsest", "middle", "finest")
    for number, level in enumerate(levels):
        means = [mean(one[place][number] for one in split_scores()) for place in places]
        row = " | ".join(f"{value:.1f}".replace("-", "−") for value in means)
        assert f"\n| {level} | {row} |\n" in TEXT, f"put this into the chapter:\n| {level} | {row} |"
    for one in split_scores():
        coarse, middle, fine = ([one[place][number] for place in places] for number in range(3))
        assert coarse[0] - coarse[1] > 15 > 3 > abs(coarse[1] - coarse[2])  # “shuts out all but the insides of rings”
        assert abs(middle[0] - middle[1]) < 0.3
        assert abs(fine[0] - fine[1]) < 0.2 < 6 < fine[0] - fine[2]  # “on everything bright”
    ious = [one["IoU"] for one in split_scores()]
    assert f"The networks of [](#fig-three-terms) were trained anew; they have a mean IoU of {mean(ious):.2f}." in TEXT
    assert abs(mean(ious) - mean(on_granules(SUMS["FCN, two sums"])["IoU"])) < 0.01


def test_it_is_the_sums_that_help_and_not_the_steps():
    alone = on_granules("FCN, 3 halvings, to jump 2, without sums")["IoU"]
    assert f"if it enlarges in the same steps, but adds nothing, it has [{mean(alone):.2f}](" in TEXT
    assert abs(mean(alone) - mean(on_granules(SUMS["FCN, no sum"])["IoU"])) < 0.01  # "too"
    net = granule_answers.train.NETS["FCN without sums"](2)
    assert not any(p.any() or p.requires_grad for skip in net.skips for p in skip.parameters())


def test_the_middle_level_is_hardly_needed():
    without = on_granules("FCN, 3 halvings, to jump 2, without jump 4")["IoU"]
    assert f"three networks trained without it have an IoU of [{mean(without):.2f}](" in TEXT
    assert abs(mean(without) - mean(one["IoU"] for one in split_scores())) < 0.01  # trained on the same machine
    torch.manual_seed(0)
    net = granule_answers.train.NETS["FCN without its middle sum"](2)
    trained_ones = [p for p in net.skips[0].parameters() if p.requires_grad]
    assert not trained_ones
    assert all(not p.any() for p in net.skips[0].parameters())
    drawn = [(1, granule_scene(96, seed=1))]
    assert not granule_answers.terms(net, drawn)[:, 1].any()


def test_the_drawn_terms_are_an_fcns_and_decide_together():
    """What is drawn: of the coarsest, the insides of rings stand out, the finest is above 0 outside, too."""
    scene, (coarsest, _, finest) = granule_scene(96, seed=4), granule_terms().values()
    counting, granule = scene.classes[scene.instances] > 0, scene.instances > 0
    whole = sum(granule_terms().values())
    assert coarsest[counting].min() > coarsest[granule & ~counting].mean() + 10
    assert finest[granule & ~counting].mean() > 5
    walls = granule_scene(96, seed=4, num_granules=0).image > 0.3
    assert finest[walls].mean() > 3  # “even membranes”
    assert coarsest[walls].mean() < -20 < -8 < coarsest[counting].min()  # “where the coarsest is low”
    assert not (whole[walls] > 0).any()
    answer = whole > 0
    assert (answer & counting).sum() / (answer | counting).sum() > 0.7
    assert not (answer & (coarsest < -14)).any()  # “only where both agree”
    assert not (answer & (finest < 0)).any()


def test_the_terms_of_an_fcn_are_what_its_scores_lose_without_a_level():
    """Held against the levels enlarged one by one with the layers' own weights, without their constants."""
    torch.manual_seed(0)
    net = models.FCN(1, 2, width=2, depth=3, stride=2)
    for parameter in net.parameters():
        parameter.data = torch.randn_like(parameter) / 3
    before = [one.clone() for one in net.parameters()]
    drawn = [(seed, granule_scene(96, seed=seed)) for seed in (1, 2)]
    found = granule_answers.terms(net, drawn)
    images = torch.stack([scene.image for _, scene in drawn])[:, None]
    with torch.no_grad():
        whole = net(images)
        features, x = [], images
        for stage in net.encoder:
            x = F.max_pool2d(stage(x), 2)
            features.append(x)
        middle, finest = net.skips[0](features[1]), net.skips[1](features[0])

        def enlarged(scores, layers):
            for layer in layers:
                scores = F.conv_transpose2d(scores, layer.weight, stride=2, padding=1)
            return scores[:, 1] - scores[:, 0]

        torch.testing.assert_close(found.sum(1), whole[:, 1] - whole[:, 0])
        torch.testing.assert_close(found[:, 1], enlarged(middle, [net.decoder[1], net.enlarge]), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(found[:, 2], enlarged(finest, [net.enlarge]), atol=1e-4, rtol=1e-4)
    assert all(map(torch.equal, before, net.parameters()))  # as it was


def test_the_outlines_that_are_drawn_match_as_boundary_f_counts():
    """Recall and precision above the panels, held against `metrics.boundary_counts`."""
    (code,) = re.findall(r"^(high, wide = .*?)^plot.show", TEXT, re.MULTILINE | re.DOTALL)
    namespace = {"torch": torch, "F": F, "plot": plot, "palette": palette, "ListedColormap": ListedColormap}
    exec(code, namespace)
    true, answer = (namespace["blobs"][name].long()[None] for name in ("true", "answer"))
    near, drawn, found, every = metrics.boundary_counts(answer, true, num_classes=2, tolerance=1)[1].tolist()
    titles = [ax.get_title() for ax in namespace["axes"]]
    assert titles == [f"true: recall {found}/{every}", f"answer: precision {near}/{drawn}"]
    assert f"boundary F is their harmonic mean, here {2 / (every / found + drawn / near):.2f}." in TEXT


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
    shares = {int(d): float(f) for d, f in re.findall(r"depth (\d): IoU [\d.]+ · boundary F ([\d.]+)", drawings())}
    three, four, one = (mean(runs[depth]) for depth in (3, 4, 1))
    means = {1: one, 2: mean(trained("depth 2")[0]), 3: three, 4: four}
    rows = [f"| depth {depth} | {means[depth]:.2f} | {share:.2f} |" for depth, share in shares.items()]
    table = "\n".join(["| boundary F on cells | network | redrawn from true shares |", "|---|---|---|", *rows])
    assert f"\n{table}\n\n" in TEXT, f"put this into the chapter:\n{table}"
    assert f"On average, boundary F is {one:.2f} at depth 1, {three:.2f} at depth 3 and {four:.2f} at depth 4." in TEXT
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


def by_steps():
    """Write the numbers that the figures draw as the chapter's code has them."""
    lines = []
    drawn = {name: name for name in ("depth 1", "depth 2", "depth 3", "depth 4")} | {
        f"FCN, {sums}": f"FCN, depth 3, {sums}" for sums in ("no sum", "two sums")
    }
    for name, recorded_as in drawn.items():
        means, spreads = ([f"{of(runs):.3f}" for runs in trained(recorded_as)] for of in (mean, stdev))
        below = " " * (len(name) + 9)
        lines.append(f'    "{name}": ([{", ".join(means)}],\n{below}[{", ".join(spreads)}]),')
    return "\n".join(lines)


def test_the_stored_curves_are_those_that_were_measured():
    assert f"{by_steps()}\n}}\n" in TEXT, f"put this into the chapter:\n{by_steps()}"
    assert f"steps = {list(STEPS)}\n" in TEXT


LESSONS = json.loads((ROOT / "benchmarks/results/outline_lessons.json").read_text("utf-8"))


def after(network, scenes, part):
    """Look up the boundary F of the networks that learned outlines from so many scenes, after 2,000 steps."""
    rows = [row for row in LESSONS["rows"] if (row["network"], row["scenes"], row["steps"]) == (network, scenes, 2000)]
    assert [row["seed"] for row in rows] == [0, 1, 2]
    return [row[part] for row in rows]


def test_depth_3_knows_its_scenes_by_heart_and_learns_outlines_from_many():
    assert LESSONS["note"] == outline_lessons.NOTE
    bottom = json.loads((ROOT / "benchmarks/results/boundary_steps.json").read_text("utf-8"))
    assert bottom["note"] == boundary_steps.NOTE
    few, many = outline_lessons.FEW, outline_lessons.MANY
    columns = [(few, "training"), (few, "test"), (many, "test")]
    head = (
        f"learned from {few}, scored on these | learned from {few}, scored on the test scenes | "
        f"learned from {many}, scored on the test scenes |"
    )
    drawn = {f"depth {depth}": f"depth {depth}" for depth in (1, 3, 4)} | {"FCN, two sums": outline_lessons.SUMS}
    lines = [
        f"| {name} | " + " | ".join(f"{mean(after(network, *column)):.2f}" for column in columns) + " |"
        for name, network in drawn.items()
    ]
    table = "\n".join([f"| boundary F after 2,000 steps | {head}", "|---|---|---|---|", *lines])
    assert f"\n{table}\n\n" in TEXT, f"put this into the chapter:\n{table}"
    assert (
        f"we train them anew, on {few} and on {many} scenes, for as many steps, and score them also on {few} scenes"
        in TEXT
    )
    known, new, learned = (after("depth 3", *column) for column in columns)
    assert max(new) < 0.92 < 0.96 < min(learned) < 0.99 < min(known)  # “almost without an error”
    known, new, learned = (after("depth 4", *column) for column in columns)
    assert max(new) < 0.6 < 0.8 < min(learned) < 0.99 < min(known)
    alone = mean(after(outline_lessons.STEPS_ALONE, few, "test"))
    assert (
        f"one that enlarges in as many steps as that with two sums, but adds nothing, has {alone:.2f}. So it is the sums"
        in TEXT
    )
    for network in ("depth 1", "depth 3"):  # trained as those of the figure, on another processor
        assert abs(mean(after(network, few, "test")) - ends(network)) < 0.01


def test_longer_training_gives_back_what_the_chapter_says():
    one, three, four = (ends(f"depth {depth}") for depth in (1, 3, 4))
    assert four < three < one
    early = [mean(recorded(PRINTED[depth], 1)) for depth in (3, 1)]
    assert 'data-choices="no further | about two thirds | all the way" data-answer="about two thirds"' in TEXT
    assert abs((three - early[0]) / (early[1] - early[0]) - 2 / 3) < 0.03
    soon = mean(trained("depth 3")[STEPS.index(300)])
    said = "After 120 steps, depth 3 has {:.2f} and depth 1 has {:.2f}. By 300 steps, depth 3 has {:.2f}, so it has gone about"
    asked = "half of the way from {:.2f} to {:.2f}. How far does it get by 2,000 steps?"
    assert f"{said.format(*early, soon)} {asked.format(*early)}" in TEXT
    assert abs((soon - early[0]) / (early[1] - early[0]) - 1 / 2) < 0.03
    said = f"it reaches {three:.2f}. The steps from 120 to 300 brought more than all later ones: the curve flattens."
    assert said in TEXT
    assert soon - early[0] > 2 * (three - soon)
    (bright,) = {row["boundary F"] for row in result("boundary_steps") if "brightness" in row["network"]}
    assert f"After 600 steps no line rises much, and depth 3 ends at {three:.2f}, below where depth 1 began." in TEXT
    assert f"brightness of a pixel, which has {bright:.2f}, since these cells are bright. Of the networks" in TEXT
    assert (
        f"Of the networks with three halvings, only the FCN with two sums beats that, with {ends('FCN, depth 3, two sums'):.2f}."
        in TEXT
    )
    assert f"ax.axhline({bright:.3f}, " in TEXT
    deep = ("depth 3", "FCN, depth 3, no sum", "FCN, depth 3, two sums")
    assert [ends(name) > bright for name in deep] == [False, False, True]
    below = trained("depth 4")
    assert f"Depth 4, from {mean(below[0]):.2f} to {mean(below[-1]):.2f}, lies below the picture." in TEXT
    more = [ends(f"depth 3, {more}") for more in ("width 12", "96 scenes", "width 12, 96 scenes")]
    said = (
        "depth 3 has {:.2f} with width 12 in place of 8, {:.2f} with 96 scenes in place of 48, and {:.2f} with both ("
    )
    assert said.format(*more) in TEXT
    assert f"The FCN without a sum has {ends('FCN, depth 3, no sum'):.2f}," in TEXT
    assert abs(ends("FCN, depth 3, two sums") - ends("depth 2")) < 0.01
    assert min(recorded(PRINTED[3], 1)) > float(interpolated())
    drawn = ("depth 1", "depth 2", "depth 3", "depth 4", "FCN, depth 3, two sums")
    assert all(mean(runs[-1]) - mean(runs[STEPS.index(600)]) < 0.01 for runs in map(trained, drawn))
    assert all(abs(ends(f"depth {d}") - mean(trained(f"depth {d}")[0])) > 0.015 for d in (1, 3, 4))
    assert max(trained("depth 3")[-1]) < min(trained("depth 1")[0])
    for name in ("depth 3", "depth 4"):  # "at first ... then its curve flattens"
        means = [mean(runs) for runs in trained(name)]
        assert means[1] - means[0] > 2 * (means[4] - means[2])
    assert "compares networks of width 12, which learn from more scenes to leave a gap where cells touch." in TEXT
    between = [experiment(f"cells: depth {depth}, skips none", HALF, 3000, "F between") for depth in (3, 1)]
    said = "Nearer to other cells, depth 3 has {:.2f}, depth 1 has {:.2f}.".format(*between)
    assert (
        f"Depth 3 thus comes within 0.01 of depth 1. {said} At depth 4, two of ten networks never find a cell;" in TEXT
    )
    assert between[0] > between[1] + 0.05  # "between cells it is ahead"
    away = [experiment(f"cells: depth {d}, skips none", HALF, 3000, "F outer") for d in (1, 3, 4)]
    said = (
        "After 3,000 steps, boundary F more than 4 pixels away from other cells is {:.2f}, {:.2f} and {:.2f} at depths"
    )
    assert said.format(*away) in TEXT
    assert 0 < away[0] - away[1] < 0.01 < early[1] - three  # "can come closer"
    lost = [one for one in experiments()["broken"] if one["row"] == "cells: depth 4, skips none"]
    assert len(lost) == 2
    assert all(score == 0 for one in lost for score in one["IoU"])  # nothing is added to the means of ten
    assert f"the others still lack {away[0] - away[2] * 10 / 8:.2f}." in TEXT


def test_finer_scores_bring_back_as_much_of_the_boundary_as_the_chapter_says():
    fcn32, fcn8 = (recorded(f"{name}: IoU # · boundary F #", 1) for name in ("FCN-32s", "FCN-8s"))
    assert min(fcn8) > max(*fcn32, *recorded(PRINTED[4], 1))
    said = (
        f"two sums raise boundary F from {mean(fcn32):.2f} (FCN-32s, which has only 3 × 3 places) to {mean(fcn8):.2f}"
    )
    assert f"On average over twenty networks, {said} (FCN-8s)." in TEXT
    network, seen = models.FCN(1, 2, width=8, stride=32), []
    network.head.register_forward_hook(lambda *call: seen.append(call[-1].shape[-2:]))
    network(torch.zeros(1, 1, 96, 96))
    assert [tuple(size) for size in seen] == [(3, 3)]


def test_with_three_halvings_sums_add_little_at_first_and_most_of_what_is_missing_in_the_end():
    runs = {stride: [row["boundary F"] for row in result("fcn_trunk") if row["stride"] == stride] for stride in (8, 2)}
    assert all(len(scores) == 20 for scores in runs.values())
    assert all(
        abs(mean(runs[8 if "no" in one else 2]) - mean(trained(f"FCN, depth 3, {one}")[0])) < 0.03
        for one in ("no sum", "two sums")
    )
    bare, summed = ends("FCN, depth 3, no sum"), ends("FCN, depth 3, two sums")
    assert abs(bare - ends("depth 3")) < 0.01  # "without a sum it draws cells as well as depth 3"
    assert min(trained("FCN, depth 3, two sums")[-1]) > max(
        trained("FCN, depth 3, no sum")[-1] + trained("depth 3")[-1]
    )
    assert 1 / 2 < (summed - bare) / (ends("depth 1") - bare) < 1  # "most of what halving costs"
    assert mean(recorded("FCN-8s: IoU # · boundary F #", 1)) < mean(runs[8])  # "this does not speak for adding"
    plain = recorded(PRINTED[3], 1)
    assert all(abs(mean(plain) - mean(scores)) < 0.02 for scores in runs.values())  # "draws like the encoder–decoder"


def test_what_is_said_of_upsampling_is_what_was_measured():
    nearest, bilinear, transposed = (recorded(f"{name} boundary F #") for name in ("nearest", "bilinear", "transposed"))
    differences = [a - b for a, b in zip(transposed, nearest, strict=True)]
    assert f"nearest and transposed hardly differ (by {spread(differences)} in boundary F)." in TEXT
    behind = [mean(runs) - mean(bilinear) for runs in (nearest, transposed)]
    assert "Bilinear is below them by {:.2f} and {:.2f} on average, but not in every run;".format(*behind) in TEXT
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


def interpolated():
    """Read what the chapter prints of the drawing from shares interpolated at depth 3."""
    return re.search(r"depth 3: IoU [\d.]+ · boundary F ([\d.]+)", drawings())[1]


def test_what_a_decoder_draws_from_true_shares_is_said_as_it_was_measured():
    rows = json.loads((ROOT / "benchmarks/results/bottleneck.json").read_text("utf-8"))["rows"]
    alone = [row[bottleneck.ALONE] for row in rows]
    assert mean(alone) > mean(recorded(PRINTED[3], 1))  # "draw better on average than whole networks do"
    told, whole = trained("a decoder of true shares, depth 3"), trained("depth 3")
    assert all(mean(one) < mean(other) for one, other in zip(told[1:], whole[1:], strict=True))
    ended = [mean(runs[-1]) for runs in (told, whole)]
    early = mean(alone), mean(recorded(PRINTED[3], 1))
    assert mean(alone) > float(interpolated())
    assert max(*early, *ended) < min(*recorded(PRINTED[1], 1), *trained("depth 1")[-1])
    assert max(told[-1]) < min(whole[-1])
    assert 0 < ended[1] - ended[0] < 0.05  # "nearly as well"
    assert len(alone) == 20


def test_what_a_place_of_the_bottleneck_knows_is_said_as_it_was_measured():
    rows = result("bottleneck_where")
    runs = {name: [row[name] for row in rows if name in row] for name in rows[0]}
    share = mean(runs[where.SHARE])
    both, untrained = mean(runs[where.BOTH]), mean(runs[where.BOTH_UNTRAINED])
    numbers, swapped = (mean(runs[name]) for name in (where.NUMBERS, where.SWAPPED))
    assert len(rows) == 20
    assert min(runs[where.NUMBERS]) > max(runs[where.UNTRAINED] + runs[where.SWAPPED] + runs[where.SHARE])
    nine = mean(runs[where.NINE])
    assert share < float(interpolated()) < nine
    assert f"Before training they give {spread(runs[where.UNTRAINED])}," in TEXT
    assert f"{swapped:.2f}" == f"{share:.2f}"  # "once exchanged they draw no better than the share"
    before = mean(runs[where.UNTRAINED])
    assert numbers - before > 5 * (before - share)  # "most of what they say of where is learned"
    for line in (
        f"| the share of its block | {share:.2f} |",
        f"| the 64 numbers of its block | {numbers:.2f} |",
        f"| the 64 numbers of another block of the same share | {swapped:.2f} |",
    ):
        assert f"{line}\n" in TEXT
    assert both > max(nine, untrained) + 0.01
    assert "(Twenty networks, trained for 120 steps." in TEXT


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
    assert "A 1 × 1 convolution makes as many numbers from each share as the network's bottleneck sends," in TEXT
    assert (network.bottleneck.kernel_size, network.bottleneck.out_channels) == ((1, 1), 64)
    assert "which read four or five blocks across." in TEXT
    for parameter in network.parameters():
        parameter.data = torch.rand_like(parameter) / 10 + 0.01  # so that no path is cancelled, or cut by a ReLU
    shares, seen = torch.rand(1, 1, 9, 9, requires_grad=True), set()
    scores = network(shares)[0, 0, 36]
    for n in range(32, 40):
        (slope,) = torch.autograd.grad(scores[n], shares, retain_graph=True)
        seen.add((slope[0, 0] > 0).any(0).sum().item())
    assert seen == {4, 5}


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
    print(granules(), looked_up(), longer(), f"{widest():.2f}", sep="\n\n")
