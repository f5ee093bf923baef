"""The package as a whole: quick to import, one version, one address, requirements that Colab meets."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import segbook

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
URL = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]["url"]


def test_importing_segbook_loads_nothing_heavy():
    heavy = ["torch", "matplotlib", "anywidget", "numpy", "scipy", "jaxtyping", "beartype"]
    script = f"import sys, segbook; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


def test_submodules_load_on_first_use_and_unknown_names_say_what_there_is():
    for name in segbook.__all__:
        assert getattr(segbook, name).__name__ == f"segbook.{name}"
    assert set(segbook.__all__) <= set(dir(segbook))
    with pytest.raises(AttributeError, match=r"it has data, exercises"):
        segbook.opps  # noqa: B018


def test_every_public_function_has_a_docstring_with_its_arguments():
    for name in segbook.__all__:
        module = getattr(segbook, name)
        for public in (value for key, value in vars(module).items() if not key.startswith("_")):
            if callable(public) and getattr(public, "__module__", "").startswith(f"segbook.{name}"):
                assert public.__doc__, f"{name}.{public.__name__}"


def test_type_checkers_are_told_that_the_package_has_types():
    assert (ROOT / "segbook/py.typed").is_file()


def test_modules_stay_short():
    for module in (ROOT / "segbook").rglob("*.py"):
        assert len(module.read_text("utf-8").splitlines()) <= 300, module.name


def colab_pins():
    lines = (ROOT / "tests/notebooks/colab-pins.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def test_colab_already_satisfies_every_requirement():
    pins = colab_pins()
    for line in PROJECT["project"]["dependencies"]:
        requirement = Requirement(line)
        if requirement.name == "jaxtyping":
            continue  # not there: pip adds it, and it needs nothing that would replace anything
        assert requirement.specifier.contains(pins[requirement.name]), f"{line}: Colab has {pins[requirement.name]}"


def pins(file):
    """Return the versions that a file pins, by the name as pip compares it."""
    requirements = [Requirement(line) for line in (ROOT / file).read_text("utf-8").splitlines() if line[:1] not in "#"]
    for requirement in requirements:
        assert re.fullmatch(r"==[^*]+", str(requirement.specifier)), f"not exact: {requirement}"
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in requirements}


def test_requirements_are_exact_and_cover_the_package_and_its_extras():
    pinned = pins("requirements.txt")
    assert pinned["torch"] == "2.13.0"
    assert pinned["jupyter-book"] == "1.0.4.post1"
    extras = PROJECT["project"]["optional-dependencies"]
    for line in [*PROJECT["project"]["dependencies"], *(line for extra in extras.values() for line in extra)]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(pinned[requirement.name.lower()]), line


def needed(lines):
    """Return the names of all packages that requirements lead to, in this Python."""
    found, queue = set(), [Requirement(line) for line in lines]
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        if name in {"setuptools", "wheel"}:
            continue  # parts of the environment that no `pip freeze` lists
        if (name, *sorted(requirement.extras)) not in found:
            found.add((name, *sorted(requirement.extras)))
            for line in metadata.requires(name) or []:
                other = Requirement(line)
                if other.marker is None or any(other.marker.evaluate({"extra": e}) for e in {"", *requirement.extras}):
                    queue.append(other)
    return {name for name, *_extras in found}


def test_what_make_book_installs_is_all_that_it_needs_in_the_same_versions():
    of_all, of_book = pins("requirements.txt"), pins("requirements-book.txt")
    assert of_book.items() <= of_all.items()
    assert needed(PROJECT["project"]["optional-dependencies"]["book"]) <= set(of_book)
    assert not {"torch", "matplotlib", "anywidget", "jupyterlab"} & set(of_book)


def test_pages_are_built_without_what_make_book_does_not_install():
    present = {*pins("requirements-book.txt"), "segbook", "setuptools"}
    modules = metadata.packages_distributions().items()
    absent = {module for module, packages in modules if present.isdisjoint(map(canonicalize_name, packages))}
    assert {"torch", "matplotlib", "anywidget", "scipy", "jaxtyping", "jupytext"} <= absent
    script = f"""
import sys
from importlib import import_module
sys.modules.update(dict.fromkeys({absent}))  # importing one of them raises an ImportError
sys.path[:0] = ["book/_ext", "."]
for name in {[file.stem for file in (ROOT / "book/_ext").glob("*.py")]}:
    import_module(name)
from exercise_list import book_list
print(sum(len(one["exercises"]) for one in book_list(["book/exercises/06_transposed_convolution"])))
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stdout.strip()) == (0, "5"), run.stderr


def tracked_text_files():
    paths = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for path in filter(None, paths):
        file = ROOT / path
        if (
            file.suffix in {".md", ".py", ".yml", ".toml", ".cff", ".ipynb", ".txt", ".js", ".mjs", ".css"}
            and file.exists()
        ):
            yield path, file.read_text("utf-8")


def test_every_place_that_spells_the_repositorys_address_spells_it_alike():
    spelled = {}
    for path, text in tracked_text_files():
        for match in re.findall(r"https://(?:colab\.research\.google\.com/github|github\.com)/[\w.-]+/segbook\b", text):
            spelled.setdefault(match.replace("colab.research.google.com/github", "github.com"), []).append(path)
    assert list(spelled) == [URL], spelled


def test_every_place_that_spells_the_version_spells_it_alike():
    version = segbook.__version__
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
