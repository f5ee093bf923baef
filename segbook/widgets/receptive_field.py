"""Live figure: a stack of layers, and what one of its outputs sees."""

from typing import ClassVar

import traitlets as t

from segbook import shapes
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import setting, slider

OUTPUTS = 3
LIMITS = {"kernel_size": 5, "stride": 3, "dilation": 4}


def _layer(kernel_size: int, kind: str = "conv", *, stride: int = 1, dilation: int = 1) -> dict:
    """Write a layer down completely, in alphabetical order as a notebook does: the page compares settings as text."""
    return {"dilation": dilation, "kernel_size": kernel_size, "kind": kind, "stride": stride}


class ReceptiveField(LiveFigure):
    """Layers as rows of cells, the cone of one output, and the recursion that gives its width.

    Args:
        layers: One to six layers, first layer first, each such as `{"kind": "conv", "kernel_size": 3}`. `kind` is
            "conv" or "pool" (they read alike), `kernel_size` 1 to 5, `stride` 1 to 3, `dilation` 1 to 4.
        n: Which of three neighbouring outputs is followed.

    Raises:
        traitlets.TraitError: If a setting leaves its range, or a layer has a setting of another name.

    Source: notes N5; Araujo, Norris & Sim (2019), "Computing receptive fields of convolutional neural networks".

    >>> ReceptiveField(layers=[{"kernel_size": 3}, {"kind": "pool", "kernel_size": 2, "stride": 2}]).field()
    ReceptiveField(size=4, jump=2, offset=0)
    """

    _esm = esm("receptive_field")
    caption = (
        "A stack of layers, and what one output of it sees. Add layers, strides and dilations: the cone widens, "
        "and a large dilation leaves holes, which other layers may fill."
    )
    n = slider(1, "output n", min=0, max=OUTPUTS - 1)
    layers = setting(
        t.List(t.Dict(), [_layer(3)] * 3, minlen=1, maxlen=6),
        rows={"kind": ["conv", "pool"]} | {name: [1, most] for name, most in LIMITS.items()},
        least=1,
        most=6,
    )
    presets: ClassVar = {
        "three 3s": {},
        "strided": {"layers": [_layer(3, stride=2)] * 3},
        "dilated 1-2-4": {"layers": [_layer(3, dilation=dilation) for dilation in (1, 2, 4)]},
        "dilated 2-2-2": {"layers": [_layer(3, dilation=2)] * 3},
        "VGG block": {"layers": [*[_layer(3)] * 3, _layer(2, "pool", stride=2)]},
        "U-Net encoder": {"layers": [_layer(3), _layer(3), _layer(2, "pool", stride=2)] * 2},
    }

    @t.validate("layers")
    def _complete_layers(self, proposal: t.Bunch) -> list[dict]:
        return [_complete(layer) for layer in proposal["value"]]

    def stack(self) -> list[shapes.Layer]:
        """Write the layers as `segbook.shapes` takes them, without padding."""
        return [
            shapes.Layer(layer["kernel_size"], stride=layer["stride"], dilation=layer["dilation"])
            for layer in self.layers
        ]

    def field(self) -> shapes.ReceptiveField:
        """Compute the receptive field of the whole stack."""
        return shapes.receptive_field(self.stack())

    def fields(self) -> list[shapes.ReceptiveField]:
        """Compute the receptive field after every layer, the input first."""
        stack = self.stack()
        return [shapes.receptive_field(stack[:count]) for count in range(len(stack) + 1)]

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        names = ", ".join(
            f"{layer['kind']} {layer['kernel_size']}"
            + (f" stride {layer['stride']}" if layer["stride"] > 1 else "")
            + (f" dilation {layer['dilation']}" if layer["dilation"] > 1 else "")
            for layer in self.layers
        )
        size, jump, _ = self.field()
        first = self.n * jump
        grows = ", ".join(str(field.size) for field in self.fields())
        return (
            f"A stack of {len(self.layers)} layers ({names}): output {self.n} sees {size} input samples, {first} "
            f"to {first + size - 1}; layer by layer the field grows {grows}; neighbouring windows start {jump} apart."
        )


def _complete(layer: dict) -> dict:
    """Fill in what a layer leaves out, in alphabetical order, and refuse what it cannot be."""
    given = {"kind": "conv", "kernel_size": 3, "stride": 1, "dilation": 1} | layer
    if unknown := sorted(set(given) - {"kind", *LIMITS}):
        raise t.TraitError(f"a layer of layers has no {', '.join(unknown)}; it has kind, {', '.join(LIMITS)}")
    if given["kind"] not in ("conv", "pool"):
        raise t.TraitError(f"the kind of a layer of layers must be 'conv' or 'pool': got {given['kind']!r}")
    for name, limit in LIMITS.items():
        if type(given[name]) is not int or not 1 <= given[name] <= limit:
            raise t.TraitError(f"{name} of a layer of layers must be 1 to {limit}: got {given[name]!r}")
    return dict(sorted(given.items()))
