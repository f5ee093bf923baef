"""Find the submissions in a folder or an LMS download: whose each is, and whether it came late."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from segbook.grading.archives import File, walk

CANVAS = re.compile(
    r"(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<id>\d{2,})_(?:\d{4,}_[^/]+|(?:text|link)\.html)", re.IGNORECASE
)
MOODLE = re.compile(r"(?P<name>[^/]+?)_(?P<id>\d{2,})_assignsubmission_(?:file|onlinetext)_?[^/]*")
WRAPPERS = {"submissions", "submission"}


@dataclass(frozen=True)
class Submission:
    """One file that a student handed in.

    Args:
        file: Where it is.
        student: The key that all files of a student share: the LMS's number, or the folder's or file's name.
        label: What the LMS or the folder calls the student.
        late: Whether the LMS marked it late.
        beside: The names of the student's files that are no notebook and are not graded.
        share: The part of a submission's time that it may use.
    """

    file: File
    student: str
    label: str
    late: bool
    beside: tuple[str, ...] = ()
    share: float = 1.0

    @property
    def name(self) -> str:
        """Its path in the folder or archive."""
        return self.file.name


def find(root: Path) -> list[Submission]:
    """List the submissions in a folder or an archive, by name.

    What cannot be read is listed with its problem, and so is a student who handed in something else than a notebook.

    Raises:
        FileNotFoundError: If there is no such folder or file.
    """
    if not root.exists():
        raise FileNotFoundError(f"there is no {root}; name a folder of notebooks or the archive that your LMS made")
    files = walk(root)
    depth = _wrappers([file.name.split("/") for file in files])
    notebooks: list[Submission] = []
    others: dict[str, list[Submission]] = {}
    for file in files:
        inner = "/".join(file.name.split("/")[depth:])
        student, label, late = whose(inner)
        if file.suffix == ".ipynb" or file.suffix == ".zip":
            notebooks.append(Submission(file, student, label, late))
        elif "/" in inner or CANVAS.fullmatch(inner) or MOODLE.match(inner):  # not a list of names beside the notebooks
            problem = file.problem or f"a {file.suffix or 'file without an ending'} and no notebook (.ipynb)"
            others.setdefault(student, []).append(Submission(replace(file, problem=problem), student, label, late))
    names = {student: tuple(other.name for other in files) for student, files in others.items()}
    found = [replace(one, beside=names.get(one.student, ())) for one in notebooks]
    readers = {one.student for one in notebooks}
    for student, (*rest, last) in others.items():
        if student not in readers:
            found.append(replace(last, beside=tuple(other.name for other in rest)))
    return found


def whose(name: str) -> tuple[str, str, bool]:
    """Tell from a path whose it is: the student's key, a label, and whether the LMS marked it late.

    Only the first part of the path counts: what lies in a student's own folder or archive was named by the student.

    >>> whose("lovelaceada_LATE_4211_98100_exercises-2.ipynb")
    ('4211', 'lovelaceada', True)
    >>> whose("Ada Lovelace_4211_assignsubmission_file_/exercises.ipynb")
    ('4211', 'Ada Lovelace', False)
    >>> whose("ada/exercises.ipynb"), whose("ada.ipynb"), whose("ada.zip/week 6/exercises.ipynb")
    (('ada', 'ada', False), ('ada', 'ada', False), ('ada', 'ada', False))
    """
    first = name.split("/")[0]
    if match := MOODLE.match(first):
        return match["id"], match["name"], False
    if match := CANVAS.fullmatch(first):
        return match["id"], match["name"], bool(match["late"])
    label = first
    while label.lower().endswith((".ipynb", ".zip")):
        label = label.rpartition(".")[0]
    return label, label, False


def is_late(submission: Submission, deadline: datetime | None) -> bool:
    """Tell whether it came after the deadline, by the LMS's mark or by the time of its file."""
    return submission.late or (deadline is not None and submission.file.time > deadline)


def _wrappers(names: list[list[str]]) -> int:
    """Count the folders or archives round the whole download, which are nobody's own."""
    depth = found = 0
    while names and all(len(name) > depth + 1 and name[depth] == names[0][depth] for name in names):
        shared = names[0][depth].lower()
        if _of_lms(shared):
            break
        depth += 1
        if shared.removesuffix(".zip") in WRAPPERS or any(_of_lms(name[depth]) for name in names):
            found = depth
    return found


def _of_lms(part: str) -> bool:
    return bool(MOODLE.match(part) or CANVAS.fullmatch(part))
