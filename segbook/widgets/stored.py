"""What figures store of networks: pictures as data addresses, maps of whole numbers as letters, answers as levels."""

import base64
from collections.abc import Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import numpy as np
import torch
import traitlets as t
from jaxtyping import Float64, Int64
from PIL import Image
from torch import Tensor

DATA = Path(__file__).parent / "data"
LETTERS = ascii_uppercase + ascii_lowercase
LEVELS = 50  # of a stored probability: a pixel of level n has one from n / 50 to (n + 1) / 50
THRESHOLDS = [level / LEVELS for level in range(1, LEVELS)]  # that levels can tell apart
READINGS = {"components": "components", "watershed": "distance"}  # and what `instances_from` calls them


class Answers:
    """Images, their true ids, and for every pixel the level of probability that each of several methods gives it.

    Args:
        name: Of two files in `DATA`: NAME_images.png has the images side by side in 32 grey values, NAME.png below each
            other the true ids of all images and the levels of every method.
        scenes: Names of the images, from left to right.
        methods: Names of the methods, from top to bottom.
        size: Height and width of an image in pixels.
    """

    def __init__(self, name: str, scenes: Sequence[str], methods: Sequence[str], size: int):
        self.name, self.scenes, self.methods, self.size = name, scenes, methods, size

    @cached_property
    def maps(self) -> dict[str, Any]:
        """Write all for the page.

        `sheet` holds the images as a data address; a letter for each pixel stands in `ids`, for every image the true
        ids, and in `answers`, for every image and method the levels.
        """
        ids, *answers = self._tiles
        return {
            "sheet": address(DATA / f"{self.name}_images.png"),
            "ids": [letters(tile) for tile in ids],
            "answers": [[letters(tile) for tile in scene] for scene in zip(*answers, strict=True)],
        }

    def image(self, scene: str) -> Float64[np.ndarray, "H W"]:
        """Cut an image out of its sheet: grey values from 0 to 1."""
        start = self.scenes.index(scene) * self.size
        with Image.open(DATA / f"{self.name}_images.png") as sheet:
            return np.asarray(sheet)[:, start : start + self.size] / 248

    def truth(self, scene: str) -> Int64[Tensor, "H W"]:
        """Read the true ids of an image."""
        return torch.from_numpy(self._tiles[0, self.scenes.index(scene)].astype(np.int64))

    def probs(self, scene: str, method: str) -> Float64[Tensor, "H W"]:
        """Read what a method says of an image, each pixel at the middle of its level."""
        levels = self._tiles[1 + self.methods.index(method), self.scenes.index(scene)]
        return torch.from_numpy((levels + 0.5) / LEVELS)

    @cached_property
    def _tiles(self) -> np.ndarray:
        """Cut the sheet into (1 + methods, scenes, H, W)."""
        with Image.open(DATA / f"{self.name}.png") as sheet:
            size, rows = self.size, 1 + len(self.methods)
            return np.asarray(sheet).reshape(rows, size, len(self.scenes), size).transpose(0, 2, 1, 3)


def stored_threshold(value: float) -> float:
    """Give the threshold that stored levels can tell apart from its neighbours.

    Args:
        value: One of `THRESHOLDS`, but for rounding.

    Raises:
        traitlets.TraitError: If it is none of them.

    >>> stored_threshold(0.1 + 0.2)
    0.3
    """
    nearest = round(value * LEVELS) / LEVELS
    if abs(value - nearest) > 1e-9:
        raise t.TraitError(f"threshold is stored in steps of {1 / LEVELS:g}: got {value:g}; near are {nearest:g}")
    return nearest


def address(picture: Path) -> str:
    """Write a PNG as an address that holds all of it.

    Args:
        picture: The file.
    """
    return f"data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()}"


def letters(tile: np.ndarray) -> str:
    """Write a map row by row: a letter for each value from 0 to 51, and behind it how often it follows, if not once.

    Args:
        tile: Whole numbers.

    >>> letters(np.array([[0, 0], [0, 27]]))
    'A3b'
    """
    runs = ((value, len([*run])) for value, run in groupby(tile.ravel().tolist()))
    return "".join(f"{LETTERS[value]}{count if count > 1 else ''}" for value, count in runs)
