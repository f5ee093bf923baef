"""Inputs from outside that once failed, as a reviewer wrote them down: each line that a script prints is a verdict."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = {"checkpoint": 1, "dtypes": 18, "fit_traps": 3, "plots": 11, "predict_wrapped": 2}  # verdicts of each


# Each of its traps has a test of its own in tests/unit/test_train.py; the script trains for most of a minute.
SLOW = {"fit_traps"}


@pytest.mark.parametrize(
    "script", [pytest.param(one, marks=pytest.mark.slow) if one in SLOW else one for one in SCRIPTS]
)
def test_every_verdict_is_pass(script):
    path = Path(__file__).parent / "library" / f"{script}.py"
    environment = os.environ | {"MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, path], env=environment, capture_output=True, text=True, check=True)
    verdicts = [line for line in done.stdout.splitlines() if not line.startswith("refused:")]
    assert [line for line in verdicts if not line.startswith("PASS")] == []
    assert len(verdicts) == SCRIPTS[script]
