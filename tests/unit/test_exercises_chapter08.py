"""Chapter 8: references against torch and the book's own networks, and right answers that other people would write."""

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


# Right answers by other ways


def crop_by_negative_slices(skip, upsampled):
    rows, columns = ((s - u) // 2 for s, u in zip(skip.shape[1:], upsampled.shape[1:], strict=True))
    middle = skip[:, rows : skip.shape[1] - rows, columns : skip.shape[2] - columns]
    return np.vstack([middle, upsampled]).astype(float)


def crop_pixel_by_pixel(skip, upsampled):
    channels, height, width = upsampled.shape
    out = np.empty((len(skip) + channels, height, width))
    for row in range(height):
        for column in range(width):
            from_row = row + (skip.shape[1] - height) // 2
            from_column = column + (skip.shape[2] - width) // 2
            out[:, row, column] = [*skip[:, from_row, from_column], *upsampled[:, row, column]]
    return out


def size_by_formula(input_size, *, depth, kernel_size):
    lost = 2 * (kernel_size - 1)
    down = lost * (2**depth - 1)  # lost · (1 + 2 + … + 2^(depth−1)), in pixels of the image
    return np.int64(input_size - down - lost * 2**depth - down)


def size_by_recursion(input_size, *, depth, kernel_size):
    lost = 2 * (kernel_size - 1)
    if depth == 0:
        return input_size - lost
    return 2 * size_by_recursion((input_size - lost) // 2, depth=depth - 1, kernel_size=kernel_size) - lost


def parameters_from_the_ledger(in_channels, num_classes, *, width, depth):
    size = shapes.legal_input_sizes(1, depth=depth).start
    ledger = shapes.unet_ledger(size, in_channels=in_channels, num_classes=num_classes, width=width, depth=depth)
    return sum(row.parameters for row in ledger)


def parameters_by_level(in_channels, num_classes, *, width, depth):
    total = (9 * in_channels + 1) * width + (9 * width + 1) * width + (width + 1) * num_classes
    c = width
    for _ in range(depth):
        total += (9 * c + 1) * 2 * c + (9 * 2 * c + 1) * 2 * c
        total += (4 * 2 * c + 1) * c + (9 * 2 * c + 1) * c + (9 * c + 1) * c
        c *= 2
    return total


def tiles_by_index(row, *, kept, context):
    period = 2 * (len(row) - 1)
    starts = np.arange(0, len(row), kept)[:, None] - context
    phase = (starts + np.arange(kept + 2 * context)) % period
    return np.asarray(row)[np.minimum(phase, period - phase)]


def tiles_in_floats(row, *, kept, context):
    values = list(row)
    endless = values + values[-2:0:-1]
    tiles = []
    for start in range(0, len(values), kept):
        tiles.append([float(endless[n % len(endless)]) for n in range(start - context, start + kept + context)])
    return np.array(tiles)


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("8.1", crop_by_negative_slices),
        ("8.1", crop_pixel_by_pixel),
        ("8.2", size_by_formula),
        ("8.2", size_by_recursion),
        ("8.3", parameters_from_the_ledger),
        ("8.3", parameters_by_level),
        ("8.4", tiles_by_index),
        ("8.4", tiles_in_floats),
    ],
)
def test_another_right_way_earns_full_marks(id, answer):
    for seed in SEEDS:
        verdict = judge(get(id), answer, seed)
        assert verdict.earned == verdict.possible, [result.failure for result in verdict.results]


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
