"""Real photographs to try things on: the ones that scikit-image's wheel carries, so nothing is downloaded."""

from importlib.metadata import distribution

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

PICTURES = ("astronaut", "brick", "camera", "cell", "chelsea", "coffee", "coins", "grass", "gravel", "ihc", "moon")


def picture(name: str) -> Float[Tensor, "*C H W"]:
    """Open a photograph.

    The files lie in every wheel of scikit-image from 0.22 to 0.26 and are PNG, so every machine sees the same numbers.

    Args:
        name: One of `PICTURES`; `cell`, `coins` and `ihc` are the ones to segment.

    Returns:
        Values in [0, 1]: (H, W) for grey pictures, (3, H, W) for colour.

    Raises:
        ValueError: If there is no such picture.

    Source: scikit-image; the docstrings of `skimage.data` name each picture's author and licence.

    >>> picture("cell").shape, picture("coffee").shape
    (torch.Size([660, 550]), torch.Size([3, 400, 600]))
    """
    if name not in PICTURES:
        raise ValueError(f"there is no picture {name!r}; there are {len(PICTURES)}: {', '.join(PICTURES)}")
    path = distribution("scikit-image").locate_file(f"skimage/data/{name}.png")
    with Image.open(str(path)) as file:
        values = torch.from_numpy(np.array(file, dtype=np.float32) / 255)
    return values if values.ndim == 2 else values.permute(2, 0, 1).contiguous()
