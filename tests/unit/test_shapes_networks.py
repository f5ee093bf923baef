"""The U against a second U in torch: its shapes, its autograd, its flop counter."""

import re
from itertools import pairwise

import pytest
import torch
from operators import counted
from torch import nn
from torch.nn import functional as F

from segbook.shapes import (
    input_window,
    legal_input_sizes,
    unet_layers,
    unet_ledger,
)


def test_the_papers_u_is_what_is_left_out():
    assert unet_layers() == unet_layers(4, padding=0)


class TinyUNet(nn.Module):
    """The paper's figure, written a second time: what the ledger says is compared with what this does."""

    def __init__(self, in_channels, num_classes, depth, width, padding, skips):
        super().__init__()

        def pair(c_in, c_out):
            return nn.Sequential(
                nn.Conv2d(c_in, c_out, 3, padding=padding), nn.Conv2d(c_out, c_out, 3, padding=padding)
            )

        widths = [width * 2**level for level in range(depth + 1)]
        self.skips = skips
        self.down = nn.ModuleList(pair(a, b) for a, b in pairwise([in_channels, *widths]))
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, 2) for a, b in reversed(list(pairwise(widths))))
        self.join = nn.ModuleList(pair(w * (2 if skips else 1), w) for w in reversed(widths[:-1]))
        self.head = nn.Conv2d(width, num_classes, 1)

    def forward(self, x):
        kept = []
        for level, pair in enumerate(self.down):
            x = pair(F.avg_pool2d(x, 2) if level else x)
            kept.append(x)
        for skip, up, join in zip(reversed(kept[:-1]), self.up, self.join, strict=True):
            x = up(x)
            if self.skips:
                crop = (skip.shape[-1] - x.shape[-1]) // 2
                x = torch.cat([skip[..., crop : crop + x.shape[-2], crop : crop + x.shape[-1]], x], dim=1)
            x = join(x)
        return self.head(x)


@pytest.mark.parametrize(
    ("size", "depth", "padding", "skips"),
    [(92, 3, 0, True), (44, 2, 0, True), (18, 1, 0, True), (16, 3, 1, True), (45, 2, 0, False), (23, 2, 1, False)],
)
def test_the_ledger_is_what_torch_computes(size, depth, padding, skips):
    shape = {"in_channels": 3, "num_classes": 5, "depth": depth, "width": 2, "padding": padding, "skips": skips}
    ledger = unet_ledger(size, **shape)
    net, x = TinyUNet(**shape), torch.zeros(1, 3, size, size)
    products, parameters = counted(net, x)
    assert net(x).shape == (1, ledger[-1].out_channels, ledger[-1].output_size, ledger[-1].output_size)
    assert sum(row.parameters for row in ledger) == parameters
    assert sum(row.multiply_adds for row in ledger) == products


def test_the_papers_net_has_23_convolutions_and_31_030_658_parameters_and_maps_572_to_388():
    ledger = unet_ledger(572)
    assert sum(row.parameters > 0 for row in ledger) == 23
    assert sum(row.kind == "up" for row in ledger) == 4
    assert sum(row.parameters for row in ledger) == 31_030_658
    with torch.device("meta"):
        net = TinyUNet(1, 2, 4, 64, 0, True)
        assert net(torch.zeros(1, 1, 572, 572)).shape == (1, 2, 388, 388)
    assert sum(p.numel() for p in net.parameters()) == 31_030_658
    crops = [(row.input_size - row.output_size) // 2 for row in ledger if row.kind == "skip"]
    assert crops == [4, 16, 40, 88]
    printed = [572, 570, 568, 284, 282, 280, 140, 138, 136, 68, 66, 64, 32, 30, 28, 56, 54, 52, 104, 102, 100, 200, 198, 196, 392, 390, 388, 388]  # fmt: skip
    assert [572, *(row.output_size for row in ledger if row.kind != "skip")] == printed
    channels = [64, 64, 64, 128, 128, 128, 256, 256, 256, 512, 512, 512, 1024, 1024, 512, 1024, 512, 512, 256, 512, 256, 256, 128, 256, 128, 128, 64, 128, 64, 64, 2]  # fmt: skip
    assert [row.out_channels for row in ledger] == channels


def test_every_row_of_the_ledger_reads_what_the_row_above_wrote():
    for ledger in (unet_ledger(204), unet_ledger(32, padding=1), unet_ledger(33, padding=1, skips=False)):
        for above, row in pairwise(ledger):
            skip = row.kind == "skip"
            assert skip or (row.input_size, row.in_channels) == (above.output_size, above.out_channels)
            assert not skip or row.out_channels == row.in_channels + above.out_channels
    names = [row.name for row in unet_ledger(8, depth=1, padding=1)]
    assert names == ["encoder 1", "encoder 1", "pool 1", "bottleneck 2", "bottleneck 2", "up 1", "skip 1", "decoder 1", "decoder 1", "head"]  # fmt: skip


def test_legal_sizes_are_188_plus_16m_and_give_4_plus_16m():
    sizes = legal_input_sizes(1000)
    assert (sizes.start, sizes.step) == (188, 16)
    for m, size in enumerate(sizes[:4]):
        assert unet_ledger(size)[-1].output_size == 4 + 16 * m
    assert list(legal_input_sizes(40, depth=3, padding=1)) == [8, 16, 24, 32, 40]
    assert list(legal_input_sizes(187)) == []
    assert list(legal_input_sizes(188)) == [188]


@pytest.mark.parametrize(("depth", "padding"), [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)])
def test_legal_sizes_are_exactly_those_where_torch_halves_evenly(depth, padding):
    net, pooled = TinyUNet(1, 1, depth, 1, padding, True), []
    for pair in net.down[:-1]:  # the last one is the bottleneck: nothing is pooled there
        pair.register_forward_hook(lambda *run: pooled.append(run[2].shape[-1]))
    legal = legal_input_sizes(54, depth=depth, padding=padding)
    for size in range(1, 55):
        pooled.clear()
        try:
            runs = net(torch.zeros(1, 1, size, size)).numel() > 0
        except RuntimeError:
            runs = False
        assert (size in legal) == (runs and all(side % 2 == 0 for side in pooled)), size


