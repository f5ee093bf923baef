"""Walk through folders and archives and read what lies in them, within limits.

Nothing is unpacked to disk: a member named ../../x, or a link, is only a name here. What lies in an archive on disk has
limits in all, however archives lie in one another, and so has what lies in one archive in it: that is one student's.
"""

import io
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

MAX_MEMBERS = 100_000  # of an archive: ten thousand students with a few files each
MAX_INNER = 500  # of an archive in an archive and all below it: one student's files
MAX_ARCHIVE = 64 << 20  # bytes of an archive in an archive
MAX_DEPTH = 3  # archives in one another
MAX_NAME = 1000  # characters
UNPACKED = 20  # so many times its size may archives in an archive unpack to; what is packed already hardly shrinks
ENTRY = 200  # bytes of an archive's table of contents for a member
COPIES = ".ipynb_checkpoints"
AUTOMATIC = "only an automatic copy of a notebook (.ipynb_checkpoints) is there"
IGNORED = {"__MACOSX", ".git", ".DS_Store", "Thumbs.db", "desktop.ini"}


class Unreadable(ValueError):
    """A submission from which no code can be read; the message says why."""


@dataclass(frozen=True)
class File:
    """A file on disk or in an archive.

    Args:
        name: Its path below the place where the walk began, archives on the way included.
        path: The file or the archive on disk.
        members: The way to it through archives.
        time: When the file on disk was last changed. The times in an archive are those of the download, or a student's
            invention, and are not read; nothing is known if the walk began at an archive.
        size: Bytes, as far as that is noted.
        problem: Why it is not to be read, if that is known beforehand.
    """

    name: str
    path: Path
    members: tuple[str, ...]
    time: datetime | None
    size: int
    problem: str = ""

    @property
    def suffix(self) -> str:
        """The ending of the name in small letters, such as ".ipynb"."""
        return Path(self.name).suffix.lower()

    def read(self, most: int) -> bytes:
        """Read the bytes.

        Raises:
            Unreadable: If there are more than `most`, or they cannot be had.
        """
        if self.problem:
            raise Unreadable(self.problem)
        if self.size > most:
            raise Unreadable(f"{self.size:,} bytes; {most:,} at most")
        try:
            if not self.members:
                with self.path.open("rb") as file:
                    return _read(file, most)
            *outer, last = self.members
            return _read_member(_open(self.path, tuple(outer)), last, most)
        except Unreadable:
            raise
        except Exception:  # damaged archives fail in many ways
            raise Unreadable("damaged or encrypted") from None


@dataclass
class Room:
    """What an archive and all archives in it may still hold.

    Args:
        files: Members.
        size: Bytes of archives in archives when unpacked.
        around: The room of the archive in which this one lies.
    """

    files: int
    size: int
    around: "Room | None" = None

    def take(self, files: int, size: int) -> None:
        """Take from what is left, here and around.

        Raises:
            Unreadable: If less is left.
        """
        if files > self.files:
            raise Unreadable(f"an archive of {files:,} files, where at most {self.files:,} more are read")
        if size > self.size:
            raise Unreadable(f"archives in archives of {size:,} bytes, where at most {self.size:,} more are unpacked")
        if self.around:
            self.around.take(files, size)
        self.files, self.size = self.files - files, self.size - size


def walk(root: Path) -> list[File]:
    """List all files below a folder or in an archive, those of archives in it too, by name.

    Jupyter's automatic copies of notebooks are listed with that as their problem.
    """
    if root.is_file():
        found = _in_archive(root, (), "", None) if root.suffix.lower() == ".zip" else [_on_disk(root, root.name)]
    else:
        found = _in_folder(root)
    named = {readable(file.name): file for file in found}  # of two members of one name, archives give the last
    return [
        replace(named[name], name=name, problem=AUTOMATIC if COPIES in name.split("/") else named[name].problem)
        for name in sorted(named)
    ]


def readable(name: str) -> str:
    """Write a name so that it can be printed, stored and sorted, whatever bytes a file system or archive gave it."""
    clean = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(letter if letter.isprintable() else "�" for letter in clean[:MAX_NAME])


