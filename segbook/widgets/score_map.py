"""Live figure: the coarse grid of scores that a stack of layers leaves of an image, and what the grid cannot hold."""

import base64
import io
from functools import cache
from typing import ClassVar

import numpy as np
import traitlets as t
from PIL import Image
from scipy import ndimage

from segbook import shapes
from segbook.data import cell_scene
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import Table, checkbox, constant, slider

SIZE = 96


@cache
def scene() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the figure's picture: grey values (H, W) in 0 … 255, where cells are, and where the gaps between them are.

    A gap pixel is background with two cells within two pixels of it.
    """
    drawn = cell_scene(
        SIZE,
        seed=27,
        num_cells=9,
        radius=13.0,
        radius_spread=3.0,
        gap=2,
        clustering=0.9,
        photons=np.inf,
        read_noise=0.0,
    )
    instances = drawn.instances.numpy()
    highest = ndimage.maximum_filter(instances, 5)
    lowest = ndimage.minimum_filter(np.where(instances > 0, instances, 99), 5)
    grey = np.round(drawn.image.numpy() * 255).astype(np.uint8) // 4 * 4  # 64 levels make a small file
    return grey, instances > 0, (instances == 0) & (lowest < highest)


def _picture() -> str:
    file = io.BytesIO()
    Image.fromarray(scene()[0]).save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _packed(mask: np.ndarray) -> str:
    """Write rows of hexadecimal digits, four pixels each."""
    return " ".join(row.tobytes().hex() for row in np.packbits(mask, axis=1))


class ScoreMap(LiveFigure):
    """An image under the grid of a small stack's scores; the window of the score in focus; what the grid keeps.

    The classifier of the figure is ideal: each score is right about the pixel at the centre of its window. What is
    lost is lost by the grid alone.

    Args:
        layers: Three layers as [kernel size 1–9, stride 1–4, dilation 1–8].
        mirror: Whether the image is mirrored by half a window on each side, so that scores reach its border.
        row: Row of the score in focus; clipped to the grid.
        column: Its column.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N4.

    >>> ScoreMap().score_size()  # (96 − 29) // 4 + 1
    17
    """

    _esm = esm("score_map")
    caption = (
        "A classifier's scores on its image, the window of one, and the labels when every score is right (hatched: "
        "none here). Gap pixels are background with two cells at most two pixels away."
    )
    layers = Table(
        [[5, 2, 1], [5, 2, 1], [5, 1, 1]],
        {"kernel size": (1, 9), "stride": (1, 4), "dilation": (1, 8)},
        least=3,
        most=3,
    )
    mirror = checkbox(False, "mirror the border")
    row = slider(8, "score: row", min=0, max=SIZE - 1, more=True)
    column = slider(8, "score: column", min=0, max=SIZE - 1, more=True)
    image = constant(t.Unicode())
    truth = constant(t.Unicode())
    gaps = constant(t.Unicode())
    # Each of the later ones changes one thing of "jump 4".
    presets: ClassVar = {
        "jump 4, no mirror": {},
        "jump 2": {
            "layers": [[5, 2, 1], [5, 1, 1], [5, 1, 1]],
            "mirror": True,
            "row": 23,
            "column": 23,
        },
        "jump 4": {"mirror": True, "row": 11, "column": 11},
        "jump 16": {"layers": [[5, 4, 1], [5, 4, 1], [5, 1, 1]], "mirror": True, "row": 3, "column": 3},
        "jump 1, dilated": {"layers": [[5, 1, 1], [5, 1, 2], [5, 1, 4]], "mirror": True, "row": 46, "column": 46},
    }

    @t.default("image")
    def _image(self) -> str:
        return _picture()

    @t.default("truth")
    def _truth(self) -> str:
        return _packed(scene()[1])

    @t.default("gaps")
    def _gaps(self) -> str:
        return _packed(scene()[2])

    def stack(self) -> list[shapes.Layer]:
        """List the layers along one axis; mirroring is padding before the first."""
        layers = [shapes.Layer(kernel, stride, 0, dilation) for kernel, stride, dilation in self.layers]
        padding = shapes.receptive_field(layers).size // 2 if self.mirror else 0
        return [layers[0]._replace(padding=padding), *layers[1:]]

    def score_size(self) -> int:
        """Count the scores along one axis: 0 if the window is larger than the image."""
        try:
            return shapes.stack_output_size(self.stack(), SIZE)
        except ValueError:
            return 0

    def centres(self) -> np.ndarray:
        """List the pixels that the scores answer for, along one axis."""
        size, jump, offset = shapes.receptive_field(self.stack())
        return offset + size // 2 + jump * np.arange(self.score_size())

    def coarse_labels(self) -> np.ndarray:
        """Give each pixel the truth at the centre of the nearest score: 0, 1, or −1 where no score is near."""
        jump = shapes.receptive_field(self.stack()).jump
        first = self.centres() - jump // 2  # the first pixel that is nearest to each centre
        owner = np.full(SIZE, -1)
        for start, centre in zip(first, self.centres(), strict=True):
            owner[max(start, 0) : max(start + jump, 0)] = min(max(centre, 0), SIZE - 1)
        labels = scene()[1][np.ix_(owner, owner)].astype(int)
        labels[owner < 0], labels[:, owner < 0] = -1, -1
        return labels

    def gaps_kept(self) -> tuple[int, int]:
        """Count the gap pixels that the grid still calls background, and all of them."""
        gaps = scene()[2]
        return int((self.coarse_labels()[gaps] == 0).sum()), int(gaps.sum())

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        size, jump, _ = shapes.receptive_field(self.stack())
        scores, (kept, gaps) = self.score_size(), self.gaps_kept()
        return (
            f"An image of {SIZE} by {SIZE} under a stack with a window of {size} and a jump of {jump} pixels: "
            f"{scores} by {scores} scores. Of {gaps} gap pixels between cells the grid keeps {kept} as background; "
            "an answer of background everywhere would keep them all."
        )
