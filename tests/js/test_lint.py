"""What `make lint` needs of npm, exactly and from any registry, and what it leaves to be checked here."""

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE, LOCK = (json.loads((ROOT / name).read_text("utf-8")) for name in ("package.json", "package-lock.json"))
INSTALLED = {path.removeprefix("node_modules/"): entry for path, entry in LOCK["packages"].items() if path}


def test_the_lock_is_in_step_with_what_is_asked_for():
    asked = PACKAGE["devDependencies"]
    assert LOCK["packages"][""]["devDependencies"] == asked
    assert {name: INSTALLED[name]["version"] for name in asked} == asked


def test_the_lock_names_contents_and_no_host():
    for name, entry in INSTALLED.items():
        assert "resolved" not in entry, f"{name} comes from {entry['resolved']}: npm read no .npmrc"
        assert entry["integrity"].startswith("sha512-"), name


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("processor", ["x64", "arm64"])
def test_the_lock_serves_every_machine(system, processor):
    assert any(entry.get("os") == [system] and entry.get("cpu") == [processor] for entry in INSTALLED.values())


def test_lines_end_at_120_columns():
    files = ["git", "ls-files", "*.js", "*.mjs", "*.css"]
    paths = subprocess.run(files, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert len(paths) > 40
    for path in paths:
        for number, line in enumerate((ROOT / path).read_text("utf-8").splitlines(), 1):
            assert len(line) <= 120, f"{path}:{number} has {len(line)} columns"
