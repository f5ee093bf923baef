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
    context,
    difference,
    experiment,
    floor,
    interval,
    measured,
    per_cell_without_a_network,
    table,
)  # fmt: skip
from torch.nn import functional as F

sys.path.append(str(ROOT / "benchmarks"))
import bottleneck

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


def table_of(rows):
    return table(rows, "network", MODELS, {"IoU": ("IoU", 3), "boundary F": ("boundary F", 3)})


def test_the_table_is_written_from_every_run():
    rows = [
        {"model": model, "seed": seed, "IoU": 0.5 + seed / 10, "boundary F": 0.1} for model in MODELS for seed in (0, 1)
    ]
    text = table_of(rows)
    assert text.count("\n") == len(MODELS) + 1
    assert "| depth 4 | 0.550 ± 0.071 | 0.100 ± 0.000 |" in text


def test_the_chapters_table_is_the_measured_one():
    assert_chapter_has("07_encoder_decoder", table_of(measured()))


def depths():
    lines = ["| depth | round cells, 300 steps | 1,000 | 3,000 |", "|---|---|---|---|"]
    for depth in (1, 2, 3, 4):
        row = f"cells: depth {depth}, skips none"
        cells = [
            f"{experiment(row, 'components', mark, 'F per cell'):.3f} ± "
            f"{experiment(row, 'components', mark, 'F per cell', part=1):.3f}"
            for mark in (300, 1000, 3000)
        ]
        lines.append(f"| {depth} | {' | '.join(cells)} |")
    return "\n".join(lines)


def granules():
    lines = ["| depth | IoU |", "|---|---|"]
    lines += [f"| {d} | {context(d, 'none'):.2f} ± {context(d, 'none', part=1):.2f} |" for d in (1, 2, 3, 4)]
    lines.append(f"| no network: every granule counts | {floor('context', 'all granules', 'IoU'):.2f} |")
    return "\n".join([*lines, f"| a perfect answer | {floor('context', 'truth', 'IoU'):.0f} |"])


@pytest.mark.parametrize("written", [depths, granules])
def test_the_tables_of_depths_are_the_measured_ones(written):
    assert_chapter_has("07_encoder_decoder", written())


HALF, BARE = "components", "cells: depth 3, skips none"
# (row, read, minus, read, steps, score), quoted with its interval: away from 0, or said not to be seen.
CONCLUDED = (
    (BARE, HALF, "cells: depth 1, skips none", HALF, 3000, "F per cell"),
    ("cells: depth 1, skips none", HALF, BARE, HALF, 3000, "IoU"),
    (BARE, HALF, "control: FCN-8s", HALF, 1000, "F per cell"),
)
UNSEEN = (("control: bottleneck of 16", HALF, "control: bottleneck of 64", HALF, 1000, "F per cell"),)


@pytest.mark.parametrize("quoted", [*CONCLUDED, *UNSEEN], ids=str)
def test_a_difference_stands_in_the_chapter_with_its_interval(quoted):
    _, low, high = numbers = difference(*quoted)
    assert (low < 0 < high) is (quoted in UNSEEN)
    chapter = (
        (ROOT / "book/07_encoder_decoder.md").read_text("utf-8").replace("; 95 % of draws of seeds and scenes)", ")")
    )
    assert interval(numbers) in chapter


def test_at_first_the_shallow_network_is_ahead():
    shallow, deep = (experiment(row, HALF, 300, "F per cell") for row in ("cells: depth 1, skips none", BARE))
    assert shallow > deep + 0.02


def test_ceilings_and_floors_stand_in_the_chapter():
    assert_chapter_has("07_encoder_decoder", per_cell_without_a_network())
    chapter = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
    # Otsu's outline F is not said here: chapter 8 lets its readers predict it.
    said = [("carved truth", "IoU"), ("carved truth", "outline F"), ("Otsu, components", "IoU")]
    scores = [f"{floor('cells', answer, score):.3f}" for answer, score in said]
    assert all(score in chapter for score in scores), scores


def test_what_a_place_of_the_bottleneck_knows_is_said_as_it_was_measured():
    rows = json.loads((ROOT / "benchmarks/results/bottleneck.json").read_text("utf-8"))["rows"]
    assert len(rows) >= 20
    chapter = (ROOT / "book/07_encoder_decoder.md").read_text("utf-8")
    told, untold = ([row[name] for row in rows] for name in (bottleneck.ITSELF, bottleneck.AVERAGED))
    assert all(more > less for more, less in zip(told, untold, strict=True))  # "in every one"
    before, after = (f"{mean(values):.2f} ± {stdev(values):.2f}" for values in (told, untold))
    assert f"Boundary F falls in every one, from {before} to {after}." in chapter
    channels, share = (
        mean(row[bottleneck.FROM + name] for row in rows) for name in ("its 64 numbers", "the share of cell")
    )
    assert f"boundary F {channels:.2f} from 64 channels, {share:.2f} from its share" in chapter


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
    print(table_of(measured()))
