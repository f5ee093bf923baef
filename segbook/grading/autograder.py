"""An autograder for Gradescope: an archive with the grader in it, and what runs in Gradescope's container.

A container that cannot isolate student code grades nobody: it reports no score at all, and says why.
"""

import io
import json
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from segbook.grading.batch import grade_all
from segbook.grading.files import write_bytes, write_json
from segbook.grading.grades import combine
from segbook.grading.plan import Plan
from segbook.grading.roster import Student
from segbook.grading.sandbox import Limits, SandboxError
from segbook.grading.status import Status
from segbook.grading.submissions import find
from segbook.grading.tables import gradescope

NEEDED = ("nbformat>=5.9", "numpy>=1.26", "tqdm>=4.66")  # what grading imports, besides what exercises allow
SETUP = """\
#!/usr/bin/env bash
set -e
apt-get update
apt-get install -y bubblewrap
apt-get install -y python3.11 python3.11-venv || apt-get install -y python3 python3-venv
python=$(command -v python3.11 || command -v python3)
"$python" -m venv /autograder/venv
/autograder/venv/bin/pip install {packages}
"""
RUN = """\
#!/usr/bin/env bash
cd /autograder/source
/autograder/venv/bin/python -m segbook.grading.autograder /autograder
"""


def write_autograder(path: Path, plan: Plan) -> None:
    """Write the archive that Gradescope's "Configure Autograder" takes.

    It holds the secret, so keep it as you keep the secret.

    Args:
        path: The archive.
        plan: How to grade.
    """
    allowed = sorted({package for exercise in plan.exercises() for package in exercise.allows})
    packages = " ".join(f"'{package}'" for package in (*NEEDED, *allowed))
    root = Path(__file__).parents[1]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("setup.sh", SETUP.format(packages=packages)), ("run_autograder", RUN)):
            member = zipfile.ZipInfo(name)
            member.external_attr = 0o755 << 16
            archive.writestr(member, text)
        archive.writestr("plan.json", json.dumps(asdict(plan), indent=1))
        for source in sorted(root.rglob("*.py")):
            archive.write(source, f"segbook/{source.relative_to(root).as_posix()}")
    write_bytes(path, file.getvalue(), is_secret=True)


def grade_here(home: Path) -> dict[str, Any]:
    """Grade the one submission in a container of Gradescope's.

    Args:
        home: The folder with `source`, `submission` and `results`.

    Returns:
        What Gradescope reads as results.json; without a score if nothing could be graded.
    """
    try:
        stored = json.loads((home / "source/plan.json").read_text("utf-8"))
        stored |= {"limits": Limits(**stored["limits"]), "ids": tuple(stored["ids"])}
        plan = Plan(**stored | {"private": tuple(map(tuple, stored["private"]))})
        student = Student(
            "submission", "submission", submissions=sorted(find(home / "submission"), key=lambda one: one.place)
        )
        results = grade_all(student.submissions, plan, home / "graded", progress=False)
        grade = combine([student], results, plan)[0]
    except (SandboxError, OSError, ValueError) as error:
        return _closed(str(error))
    return _closed(grade.reason) if grade.status is Status.SANDBOX else gradescope(grade)


def _closed(reason: str) -> dict[str, Any]:
    text = f"NOT GRADED, and this is not your fault: {reason}\nYour instructor can grade you with segbook elsewhere."
    return {"output": text, "output_format": "text", "visibility": "visible"}


def main(home: Path) -> int:
    """Grade and write results.json; return the exit status, which is not 0 if nothing could be graded."""
    results = grade_here(home)
    (home / "results").mkdir(exist_ok=True)
    write_json(home / "results/results.json", results)
    if "score" in results:
        return 0
    print(results["output"], file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
