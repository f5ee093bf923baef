"""What the learner sees: the same few facts as plain text and as HTML, which shows arrays as pictures, too.

Whatever comes from the learner's code is escaped in HTML and shortened in both. Values are shown only where their text
is ours to choose: a learner's own `__repr__` is never called, so no address and no markup slips in.
"""

import inspect
import re
import reprlib
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from segbook.exercises.comparing import SEQUENCES, as_array, differs, is_float
from segbook.exercises.declaration import Case
from segbook.exercises.judging import Failure, Verdict
from segbook.exercises.picture import Panel, draw, largest

MAX_ROWS = 6
MAX_MASK = 16, 60  # rows and columns of a mask in letters
MAX_CALL = 72  # characters in a line
MAX_ENTRIES = 24  # of an array that can be copied; twice as many truths
MAX_MAP = 100  # entries of a map that can be copied, where each of its rows fits into a line
MAX_TRUTHS = 8  # written as True and False; more are letters
MAX_CELLS = 1000  # of a case whose answers are only scored
MASK = re.compile(r"(?:[.#]+…?\n\s*){2,}(?:…\n\s*)?\(# is True\)")
"""A mask of several rows in letters."""
PLAIN_TYPES = (bool, int, float, complex, str)


@dataclass(frozen=True, repr=False)
class Feedback:
    """What `check` says about an answer.

    Args:
        heading: The exercise and its points.
        marks: One (mark, group, points) per group: ✓ earned, ✗ lost, ○ not started.
        message: What was seen, in a sentence or two.
        evidence: The failing call with the expected and the given result, laid out in lines.
        picture: The maps and signals of the failing case in HTML.
        hint: The hint of the misconception that was recognised.
        note: Advice that costs no points.
        standing: The number of the attempt and the chapter's points so far.
    """

    heading: str
    marks: tuple[tuple[str, str, str], ...] = ()
    message: str = ""
    evidence: str = ""
    picture: str = ""
    hint: str = ""
    note: str = ""
    standing: str = ""

    def __repr__(self) -> str:
        width = max((len(group) for _, group, _ in self.marks), default=0)
        heading = [self.heading, *(f"  {mark} {group:<{width}}  {points}" for mark, group, points in self.marks)]
        hint = self.hint and f"Hint: {self.hint}"
        note = self.note and f"Note: {self.note}"
        paragraphs = ["\n".join(heading), self.message, textwrap.indent(self.evidence, "  "), hint, note, self.standing]
        return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)

    def _repr_html_(self) -> str:
        marks = "".join(f"<li>{mark} {escape(group)}: {escape(points)}</li>" for mark, group, points in self.marks)
        hint = f"<strong>Hint.</strong> {escape(self.hint)}"
        note = f"<strong>Note.</strong> {escape(self.note)}"
        return (
            # Borders take the text's own colour, and nothing has a background: it reads on light and on dark pages.
            '<div style="border:1px solid currentColor;border-radius:6px;padding:.7em 1em;max-width:52em">'
            f"<div><strong>{escape(self.heading)}</strong></div>"
            + (f'<ul style="list-style:none;margin:.4em 0;padding:0">{marks}</ul>' if marks else "")
            + (f'<p style="margin:.6em 0 0">{escape(self.message)}</p>' if self.message else "")
            + (
                _pre(MASK.sub("(a mask, drawn below)", self.evidence) if self.picture else self.evidence)
                * bool(self.evidence)
            )
            + self.picture
            + (f'<p style="margin:.6em 0 0;border-left:3px solid;padding-left:.7em">{hint}</p>' if self.hint else "")
            + (f'<p style="margin:.6em 0 0">{note}</p>' if self.note else "")
            + (f'<p style="margin:.6em 0 0;opacity:.8">{escape(self.standing)}</p>' if self.standing else "")
            + "</div>"
        )


@dataclass(frozen=True, repr=False)
class Solution:
    """The source of a reference solution, shown as code."""

    source: str

    def __repr__(self) -> str:
        return self.source

    def _repr_html_(self) -> str:
        return _pre(self.source)


