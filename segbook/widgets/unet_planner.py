"""Live figure: the U drawn to scale, with its sizes, crops, costs, and what one output pixel reads."""

import base64
import io
import json
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import traitlets as t
from PIL import Image

from segbook import shapes
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import checkbox, constant, setting, slider

DATA = Path(__file__).parent / "data"
BLOCKS = [f"{kind} {i + (kind == 'bottleneck')}" for kind in ("encoder", "bottleneck", "decoder") for i in range(1, 5)]


@cache
def feature_maps() -> dict:
    """Read the stored feature maps: `sheet`, a picture as a data address; `frames`, where each lies in it."""
    sheet = base64.b64encode((DATA / "unet_maps.png").read_bytes()).decode()
    return json.loads((DATA / "unet_maps.json").read_text("utf-8")) | {"sheet": f"data:image/png;base64,{sheet}"}


class UNetPlanner(LiveFigure):
    """A U-Net drawn to scale: every map as tall as its size, as thick as the root of its channels.

    Args:
        input_size: Pixels along one axis of the image, 16 to 1024; `plan()` refuses sizes that do not halve evenly.
        depth: Poolings, 1 to 4.
        width: Channels of the first level, 1 to 64.
        padding: Whether the 3×3 convolutions keep the size.
        output_pixel: The output pixel whose receptive field is shown, along one axis.
        block: The stage whose feature maps are shown, such as "encoder 1". They are stored, and come from one trained
            net of depth 4, whatever the other settings are.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N9; Ronneberger et al. (2015), figure 1.

    >>> figure = UNetPlanner()
    >>> figure.plan()["output_size"], figure.plan()["parameters"], figure.plan()["receptive_field"]
    (388, 31030658, 188)
    """

    _esm = esm("unet_planner")
    caption = (
        "A U-Net to scale, with its sizes, crops and costs. Press a stage to look inside it; change depth and "
        "padding, and see what one output pixel reads."
    )
    input_size = setting(t.Int(572, min=2, max=1024))
    depth = slider(4, "depth", min=1, max=4)
    padding = checkbox(False, "padded convolutions")
    output_pixel = slider(192, "output pixel", min=0, max=1023)
    block = setting(t.Unicode("encoder 1"), options=BLOCKS)
    width = slider(64, "width", min=1, max=64, more=True)
    maps = constant(t.Dict())
    presets: ClassVar = {
        "the paper": {},
        "exact halves": {"input_size": 128, "depth": 3, "padding": True, "output_pixel": 64},
        "this chapter": {"input_size": 96, "width": 8, "padding": True, "output_pixel": 48},
        "smallest tile": {"input_size": 188, "output_pixel": 0},
    }

    def __init__(self, **settings) -> None:
        settings.setdefault("maps", feature_maps())
        super().__init__(**settings)

    def ledger(self) -> list[shapes.LedgerRow]:
        """Write down every size, crop and cost.

        Raises:
            ValueError: If the input size is not legal; it names the nearest that are.
        """
        return shapes.unet_ledger(self.input_size, depth=self.depth, width=self.width, padding=int(self.padding))

    def plan(self) -> dict[str, int]:
        """Sum up: output size, parameters, multiply–adds, convolutions, receptive field of the output pixel.

        Raises:
            ValueError: If the input size is not legal.
        """
        ledger = self.ledger()
        return {
            "output_size": ledger[-1].output_size,
            "parameters": sum(row.parameters for row in ledger),
            "multiply_adds": sum(row.multiply_adds for row in ledger),
            "convolutions": sum(row.parameters > 0 for row in ledger),
            "receptive_field": len(self.window()),
        }

    def window(self) -> range:
        """List the input pixels that the output pixel reads along one axis; those below 0 or past the end are zeros."""
        pixel = min(self.output_pixel, self.ledger()[-1].output_size - 1)
        return shapes.input_window(shapes.unet_layers(self.depth, padding=int(self.padding)), pixel)

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        kind = "padded" if self.padding else "unpadded"
        settings = f"A U-Net of depth {self.depth}, width {self.width}, {kind}, input {self.input_size}²"
        try:
            plan = self.plan()
        except ValueError as error:
            return f"{settings}: {error}."
        layers = shapes.unet_layers(self.depth, padding=int(self.padding))
        others = {len(shapes.input_window(layers, pixel)) for pixel in range(2**self.depth)} - {plan["receptive_field"]}
        crops = [(row.input_size - row.output_size) // 2 for row in self.ledger() if row.kind == "skip"]
        cropped = f"skips lose {', '.join(map(str, crops))} pixels on each side" if any(crops) else "no skip is cropped"
        return (
            f"{settings}, output {plan['output_size']}²; {cropped}; {plan['convolutions']} convolutions, "
            f"{plan['parameters']:,} parameters, {plan['multiply_adds'] / 1e9:.3g} billion multiply–adds; output "
            f"pixel {min(self.output_pixel, plan['output_size'] - 1)} reads {plan['receptive_field']} input pixels "
            f"along each axis ({'some others ' + str(*others) if others else 'like every other'})."
        )

    def frames(self) -> list[np.ndarray]:
        """Cut the stored feature maps of the present block out of their sheet, in 16 grey levels from 0 to 1."""
        with Image.open(io.BytesIO((DATA / "unet_maps.png").read_bytes())) as sheet:
            values = np.asarray(sheet) / 15
        return [values[y : y + size, x : x + size] for x, y, size in self.maps["frames"].get(self._stored_name(), [])]

    def _stored_name(self) -> str:
        name, _, level = self.block.partition(" ")
        return self.block if name == "decoder" or level == "5" else f"encoder {level}"
