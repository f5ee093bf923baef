"""Where a result comes from: device, versions, commit. No machine is named."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from segbook.train.ranks import Ranks

PACKAGES = ("segbook", "torch", "numpy", "scipy", "scikit-image")


def machine(ranks: Ranks) -> dict[str, str | int]:
    """Say what computed: device, processes and threads, system, and the version of everything that matters.

    Args:
        ranks: Which of how many processes this is, and its device.
    """
    is_gpu = ranks.device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name(ranks.device) if is_gpu else _processor(),
        "processes": ranks.count,
        "threads": torch.get_num_threads(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def commit() -> str | None:
    """Name the commit that the package lies in, "+" behind it if files differ from it; None if it lies in none."""
    ask = ["git", "-C", str(Path(__file__).parent)]
    try:
        name = subprocess.run([*ask, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run([*ask, "diff", "--quiet", "HEAD", "--", "."], capture_output=True).returncode
    except (OSError, subprocess.CalledProcessError):
        return None
    return name + "+" * bool(changed)


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"