def explain(verdict: Verdict) -> Feedback:
    """Say a verdict in words."""
    exercise = verdict.exercise
    heading = f"{exercise.id} {exercise.title}: "
    if not verdict.started:
        return Feedback(
            heading=f"{heading}not started yet",
            marks=tuple(("○", result.group, f"0 of {result.points}") for result in verdict.results),
            message=f"Write the body of {exercise.name} in place of the ... and check it again.",
        )
    failure = verdict.failure
    return Feedback(
        heading=f"{heading}{verdict.earned} of {verdict.possible} points",
        marks=tuple(
            ("✗" if result.failure else "✓", result.group, f"{result.earned} of {result.points}")
            for result in verdict.results
        ),
        message=_message(failure) if failure else f'Right. To compare, solution("{exercise.id}") shows ours.',
        evidence=_evidence(exercise.name, failure) if failure else "",
        picture=draw(_panels(exercise.solution, failure)) if failure and not _is_too_much(failure.case) else "",
        hint=verdict.misconception.hint if verdict.misconception else "",
        note=_note(verdict),
    )


def _note(verdict: Verdict) -> str:
    mutates = "Your function changes the arrays it is given; work on a copy." if verdict.mutates else ""
    # Where a fraction came back, the message has said so already.
    value = verdict.failure.outcome.value if verdict.failure else 0
    noted = verdict.floats and not (is_float(value) and value % 1)
    floats = "Your function returns a float, such as 2.0; a count or a size is an int: 2." if noted else ""
    return " ".join(filter(None, (mutates, floats)))


def _message(failure: Failure) -> str:
    if failure.case.accepts is not None and not failure.outcome.error:
        return failure.problem  # a score: there is no smallest case
    return f"The smallest case that fails is in the group {failure.case.group}. {failure.problem}"


def _evidence(name: str, failure: Failure) -> str:
    if _is_too_much(failure.case):
        return ""
    values = [failure.expected] if failure.outcome.error else [failure.expected, failure.outcome.value]
    letters = any(type(value) is np.ndarray and value.size > MAX_TRUTHS for value in values)  # both masks alike
    rows = [
        f"{what:<8}  {_shown(value, MAX_TRUTHS * (not letters))}"
        for what, value in zip(("expected", "got"), values, strict=False)
    ]
    # Arrays of several lines hang below their first bracket.
    return "\n".join([_call(name, failure.case), *(row.replace("\n", "\n" + " " * len("expected  ")) for row in rows)])


def _is_too_much(case: Case) -> bool:
    """Tell a case of an open exercise whose arrays say nothing: there is no single right answer to compare with."""
    return case.accepts is not None and any(
        isinstance(value, np.ndarray) and value.size > MAX_CELLS for value in (*case.args, *case.options.values())
    )


def _panels(solution: Callable[..., Any], failure: Failure) -> list[Panel]:
    """Show the maps that the answer was given, and what was expected, what came and how they differ."""
    case, expected, value = failure.case, failure.expected, failure.outcome.value
    named = {**dict(zip(inspect.signature(solution).parameters, case.args, strict=False)), **case.options}
    given = [(name, value) for name, value in named.items() if isinstance(value, np.ndarray) and value.ndim > 1]
    panels = [Panel(name, value) for name, value in given]
    if not isinstance(expected, np.ndarray):
        return panels
    scale = largest(expected)
    panels.append(Panel("expected", expected, scale))
    got = None if failure.outcome.error else as_array(value) if type(value) in (*SEQUENCES, np.ndarray) else None
    if got is None or got.dtype.kind not in "bfiu":
        return panels
    panels.append(Panel("got", got, scale))
    if got.shape == expected.shape and (got.dtype.kind == "b") == (expected.dtype.kind == "b"):
        with np.errstate(all="ignore"):
            difference = got != expected if got.dtype.kind == "b" else got.astype(float) - expected
        panels.append(Panel("difference", difference, marked=differs(expected, got)))
    return panels


