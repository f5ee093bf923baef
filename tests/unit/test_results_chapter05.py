"""What chapter 5 says of sizes, of what an output sees and of moved images is what segbook, torch and its cells compute."""

import ast
import json
import re
import sys
from itertools import product

import numpy as np
import pytest
import torch
from results import ROOT, printed, spread
from scipy import ndimage
from skimage import measure
from torch.nn import functional as F

from segbook import train
from segbook.data import cell_scene, halved, halved_answers, normalise, nuclei, picture
from segbook.ops import conv_matrix
from segbook.shapes import Layer, conv_multiply_adds, conv_output_size, input_window, receptive_field

sys.path.append(str(ROOT / "benchmarks"))
import downsampling
import downsampling_noiseless

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
    found, size = [], 18
    for kernel_size, stride, *_ in HALVING:
        starts = range(0, size - kernel_size + 1, stride)
        unread = set(range(size)) - {start + tap for start in starts for tap in range(kernel_size)}
        words = " and ".join(f"sample {place}" for place in unread) or "none"
        found.append(f"{size} samples: {len(starts)} window{'s' * (len(starts) > 1)}, {words} unread.")
        if size == 8:
            assert f"so its last window starts at sample $8 - 3 = {size - kernel_size}$ at the latest." in TEXT
            assert (
                f"{len(starts) - 1} steps of 2 samples fit. With the window at 0, there are {len(starts)} outputs."
                in TEXT
            )
        assert len(starts) == conv_output_size(size, kernel_size, stride=stride)
        size = len(starts)
    assert f'finding: "{" ".join(found)}"' in TEXT


def test_the_sums_of_fields_and_jumps_are_those_of_the_walk_back():
    fields = [receptive_field(HALVING[:count]) for count in range(4)]
    assert [field.size for field in fields] == [1, 3, 7, 15]
    assert [field.jump for field in fields] == [1, 2, 4, 8]
    assert (
        "15 samples. Layer 3 has 2 steps, too, but each of them is now 4 samples long: $7 + 2 \\cdot 4 = 15$." in TEXT
    )
    for before, after, number in zip(fields, fields[1:], (1, 2), strict=False):
        total = f"${before.size} + 2 \\cdot {before.jump} = {after.size}$"
        assert re.search(rf"^\*\*Layer {number} has field {after.size}\.\*\* .*{re.escape(total)}", TEXT, re.MULTILINE)
        assert re.search(rf"^\*\*Layer {number} has jump {after.jump}[.,]\*\*", TEXT, re.MULTILINE)
    assert [input_window(HALVING[:1], n).start for n in range(3)] == [0, 2, 4]
    assert input_window(HALVING[:2], 0) == range(7)
    assert input_window(HALVING, 0) == range(15)
    assert [input_window(HALVING[:2], n).start for n in range(2)] == [0, 4]
    assert conv_output_size(conv_output_size(11, 3, stride=2), 3, stride=2) == 2  # as many as the small drawing has


def test_the_stacks_of_four_layers_see_what_the_walk_back_sees():
    stacks = {
        "plain": [Layer(3)] * 4,
        "stride 2": [Layer(3, stride=2)] * 4,
        "dilation 1 2 4 8": [Layer(3, dilation=dilation) for dilation in (1, 2, 4, 8)],
    }
    fields = {name: receptive_field(layers) for name, layers in stacks.items()}
    for name, field in fields.items():
        assert f"{name}: field {field.size}, jump {field.jump}\n" in printed(CHAPTER)
    plain, strided, dilated = (field.size for field in fields.values())
    assert f"Four strided layers see {strided} samples, four plain ones, with stride 1, only {plain}." in TEXT
    assert f"The dilated ones see {dilated}, too, and keep the fine grid; what that costs," in TEXT


def test_a_layers_own_stride_does_not_widen_its_field():
    assert receptive_field([*HALVING[:2], Layer(3)]).size == receptive_field(HALVING).size


