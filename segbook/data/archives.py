"""Unpack an archive that somebody else packed: whole, in its own folder, or not at all."""

import errno
import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

MOST_FILES = 20_000
MOST_BYTES = 2 * 10**9


def unpack(
    archive: Path,
    folder: Path,
    *,
    check: Callable[[Path], object] = bool,
    most_files: int = MOST_FILES,
    most_bytes: int = MOST_BYTES,
) -> Path:
    """Unpack a zip archive into a new folder, which appears when all is there and has been checked.

    Files land beside the folder first, and the last step renames: a break half-way leaves no folder that looks whole.

    Args:
        archive: Path of the archive.
        folder: Path of the new folder. If it is there in the meantime, because another process was faster, it stays.
        check: Called with the unpacked folder; what it raises refuses the archive.
        most_files: Entries that an archive may have.
        most_bytes: Bytes that its files may take.

    Returns:
        The folder.

    Raises:
        ValueError: If the archive is truncated or corrupt; if an entry lies outside the folder, is a link or a device,
            is encrypted, stands there twice, or is a file and a folder; or if there is too much of it. Nothing is left
            behind.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        try:
            with zipfile.ZipFile(archive) as file:
                entries = file.infolist()
                _check_entries(entries, most_files, most_bytes)
                for entry in entries:
                    file.extract(entry, fresh)  # reads to the end, and so compares the checksum
        except ValueError as error:
            raise ValueError(f"{archive}: {error}") from error
        except Exception as error:  # on broken archives zipfile and zlib raise nearly anything
            if isinstance(error, OSError) and error.errno not in {
                None,
                errno.EINVAL,
            }:  # EINVAL: a place before the start
                raise
            message = f"is truncated or corrupt ({type(error).__name__}: {error})"
            raise ValueError(f"{archive}: {message}") from error
        check(fresh)
        fresh.chmod(0o755)  # mkdtemp keeps it to its owner
        try:
            os.replace(fresh, folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _check_entries(entries: list[zipfile.ZipInfo], most_files: int, most_bytes: int) -> None:
    """Refuse an archive for what its table of contents says, before anything is written."""
    if len(entries) > most_files:
        raise ValueError(f"holds {len(entries):,} entries, {most_files:,} at most are taken")
    if (size := sum(entry.file_size for entry in entries)) > most_bytes:
        raise ValueError(f"would take {size:,} bytes, {most_bytes:,} at most are taken")
    seen: set[str] = set()
    files: set[str] = set()
    for entry in entries:
        name = entry.filename
        parts = name.removesuffix("/").split("/")
        if not all(parts) or {".", ".."} & set(parts) or set(name) & set('\\:*?"<>|') or not name.isprintable():
            raise ValueError(f"holds {name!r}, which lies outside its folder or is no plain name")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise ValueError(f"holds {name!r}, which is a link or a device")
        if entry.flag_bits & 1:
            raise ValueError(f"holds {name!r}, which is encrypted")
        if (path := "/".join(parts).casefold()) in seen:
            raise ValueError(f"holds {name!r} twice")
        seen.add(path)
        files |= set() if entry.is_dir() else {path}
    for path in seen:
        if folders := files & {path[:end] for end, sign in enumerate(path) if sign == "/"}:
            raise ValueError(f"holds {folders.pop()!r}, which is a file and a folder")