def _call(name: str, case: Case) -> str:
    """Write a call that can be copied into a cell, as long as its arrays are short; a long one in several lines."""
    args = [_argument(value) for value in case.args]
    options = [f"{option}={_argument(value)}" for option, value in case.options.items()]
    call = f"{name}({', '.join(args + options)})"
    if len(call) <= MAX_CALL and "\n" not in call:
        return call
    lines = [textwrap.indent(argument, "    ") + "," for argument in args + options]
    return "\n".join([f"{name}(", *lines, ")"])


def _argument(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.dtype.kind == "b" and value.size <= 2 * MAX_ENTRIES:
        return f"np.array({value.astype(int).tolist()}, bool)"
    if isinstance(value, np.ndarray) and value.size <= MAX_ENTRIES:
        return f"np.array({value.tolist()})".replace("inf", "np.inf")
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu" and value.ndim == 2 and value.size <= MAX_MAP:
        text = np.array2string(value, separator=", ", prefix="np.array(", threshold=MAX_MAP, floatmode="unique")
        if len(text.splitlines()) == len(value):
            return f"np.array({text})".replace("inf", "np.inf")
    return repr(value) if type(value) is float else _shown(value)  # as exact as it is


def _shown(value: Any, truths: int = 8) -> str:
    """Shorten a value to a few lines, a mask of more than so many truths to letters; an unknown object to its type."""
    if type(value) is float or isinstance(value, np.floating):
        return repr(float(f"{float(value):.12g}"))  # 0.7, where the sum of some tenths is 0.7000000000000001
    if value is None or type(value) in PLAIN_TYPES:
        try:
            return reprlib.repr(value)
        except ValueError:  # Python refuses to write integers of more than 4300 digits
            return "a very large int"
    if isinstance(value, np.integer | np.bool_):
        return str(value)
    if type(value) in SEQUENCES:
        return _shown_sequence(value, truths)
    if type(value) is np.ndarray and value.dtype.kind == "b" and value.size > truths and value.ndim:
        return _mask(value)
    if type(value) is np.ndarray and value.dtype.kind in "biufc":
        text = np.array2string(value, precision=4, threshold=60, edgeitems=2, max_line_width=88)
        rows = text.splitlines()
        return text if len(rows) <= MAX_ROWS else "\n".join([*rows[: MAX_ROWS - 1], "…"])
    return f"(a value of type {type(value).__name__[:60]})"


def _shown_sequence(value: Any, truths: int) -> str:
    """Show a list or tuple as the array that it stands for, or what is in it, if that is plain."""
    name = type(value).__name__
    array = as_array(value)
    if array is not None:
        text = _shown(array, truths)
        return f"{text}\n(a {name})" if "\n" in text else f"{text} (a {name})"
    if _is_plain(value, reprlib.aRepr.maxlevel):
        return f"{reprlib.repr(value)} (a {name})"
    return f"(a value of type {name})"


def _is_plain(value: Any, depth: int) -> bool:
    """Tell whether reprlib meets nothing but Python's own values in the beginning of a list or tuple."""
    if type(value) in (list, tuple):
        return depth > 0 and all(_is_plain(item, depth - 1) for item in value[: reprlib.aRepr.maxlist])
    return value is None or type(value) in (bool, float, str) or (type(value) is int and value.bit_length() < 1000)


def _mask(mask: np.ndarray) -> str:
    """Write a mask in letters, a row of it in each line."""
    rows, columns = MAX_MASK
    grid = mask.reshape(-1, mask.shape[-1])
    lines = [
        "".join(".#"[value] for value in row[:columns]) + "…" * (len(row) > columns) for row in grid[:rows].tolist()
    ]
    return "\n".join([*lines, *["…"] * (len(grid) > rows), "(# is True)"])


def _pre(text: str) -> str:
    style = "margin:.6em 0 0;padding:0;border:0;background:none;color:inherit;overflow-x:auto"
    return f'<pre style="{style}">{escape(text)}</pre>'
