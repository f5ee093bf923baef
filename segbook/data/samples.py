"""Images with their label maps, by number: what training and chapters take as a dataset."""

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from segbook.checks import check_ids

Many = Sequence[Any] | np.ndarray


class LabelledImages(Dataset):
    """Images and their masks by number.

    Item i is `(image, labels)`, or, where the masks hold ids, `(image, labels, instances)` with labels 0 and 1, as
    `CellScenes` gives them. A slice is a smaller dataset.

    Args:
        images: One array (H, W) of grey values for each.
        masks: One array (H, W) of whole numbers for each.
        names: What to call the images.

    >>> images, masks = np.full((2, 4, 4), 255, np.uint8), np.array(2 * [np.diag([0, 5, 0, 7])])
    >>> image, labels, instances = LabelledImages(images, masks)[1]
    >>> image.shape, labels.unique().tolist(), instances.unique().tolist()
    (torch.Size([1, 4, 4]), [0, 1], [0, 5, 7])
    """

    def __init__(self, images: Many, masks: Many, names: Sequence[str] | None = None):
        self.images, self.masks = images, masks
        self.names = list(names) if names is not None else [str(i) for i in range(len(images))]

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
            return LabelledImages(self.images[index], self.masks[index], self.names[index])
        if not -len(self) <= index < len(self):
            raise IndexError(f"index must lie in 0 … {len(self) - 1}: got {index}")
        image = torch.from_numpy(self.images[index].astype(np.float32) / 255)
        instances = torch.from_numpy(self.masks[index].astype(np.int64))
        check_ids(instances)
        return image[None], (instances > 0).long(), instances
