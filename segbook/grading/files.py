"""Files of results: harmless names, and written whole or not at all."""

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Collection, Iterable
from pathlib import Path

from segbook.files import draft_of

LONG = 80  # bytes of a name that are kept


def slug(name: str) -> str:
    """Make a file name of any name: readable, harmless, and another one for every name.

    >>> slug("../../ada/week 6.ipynb")
    'ada_week_6.ipynb-496bceac'
    >>> slug("Zoë Müller")
    'Zoë_Müller-d6e575a6'
    """
    words = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", name)).strip("._-")
    short = words.encode()[:LONG].decode(errors="ignore")
    return f"{short}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def refuse_inside(out: Path, submissions: Path) -> None:
    """Refuse to write results among the submissions: the next run would take them for work of students.

    Raises:
        ValueError: If `out` is the folder of the submissions or lies in it.
    """
    if out.resolve().is_relative_to(submissions.resolve()):
        raise ValueError(f"--out {out} lies in the submissions {submissions}; give a folder beside them")


def forget_others(folder: Path, kept: Collection[str], written: Iterable[str]) -> None:
    """Remove what an earlier run wrote for those who are no longer there; what others put beside it stays."""
    for stale in folder.iterdir():
        if stale.is_dir() and not stale.is_symlink() and stale.name not in kept:
            for name in written:
                (stale / name).unlink(missing_ok=True)
            if not any(stale.iterdir()):
                stale.rmdir()


def write_json(path: Path, value: object) -> None:
    """Write a file whole or not at all."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes, *, is_secret: bool = False) -> None:
    """Write a file whole or not at all; one that is secret is its owner's alone to read."""
    mode = 0o600 if is_secret else 0o666
    with draft_of(path) as draft, open(draft, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(data)
