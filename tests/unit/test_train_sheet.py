"""The sheet that says how each picture of a folder is read."""

import pytest

from segbook.train.readout import Readout
from segbook.train.sheet import Row, blank_sheet, read_sheet

READOUT = Readout(threshold=0.7, apart=5, smallest=20)
USUAL = Row(threshold=0.7, smallest=20)


def read(tmp_path, text, names=("a.tif", "b.png", "plate [1] (z3).tif")):
    path = tmp_path / "settings.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_sheet(path, names, READOUT)


def test_without_a_sheet_pictures_are_read_as_the_network_was_tuned(tmp_path):
    assert read_sheet(tmp_path / "none.csv", ["a.tif"], READOUT) == {"a.tif": USUAL}


def test_the_sheet_to_start_from_changes_nothing(tmp_path):
    assert read(tmp_path, blank_sheet(READOUT))["a.tif"] == USUAL


def test_the_last_row_that_fits_counts_and_names_may_hold_brackets(tmp_path):
    rows = read(tmp_path, "image,scale,invert\n*,3,no\n*.tif,2,yes\nplate [1] (z3).tif,0.5,\n")
    assert rows["plate [1] (z3).tif"] == Row("plate [1] (z3).tif", scale=0.5, threshold=0.7, smallest=20)
    assert (rows["a.tif"].scale, rows["a.tif"].invert) == (2, True)
    assert (rows["b.png"].scale, rows["b.png"].invert) == (3, False)


@pytest.mark.parametrize(
    "text",
    [
        "image;channel;threshold\r\na.tif;2;0,6\r\n",  # as a spreadsheet saves it where the comma is the point
        "\ufeffImage , Channel,threshold\na.tif, 2 ,0.6\n\n,,\n",
        "image\tthreshold\tchannel\na.tif\t0.6\t2.0\n",
    ],
)
def test_a_sheet_may_come_from_any_spreadsheet(tmp_path, text):
    assert read(tmp_path, text)["a.tif"] == Row("a.tif", channel=2, threshold=0.6, smallest=20)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image,treshold\n*,0.6\n", "columns must be image, channel, .*: got 'treshold'"),
        ("scale\n2\n", "there must be a column image: got scale"),
        ("", "there must be a column image: got nothing"),
        ("image,scale\n*,1\ncamera.tif,2\n", r"line 3: no picture is called 'camera.tif': there are a\.tif, b\.png"),
        ("image,scale\na.tif,1\n*,2\n", r"line 2: 'a.tif' counts for no picture: line 3, '\*', comes after it"),
        ("image,scale\n*,half\n", "line 2: scale must be a number above 0: got 'half'"),
        ("image,scale\n*,0\n", "line 2: scale must be a number above 0: got 0"),
        ("image,scale\n*,nan\n", "line 2: scale must be a number above 0: got 'nan'"),
        ("image,threshold\n*,1.5\n", "line 2: threshold must be a number from 0 to 1: got 1.5"),
        ("image,channel\n*,red\n", "channel must be a whole number of at least 0, or brightest: got 'red'"),
        ("image,channel\n*,-1\n", "channel must be a whole number of at least 0, or brightest: got '-1'"),
        ("image,apart\n*,2.5\n", "apart must be a whole number of at least 0: got '2.5'"),
        ("image,apart\n*,0\n", "apart must be a number of at least 1: got 0"),
        ("image,smallest\n*,inf\n", "smallest must be a whole number of at least 0: got 'inf'"),
        ("image,invert\n*,1\n", "invert must be yes or no: got '1'"),
        ("image,scale\n,2\n", "line 2: image must name a picture, or be [*] for all"),
        ("image,scale\n*,0,5\n", "line 2: has more cells than the header"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line_and_what_would_be_right(tmp_path, text, words):
    with pytest.raises(ValueError, match=words):
        read(tmp_path, text)


def test_a_sheet_in_another_encoding_is_refused_with_what_to_save_instead(tmp_path):
    with pytest.raises(ValueError, match="must be UTF-8, in Excel 'CSV UTF-8': byte 7 is not"):
        read(tmp_path, "image\nzählung.tif\n".encode("cp1252"))
