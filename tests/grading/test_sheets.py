"""Tables are read as Excel, LibreOffice, Canvas and Moodle save them, and what is none says what would be one."""

import pytest

from segbook.grading.sheets import read_table

NAMES = ["Zoë Müller", "Łukasz Ørsted"]


def saved(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("above", ["", "sep={}\n", "University of X; winter\n\nCourse, with commas, in its title\n"])
def test_a_list_is_understood_however_it_is_saved(tmp_path, encoding, separator, above):
    text = f"{above.format(separator)}Name{separator}E-Mail\r\n" + "".join(
        f"{name}{separator}x@y\r\n" for name in NAMES
    )
    table = read_table(saved(tmp_path / "list.csv", text, encoding))
    assert [table.cell(row, "name") for row in range(2)] == NAMES
    assert table.separator == separator
    assert table.mark == (encoding in ("utf-8-sig", "utf-16"))


def test_cells_stay_as_they_are(tmp_path):
    table = read_table(saved(tmp_path / "list.csv", 'Name,x,x\n"  Ada, Lovelace ",=1,- \n\nBob\n'))
    assert table.rows == (("  Ada, Lovelace ", "=1", "- "), ("Bob", "", ""))
    assert table.cell(0, "name") == "Ada, Lovelace"


@pytest.mark.parametrize(
    ("data", "phrases"),
    [
        (b"Farbe;Zahl\nrot;1\n", ("Farbe;Zahl", "expected is a line with columns for a name or an id", "French")),
        (b"", ("begins with 'nothing'",)),
        (b"PK\x03\x04rest", ("is a workbook or an archive and no CSV; save it as CSV UTF-8",)),
        ("Name\nZoë\n".encode("latin-1"), ("is not UTF-8",)),
        (b"Name,ID\n", ("has no rows below its header 'Name | ID'",)),
        (b"Name,ID\nLovelace, Ada,1\n", ("1 rows have more cells than the header 'Name | ID'; quote",)),
        (b"Name\n" + b'"' + b"x" * 200_000 + b'"\n', ("is no table: field larger than",)),
    ],
)
def test_what_is_no_table_of_people_says_what_would_be_one(tmp_path, data, phrases):
    (tmp_path / "list.csv").write_bytes(data)
    with pytest.raises(ValueError, match=r"list\.csv") as caught:
        read_table(tmp_path / "list.csv")
    for phrase in phrases:
        assert phrase in str(caught.value)


def test_columns_that_are_asked_for_must_be_there(tmp_path):
    with pytest.raises(ValueError, match="exercise, points"):
        read_table(saved(tmp_path / "list.csv", "student,points\nada,1\n"), "exercise", "points")