def _in_folder(root: Path) -> Iterator[File]:
    for path in sorted(root.rglob("*")):
        file = _on_disk(path, path.relative_to(root).as_posix())
        if _ignored(file.name):
            continue
        if path.is_symlink():
            yield replace(file, problem="a symbolic link, which is not followed")
        elif path.is_file():
            yield from _in_archive(path, (), file.name, file.time) if file.suffix == ".zip" else [file]


def _on_disk(path: Path, name: str) -> File:
    noted = path.lstat()
    return File(name, path, (), datetime.fromtimestamp(noted.st_mtime).astimezone(), noted.st_size)


def _in_archive(
    path: Path, outer: tuple[str, ...], name: str, time: datetime | None, room: Room | None = None
) -> Iterator[File]:
    """List the files of an archive; one that cannot be read stands for itself, with its problem."""
    try:
        if room is None:
            room = Room(MAX_MEMBERS, MAX_ARCHIVE + UNPACKED * path.stat().st_size)
        if outer:
            room.take(0, _open(path, outer[:-1]).getinfo(outer[-1]).file_size)
        members = _open(path, outer).infolist()
        room.take(len(members), 0)
    except Exception as error:  # damaged archives fail in many ways
        problem = str(error) if isinstance(error, Unreadable) else "a damaged or cut archive"
        yield replace(_on_disk(path, name or path.name), members=outer, time=time, problem=problem)
        return
    if name and not any(not member.is_dir() for member in members):
        yield replace(_on_disk(path, name), members=outer, time=time, problem="an empty archive")
    for member in members:
        inner = member.filename.replace("\\", "/").lstrip("/")
        if member.is_dir() or _ignored(inner):
            continue
        whole = f"{name}/{inner}" if name else inner
        file = File(whole, path, (*outer, member.filename), time, member.file_size)
        if stat.S_ISLNK(member.external_attr >> 16):
            yield replace(file, problem="a symbolic link, which is not followed")
        elif file.suffix != ".zip":
            yield file
        elif len(outer) + 1 >= MAX_DEPTH:
            yield replace(file, problem=f"more than {MAX_DEPTH} archives in one another")
        else:
            inside = room if outer else Room(MAX_INNER, 2 * MAX_ARCHIVE, room)
            yield from _in_archive(path, file.members, whole, time, inside)


@lru_cache(maxsize=4)
def _open(path: Path, outer: tuple[str, ...]) -> zipfile.ZipFile:
    """Open an archive, or an archive in it."""
    if not outer:
        return _contents(path.open("rb"), MAX_MEMBERS * ENTRY)
    *further, last = outer
    return _contents(io.BytesIO(_read_member(_open(path, tuple(further)), last, MAX_ARCHIVE)), MAX_INNER * ENTRY)


class _Limited:
    """A file of which no more than so many bytes are read at once, until the limit is lifted."""

    def __init__(self, file: io.BufferedIOBase, most: int) -> None:
        self.file = file
        self.most: int | None = most

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def read(self, size: int = -1) -> bytes:
        if self.most is not None and size > self.most:
            raise Unreadable(f"an archive whose table of contents has {size:,} bytes; {self.most:,} at most")
        return self.file.read(size)

    def __del__(self) -> None:  # an archive closes only what it opened itself
        self.file.close()


def _contents(file: io.BufferedIOBase, most: int) -> zipfile.ZipFile:
    """Read an archive's table of contents, which is read at once, whole, and takes many times its size."""
    limited: Any = _Limited(file, most)
    archive = zipfile.ZipFile(limited)
    limited.most = None
    return archive


def _read_member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Read a member, never more than the limit, whatever its header says."""
    member = archive.getinfo(name)
    if member.file_size > most:
        raise Unreadable(f"{member.file_size:,} bytes when unpacked; {most:,} at most")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable(f"packed by method {member.compress_type}; pack it again as an ordinary zip")
    opened: Any = archive.open(name)
    with opened as file:
        return _read(file, most)


def _read(file: io.BufferedIOBase, most: int) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise Unreadable(f"more than {most:,} bytes")
    return data


def _ignored(name: str) -> bool:
    return any(part in IGNORED or part.startswith("._") for part in name.split("/"))
