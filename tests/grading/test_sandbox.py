"""The sandbox says why it does not start, and holds nothing but what it should."""

import contextlib
import os
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

import pytest
from classroom import ROOT

from segbook.grading import sandbox, seccomp
from segbook.grading.sandbox import Limits, SandboxError, explain_bubblewrap, probe


@pytest.fixture(autouse=True)
def _forget():
    for cached in (probe, sandbox._bubblewrap, sandbox._filter):
        cached.cache_clear()
    yield
    for cached in (probe, sandbox._bubblewrap, sandbox._filter):
        cached.cache_clear()


def test_without_bubblewrap_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda _: None)
    with pytest.raises(SandboxError, match="needs bubblewrap, which is not installed: apt, dnf or pacman"):
        probe()


def test_elsewhere_than_on_linux_it_says_so(monkeypatch):
    monkeypatch.setattr(sandbox.sys, "platform", "darwin")
    with pytest.raises(SandboxError, match="needs Linux; this is darwin"):
        probe()


def test_on_a_processor_without_a_filter_it_says_so(monkeypatch):
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "riscv64")
    with pytest.raises(
        SandboxError, match=r"no system-call filter for this processor riscv64: known are x86_64, aarch64"
    ):
        sandbox._filter()


@pytest.mark.parametrize(
    ("said", "phrase"),
    [
        ("bwrap: setting up uid map: Permission denied", "apparmor_restrict_unprivileged_userns"),
        ("bwrap: No permissions to create a new namespace", "seccomp=unconfined"),
        ("bwrap: Creating new namespace failed: Operation not permitted", "outside it"),
        ("bwrap: Can't find source path /somewhere/x: Permission denied", "must be readable for the user who grades"),
        ("something else", "bubblewrap says: something else."),
    ],
)
def test_what_bubblewrap_says_is_explained(said, phrase):
    assert phrase in explain_bubblewrap(said)


def test_a_bubblewrap_that_fails_stops_grading_with_its_words(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sandbox.shutil, "which", lambda _: str(fake))
    with pytest.raises(SandboxError, match=r"No permissions to create a new namespace\. This system does not let"):
        probe()


def test_an_environment_with_a_copy_of_python_has_a_sandbox(tmp_path):
    venv.create(tmp_path / "copied", symlinks=False)
    python = tmp_path / "copied/bin/python"
    assert not python.is_symlink()
    variables = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])}
    command = [python, "-c", "from segbook.grading.sandbox import probe; probe()"]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_mounts_are_the_interpreter_numpy_and_the_worker():
    arguments = sandbox._mounts(())
    places = [arguments[n + 2] for n, word in enumerate(arguments) if word == "--ro-bind"]
    inside = [place for place in places if place.startswith(("/packages/", "/grader/"))]
    ours = [
        f"/grader/{name}.py"
        for name in sorted(
            ("absent", "cells", "found", "inputtransformer2", "protocol", "shell", "tokenutil", "values", "worker")
        )
    ]
    assert inside == [*ours, "/packages/numpy", "/packages/numpy.libs"]
    assert not any("segbook" in place or "site-packages" in place for place in places)
    covered = [arguments[n + 1] for n, word in enumerate(arguments) if word == "--tmpfs"]
    assert any(folder.endswith("site-packages") for folder in covered)


@pytest.mark.usefixtures("sandbox")
def test_the_sandbox_has_an_empty_environment_and_a_root_of_little():
    code = "import os; print(sorted(os.listdir('/')), sorted(os.environ), sorted(os.listdir('/dev/shm')))"
    command = [*sandbox._arguments((), Limits()), "--", os.path.realpath(sys.executable), "-S", "-c", code]
    said = subprocess.run(command, capture_output=True, text=True, env={"SECRET": "x"}, check=True).stdout
    assert "SECRET" not in said
    assert not {"'home'", "'proc'", "'sys'", "'var'", "'run'"} & set(said.replace(",", " ").split())
    assert said.rstrip().endswith("[]")


@pytest.mark.usefixtures("sandbox")
def test_a_grader_that_is_killed_takes_its_sandbox_with_it():
    code = (
        "import time\n"
        "from segbook.grading.sandbox import Limits\n"
        "from segbook.grading.caller import Caller\n"
        "caller = Caller(['x = 1'], {}, Limits(memory=619))\n"
        "caller.load()\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    mark = str(619 << 20).encode()

    def running():
        found = []
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if folder.name.isdigit() and mark in (folder / "cmdline").read_bytes():
                    found.append(folder.name)
        return found

    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as grader:
        assert grader.stdout.readline() == "ready\n"
        assert running()
        grader.kill()
    deadline = time.monotonic() + 10
    while running() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running() == []
