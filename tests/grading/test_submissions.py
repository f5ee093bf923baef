"""Submissions are found whatever the LMS calls them, and nobody can pass as somebody else."""

import os
from datetime import datetime

import pytest
from broken import GOOD, archive
from classroom import notebook

from segbook.grading.archives import Unreadable
from segbook.grading.intake import take_in
from segbook.grading.notebooks import read_cells
from segbook.grading.plan import Plan
from segbook.grading.settings import Settings
from segbook.grading.submissions import find


def hand_in(root, **files):
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def found(root):
    return {(one.name, one.owner.key, one.owner.label) for one in find(root)}


def test_plain_folders_and_files_belong_to_whom_they_name(tmp_path):
    hand_in(tmp_path, **{"ada.ipynb": GOOD, "bob/week 6.ipynb": GOOD, "cleo.zip": archive(("x/hw.ipynb", GOOD))})
    (tmp_path / "roster.csv").write_text("name\nada\n")
    assert found(tmp_path) == {
        ("ada.ipynb", "ada", "ada"),
        ("bob/week 6.ipynb", "bob", "bob"),
        ("cleo.zip/x/hw.ipynb", "cleo", "cleo"),
    }


@pytest.mark.parametrize("wrapped", ["", "submissions/", "Week 6/"])
def test_a_canvas_download_is_understood(tmp_path, wrapped):
    names = ("lovelaceada_4211_98100_hw.ipynb", "hopper_LATE_4212_98101_hw-2.ipynb", "noether_4213_98102_all.zip")
    members = [(wrapped + name, archive(("a/hw.ipynb", GOOD)) if name.endswith("zip") else GOOD) for name in names]
    (tmp_path / "submissions.zip").write_bytes(archive(*members, ("__MACOSX/._hw.ipynb", b"")))
    for root in (tmp_path / "submissions.zip", tmp_path):
        assert [(one.owner.key, one.owner.late) for one in find(root)] == [
            ("4212", True),
            ("4211", False),
            ("4213", False),
        ]


def test_odd_names_and_archives_in_archives_are_understood(tmp_path):
    inner = archive(
        ("Hausaufgabe\\week 6\\Übung.ipynb", GOOD),  # as some Windows programs write it
        ("__MACOSX/Hausaufgabe/._Übung.ipynb", b"x"),
        ("Hausaufgabe/.ipynb_checkpoints/Übung-checkpoint.ipynb", GOOD),
    )
    whole = archive(
        ("müllerjürgen_4220_98105_Übung 6 (1) – Kopie.IPYNB", GOOD),
        ("o'brien-lee_4213_98102_all final FINAL.zip", archive(("deep.ZIP", inner))),
        ("emoji😀_4215_98110_hw.ipynb", GOOD),
        ("space name_LATE_4216_98111_hw.tar.gz", b"x"),
    )
    (tmp_path / "submissions (3).zip").write_bytes(whole)
    assert [(one.owner.key, one.owner.label, one.owner.late) for one in find(tmp_path / "submissions (3).zip")] == [
        ("4215", "emoji😀", False),
        ("4220", "müllerjürgen", False),
        ("4213", "o'brien-lee", False),
        ("4216", "space name", True),  # no notebook: listed as unreadable
    ]


def test_a_moodle_download_is_understood_with_folders_and_without(tmp_path):
    folders = hand_in(
        tmp_path / "a",
        **{"Ada Lovelace_4211_assignsubmission_file_/hw.ipynb": GOOD, "Emmy N_42_assignsubmission_file_/b.ipynb": GOOD},
    )
    flat = hand_in(tmp_path / "b", **{"Ada Lovelace_4211_assignsubmission_file_hw.ipynb": GOOD})
    assert {(one.owner.key, one.owner.label) for one in find(folders)} == {("4211", "Ada Lovelace"), ("42", "Emmy N")}
    assert {(one.owner.key, one.owner.label) for one in find(flat)} == {("4211", "Ada Lovelace")}


def test_what_lies_in_a_students_own_archive_cannot_name_another_student(tmp_path):
    forged = archive(
        ("lovelaceada_4211_98100_hw.ipynb", GOOD), ("submissions/Ada_4211_assignsubmission_file_/x.ipynb", GOOD)
    )
    hand_in(tmp_path, **{"mallory_4299_98109_hw.zip": forged, "lovelaceada_4211_98100_hw.ipynb": GOOD})
    assert {one.owner.key for one in find(tmp_path) if "mallory" in one.name} == {"4299"}
    hand_in(tmp_path / "plain", **{"mallory/Ada_4211_assignsubmission_file_/x.ipynb": GOOD, "ada/x.ipynb": GOOD})
    assert {one.owner.key for one in find(tmp_path / "plain")} == {"mallory", "ada"}


