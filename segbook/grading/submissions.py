"""Find the submissions in a folder or an LMS download: whose each is, and what the LMS's names say of its time."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from segbook.grading.archives import AUTOMATIC, COPIES, File, Unreadable, walk
from segbook.grading.columns import ANONYMOUS, letters, plain
from segbook.grading.notebooks import MAX_NOTEBOOK

CANVAS = re.compile(
    r"(?:(?P<name>.+?)_(?P<late>LATE_)?(?P<id>\d{2,})|(?P<masked>LATE_)?(?P<anon>anon_[0-9A-Za-z]{5}))"
    r"_(?:(?P<attachment>\d{4,})_[^/]+|(?:text|link)\.html)"
)
MOODLE = re.compile(r"(?P<name>[^/]*?)_(?P<id>\d+)_assignsubmission_[a-z]+(?:_[^/]*)?")
COPY = re.compile(r"\s*\((\d{1,4})\)$")  # what a browser puts behind the name of a file that it loads again
WRAPPERS = {"submissions", "submission"}
RENAMED = (".ipynb.txt", ".ipynb.json")  # what systems and browsers make of a notebook's name
ENDINGS = (".ipynb", ".zip", *RENAMED)
LISTS = {".csv", ".tsv", ".xlsx", ".xls", ".ods", ".md", ".txt"}  # an instructor's, beside files of students


@dataclass(frozen=True)
class Owner:
    """Whose a file is, as far as its name says.

    Args:
        key: What all files of a student share: the LMS's number, or the folder's or file's name.
        label: What the LMS or the folder calls the student; nothing if it hides the name.
        lms: "canvas", "moodle" or nothing.
        late: Whether the LMS marked it late; None if its names do not tell.
        attachment: Canvas's number, which grows with time.
    """

    key: str
    label: str
    lms: str = ""
    late: bool | None = None
    attachment: int = 0


@dataclass(frozen=True)
class Submission:
    """One file that a student handed in.

    Args:
        file: Where it is.
        owner: Whose it is.
        time: When it came, as far as anything trustworthy tells.
        beside: The names of the student's files that are no notebook and are not graded.
        share: The part of a submission's time that it may use.
        conflict: Why its name may be another student's, if so; it is not graded then.
    """

    file: File
    owner: Owner
    time: datetime | None = None
    beside: tuple[str, ...] = ()
    share: float = 1.0
    conflict: str = ""

    @property
    def name(self) -> str:
        """Its path in the folder or archive."""
        return self.file.name

    @property
    def place(self) -> tuple[bool, float, int, list[tuple[int, str]], int]:
        """What to sort a student's files by: time, Canvas's number, name, and a browser's number in parentheses.

        In names, 10 comes after 9, and "week6 (1)" after "week6": a browser counts what it loads again.
        """
        path, count = self.copy
        parts = [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", path)]
        return self.time is not None, self.time.timestamp() if self.time else 0.0, self.owner.attachment, parts, count

    @property
    def copy(self) -> tuple[str, int]:
        """Its path without ending, and without the number in parentheses that is behind it; 0 if there is none."""
        stem = without_ending(plain(self.name))
        counted = COPY.search(stem)
        return (stem[: counted.start()], int(counted[1])) if counted else (stem, 0)


def find(root: Path) -> list[Submission]:
    """List the submissions in a folder or an archive, by name.

    What cannot be read is listed with its problem, and so is a student who handed in something else than a notebook.

    Raises:
        FileNotFoundError: If there is no such folder or file.
    """
    if not root.exists():
        raise FileNotFoundError(f"there is no {root}; name a folder of notebooks or the archive that your LMS made")
    walked = walk(root)
    copies = [file for file in walked if file.problem == AUTOMATIC]
    files = [file for file in walked if file.problem != AUTOMATIC]
    depth = _wrappers([file.name.split("/") for file in files], is_archive=root.is_file())
    inner = {file: "/".join(file.name.split("/")[depth:]) for file in files}
    first = {name.split("/")[0] for name in inner.values()}
    conflicts = _conflicts(first)
    is_canvas = 2 * len(conflicts) < sum(CANVAS.fullmatch(name) is not None for name in first)
    notebooks: list[Submission] = []
    others: dict[str, list[Submission]] = {}
    for file in files:
        owner = whose(inner[file], is_canvas=is_canvas)
        if file.name.lower().endswith(ENDINGS) or _is_nameless_notebook(file):
            conflict = conflicts.get(inner[file].split("/")[0], "") if is_canvas else ""
            read = replace(file, problem=f"{conflict}; rename or remove one") if conflict else file
            notebooks.append(Submission(read, owner, conflict=conflict))
        elif "/" in inner[file] or owner.lms or file.suffix not in LISTS:
            problem = file.problem or _no_notebook(file)
            others.setdefault(owner.key, []).append(Submission(replace(file, problem=problem), owner))
    names = {student: tuple(other.name for other in files) for student, files in others.items()}
    found = [replace(one, beside=names.get(one.owner.key, ())) for one in notebooks]
    readers = {one.owner.key for one in notebooks}
    for student, (*rest, last) in others.items():
        if student not in readers:
            found.append(replace(last, beside=tuple(other.name for other in rest)))
    for file in copies:
        owner = whose("/".join(file.name.split("/")[depth:]), is_canvas=is_canvas)
        if owner.key not in readers | others.keys() | {COPIES}:
            readers.add(owner.key)
            found.append(Submission(file, owner))
    return found


def whose(name: str, *, is_canvas: bool = True) -> Owner:
    """Tell from a path whose it is.

    Only the first part of the path counts: what lies in a student's own folder or archive was named by the student.

    >>> whose("o_neillada_LATE_4211_98100_exercises-2.ipynb")
    Owner(key='4211', label='o_neillada', lms='canvas', late=True, attachment=98100)
    >>> whose("Ada Lovelace_4211_assignsubmission_file/exercises.ipynb")
    Owner(key='4211', label='Ada Lovelace', lms='moodle', late=None, attachment=0)
    >>> whose("ada/exercises.ipynb") == whose("ada.ipynb") == whose("ada.zip/week 6/exercises.ipynb")
    True
    """
    first = name.split("/")[0]
    if match := MOODLE.match(first):
        label = plain(match["name"])
        return Owner(match["id"], "" if letters(label) in ANONYMOUS else label, "moodle")
    if is_canvas and (match := CANVAS.fullmatch(first)):
        late = bool(match["late"] or match["masked"])
        attachment = int(match["attachment"] or 0)
        return Owner(match["id"] or match["anon"], plain(match["name"] or ""), "canvas", late, attachment)
    label = without_ending(plain(first))
    return Owner(label, label)


def without_ending(name: str) -> str:
    """Take the endings of notebooks and archives from a name.

    >>> without_ending("ada.ipynb.zip")
    'ada'
    """
    while ending := next((one for one in ENDINGS if name.lower().endswith(one)), ""):
        name = name[: -len(ending)]
    return name


def _conflicts(names: Iterable[str]) -> dict[str, str]:
    """Say of Canvas's names what contradicts others: an attachment has one owner, and an owner has one name.

    Where most names do, the numbers are none of Canvas's but dates.
    """
    owners: dict[str, dict[str, list[str]]] = {}
    for match in filter(None, map(CANVAS.fullmatch, sorted(names))):
        owner, name = match["id"] or match["anon"], match["name"] or ""
        owners.setdefault(f"number {owner} belongs to", {}).setdefault(name, []).append(match.string)
        if match["attachment"]:
            said = f"attachment {match['attachment']} belongs to"
            owners.setdefault(said, {}).setdefault(owner, []).append(match.string)
    found = {}
    for said, known in owners.items():
        if len(known) > 1:
            shown = "; ".join(several[0] for several in known.values())
            count = "two" if len(known) == 2 else len(known)
            found |= {name: f"{said} {count} students: {shown}" for several in known.values() for name in several}
    return found


def _is_nameless_notebook(file: File) -> bool:
    """Tell a notebook whose name lost its ending, or ends in something like the .0 of "hw 6.0"."""
    if file.problem or file.suffix[1:].isalpha() or file.size > MAX_NOTEBOOK:
        return False
    with suppress(Unreadable):
        data = file.read(MAX_NOTEBOOK)
        return data.lstrip()[:1] == b"{" and b'"nbformat"' in data and b'"cells"' in data
    return False


def _no_notebook(file: File) -> str:
    """Say what it is in place of a notebook."""
    if "_onlinetext" in file.name or file.name.endswith(("_link.html", "_text.html")):
        what = "a link" if file.name.endswith("_link.html") else "a text typed into the LMS"
        return f"{what} and no notebook (.ipynb)"
    return f"a {file.suffix or 'file without an ending'} and no notebook (.ipynb)"


def _wrappers(names: Sequence[Sequence[str]], *, is_archive: bool) -> int:
    """Count the folders or archives round the whole download, which are nobody's own.

    A folder round everything belongs to nobody if it is called so, if the LMS's names are in it, or if a class was
    zipped with it: what came as one archive, or is one archive, is a class if several files or folders lie in it.
    """
    depth = found = 0
    while names and all(len(name) > depth + 1 and name[depth] == names[0][depth] for name in names):
        shared = names[0][depth].lower()
        if _of_lms(shared):
            break
        depth += 1
        is_archive |= shared.endswith(".zip")
        several = (
            len({name[depth] for name in names if len(name) > depth + 1 or name[-1].lower().endswith(ENDINGS)}) > 1
        )
        folders = all(len(name) > depth + 1 for name in names)
        is_class = is_archive and several and (folders or not shared.endswith(".zip"))
        if is_class or shared.removesuffix(".zip") in WRAPPERS or any(_of_lms(name[depth]) for name in names):
            found = depth
    return found


def _of_lms(part: str) -> bool:
    return bool(MOODLE.match(part) or CANVAS.fullmatch(part))
