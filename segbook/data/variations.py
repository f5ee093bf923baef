"""A dataset of variations of another one's pictures, each drawn from its own number."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from segbook.checks import check_number, height_and_width
from segbook.data import augment, warping


class Variations(Dataset):
    """Crops, flips, rotations and elastic deformations of a dataset's pictures, by number.

    Item i is a variation of picture i mod n, where n pictures are there: the numbers run through the pictures again and
    again, every time with other variations. What an item looks like follows from `seed` and i alone. So workers repeat
    nothing, a training that goes on after a break sees what it would have seen, and every item can be looked at again:
    no epoch has to be set. Ask for as many as the training shows: steps · batch_size.

    A crop is a window of the whole picture, flipped, turned and bent; only what the window shows is computed. What lies
    beyond the picture's edge is the mirrored picture, of labels too: so a picture that is smaller than the crop is
    continued by its mirror image, and every pixel keeps a true label. A mirrored object carries its own id.

    Args:
        pictures: A dataset of tuples (image, *label maps), as `LabelledImages`, `CellScenes` or a list.
        length: How many variations there are.
        seed: Of the variations.
        size: Height and width of the crop in pixels, or one number for both; without one, the whole picture.
        flip: Whether to mirror top to bottom and left to right, each with equal chance.
        degrees: The largest angle to turn by, to either side; 180 for any.
        sigma: Standard deviation of the elastic deformation in pixels, as in `augment.elastic`; 10 in the paper.
        transform: Called with the image and the label maps of each variation; what it returns is the item.

    Raises:
        ValueError: If a setting is out of range, or there are no pictures to vary.

    Source: Ronneberger et al. (2015), section 3.1.

    >>> pictures = [(torch.rand(1, 8, 8), torch.arange(64).reshape(8, 8))]
    >>> image, labels = Variations(pictures, 100, size=4, flip=True)[57]
    >>> image.shape, labels.shape
    (torch.Size([1, 4, 4]), torch.Size([4, 4]))
    """

    def __init__(
        self,
        pictures: Any,
        length: int,
        *,
        seed: int = 0,
        size: int | tuple[int, int] | None = None,
        flip: bool = False,
        degrees: int | float = 0,
        sigma: int | float = 0,
        transform: Callable[..., Any] | None = None,
    ):
        check_number("length", length, whole=True)
        check_number("seed", seed, whole=True)
        check_number("degrees", degrees, 0, 180)
        check_number("sigma", sigma)
        if length and not len(pictures):
            raise ValueError(f"there are no pictures to make {length} variations of")
        self.pictures, self.length, self.seed = pictures, length, seed
        self.size = None if size is None else height_and_width(size)
        self.flip, self.degrees, self.sigma, self.transform = flip, float(degrees), float(sigma), transform

    def __len__(self) -> int:
        """Count the variations."""
        return self.length

    def __getitem__(self, index: int) -> Any:
        """Draw one variation."""
        if not 0 <= index < self.length:
            raise IndexError(f"index must lie in 0 … {self.length - 1}: got {index}")
        generator = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(int(index),)))
        item = tuple(self.pictures[int(index) % len(self.pictures)])
        if self.flip:
            item = augment.flip(*item, generator=generator)
        height, width = item[0].shape[-2:]
        picture, fields = (height, width), []
        if self.degrees:
            angles = -self.degrees, self.degrees
            fields.append(augment.turn_displacement(picture, degrees=angles, generator=generator))
        if self.sigma:
            fields.append(augment.elastic_displacement(picture, sigma=self.sigma, generator=generator))
        size = self.size or picture
        continued = max(height, size[0]), max(width, size[1])
        rows, columns = augment.crop_window(continued, size=size, generator=generator)
        window = slice(rows.start, min(rows.stop, height)), slice(columns.start, min(columns.stop, width))
        item = warping.warp_window(*item, displacements=fields, window=window)
        item = tuple(_mirrored(x, size).contiguous() for x in item)
        return item if self.transform is None else self.transform(*item)


def _mirrored(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Continue a map beyond its edges until it has at least a size, as a row of mirrors would; edge pixels once."""
    for axis, (length, wanted) in enumerate(zip(x.shape[-2:], size, strict=True), start=-2):
        if length < wanted:
            before = (wanted - length) // 2
            steps = (torch.arange(wanted) - before) % max(1, 2 * length - 2)
            x = x.index_select(axis, torch.minimum(steps, 2 * length - 2 - steps))
    return x
