"""Pages to read: one for each student, one for the class.

Everything from a submission is escaped, and no page may load or run anything.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from math import ceil
from pathlib import PurePosixPath
from urllib.parse import quote

from segbook.exercises import Feedback
from segbook.grading.attention import in_a_line, late_in_words
from segbook.grading.charts import bars, histogram, picture
from segbook.grading.grades import Grade, Mark
from segbook.grading.similarity import Pair
from segbook.grading.status import Status

MAX_ROWS = 20  # of one student, of files and of cells
MAX_FAILURES, MAX_CELLS = 50, 5  # of a class: messages, and cells that each names
STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem; }
section { margin: 1.4rem 0; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid #8a8f98; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; background: white; border-radius: 6px; }
.bar { display: block; height: .8rem; margin-top: .35rem; background: #0072b2; }
.status { border: 1px solid currentColor; border-radius: 4px; padding: 0 .4em; }
"""
FAILED = """
<p>An error ends its cell, as in Jupyter. What the cell defined before it counts; a function, a class, an import or a
plain value below it counts where nothing else in the notebook has its name, or only an empty stub.</p>
"""
HAND_IN = "If you have a notebook with your answers, hand in that file: its name ends in .ipynb"
ALIKE = """
Names, comments, and the order of lines and operands do not count; nor do lines that the exercise gives away. A line
tells the more, the fewer have it; n bits mean that chance makes one pair in 2<sup>n</sup> so alike. That is no proof:
two who learned together, or found the same page, write alike as well. Read both before you ask. No points change.
"""
REPEATED = """
These answers have nearly the lines of the reference, and no others; names, comments and order do not count. Only
references of at least five different lines are looked for. Who read <code>solution</code> first and then wrote it
down is here as well as who pasted it. No points change.
"""


def feedback_page(grade: Grade, title: str) -> str:
    """Write what a student gets to read."""
    total = "not graded" if grade.so_far is None else f"{grade.so_far:g} of {grade.possible:g} points"
    total += " so far" if grade.earned is None and grade.so_far is not None else ""
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{escape(grade.student.name)}: <strong>{total}</strong></p>"]
    if grade.status is not Status.OK:
        meaning, reason = grade.status.meaning, grade.reason
        said = f"{meaning}. {reason}" if grade.status.is_graded else f"{meaning}: {reason}"
        advice = f". {HAND_IN}" if grade.status in (Status.UNREADABLE, Status.MISSING) else ""
        parts.append(_notice(str(grade.status), said + advice))
    if grade.status.is_graded and grade.lost:
        ids = ", ".join(mark.id for mark in grade.lost)
        parts.append(_notice("not complete", f"no whole answer came of {ids}; what is missing counts as 0"))
    if grade.late:
        parts.append(_notice("late", late_in_words(grade)))
    if not grade.sandbox:
        parts.append(_notice("no sandbox", "graded without isolation"))
    parts += [f"<section>{_exercise(mark, grade)}</section>" for mark in grade.marks]
    if grade.files:
        parts += ["<h2>What you handed in</h2>", _files([grade]), *_failed(grade)]
    if any(file.ran for file in grade.files):
        version = ".".join(map(str, sys.version_info[:2]))
        parts.append(f"<p>Python {version} ran the notebook from its first cell to its last.</p>")
    return _page(f"{title}: {grade.student.name}", parts)


def class_report(grades: Sequence[Grade], title: str, warnings: Sequence[str] = (), folders: Sequence[str] = ()) -> str:
    """Write what the instructor gets to read: results, their distribution, common mistakes, and who needs a look.

    Args:
        grades: One for each student.
        title: The assignment.
        warnings: What was said before anybody was graded.
        folders: Where each student's page is, beside the report.
    """
    listed = [grade for grade in grades if grade.student.listed]
    graded = [grade for grade in listed if grade.so_far is not None and not grade.undecided]
    open_ones = sum(grade.is_open for grade in graded)
    more = f", {open_ones} of them still to be marked by hand" if open_ones else ""
    parts = [f"<h1>{escape(title)}: the class</h1>", f"<p>{len(listed)} students, {len(graded)} graded{more}.</p>"]
    if len(listed) < len(grades):
        beside = f"{len(grades) - len(listed)} more handed in, to whom no student on the roster belongs"
        parts.append(f"<p>{beside}. They are listed below and count in no number.</p>")
    if not all(grade.sandbox for grade in grades):
        parts.append(_notice("no sandbox", "some submissions were graded without isolation"))
    if warnings:
        said = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
        parts.append(f"<h2>Warnings</h2><ul>{said}</ul>")
    if graded:
        parts += ["<h2>Points</h2>", _points(graded), "<h2>Exercises</h2>", _exercises(graded)]
        parts += ["<h2>Commonest misconceptions</h2>", _misconceptions(graded)]
    parts += ["<h2>To look at</h2>", _attention(grades, folders)]
    several = [grade for grade in grades if len(grade.files) > 1]
    if several:
        parts += ["<h2>Several files</h2>", _files(several)]
    parts += _failed_together(grades)
    if folders:
        rows = [_row([_points_of(one)], before=_link(one, folder)) for one, folder in zip(grades, folders, strict=True)]
        parts += ["<h2>Everybody</h2>", f"<table><tr><th>page</th><th>points</th></tr>{''.join(rows)}</table>"]
    return _page(f"{title}: the class", parts)