def test_a_layer_leaves_holes_where_its_taps_are_further_apart_than_the_field_before_it():
    """As ReceptiveField's caption says: the taps see windows dilation × jump apart, each as long as the field so far."""
    choices = [Layer(k, stride=s, dilation=d) for k in (1, 2, 3) for s in (1, 2, 3) for d in (1, 2, 3, 4)]
    filled = 0
    for layers in product(choices, repeat=3):
        seen, holes = {0}, [False]  # one output of the layers so far
        for number, (kernel_size, _, _, dilation, _) in enumerate(layers):
            field = receptive_field(layers[:number])
            seen = {place + tap * dilation * field.jump for place in seen for tap in range(kernel_size)}
            holes.append(len(seen) < receptive_field(layers[: number + 1]).size)
            too_far = kernel_size > 1 and dilation * field.jump > field.size
            assert holes[-1] == too_far or (holes[-2] and not too_far)
            filled += holes[-2] > holes[-1]
    assert filled > 0  # a later layer may fill them in
    assert (shares([Layer(3, dilation=2)] * 3) > 1e-12).sum() == 7


def test_the_shaded_middles_are_those_of_another_computation():
    parts = {depth: (middle([Layer(3)] * depth), receptive_field([Layer(3)] * depth).size) for depth in (3, 10, 30)}
    (three, all_of_it), (ten, of_ten), (thirty, of_thirty) = parts.values()
    assert three == all_of_it
    assert (
        f"with 3 layers: all {three} samples; with 10 layers: {ten} of {of_ten}; with 30 layers: {thirty} of {of_thirty},"
        in TEXT
    )
    shares_of = [middle([Layer(3)] * depth) / receptive_field([Layer(3)] * depth).size for depth in range(3, 40)]
    assert shares_of[0] > shares_of[7] > shares_of[27] > shares_of[-1]
    assert "The deeper the stack, the smaller the share of the field with 95 % of the paths." in TEXT


def test_the_plain_stack_has_7_of_27_paths_in_the_middle_and_one_at_each_end():
    assert (shares([Layer(3)] * 3) * 27).tolist() == pytest.approx([1, 3, 6, 7, 6, 3, 1])


def test_a_moved_image_changes_the_share_of_labels_that_the_chapter_says():
    net = train.pretrained("nuclei").model
    images = torch.stack([normalise(image) for image, *_ in nuclei("test")[::2]])

    def of_the_same_rows(move):  # 208 rows are whole blocks of 8; rows 80 to 159 of the image are far from their ends
        with torch.no_grad():
            return net(images[:, :, 16 + move : 224 + move]).argmax(1)[:, 64 - move : 144 - move] > 0

    labels = [of_the_same_rows(move) for move in (0, 1, 8)]
    shares = [100 * (one != labels[0]).float().mean().item() for one in labels]
    assert shares[2] == 0  # the poolings of this net turn 8 rows into one
    assert shares[1] < 0.35
    sentence = f"When images of nuclei move up by one row, a trained U-Net ([chapter 8](08_unet.ipynb)) gives [{shares[1]:.1f} %]"
    assert sentence in TEXT
    mask = labels[0][:, None].float()
    outline = (F.max_pool2d(mask, 3, 1, 1) > -F.max_pool2d(-mask, 3, 1, 1))[:, 0]  # both labels within a pixel
    moved = labels[1] != labels[0]
    there = 100 * moved[outline].float().mean().item()
    assert moved[outline].sum() / moved.sum() > 0.99
    sentence = f"another label. Nearly all lie within one pixel of an outline, and there {there:.0f} % change."
    assert sentence in TEXT
    assert "A move by 8 rows, a multiple of the net's strides, changes nothing." in TEXT


def test_the_blur_leaves_at_most_half_of_a_wave_that_is_too_fine_for_every_second_sample():
    periods = np.linspace(2, 4, 201)[:, None]
    left = abs(np.exp(2j * np.pi * np.arange(3) / periods) @ np.array([1 / 4, 1 / 2, 1 / 4]))
    assert left.max() <= 0.5 + 1e-12
    assert all(np.diff(left) > 0)
    assert np.convolve([0, 1, 0, -1, 0, 1], [1 / 4, 1 / 2, 1 / 4], "valid").tolist() == [0.5, 0, -0.5, 0]
    assert "the taps ¼, ½ and ¼, first along the rows, then along the columns." in TEXT
    assert "It turns the wave at the limit, $1,0,-1,0$, into ½, 0, −½, 0, and leaves even less of finer waves." in TEXT


