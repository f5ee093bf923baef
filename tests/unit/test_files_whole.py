"""A file is there whole or not at all."""

import os

import pytest

from segbook.files import draft_of


def test_an_error_half_way_leaves_the_old_file_and_no_draft(tmp_path):
    (tmp_path / "a.txt").write_text("old")

    def write():
        with draft_of(tmp_path / "a.txt") as draft:
            draft.write_text("half")
            raise OSError("disk is full")

    with pytest.raises(OSError, match="disk is full"):
        write()
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a.txt": "old"}


def test_the_file_is_replaced_at_the_end_and_not_before(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with draft_of(tmp_path / "a.txt") as draft:
        draft.write_text("new")
        assert (tmp_path / "a.txt").read_text() == "old"
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a.txt": "new"}


def test_a_draft_that_a_killed_process_of_this_number_left_is_not_taken_along(tmp_path):
    (tmp_path / f".a.txt.{os.getpid()}.part").write_text("of before")
    with draft_of(tmp_path / "a.txt") as draft, open(draft, "x") as file:  # fails if there is one
        file.write("new")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a.txt": "new"}
