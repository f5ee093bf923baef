"""What the site serves: main's pages, every release as it was, and the previews of open pull requests."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools/site.py"
ALONE = '["latest"]\n'  # what the list says in a book that is built alone


@pytest.fixture
def served(tmp_path):
    """A repository to publish to, and a function that lists what it serves."""
    repository = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", "--bare", repository], check=True)

    def run(*words):
        variables = os.environ | {"SITE": str(repository)}
        return subprocess.run([sys.executable, TOOL, *words], env=variables, capture_output=True, text=True)

    def files():
        command = ["git", "ls-tree", "-r", "--name-only", "gh-pages"]
        listed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout.split()
        return {
            name: subprocess.check_output(["git", "show", f"gh-pages:{name}"], cwd=repository, text=True)
            for name in listed
            if name != ".nojekyll"
        }

    return run, files, repository


def book(folder, **pages):
    """Some pages, which believe that they are the only version."""
    for name, text in {"index": "home", **pages}.items():
        path = folder / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "versions.json").write_text(ALONE)
    (folder / "_static").mkdir(exist_ok=True)
    (folder / "_static/book.css").write_text("css")
    return str(folder)


def test_main_replaces_its_own_pages_and_leaves_releases_and_previews(served, tmp_path):
    run, files, repository = served
    for words in (
        ("publish", book(tmp_path / "a", old="1"), "latest"),
        ("publish", book(tmp_path / "a", old="1"), "v0.1.0"),
        ("publish", book(tmp_path / "b", new="2"), "preview/7"),
        ("publish", book(tmp_path / "c", new="3"), "latest"),
    ):
        done = run(*words)
        assert done.returncode == 0, done.stderr
    css = {"_static/book.css": "css"}
    release, preview = (
        {
            f"{place}/{name}": text
            for name, text in {"index.html": "home", **pages, **css, "versions.json": ALONE}.items()
        }
        for place, pages in (("v0.1.0", {"old.html": "1"}), ("preview/7", {"new.html": "2"}))
    )
    latest = {"index.html": "home", "new.html": "3", **css, "versions.json": '["latest", "v0.1.0"]\n'}
    assert files() == {**latest, **release, **preview}
    assert run("withdraw", "preview/7").returncode == 0
    assert files() == {**latest, **release}
    count = ["git", "rev-list", "--count", "gh-pages"]
    assert subprocess.check_output(count, cwd=repository, text=True).strip() == "1"


def test_a_release_is_published_once_and_unknown_places_are_refused(served, tmp_path):
    run, files, _repository = served
    pages = book(tmp_path / "a")
    assert run("publish", pages, "v0.1.0").returncode == 0
    before = files()
    (tmp_path / "none").mkdir()
    for words, phrase in (
        (("publish", book(tmp_path / "b", more="x"), "v0.1.0"), "published already"),
        (("publish", pages, "../up"), "is no place; there are latest"),
        (("publish", pages, "preview/../v0.1.0"), "is no place"),
        (("publish", str(tmp_path / "none"), "latest"), "holds no book"),
        (("withdraw", "v0.1.0"), "is no preview"),
    ):
        done = run(*words)
        assert done.returncode == 1
        assert phrase in done.stderr
    assert files() == before


def test_versions_are_listed_from_the_newest_to_the_oldest(tmp_path):
    versions = runpy.run_path(str(TOOL))["versions"]  # not imported: a module of Python is called site, too
    for place in ("v0.9.0", "v0.10.0rc1", "preview/3", "v0.10.0", "v0.2.0", "_static"):
        (tmp_path / place).mkdir(parents=True)
    assert versions(tmp_path) == ["v0.10.0", "v0.10.0rc1", "v0.9.0", "v0.2.0"]
    (tmp_path / "index.html").touch()
    assert versions(tmp_path)[:2] == ["latest", "v0.10.0"]


def test_the_token_is_in_no_command_and_no_message(served, tmp_path):
    run, _files, repository = served
    (repository / "hooks/pre-receive").write_text("#!/bin/sh\ntr '\\0' ' ' </proc/$PPID/cmdline >&2; exit 1\n")
    (repository / "hooks/pre-receive").chmod(0o755)
    os.environ["SITE_TOKEN"] = "s3cret"
    try:
        done = run("publish", book(tmp_path / "a"), "latest")
    finally:
        del os.environ["SITE_TOKEN"]
    assert done.returncode == 1
    assert "git push failed" in done.stderr
    assert "s3cret" not in done.stderr
