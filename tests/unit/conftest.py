"""What a reader meets, who has no type checker: modules list bad calls, and here they are made without one."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
calls, prepare = json.load(sys.stdin)
exec(prepare)
said = {}
for call in calls:
    try:
        said[call] = f"returned {eval(call)}"
    except ValueError as error:
        said[call] = str(error)
    except Exception as error:
        said[call] = f"{type(error).__name__}, not ValueError: {error}"
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(request) -> dict[str, str]:
    """What each call of the module's BAD_CALLS says, after its PREPARE, in a Python without beartype."""
    given = json.dumps([list(request.module.BAD_CALLS), request.module.PREPARE])
    run = subprocess.run([sys.executable, "-c", SCRIPT], input=given, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)