def test_somebody_who_hands_in_something_else_is_listed(tmp_path):
    hand_in(
        tmp_path, **{"ada_4211_98100_hw.pdf": b"%PDF", "bob/hw.py": b"x = 1", "cleo/hw.ipynb": GOOD, "cleo/a.png": b""}
    )
    hand_in(tmp_path, **{"dan.py": b"x = 1", "class.csv": b"name", "read me.md": b"x"})
    assert {one.name for one in find(tmp_path)} == {"ada_4211_98100_hw.pdf", "bob/hw.py", "cleo/hw.ipynb", "dan.py"}


def test_a_date_in_a_name_is_no_number_of_canvas(tmp_path):
    hand_in(tmp_path, **{f"{name}_05_2026_hw.ipynb": GOOD for name in ("ada", "bob_x")})
    assert {one.owner.key for one in find(tmp_path)} == {"ada_05_2026_hw", "bob_x_05_2026_hw"}
    hand_in(tmp_path / "b", **{"ada_late_4211_98100_hw.ipynb": GOOD, "LATE_anon_aB3x9_98101_hw.ipynb": GOOD})
    assert [(one.owner.key, one.owner.late) for one in find(tmp_path / "b")] == [("anon_aB3x9", True), ("4211", False)]


def test_a_notebook_whose_name_a_system_lengthened_is_one_and_an_empty_file_says_so(tmp_path):
    names = ("ada.ipynb.txt", "bob/week6.ipynb.TXT", "lovelace_4211_98100_hw.ipynb.json", "notes.txt")
    hand_in(tmp_path, **dict.fromkeys(names, GOOD))
    owners = {one.name: (one.owner.key, one.file.problem) for one in find(tmp_path)}
    assert owners == {names[0]: ("ada", ""), names[1]: ("bob", ""), names[2]: ("4211", "")}
    assert all(read_cells(one.file.read(10**6)) for one in find(tmp_path))
    for data in (b"", b"\n  "):
        with pytest.raises(Unreadable, match="an empty file: the upload failed, or it was never saved"):
            read_cells(data)


def test_no_folder_says_what_to_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="name a folder of notebooks or the archive"):
        find(tmp_path / "nowhere")


def test_only_files_on_disk_have_a_time(tmp_path):
    noon = datetime(2026, 5, 1, 12).timestamp()
    hand_in(tmp_path / "in", **{"ada.ipynb": GOOD, "bob.zip": archive(("hw.ipynb", GOOD))})
    for path in (tmp_path / "in").iterdir():
        os.utime(path, (noon, noon))
    (tmp_path / "all.zip").write_bytes(archive(("ada.ipynb", GOOD), ("bob.zip", archive(("hw.ipynb", GOOD)))))
    assert [one.file.time.timestamp() for one in find(tmp_path / "in")] == [noon, noon]
    assert [one.file.time for one in find(tmp_path / "all.zip")] == [None, None]


def test_cells_are_read_in_order_and_markdown_is_not():
    assert read_cells(notebook("a = 1", "b = 2")) == ["a = 1", "b = 2"]
    mixed = notebook("a = 1").replace(b'"code"', b'"markdown"')
    with pytest.raises(Unreadable, match="no code cells"):
        read_cells(mixed)


def test_a_file_that_was_added_by_hand_leaves_the_others_to_canvas(tmp_path):
    names = [f"{name}_{4211 + place}_{98100 + place}_hw.ipynb" for place, name in enumerate(("ada", "bob", "cleo"))]
    added = ["dan_4299_98102_hw.ipynb", "eve_4300_98110_hw.ipynb", "eve_4300_98111_notes.ipynb"]
    hand_in(tmp_path, **dict.fromkeys([*names, *added], GOOD))
    read = {one.owner.key: one.file.problem for one in find(tmp_path)}
    both = f"attachment 98102 belongs to two students: {names[2]}; {added[0]}; rename or remove one"
    assert read == {"4211": "", "4212": "", "4300": "", "4213": both, "4299": both}
    intake = take_in(Settings(tmp_path, tmp_path.parent / "out", "s"), Plan("s", ("6.1",)))
    assert [one for one in intake.warnings if one.startswith("not graded")] == [
        f"not graded, for {both.removesuffix('; rename or remove one')}"
    ]
    (tmp_path / added[0]).rename(tmp_path / "mallory_4211_98105_hw.ipynb")
    said = {one.name: one.conflict for one in find(tmp_path) if one.conflict}
    assert set(said.values()) == {"number 4211 belongs to two students: ada_4211_98100_hw.ipynb; "
        "mallory_4211_98105_hw.ipynb"}  # fmt: skip
