"""A package is mounted with what it requires, and with nothing else."""

import pytest

from segbook.grading import packages


def test_a_package_brings_what_it_requires_and_an_unknown_one_is_an_error():
    names = {path.name for path in packages.package_files(("numpy", "torch"))}
    assert {"numpy", "torch", "sympy", "mpmath", "typing_extensions.py"} <= names
    assert not names & {"segbook", "setuptools", "scipy", "matplotlib"}
    with pytest.raises(ValueError, match="allows the package no-such-package, which is not installed"):
        packages.package_files(("no-such-package",))
