"""SizeLedger against networks that torch builds, and against the module's own ledger."""

from itertools import product

import pytest
import torch
import traitlets
from torch import nn

from segbook import models, shapes
from segbook.widgets import SizeLedger
from segbook.widgets.size_ledger import POOLINGS


def network(figure):
    """Build the layers that the figure describes, with one channel."""
    kernel_size, stride, padding = POOLINGS[figure.pooling]
    layer = {"stride": stride, "padding": padding}

    def convolutions():
        return [nn.Conv2d(1, 1, (1, 3), padding=(0, int(figure.padded))) for _ in range(2)]

    layers = []
    for _ in range(figure.depth):
        layers += [*convolutions(), nn.MaxPool1d(kernel_size, **layer)]
    layers += convolutions()
    for remainder in reversed(figure.remainders()):
        up = nn.ConvTranspose1d(1, 1, kernel_size, **layer, output_padding=remainder if figure.mend else 0)
        layers += [up, *convolutions()]
    return layers


@torch.no_grad()
def test_the_ledger_is_what_torch_returns():
    torch.manual_seed(7)
    tried = 0
    for depth, pooling, padded, mend in product((1, 2, 3), POOLINGS, (True, False), (True, False)):
        for size in torch.randint(20, 250, (2,)).tolist():
            figure = SizeLedger(input_size=size, depth=depth, pooling=pooling, padded=padded, mend=mend)
            try:
                rows = figure.ledger()
            except ValueError:
                continue
            x, sizes = torch.zeros(1, 1, size), [size]
            for layer in network(figure):
                x = layer(x[:, None]).squeeze(1) if isinstance(layer, nn.Conv2d) else layer(x)
                sizes.append(x.shape[-1])
            assert sizes == [rows[0][1], *(output for _, _, output in rows)]
            tried += 1
    assert tried > 50


def test_the_legal_sizes_are_those_of_the_modules():
    for depth in (1, 3, 4):
        figure = SizeLedger(depth=depth)
        legal = figure.legal_sizes()
        assert legal == [*shapes.legal_input_sizes(256, depth=depth, padding=1)]
        model = models.EncoderDecoder(1, 2, width=1, depth=depth)
        assert all(model.legal_input_size(size) == next(n for n in legal if n >= size) for size in (1, 97, 256))
        figure.padded = False
        unpadded = [*shapes.legal_input_sizes(256, depth=depth)]
        assert figure.legal_sizes() == [size for size in unpadded if size <= 256]


def test_a_mended_ledger_restores_every_size_that_fits():
    for depth, pooling in product(range(1, 6), POOLINGS):
        figure = SizeLedger(depth=depth, pooling=pooling, mend=True)
        for size in range(1, 257, 17):
            try:
                assert figure.ledger(size)[-1][2] == size
            except ValueError:
                assert size < POOLINGS[pooling][1] ** depth


def test_the_rests_are_the_binary_digits_of_the_size():
    figure = SizeLedger(depth=5)
    for size in range(32, 257, 3):
        assert sum(remainder << level for level, remainder in enumerate(figure.remainders(size))) == size % 32
        assert size - figure.ledger(size)[-1][2] == size % 32


def test_it_says_what_it_shows():
    assert "96 is a legal size; pooled and enlarged 96 → 48 → 24 → 12 → 24 → 48 → 96" in SizeLedger().alt()
    figure = SizeLedger(input_size=103)
    assert "103 is not a legal size" in figure.alt()
    assert "remainders 1, 1, 1; the output has 96." in figure.alt()
    figure.mend = True
    assert "the output has 103." in figure.alt()
    figure.set_trait("padded", False)
    figure.input_size, figure.mend = 124, False
    assert "the output has 36." in figure.alt()


def test_it_says_so_when_a_size_is_too_small():
    figure = SizeLedger(input_size=20, padded=False)
    assert "20 is too small: the kernel covers 3 samples" in figure.alt()
    with pytest.raises(ValueError, match="at least"):
        figure.output_size()


@pytest.mark.parametrize(
    ("trait", "value"), [("input_size", 0), ("input_size", 257), ("depth", 0), ("depth", 6), ("pooling", "5 over 1")]
)
def test_settings_out_of_range_are_refused(trait, value):
    with pytest.raises(traitlets.TraitError):
        setattr(SizeLedger(), trait, value)
