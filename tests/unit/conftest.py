"""What a reader meets, who has no type checker: modules list bad calls, and here they are made without one."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
for line in sys.stdin:
    (calls, prepare), names, said = json.loads(line), {}, {}
    exec(prepare, names)
    for call in calls:
        try:
            said[call] = f"returned {eval(call, names)}"
        except ValueError as error:
            said[call] = str(error)
        except Exception as error:
            said[call] = f"{type(error).__name__}, not ValueError: {error}"
    print(json.dumps(said), flush=True)
"""


@pytest.fixture(scope="session")
def unchecked():
    """A Python without beartype that answers a line with a line, so that torch is imported once."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as python:
        yield python
        python.stdin.close()


@pytest.fixture(scope="module")
def said(request, unchecked) -> dict[str, str]:
    """What each call of the module's BAD_CALLS says, after its PREPARE, in a Python without beartype."""
    unchecked.stdin.write(json.dumps([list(request.module.BAD_CALLS), request.module.PREPARE]) + "\n")
    unchecked.stdin.flush()
    return json.loads(unchecked.stdout.readline())
