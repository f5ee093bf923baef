"""Live figure: the sizes of an encoder–decoder, down and up, and which input sizes come back."""

from typing import ClassVar

from segbook import shapes
from segbook.widgets.base import LiveFigure, esm
from segbook.widgets.controls import checkbox, choice, slider

POOLINGS = {  # kernel size, stride, padding
    "2 over 2": (2, 2, 0),
    "3 over 2": (3, 2, 1),
    "3 over 3": (3, 3, 0),
    "4 over 4": (4, 4, 0),
}
LARGEST = 256


class SizeLedger(LiveFigure):
    """One axis of an image, followed down to the bottleneck and up again, with what every pooling leaves over.

    Each level has two 3×3 convolutions and a pooling; going up, a transposed convolution with the pooling's settings
    and two 3×3 convolutions. Nothing is handed across.

    Args:
        input_size: Samples along one axis of the image, 1 to 256.
        depth: Poolings, 1 to 5.
        pooling: Kernel over stride: "2 over 2", "3 over 2" (with padding 1), "3 over 3" or "4 over 4".
        padded: Whether convolutions keep the size; without padding each loses 2 samples.
        mend: Whether each transposed convolution gets, as output padding, what the pooling of its level left over.

    Raises:
        traitlets.TraitError: If a setting leaves its range.

    Source: notes N8; Ronneberger et al. (2015), section 2, on legal sizes.

    >>> SizeLedger(input_size=103).output_size(), SizeLedger(input_size=103, mend=True).output_size()
    (96, 103)
    """

    _esm = esm("size_ledger")
    caption = (
        "One axis of an image on its way down and up again. Move the input size off the legal ones and watch "
        "what the output loses."
    )
    input_size = slider(96, "input size N", min=1, max=LARGEST)
    depth = slider(3, "depth", min=1, max=5)
    padded = checkbox(True, "padded convolutions")
    mend = checkbox(False, "output_padding for what was left over")
    pooling = choice("2 over 2", "pooling, kernel over stride", {name: name for name in POOLINGS})
    presets: ClassVar = {
        "legal: 96": {"depth": 3},
        "97 pixels": {"input_size": 97},
        "103 pixels": {"input_size": 103},
        "output_padding mends it": {"input_size": 103, "mend": True},
        "unpadded": {"input_size": 124, "padded": False},
        "pooling 3 over 2": {"input_size": 97, "pooling": "3 over 2"},
    }

    def ledger(self, input_size: int | None = None) -> list[tuple[str, int, int]]:
        """List every layer with the size that goes in and the size that comes out.

        Args:
            input_size: Another input size than the figure's.

        Raises:
            ValueError: If a layer does not fit what it is given.
        """
        return self._follow(self.input_size if input_size is None else input_size)[0]

    def remainders(self, input_size: int | None = None) -> list[int]:
        """Count, for every pooling, the places at the end that no window reaches (of the padded map).

        Args:
            input_size: Another input size than the figure's.

        Raises:
            ValueError: If a layer does not fit what it is given.
        """
        return self._follow(self.input_size if input_size is None else input_size)[1]

    def output_size(self) -> int:
        """Return the size of what comes out.

        Raises:
            ValueError: If a layer does not fit what it is given.
        """
        return self.ledger()[-1][2]

    def legal_sizes(self, limit: int = LARGEST) -> list[int]:
        """List the input sizes that leave no remainder at any pooling, and an output.

        Args:
            limit: The largest size of interest, included.
        """
        return [size for size in range(1, limit + 1) if self._is_legal(size)]

    def _is_legal(self, size: int) -> bool:
        try:
            return not any(self.remainders(size))
        except ValueError:
            return False

    def _follow(self, size: int) -> tuple[list[tuple[str, int, int]], list[int]]:
        kernel_size, stride, padding = POOLINGS[self.pooling]
        layer, border = {"stride": stride, "padding": padding}, int(self.padded)
        rows, remainders = [], []
        for name, level in self._layers():
            if name == "pool":
                remainders.append(shapes.restoring_output_padding(size, kernel_size, **layer))
                output = shapes.pool_output_size(size, kernel_size, stride=stride, padding=padding)
            elif name == "up":
                extra = remainders[level - 1] if self.mend else 0
                output = shapes.conv_transpose_output_size(size, kernel_size, **layer, output_padding=extra)
            else:
                output = shapes.conv_output_size(size, 3, padding=border)
            rows.append((f"{name} {level}", size, output))
            size = output
        return rows, remainders

    def _layers(self) -> list[tuple[str, int]]:
        down = [(name, level) for level in range(1, self.depth + 1) for name in ("encoder", "encoder", "pool")]
        up = [(name, level) for level in range(self.depth, 0, -1) for name in ("up", "decoder", "decoder")]
        return [*down, *[("bottleneck", self.depth + 1)] * 2, *up]

    def _settings(self) -> str:
        convolutions = "padded" if self.padded else "unpadded"
        mended = ", output padding for what was left over" if self.mend else ""
        return f"depth {self.depth}, pooling {self.pooling}, {convolutions} convolutions{mended}"

    def alt(self) -> str:  # noqa: D102 (said once, in LiveFigure)
        try:
            rows, remainders = self._follow(self.input_size)
        except ValueError as error:
            return f"Encoder–decoder, {self._settings()}: input size {self.input_size} is too small: {error}."
        sizes = [self.input_size, *(output for name, _, output in rows if name.startswith(("pool", "up")))]
        legal = "is not a legal size" if any(remainders) else "is a legal size"
        return (
            f"Encoder–decoder, {self._settings()}: {self.input_size} {legal}; pooled and enlarged "
            f"{' → '.join(map(str, sizes))}; remainders {', '.join(map(str, remainders))}; "
            f"the output has {rows[-1][2]}."
        )