def test_an_output_pixel_of_the_papers_net_sees_188_or_204_pixels_depending_on_its_phase():
    windows = [len(input_window(unet_layers(), n)) for n in range(32)]
    assert set(windows) == {188, 204}
    assert windows[:16] == windows[16:]


@pytest.mark.parametrize("padding", [0, 1])
def test_the_window_of_the_longest_way_is_the_gradient_of_the_whole_u(padding):
    net = TinyUNet(1, 1, 2, 1, padding, True).double()
    for parameter in net.parameters():
        nn.init.constant_(parameter, 0.5)  # positive: nothing cancels
    x = torch.ones(1, 1, 108, 108, dtype=torch.float64, requires_grad=True)
    output = net(x)
    layers = unet_layers(2, padding=padding)
    for n in range(output.shape[-1] // 2, output.shape[-1] // 2 + 4):
        (gradient,) = torch.autograd.grad(output[0, 0, n, n], x, retain_graph=True)
        read = gradient[0, 0].any(0).nonzero().ravel()
        assert range(read[0], read[-1] + 1) == input_window(layers, n)


def test_without_skips_a_pooling_drops_the_odd_pixel_for_good():
    ledger = unet_ledger(23, depth=3, padding=1, skips=False)
    assert [row.output_size for row in ledger if row.kind in ("pool", "up")] == [11, 5, 2, 4, 8, 16]
    assert not any(row.kind == "skip" for row in ledger)


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: unet_layers(-1), "depth must be a whole number of at least 0: got -1"),
        (lambda: unet_layers(2, padding=2), "padding must be a whole number from 0 to 1: got 2"),
        (lambda: legal_input_sizes(9, depth=2, padding=-1), "padding must be a whole number from 0 to 1: got -1"),
        (lambda: legal_input_sizes(9, depth=-1), "depth must be a whole number of at least 0: got -1"),
        (lambda: legal_input_sizes(0), "limit must be a whole number of at least 1: got 0"),
        (lambda: unet_ledger(570), r"input_size 570 .* depth 4 and padding 0: legal are 188, 204, 220, …, nearest 556 and 572"),
        (lambda: unet_ledger(100), r"input_size 100 .* nearest 188$"),
        (lambda: unet_ledger(180), r"input_size 180 .* nearest 188$"),
        (lambda: unet_ledger(0), "input_size must be a whole number of at least 1: got 0"),
        (lambda: unet_ledger(17, depth=3, padding=1), r"depth 3 and padding 1: legal are 8, 16, 24, …, nearest 16 and 24"),
        (lambda: unet_ledger(20, skips=False), "covers 3 samples"),
        (lambda: unet_ledger(572, width=0), "width must be a whole number of at least 1: got 0"),
        (lambda: unet_ledger(572, in_channels=0), "in_channels must be a whole number of at least 1: got 0"),
        (lambda: unet_ledger(572, num_classes=0), "num_classes must be a whole number of at least 1: got 0"),
    ],
)  # fmt: skip
def test_bad_sizes_raise_and_show_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
