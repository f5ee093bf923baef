"""Run the commands of a workflow's job on this machine, in their order: `tools/workflow.py checks lint`.

What the host does by itself (`uses:`: fetch the code, install a Python, keep files) is named and left out; every
`run:` is run as the host runs it, by bash that stops at the first failure, with the variables that the workflow, the
job and the step give. A value that only the host knows, such as `${{ github.ref }}`, must be given: `--set
github.ref=…`. Commands themselves may hold none: a test asks for that, too.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = ROOT / ".github/workflows"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def steps(workflow: Mapping, job: str, known: Mapping[str, str]) -> list[tuple[str, str | None, dict[str, str]]]:
    """List a job's steps: what each is called, its command (None: the host's own), and its variables.

    Args:
        workflow: The file's content.
        job: Its name.
        known: Values of expressions.

    Raises:
        ValueError: If there is no such job, an expression has no value, or a command holds one.
    """
    if job not in workflow["jobs"]:
        raise ValueError(f"no job {job!r}; there are {', '.join(workflow['jobs'])}")
    chosen, listed = workflow["jobs"][job], []
    shared = workflow.get("env", {}) | chosen.get("env", {})
    for step in chosen["steps"]:
        command = step.get("run")
        if command is not None and EXPRESSION.search(command):
            raise ValueError(f"a command must take values from variables, not hold them: {command}")
        given = shared | step.get("env", {}) if command is not None else {}
        variables = {name: _filled(str(value), known) for name, value in given.items()}
        listed.append((step.get("name") or command or step["uses"], command, variables))
    return listed


def _filled(text: str, known: Mapping[str, str]) -> str:
    def value(match: re.Match) -> str:
        if match[1] not in known:
            raise ValueError(f"only the host knows {match[1]}; give it: --set '{match[1]}=…'")
        return known[match[1]]

    return EXPRESSION.sub(value, text)


def run(listed: list[tuple[str, str | None, dict[str, str]]], folder: Path) -> int:
    """Run the commands one after the other in a folder; return the first status that is not 0.

    Args:
        listed: A job's steps.
        folder: Where the host would have put the code.
    """
    for name, command, variables in listed:
        if command is None:
            print(f"- left to the host: {name}", flush=True)
            continue
        print(f"- {name}", flush=True)
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command]
        if status := subprocess.run(bash, cwd=folder, env=os.environ | variables).returncode:
            print(f"  failed with {status}", flush=True)
            return status
    return 0


def main() -> int:
    """Run a job, or list what there is."""
    parser = argparse.ArgumentParser(description="Run a workflow's commands here.")
    parser.add_argument("workflow", help=f"of {', '.join(sorted(path.stem for path in WORKFLOWS.glob('*.yml')))}")
    parser.add_argument("job")
    parser.add_argument("--set", action="append", default=[], metavar="EXPRESSION=VALUE")
    parser.add_argument("--skip", action="append", default=[], metavar="TEXT", help="leave out steps with this in them")
    arguments = parser.parse_args()
    try:
        workflow = yaml.safe_load((WORKFLOWS / f"{arguments.workflow}.yml").read_text("utf-8"))
        known = dict(pair.split("=", 1) for pair in arguments.set)
        listed = steps(workflow, arguments.job, known)
    except (OSError, ValueError) as reason:
        parser.error(str(reason))
    return run([step for step in listed if not any(word in step[0] for word in arguments.skip)], ROOT)


if __name__ == "__main__":
    sys.exit(main())
