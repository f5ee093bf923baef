"""Pooling, stacks, costs and the U against torch: its shapes, its autograd, its own flop counter."""

import re
from itertools import pairwise, product

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook.shapes import (
    Layer,
    ReceptiveField,
    collapsing_input_sizes,
    conv_multiply_adds,
    conv_output_size,
    conv_parameters,
    conv_transpose_multiply_adds,
    conv_transpose_output_size,
    dense_multiply_adds,
    dense_parameters,
    input_window,
    legal_input_sizes,
    pool_output_size,
    receptive_field,
    restoring_output_padding,
    stack_output_size,
    unet_layers,
    unet_ledger,
)

# --- pooling


@settings(deadline=None, max_examples=150)
@given(
    st.integers(1, 24), st.integers(1, 6), st.none() | st.integers(1, 6), st.integers(0, 4), st.integers(1, 3),
    st.booleans(),
)  # fmt: skip
def test_pool_output_size_matches_torch(size, kernel_size, stride, padding, dilation, ceil_mode):
    layer = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    axes = {name: (value, 1 if name in ("stride", "dilation") else 0) for name, value in layer.items() if name != "ceil_mode"}  # fmt: skip
    axes["stride"] = (kernel_size if stride is None else stride, 1)
    try:
        expected = F.max_pool2d(torch.zeros(1, 1, size, 1), (kernel_size, 1), **axes, ceil_mode=ceil_mode).shape[2]
    except RuntimeError:
        with pytest.raises(ValueError, match=r"at most half|covers"):
            pool_output_size(size, kernel_size, **layer)
    else:
        assert pool_output_size(size, kernel_size, **layer) == expected


def test_settings_left_out_are_torchs():
    x, weight = torch.zeros(1, 1, 10), torch.zeros(1, 1, 3)
    assert conv_output_size(10, 3) == F.conv1d(x, weight).shape[-1]
    assert conv_transpose_output_size(10, 3) == F.conv_transpose1d(x, weight).shape[-1]
    assert pool_output_size(10, 3) == F.max_pool1d(x, 3).shape[-1]
    assert list(collapsing_input_sizes(8, 3)) == [n for n in range(1, 20) if n >= 3 and F.conv1d(torch.zeros(1, 1, n), weight).shape[-1] == 8]  # fmt: skip
    assert restoring_output_padding(10, 3) == 0


def test_the_papers_u_is_what_is_left_out():
    assert unet_layers() == unet_layers(4, padding=0)


def test_pool_output_size_agrees_with_torch_on_every_small_setting():
    tried = 0
    for size, kernel_size, stride, padding in product(range(1, 8), range(1, 5), range(1, 6), range(3)):
        if padding > kernel_size // 2:
            continue
        pool = nn.AvgPool1d(kernel_size, stride, padding, ceil_mode=True)
        try:
            expected = pool(torch.zeros(1, 1, size)).shape[-1]
        except RuntimeError:
            with pytest.raises(ValueError, match="not even one window"):
                pool_output_size(size, kernel_size, stride=stride, padding=padding, ceil_mode=True)
            continue
        assert pool_output_size(size, kernel_size, stride=stride, padding=padding, ceil_mode=True) == expected
        tried += 1
    assert tried > 200


# --- stacks

CONVS = st.builds(
    Layer,
    st.integers(1, 4),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
    transposed=st.just(False),
)


@settings(deadline=None)
@given(st.lists(CONVS, max_size=5), st.integers(0, 6))
def test_the_formula_of_the_receptive_field_is_the_walk_back_from_any_output(layers, n):
    size, jump, offset = receptive_field(layers)
    assert input_window(layers, n) == range(offset + n * jump, offset + n * jump + size)


def test_an_empty_stack_reads_the_sample_itself():
    assert receptive_field([]) == ReceptiveField(1, 1, 0)
    assert input_window([], 4) == range(4, 5)
    assert stack_output_size([], 7) == 7


