"""Chapter 8: references against torch and the book's own networks."""

import numpy as np
import pytest
import torch
from answering import drawn
from torch import nn

from segbook import shapes
from segbook.models import UNet, crop_centre
from segbook.train import predict


def test_the_crop_reference_is_what_the_model_does():
    for maps, _, both in drawn("8.1"):
        skip, upsampled = (torch.from_numpy(array)[None].double() for array in maps)
        expected = torch.cat([crop_centre(skip, tuple(upsampled.shape[-2:])), upsampled], dim=1)[0]
        assert np.array_equal(both, expected)


def unpadded_u(depth, kernel_size):
    """A U of one channel without skips: only its sizes matter."""
    stage = [nn.Conv2d(1, 1, kernel_size), nn.Conv2d(1, 1, kernel_size)]
    down = [layer for _ in range(depth) for layer in (*stage, nn.MaxPool2d(2))]
    up = [layer for _ in range(depth) for layer in (nn.ConvTranspose2d(1, 1, 2, stride=2), *stage)]
    return nn.Sequential(*down, *stage, *up)


def test_the_size_reference_matches_torch():
    for (input_size,), options, size in drawn("8.2"):
        with torch.device("meta"):
            y = unpadded_u(**options)(torch.zeros(1, 1, input_size, input_size))
        assert size == y.shape[-1]
        if options["kernel_size"] == 3:
            assert size == shapes.unet_ledger(input_size, depth=options["depth"])[-1].output_size


def test_the_parameter_reference_counts_the_models_parameters():
    for channels, options, count in drawn("8.3"):
        with torch.device("meta"):
            model = UNet(*channels, **options)
        assert count == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.filterwarnings("ignore:a tile of")
def test_the_tiles_are_those_that_predict_reads():
    for (row,), options, tiles in drawn("8.4"):
        kept, context, read = options["kept"], options["context"], []

        class Note(nn.Module):
            def forward(self, images):
                read.append(images[0, 0, 0].int().tolist())  # noqa: B023 (called within this turn of the loop)
                return images

        image = torch.from_numpy(row)[None, None, None].float()
        # One row of pixels has no height to be cut, so its tiles are read once for every repetition of it.
        tall = image.expand(1, 1, kept + 2 * context, -1)
        predict(Note(), tall, tile=kept + 2 * context, context=context, multiple=1)
        assert read[: len(tiles)] == tiles.tolist()
