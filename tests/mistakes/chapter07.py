"""Mistakes in the exercises of chapter 7, written as a learner would and not as the declarations do."""

import numpy as np
import torch
from scipy import ndimage
from torch import nn
from torch.nn import functional as F


def ledger_up_as_down(input_size, *, depth):
    down = [input_size // 2**level for level in range(depth + 1)]
    return np.array(down + down[:-1][::-1])


def bilinear_aligned(image):
    x = torch.tensor(image)[None, None]
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)[0, 0].numpy()


def boundary_precision(pred, truth, *, tolerance):
    inner = [ndimage.binary_erosion(mask, border_value=1) for mask in (pred, truth)]
    edges = [mask & ~inside for mask, inside in zip((pred, truth), inner, strict=True)]
    return (ndimage.distance_transform_edt(~edges[1])[edges[0]] <= tolerance).mean()


def network_that_never_widens(image, *, num_classes, width, depth):
    def stage(before):
        return [nn.Conv2d(before, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1), nn.ReLU()]

    layers = []
    for level in range(depth):
        layers += [*stage(width if level else len(image)), nn.MaxPool2d(2)]
    layers += stage(width)
    for _ in range(depth):
        layers += [nn.ConvTranspose2d(width, width, 2, stride=2), *stage(width)]
    network = nn.Sequential(*layers, nn.Conv2d(width, num_classes, 1)).double()
    for values in network.parameters():
        values.data = 0.4 * torch.arange(values.numel()).double().cos().reshape(values.shape)
    return network(torch.tensor(image)[None])[0].detach().numpy()


def network_of_torch(image, *, num_classes, width, depth, biased=True, last_relu=True):
    def fill(*shape):
        return 0.4 * torch.cos(torch.arange(int(np.prod(shape))).double()).reshape(shape)

    def convolve(x, channels, taps):
        bias = fill(channels) if biased else None
        return F.conv2d(x, fill(channels, x.shape[1], taps, taps), bias, padding=taps // 2)

    def stage(x, channels):
        x = convolve(convolve(x, channels, 3).relu(), channels, 3)
        return x.relu() if last_relu else x

    x = torch.from_numpy(image).double()[None]
    for level in range(depth):
        x = F.max_pool2d(stage(x, width * 2**level), 2)
    x = stage(x, width * 2**depth)
    for level in reversed(range(depth)):
        channels = width * 2**level
        x = F.conv_transpose2d(x, fill(2 * channels, channels, 2, 2), fill(channels) if biased else None, stride=2)
        x = stage(x, channels)
    return convolve(x, num_classes, 1)[0].numpy()


MISTAKES = [  # exercise, answer, the misconception that it is
    ("7.1", lambda limit, *, depth: np.arange(2 * depth, limit + 1, 2 * depth), "multiples of 2·depth"),
    ("7.2", ledger_up_as_down, "always restores N"),
    ("7.3", bilinear_aligned, "align_corners"),
    ("7.4", boundary_precision, "one side only"),
    ("7.5", network_that_never_widens, "channels never doubled"),
    ("7.5", lambda image, **options: network_of_torch(image, **options, biased=False), "no biases"),
    (
        "7.5",
        lambda image, **options: network_of_torch(image, **options, last_relu=False),
        "no ReLU at the end of a stage",
    ),
]