def test_alexnets_last_pooling_sees_195_pixels_every_32():
    alexnet = [Layer(11, 4, 2), Layer(3, 2), Layer(5, 1, 2), Layer(3, 2), *[Layer(3, 1, 1)] * 3, Layer(3, 2)]
    assert receptive_field(alexnet) == ReceptiveField(size=195, jump=32, offset=-(2 + 2 * 8 + 3 * 16))
    assert stack_output_size(alexnet, 227) == 6


def run_by_torch(layers, signal):
    for kernel_size, stride, padding, dilation, transposed in layers:
        conv = F.conv_transpose1d if transposed else F.conv1d
        weight = torch.ones(1, 1, kernel_size, dtype=signal.dtype)
        signal = conv(signal, weight, stride=stride, padding=padding, dilation=dilation)
    return signal


@settings(deadline=None, max_examples=60)
@given(st.data(), st.lists(st.one_of(CONVS, CONVS.map(lambda layer: layer._replace(transposed=True))), max_size=4))
def test_the_input_window_is_where_torchs_gradient_is_not_zero(data, layers):
    layers = [layer._replace(padding=0) for layer in layers]
    signal = torch.ones(1, 1, 80, dtype=torch.float64, requires_grad=True)
    try:
        output = run_by_torch(layers, signal)
    except RuntimeError:
        assume(False)
    assert stack_output_size(layers, 80) == output.shape[-1]
    n = data.draw(st.integers(0, min(output.shape[-1] - 1, 30)))
    (gradient,) = torch.autograd.grad(output[0, 0, n], signal)
    read = gradient[0, 0].nonzero().ravel().tolist()
    window = input_window(layers, n)
    inside = [place for place in read if place in window]
    assert inside == read
    assume(window and window[0] >= 0 and window[-1] < 80)
    assert [read[0], read[-1]] == [window[0], window[-1]]


def test_padding_moves_the_window_to_the_left_of_the_signal_and_a_crop_to_the_right():
    assert input_window([Layer(3, padding=1)], 0) == range(-1, 2)
    assert input_window([Layer(3, stride=2, padding=2, transposed=True)], 0) == range(2)


def test_an_output_between_the_stamps_reads_nothing():
    assert input_window([Layer(1, stride=2, transposed=True)], 1) == range(0)


# --- costs


def counted(layer, x):
    with FlopCounterMode(display=False) as counter:
        layer(x)
    return counter.get_total_flops() // 2, sum(p.numel() for p in layer.parameters())


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(3, 6), st.integers(1, 2), st.booleans())
def test_costs_match_torchs_own_counters(c_in, c_out, kernel_size, size, stride, bias):
    conv = nn.Conv2d(c_in, c_out, kernel_size, stride, bias=bias)
    products, parameters = counted(conv, torch.zeros(1, c_in, size, size))
    output_size = (size - kernel_size) // stride + 1
    assert conv_multiply_adds(c_in, c_out, kernel_size, output_size=output_size) == products
    assert conv_parameters(c_in, c_out, kernel_size, bias=bias) == parameters

    up = nn.ConvTranspose2d(c_in, c_out, kernel_size, stride, bias=bias)
    products, parameters = counted(up, torch.zeros(1, c_in, size, size))
    assert conv_transpose_multiply_adds(c_in, c_out, kernel_size, input_size=size) == products
    assert conv_parameters(c_in, c_out, kernel_size, bias=bias) == parameters

    products, parameters = counted(nn.Linear(c_in, c_out, bias=bias), torch.zeros(1, c_in))
    assert dense_multiply_adds(c_in, c_out) == products
    assert dense_parameters(c_in, c_out, bias=bias) == parameters

    conv = nn.Conv1d(c_in, c_out, kernel_size, stride, bias=bias)
    products, parameters = counted(conv, torch.zeros(1, c_in, size))
    assert conv_multiply_adds(c_in, c_out, kernel_size, output_size=output_size, axes=1) == products
    assert conv_parameters(c_in, c_out, kernel_size, axes=1, bias=bias) == parameters
    assert conv_transpose_multiply_adds(c_in, c_out, kernel_size, input_size=size, axes=1) == counted(
        nn.ConvTranspose1d(c_in, c_out, kernel_size, stride), torch.zeros(1, c_in, size)
    )[0]  # fmt: skip


