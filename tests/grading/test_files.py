"""Names of files."""

import re

import pytest

from segbook.grading.files import forget_others, refuse_inside, slug


def test_names_of_files_are_harmless_and_distinct():
    names = [
        "../../etc/passwd",
        "a" * 500,
        "con",
        "<script>",
        "a/b",
        "a_b",
        "é",
        "",
        "Zoë Müller",
        "e\u0301",
        "ü" * 300,
        "名" * 300,
    ]
    slugs = [slug(name) for name in names]
    assert len(set(slugs)) == len(names)
    assert slugs[8].startswith("Zoë_Müller-")
    for one in slugs:
        assert re.fullmatch(r"[\w.-]{1,100}", one)
        assert len(one.encode()) <= 100
        assert ".." not in one or "/" not in one


def test_results_are_not_written_among_the_submissions(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "in")
    refuse_inside(tmp_path / "out", tmp_path / "in")
    refuse_inside(tmp_path, tmp_path / "in")
    refuse_inside(tmp_path / "in-2", tmp_path / "in")
    for inside in ("in", "in/out", "in/../in/deep/out", "link/out"):
        with pytest.raises(ValueError, match=r"lies in the submissions .*; give a folder beside them"):
            refuse_inside(tmp_path / inside, tmp_path / "in")


def test_what_is_stale_goes_and_what_others_wrote_stays(tmp_path):
    for name in ("ada", "bob", "cleo"):
        (tmp_path / name).mkdir()
        for file in ("feedback.html", "results.json"):
            (tmp_path / name / file).write_text(name)
    (tmp_path / "cleo/notes.txt").write_text("from the instructor")
    (tmp_path / "link").symlink_to(tmp_path / "ada")
    forget_others(tmp_path, {"ada"}, ("feedback.html", "results.json"))
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert left == ["ada", "ada/feedback.html", "ada/results.json", "cleo", "cleo/notes.txt", "link"]
