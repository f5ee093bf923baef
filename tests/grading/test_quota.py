"""What one student hands in costs no more than that of others, however it is packed."""

import io
import zipfile
from dataclasses import replace

import pytest
from broken import GOOD, archive
from classroom import hand_in

from segbook.grading import archives
from segbook.grading import grade as grade_module
from segbook.grading.archives import Unreadable, walk
from segbook.grading.grade import Task, grade_one, key
from segbook.grading.plan import Plan
from segbook.grading.quota import MAX_NOTEBOOKS, limit
from segbook.grading.roster import match
from segbook.grading.submissions import find

PLAN = Plan("a secret", ("6.3",))


def left(root, **files):
    """Hand files in; return what is left of the submissions, and the students."""
    students = match(find(hand_in(root, **files)), None)
    return limit(students), students


def packed(compression=zipfile.ZIP_DEFLATED, **members):
    """Write a zip that is packed in some way."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return file.getvalue()


def problems(root):
    return {file.name: file.problem for file in walk(root) if file.problem}


def test_of_many_notebooks_the_last_are_graded_and_the_others_counted(tmp_path):
    inner = archive(*((f"{n:02}.ipynb", GOOD) for n in range(40)))
    bomb = archive(*((f"{n:02}.zip", inner) for n in range(40)))
    assert len(bomb) < 40_000
    kept, students = left(tmp_path / "in", **{"mallory.zip": bomb, "ada.ipynb": GOOD})
    mallory = [one for one in kept if one.owner.key == "mallory"]
    assert [one.owner.key for one in kept if one.owner.key != "mallory"] == ["ada"]
    graded = [one.name for one in mallory if not one.file.problem]
    assert graded == [f"mallory.zip/39.zip/{n}.ipynb" for n in range(30, 40)]
    (other,) = (one for one in mallory if one.file.problem)
    assert other.file.problem == "one of 1,590 files that are not read: of a student the last 10 are"
    assert [student.submissions[-1].name for student in students] == ["ada.ipynb", "mallory.zip/39.zip/39.ipynb"]


def test_of_many_damaged_files_few_are_listed(tmp_path):
    files = {f"{n:03}.zip": b"PK" for n in range(200)}
    kept, _ = left(tmp_path / "in", **{"mallory.zip": archive(*files.items(), ("right.ipynb", GOOD))})
    assert len(kept) == 1 + MAX_NOTEBOOKS + 1
    assert sum(not one.file.problem for one in kept) == 1


@pytest.mark.parametrize(("notebooks", "share"), [(1, 1.0), (2, 1.0), (4, 0.5), (5, 0.4), (10, 0.2), (300, 0.2)])
def test_a_students_notebooks_share_the_time_of_two(tmp_path, notebooks, share):
    many = archive(*((f"{n:03}.ipynb", GOOD) for n in range(notebooks)), ("notes.zip", b"PK"))
    kept, _ = left(tmp_path / "in", **{"mallory.zip": many, "ada.ipynb": GOOD})
    assert {one.owner.key: one.share for one in kept} == {"ada": 1.0, "mallory": share}


@pytest.mark.usefixtures("sandbox")
def test_a_share_of_the_time_is_all_there_is(monkeypatch):
    seen = []
    real = grade_module.Caller
    monkeypatch.setattr(
        grade_module,
        "Caller",
        lambda cells, wanted, limits, **more: seen.append(limits) or real(cells, wanted, limits, **more),
    )
    task = Task("x", GOOD, share=0.25)
    assert grade_one(task, PLAN).earned == 4
    assert seen == [replace(PLAN.limits, total=PLAN.limits.total / 4)]
    assert key(task, PLAN) != key(Task("x", task.data), PLAN)


def test_archives_in_an_archive_have_room_for_so_many_files_in_all(tmp_path):
    inner = archive(*((f"{n}.txt", b"") for n in range(200)))
    student = archive(*((f"{n}.zip", inner) for n in range(5)))
    (tmp_path / "submissions.zip").write_bytes(archive(("mallory_1_2_a.zip", student), ("ada_3_4_b.ipynb", GOOD)))
    said = problems(tmp_path / "submissions.zip")
    assert list(said) == [f"mallory_1_2_a.zip/{n}.zip" for n in (2, 3, 4)]
    assert said["mallory_1_2_a.zip/2.zip"] == "an archive of 200 files, where at most 95 more are read"
    assert len(walk(tmp_path / "submissions.zip")) == 1 + 400 + 3


def test_archives_in_an_archive_are_not_unpacked_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_ARCHIVE", 1 << 20)
    empty = packed(zipfile.ZIP_STORED, **{"a.txt": bytes(300 << 10)})
    (tmp_path / "mallory.zip").write_bytes(archive(*((f"{n}.zip", empty) for n in range(12))))
    assert (tmp_path / "mallory.zip").stat().st_size < 10_000
    said = problems(tmp_path)
    assert 6 <= len(said) <= 10
    assert all("more are unpacked" in problem for problem in said.values())


def test_one_students_archives_leave_the_room_of_the_others_alone(tmp_path):
    greedy = archive(*((f"{n}.zip", archive(*((f"{m}.txt", b"") for m in range(400)))) for n in range(3)))
    members = [("ada_1_2_a.zip", greedy), *((f"s_{n}_9_a.zip", archive(("hw.ipynb", GOOD))) for n in range(10, 20))]
    (tmp_path / "submissions.zip").write_bytes(archive(*members))
    assert all(name.startswith("ada_") for name in problems(tmp_path / "submissions.zip"))
    assert len(find(tmp_path / "submissions.zip")) == 1 + 1 + 10


def test_a_table_of_contents_that_is_too_long_is_not_read(tmp_path, monkeypatch):
    many = archive(*(("n" * 900 + f"{n}.txt", b"") for n in range(300)))
    (tmp_path / "mallory.zip").write_bytes(archive(("many.zip", many)))
    assert "table of contents has 28" in problems(tmp_path)["mallory.zip/many.zip"]
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    archives._open.cache_clear()
    (tmp_path / "few.zip").write_bytes(archive(*((f"{n}" * 99, b"") for n in range(9))))
    assert "table of contents" in problems(tmp_path)["few.zip"]


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_what_no_lms_packs_is_not_unpacked(tmp_path, compression):
    (tmp_path / "ada.zip").write_bytes(packed(compression, **{"hw.ipynb": GOOD}))
    (one,) = find(tmp_path)
    with pytest.raises(Unreadable, match=rf"packed by method {compression}; pack it again as an ordinary zip"):
        one.file.read(1000)


def test_a_name_without_end_is_cut(tmp_path):
    (tmp_path / "ada.zip").write_bytes(archive(("n" * 60_000, GOOD), ("hw.ipynb", GOOD)))
    assert max(len(file.name) for file in walk(tmp_path)) == archives.MAX_NAME


def test_a_file_that_grows_after_it_was_listed_is_not_read_to_its_end(tmp_path):
    (tmp_path / "ada.ipynb").write_bytes(GOOD)
    (one,) = find(tmp_path)
    (tmp_path / "ada.ipynb").write_bytes(bytes(10_000))
    with pytest.raises(Unreadable, match="more than 5,000 bytes"):
        one.file.read(5000)


@pytest.mark.parametrize("name", ["..ipynb", "a\nb.ipynb", "‮bpynb.ipynb", "x" * 240 + ".ipynb", "-rf.ipynb"])
def test_an_odd_name_is_a_name(tmp_path, name):
    kept, _ = left(tmp_path / "in", **{name: GOOD, "ada.ipynb": GOOD})
    assert len(kept) == 2
    assert {one.file.read(10_000) for one in kept} == {GOOD}


def test_the_names_beside_many_notebooks_are_listed_once(tmp_path):
    many = archive(*((f"{n}.{ending}", GOOD) for n in range(100) for ending in ("ipynb", "txt")))
    found = find(hand_in(tmp_path / "in", **{"mallory.zip": many}))
    assert len(found) == len(found[0].beside) == 100
    assert all(one.beside is found[0].beside for one in found)
