"""Chapter 8: references against torch and the book's own networks, and mistakes written as learners would."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from segbook import shapes
from segbook.exercises import get, judge
from segbook.models import UNet, crop_centre
from segbook.train import predict

SEEDS = range(10)


def cases(id):
    return [case for seed in SEEDS for case in get(id).draw(seed)]


def test_the_crop_reference_is_what_the_model_does():
    for case in cases("8.1"):
        skip, upsampled = (torch.from_numpy(array)[None].double() for array in case.args)
        expected = torch.cat([crop_centre(skip, tuple(upsampled.shape[-2:])), upsampled], dim=1)[0]
        assert np.array_equal(get("8.1").reference(*case.args), expected)


def unpadded_u(depth, kernel_size):
    """A U of one channel without skips: only its sizes matter."""
    stage = [nn.Conv2d(1, 1, kernel_size), nn.Conv2d(1, 1, kernel_size)]
    down = [layer for _ in range(depth) for layer in (*stage, nn.MaxPool2d(2))]
    up = [layer for _ in range(depth) for layer in (nn.ConvTranspose2d(1, 1, 2, stride=2), *stage)]
    return nn.Sequential(*down, *stage, *up)


def test_the_size_reference_matches_torch():
    for case in cases("8.2"):
        with torch.device("meta"):
            y = unpadded_u(**case.options)(torch.zeros(1, 1, *case.args, *case.args))
        assert get("8.2").reference(*case.args, **case.options) == y.shape[-1]
        if case.options["kernel_size"] == 3:
            assert y.shape[-1] == shapes.unet_ledger(case.args[0], depth=case.options["depth"])[-1].output_size


def test_the_parameter_reference_counts_the_models_parameters():
    for case in cases("8.3"):
        with torch.device("meta"):
            model = UNet(*case.args, **case.options)
        counted = sum(parameter.numel() for parameter in model.parameters())
        assert get("8.3").reference(*case.args, **case.options) == counted


def test_the_tiles_are_those_that_predict_reads():
    for case in cases("8.4"):
        (row,), kept, context = case.args, case.options["kept"], case.options["context"]
        read = []

        class Note(nn.Module):
            def forward(self, images):
                read.append(images[0, 0, 0].int().tolist())  # noqa: B023 (called within this turn of the loop)
                return images

        image = torch.from_numpy(row)[None, None, None].float()
        model = Note()
        # One row of pixels has no height to be cut, so its tiles are read once for every repetition of it.
        predict(model, image.expand(1, 1, kept + 2 * context, -1), tile=kept + 2 * context, context=context)
        tiles = get("8.4").reference(row, kept=kept, context=context).tolist()
        assert [tile for tile in read if tile in tiles]
        assert read[: len(tiles)] == tiles


# Mistakes written as a learner would, not as the declaration does


def corner_by_hand(skip, upsampled):
    return np.vstack((skip[:, : upsampled.shape[1], : upsampled.shape[2]], upsampled))


def up_kernel_of_three(in_channels, num_classes, *, width, depth):
    channels = [in_channels] + [width << level for level in range(depth + 1)]
    total = (width + 1) * num_classes
    for a, b in pairwise(channels):
        total += (9 * a + 1) * b + (9 * b + 1) * b
    for b in channels[1:-1]:
        total += (9 * 2 * b + 1) * b + (9 * 2 * b + 1) * b + (9 * b + 1) * b
    return total


def zeros_around(row, *, kept, context):
    tiles = []
    for start in range(0, len(row), kept):
        where = range(start - context, start + kept + context)
        tiles.append([row[n] if 0 <= n < len(row) else 0 for n in where])
    return np.array(tiles)


@pytest.mark.parametrize(
    ("id", "answer", "name"),
    [
        ("8.1", corner_by_hand, "crops the corner"),
        ("8.2", lambda size, *, depth, kernel_size: np.int64(size), "restores the input"),
        ("8.3", up_kernel_of_three, "3×3 up-convolution"),
        ("8.4", zeros_around, "zero border"),
    ],
)
def test_a_mistake_is_recognised_however_it_is_written(id, answer, name):
    assert judge(get(id), answer, seed=3).misconception.name == name
