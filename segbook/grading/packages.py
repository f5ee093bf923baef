"""Which files a package needs: its own and those of what it requires, and nothing else of the environment."""

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

UNUSED = {"setuptools", "pip"}  # required for building, not for running


@cache
def package_files(names: tuple[str, ...]) -> tuple[Path, ...]:
    """List the top-level files and folders of packages and of all that they require.

    Args:
        names: Packages as pip knows them, such as ("numpy", "torch").

    Raises:
        ValueError: If one of them is not installed.
    """
    waiting, seen, found = list(names), set(), {}
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen or name in UNUSED:
            continue
        seen.add(name)
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            if name in names:
                raise ValueError(f"an exercise allows the package {name}, which is not installed") from None
            continue  # for another system, or optional
        found |= {path.name: path for path in _top_level(name)}
        waiting += [
            re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in installed.requires or () if "extra ==" not in line
        ]
    return tuple(found[name] for name in sorted(found))


def mentioned(names: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Keep the packages that a text could import: what nobody asks for is neither mounted nor waited for."""
    return tuple(name for name in names if any(path.stem in text for path in _top_level(name)))


@cache
def _top_level(name: str) -> list[Path]:
    installed = distribution(name)
    parts = {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}
    roots = [Path(str(installed.locate_file(part))) for part in parts if not part.endswith((".dist-info", ".pth"))]
    if not roots and (spec := find_spec(name)) and spec.origin:  # no list of files, as conda's packages may be
        roots = [Path(spec.origin).parent]
    return [root for root in roots if root.exists()]