def test_slanted_stripes_above_the_limit_stay_and_below_it_come_back_coarser_and_lean_the_other_way():
    """Each place of the picture has a wave with one frequency along the rows and one along the columns."""
    assert "np.mgrid[:48, :144]\nturns = row / 24 + (column + column**2 / 72) / 12" in TEXT
    assert "xticks=range(0, 145, 36), xticklabels=(12, 6, 4, 3, 2.4)" in TEXT
    for column, period in zip(range(0, 145, 36), (12, 6, 4, 3, 2.4), strict=True):
        along = (1 + column / 36) / 12  # turns for a column: the derivative of the line of code
        assert 1 / along == pytest.approx(period)
        down, seen = 1 / 24, along if period >= 4 else along - 1 / 2
        assert abs(seen) <= 1 / 4  # half a turn between kept samples at most
        row, place = 2 * np.mgrid[:24, :24]
        kept, as_seen = (np.cos(2 * np.pi * (row * down + place * across)) for across in (along, seen))
        assert kept == pytest.approx(as_seen)
        assert (seen * down < 0) == (period < 4)  # which way the stripes lean
        assert (1 / abs(seen) > period + 1e-9) == (period < 4)
    assert "whose period along a row falls from 12 pixels to 2.4;" in TEXT
    assert "but not down a column, where the period is 24 pixels." in TEXT
    for begins, row in ((0, "1, 0, −1, 0 keeps 1 and −1"), (1 / 4, "0, −1, 0, 1 keeps only zeros")):
        wave = [f"{round(one)}".replace("-", "−") for one in np.cos(2 * np.pi * (np.arange(4) / 4 + begins))]
        assert f"{', '.join(wave)} keeps {'only zeros' if wave[::2] == ['0', '0'] else ' and '.join(wave[::2])}" == row
        assert f"a row that begins {row}" in TEXT.replace("A row", "a row")


