"""Build what pip installs, see what is in it, and try it where nothing of this repository is: `make package`.

The wheel holds what git has under segbook/ and what pip needs to know, and nothing else. The source distribution holds
the same and what builds it; the wheel that it builds is the same, byte for byte. In a new environment the wheel must
pass tools/smoke.py, and a type checker must see its types.
"""

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

import segbook

ROOT = Path(__file__).parent.parent
NAME = f"segbook-{segbook.__version__}"
# What a wheel says about itself (its METADATA and RECORD), and what a source distribution adds to build one.
ABOUT = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
AROUND = ("pyproject.toml", "tools/readme.py", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore", "PKG-INFO")
TYPED = """
from segbook import shapes
reveal_type(shapes.conv_output_size(17, 5, stride=3))
shapes.conv_output_size("17", 5)
"""


def tracked() -> set[str]:
    """List what git has of the package, and of the folder what is not ignored and new."""
    command = ["git", "ls-files", "segbook"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return {path for path in listed if path and (ROOT / path).exists()}


def build(folder: Path, source: Path = ROOT, kind: str = "") -> list[Path]:
    """Build the wheel and the source distribution, or one of them.

    Args:
        folder: Receives them.
        source: The repository, or an unpacked source distribution.
        kind: "wheel" or "sdist"; both, if empty.
    """
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder.resolve())]
    # The same bytes whenever and by whomever it is built.
    variables = os.environ | {"SOURCE_DATE_EPOCH": "1577836800"}
    subprocess.run(command + (["-t", kind] if kind else []), cwd=source, env=variables, check=True, capture_output=True)
    return sorted(folder.glob(f"{NAME}*"))


def strangers(wheel: Path, sdist: Path) -> list[str]:
    """Say which files are missing from a wheel and a source distribution, and which have no place there.

    Args:
        wheel: Holds `segbook/` and its `.dist-info/`.
        sdist: Holds `segbook/` and what builds it.
    """
    package = tracked()
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {name for name in archive.namelist() if not name.endswith("/")}
    with tarfile.open(sdist) as archive:
        in_sdist = {member.name.partition("/")[2] for member in archive if member.isfile()}
    wrong = []
    for what, found, wanted in (
        (wheel.name, in_wheel, package | {f"{NAME}.dist-info/{name}" for name in ABOUT}),
        (sdist.name, in_sdist, package | set(AROUND)),
    ):
        wrong += [f"{what} lacks {name}" for name in sorted(wanted - found)]
        wrong += [f"{what} has {name}, which git or the rule does not know" for name in sorted(found - wanted)]
    return wrong


def rebuilt(sdist: Path, folder: Path) -> Path:
    """Build a wheel from a source distribution alone.

    Args:
        sdist: The archive.
        folder: Receives what it holds, and the wheel.
    """
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return build(folder / "again", folder / NAME, "wheel")[0]


def install(wheel: Path, folder: Path) -> dict[str, float]:
    """Install a wheel in a new environment; return the megabytes of each package that it brings.

    Args:
        wheel: Of segbook.
        folder: Receives the environment.
    """
    venv.create(folder, with_pip=True)
    python = folder / "bin/python"
    pip = [python, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, wheel], cwd=folder, check=True)
    sizes = json.loads(subprocess.check_output([python, "-c", SIZES], text=True, cwd=folder))
    subprocess.run([*pip, f"segbook[grade] @ {wheel.as_uri()}"], cwd=folder, check=True)
    return sizes


SIZES = """
import json
from importlib.metadata import distributions
sizes = {}
for one in distributions():
    files = [one.locate_file(file) for file in one.files or [] if not str(file).startswith("..")]
    sizes[one.name] = sum(file.stat().st_size for file in files if file.exists()) / 1e6
print(json.dumps({name: size for name, size in sizes.items() if name not in {"pip", "setuptools"}}))
"""


def sees_types(python: Path, folder: Path) -> list[str]:
    """Let a type checker look at a use of what is installed; say what it misses.

    Args:
        python: Of the environment.
        folder: A place for the file.
    """
    (folder / "use.py").write_text(TYPED, "utf-8")
    command = [sys.executable, "-m", "basedpyright", "--pythonpath", str(python), "--outputjson", "use.py"]
    said = json.loads(subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout)
    messages = [(one["severity"], one["message"]) for one in said["generalDiagnostics"]]
    wanted = {"int is revealed": ("information", 'is "int"'), "text is refused": ("error", "Literal['17']")}
    wrong = [
        f"a type checker misses that {what}: {messages}"
        for what, (severity, words) in wanted.items()
        if not any(one == severity and words in message for one, message in messages)
    ]
    return wrong + [f"a type checker says: {message}" for _, message in messages if "not exported" in message]


def main() -> None:
    """Build into dist/, check, install, try."""
    parser = argparse.ArgumentParser(description="Build the package and try it in a new environment.")
    parser.add_argument("--only-build", action="store_true", help="install nothing: a release has tried it before")
    arguments = parser.parse_args()
    dist = ROOT / "dist"
    for old in (*dist.glob("segbook-*.whl"), *dist.glob("segbook-*.tar.gz")):  # the editions lie there, too
        old.unlink()
    wheel, sdist = sorted(build(dist), key=lambda path: path.suffix != ".whl")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wrong = strangers(wheel, sdist)
        if rebuilt(sdist, folder / "sdist").read_bytes() != wheel.read_bytes():
            wrong.append(f"{sdist.name} builds another wheel than {wheel.name}")
        for built in (wheel, sdist):
            print(f"dist/{built.name}: {built.stat().st_size / 1e6:.2f} MB")
        if not arguments.only_build:
            sizes = install(wheel, folder / "new")
            python = folder / "new/bin/python"
            subprocess.run([python, "-I", ROOT / "tools/smoke.py"], cwd=folder, check=True)
            wrong += sees_types(python, folder)
            large = sorted(sizes, key=lambda one: -sizes[one])[:5]
            print(f"`pip install segbook` brings {len(sizes)} packages, {sum(sizes.values()):,.0f} MB; the largest: "
                  + ", ".join(f"{one} {sizes[one]:,.0f}" for one in large))  # fmt: skip
    if wrong:
        raise SystemExit("\n".join(wrong))
    print("The package is complete and works where nothing else is.")


if __name__ == "__main__":
    main()
