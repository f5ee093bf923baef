"""Start the worker where student code can do no harm: bubblewrap, a system-call filter and limits.

In the sandbox there are no network, no files but the interpreter's and the allowed packages', a small private /tmp,
no other processes, no capabilities, an empty environment and an unprivileged user. It cannot start processes, so its
memory limit is the limit of all there is.
"""

import atexit
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from segbook.grading.packages import package_files
from segbook.grading.seccomp import program

HERE = Path(__file__).parent
WORKER = [HERE / f"{name}.py" for name in ("worker", "protocol", "values", "cells", "found", "absent", "shell")]
READING = ("core/inputtransformer2.py", "utils/tokenutil.py")  # of IPython: what turns its syntax into Python
SYSTEM = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64")
FIRST_UID = 1 << 30  # for sandboxes of root: a user that nobody is, another for each grading process
MIB = 1 << 20
MAX_FILES = 4096  # and folders in /tmp: each is memory of the kernel that no limit of the process counts
NAMESPACES = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")
ENVIRONMENT = {
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # the same submission prints its sets in the same order
    "PYTHONDONTWRITEBYTECODE": "1",
    "CUDA_VISIBLE_DEVICES": "",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}


class SandboxError(RuntimeError):
    """The sandbox does not start here; the message says why and what to do."""


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Args:
        cell: Seconds for one cell.
        call: Seconds for one call of an answer.
        total: Seconds for all cells and calls of a submission, without starting Python.
        memory: MiB of address space; packages as large as torch get twice that.
        files: MiB in /tmp, and in one file.
    """

    cell: float = 20.0
    call: float = 5.0
    total: float = 120.0
    memory: int = 1024
    files: int = 16


def start(
    limits: Limits,
    allows: tuple[str, ...] = (),
    *,
    sandbox: bool = True,
    stderr: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a worker with pipes as its standard input and output.

    Args:
        limits: What it may use.
        allows: Packages besides NumPy.
        sandbox: False runs it as an ordinary process, with limits alone.
        stderr: Where bubblewrap's messages go; the student's go nowhere.

    Raises:
        SandboxError: If this machine has no sandbox to offer.
    """
    settings = _settings(limits, allows)
    open_with_pipes = partial(
        subprocess.Popen, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True
    )
    if not sandbox:
        folder = _links(allows)
        settings |= {"path": [folder], "parent": os.getpid()}
        settings["limits"]["NPROC"] = 4096  # out here it counts all processes of the user
        return open_with_pipes(_python(f"{folder}/worker.py", settings), env=ENVIRONMENT, cwd=folder)
    if os.getuid() == 0:
        settings["uid"] = FIRST_UID + os.getpid()
    with tempfile.TemporaryFile() as filter_file:
        filter_file.write(_filter())
        filter_file.seek(0)
        number = filter_file.fileno()
        command = [*_arguments(allows, limits), "--seccomp", str(number), "--", *_python("/grader/worker.py", settings)]
        # The environment is empty for bubblewrap, too: it stays readable as that of the sandbox's first process.
        return open_with_pipes(command, env={}, pass_fds=(number,))


@cache
def probe() -> None:
    """Start a sandbox once and see that it answers.

    Raises:
        SandboxError: With the reason.
    """
    with start(Limits(), stderr=subprocess.PIPE) as process:
        try:
            _, said = process.communicate(timeout=60)  # the end of its input ends it
        except subprocess.TimeoutExpired:
            process.kill()
            raise SandboxError("the sandbox started and did not answer within 60 seconds") from None
    if process.returncode:
        lines = said.decode("utf-8", "replace").strip().splitlines()
        raise SandboxError(explain_bubblewrap(lines[-1] if lines else f"it ended with status {process.returncode}"))


def explain_bubblewrap(said: str) -> str:
    """Say what a message of bubblewrap means for whoever reads it."""
    advice = ""
    if "namespace" in said or "Operation not permitted" in said or "uid map" in said:
        advice = (
            " This system does not let ordinary programs make namespaces. Ubuntu 24.04 and later forbid it (AppArmor) "
            "until bubblewrap has a profile (/etc/apparmor.d/bwrap with 'userns,') or "
            "kernel.apparmor_restrict_unprivileged_userns is 0; elsewhere see user.max_user_namespaces and "
            "kernel.unprivileged_userns_clone. In a container the default seccomp profile forbids it: start the "
            "container with --security-opt seccomp=unconfined, as an ordinary user (--user 1000), or grade outside it."
        )
    elif "source path" in said:
        advice = " The files of Python must be readable for the user who grades."
    return f"bubblewrap says: {said}.{advice}"


