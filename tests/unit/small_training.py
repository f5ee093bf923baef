"""Small scenes, a small network and a short training, for the tests of `segbook.train`."""

import numpy as np
import pytest
import torch
from torch import nn

from segbook.models import UNet
from segbook.train import fit


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def discs(count=2, size=32, seed=0):
    """Bright discs on a dark, noisy ground, and where they are."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    labels = np.zeros((count, size, size), dtype=np.int64)
    for label in labels:
        for y, x, r in zip(*rng.uniform(6, size - 6, (2, 3)), rng.uniform(3, 6, 3), strict=True):
            label[(rows - y) ** 2 + (columns - x) ** 2 < r**2] = 1
    images = labels + rng.normal(0, 0.3, labels.shape)
    return torch.tensor(images[:, None], dtype=torch.float32), torch.tensor(labels)


def small_net(seed=0, **options):
    torch.manual_seed(seed)
    return UNet(1, 2, width=8, depth=2, padding=True, **options)


def trained(model=None, data=None, **options):
    model = model or small_net(dropout=0.2)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    return fit(model, data or [discs()], nn.CrossEntropyLoss(), optimizer, **({"steps": 5} | options))["loss"], model
