"""What chapter 5 says of sizes, of what an output sees and of moved images is what segbook, torch and its cells compute."""

import re

import pytest
import torch
from results import ROOT, assert_chapter_has, printed
from torch.nn import functional as F

from segbook.shapes import Layer, conv_output_size, input_window, receptive_field

CHAPTER = "05_downsampling"
TEXT = (ROOT / f"book/{CHAPTER}.md").read_text("utf-8")
HALVING = [Layer(3, stride=2)] * 3
VGG = [layer for count in (2, 2, 3, 3, 3) for layer in [Layer(3)] * count + [Layer(2, stride=2)]]


def shares(layers):
    """Which share of the paths to an output begins at each sample of its field, without autograd: by convolving."""
    counts, jump = torch.ones(1, 1, 1, dtype=torch.double), 1
    for kernel_size, stride, _, dilation, _ in layers:
        taps = torch.zeros(1, 1, dilation * (kernel_size - 1) * jump + 1, dtype=torch.double)
        taps[..., :: dilation * jump] = 1
        counts = F.conv1d(counts, taps, padding=taps.shape[-1] - 1)
        jump *= stride
    return counts[0, 0] / counts.sum()


def middle(layers):
    """Find the narrowest part around the middle that has 95 % of the paths."""
    found = shares(layers)
    widths = range(2 - len(found) % 2, len(found) + 1, 2)
    parts = (found[(len(found) - width) // 2 :][:width].sum() for width in widths)
    return next(width for width, part in zip(widths, parts, strict=True) if part >= 0.95)


def test_the_ledger_of_sizes_is_what_a_loop_over_windows_counts():
    lines, size = ["| samples | latest start | steps of 2 | outputs | unread |", "|---|---|---|---|---|"], 18
    for kernel_size, stride, *_ in HALVING:
        starts = range(0, size - kernel_size + 1, stride)
        unread = set(range(size)) - {start + tap for start in starts for tap in range(kernel_size)}
        words = " and ".join(f"sample {place}" for place in unread) or "none"
        lines.append(f"| {size} | {size - kernel_size} | {len(starts) - 1} | {len(starts)} | {words} |")
        assert len(starts) == conv_output_size(size, kernel_size, stride=stride)
        size = len(starts)
    assert_chapter_has(CHAPTER, "\n".join(lines))


def test_the_sums_of_fields_and_jumps_are_those_of_the_walk_back():
    fields = [receptive_field(HALVING[:count]) for count in range(4)]
    assert [field.size for field in fields] == [1, 3, 7, 15]
    assert [field.jump for field in fields] == [1, 2, 4, 8]
    for before, after, number in zip(fields, fields[1:], (1, 2), strict=False):
        line = f"| {before.size} + 2 · {before.jump} = {after.size} | {before.jump} · 2 = {after.jump} |"
        assert re.search(rf"^\| {number} \| 2 steps of {before.jump} samples? {re.escape(line)}$", TEXT, re.MULTILINE)
    assert [input_window(HALVING[:1], n).start for n in range(3)] == [0, 2, 4]
    assert input_window(HALVING[:2], 0) == range(7)
    assert input_window(HALVING, 0) == range(15)
    assert input_window(HALVING[:1], 6) == range(12, 15)  # so samples 15 and 16 are read for output 7 alone
    assert input_window(HALVING[:1], 7) == range(14, 17)


def test_a_layers_own_stride_does_not_widen_its_field():
    assert receptive_field([*HALVING[:2], Layer(3)]).size == receptive_field(HALVING).size


def test_no_holes_at_stride_1_where_no_dilation_exceeds_the_field_so_far():
    choices = [[Layer(3, dilation=d) for d in (a, b, c)] for a in range(1, 5) for b in range(1, 9) for c in range(1, 9)]
    small = [
        layers
        for layers in choices
        if all(layer.dilation <= receptive_field(layers[:i]).size for i, layer in enumerate(layers))
    ]
    assert all((shares(layers) > 1e-12).all() for layers in small)
    assert [Layer(3), Layer(3, dilation=2), Layer(3, dilation=4)] in small
    assert (shares([Layer(3, dilation=2)] * 3) > 1e-12).sum() == 7


def test_the_printed_fields_and_middles_are_those_of_another_computation():
    told = printed(CHAPTER)
    for depth in (3, 10, 30, 100):
        field, part = receptive_field([Layer(3)] * depth).size, middle([Layer(3)] * depth)
        assert f"{depth} layers: field {field}, 95 % in the middle {part}\n" in told
    assert f"95 % of the paths begin in the middle {middle(VGG)}\n" in told
    assert "from 21 to 201 samples, but the part with 95 % of the paths only threefold, from 11 to 33" in TEXT
    assert f"30 plain layers: 95 % of the paths begin in {middle([Layer(3)] * 30)} of 61 samples" in TEXT
    assert f"95 % of the paths begin in the middle {middle(VGG)})" in TEXT


def test_the_plain_stack_has_7_of_27_paths_in_the_middle_and_one_at_each_end():
    assert (shares([Layer(3)] * 3) * 27).tolist() == pytest.approx([1, 3, 6, 7, 6, 3, 1])


def test_the_table_of_moves_is_what_the_cell_printed():
    (line,) = re.findall(r"1–8 rows, %: (.*)", printed(CHAPTER))
    shares_printed = dict(enumerate(line.split(), start=1))
    grids = {"all three": {2, 4, 8}, "those of 4 and 8 rows": {4, 8}, "that of 8 rows": {8}, "none": set()}
    rows = re.findall(r"^\| ([\d, ]+) \| ([^|]+) \| ([\d.]+) % \|$", TEXT, re.MULTILINE)
    assert sorted(int(move) for moves, *_ in rows for move in moves.split(", ")) == list(range(1, 9))
    for moves, out_of_step, percent in rows:
        for move in map(int, moves.split(", ")):
            assert float(shares_printed[move]) == float(percent)
            assert {grid for grid in (2, 4, 8) if move % grid} == grids[out_of_step]
