"""Read the tables that people and programs call CSV: any separator, UTF-8 or UTF-16, lines above the header."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segbook.grading.columns import FIELDS, WHO, field_of, plain

SEPARATORS = ",;\t|"
LINES_ABOVE = 20  # of a title, an institution's address or Excel's "sep=;"


@dataclass(frozen=True)
class Table:
    """A table as its file has it.

    Args:
        path: The file.
        columns: The header, as it stands there.
        rows: Cells as they stand there, as many in each row as there are columns.
        separator: Between cells.
        mark: Whether the file begins with a byte order mark.
        first: The number of the line below the header.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    separator: str = ","
    mark: bool = False
    first: int = 2

    def cell(self, row: int, field: str) -> str:
        """The first cell of a row that has this meaning and is not empty."""
        return next(iter(self.cells(row, field)), "")

    def cells(self, row: int, field: str) -> list[str]:
        """The cells of a row that have this meaning and are not empty."""
        found = (
            plain(cell) for name, cell in zip(self.columns, self.rows[row], strict=True) if field_of(name) == field
        )
        return [cell for cell in found if cell]

    def who(self, row: int) -> str:
        """Whom a row tells of, as a message shows it."""
        return " ".join(cell for field in WHO for cell in self.cells(row, field))

    def has(self, field: str) -> bool:
        """Whether a column has this meaning."""
        return any(field_of(name) == field for name in self.columns)

    @property
    def header(self) -> str:
        """The header as a message shows it."""
        return " | ".join(self.columns)


def read_table(path: Path, *fields: str) -> Table:
    """Read a table that tells of people.

    Args:
        path: The file.
        fields: What it has to tell besides who.

    Raises:
        ValueError: If it is no table, or no line of it is a header that says who and all of the fields.
    """
    text, mark = _text(path)
    best: tuple[tuple[int, int], Table] | None = None
    for separator in SEPARATORS:
        try:
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        except csv.Error as error:
            raise ValueError(f"{path} is no table: {error}") from None
        for place, line in enumerate(lines[:LINES_ABOVE]):
            known = [field_of(cell) for cell in line]
            if not set(fields) <= set(known) or not set(WHO) & set(known):
                continue
            score = sum(map(bool, known)), -sum(any(below[len(line) :]) for below in lines[place + 1 :])
            if best is None or score > best[0]:
                best = score, _table(path, lines, place, separator, mark)
    if best is None:
        shown = " | ".join(text.splitlines()[:3])[:200] or "nothing"
        wanted = ["a name or an id (" + "; ".join(FIELDS[field].partition(", ")[0] for field in WHO) + ")", *fields]
        raise ValueError(
            f"{path} has no header that says who is meant. It begins with {shown!r}; expected is a line with columns "
            f"for {', '.join(wanted)}, as Canvas's gradebook export and Moodle's grading worksheet (English, German, "
            "French, Spanish) have them"
        )
    (_, longer), table = best
    if longer:
        raise ValueError(
            f"{path}: {-longer} rows have more cells than the header {table.header!r}; quote cells in which "
            f"{table.separator!r} stands"
        )
    if not table.rows:
        raise ValueError(f"{path} has no rows below its header {table.header!r}")
    return table


def _table(path: Path, lines: Sequence[Sequence[str]], place: int, separator: str, mark: bool) -> Table:
    columns = tuple(lines[place])
    rows = tuple(
        (*line, *[""] * (len(columns) - len(line)))[: len(columns)]
        for line in lines[place + 1 :]
        if any(cell.strip() for cell in line)
    )
    return Table(path, columns, rows, separator, mark, place + 2)


def _text(path: Path) -> tuple[str, bool]:
    """Decode a file that says by its first bytes how it is written, or is UTF-8."""
    data = path.read_bytes()
    if data.startswith(b"PK\x03\x04"):
        raise ValueError(f"{path} is a workbook or an archive and no CSV; save it as CSV UTF-8")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), True
    if b"\0" in data[:200]:
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace"), False
    try:
        return data.decode("utf-8-sig"), data.startswith(b"\xef\xbb\xbf")
    except UnicodeDecodeError:  # a guess would turn names into other names
        raise ValueError(f"{path} is not UTF-8; save it as CSV UTF-8") from None
