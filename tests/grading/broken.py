"""Files that are no notebooks, or archives that bite."""

import gzip
import io
import json
import os
import stat
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

from attacks import HONEST
from classroom import notebook

GOOD = notebook(HONEST)


@dataclass(frozen=True)
class Broken:
    """A file that is handed in.

    Args:
        name: The name of the submission.
        status: What the result must say.
        phrase: A part of the reason.
        earned: Points.
    """

    name: str
    status: str = "unreadable"
    phrase: str = ""
    earned: int = 0


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """Write a zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made, warnings.catch_warnings(action="ignore"):
        for name, data in members:
            made.writestr(name, data)
    return file.getvalue()


def link(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    """Make a member that is a symbolic link."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info, target.encode()


def nested(depth: int) -> bytes:
    """Put a notebook in archives in archives."""
    data, name = GOOD, "hw.ipynb"
    for level in range(depth):
        data, name = archive((name, data)), f"{level}.zip"
    return data


def lying() -> bytes:
    """Write an archive whose notebook is larger than its header says."""
    data = archive(("hw.ipynb", bytes(1 << 20)))
    size = (1 << 20).to_bytes(4, "little")
    return data.replace(size, (100).to_bytes(4, "little"))


def encrypted() -> bytes:
    """Write an archive that says it needs a password."""
    data = bytearray(archive(("hw.ipynb", GOOD)))
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + flags] |= 1
    return bytes(data)


def version_3() -> bytes:
    cell = {
        "cell_type": "code",
        "input": HONEST,
        "language": "python",
        "outputs": [],
        "collapsed": False,
        "metadata": {},
    }
    worksheet = {"cells": [cell], "metadata": {}}
    return json.dumps(
        {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [worksheet]}
    ).encode()


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(GOOD) | fields).encode()


def same_ids() -> bytes:
    made = json.loads(notebook(HONEST, "x = 1", "y = 2"))
    for cell in made["cells"]:
        cell["id"] = "same"
    return json.dumps(made).encode()


def bare() -> bytes:
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": HONEST.splitlines(True)}]}).encode()


FILES = {
    "not JSON": Broken("b-json.ipynb", phrase="breaks off at byte 1"),
    "JSON that is no notebook": Broken("b-list.ipynb", phrase="holds no cells"),
    "empty": Broken("b-empty.ipynb", phrase="an empty file"),
    "not UTF-8": Broken("b-latin.ipynb", phrase="is not UTF-8"),
    "no cells": Broken("b-no-cells.ipynb", phrase="no code cells"),
    "cells that are none": Broken("b-cells.ipynb", phrase="holds no cells"),
    "nested too deeply": Broken("b-deep.ipynb", phrase="deep"),
    "nbformat 3": Broken("b-3.ipynb", "ok", earned=4),
    "nbformat 9": Broken("b-9.ipynb"),
    "duplicate ids": Broken("b-ids.ipynb", "ok", earned=4),
    "no metadata": Broken("b-bare.ipynb", "ok", earned=4),
    "byte order mark": Broken("b-bom.ipynb", "ok", earned=4),
    "500 MB": Broken("b-500.ipynb", phrase="524,288,000 bytes"),
    "5 MB of code": Broken("b-code.ipynb", phrase="characters of code"),
    "a link": Broken("b-link.ipynb", phrase="link"),
    "a link in an archive": Broken("b-links.zip/hw.ipynb", phrase="link"),
    "zip slip": Broken("b-slip.zip/../../outside/hw.ipynb", "ok", earned=4),
    "zip slip, absolute": Broken("b-slip-2.zip/outside/hw.ipynb", "ok", earned=4),
    "zip bomb": Broken("b-bomb.zip/hw.ipynb", phrase="314,572,800 bytes"),
    "zip bomb that lies": Broken("b-lying.zip/hw.ipynb", phrase="damaged"),
    "zips in zips": Broken("b-nested.zip/4.zip/3.zip/2.zip", phrase="archives in one another"),
    "a zip in a zip": Broken("b-two.zip/0.zip/hw.ipynb", "ok", earned=4),
    "many files": Broken("b-many.zip/many.zip", phrase="files"),
    "no zip": Broken("b-not.zip", phrase="damaged or cut archive"),
    "an empty zip": Broken("b-nothing.zip", phrase="empty archive"),
    "UTF-16": Broken("b-16.ipynb", "ok", earned=4),
    "packed by gzip": Broken("b-gzip.ipynb", phrase="is not UTF-8"),
    "nbformat 3 of nonsense": Broken("b-3x.ipynb", phrase="not a notebook"),
    "an nbformat that is true": Broken("b-true.ipynb", phrase="notebook format True"),
    "cells of odd types": Broken("b-odd.ipynb", "missing"),
    "a language that is a list": Broken("b-language.ipynb", "ok", earned=4),
    "keys twice": Broken("b-twice.ipynb", phrase="holds no cells"),
    "an encrypted zip": Broken("b-secret.zip/hw.ipynb", phrase="damaged or encrypted"),
    "a zip with two files of one name": Broken("b-same.zip/hw.ipynb", "ok", earned=4),
    "a folder called a notebook": Broken("b-folder.ipynb/hw.ipynb", "ok", earned=4),
    "a formula for a name": Broken('=HYPERLINK("x").ipynb', "ok", earned=4),
    "HTML for a name": Broken("<img src=x onerror=alert(1)>.ipynb", "ok", earned=4),
    "a name that is no text": Broken("b-\\udcff.ipynb", "ok", earned=4),
}


