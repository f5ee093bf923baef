"""Live figure: how often the patches read each pixel, and what that costs beside one pass over the image."""

from typing import ClassVar

import numpy as np
import traitlets as t

from segbook import shapes
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import slider

LARGEST = 128


class PatchCost(LiveFigure):
    """A map of how many patches contain each pixel, and two curves: every patch, and one pass.

    The costs are those of one convolution without padding, from one channel; the image is mirrored at its border.

    Args:
        image_size: Height and width of the image, 2 to 128.
        patch_size: Height and width of the patches, odd, 1 to 31.
        kernel_size: Taps of the convolution on each axis, 1 to 7, at most `patch_size`.
        out_channels: Channels that the convolution writes, 1 to 32.
        row: Row of the pixel in focus.
        column: Its column.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N3.

    >>> PatchCost(image_size=5, patch_size=3).counts()[0].tolist()  # corners 4, edges 6, inside 9
    [4, 6, 6, 6, 4]
    """

    _esm = esm("patch_cost")
    caption = (
        "The map: how many patches contain each pixel. Point at a corner, at an edge and at the middle. The curves: "
        "the multiply–adds of one convolution to C channels over the image size, in every patch and in one pass."
    )
    image_size = slider(24, "image size H = W", min=2, max=LARGEST)
    patch_size = slider(9, "patch size P", step=2, min=1, max=31)
    kernel_size = slider(4, "kernel size k", min=1, max=7)
    out_channels = slider(16, "channels written", min=1, max=32, more=True)
    row = slider(3, "pixel: row", min=0, max=LARGEST - 1, more=True)
    column = slider(12, "pixel: column", min=0, max=LARGEST - 1, more=True)
    presets: ClassVar = {
        "by hand": {"image_size": 10, "patch_size": 5, "kernel_size": 2, "row": 0, "column": 0},
        "a small picture": {},
        "the classifier of this chapter": {"image_size": 128, "patch_size": 29, "row": 64, "column": 64},
    }

    @t.validate("patch_size")
    def _odd(self, proposal: dict) -> int:
        if proposal["value"] % 2 == 0:
            raise t.TraitError(f"patch_size must be odd, so that a patch has a centre: got {proposal['value']}")
        return proposal["value"]

    def counts(self) -> np.ndarray:
        """Count for each pixel the patches that contain it; reads of its mirror image are not counted."""
        places, reach = np.arange(self.image_size), self.patch_size // 2
        axis = np.minimum(places + reach, self.image_size - 1) - np.maximum(places - reach, 0) + 1
        return np.outer(axis, axis)

    def multiply_adds(self) -> tuple[int, int]:
        """Count the products of the convolution: in every patch by itself, and in one pass.

        Raises:
            ValueError: If the kernel is larger than the patch.
        """
        inside = shapes.conv_output_size(self.patch_size, self.kernel_size)
        across = shapes.conv_output_size(self.image_size + self.patch_size - 1, self.kernel_size)
        in_patch, in_image = (
            shapes.conv_multiply_adds(1, self.out_channels, self.kernel_size, output_size=output)
            for output in (inside, across)
        )
        return self.image_size**2 * in_patch, in_image

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        counts = self.counts()
        patches, one_pass = self.multiply_adds()
        return (
            f"Image {self.image_size} by {self.image_size}, a patch of {self.patch_size} by {self.patch_size} around "
            f"every pixel: a pixel is read {counts.min()} to {counts.max()} times; one convolution takes {patches:,} "
            f"multiply–adds in the patches and {one_pass:,} in one pass."
        )
