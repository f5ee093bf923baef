"""A room with Colab's Python and Colab's packages: a Debian system in a folder, entered by chroot.

Colab's Python is newer than most laptops', and its ipywidgets, IPython and kernel are older. So the room is a small
Debian whose release has that Python, made by debootstrap, with the packages of Colab's published list that segbook and
the notebook need, each in Colab's version. Needs root on a Linux machine, debootstrap, 12 GB of disk and the network.
"""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PINS = ROOT / "tests/notebooks/colab-pins.txt"
RELEASE = "trixie"  # Python 3.13
PYTHON = "/colab/bin/python"  # inside
HOME = "content"  # the folder in which Colab's kernels start
NOTEBOOK = (
    "ipykernel",
    "ipywidgets",
    "notebook",
    "setuptools",
    "wheel",
    "jupyter_client",
    "jupyter_server",
    "nbclassic",
)
# torch from the registry brings CUDA of another build than Colab's own torch: its parts have versions of their own.
UNPINNED = re.compile(r"nvidia-|cuda-|triton$")
GIGABYTES = 12
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

# $1: the room; the rest: a command. Mounts vanish with the command, because only it and its children see them.
ENTER = """#!/bin/sh
room=$1; shift
exec unshare --mount sh -c '
  mount --make-rprivate / && mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" &&
  exec chroot "$0" env -C /content "$@"' "$room" "$@"
"""


class Unfit(Exception):
    """This machine cannot have the room."""


def pins(path: Path = PINS) -> dict[str, str]:
    """Read a list such as `pip freeze` writes: versions by the name as pip compares it.

    Args:
        path: Lines `name==version`; others are left out.
    """
    lines = [line.split("==") for line in path.read_text("utf-8").splitlines() if re.match(r"[\w.-]+==", line)]
    return {canonicalize_name(name): version.strip() for name, version in lines}


