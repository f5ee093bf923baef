"""Open the book as a reader in Colab does, and keep what came of it: `make colab` (an hour on two cores).

In a room with Colab's packages (tools/colab_room.py) it runs the setup cell as a release, the main branch and a fork
write it, installs segbook from its wheel, executes every notebook with the comparisons of `make test`, and moves every
live figure in Notebook 6.5, whose widgets are Colab's. The result goes to benchmarks/results/colab.json.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import colab_figures
import notebooks
from colab_room import PINS, PYTHON, ROOT, Room, Unfit, added, pins

RESULTS = ROOT / "benchmarks/results/colab.json"
BUILT = ROOT / "_build/colab"
# Outside of the repository, which Sphinx walks through: in a room one path leads to the root again.
ROOM = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "segbook/colab")
TOLD = (
    "python",
    "torch",
    "numpy",
    "scipy",
    "matplotlib",
    "ipykernel",
    "ipython",
    "ipywidgets",
    "anywidget",
    "notebook",
)
# What the addresses of a repository's archives end in: of a tag, of a branch.
TAG, BRANCH = "/archive/refs/tags/v{version}.zip", "/archive/refs/heads/{branch}.zip"


@contextlib.contextmanager
def host(commit: str = "HEAD") -> Iterator[tuple[str, list[str]]]:
    """Serve a commit's archive at any address like the repository host's; yield the address and what was asked.

    Args:
        commit: What to serve.
    """
    command = ["git", "archive", "--format=zip", "--prefix=segbook/", commit]
    archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    asked: list[str] = []

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            known = "/archive/refs/" in self.path
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "application/zip")
            self.end_headers()
            self.wfile.write(archive if known else b"")

        def log_message(self, format: str, *values: object) -> None:
            """Say nothing: what was asked is kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()


def setup_cells(room: Room, colab: dict[str, str]) -> dict[str, dict]:
    """Run the setup cell of a release, of the main branch and of a fork, each where segbook is missing.

    Args:
        room: Left without segbook.
        colab: Colab's versions by name.

    Returns:
        For each, the path that it asked the host for, and what it added.
    """
    version, branch = "0.1.0", "main"
    cases = {
        "a release": ("/owner/segbook", version, TAG.format(version=version)),
        "the main branch": ("/owner/segbook", f"{version}.dev0", BRANCH.format(branch=branch)),
        "a fork": ("/someone-else/segbook", version, TAG.format(version=version)),
    }
    room.pip("uninstall", "--yes", "--quiet", "segbook")
    before, found = room.freeze(), {}
    with host() as (address, asked):
        for case, (repository, of_version, ending) in cases.items():
            asked.clear()
            cell = notebooks.setup_cell(address + repository, of_version, branch)
            room.run("/colab/bin/ipython", "-c", f"{cell}\n\nimport segbook.shapes")
            if asked != [repository + ending]:
                raise ValueError(f"the setup cell of {case} asked for {asked}, not for {repository + ending}")
            found[case] = {"asked": asked[0], "added": added(before, room.freeze(), colab)}
            room.pip("uninstall", "--yes", "--quiet", *found[case]["added"])
    return found


