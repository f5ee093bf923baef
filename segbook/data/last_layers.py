"""What trained last layers make of one micrograph, kept as a picture, and how they did on all test images."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

LAYERS = ("k = 4, random", "k = 6, equal", "k = 8, random", "k = 8, bilinear", "resize first")
CORNER, SIZE = 100, 48  # the window of the first test picture that is kept: its first row and column


def last_layer_scores() -> dict[str, Float[Tensor, "48 48"]]:
    """Read the score for nucleus, less that for background, from five small networks that enlarge scores by 4.

    Returns:
        By kernel size and weights at first: "k = 4, random", "k = 6, equal", "k = 8, random", "k = 8, bilinear" and
        "resize first"; each is what its network says of rows and columns 100 to 147 of the first picture of
        `nuclei("test")`, from 0, its lowest score there, to 1, its highest.

    Source: the book's own experiment; benchmarks/last_layer.py trained them for 300 steps, seed 0.

    >>> {name: tuple(scores.shape) for name, scores in last_layer_scores().items()}["resize first"]
    (48, 48)
    """
    with Image.open(Path(__file__).with_name("last_layers.png")) as picture:
        sheet = torch.from_numpy(np.array(picture)).float() / 255
    return dict(zip(LAYERS, sheet.chunk(len(LAYERS)), strict=True))


def last_layer_results() -> dict[str, tuple[str, str, str]]:
    """Say how the five ways to enlarge scores by 4 did, as means over five trainings.

    Returns:
        By the names of `last_layer_scores`: the checkerboard, (largest − smallest) / mean of what flat scores rise by;
        IoU on the images of `nuclei("test")`; how many of their 919 nuclei are alone in a region, ± standard deviation.

    Source: the book's own experiment; benchmarks/last_layer.py, whose results tests hold against these.

    >>> last_layer_results()["k = 6, equal"]
    ('0.23', '0.67', '406 ± 29')
    """
    return {
        "k = 4, random": ("0.36", "0.64", "360 ± 42"),
        "k = 6, equal": ("0.23", "0.67", "406 ± 29"),
        "k = 8, random": ("0.10", "0.66", "373 ± 29"),
        "k = 8, bilinear": ("0.07", "0.67", "405 ± 30"),
        "resize first": ("0", "0.67", "425 ± 58"),
    }
