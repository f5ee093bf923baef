"""Files that are there whole or not at all. Needs no torch."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give the place of a draft beside a file; what was written to it takes the file's name at the end.

    An error on the way leaves the old file as it was, and no draft.

    Args:
        path: The file to write. Two processes that write it at once have drafts of their own.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with draft_of(f"{folder}/note.txt") as draft:
    ...         _ = draft.write_text("kept")
    ...     [(file.name, file.read_text()) for file in Path(folder).iterdir()]
    [('note.txt', 'kept')]
    """
    path = Path(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    draft.unlink(missing_ok=True)
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
