"""Feedback on its way back: the archives that Moodle and Canvas take, one by name, and a table for a mail merge."""

import csv
import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence

from segbook.grading.grades import Grade
from segbook.grading.roster import Roster
from segbook.grading.submissions import CANVAS, MOODLE
from segbook.grading.tables import neutral, number

STAMP = (2000, 1, 1, 0, 0, 0)  # the same pages, the same archive


def moodle_zip(grades: Sequence[Grade], pages: Sequence[str], roster: Roster | None) -> bytes | None:
    """Pack the pages under the names by which Moodle's "Upload multiple feedback files in a zip" finds students.

    Args:
        grades: One for each student.
        pages: Each student's page, in the same order.
        roster: The class's table; a worksheet has the numbers of students who handed in nothing.

    Returns:
        The archive; None if nobody of the roster has a number of Moodle's.
    """

    def name(grade: Grade) -> str:
        number = roster.number(grade.student) if roster and roster.lms == "moodle" else ""
        for one in reversed(grade.student.submissions):
            match = next(filter(None, map(MOODLE.match, one.name.split("/"))), None)
            if match and number in ("", match["id"]):  # else a partner handed it in
                return f"{match['name']}_{match['id']}_assignfeedback_file_feedback.html"
        label = re.sub(r"[_/\\]+", " ", grade.student.name)
        return f"{label}_{number}_assignfeedback_file_feedback.html" if number else ""

    return _zip(grades, pages, name)


def canvas_zip(grades: Sequence[Grade], pages: Sequence[str]) -> bytes | None:
    """Pack the pages under the names by which Canvas's "Upload Submissions" finds what they belong to.

    A page is attached to a file that its student handed in, so whoever handed in a link, a text or nothing gets none.

    Returns:
        The archive; None if nobody of the roster handed in a file by Canvas.
    """

    def name(grade: Grade) -> str:
        for one in reversed(grade.student.submissions):
            match = next(filter(None, map(CANVAS.fullmatch, one.name.split("/"))), None)
            if match and match["attachment"]:
                return f"{match.string[: match.end('attachment')]}_feedback.html"
        return ""

    return _zip(grades, pages, name)


def pages_zip(grades: Sequence[Grade], pages: Sequence[str]) -> bytes | None:
    """Pack the pages under their students' names, for a class that no LMS handed over.

    Returns:
        The archive; None if there is nobody.
    """
    called = [re.sub(r'[\x00-\x1f<>:"/\\|?*]+', " ", unicodedata.normalize("NFC", one.student.name)) for one in grades]
    called = [" ".join(name.split())[:80].strip(". ") or "student" for name in called]
    several = {name for name, count in Counter(map(str.casefold, called)).items() if count > 1}
    places = {
        id(grade): f"{name} {place}" if name.casefold() in several else name
        for place, (grade, name) in enumerate(zip(grades, called, strict=True), start=1)
    }
    return _zip(grades, pages, lambda grade: f"{places[id(grade)]}.html")


def mail_merge(grades: Sequence[Grade], folders: Sequence[str]) -> str:
    """Write a row for each student of the roster: name, address, points and where the page is.

    Args:
        grades: One for each student.
        folders: Where each student's page is.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("name", "email", "points", "possible", "status", "late", "page", "reason"))
    for grade, folder in zip(grades, folders, strict=True):
        if grade.student.listed:
            points = number(grade.earned)
            row = [grade.student.name, grade.student.email, points, number(grade.possible), str(grade.status)]
            writer.writerow(map(neutral, [*row, str(grade.lateness), f"{folder}/feedback.html", grade.reason]))
    return file.getvalue()


def _zip(grades: Sequence[Grade], pages: Sequence[str], name: Callable[[Grade], str]) -> bytes | None:
    named = {name(grade): page for grade, page in zip(grades, pages, strict=True) if grade.student.listed}
    named.pop("", None)
    if not named:
        return None
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for inner in sorted(named):
            archive.writestr(zipfile.ZipInfo(inner, STAMP), named[inner], zipfile.ZIP_DEFLATED)
    return file.getvalue()
