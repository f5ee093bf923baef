"""Live figure: one scene of movable objects, and what four tasks say about it."""

from typing import ClassVar

import torch
from torch import Tensor

from segbook.data import TOY_CLASSES, views
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import Table, choice, slider

HEIGHT, WIDTH = 32, 48
SMALLEST, LARGEST = 3, 10
TASKS = ("classification", "detection", "semantic", "instance")
TOUCHING = [[1, 8, 8, 6], [1, 21, 8, 6], [2, 38, 8, 6], [2, 11, 24, 6], [3, 31, 23, 7]]


class FourTasks(LiveFigure):
    """Discs, squares and triangles on a grid of 32 × 48 pixels, and the four outputs that follow from them.

    The truth is the map of ids. The label, the boxes and the semantic map are computed from it, here by
    `segbook.data.views` and in the page by the same rules.

    Args:
        objects: One to eight rows `[class, column, row, radius]`, from back to front; object i has the id i, from 1.
            Class 1 is a disc, 2 a square, 3 a triangle; the radius lies in 3 … 10.
        chosen: The id of the object that arrow keys and sliders move.
        task: Which output is shown: "classification", "detection", "semantic", "instance", or "all".

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N1.

    >>> figure = FourTasks()
    >>> figure.label(), len(figure.boxes()), figure.counts()
    (1, 5, {'objects': 5, 'regions': 4, 'lost': 1, 'cut': 0})
    """

    _esm = esm("four_tasks")
    caption = (
        "One scene and its four outputs. Drag until two shapes of one class touch: which output loses count? Numbers: "
        "five per box, one per pixel of a map, and with ids a class for each."
    )
    objects = Table(
        TOUCHING,
        {"class": (1, 3), "column": (0, WIDTH - 1), "row": (0, HEIGHT - 1), "radius": (SMALLEST, LARGEST)},
        least=1,
        most=8,
    )
    task = choice("all", "show", {"all": "all four"} | {task: task for task in TASKS}, buttons=True)
    chosen = slider(2, "chosen object", min=1)
    presets: ClassVar = {
        "all apart": {"objects": [[1, 8, 8, 6], [1, 24, 8, 6], [2, 38, 8, 6], [2, 11, 24, 6], [3, 31, 23, 7]]},
        "two touch": {},
        "three in a heap": {
            "objects": [[1, 14, 10, 6], [1, 26, 11, 6], [1, 19, 21, 6], [2, 39, 9, 6], [3, 38, 23, 7]],
            "chosen": 3,
        },
        "another class": {"objects": [[1, 14, 10, 6], [2, 26, 11, 6], [3, 19, 21, 7], [1, 40, 9, 6], [2, 38, 23, 6]]},
        "only a corner": {"objects": [[2, 15, 10, 6], [2, 26, 21, 6], [1, 38, 8, 6], [3, 8, 24, 6], [1, 41, 23, 5]]},
        "right by accident": {
            "objects": [[1, 13, 15, 8], [2, 30, 10, 5], [2, 39, 10, 6], [1, 37, 25, 5], [3, 13, 15, 9]],
            "chosen": 5,
        },
    }

    def classes(self) -> Tensor:
        """List the class of each id, `classes[id]`; background first."""
        return torch.tensor([0] + [shape for shape, *_ in self.objects])

    def instances(self) -> Tensor:
        """Draw the truth: the id of the object seen at each pixel, later objects over earlier ones."""
        rows, columns = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
        ids = torch.zeros(HEIGHT, WIDTH, dtype=torch.int64)
        for number, (shape, x, y, radius) in enumerate(self.objects, start=1):
            dx, dy = (columns - x).abs(), rows - y
            inside = {
                1: dx**2 + dy**2 <= radius**2 + radius,
                2: (dx < radius) & (dy.abs() < radius),
                3: (dy.abs() <= radius) & (2 * dx <= dy + radius),
            }[shape]
            ids[inside] = number
        return ids

    def labels(self) -> Tensor:
        """Draw the semantic map: a class for every pixel."""
        return views.semantic_labels(self.instances(), self.classes())

    def boxes(self) -> list[list[int]]:
        """List the boxes of what is seen: rows of x0, y0, x1, y1 and the class, in the order of ids."""
        ids, boxes = views.bounding_boxes(self.instances())
        return torch.cat([boxes, self.classes()[ids, None]], dim=1).tolist()

    def label(self) -> int:
        """Name the image after the class that covers most of its pixels, background apart; the first of equals."""
        return int(torch.bincount(self.labels().flatten(), minlength=4)[1:].argmax()) + 1

    def counts(self) -> dict[str, int]:
        """Count the objects that are seen, the regions of the semantic map, and what lies between the two."""
        instances, regions = self.instances(), views.semantic_regions(self.labels())
        lost, cut = views.lost_and_cut(instances, regions)
        objects = len(instances[instances > 0].unique())
        return {"objects": objects, "regions": int(regions.max()), "lost": lost, "cut": cut}

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        counts, name = self.counts(), TOY_CLASSES[self.label()]
        return (
            f"One scene of {counts['objects']} objects in four outputs: the label {name}, {len(self.boxes())} boxes, "
            f"a semantic map of {counts['regions']} regions ({counts['lost']} lost, {counts['cut']} cut), an instance "
            f"map of {counts['objects']} ids."
        )
