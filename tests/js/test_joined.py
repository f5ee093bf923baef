"""Every figure's module, as it is joined for the browser, is JavaScript: no name is declared twice, nothing is cut off."""

import subprocess

import pytest
from node import NODE

from segbook import widgets


def check(source, folder):
    path = folder / "figure.mjs"
    path.write_text(source, "utf-8")
    return subprocess.run([NODE, "--check", path], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", widgets.__all__)
def test_the_joined_module_parses(name, tmp_path):
    run = check(getattr(widgets, name)._esm, tmp_path)
    assert run.returncode == 0, run.stderr


def test_a_name_declared_twice_is_noticed(tmp_path):
    assert "already been declared" in check("let serial = 0;\nlet serial = 1;\n", tmp_path).stderr
