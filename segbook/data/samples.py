"""Images with their label maps, by number: what training and chapters take as a dataset."""

import copy
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, overload

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from segbook.data.files import read_image, read_labels, read_objects
from segbook.data.pixels import Colors, normalise, to_image, to_labels

Many = Sequence[Any] | np.ndarray | Tensor


class LabelledImages(Dataset):
    """Images and their masks by number, from arrays or from files that are read when they are asked for.

    Item i is `(image, labels)`: the image (C, H, W) in float32 and the class index of every pixel. Of masks that hold
    ids, it is `(image, labels, instances)` with labels 0 and 1, as `CellScenes` gives them. A slice is a smaller
    dataset. Nothing is remembered between items.

    Args:
        images: Paths, or arrays as `to_image` takes them.
        masks: Paths, folders of masks with one object each, or arrays as `to_labels` takes them; one for each image.
        instances: Whether masks hold ids.
        colors: The class of each colour, for masks that hold colours.
        channels: 1 refuses colours in images, 3 repeats grey. None takes both.
        percentiles: Give every image the same contrast with these, as `normalise` does: (1, 99.8), for one.
        names: What to call the images; without any, the names of the files, or numbers.

    Raises:
        ValueError: If there are not as many images as masks or names; and, with an item's name, if its image and mask
            differ in size or cannot be taken.

    >>> images, masks = np.full((2, 4, 4), 255, np.uint8), np.array(2 * [np.diag([0, 5, 0, 7])])
    >>> image, labels, instances = LabelledImages(images, masks, instances=True)[1]
    >>> image.shape, labels.unique().tolist(), instances.unique().tolist()
    (torch.Size([1, 4, 4]), [0, 1], [0, 5, 7])
    """

    def __init__(
        self,
        images: Many,
        masks: Many,
        *,
        instances: bool = False,
        colors: Colors | None = None,
        channels: int | None = None,
        percentiles: tuple[int | float, int | float] | None = None,
        names: Sequence[str] | None = None,
    ):
        if names is None:
            names = [Path(x).stem if isinstance(x, (str, PathLike)) else str(i) for i, x in enumerate(images)]
        if not len(images) == len(masks) == len(names):
            raise ValueError(
                f"images, masks and names must be equally many: got {len(images)}, {len(masks)} and {len(names)}"
            )
        self.images, self.masks, self.names = images, masks, list(names)
        self.instances, self.colors, self.channels, self.percentiles = instances, colors, channels, percentiles

    def __len__(self) -> int:
        """Count the images."""
        return len(self.images)

    @overload
    def __getitem__(self, index: slice) -> "LabelledImages": ...

    @overload
    def __getitem__(self, index: int) -> tuple[Tensor, ...]: ...

    def __getitem__(self, index: Any) -> "LabelledImages | tuple[Tensor, ...]":
        """Give one image with its labels, or a slice of them all."""
        if isinstance(index, slice):
            part = copy.copy(self)
            part.images, part.masks, part.names = self.images[index], self.masks[index], self.names[index]
            return part
        if not -len(self) <= index < len(self):
            raise IndexError(f"index must lie in 0 … {len(self) - 1}: got {index}")
        try:
            image, mask = self._image(self.images[index]), self._mask(self.masks[index])
        except ValueError as error:
            raise ValueError(f"image {self.names[index]!r}: {error}") from error
        if image.shape[1:] != mask.shape:
            raise ValueError(
                f"image {self.names[index]!r}: image and mask must be of one size: got {tuple(image.shape[1:])} and "
                f"{tuple(mask.shape)}"
            )
        return (image, (mask > 0).long(), mask) if self.instances else (image, mask)

    def _image(self, source: Any) -> Tensor:
        is_file = isinstance(source, (str, PathLike))
        image = read_image(source, channels=self.channels) if is_file else to_image(source, channels=self.channels)
        if self.percentiles is None:
            return image
        low, high = self.percentiles
        return normalise(image, low=low, high=high)

    def _mask(self, source: Any) -> Tensor:
        if not isinstance(source, (str, PathLike)):
            return to_labels(source, colors=self.colors)
        return read_objects(source) if Path(source).is_dir() else read_labels(source, colors=self.colors)
