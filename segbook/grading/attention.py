"""Whom an instructor should look at, and why: the same facts for the report, the tables and the terminal."""

import re
import sys
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from segbook.grading.grades import Grade
from segbook.grading.status import Status
from segbook.grading.times import in_words

NO_NAME = re.compile(r"NameError: name '(\w+)' is not defined")
IMPORTED = sys.stdlib_module_names | {"np", "numpy", "torch", "nn", "F", "plt", "check"}  # else it is misspelt
NAMED = 5  # students in a line of the terminal
LONG = 120  # characters of a reason there
UNTOUCHED = "untouched: no function was filled in"


class Look(NamedTuple):
    """Something to look at: what it is, and why in a sentence, if more is known."""

    what: str
    why: str = ""


def looks(grade: Grade) -> list[Look]:
    """List what is to be looked at of a student."""
    reason = "; ".join(filter(None, (grade.reason, grade.status.remedy)))
    found = [] if grade.status is Status.OK else [Look(str(grade.status), reason)]
    found += [Look(f"late ({late_in_words(grade)})")] if grade.late else []
    found += [] if grade.student.listed else [Look(*grade.student.why_uncredited)]
    found += [Look("overridden")] if any(mark.override and not mark.by_hand for mark in grade.marks) else []
    found += [Look(UNTOUCHED, _perhaps(grade))] if is_untouched(grade) else []
    found += [Look("more points in another file", more)] if (more := _more(grade)) else []
    return [*found, *_on_answers(grade)]


def in_a_line(grade: Grade) -> tuple[str, str]:
    """Write what is to be looked at, and all that is known of why."""
    found = looks(grade)
    return ", ".join(one.what for one in found if one.what), "; ".join(
        dict.fromkeys(one.why for one in found if one.why)
    )


def in_the_terminal(grades: Sequence[Grade]) -> list[str]:
    """Say which totals lack something that the table of points does not show: a line for each kind."""
    lines = []
    kinds = {
        "partly lost, counted as 0 where nothing came": [(one, _lost(one)) for one in grades],
        "not started, counted as 0": [(one, _not_started(one)) for one in grades],
        "fails in every case": [(one, _always(one)) for one in grades],
        "a name is missing": [(one, _missing_names(one)) for one in grades],
        "more points in another file than in the one that counts": [(one, _more(one)) for one in grades],
        UNTOUCHED: [(one, "-") for one in grades if is_untouched(one)],
    }
    for kind, of in kinds.items():
        said = [one.student.name + (f" ({_short(why)})" if why != "-" else "") for one, why in of if why]
        if said:
            more = f"; and {len(said) - NAMED} more, see report.html" if len(said) > NAMED else ""
            lines.append(f"{kind}: {'; '.join(said[:NAMED])}{more}")
    return lines


def _short(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:LONG]}…"


def is_untouched(grade: Grade) -> bool:
    """Tell a template that was handed in as it was given out."""
    results = [mark.result for mark in grade.marks if not mark.by_hand]
    stubs = [one for one in results if one and one.status is Status.OK and not one.started]
    return bool(stubs) and all(one and not one.started for one in results)


def late_in_words(grade: Grade) -> str:
    """Say by how much work came late, or else who says that it did."""
    if by := grade.lateness.by:
        return f"handed in {in_words(by)} after the deadline"
    said = {"canvas": "LATE in Canvas", "moodle": "late in Moodle"}
    return next((said[one.owner.lms] for one in grade.student.submissions if one.owner.late), "after the deadline")


def _on_answers(grade: Grade) -> list[Look]:
    """List answers that are not there, or have one fault in all cases, with where else an answer may be."""
    without = [mark.id for mark in grade.marks if mark.is_not_started] if not is_untouched(grade) else []
    found = [Look(f"partly lost: {', '.join(mark.id for mark in grade.lost)}", lost)] if (lost := _lost(grade)) else []
    found += [Look(f"not started: {', '.join(without)}")] if without else []
    found += [Look("", _perhaps(grade))] if found else []
    found += [Look("fails in every case", always)] if (always := _always(grade)) else []
    return found + ([Look("a name is missing", names)] if (names := _missing_names(grade)) else [])


def _not_started(grade: Grade) -> str:
    """Say which answers are still empty stubs, and where else they may be."""
    ids = [mark.id for mark in grade.marks if mark.is_not_started]
    return "; ".join(filter(None, (", ".join(ids), _perhaps(grade)))) if ids and not is_untouched(grade) else ""


def _perhaps(grade: Grade) -> str:
    """Say where the answers of somebody who seems to have none may be."""
    names = [name for file in grade.files if file.counts for name in file.unchecked]
    beside = [PurePosixPath(name).name for one in grade.student.submissions for name in one.beside]
    said = {"functions that nobody checked": names, "also handed in": [*dict.fromkeys(beside)]}
    return "; ".join(f"{what}: {', '.join(several)}" for what, several in said.items() if several)


def _always(grade: Grade) -> str:
    """Say which answers failed in every case for one reason; a name that is missing is said elsewhere."""
    found: dict[str, list[str]] = {}
    for mark in grade.marks:
        always = mark.result.always if mark.result and not mark.override else ""
        if always and not NO_NAME.match(always):
            found.setdefault(always, []).append(mark.id)
    return "; ".join(f"{', '.join(ids)}: {always}" for always, ids in found.items())


def _lost(grade: Grade) -> str:
    """Say which answers are missing or did not come back, where others count."""
    lost = grade.lost if grade.status.is_graded else []
    return "; ".join(f"{mark.id}: {mark.result.reason if mark.result else mark.status.meaning}" for mark in lost)


def _more(grade: Grade) -> str:
    """Say which answers earned more in a file that does not count for them."""
    said = []
    for mark in grade.marks:
        if mark.more and not mark.override:
            (name, points), last = mark.more, PurePosixPath(mark.submission).name
            said.append(f"{mark.id}: {points:g} in {PurePosixPath(name).name}, {mark.earned:g} in {last}, which counts")
    return "; ".join(said)


def _missing_names(grade: Grade) -> str:
    """Say which names answers that fell short found undefined: np where its import was deleted, or a slip."""
    found: dict[str, list[str]] = {}
    for mark in grade.marks:
        one = mark.result
        if one and one.earned < one.possible and not mark.override:
            for name in dict.fromkeys(NO_NAME.findall(f"{one.reason} {one.feedback.message}")):
                found.setdefault(name, []).append(mark.id)
    imported, others = "was the cell with its import deleted?", "is it misspelt, or its cell deleted?"
    return "; ".join(
        f"{name} in {', '.join(ids)}: {imported if name in IMPORTED else others}" for name, ids in found.items()
    )
