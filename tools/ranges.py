"""Hold the numbers that vary to their ranges, and all other text to what is stored: a plugin for nbval.

A cell declares beside its code which of its printed numbers may vary, and how far:

    ```{code-cell} ipython3
    ---
    ranges:
      "AP #": [0.8, 0.92]
      "U-Net # #": [[0.9, 1.0], [0.7, 0.8]]
    ---
    print(f"AP {ap:.2f}")
    ```

`#` stands for a number, and a space in a label for any white space. A label must be found exactly once in what the cell
prints, now and in the stored notebook, and its numbers must lie in their ranges in both. Then `#` replaces them on both
sides, and nbval compares the rest as ever. `timings` is written like `ranges` and means the same, for numbers from a
clock and for rounding errors: no record of training runs is kept of them (`benchmarks/claims.py`).

Loaded with `-p ranges` and `tools` on PYTHONPATH.
"""

import re
from collections.abc import Iterable, Mapping

NUMBER = r"[-+−]?(?:\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?|nan|inf)"
KINDS = ("ranges", "timings")


def declared(metadata: Mapping) -> dict[str, list[tuple[float, float]]]:
    """Read a cell's declarations: for each label, one range for every `#`.

    Args:
        metadata: The cell's metadata.

    Raises:
        ValueError: If a label has no `#`, or not as many ranges as it has of them, or a range is empty.
    """
    found = {}
    for label, given in [entry for kind in KINDS for entry in metadata.get(kind, {}).items()]:
        pairs = given if given and isinstance(given[0], list) else [given]
        if label.count("#") != len(pairs) or not pairs:
            raise ValueError(f"{label!r} has {label.count('#')} # and {len(pairs)} ranges: one each, please")
        for pair in pairs:
            if len(pair) != 2 or not pair[0] < pair[1]:
                raise ValueError(f"{label!r}: {pair} is no range; write [low, high] with low < high")
        found[label] = [(float(low), float(high)) for low, high in pairs]
    return found


def pattern(label: str) -> re.Pattern:
    """Compile a label: each `#` a number, each space any white space."""
    parts = [r"\s+".join(re.escape(word) for word in re.split(r"\s+", part)) for part in label.split("#")]
    start = r"(?<![\w.])" if re.match(r"[\w#]", label) else ""
    end = r"(?![\w]|[.,]\d)" if label.endswith("#") else ""
    return re.compile(start + f"({NUMBER})".join(parts) + end)


def values(label: str, text: str) -> list[float]:
    """Read the numbers of a label.

    Raises:
        ValueError: If the label does not stand in the text exactly once.
    """
    found = list(pattern(label).finditer(text))
    if len(found) != 1:
        raise ValueError(f"{label!r} stands {len(found)} times in this text, not once:\n{text}")
    return [float(number.replace(",", "").replace("−", "-")) for number in found[0].groups()]


def outside(label: str, ranges: Iterable[tuple[float, float]], text: str) -> list[str]:
    """Say which numbers of a label leave their range; NaN leaves every range."""
    return [
        f"{label!r}: {value:g} is outside [{low:g}, {high:g}]"
        for value, (low, high) in zip(values(label, text), ranges, strict=True)
        if not low <= value <= high
    ]


def texts(outputs: Iterable[Mapping]) -> list[str]:
    """List what a cell said: printed text and the text of displayed results."""
    return [
        text
        for output in outputs
        for text in (output.get("text"), output.get("data", {}).get("text/plain"))
        if isinstance(text, str)
    ]


def check(metadata: Mapping, outputs: Iterable[Mapping]) -> list[str]:
    """Say what is wrong with the varying numbers of a cell: not found once, or outside their ranges.

    Args:
        metadata: The cell's, with its declarations.
        outputs: The cell's outputs.
    """
    wrong, said = [], "\n".join(texts(outputs))
    for label, ranges in declared(metadata).items():
        try:
            wrong += outside(label, ranges, said)
        except ValueError as error:
            wrong.append(str(error))
    return wrong


def masked(metadata: Mapping, text: str) -> str:
    """Write `#` for every number that may vary."""
    for label in declared(metadata):
        text = pattern(label).sub(lambda _, label=label: label, text)
    return text


def pytest_configure() -> None:
    """Let nbval hold the varying numbers to their ranges before it compares."""
    from nbval.plugin import IPyNbCell

    compare_rest, sanitize_rest = IPyNbCell.compare_outputs, IPyNbCell.sanitize

    def compare_outputs(self, test, ref, skip_compare=None) -> bool:
        for which, outputs in (("stored", ref), ("computed now", test)):
            if wrong := check(self.cell.metadata, outputs):
                where = f"{self.parent.path.name}, cell {self.cell_num}, {which}: "
                self.comparison_traceback = [where + line for line in wrong]
                return False
        return compare_rest(self, test, ref, skip_compare)

    def sanitize(self, s):
        text = sanitize_rest(self, s)
        return masked(self.cell.metadata, text) if isinstance(text, str) else text

    IPyNbCell.compare_outputs, IPyNbCell.sanitize = compare_outputs, sanitize
