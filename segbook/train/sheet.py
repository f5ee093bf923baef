"""How the objects of each picture of a folder are looked for: a sheet with a row for each kind of picture.

A spreadsheet can edit it. Of the rows whose name or pattern fits a picture, the last one counts; an empty cell, or a
column that is missing, stands for what the network's own read-out says.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path

from segbook.checks import check_number
from segbook.train.readout import Readout

YES, NO = "yes", "no"
BRIGHTEST = "brightest"


@dataclass(frozen=True)
class Row:
    """What one row says.

    Attributes:
        image: Name of a picture, with its suffix, or a pattern such as `*.tif`; `*` fits all.
        channel: Number of the channel that shows the objects, from 0; None takes the brightest at every pixel.
        invert: Whether the objects are dark on a bright ground.
        scale: By which height and width are multiplied before the network looks.
        threshold: As in `instances_from`.
        apart: As in `instances_from`, in pixels after scaling.
        smallest: As in `instances_from`, in pixels after scaling.
    """

    image: str = "*"
    channel: int | None = None
    invert: bool = False
    scale: float = 1.0
    threshold: float = 0.5
    apart: int = 5
    smallest: int = 0

    def fits(self, name: str) -> bool:
        """Say whether the row is about the picture of this name."""
        return name == self.image or fnmatchcase(name, self.image)


COLUMNS = tuple(field.name for field in fields(Row))


def read_sheet(path: Path, names: Iterable[str], readout: Readout) -> dict[str, Row]:
    """Read the row of every picture.

    Args:
        path: A CSV with a header, its cells apart by commas, semicolons or tabs. Where it is missing, all pictures are
            read as the network was tuned.
        names: Of the pictures.
        readout: The network's own, for what the sheet leaves out.

    Raises:
        ValueError: If a column is unknown, a value is none of those allowed, or a row counts for no picture; it names
            the line and what would be right.
    """
    names, usual = list(names), Row(threshold=readout.threshold, apart=readout.apart, smallest=readout.smallest)
    rows = dict(_rows(path, usual)) if path.exists() else {}
    lines = {name: max((line for line, row in rows.items() if row.fits(name)), default=0) for name in names}
    for line, row in rows.items():
        if line in lines.values() or row.image == "*":
            continue
        if later := next((lines[name] for name in names if row.fits(name)), 0):
            why = f"{row.image!r} counts for no picture: line {later}, {rows[later].image!r}, comes after it"
            raise ValueError(f"{path}, line {line}: {why}")
        raise ValueError(f"{path}, line {line}: no picture is called {row.image!r}: there are {_some(names)}")
    return {name: rows.get(line, usual) for name, line in lines.items()}


def blank_sheet(readout: Readout) -> str:
    """Give the text of a sheet to start from: one row, which fits all pictures."""
    text = io.StringIO()
    usual = ["*", BRIGHTEST, NO, 1, readout.threshold, readout.apart, readout.smallest]
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, usual])
    return text.getvalue()


def _rows(path: Path, usual: Row) -> Iterable[tuple[int, Row]]:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: must be UTF-8, in Excel 'CSV UTF-8': byte {error.start} is not") from None
    head = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=next((mark for mark in ";\t" if mark in head), ","))
    columns = [(name or "").strip().lower() for name in reader.fieldnames or []]
    reader.fieldnames = columns
    if unknown := [name for name in columns if name not in COLUMNS]:
        raise ValueError(f"{path}: columns must be {', '.join(COLUMNS)}: got {', '.join(map(repr, unknown))}")
    if "image" not in columns:
        raise ValueError(f"{path}: there must be a column image: got {', '.join(columns) or 'nothing'}")
    for cells in reader:
        if None in cells:
            raise ValueError(f"{path}, line {reader.line_num}: has more cells than the header")
        given = {name: value.strip() for name, value in cells.items() if value and value.strip()}
        if not given:
            continue
        try:
            yield reader.line_num, _row(given, usual)
        except ValueError as error:
            raise ValueError(f"{path}, line {reader.line_num}: {error}") from None


def _row(given: dict[str, str], usual: Row) -> Row:
    if "image" not in given:
        raise ValueError("image must name a picture, or be * for all")
    channel, invert = given.get("channel", BRIGHTEST), given.get("invert", NO).lower()
    if invert not in {YES, NO}:
        raise ValueError(f"invert must be {YES} or {NO}: got {invert!r}")
    row = Row(
        given["image"],
        None if channel.lower() == BRIGHTEST else int(_number(channel, "channel", f", or {BRIGHTEST}")),
        invert == YES,
        float(_number(given.get("scale", "1"), "scale")),
        float(_number(given.get("threshold", str(usual.threshold)), "threshold")),
        int(_number(given.get("apart", str(usual.apart)), "apart")),
        int(_number(given.get("smallest", str(usual.smallest)), "smallest")),
    )
    if row.scale <= 0:
        raise ValueError(f"scale must be a number above 0: got {row.scale:g}")
    check_number("threshold", row.threshold, 0, 1)
    check_number("apart", row.apart, 1)
    return row


def _number(text: str, name: str, more: str = "") -> float:
    """Read a number, with a comma for its point if need be; whole ones from 0 on, but for scale and threshold."""
    is_whole = name not in {"scale", "threshold"}
    try:
        value = float(text.replace(",", "."))
        check_number(name, int(value) if is_whole and value == int(value) else value, whole=is_whole)
    except (ValueError, OverflowError):
        kind = "a whole number of at least 0" if is_whole else "a number above 0"
        raise ValueError(f"{name} must be {kind}{more}: got {text!r}") from None
    return value


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