def similarity_page(
    pairs: Sequence[Pair], title: str, count: int, copies: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Write which pairs of submissions an instructor should read side by side, and why; then who wrote the reference.

    Args:
        pairs: The most telling first.
        title: The assignment.
        count: How many students there are.
        copies: By student, the exercises whose answer repeats the reference.
    """
    found = f"{len(pairs)} pair{'s' if len(pairs) != 1 else ''} to read side by side" if pairs else "No pair stands out"
    parts = [f"<h1>{escape(title)}: similar answers</h1>", f"<p>{found}, of {count} students.</p>", f"<p>{ALIKE}</p>"]
    for pair in pairs:
        parts.append(f"<h2>{escape(' and '.join(pair.names))}: {pair.bits:.0f} bits</h2>")
        for id, lines in pair.lines.items():
            head = f"<tr><th>{escape(pair.names[0])}</th><th>{escape(pair.names[1])}</th></tr>"
            rows = "".join(_row(written, "") for written in lines[:MAX_ROWS])
            more = f"<p>and {len(lines) - MAX_ROWS} more</p>" if len(lines) > MAX_ROWS else ""
            parts.append(f"<h3>{escape(id)}: {len(lines)} lines in common</h3><table>{head}{rows}</table>{more}")
    if copies:
        rows = "".join(_row((name, ", ".join(ids)), "") for name, ids in copies.items())
        parts.append(f"<h2>Answers that repeat the reference</h2><p>{REPEATED}</p><table>{rows}</table>")
    return _page(f"{title}: similar answers", parts)


def _exercise(mark: Mark, grade: Grade) -> str:
    if mark.by_hand:
        points = "not marked yet" if mark.is_open else f"{mark.earned:g} of {mark.possible:g} points"
        return Feedback(f"{mark.id}: {points}", message=mark.override)._repr_html_()
    if mark.override:
        heading = f"{mark.id} {mark.title}: {mark.earned:g} of {mark.possible:g} points"
        return Feedback(heading, message=f"Changed by the instructor: {mark.override}")._repr_html_()
    if not mark.result:
        return Feedback(f"{mark.id}: {mark.status.meaning}")._repr_html_()
    if mark.status is Status.UNREADABLE and mark.result.reason == grade.reason:  # it stands above, once
        return Feedback(mark.result.feedback.heading)._repr_html_()
    stopped = mark.status not in (Status.OK, Status.MISSING, Status.UNREADABLE)
    notices = _notice(str(mark.status), mark.result.reason) if stopped else ""
    said = notices + mark.result.feedback._repr_html_()
    if mark.penalty:
        said += _notice("late", f"{100 * mark.penalty:g} % taken off: {mark.earned:g} points are left")
    return said


def _points(graded: Sequence[Grade]) -> str:
    totals = [grade.so_far for grade in graded if grade.so_far is not None]
    possible = graded[0].possible
    mean = sum(totals) / len(totals)
    middle = sorted(totals)[len(totals) // 2]
    sentence = f"Mean {mean:.1f} and median {middle:g} of {possible:g} points."
    return f"<p>{sentence}</p>{picture(histogram(totals, possible), f'Students by points. {sentence}')}"


def _exercises(graded: Sequence[Grade]) -> str:
    rows, shares = [], {}
    for place, mark in enumerate(graded[0].marks):
        marks = [grade.marks[place] for grade in graded]
        answered = [one for one in marks if (one.result and one.result.started) or one.is_decided]
        full = sum(one.before_penalty >= one.possible for one in answered)
        mean = sum(one.before_penalty for one in answered) / max(1, len(answered))
        shares[mark.id] = [
            sum(int(one.before_penalty) == points for one in answered) for points in range(ceil(mark.possible) + 1)
        ]
        title = next((one.title for one in marks if one.title), "")
        without = sum(one.is_not_started or (one.status is Status.MISSING and not one.is_open) for one in marks)
        cells = [f"{mark.id} {title}", str(len(answered)), str(without), f"{mean:.2f} of {mark.possible:g}", str(full)]
        rows.append(_row(cells))
    head = "<tr><th>exercise</th><th>answered</th><th>not started</th><th>mean</th><th>full marks</th></tr>"
    alt = "Share of students by points, for each exercise; the table above has the numbers."
    is_cut = any(mark.penalty for grade in graded for mark in grade.marks)
    said = "<p>Here, points are those before the penalty for late work.</p>" if is_cut else ""
    return f"{said}<table>{head}{''.join(rows)}</table>{picture(bars(shares), alt)}"


def _misconceptions(graded: Sequence[Grade]) -> str:
    found = Counter(
        (mark.id, mark.result.misconception)
        for grade in graded
        for mark in grade.marks
        if mark.result and mark.result.misconception
    )
    if not found:
        return "<p>None was recognised.</p>"
    commonest = found.most_common(20)
    most = commonest[0][1]
    rows = [
        _row([id, name, str(count)], f'<td><span class="bar" style="width: {12 * count / most:.1f}rem"></span></td>')
        for (id, name), count in commonest
    ]
    return f"<table><tr><th>exercise</th><th>misconception</th><th>students</th><th></th></tr>{''.join(rows)}</table>"


def _attention(grades: Sequence[Grade], folders: Sequence[str]) -> str:
    rows = []
    for place, grade in enumerate(grades):
        what, why = in_a_line(grade)
        if what:
            rows.append(_row([what, why], before=_link(grade, folders[place] if folders else "")))
    if not rows:
        return "<p>Nobody: all work came in time, was graded, and has an answer to everything.</p>"
    return f"<table><tr><th>student</th><th>what</th><th>why</th></tr>{''.join(rows)}</table>"


def _files(grades: Sequence[Grade]) -> str:
    """List files, and what came of each."""
    rows = []
    for grade in grades:
        for file in grade.files[:MAX_ROWS]:
            counts = f"counts: {file.why}" if file.why else "counts"
            others = " and ".join(PurePosixPath(one.name).name for one in grade.files if one.counts) or "another file"
            other = f"{others} {'count' if ' and ' in others else 'counts'}"
            said = f"not graded: {file.problem}" if file.problem else counts if file.counts else other
            rows.append(_row([grade.student.name, file.name, said]))
    return f"<table><tr><th>student</th><th>file</th><th></th></tr>{''.join(rows)}</table>"


def _failed(grade: Grade) -> list[str]:
    """List the cells that failed, of a student's files that count."""
    failed = [file for file in grade.files if file.counts and file.errors]
    if not failed:
        return []
    parts = ["<h2>Cells that failed</h2>", FAILED]
    for file in failed:
        rows = "".join(f"<li>{escape(error)}</li>" for error in file.errors[:MAX_ROWS])
        parts.append((f"<p>{escape(file.name)}</p>" if len(grade.files) > 1 else "") + f"<ul>{rows}</ul>")
    return parts


def _failed_together(grades: Sequence[Grade]) -> list[str]:
    """List what made cells fail, of the files that count: the commonest first, each with whose cells these were."""
    where: dict[str, dict[str, None]] = {}
    for grade in grades:
        for error in (error for file in grade.files if file.counts for error in file.errors):
            cell, _, said = error.partition(": ")
            where.setdefault(said, {})[f"{grade.student.name} ({cell})"] = None
    if not where:
        return []
    rows = []
    for said, cells in sorted(where.items(), key=lambda one: -len(one[1]))[:MAX_FAILURES]:
        more = f" and {len(cells) - MAX_CELLS} more" if len(cells) > MAX_CELLS else ""
        rows.append(_row([said, str(len(cells)), "; ".join([*cells][:MAX_CELLS]) + more]))
    head = "<tr><th>what happened</th><th>cells</th><th>whose</th></tr>"
    left = f"<p>and {len(where) - MAX_FAILURES} more, on the students' pages</p>" if len(where) > MAX_FAILURES else ""
    return ["<h2>Cells that failed</h2>", FAILED, f"<table>{head}{''.join(rows)}</table>{left}"]


def _row(cells: Sequence[str], more: str = "", before: str = "") -> str:
    return f"<tr>{before}" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + f"{more}</tr>"


def _link(grade: Grade, folder: str) -> str:
    """A cell with a student's name, which leads to the student's page where that is known."""
    name = escape(grade.student.name)
    return f'<td><a href="{quote(folder)}/feedback.html">{name}</a></td>' if folder else f"<td>{name}</td>"


def _points_of(grade: Grade) -> str:
    return f"{grade.so_far:g} of {grade.possible:g}" if grade.so_far is not None else str(grade.status)


def _notice(label: str, text: str) -> str:
    return f'<p><span class="status">{escape(label)}</span> {escape(text)}</p>'


def _page(title: str, parts: Sequence[str]) -> str:
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</html>\n"
    )
