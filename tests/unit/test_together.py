"""Modules that do not know each other agree: sizes on paper with networks, losses with loops, metrics with losses."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from segbook import losses, ops, shapes
from segbook.models import UNet, initialise
from segbook.train import fit


@pytest.mark.parametrize(("depth", "width", "padding"), [(1, 4, 0), (2, 3, 1), (3, 2, 0), (4, 2, 1)])
def test_the_ledger_counts_what_the_network_has_and_does(depth, width, padding):
    size = shapes.legal_input_sizes(400, depth=depth, padding=padding)[1]
    ledger = shapes.unet_ledger(size, in_channels=3, num_classes=5, depth=depth, width=width, padding=padding)
    with torch.device("meta"):
        model, images = UNet(3, 5, width=width, depth=depth, padding=bool(padding)), torch.zeros(1, 3, size, size)
    with FlopCounterMode(display=False) as counter:
        logits = model(images)
    assert logits.shape == (1, 5, ledger[-1].output_size, ledger[-1].output_size)
    assert sum(parameter.numel() for parameter in model.parameters()) == sum(row.parameters for row in ledger)
    assert counter.get_total_flops() == 2 * sum(row.multiply_adds for row in ledger)  # a product and a sum each


@pytest.mark.parametrize("padding", [0, 1])
def test_legal_sizes_on_paper_are_those_that_the_network_accepts(padding):
    with torch.device("meta"):
        model = UNet(1, 2, width=1, depth=2, padding=bool(padding))
        legal = []
        for size in range(1, 70):
            try:
                model(torch.zeros(1, 1, size, size))
            except ValueError:
                continue
            legal.append(size)
    assert legal == list(shapes.legal_input_sizes(69, depth=2, padding=padding))


def test_the_loop_to_read_and_the_loss_to_train_with_agree():
    logits, labels = torch.randn(2, 3, 4, 5, dtype=torch.float64), torch.randint(0, 3, (2, 4, 5))
    labels[0, 0, :2] = 255
    weight_map = torch.rand(2, 4, 5, dtype=torch.float64)
    read = ops.pixel_cross_entropy(logits, labels, weight_map, ignore_index=255)
    trained = losses.cross_entropy(logits, labels, weight_map.float(), reduction="sum", ignore_index=255)
    torch.testing.assert_close(read, trained, rtol=1e-6, atol=1e-6)


def test_a_small_net_learns_a_scene_with_the_books_loss():
    ys, xs = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    labels = ((ys - 14) ** 2 + (xs - 18) ** 2 < 60).long()[None]
    images = labels[None].float() + 0.3 * torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    model = initialise(UNet(1, 2, width=4, depth=2, padding=True), generator=generator)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def loss(logits, labels):
        return losses.cross_entropy(logits, labels, reduction="pixel_mean")

    history = fit(model, [(images, labels)], loss, optimizer, steps=60)["loss"]
    assert history[-1] < 0.2 * history[0]
    assert (model(images).argmax(1) == labels).float().mean() > 0.97