# --- the U


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
        (lambda: pool_output_size(8, 3, padding=2), "got padding 2, kernel_size 3, so at most 1$"),
        (lambda: pool_output_size(8, 2, padding=2, dilation=2), "got padding 2, kernel_size 2, so at most 1"),
        (lambda: pool_output_size(2, 3), "covers 3 samples .* has 2"),
        (lambda: pool_output_size(2, 7, stride=2, ceil_mode=True), "covers 7 samples .* has 2 .* not even one"),
        (lambda: pool_output_size(2, 2, stride=0), "stride must be a whole number of at least 1: got 0"),
        (lambda: receptive_field([Layer(3), Layer(2, transposed=True)]), "layer 1 of 2 is transposed"),
        (lambda: receptive_field([Layer(3, stride=0)]), "stride of layer 0 must be a whole number of at least 1: got 0"),
        (lambda: input_window([Layer(3), Layer(0)], 0), "kernel_size of layer 1 must be a whole number of at least 1: got 0"),
        (lambda: input_window([Layer(3, padding=-1)], 0), "padding of layer 0 must be a whole number of at least 0: got -1"),
        (lambda: input_window([Layer(3, dilation=0)], 0), "dilation of layer 0 must be a whole number of at least 1: got 0"),
        (lambda: stack_output_size([Layer(3), Layer(3)], 4), "covers 3 samples .* has 2"),
        (lambda: conv_parameters(0, 1, 1), "in_channels must be a whole number of at least 1: got 0"),
        (lambda: conv_parameters(1, 0, 1), "out_channels must be a whole number of at least 1: got 0"),
        (lambda: conv_parameters(1, 1, 0), "kernel_size must be a whole number of at least 1: got 0"),
        (lambda: conv_parameters(1, 1, 1, axes=0), "axes must be a whole number of at least 1: got 0"),
        (lambda: dense_parameters(0, 1), "in_features must be a whole number of at least 1: got 0"),
        (lambda: dense_multiply_adds(1, 0), "out_features must be a whole number of at least 1: got 0"),
        (lambda: conv_multiply_adds(1, 1, 1, output_size=0), "output_size must be a whole number of at least 1: got 0"),
        (lambda: conv_transpose_multiply_adds(1, 1, 1, input_size=0), "input_size must be a whole number of at least 1: got 0"),
        (lambda: unet_layers(-1), "depth must be a whole number of at least 0: got -1"),
        (lambda: unet_layers(2, padding=2), "padding must be a whole number from 0 to 1: got 2"),
        (lambda: legal_input_sizes(9, depth=2, padding=-1), "padding must be a whole number from 0 to 1: got -1"),
        (lambda: legal_input_sizes(9, depth=-1), "depth must be a whole number of at least 0: got -1"),
        (lambda: legal_input_sizes(0), "limit must be a whole number of at least 1: got 0"),
        (lambda: unet_ledger(570), r"input_size 570 .* depth 4 and padding 0: legal are 188 \+ 16·m, nearest 556 and 572"),
        (lambda: unet_ledger(100), r"input_size 100 .* nearest 188$"),
        (lambda: unet_ledger(180), r"input_size 180 .* nearest 188$"),
        (lambda: unet_ledger(0), "input_size must be a whole number of at least 1: got 0"),
        (lambda: unet_ledger(17, depth=3, padding=1), r"depth 3 and padding 1: legal are 8 \+ 8·m, nearest 16 and 24"),
        (lambda: unet_ledger(20, skips=False), "covers 3 samples"),
        (lambda: unet_ledger(572, width=0), "width must be a whole number of at least 1: got 0"),
        (lambda: unet_ledger(572, in_channels=0), "in_channels must be a whole number of at least 1: got 0"),
        (lambda: unet_ledger(572, num_classes=0), "num_classes must be a whole number of at least 1: got 0"),
    ],
)  # fmt: skip
def test_bad_networks_raise_and_show_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
