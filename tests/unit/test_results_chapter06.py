"""What chapter 6 says of trained last layers is what benchmarks/last_layer.py measured; its rule about boards holds."""

import json
import re
import sys
from statistics import mean, stdev

import numpy as np
import pytest
import torch
from results import ROOT, assert_chapter_has
from torch.nn import functional as F

sys.path.append(str(ROOT / "benchmarks"))
import last_layer

NAMES = {
    last_layer.EQUAL: "$k = 6$, equal taps at the start",
    last_layer.TAPERED: "$k = 6$, 1 2 3 3 2 1 at the start",
    last_layer.BILINEAR: "$k = 8$, bilinear at the start",
    last_layer.NARROW: "$k = s = 4$, random at the start",
    last_layer.RESIZED: "resize, then convolve (5 × 5), random at the start",
}
CHAPTER = "06_transposed_convolution"
ROWS = json.loads((ROOT / "benchmarks/results/last_layer.json").read_text("utf-8"))["rows"]


def runs(way, name):
    return [row[name] for row in ROWS if row["way"] == way]


def last_layers():
    """Write the chapter's table: boards in per cent of the variance, IoU with its spread over the seeds."""
    lines = [
        f"| last layer, at stride 4 | board before training | after {last_layer.STEPS} steps | IoU |",
        "|---|---|---|---|",
    ]
    for way, name in NAMES.items():
        start, late, iou = (runs(way, column) for column in ("board before", "board", "IoU"))
        assert len(iou) == len(last_layer.SEEDS)
        shares = [100 * mean(values) for values in (start, late)]
        boards = ["< 0.1 %" if one < 0.1 else f"{one:.{0 if one >= 10 else 1}f} %" for one in shares]
        lines.append(f"| {name} | {boards[0]} | {boards[1]} | {mean(iou):.3f} ± {stdev(iou):.3f} |")
    return "\n".join(lines)


def test_the_table_of_last_layers_is_the_measured_one():
    assert_chapter_has(CHAPTER, last_layers())


def test_the_board_costs_no_iou_and_a_kernel_as_wide_as_the_stride_is_behind():
    iou = {way: runs(way, "IoU") for way in NAMES}
    assert abs(mean(iou[last_layer.EQUAL]) - mean(iou[last_layer.TAPERED])) < stdev(iou[last_layer.EQUAL])
    assert max(mean(iou[way]) for way in NAMES) - mean(iou[last_layer.EQUAL]) < 0.005
    behind = [b - n for b, n in zip(iou[last_layer.BILINEAR], iou[last_layer.NARROW], strict=True)]
    assert min(behind) > 0.017
    assert all(late < early / 10 for way in (last_layer.EQUAL, last_layer.NARROW)
               for early, late in zip(runs(way, "board before"), runs(way, "board"), strict=True))  # fmt: skip


def test_a_board_is_the_share_that_the_places_of_a_block_explain():
    board = torch.tensor([[1.0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]).repeat(2, 2)
    noise = torch.randn(8, 8, generator=torch.Generator().manual_seed(0))
    maps = torch.stack([board, noise.repeat_interleave(4, 0).repeat_interleave(4, 1)[:8, :8]])[None]
    shares = last_layer.board_share(maps, 4)
    assert shares.shape == (1, 2)
    assert shares[0, 0].item() == pytest.approx(1)
    assert shares[0, 1].item() == pytest.approx(0, abs=1e-6)


def test_the_layers_begin_with_the_sums_that_they_are_called_after():
    for way, boards in {last_layer.EQUAL: True, last_layer.TAPERED: False, last_layer.BILINEAR: False}.items():
        with torch.no_grad():
            flat = last_layer.enlarging(way)(torch.ones(1, 2, 8, 8))[0, 0, 8:24, 8:24]
        assert flat.mean().item() == pytest.approx(1)
        assert (flat.std().item() > 0.1) is boards


def test_a_kernel_has_no_board_exactly_if_resizing_can_make_it():
    rng = np.random.default_rng(6)
    for stride in (2, 3, 4):
        ones = np.ones(stride)
        for size in range(stride, 3 * stride + 1):
            made = np.convolve(ones, rng.normal(size=size - stride + 1))
            assert np.ptp([made[place::stride].sum() for place in range(stride)]) < 1e-9
            free = rng.normal(size=size)
            for place in range(stride):  # the first tap of each place makes the sum 1
                free[place] += 1 - free[place::stride].sum()
            _, rest = np.polydiv(free, ones)
            assert np.abs(rest).max() < 1e-9
            free[0] += 1
            assert np.abs(np.polydiv(free, ones)[1]).max() > 0.1


def test_the_dense_matrix_takes_what_the_chapter_says():
    (said,) = re.findall(r"a dense \$W\^\\top\$ would take (\d+) GB", (ROOT / f"book/{CHAPTER}.md").read_text("utf-8"))
    assert round(4 * (64 * 32**2) * (32 * 64**2) / 1e9) == int(said)


def test_two_layers_of_three_equal_taps_multiply_their_boards():
    ones, flat = torch.ones(1, 1, 3), torch.ones(1, 1, 20)
    once = F.conv_transpose1d(flat, ones, stride=2)
    twice = F.conv_transpose1d(once, ones, stride=2)[0, 0, 20:28]
    assert once[0, 0, 10:14].tolist() == [2, 1, 2, 1]
    assert twice.tolist() == [3, 2, 3, 1, 3, 2, 3, 1]
    text = (ROOT / f"book/{CHAPTER}.md").read_text("utf-8")
    assert "a second such layer makes $3\\,2\\,3\\,1$ of that, a pattern twice as long" in text
    plane = torch.outer(twice, twice)
    assert plane.max() / plane.min() == 9


def test_stamps_that_do_not_overlap_are_a_pixel_shuffle():
    maps, kernels = torch.randn(1, 3, 5, 6).double(), torch.randn(3, 4, 2, 2).double()
    narrow = kernels.permute(1, 2, 3, 0).reshape(16, 3, 1, 1)  # each output channel has four in a row
    shuffled = F.pixel_shuffle(F.conv2d(maps, narrow), 2)
    torch.testing.assert_close(shuffled, F.conv_transpose2d(maps, kernels, stride=2))


if __name__ == "__main__":
    print(last_layers())