def private_folder(process: subprocess.Popen[bytes]) -> int:
    """Open the /tmp of a sandbox that has said it is ready, for nothing but to count what lies in it.

    Raises:
        SandboxError: If the system does not show it.
    """
    try:
        (first,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return os.open(f"/proc/{first}/root/tmp", os.O_PATH | os.O_DIRECTORY)
    except (OSError, ValueError) as error:
        raise SandboxError(f"the sandbox's /tmp cannot be watched from outside: {error}") from None


def _arguments(allows: tuple[str, ...], limits: Limits) -> list[str]:
    found = _bubblewrap()
    arguments = [found, "--die-with-parent", "--new-session", "--cap-drop", "ALL", *NAMESPACES]
    arguments += ["--hostname", "sandbox"]
    if os.getuid() == 0:
        arguments += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]  # the worker uses them up at once
    else:
        arguments += ["--unshare-user", "--uid", "65534", "--gid", "65534"]
    arguments += ["--clearenv"]
    for name, value in ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    arguments += [*_mounts(allows), "--dev", "/dev", "--perms", "1777", "--size", str(limits.files * MIB)]
    return [*arguments, "--tmpfs", "/tmp", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]


@cache
def _bubblewrap() -> str:
    if sys.platform != "linux":
        raise SandboxError(f"the sandbox needs Linux; this is {sys.platform}. WSL or a virtual machine will do.")
    found = shutil.which("bwrap")
    if found is None:
        raise SandboxError(
            "the sandbox needs bubblewrap, which is not installed: apt, dnf or pacman install bubblewrap"
        )
    return found


@cache
def _filter() -> bytes:
    try:
        return program()
    except ValueError as error:
        raise SandboxError(f"the sandbox has no system-call filter for this {error}") from None


@cache
def _worker_files() -> list[Path]:
    ipython = find_spec("IPython")
    roots = ipython.submodule_search_locations if ipython else None
    return WORKER + [path for root in roots or () for name in READING if (path := Path(root) / name).exists()]


@cache
def _mounts(allows: tuple[str, ...]) -> tuple[str, ...]:
    """Mount the system's libraries, the interpreter, the allowed packages and the worker, all read-only."""
    mounts: dict[str, str] = {}  # by where they appear
    links: list[str] = []
    for folder in SYSTEM:
        if os.path.islink(folder):
            links += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            mounts[folder] = folder
    library = sysconfig.get_config_var("LIBDIR")
    for path in (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), _interpreter()):
        mounts[_base(path)] = os.path.realpath(_base(path))
    for shared in Path(library or "/").glob("libpython3*.so*"):
        mounts[str(shared)] = os.path.realpath(shared)
    if os.path.exists("/etc/ld.so.cache"):
        mounts["/etc/ld.so.cache"] = "/etc/ld.so.cache"  # some Pythons find their own library by it
    mounts |= {f"/packages/{path.name}": str(path) for path in package_files(("numpy", *allows))}
    mounts |= {f"/grader/{path.name}": str(path) for path in _worker_files()}
    arguments = []
    for folder in sorted({str(parent) for place in mounts for parent in Path(place).parents} - {"/"}):
        if folder not in mounts and not os.path.islink(folder):
            arguments += ["--dir", folder]  # in bubblewrap's own folders only root could look
    for place in sorted(mounts):  # a folder before what lies in it
        arguments += ["--ro-bind", mounts[place], place]
    for folder in _other_packages(mounts.values()):
        arguments += ["--size", "4096", "--tmpfs", folder, "--remount-ro", folder]
    return (*links, *arguments)


def _other_packages(mounted: Iterable[str]) -> list[str]:
    """Find the folders of installed packages inside what is mounted: they are covered up."""
    found = set()
    for folder in mounted:
        if os.path.isdir(folder) and not folder.startswith(str(HERE)):
            for pattern in ("site-packages", "dist-packages", "python3*/site-packages", "python3*/dist-packages"):
                found |= {str(path) for path in Path(folder).glob(pattern) if path.is_dir() and not path.is_symlink()}
    return sorted(found)


def _base(path: str) -> str:
    """Move a path of a virtual environment to the Python it was made from."""
    inside = os.path.relpath(path, sys.prefix)
    return path if inside.startswith("..") else os.path.join(sys.base_prefix, inside)


def _interpreter() -> str:
    """Find Python's own program: that of a virtual environment may be a copy, which the sandbox does not have."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def _python(script: str, settings: dict[str, Any]) -> list[str]:
    # -S: no site-packages; -s -P: no other folder either. Not -I, which would ignore PYTHONHASHSEED.
    return [_interpreter(), "-s", "-S", "-P", script, json.dumps(settings)]


def _settings(limits: Limits, allows: tuple[str, ...]) -> dict[str, Any]:
    return {
        "path": ["/grader", "/packages"],
        "uid": 0,
        "parent": 0,
        "allows": list(allows),
        "limits": {
            "AS": limits.memory * MIB * (2 if "torch" in allows else 1),
            "NPROC": 1,
            "FSIZE": limits.files * MIB,
            "NOFILE": 64,
            "SIGPENDING": 64,
            "CORE": 0,
            "CPU": int(limits.total) + 60,  # the grader is quicker; this one holds if the grader is gone
        },
    }


@cache
def _links(allows: tuple[str, ...]) -> str:
    """Make a folder of links to the worker and the packages that it may import."""
    folder = tempfile.mkdtemp(prefix="segbook-grading-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for path in (*package_files(("numpy", *allows)), *_worker_files()):
        os.symlink(path, os.path.join(folder, path.name))
    return folder
