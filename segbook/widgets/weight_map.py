"""Live figure: cells that are dragged about, and U-Net's weight map between them."""

from typing import ClassVar

import torch
from jaxtyping import Float32, Int64
from torch import Tensor

from segbook.pixel_weights import carve_touching, weight_map
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import Table, checkbox, slider

HEIGHT, WIDTH = 48, 64
SMALLEST, LARGEST, MOST = 3, 14, 8
APART = [[18, 23, 10], [42, 23, 10]]


class WeightMap(LiveFigure):
    """Round cells on a grid of 48 × 64 pixels, and what each pixel weighs in the loss.

    Args:
        cells: Up to eight rows `[column, row, radius]`; cell i has the id i, from 1, and lies over those before it.
        chosen: The id of the cell that arrow keys and sliders move.
        carve: Whether cells that touch are parted by a gap of one pixel first.
        w_0: Height of the border term.
        sigma: Its width σ in pixels.
        background: w_c of background.
        cell: w_c of cells.
        row: Row of the pixel whose weight is computed in figures.
        column: Its column.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N10.

    >>> figure = WeightMap()
    >>> [(cell, round(distance, 2)) for cell, distance in figure.nearest()], round(figure.weight(), 2)
    ([(1, 2.0), (2, 2.0)], 8.26)
    """

    _esm = esm("weight_map")
    caption = (
        "Cells and what each pixel weighs in the loss. Drag the cells together: between them the weight "
        "rises. A larger σ keeps it high across wider gaps."
    )
    cells = Table(APART, {"column": (0, WIDTH - 1), "row": (0, HEIGHT - 1), "radius": (SMALLEST, LARGEST)}, most=MOST)
    w_0 = slider(10.0, "w_0", step=0.5, min=0, max=20)
    sigma = slider(5.0, "σ", step=0.5, min=1, max=12)
    carve = checkbox(True, "part touching cells by a gap of one pixel", more=True)
    background = slider(1.0, "w_c of background", step=0.1, min=0, max=5, more=True)
    cell = slider(1.0, "w_c of cells", step=0.1, min=0, max=5, more=True)
    chosen = slider(1, "chosen cell", min=1, max=MOST, more=True)
    column = slider(30, "column of the pixel", min=0, max=WIDTH - 1, more=True)
    row = slider(23, "row of the pixel", min=0, max=HEIGHT - 1, more=True)
    presets: ClassVar = {
        "a gap": {"w_0": 10.0},
        "touching": {"cells": [[20, 23, 10], [40, 23, 10]]},
        "touching, no gap carved": {"cells": [[20, 23, 10], [40, 23, 10]], "carve": False},
        "a crowd": {"cells": [[15, 13, 8], [31, 11, 8], [46, 15, 7], [21, 30, 9], [40, 31, 9], [56, 30, 6]]},
        "one cell": {"cells": [[24, 23, 10]]},
        "narrow σ": {"sigma": 2.0},
        "rare cells": {"cells": [[22, 21, 4], [33, 25, 4]], "background": 0.6, "cell": 4.0},
    }

    def instances(self) -> Int64[Tensor, "H W"]:
        """Draw the ids, carved if `carve` says so."""
        rows, columns = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
        ids = torch.zeros(HEIGHT, WIDTH, dtype=torch.int64)
        for number, (x, y, radius) in enumerate(self.cells, start=1):
            ids[(columns - x) ** 2 + (rows - y) ** 2 <= radius**2 + radius] = number
        return carve_touching(ids) if self.carve else ids

    def weights(self) -> Float32[Tensor, "H W"]:
        """Weigh every pixel."""
        table = self.background, self.cell
        return weight_map(self.instances(), class_weights=table, w_0=self.w_0, sigma=self.sigma)

    def weight(self) -> float:
        """Weigh the chosen pixel."""
        return self.weights()[self.row, self.column].item()

    def nearest(self) -> list[tuple[int, float]]:
        """Name the two cells nearest to the chosen pixel, with their distances; of equal ones the lower id first."""
        ids = self.instances()
        found = []
        for number in ids[ids > 0].unique().tolist():
            places = (ids == number).nonzero() - torch.tensor([self.row, self.column])
            found.append((number, places.double().square().sum(1).min().sqrt().item()))
        return sorted(found, key=lambda one: one[1])[:2]

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        near = " and ".join(f"{distance:.2f} from cell {number}" for number, distance in self.nearest())
        return (
            f"The weight map of {len(self.cells)} cells with w_0 = {self.w_0:g} and σ = {self.sigma:g}: pixel "
            f"({self.row}, {self.column}) is {near or 'alone'} and weighs {self.weight():.2f}; the largest weight is "
            f"{self.weights().max().item():.2f}."
        )
