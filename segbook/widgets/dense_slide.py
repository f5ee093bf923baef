"""Live figure: a dense layer on patches as a kernel that slides over features which the patches share."""

from typing import ClassVar

import torch
import traitlets as t
from jaxtyping import Float64
from torch import Tensor
from torch.nn import functional as F

from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import constant, slider

IMAGE = [
    [3, 1, 4, 1, 5, 9, 2, 6],
    [5, 3, 5, 8, 9, 7, 9, 3],
    [2, 3, 8, 4, 6, 2, 6, 4],
    [3, 3, 8, 3, 2, 7, 9, 5],
    [0, 2, 8, 8, 4, 1, 9, 7],
    [1, 6, 9, 3, 9, 9, 3, 7],
    [5, 1, 0, 5, 8, 2, 0, 9],
    [7, 4, 9, 4, 4, 5, 9, 2],
]
KERNEL = [[1, 0], [0, -1]]
DENSE = [2, 1, 3, 1, 0, 2, 3, 1, 1, 2, 0, 1, 1, 3, 2, 1]


class DenseSlide(LiveFigure):
    """A patch, its features after a 2 × 2 convolution, and the dense layer that makes one score of them.

    Args:
        row: Of the patch's upper left pixel.
        column: Of the patch's upper left pixel.
        patch_size: Pixels on each side of a patch, 3 to 5; the dense layer reads (patch_size - 1)² features.
        image_size: Pixels on each side of the image, at least `patch_size`, at most 8.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N4; Long, Shelhamer & Darrell (2015), section 3.1.

    >>> DenseSlide(patch_size=4, image_size=7).multiplications()  # patch by patch, and in one pass
    (720, 288)
    """

    _esm = esm("dense_slide")
    caption = (
        "A dense layer on patches is a kernel that slides over their features. Move the patch and see which numbers "
        "change, which stay, and which features two patches share."
    )
    row = slider(0, "patch, row", min=0)
    column = slider(0, "patch, column", min=0)
    patch_size = slider(4, "patch size P", min=3, max=5)
    image_size = slider(7, "image size N", min=3, max=8)
    image = constant(t.List(t.List(t.Int()), IMAGE))
    kernel = constant(t.List(t.List(t.Int()), KERNEL))
    dense = constant(t.List(t.Int(), DENSE))
    presets: ClassVar = {
        "patches of 4": {},
        "patches of 3": {"patch_size": 3},
        "patches of 5": {"patch_size": 5},
        "one patch": {"image_size": 4},
    }

    def features(self) -> Float64[Tensor, "H W"]:
        """Convolve the whole image."""
        image = torch.tensor(self.image, dtype=torch.float64)[: self.image_size, : self.image_size]
        return F.conv2d(image[None, None], torch.tensor(self.kernel, dtype=torch.float64)[None, None])[0, 0]

    def scores(self) -> Float64[Tensor, "h w"]:
        """Score every patch by itself: cut it out, convolve it, flatten its features, apply the dense layer."""
        image = torch.tensor(self.image, dtype=torch.float64)[: self.image_size, : self.image_size]
        patches = image.unfold(0, self.patch_size, 1).unfold(1, self.patch_size, 1)
        side, kernel = len(patches), torch.tensor(self.kernel, dtype=torch.float64)[None, None]
        features = F.conv2d(patches.reshape(side * side, 1, self.patch_size, self.patch_size), kernel)
        weights = torch.tensor(self.dense[: (self.patch_size - 1) ** 2], dtype=torch.float64)
        return F.linear(features.flatten(1), weights[None]).reshape(side, side)

    def multiplications(self) -> tuple[int, int]:
        """Count the multiplications for all scores: patch by patch, and with features that are computed once."""
        taps, seen = sum(map(len, self.kernel)), (self.patch_size - 1) ** 2
        patches = (self.image_size - self.patch_size + 1) ** 2
        return patches * (seen * taps + seen), (self.image_size - 1) ** 2 * taps + patches * seen

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        apart, together = self.multiplications()
        scores = self.scores()
        row, column = (min(place, len(scores) - 1) for place in (self.row, self.column))
        return (
            f"A patch of {self.patch_size} × {self.patch_size} in an image of {self.image_size} × {self.image_size} "
            f"pixels, at row {row}, column {column}: a dense layer scores it {scores[row, column]:g}. All "
            f"{scores.numel()} scores take {apart} multiplications patch by patch and {together} in one pass."
        )
