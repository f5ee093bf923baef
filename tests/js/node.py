"""Run a JavaScript test file in Node, on vectors that Python and torch made."""

import json
import os
import subprocess
from pathlib import Path

import playwright

HERE = Path(__file__).parent
NODE = Path(playwright.__file__).parent / "driver" / "node"


def run_in_node(test_file: str, vectors: dict, folder: Path) -> None:
    """Hand vectors to a test file beside this one (it reads the path in VECTORS) and fail if any of its tests does."""
    path = folder / "vectors.json"
    path.write_text(json.dumps(vectors))
    run = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", HERE / test_file],
        env={**os.environ, "VECTORS": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
    assert "# fail 0" in run.stdout
