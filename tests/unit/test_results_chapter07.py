"""What chapter 7 says about averages is what benchmarks/training.py measured; its sum is a concatenation, and comes late."""

import json
import re
import sys
from statistics import mean, stdev

import pytest
import torch
from results import (
    ROOT,
    assert_chapter_has,
    difference,
    experiment,
    experiments,
    floor,
    interval,
    measured,
    printed,
    table,
)  # fmt: skip
from torch.nn import functional as F

from segbook import shapes

sys.path.append(str(ROOT / "benchmarks"))
import bottleneck

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


def of_depth(depth, score, mark, part=0):
    return f"{experiment(f'cells: depth {depth}, skips none', HALF, mark, score, part=part):.3f}"


def by_depth(mark):
    """Write a table of what is scored after so many steps."""
    scores = {
        "IoU": "IoU, carved",
        "boundary F away from other cells": "F outer",
        "boundary F near another cell": "F between",
    }
    lines = [f"| depth, after {mark:,} steps | {' | '.join(scores)} |", "|---" * (len(scores) + 1) + "|"]
    for depth in (1, 2, 3, 4):
        cells = [" ± ".join(of_depth(depth, score, mark, part) for part in (0, 1)) for score in scores.values()]
        lines.append(f"| {depth} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main_table():
    return by_depth(3000)


def earlier():
    return by_depth(300)


def granules():
    lines = ["| depth | sees, in pixels across | IoU |", "|---|---|---|"]
    for depth in (1, 2, 3, 4):
        row = f"context: depth {depth}, skips none"
        value, spread = (experiment(row, "tuned components", 3000, "IoU", part=part) for part in (0, 1))
        windows = {len(shapes.input_window(shapes.unet_layers(depth=depth), n)) for n in range(16)}
        lines.append(f"| {depth} | {' or '.join(map(str, sorted(windows)))} | {value:.2f} ± {spread:.2f} |")
    lines.append(f"| every granule counts | – | {floor('context', 'all granules', 'IoU'):.2f} |")
    return "\n".join([*lines, f"| a perfect answer | – | {floor('context', 'truth', 'IoU'):.0f} |"])


def drawn_and_networks():
    """Write boundary F by depth: the drawings that the chapter's cell prints, and the networks of the repeats."""
    pages = printed("07_encoder_decoder")
    lines = ["| depth | drawn from true shares | network, 120 steps |", "|---|---|---|"]
    for depth in (1, 2, 3, 4):
        drawn = re.search(rf"depth {depth}: IoU [\d.]+ · boundary F ([\d.]+)", pages)  # the first is the drawing's
        runs = recorded(PRINTED[depth], 1) if depth in PRINTED else []
        trained = f"{mean(runs):.2f} ± {stdev(runs):.2f}" if runs else "not trained here"
        lines.append(f"| {depth} | {drawn[1]} | {trained} |")
    return "\n".join(lines)


def one_number_or_many():
    """Write boundary F at depth 3 by what the decoder gets for each block."""
    rows = json.loads((ROOT / "benchmarks/results/bottleneck.json").read_text("utf-8"))["rows"]
    drawn = re.search(r"depth 3: IoU [\d.]+ · boundary F ([\d.]+)", printed("07_encoder_decoder"))[1]
    lines = ["| for each block the decoder gets | and draws by | mean | lowest to highest |", "|---|---|---|---|"]
    lines.append(f"| its true share | interpolation | {drawn} | – |")
    for given, runs in {
        "its true share": [row[bottleneck.ALONE] for row in rows],
        "64 numbers from the encoder": recorded("64 channels: boundary F #"),
        "1 number from the encoder": recorded("1 channel: boundary F #"),
    }.items():
        assert len(runs) == 20
        said = f"{mean(runs):.2f} ± {stdev(runs):.2f} | {min(runs):.2f} to {max(runs):.2f}"
        lines.append(f"| {given} | what it has learned | {said} |")
    return "\n".join(lines)


@pytest.mark.parametrize("written", [main_table, earlier, granules, drawn_and_networks, one_number_or_many])
def test_the_tables_are_the_measured_ones(written):
    assert_chapter_has("07_encoder_decoder", written())


def test_the_spreads_of_the_repeats_are_theirs():
    runs = recorded(PRINTED[3], 1)
    chapter = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
    assert f"the whole networks have {mean(runs):.2f} ± {stdev(runs):.2f}." in chapter


BARE = "cells: depth 3, skips none"
# (row, read, minus, read, steps, score), quoted with its interval, which lies above 0.
CONCLUDED = (
    (BARE, HALF, "cells: depth 1, skips none", HALF, 3000, "F per cell"),
    ("cells: depth 1, skips none", HALF, BARE, HALF, 3000, "IoU"),
    (BARE, HALF, "control: FCN-8s", HALF, 1000, "IoU"),
)


@pytest.mark.parametrize("quoted", CONCLUDED, ids=str)
def test_a_difference_stands_in_the_chapter_with_its_interval(quoted):
    _, low, _ = numbers = difference(*quoted)
    assert low > 0
    chapter = (
        (ROOT / "book/07_encoder_decoder.md")
        .read_text("utf-8")
        .replace("; in brackets the middle 95 % of draws of seeds and scenes)", ")")
    )
    assert interval(numbers) in chapter


def test_depth_costs_boundaries_at_first_and_as_far_as_depth_3_little_later():
    at = {
        (depth, mark): experiment(f"cells: depth {depth}, skips none", HALF, mark, "F outer")
        for depth in (1, 2, 3, 4)
        for mark in (300, 3000)
    }
    assert at[1, 300] - at[3, 300] > 0.03
    assert all(0 <= at[1, 3000] - at[depth, 3000] < 0.01 for depth in (2, 3))
    assert at[1, 3000] - at[4, 3000] > 0.2
    said = (
        " and ".join(f"{at[depth, 300]:.3f}" for depth in (1, 3)),
        " and ".join(f"{at[depth, 3000]:.3f}" for depth in (1, 3)),
    )
    chapter = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
    assert f"After 300 steps depth 3 had {at[3, 300]:.3f} there and depth 1 {at[1, 300]:.3f}." in chapter
    assert "{} after 300 steps, {} after 3,000".format(*said) in chapter
    behind = [
        experiment("cells: depth 1, skips none", HALF, mark, "IoU, carved")
        - experiment(BARE, HALF, mark, "IoU, carved")
        for mark in (300, 3000)
    ]
    assert "{:.3f} behind depth 1 after 300 steps and is {:.3f} behind after 3,000".format(*behind) in chapter


def test_near_another_cell_depth_helps_in_the_end():
    late, early = (
        [experiment(f"cells: depth {depth}, skips none", HALF, mark, "F between") for depth in (1, 2, 3)]
        for mark in (3000, 300)
    )
    assert min(late[1:]) - late[0] > 0.05
    assert early[1] > early[0] > early[2]  # "Depth 2 is already ahead near another cell, but depth 3 is still behind"
    chapter = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
    assert "{:.3f}, {:.3f} and {:.3f} at depths 1 to 3".format(*late) in chapter


def test_of_the_networks_of_the_page_only_depth_1_beats_the_threshold():
    otsu = floor("cells", "Otsu, components", "IoU")
    assert min(recorded(PRINTED[1])) > otsu > max(recorded(PRINTED[3]) + recorded(PRINTED[4]))


def test_granules_are_drawn_best_by_a_depth_that_does_not_see_a_whole_ring():
    by_depth = [experiment(f"context: depth {d}, skips none", "tuned components", 3000, "IoU") for d in (1, 2, 3, 4)]
    assert max(by_depth) == by_depth[1]
    assert ", ".join(f"{value:.2f}" for value in by_depth) + " at depths 1 to 4" in (
        ROOT / "book/07_encoder_decoder.md"
    ).read_text("utf-8")
    handed = experiment("context: depth 3, skips concat", "tuned components", 1000, "IoU")
    assert f"lifts depth 3 to an IoU of {handed:.2f}, already after 1,000 steps" in (
        ROOT / "book/07_encoder_decoder.md"
    ).read_text("utf-8")


def test_the_networks_of_depth_4_that_found_cells_are_as_good_as_the_chapter_says():
    row = "cells: depth 4, skips none"
    lost = [one for one in experiments()["broken"] if one["row"] == row]
    assert len(lost) == 2
    assert all(score == 0 for one in lost for score in one["IoU"])  # so they add nothing to the mean of ten
    rest = 10 * experiment(row, HALF, 3000, "F outer") / (10 - len(lost))
    chapter = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
    assert f"the other eight networks of depth 4 have a mean boundary F of {rest:.2f}" in chapter
    found = 10 * experiment(row, HALF, 3000, "IoU, carved") / (10 - len(lost))
    assert f"and a mean IoU of {found:.2f}" in chapter


def test_what_is_said_of_one_channel_is_what_the_repeats_have():
    one, many = recorded("1 channel: boundary F #"), recorded("64 channels: boundary F #")
    chapter = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
    reach, poor = sum(score >= min(many) for score in one), sum(score < 0.64 for score in one)
    assert f"boundary F with 64 channels is between {min(many):.2f} and {max(many):.2f}." in chapter
    said = f"in {reach} of {len(one)} repeats boundary F is {min(many):.2f} or more, and the best has {max(one):.2f}."
    assert said in chapter
    assert f"in {poor} it stays below the 0.64 of interpolated shares, and the worst has {min(one):.2f}" in chapter
    assert f"{poor} of the {len(one)} runs stay below 0.64, and with 64 channels none does" in chapter
    assert min(many) > 0.64
    fcn, plain = recorded("FCN-8s: IoU # · boundary F #", 1), recorded(PRINTED[3], 1)
    assert max(fcn) <= min(plain)
    said = f"FCN-8s lies between {min(fcn):.2f} and {max(fcn):.2f}, and the plain network of depth 3 between"
    assert f"{said} {min(plain):.2f} and {max(plain):.2f}" in chapter


def test_finer_scores_bring_back_as_much_of_the_boundary_as_the_chapter_says():
    fcn32, fcn8 = (recorded(f"{name}: IoU # · boundary F #", 1) for name in ("FCN-32s", "FCN-8s"))
    plain = recorded(PRINTED[4], 1)
    assert min(fcn8) > max(*fcn32, *plain)
    before, after = (f"{mean(runs):.2f} ± {stdev(runs):.2f}" for runs in (fcn32, fcn8))
    chapter = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
    assert f"boundary F rises from {before} to {after}." in chapter
    assert f"boundary F {before} in FCN-32s, {after} in FCN-8s" in chapter


def test_what_is_said_of_upsampling_is_what_was_measured():
    nearest, bilinear, transposed = (recorded(f"{name} boundary F #") for name in ("nearest", "bilinear", "transposed"))
    differences = [a - b for a, b in zip(transposed, nearest, strict=True)]
    chapter = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
    assert f"differ by {mean(differences):.2f} ± {stdev(differences):.2f}" in chapter
    behind = f"{mean(nearest) - mean(bilinear):.2f} on average"
    assert f"falls behind, in every repeat, and behind nearest by {behind}" in chapter
    for other in ("nearest", "transposed"):
        assert min(claimed(f'scores["{other}"] - scores["bilinear"]')) > 0
    late = [
        mean(row["boundary F"] for row in measured() if MODELS.get(row["model"]) == f"depth 3, {name}")
        for name in ("nearest", "bilinear", "transposed")
    ]
    assert f"boundary F-scores of all three lie between {min(late):.3f} and {max(late):.3f}" in chapter


def test_what_a_threshold_reaches_stands_in_the_chapter():
    chapter = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
    # Otsu's outline F is not said here: chapter 8 lets its readers predict it.
    assert f"has an IoU of {floor('cells', 'Otsu, components', 'IoU'):.3f} on" in chapter


def test_what_a_decoder_draws_from_true_shares_is_said_as_it_was_measured():
    rows = json.loads((ROOT / "benchmarks/results/bottleneck.json").read_text("utf-8"))["rows"]
    chapter = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
    alone = [row[bottleneck.ALONE] for row in rows]
    assert mean(alone) > mean(recorded(PRINTED[3], 1))  # "enough to score as well as the whole networks do"
    assert f"reach a boundary F of {mean(alone):.2f} ± {stdev(alone):.2f};" in chapter
    long = [row for row in rows if row["seed"] in bottleneck.LONG_SEEDS]
    whole, told = ([row[name + bottleneck.LONGER] for row in long] for name in (bottleneck.ITSELF, bottleneck.ALONE))
    assert all(more > less for more, less in zip(whole, told, strict=True))
    said = f"After 600 steps the whole networks are ahead, with {mean(whole):.2f} against {mean(told):.2f}"
    assert f"{said} (three seeds each)" in chapter
    assert len(long) == 3


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
            ("a layer that learns to enlarge", code, "nn.ConvTranspose"),
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
    print(main_table())