def test_the_whiskers_that_masks_find_are_what_another_computation_counts():
    cat = picture("chelsea").mean(0).double().numpy()
    blurred = ndimage.convolve1d(ndimage.convolve1d(cat, [0.25, 0.5, 0.25], 0, mode="mirror"), [0.25, 0.5, 0.25], 1)

    def mask(grey, reach, rows, columns):
        return grey[rows, columns] > ndimage.uniform_filter(grey, 2 * reach + 1)[rows, columns] + 0.02

    fine = mask(cat, 8, slice(236, 288), slice(84, 140))
    whisker, spans = measure.block_reduce(fine, (2, 2), np.max), []
    for name, grey in ("every second", cat), ("blurred first", blurred):
        marked = [mask(grey[r::2, c::2], 4, slice(118, 144), slice(42, 70)) for r in (0, 1) for c in (0, 1)]
        found = [f"{100 * (one & whisker).sum() / whisker.sum():.0f}" for one in marked]
        wrong = [f"{100 * (one & ~whisker).sum() / one.sum():.0f}" for one in marked]
        assert (
            f"{name}: finds {min(found)} to {max(found)} % of the blocks that\n"
            f"  contain a whisker; of what it marks, up to {max(wrong, key=int)} % has none\n" in printed(CHAPTER)
        )
        spans.append((int(min(found)), int(max(found))))
    said = f"The price: up to {max(wrong, key=int)} % of the marked blocks contain no whisker, and two neighbouring"
    assert said in TEXT
    (few, half), (two_thirds, more) = spans
    assert 45 < few < half < 60 < two_thirds < 200 / 3 < more < 75
    line = np.zeros((8, 32))
    line[np.arange(32) // 4, np.arange(32)] = 1
    blocks = measure.block_reduce(line, (2, 2), np.max)
    assert {line[r::2, c::2].sum() / blocks.sum() for r in (0, 1) for c in (0, 1)} == {0.5}
    assert "a sloping line one pixel high lies on a kept row only half of the time." in TEXT
    assert "Whichever pixel is kept, the masks find only about half of the blocks that contain a whisker" in TEXT
    assert (
        "A whisker spreads onto the next row, and the masks find about two thirds: not more, because the blur" in TEXT
    )
    assert "of the blocks with whiskers, about half are found; after a blur, about two thirds |" in TEXT


def test_the_whiskers_that_are_missed_after_a_blur_are_dimmed_and_were_faint():
    cat = picture("chelsea").mean(0).double().numpy()
    blurred = ndimage.convolve1d(ndimage.convolve1d(cat, [0.25, 0.5, 0.25], 0, mode="mirror"), [0.25, 0.5, 0.25], 1)
    above = (cat - ndimage.uniform_filter(cat, 17))[236:288, 84:140]
    peaks = measure.block_reduce(above, (2, 2), np.max)
    whisker = peaks > 0.02
    for r, c in product((0, 1), repeat=2):
        kept = blurred[r::2, c::2]
        left = (kept - ndimage.uniform_filter(kept, 9))[118:144, 42:70]
        found = left > 0.02
        assert left[whisker].mean() < peaks[whisker].mean() / 2  # the blur dims
        assert np.median(peaks[whisker & ~found]) < 0.65 * np.median(peaks[whisker & found])
        assert (whisker & (left > 0.005)).sum() > 1.2 * (whisker & found).sum()  # a lower threshold finds many of them
    assert "not more, because the blur dims faint whiskers below the threshold." in TEXT


def test_a_block_that_is_turned_keeps_its_mean_and_its_maximum():
    part = picture("chelsea").mean(0).numpy()[204:300, 60:156]
    turned = np.block([[np.rot90(block, 2) for block in np.hsplit(row, 24)] for row in np.vsplit(part, 24)])
    assert (turned != part).mean() > 0.9
    for reduce, name in (np.mean, "avg_pool2d"), (np.max, "max_pool2d"):
        before, after = (measure.block_reduce(one, (4, 4), reduce) for one in (part, turned))
        assert after == pytest.approx(before, abs=1e-6)
        assert f"{name}: largest change by turning 0.0000\n" in printed(CHAPTER)


def test_dilation_1_2_4_8_leaves_no_hole_and_three_times_2_leaves_out_every_second_sample():
    assert (shares([Layer(3, dilation=dilation) for dilation in (1, 2, 4, 8)]) > 1e-12).all()
    seen = shares([Layer(3, dilation=2)] * 3) > 1e-12
    assert seen.tolist() == [True, False] * 6 + [True]
    assert "and press “dilated 2-2-2” for a field with holes." in TEXT


def test_three_sums_leave_five_samples_free():
    assert np.linalg.matrix_rank(conv_matrix(np.array([1.0, 2, 3]), 8, stride=2).toarray()) == 3
    assert "$W$ has **rank** 3. Three independent equations leave 5 of the 8 samples free." in TEXT


def test_no_border_of_a_crop_reaches_the_labels_that_are_compared():
    net = train.pretrained("nuclei").model
    for move in (0, 1, 8):
        rows = normalise(nuclei("test")[0][0])[None, :, 16 + move : 224 + move, :64].requires_grad_()
        out = net(rows)
        for row in (*range(64 - move, 72 - move), *range(136 - move, 144 - move)):
            (gradient,) = torch.autograd.grad(out[0, :, row].abs().sum(), rows, retain_graph=True)
            reached = gradient[0, 0].abs().sum(1).nonzero()[:, 0]
            assert 0 < reached.min() <= reached.max() < 207


def test_the_encoder_of_the_third_question_sees_32_pixels_and_gains_most_at_its_end():
    conv, pool = Layer(3), Layer(2, stride=2)
    encoder = [conv, conv, pool, conv, conv, pool, conv, conv]
    field = receptive_field(encoder)
    assert (field.size, field.jump) == (32, 4)
    assert [receptive_field(encoder[:count]).size for count in (3, 6, 8)] == [6, 16, 32]
    gains = [receptive_field([*encoder[:at], conv, *encoder[at:]]).size - 32 for at in range(9)]
    assert gains[-1] == max(gains) == 8
    assert gains[:3] == [2, 2, 2]


def test_vgg_sees_212_pixels_with_and_without_dilation_in_place_of_its_strides():
    told, field = printed(CHAPTER), receptive_field(VGG)
    assert f"VGG-16: field {field.size}, jump {field.jump}\n" in told
    dilations = [receptive_field(VGG[:number]).jump for number in range(len(VGG))]
    assert [max(dilations[:count]) for count in (3, 6, 10, 14, 18)] == [1, 2, 4, 8, 16]  # doubled after each pooling
    dilated = [Layer(one.kernel_size, dilation=d) for one, d in zip(VGG, dilations, strict=True)]
    assert receptive_field(dilated)[:2] == (field.size, 1)
    assert f"dilated: field {field.size}, jump 1\n" in told
    sees = f"{field.size} × {field.size} pixels"
    assert f"{sees}, far more than the {field.jump} × {field.jump}" in TEXT
    assert f"VGG-16: {field.size} pixels along an axis, for a 48th of the work of its dilated form |" in TEXT


def test_the_squares_on_the_photograph_are_what_a_place_stands_for_and_sees():
    padded = [Layer(3, padding=1) if layer == Layer(3) else layer for layer in VGG]
    size, jump, offset = receptive_field(padded)
    for n, extent in (4, 300), (7, 451):  # row and column of the place, in the cat's picture
        first = n * jump + offset
        assert first == 32 * n + 16 - size / 2
        assert 0 <= first < first + size <= extent
    assert (
        "for size, color in (32, ORANGE), (212, BLUE):\n"
        "    top, left = (32 * n + 16 - size / 2 for n in (4, 7))" in TEXT
    )


def products(*, shrinking):
    """Count the multiplications of each block of VGG-16's convolutions for 512 × 512 pixels."""
    size, before, totals = 512, 3, []
    for count, channels in zip((2, 2, 3, 3, 3), (64, 128, 256, 512, 512), strict=True):
        totals.append(0)
        for _ in range(count):
            totals[-1] += conv_multiply_adds(before, channels, 3, output_size=size)
            before = channels
        size //= 2 if shrinking else 1
    return np.array(totals)


def test_shrinking_saves_what_the_chapter_says():
    now, then = products(shrinking=True), products(shrinking=False)
    times = round(then.sum() / now.sum())
    assert f"dilated: {times} times as many multiplications\n" in printed(CHAPTER)
    assert f"With dilation, the same convolutions would take {times} times as many multiplications" in TEXT
    assert f'data-choices="5 | {times} | 256 | 1024" data-answer="{times}"' in TEXT
    first, *some, last = (f"{100 * share:.0f}" for share in now / now.sum())
    shares_of = f"The five blocks now take {', '.join([first, *some])} and {last} % of the work,"
    assert f"{shares_of} and would take 1, 4, 16, 64 and 256 times as much: together {times} times." in TEXT
    assert (then / now).tolist() == [1, 4, 16, 64, 256]
    assert f"for a {times}th of the work of its dilated form |" in TEXT


def test_a_wave_of_period_3_folds_and_the_second_questions_signals_are_lost():
    kept = torch.arange(0, 120, 2, dtype=torch.double)
    assert torch.allclose(torch.cos(2 * torch.pi * kept / 3), torch.cos(2 * torch.pi * kept / 6))
    assert np.cos(2 * np.pi * np.arange(6) / 3) == pytest.approx([1, -1 / 2, -1 / 2] * 2)
    assert "such as 1, −½, −½, 1, −½, −½ and so on, with a period of 3 samples." in TEXT
    assert np.cos(2 * np.pi * np.arange(0, 7, 2) / 3) == pytest.approx([1, -1 / 2, -1 / 2, 1])
    assert "Samples 0, 2, 4 and 6 are 1, −½, −½ and 1." in TEXT
    assert 'id="predict-stripe" data-answer="6"' in TEXT
    for signal in [1, -1, 0, 0, 0], [0, 0, 0, 2, -1]:
        lost = F.conv1d(torch.tensor([[signal]]), torch.tensor([[[1, 1, 2]]]), stride=2)
        assert lost.tolist() == [[[0, 0]]]
        assert str(signal).replace("-", "−") in TEXT


def test_the_masks_in_blocks_agree_with_the_truth_as_a_loop_over_blocks_finds():
    scores = {}
    for size in (2, 8, 32):
        shared = either = 0
        for _, answer, _ in nuclei("test"):
            mask = answer.numpy() > 0
            blocks = measure.block_reduce(mask, (size, size), np.mean) > 0.5
            coarse = np.kron(blocks, np.ones((size, size), bool))
            shared += (mask & coarse).sum()
            either += (mask | coarse).sum()
        scores[size] = shared / either
        assert f"IoU of 18 masks, blocks of {size} × {size}: {scores[size]:.2f}" in printed(CHAPTER)
    row = f"true masks in blocks of 8 × 8: IoU {scores[8]:.2f}; of 32 × 32: {scores[32]:.2f} |"
    assert row in TEXT
    assert f"In blocks of 2 × 2 pixels, the 18 masks keep an IoU of {scores[2]:.2f}." in TEXT
    assert f"In blocks of 32 × 32 the IoU is {scores[32]:.2f}, although every block has the label of most" in TEXT
    mask = nuclei("test")[0][1].numpy() > 0
    assert "one = masks[:1]" in TEXT
    coarse = np.kron(measure.block_reduce(mask, (32, 32), np.mean) > 0.5, np.ones((32, 32), bool))
    alone = (mask & coarse).sum() / (mask | coarse).sum()
    assert alone == pytest.approx(scores[32], abs=0.03)  # the picture shows what is usual
    assert {tuple(answer.shape) for _, answer, _ in nuclei("test")} == {(256, 256)}
    assert f"18 test images (256 × 256 pixels, so {256 // 32} × {256 // 32} places)," in TEXT
    sizes = np.concatenate([np.unique(objects, return_counts=True)[1][1:] for *_, objects in nuclei("test")])
    assert (sizes < 32 * 32 / 2).mean() > 0.9
    assert f"Half of their nuclei cover at most {np.median(sizes):.0f} pixels." in TEXT
    assert f"blocks of 32 × 32, which have {32 * 32:,} pixels?" in TEXT
    assert "Most nuclei cover less than half a block." in TEXT


def record(name="downsampling"):
    """Collect the rows of the record behind each layer, and the cells that ten trainings separate."""
    rows, runs = json.loads((ROOT / f"benchmarks/results/{name}.json").read_text("utf-8"))["rows"], {}
    for row in rows:
        runs.setdefault(row["layer"], []).append(row)
    apart = {layer: np.array([row["separated"] for row in some]) for layer, some in runs.items() if len(some) == 10}
    return runs, apart


NAMES = {  # in the table, and in the record where it differs
    "every second pixel": "every second pixel",
    "max pooling": "max pooling",
    "smallest value": "smallest value of each window",
    "mean pooling": "mean pooling",
    "blurred first": "blur, then every second pixel",
    "strided convolution": "convolution, 1 channel",
    "convolution, then max": "convolution, 1 channel, then max pooling",
    "dilations 2, 2 and 2": "no shrinking, dilations 2, 2 and 2",
    "dilations 1, 2 and 3": "no shrinking, dilations 1, 2 and 3",
}


def typed(name):
    """Read a dictionary that a cell of the chapter writes out."""
    start = TEXT.index(f"\n{name} = {{") + len(f"\n{name} = ")
    return ast.literal_eval(TEXT[start : TEXT.index("\n}", start) + 2])


def test_the_table_of_layers_has_all_that_the_record_has():
    runs, apart = record()
    dots = typed("separated")
    assert list(dots) == list(NAMES)
    assert dots == {name: apart[layer].tolist() for name, layer in NAMES.items()}
    assert set(apart) - set(NAMES.values()) == {"convolution, 4 channels"}  # recorded, and no longer told
    table = TEXT[TEXT.index("| network | what it does first, or instead |") :].split("\n\n")[0]
    assert re.findall(r"^\| ([^|-]+) \|", table, re.MULTILINE)[1:] == list(NAMES)
    told = {name: spread(runs[layer], "separated", 0) for name, layer in NAMES.items()}
    for name, counts in dots.items():
        assert told[name] == f"{np.mean(counts):.0f} ± {np.std(counts, ddof=1):.0f}"  # as the cell writes it
        assert f"{name} {told[name].split()[0]}" in TEXT
    every = told["every second pixel"].split()[0]
    sentence = f"After “every second pixel”, the network separates {every} of the 320 cells, on average."
    assert f"{sentence} How many after max pooling of the image?" in TEXT
    pooled = told["max pooling"].split()[0]
    assert f'id="predict-pooling" data-answer="{pooled}" data-within="15"' in TEXT
    right = "the truth at every second pixel, blended"
    for answer, count in (("background everywhere", 0), (right, 320), ("the truth", 320)):
        assert [row["separated"] for row in runs[answer]] == [count]
    assert "Right scores at every second pixel, blended in the same way, separate all 320 cells" in TEXT


def test_what_is_said_of_the_rows_of_the_table_holds():
    _, apart = record()
    cells = {name: apart[layer] for name, layer in NAMES.items()}
    mean = {name: round(counts.mean()) for name, counts in cells.items()}
    highest, every, averaged, blur = (
        cells[one] for one in ("max pooling", "every second pixel", "mean pooling", "blurred first")
    )
    assert all((highest < other).all() for name, other in cells.items() if name != "max pooling")
    assert "Max pooling of the image separates the fewest cells, whichever of the ten random starts we take." in TEXT
    assert f"widens it, and after that the same network separates {mean['smallest value']} cells." in TEXT
    holes, filled = tuple(cells.values())[-2:]
    pairs = (every, averaged), (every, blur), (holes, filled), (highest, cells["convolution, then max"])
    assert all((old < new).all() for old, new in pairs)
    averaging, blurring = (mean[name] - mean["every second pixel"] for name in ("mean pooling", "blurred first"))
    gained = f"mean pooling gained {averaging} cells over “every second pixel”, on average, and the blur {blurring}."
    assert f"In all ten it helped to read all pixels and add them up: {gained}" in TEXT
    filling = mean["dilations 1, 2 and 3"] - mean["dilations 2, 2 and 2"]
    assert f"Dilations 1, 2 and 3, which leave no holes, gained {filling} over 2, 2 and 2." in TEXT
    helped = f"{mean['convolution, then max']} on average, instead of {mean['max pooling']}."
    assert f"With the convolution, the network separates more cells in all ten pairs: {helped}" in TEXT
    halving = {name: value for name, value in mean.items() if not name.startswith("dilations")}
    assert max(halving, key=halving.get) == "strided convolution"
    assert min(halving, key=halving.get) == "max pooling"
    assert max(mean, key=mean.get) == "dilations 1, 2 and 3"
    best = f"the strided convolution did best, with {mean['strided convolution']} cells on average."
    most = (
        f"{best} On the fine grid, dilations 1, 2 and 3 separated even more, {mean['dilations 1, 2 and 3']}, but there"
    )
    assert f"{most} the convolutions work on four times as many places." in TEXT
    counts = ", ".join(
        f"{mean[name]} with {words}"
        for name, words in (
            ("every second pixel", "every second pixel"),
            ("mean pooling", "mean pooling"),
            ("blurred first", "a blur"),
            ("strided convolution", "learned taps"),
        )
    )
    assert f"| of 320 cells: {counts} |" in TEXT
    pooled = f"of 320 cells: {mean['max pooling']}, and {mean['convolution, then max']} with the convolution |"
    assert f"| Max pooling of the image closes dark lines; a convolution before it helps. | {pooled}" in TEXT


def test_without_noise_every_second_pixel_separates_more_cells_than_the_mean():
    _, apart = record("downsampling_noiseless")
    every, averaged = apart["every second pixel"], apart["mean pooling"]
    assert (every > averaged).all()
    counts = round(every.mean()), round(averaged.mean())
    assert typed("without_noise") == {"every second pixel": every.tolist(), "mean pooling": averaged.tolist()}
    assert "Every second pixel: {} cells on average, against {}.".format(*counts) in TEXT
    assert "without noise, every second pixel {}, and mean pooling {}.".format(*counts) in TEXT
    assert "every second pixel separates more cells than the mean in all ten pairs." in TEXT
    cameras = {}, downsampling_noiseless.NOISELESS
    noisy, clear = (downsampling.gather(range(500, 520), **camera)[0] for camera in cameras)
    noise = noisy - clear
    assert F.avg_pool2d(noise, 2).std() / noise.std() == pytest.approx(0.5, abs=0.01)
    assert "the mean of four pixels has half the noise of one." in TEXT


def test_the_masks_of_six_cells_are_what_the_benchmark_trains_and_have_the_regions_that_are_told():
    crowd = ast.literal_eval(re.search(r"^crowd = (\{.*\})$", TEXT, re.MULTILINE)[1])
    assert {"size": 128, **crowd} == downsampling.CROWDED
    window = np.s_[halved.FIRST : halved.FIRST + halved.SIZE, halved.LEFT : halved.LEFT + halved.SIZE]
    assert "np.s_[64:112, 60:108]" in TEXT
    assert window == np.s_[64:112, 60:108]
    truth = (cell_scene(seed=500, **crowd).instances > 0).numpy()[window]
    masks = halved_answers()
    regions = [ndimage.label(mask)[1] for mask in (truth, *masks.values())]
    assert regions == [6, 4, 5, 6]
    assert list(masks) == [next(name for name in NAMES if NAMES[name] == layer) for layer in downsampling.SHOWN]
    _, apart = record()
    for layer in downsampling.SHOWN:  # a usual training
        assert abs(apart[layer][halved.TRAINING] - apart[layer].mean()) < 5
    lessons, images = downsampling.gather(range(300, 324)), downsampling.gather(range(500, 501))[0]
    network = downsampling.trained("mean pooling", halved.TRAINING, *lessons)
    again = downsampling.labelled(network, images)[0][window]
    assert (again != masks["mean pooling"]).float().mean() < 0.02  # not 0: processors round differently


def test_a_convolution_before_max_pooling_helps_most_where_it_makes_gaps_bright():
    runs, apart = record()
    rows = runs[NAMES["convolution, then max"]]
    assert all(row["taps at first"] * row["taps"] > 0 for row in rows)
    assert "The random start decided which: no sum changed its sign in training." in TEXT
    bright, dark = ([row["separated"] for row in rows if (row["taps"] < 0) == sign] for sign in (True, False))
    assert (len(bright), len(dark)) == (4, 6)
    assert "In four of the ten trainings the taps have a negative sum, so the dark lines come out bright" in TEXT
    told = f"These four separate {np.mean(bright):.0f} cells on average (by chance as many as the strided convolution),"
    assert f"{told} the other six {np.mean(dark):.0f}." in TEXT
    network = downsampling.Behind(NAMES["convolution, then max"]).first
    assert [type(layer).__name__ for layer in network] == ["Conv2d", "MaxPool2d"]
    assert network[0].weight.shape[:2] == (1, 1)
    assert "The one kernel can turn dark into bright, and no ReLU follows it." in TEXT
    assert "| adds up 3 × 3 pixels with one kernel of learned taps and stride 2 |" in TEXT
    assert round(np.mean(bright)) == round(apart[NAMES["strided convolution"]].mean())
    lowest = apart[NAMES["max pooling"]]
    assert all(row["separated"] > lowest[row["seed"]] for row in rows)
    assert "U-Net pools only after a convolution, which helped in our simpler test," in TEXT


def test_the_networks_that_are_compared_read_and_work_as_much_as_the_chapter_says():
    runs, _ = record()
    work = {layer: some[0].get("thousand multiply–adds", 0) for layer, some in runs.items()}
    fine = work["no shrinking, dilations 2, 2 and 2"]
    assert fine == work["no shrinking, dilations 1, 2 and 3"]
    assert round(fine / work["every second pixel"], 1) == round(fine / work["convolution, 1 channel"], 1) == 4
    shrunk = [Layer(1, stride=2), *[Layer(3)] * 3]  # as far as every second pixel, then three convolutions
    spaced, whole = ([Layer(3, dilation=d) for d in dilations] for dilations in ((2, 2, 2), (1, 2, 3)))
    assert receptive_field(shrunk).size == receptive_field(spaced).size == receptive_field(whole).size
    assert "so that a score sees as far as after “every second pixel”." in TEXT
    begins = [Layer(2, stride=2)], [Layer(3, stride=2)], [Layer(3), Layer(2, stride=2)]  # a pooling; taps; both
    fields = [receptive_field([*first, *[Layer(3)] * 3]).size for first in begins]
    assert [size - receptive_field(shrunk).size for size in fields] == [1, 2, 3]
    assert "The others see one to three pixels further." in TEXT
    read = shares(spaced) > 1e-12
    assert torch.equal(shares(shrunk) > 1e-12, read)
    assert read.tolist() == [True, False] * 6 + [True]
    assert "keeps all pixels, but each score reads only every second row and column |" in TEXT
    assert "keeps all pixels, and each score reads all that lie in its view |" in TEXT
    assert (shares(whole) > 1e-12).all()


def test_a_gap_of_two_pixels_can_disappear_in_a_maximum_and_not_in_every_second_pixel():
    left = set()
    for start in (4, 5):
        cells = torch.ones(1, 1, 1, 12)
        cells[..., start : start + 2] = 0
        assert (cells[..., ::2] == 0).sum() == 1
        left.add(int((F.max_pool1d(cells[0], 2) == 0).sum()))
    assert left == {0, 1}
    assert "After max pooling it is gone." in TEXT
    assert "every second pixel keeps one of its columns at full depth, but the mean makes it only half as dark." in TEXT


def test_the_gap_across_two_blocks_is_what_each_layer_makes_of_it():
    said = re.search(r"```\nimage  .*?```", TEXT, re.DOTALL)[0]
    rows = {line[:18].strip(): [int(digit) for digit in re.findall(r"\d", line)] for line in said.splitlines()[1:-1]}
    image = torch.tensor(rows.pop("image")).double()[None]
    assert rows == {
        "every second": image[0, ::2].tolist(),
        "max pooling": F.max_pool1d(image, 2)[0].tolist(),
        "smallest value": (-F.max_pool1d(-image, 2))[0].tolist(),
        "mean pooling": F.avg_pool1d(image, 2)[0].tolist(),
    }
