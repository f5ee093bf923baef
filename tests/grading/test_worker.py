"""The worker's Python: what imports outside the sandbox imports inside, all of the standard library and of NumPy."""

import json
import pkgutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import segbook
from segbook.exercises import Case
from segbook.grading import absent
from segbook.grading.caller import Caller
from segbook.grading.sandbox import Limits

IMPORT_ALL = """
import contextlib, importlib, io, warnings

def fail_to_import(*names):
    warnings.simplefilter("ignore")
    failed = []
    for name in names:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                importlib.import_module(name)
        except BaseException as error:
            failed.append(f"{name}: {error!r}"[:200])
    return failed
"""
ELSEWHERE = {"antigravity", "idlelib", "test", "tkinter", "turtle", "turtledemo", "lib2to3", "ensurepip", "__main__"}


def modules_below(package: str) -> list[str]:
    """A package's modules, without its tests and without what runs when it is imported."""
    places = find_spec(package).submodule_search_locations or ()
    names = [f"{package}.{one.name}" for one in pkgutil.iter_modules(places)]
    skipped = ("test", "tests", "conftest", "__main__")
    return [package, *(name for name in names if name.rpartition(".")[2] not in skipped)]


def importable() -> list[str]:
    """The standard library's modules, those of its packages, and NumPy's."""
    roots = [name for name in sorted(sys.stdlib_module_names - ELSEWHERE) if find_spec(name)]
    return [name for root in (*roots, "numpy", "numpy.testing") for name in modules_below(root)]


def test_the_stand_in_for_segbook_has_its_parts():
    parts = {one.name for one in pkgutil.iter_modules(segbook.__path__)}
    assert set(absent.PARTS) == parts - {"__main__", "exercises", "grading"}


@pytest.mark.usefixtures("sandbox")
def test_what_imports_outside_imports_inside():
    names = importable()
    assert {"copy", "dataclasses", "pprint", "doctest", "unittest.mock", "xml.etree", "pdb", "numpy.linalg"} <= set(
        names
    )
    program = f"import json, sys\n{IMPORT_ALL}\nprint(json.dumps(fail_to_import(*json.loads(sys.stdin.read()))))"
    clean = {"PYTHONPATH": str(Path(find_spec("numpy").origin).parents[1])}
    outside = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(names), capture_output=True, text=True, check=True, env=clean
    )
    fail = {said.partition(":")[0] for said in json.loads(outside.stdout)}
    assert len(names) - len(fail) > 300, fail
    limits = Limits(call=60.0)
    with Caller([IMPORT_ALL], {"x": "fail_to_import"}, limits) as caller:
        outcome = caller.call("x", Case("all", tuple(sorted(set(names) - fail)), {}))
    assert (outcome.value, outcome.error) == ([], "")
