"""Files of results: harmless names, and written whole or not at all."""

import hashlib
import json
import os
import re
from pathlib import Path


def slug(name: str) -> str:
    """Make a file name of any name: readable, harmless, and another one for every name.

    >>> slug("../../ada/week 6.ipynb")
    'ada_week_6.ipynb-496bceac'
    """
    return f"{re.sub(r'[^A-Za-z0-9.-]+', '_', name).strip('._-')[:80]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def write_json(path: Path, value: object) -> None:
    """Write a file whole or not at all."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    draft.write_bytes(data)
    os.replace(draft, path)