def from_wheel(room: Room, colab: dict[str, str], last: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Install segbook from its wheel; return all versions before, and what was added.

    Args:
        room: Left with segbook.
        colab: Colab's versions by name.
        last: What the last run added, which is removed first.
    """
    wheels = room.folder / "wheels"
    for old in wheels.glob("*"):
        old.unlink()
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(wheels),
        ".",
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    (wheel,) = wheels.glob("*.whl")
    room.pip("uninstall", "--yes", "--quiet", "segbook", *last)
    before = room.freeze()
    room.pip("install", f"/wheels/{wheel.name}")
    return before, added(before, room.freeze(), colab)


def execute(room: Room, paths: list[Path]) -> dict[str, dict]:
    """Execute notebooks with the room's kernel under the rules of `make test`; return what came of each.

    Args:
        room: Has segbook.
        paths: The notebooks.
    """
    variables = os.environ | room.kernelspec(BUILT / "jupyter") | {"PYTHONPATH": "tools"}
    results = {}
    for path in paths:
        report, name = BUILT / "report.xml", str(path.relative_to(ROOT))
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "ranges",
            "-p",
            "no:cacheprovider",
            "-o",
            "addopts=",
            "--nbval",
        ]
        command += ["--nbval-kernel-name=colab", "--nbval-cell-timeout=3000", "--nbval-kernel-startup-timeout=300"]
        report.unlink(missing_ok=True)
        began = time.monotonic()
        done = subprocess.run(
            [*command, f"--junitxml={report}", name], cwd=ROOT, env=variables, capture_output=True, text=True
        )
        failed = _failed(report)
        passed = done.returncode == 0 and not failed
        results[name] = {"result": "passed" if passed else "failed", "seconds": round(time.monotonic() - began)}
        if not passed:
            (BUILT / f"{path.stem}.log").write_text(done.stdout + done.stderr, "utf-8")
            results[name]["cells"] = failed or [done.stdout[-300:]]
        print(f"{name}: {results[name]}", flush=True)
    return results


def _failed(report: Path) -> list[str]:
    if not report.exists():
        return ["pytest wrote no report"]
    cases = ElementTree.parse(report).getroot().iter("testcase")
    return [
        case.get("name", "?") for case in cases if case.find("failure") is not None or case.find("error") is not None
    ]


def trained_last(paths: list[Path]) -> list[Path]:
    """Order notebooks so that those which train come last: what is quick says first what is wrong."""
    return sorted(
        paths, key=lambda path: (path.stem[:2] in {"07", "08", "09", "10"} and path.parent.name == "book", path)
    )


def main() -> None:
    """Run the parts that are asked for, keep the others' results, and fail if one did."""
    parser = argparse.ArgumentParser(description="Run the book in Colab's environment.")
    parser.add_argument("--room", type=Path, default=ROOM, help="the folder of the system")
    parser.add_argument("--pins", type=Path, default=PINS, help="a list such as pip freeze writes: Colab's newest, say")
    parser.add_argument("--only", metavar="TEXT", default="", help="leave out what has not this in its path or name")
    parser.add_argument(
        "--parts", nargs="*", default=["cells", "notebooks", "figures"], help="of cells notebooks figures"
    )
    arguments = parser.parse_args()
    colab, room = pins(arguments.pins), Room(arguments.room)
    BUILT.mkdir(parents=True, exist_ok=True)
    try:
        room.prepare(colab)
    except Unfit as reason:
        raise SystemExit(f"Colab's environment cannot be built here: {reason}") from None
    record = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    if "cells" in arguments.parts:
        record["setup cells"] = setup_cells(room, colab)
    before, new = from_wheel(room, colab, record.get("added", {}))
    versions = {"python": room.run(PYTHON, "-c", "import platform; print(platform.python_version())").strip()} | before
    record |= {
        "date": datetime.now(UTC).date().isoformat(),
        "list": arguments.pins.read_text("utf-8").partition("\n")[0].strip("# "),
        "versions": {name: versions[name] for name in TOLD},
        "packages before": len(before), "added": new, "replaced": [],
    }  # fmt: skip
    (BUILT / "before.txt").write_text(_frozen(before), "utf-8")
    (BUILT / "after.txt").write_text(_frozen(before | new), "utf-8")
    if "figures" in arguments.parts:
        record["figures"] = record.get("figures", {}) | colab_figures.drive(room, BUILT, arguments.only)
        keep(record)
    if "notebooks" in arguments.parts:
        chosen = [
            path.with_suffix(".ipynb") for path in notebooks.sources() if arguments.only in str(path.relative_to(ROOT))
        ]
        for path in trained_last(chosen):  # each is kept at once: a run of an hour may be cut short
            record["notebooks"] = dict(sorted((record.get("notebooks", {}) | execute(room, [path])).items()))
            keep(record)
    keep(record)
    wrong = [
        name
        for part in ("notebooks", "figures")
        for name, one in record.get(part, {}).items()
        if one["result"] != "passed"
    ]
    if wrong:
        raise SystemExit(f"not as in the book: {', '.join(wrong)}")


def keep(record: dict) -> None:
    """Write the record."""
    RESULTS.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _frozen(versions: dict[str, str]) -> str:
    return "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))


if __name__ == "__main__":
    main()
