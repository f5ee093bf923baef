"""What networks make of one place of a drawing after their first layer halved it: their labels, kept as a picture."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool
from PIL import Image
from torch import Tensor

LAYERS = ("every second pixel", "mean pooling", "dilations 1, 2 and 3")
FIRST, LEFT, SIZE = 64, 60, 48  # the window that is kept: its first row and column, and its size
TRAINING = 6  # of the ten; with it, each of these networks separates about as many cells as on average


def halved_answers() -> dict[str, Bool[Tensor, "48 48"]]:
    """Read which pixels of a drawing three small networks label as cell.

    Returns:
        By the layer that they begin with: "every second pixel", "mean pooling" and, at every pixel, "dilations 1, 2
        and 3"; each is what its network says of rows 64 to 111 and columns 60 to 107 of
        `cell_scene(128, seed=500, num_cells=16, radius=11.0, clustering=0.9, gap=2)`.

    Source: the book's own experiment; benchmarks/downsampling.py trained them for 400 steps, seed 6.

    >>> {name: tuple(answer.shape) for name, answer in halved_answers().items()}["mean pooling"]
    (48, 48)
    """
    with Image.open(Path(__file__).with_name("halved.png")) as picture:
        sheet = torch.from_numpy(np.array(picture) > 0)
    return dict(zip(LAYERS, sheet.chunk(len(LAYERS)), strict=True))
