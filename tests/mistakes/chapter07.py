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


MISTAKES = [  # exercise, answer, the misconception that it is
    ("7.1", lambda limit, *, depth: np.arange(2 * depth, limit + 1, 2 * depth), "multiples of 2·depth"),
    ("7.2", ledger_up_as_down, "always restores N"),
    ("7.3", bilinear_aligned, "align_corners"),
    ("7.4", boundary_precision, "one side only"),
    ("7.5", network_that_never_widens, "channels never doubled"),
]