def hand_in(folder: Path, outside: Path) -> None:
    """Write all these files."""
    deep = b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    contents = {
        "b-json.ipynb": b"{",
        "b-list.ipynb": b"[1, 2]",
        "b-empty.ipynb": b"",
        "b-latin.ipynb": "{'é': 1}".encode("latin-1"),
        "b-no-cells.ipynb": changed(cells=[]),
        "b-cells.ipynb": changed(cells="cells"),
        "b-deep.ipynb": deep,
        "b-3.ipynb": version_3(),
        "b-9.ipynb": changed(nbformat=9),
        "b-ids.ipynb": same_ids(),
        "b-bare.ipynb": bare(),
        "b-bom.ipynb": b"\xef\xbb\xbf" + GOOD,
        "b-code.ipynb": notebook(HONEST, "#" * 5_000_000),
        "b-links.zip": archive(link("hw.ipynb", "/etc/passwd")),
        "b-slip.zip": archive(("../../outside/hw.ipynb", GOOD)),
        "b-slip-2.zip": archive(("/outside/hw.ipynb", GOOD)),
        "b-bomb.zip": archive(("hw.ipynb", bytes(300 << 20))),
        "b-lying.zip": lying(),
        "b-nested.zip": nested(6),
        "b-two.zip": nested(2),
        "b-many.zip": archive(("many.zip", archive(*((f"{n}.txt", b"") for n in range(600))))),
        "b-not.zip": b"PK nothing",
        "b-nothing.zip": archive(),
        "b-16.ipynb": GOOD.decode().encode("utf-16"),
        "b-gzip.ipynb": gzip.compress(GOOD),
        "b-3x.ipynb": changed(nbformat=3, worksheets="x"),
        "b-true.ipynb": changed(nbformat=True),
        "b-odd.ipynb": changed(cells=[5, None, {"cell_type": ["code"]}, {"cell_type": "code", "source": {"x": [1]}}]),
        "b-language.ipynb": changed(metadata={"language_info": {"name": ["R"]}, "kernelspec": []}),
        "b-twice.ipynb": GOOD[:-1] + b', "cells": 5}',
        "b-secret.zip": encrypted(),
        "b-same.zip": archive(("hw.ipynb", b"{"), ("hw.ipynb", GOOD)),
        '=HYPERLINK("x").ipynb': GOOD,
        "<img src=x onerror=alert(1)>.ipynb": GOOD,
        os.fsdecode(b"b-\xff.ipynb"): GOOD,
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    (folder / "b-folder.ipynb").mkdir()
    (folder / "b-folder.ipynb/hw.ipynb").write_bytes(GOOD)
    with (folder / "b-500.ipynb").open("wb") as file:
        file.truncate(500 << 20)
    (folder / "b-link.ipynb").symlink_to("/etc/passwd")
