"""Walk through folders and archives and read what lies in them, within limits.

Nothing is unpacked to disk: a member named ../../x, or a link, is only a name here.
"""

import io
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

MAX_MEMBERS = 100_000  # of an archive: ten thousand students with a few files each
MAX_INNER = 500  # of an archive in an archive: one student's files
MAX_ARCHIVE = 64 << 20  # bytes of an archive in an archive
MAX_DEPTH = 3  # archives in one another
IGNORED = {"__MACOSX", ".ipynb_checkpoints", ".git", ".DS_Store", "Thumbs.db", "desktop.ini"}


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
                return self.path.read_bytes()
            *outer, last = self.members
            return _read_member(_open(self.path, tuple(outer)), last, most)
        except Unreadable:
            raise
        except Exception as error:  # damaged archives fail in many ways
            raise Unreadable(f"damaged or encrypted ({type(error).__name__})") from None


def walk(root: Path) -> list[File]:
    """List all files below a folder or in an archive, those of archives in it too, by name."""
    if root.is_file():
        found = _in_archive(root, (), "", None) if root.suffix.lower() == ".zip" else [_on_disk(root, root.name)]
    else:
        found = _in_folder(root)
    named = {readable(file.name): file for file in found}  # of two members of one name, archives give the last
    return [replace(named[name], name=name) for name in sorted(named)]


def readable(name: str) -> str:
    """Write a name so that it can be printed, stored and sorted, whatever bytes a file system or archive gave it."""
    clean = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(letter if letter.isprintable() else "�" for letter in clean)


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


def _in_archive(path: Path, outer: tuple[str, ...], name: str, time: datetime | None) -> Iterator[File]:
    """List the files of an archive; one that cannot be read stands for itself, with its problem."""
    try:
        members = _open(path, outer).infolist()
        most = MAX_INNER if outer else MAX_MEMBERS
        if len(members) > most:
            raise Unreadable(f"an archive of {len(members):,} files; {most:,} at most")
    except Exception as error:  # damaged archives fail in many ways
        problem = str(error) if isinstance(error, Unreadable) else f"a damaged archive ({type(error).__name__})"
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
            yield from _in_archive(path, file.members, whole, time)


@lru_cache(maxsize=4)
def _open(path: Path, outer: tuple[str, ...]) -> zipfile.ZipFile:
    """Open an archive, or an archive in it."""
    if not outer:
        return zipfile.ZipFile(path)
    *further, last = outer
    return zipfile.ZipFile(io.BytesIO(_read_member(_open(path, tuple(further)), last, MAX_ARCHIVE)))


def _read_member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Read a member, never more than the limit, whatever its header says."""
    if archive.getinfo(name).file_size > most:
        raise Unreadable(f"{archive.getinfo(name).file_size:,} bytes when unpacked; {most:,} at most")
    with archive.open(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Unreadable(f"more than {most:,} bytes when unpacked")
    return data


def _ignored(name: str) -> bool:
    return any(part in IGNORED or part.startswith("._") for part in name.split("/"))