def wanted(colab: dict[str, str]) -> list[str]:
    """List what the room installs: what segbook imports and Colab has, and the notebook.

    Args:
        colab: Colab's versions by name.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [canonicalize_name(Requirement(line).name) for line in project["dependencies"]]
    names += [canonicalize_name(name) for name in NOTEBOOK]
    return [f"{name}=={colab[name]}" for name in names if name in colab]


def added(before: dict[str, str], after: dict[str, str], colab: dict[str, str]) -> dict[str, str]:
    """Return what an installation added; refuse one that replaced or removed anything.

    Args:
        before: Versions by name.
        after: The same, after it.
        colab: The whole published list: what the room lacks of it, Colab has already.

    Raises:
        ValueError: If a package changed, disappeared, or came in another version than Colab's.
    """
    wrong = [
        f"{name} {old} became {after.get(name, 'nothing')}" for name, old in before.items() if after.get(name) != old
    ]
    new = {name: version for name, version in after.items() if name not in before}
    wrong += [
        f"{name} {version} was installed, where Colab has {colab[name]}"
        for name, version in new.items()
        if colab.get(name, version) != version
    ]
    if wrong:
        raise ValueError("installing segbook must leave Colab's packages as they are: " + "; ".join(wrong))
    return new


class Room:
    """The system in a folder.

    Args:
        folder: Where it is, or will be.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.script = self.folder.with_suffix(".sh")

    def prepare(self, colab: dict[str, str]) -> None:
        """Make the system and install Colab's packages, unless that is done.

        Args:
            colab: Colab's versions by name.

        Raises:
            Unfit: If this machine lacks what it takes.
        """
        done, wishes = self.folder / "done", "\n".join(wanted(colab))
        if (self.folder / "colab").exists():
            self._furnish()
        if done.exists() and done.read_text("utf-8") == wishes:
            return
        fit(self.folder)
        if not (self.folder / "usr/bin/python3").exists():
            packages = "--include=python3,python3-venv,ca-certificates"
            subprocess.run(["debootstrap", "--variant=minbase", packages, RELEASE, str(self.folder)], check=True)
        self._furnish()
        if not (self.folder / "colab").exists():
            self.run("/usr/bin/python3", "-m", "venv", "/colab")
        kept = [f"{name}=={version}" for name, version in colab.items() if not UNPINNED.match(name)]
        (self.folder / "constraints.txt").write_text("\n".join(kept), "utf-8")
        self.pip("install", f"pip=={colab['pip']}")
        self.pip("install", "--constraint", "/constraints.txt", *wishes.splitlines())
        done.write_text(wishes, "utf-8")

    def _furnish(self) -> None:
        """Give the system the network's settings, and paths that mean the same inside and outside."""
        for path in (Path("/etc/resolv.conf"), Path("/etc/hosts"), CERTIFICATES):
            if path.exists():
                shutil.copyfile(path, self.folder / path.relative_to("/"))
        alias = self.folder / self.folder.relative_to("/")
        if not alias.is_symlink():
            alias.parent.mkdir(parents=True, exist_ok=True)
            alias.symlink_to("/")
        (self.folder / HOME).mkdir(exist_ok=True)
        self.script.write_text(ENTER, "utf-8")
        self.script.chmod(0o755)

    def command(self, *words: str) -> list[str]:
        """Write down a command that runs inside."""
        return [str(self.script), str(self.folder), *words]

    def environment(self) -> dict[str, str]:
        """Return the variables inside: this machine's way to the packages, and none of its own paths."""
        own = ("PYTHON", "VIRTUAL_ENV", "JUPYTER", "PIP_FIND_LINKS", "PIP_CONSTRAINT")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        if CERTIFICATES.exists():
            inherited |= {"PIP_CERT": str(CERTIFICATES), "SSL_CERT_FILE": str(CERTIFICATES)}
        return inherited | {
            "HOME": "/root", "PATH": "/colab/bin:/usr/sbin:/usr/bin:/bin", "LANG": "C.UTF-8",
            "CUDA_VISIBLE_DEVICES": "", "TQDM_DISABLE": "1", "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        }  # fmt: skip

    def run(self, *words: str) -> str:
        """Run a command inside and return what it printed.

        Raises:
            subprocess.CalledProcessError: If it fails; what it said is printed first.
        """
        done = subprocess.run(self.command(*words), env=self.environment(), capture_output=True, text=True)
        if done.returncode:
            print(done.stdout[-4000:], done.stderr[-4000:], sep="\n")
            done.check_returncode()
        return done.stdout

    def pip(self, *words: str) -> str:
        """Run pip inside."""
        return self.run(PYTHON, "-m", "pip", "--disable-pip-version-check", *words)

    def freeze(self) -> dict[str, str]:
        """Return the versions of all packages inside, by name."""
        lines = self.pip("list", "--format=freeze").splitlines()
        return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}

    def kernelspec(self, folder: Path) -> dict[str, str]:
        """Describe the room's kernel to Jupyter outside; return the variables that let it be found.

        Args:
            folder: Receives the description.
        """
        spec, runtime = folder / "kernels/colab", self.folder / "runtime"
        spec.mkdir(parents=True, exist_ok=True)
        runtime.mkdir(exist_ok=True)
        argv = self.command(PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}")
        kernel = {"argv": argv, "display_name": "Colab", "language": "python", "env": self.environment()}
        (spec / "kernel.json").write_text(json.dumps(kernel, indent=1), "utf-8")
        return {"JUPYTER_PATH": str(folder), "TMPDIR": str(runtime)}  # where nbval puts the file that both must see


def fit(folder: Path) -> None:
    """See that a room can be made here.

    Args:
        folder: Where it will be.

    Raises:
        Unfit: If this is not Linux with root, debootstrap and enough disk.
    """
    missing = [program for program in ("debootstrap", "unshare", "chroot") if shutil.which(program) is None]
    if missing:
        raise Unfit(f"no {', '.join(missing)} here: 'apt-get install debootstrap' on Debian or Ubuntu")
    if os.geteuid() != 0:
        raise Unfit("a system in a folder takes root: 'sudo make colab'")
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free / 1e9
    if free < GIGABYTES:
        raise Unfit(f"{free:.0f} GB of disk are free, and Colab's torch with its CUDA takes {GIGABYTES} GB")
