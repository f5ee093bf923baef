"""Whose results a folder holds: one assignment of one class, and nothing that somebody else put there."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from segbook.grading.columns import letters
from segbook.grading.files import write_json
from segbook.grading.intake import Intake
from segbook.grading.plan import Plan
from segbook.grading.settings import Settings

MARK = "run.json"
ARCHIVES = ("moodle", "canvas", "pages")
FILES = ("gradebook.csv", "details.csv", "report.html", "mail.csv", "similarity.html")
FILES += tuple(f"feedback-{lms}.zip" for lms in ARCHIVES)
FOLDERS = ("students", "submissions")
NAMED = 3  # students in a message
INSTEAD = "give another --out, or delete the folder first"


def refuse_others(settings: Settings, plan: Plan, intake: Intake) -> None:
    """Refuse a folder with the results of another assignment or class, or with files that a run would replace.

    Raises:
        ValueError: If it is such a folder. The message says what it holds.
    """
    out, held = settings.out, list(_held(settings.out))
    if not held:
        return
    try:
        mark = json.loads((out / MARK).read_text("utf-8"))
        title, ids, students, files = (mark[name] for name in ("title", "exercises", "students", "files"))
    except (OSError, ValueError, TypeError, LookupError):
        raise ValueError(
            f"--out {out} holds {', '.join(held)}, which would be replaced, and no {MARK} that says whose they are; "
            "give another --out, or move them away"
        ) from None
    if (title, ids) != (settings.title, list(plan.ids)):
        raise ValueError(
            f"--out {out} holds the results of {title!r} (exercises {', '.join(ids)}), and this is {settings.title!r} "
            f"(exercises {', '.join(plan.ids)}); {INSTEAD}"
        )
    known = {*map(letters, students)}
    here = len(known & {*map(letters, _names(intake))})
    if 2 * here < len(known) and 2 * len({*files} & {*_files(intake)}) < len(files):
        raise ValueError(
            f"--out {out} holds the results of another class, such as {'; '.join(students[:NAMED])}: of its "
            f"{len(known)} students, {here} are in this one; {INSTEAD}"
        )


def claim(settings: Settings, plan: Plan, intake: Intake) -> None:
    """Note whose results a folder is going to hold.

    Raises:
        ValueError: If it holds others.
    """
    refuse_others(settings, plan, intake)
    settings.out.mkdir(parents=True, exist_ok=True)
    mark = {"title": settings.title, "exercises": plan.ids, "students": _names(intake), "files": _files(intake)}
    write_json(settings.out / MARK, mark)


def _held(out: Path) -> Iterator[str]:
    """Name what is there of what a run writes; an empty folder is nothing."""
    yield from (name for name in FILES if (out / name).exists())
    yield from (f"{name}/" for name in FOLDERS if (out / name).is_dir() and any((out / name).iterdir()))


def _names(intake: Intake) -> Sequence[str]:
    return [student.name for student in intake.students]


def _files(intake: Intake) -> Sequence[str]:
    return [submission.name for submission in intake.submissions]
