"""UNetPlanner against torch: sizes, parameters, multiply–adds, and what an output pixel reads, asked of autograd."""

import base64
import io

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook import shapes
from segbook.models import UNet
from segbook.widgets import UNetPlanner
from segbook.widgets.unet_planner import DATA, feature_maps


def planned(**settings):
    figure = UNetPlanner(**settings)
    with torch.device("meta"):
        model = UNet(1, 2, width=figure.width, depth=figure.depth, padding=figure.padding)
        image = torch.zeros(1, 1, figure.input_size, figure.input_size)
        with FlopCounterMode(display=False) as counter:
            output = model(image)
    return figure.plan(), model, output, counter.get_total_flops() // 2


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"input_size": 188},
        {"input_size": 128, "depth": 3, "padding": True},
        {"input_size": 96, "width": 8, "padding": True},
        {"input_size": 20, "depth": 1, "width": 3},
    ],
)
def test_a_plan_is_what_torch_builds(settings):
    plan, model, output, products = planned(**settings)
    assert plan["output_size"] == output.shape[-1] == output.shape[-2]
    assert plan["parameters"] == sum(parameter.numel() for parameter in model.parameters())
    assert plan["convolutions"] == sum(parameter.dim() == 4 for parameter in model.parameters())
    assert plan["multiply_adds"] == products


def read_by_torch(depth, padding):
    """Rows of the image that each row of a period of outputs reads: a U of one channel, positive weights, averages."""
    model = UNet(1, 1, width=1, depth=depth, padding=padding).double()
    for parameter in model.parameters():
        torch.nn.init.constant_(parameter, 0.1)
    period = 2**depth
    # Wide enough to be away from the border; one column of outputs is asked, rows of one whole period.
    size = model.legal_input_size(2 * model.context + 3 * period)
    images = torch.ones(1, 1, size, size, dtype=torch.float64, requires_grad=True)
    output = model(images)
    first = -(-(output.shape[-1] // 2) // period) * period if padding else 0
    reads = []
    for row in range(first, first + period):
        (gradient,) = torch.autograd.grad(output[0, 0, row, row], images, retain_graph=True)
        rows = gradient[0, 0].abs().sum(dim=1).nonzero().flatten()
        reads.append((row, int(rows.min()), int(rows.max()) + 1))
    return reads


@pytest.mark.parametrize("padding", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_an_output_pixel_reads_what_autograd_says_in_every_phase(depth, padding, monkeypatch):
    monkeypatch.setattr("segbook.models.unet.F.max_pool2d", F.avg_pool2d)  # the maximum would hide what it read
    layers = shapes.unet_layers(depth, padding=int(padding))
    for row, start, stop in read_by_torch(depth, padding):
        assert shapes.input_window(layers, row) == range(start, stop), row


def test_the_receptive_field_depends_on_the_phase():
    figure = UNetPlanner()
    found = []
    for pixel in range(16):
        figure.output_pixel = pixel
        found.append(figure.plan()["receptive_field"])
        (other,) = {188, 204} - {found[-1]}
        assert figure.alt().endswith(
            f"pixel {pixel} reads {found[-1]} input pixels along each axis (some others {other})."
        )
    assert found == [188] * 4 + [204] * 12
    alike = UNetPlanner(input_size=20, depth=1, output_pixel=9)
    assert alike.alt().endswith("output pixel 3 reads 18 input pixels along each axis (like every other).")


def test_the_notes_u_has_exact_halves_and_the_papers_has_crops():
    def sizes(figure, kind):
        return [(row.input_size, row.output_size) for row in figure.ledger() if row.name.startswith(kind)]

    notes, paper = UNetPlanner(input_size=128, depth=3, padding=True), UNetPlanner()
    assert sizes(notes, "pool") == [(128, 64), (64, 32), (32, 16)]
    assert sizes(notes, "up") == [(16, 32), (32, 64), (64, 128)]
    assert sizes(notes, "skip") == [(32, 32), (64, 64), (128, 128)]
    assert sizes(paper, "skip") == [(64, 56), (136, 104), (280, 200), (568, 392)]
    assert paper.plan()["parameters"] == 31_030_658
    assert "skips lose 4, 16, 40, 88 pixels on each side" in paper.alt()
    assert "no skip is cropped" in notes.alt()


def test_an_illegal_size_names_its_neighbours():
    figure = UNetPlanner(input_size=570)
    assert "nearest 556 and 572" in figure.alt()
    with pytest.raises(ValueError, match="input_size 570 is not legal"):
        figure.plan()


@pytest.mark.parametrize(("trait", "value"), [("depth", 5), ("width", 0), ("input_size", 2000), ("padding", 1.5)])
def test_a_trait_out_of_range_is_refused(trait, value):
    figure = UNetPlanner()
    before = getattr(figure, trait)
    with pytest.raises(traitlets.TraitError, match=trait):
        setattr(figure, trait, value)
    assert getattr(figure, trait) == before


def test_the_stored_maps_are_small_and_there_are_three_of_every_stage():
    stored = feature_maps()
    blocks = {f"{kind} {level}" for kind in ("encoder", "decoder") for level in range(1, 5)} | {"bottleneck 5"}
    assert set(stored["frames"]) == blocks | {"image", "answer"}
    picture = base64.b64decode(stored["sheet"].partition(",")[2])
    assert len(picture) < 20_000
    with Image.open(io.BytesIO(picture)) as sheet:
        assert len(sheet.getcolors()) <= 16
        for name, places in stored["frames"].items():
            assert len(places) == (1 if name in ("image", "answer") else 3)
            for left, top, size in places:
                level = int(name[-1]) if name[-1].isdigit() else 1
                assert size == stored["size"] // 2 ** (level - 1)
                assert left + size <= sheet.width
                assert top + size <= sheet.height
    assert "Written by benchmarks/unet_maps.py" in stored["note"]
    assert {file.name for file in DATA.glob("unet_maps.*")} == {"unet_maps.json", "unet_maps.png"}


def test_the_frames_of_a_block_are_cut_from_the_sheet():
    for block, size in (
        ("encoder 1", 64),
        ("encoder 3", 16),
        ("bottleneck 5", 4),
        ("bottleneck 4", 8),
        ("decoder 2", 32),
    ):
        frames = UNetPlanner(block=block).frames()
        assert [frame.shape for frame in frames] == [(size, size)] * 3
        assert all(np.ptp(frame) > 0.5 for frame in frames)  # stretched from black to white
