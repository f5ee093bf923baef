"""What pip installs: exactly what git has of the package, the same from wheel and source, and alive on its own."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import package
import pytest
import readme
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the source distribution."""
    wheel, sdist = sorted(package.build(tmp_path_factory.mktemp("dist")), key=lambda path: path.suffix != ".whl")
    return wheel, sdist


def test_wheel_and_source_hold_what_git_has_of_the_package_and_nothing_else(built):
    assert package.strangers(*built) == []
    names = zipfile.ZipFile(built[0]).namelist()
    assert {"segbook/py.typed", "segbook/data/nuclei.zip", "segbook/widgets/static/figure.css"} <= set(names)


def test_a_file_too_few_or_too_many_is_named(built, tmp_path):
    wheel, sdist = built
    other = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            if name != "segbook/py.typed":
                new.writestr(name, old.read(name))
        new.writestr("tests/conftest.py", "")
    lacks, has = package.strangers(other, sdist)
    assert lacks.endswith("lacks segbook/py.typed")
    assert "has tests/conftest.py, which git or the rule does not know" in has


def test_the_source_builds_the_same_wheel_byte_for_byte(built, tmp_path):
    wheel, sdist = built
    assert package.rebuilt(sdist, tmp_path).read_bytes() == wheel.read_bytes()


def test_the_page_at_the_registry_leads_to_the_repository(built):
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    assert urls == {"Repository": settings["repository"]["url"], "Documentation": settings["html"]["baseurl"]}
    with zipfile.ZipFile(built[0]) as archive:
        (about,) = [archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA")]
    assert f"]({urls['Repository']}/raw/HEAD/book/_static/picture.png)" in about
    assert f"[CONTRIBUTING]({urls['Repository']}/blob/HEAD/CONTRIBUTING.md)" in about
    assert readme.LINK.findall(about) == []


def test_only_links_within_the_repository_become_addresses():
    text = "![a cat](b/c.png) [d](e.md#f) [g](https://h.org/i) [j](#k)"
    wanted = "![a cat](H/raw/HEAD/b/c.png) [d](H/blob/HEAD/e.md#f) [g](https://h.org/i) [j](#k)"
    assert readme.absolute(text, "H") == wanted


@pytest.mark.slow  # `make package` tries the same where nothing else is installed
def test_what_the_wheel_holds_works_without_the_repository(built, tmp_path):
    with zipfile.ZipFile(built[0]) as archive:
        archive.extractall(tmp_path / "installed")
    command = [sys.executable, str(ROOT / "tools/smoke.py"), str(tmp_path / "installed")]
    # An editable segbook comes after PYTHONPATH; the sandbox reads the grading's own copy.
    variables = os.environ | {"PYTHONPATH": str(tmp_path / "installed"), "TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "segbook grade gave ada 4 points, in the sandbox" in done.stdout
