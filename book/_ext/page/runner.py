"""Run what was written in the page: the one module that Pyodide gets besides the book's own.

`run` executes an answer and hands the exercise's function to `check`; `run_cell` executes a cell of a chapter. Both say
everything in one JSON text, because text crosses from Python to the page without a copy that somebody must free. What
is printed is told while it happens, too.
"""

import ast
import json
import linecache
import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from dataclasses import replace
from io import StringIO

import numpy as np

from segbook import exercises

FILE, CELL = "<your answer>", "<this cell>"  # what tracebacks call the editor's text
MOST = 20_000  # printed characters that the page shows

ONLY_NUMPY = "The page has Python and NumPy. Code that needs another package runs in Colab or on your computer."
NOT_ALLOWED = (
    "In this exercise only NumPy and Python's standard library are allowed, here and when a class is graded. Write "
    "yourself what you need of {package}."
)
NOT_HERE = (
    "This exercise allows {package}, but the page's Python has only NumPy. Solve it in NumPy here, or with {package} "
    "in Colab or on your computer."
)

Tell = Callable[[str], object]


def run(id: str, source: str, tell: Tell = lambda text: None) -> str:
    """Execute an answer and check it; never raises.

    Args:
        id: The exercise, such as "6.3".
        source: What stands in the editor: the function and whatever else the learner wrote.
        tell: Gets each piece of text as it is printed.

    Returns:
        JSON: `html`, what `check` says; `printed`; `error`, a traceback that begins in the learner's own lines;
        `note`, a sentence on it; `line` and `column` of a syntax error, from 1; `full`, whether all points are earned.
    """
    said, raised = {"html": "", "full": False}, None
    _remember(FILE, source)
    printed = _Printed(tell)
    with redirect_stdout(printed), redirect_stderr(printed):
        try:
            answer = _function(exercises.get(id).name, source)
        except BaseException as error:  # exit() must not end the page's Python
            raised = error
        else:
            feedback = exercises.check(id, answer)
            marks = {mark for mark, *_ in feedback.marks}
            said = {"html": _in_page(id, feedback)._repr_html_(), "full": marks == {"✓"}}
            if callable(answer) and not said["full"]:
                with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                    raised = _raised(id, answer)
    told = _told(FILE, printed, raised)
    return json.dumps(said | told | {"note": _advice(raised, exercises.get(id).allows)})


def run_cell(before: str, source: str, tell: Tell = lambda text: None, names: dict | None = None) -> str:
    """Execute a cell after what it needs of the cells above it, and show its last value as a notebook does.

    Args:
        before: The code of those cells; what it prints is not shown.
        source: What stands in the editor.
        tell: Gets each piece of text as it is printed.
        names: Where the cell finds and leaves its names; fresh, if None.

    Returns:
        JSON: `printed`, `error`, `note`, `line` and `column`, as `run` says them.
    """
    _remember(CELL, source)
    printed, raised = _Printed(tell), None
    names = {"__name__": "__main__"} if names is None else names
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            exec(compile(before, "<cells above>", "exec"), names)
        with redirect_stdout(printed), redirect_stderr(printed):
            tree = ast.parse(source, CELL)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, CELL, "exec"), names)
            value = eval(compile(ast.Expression(last.value), CELL, "eval"), names) if last else None
            if value is not None:
                print(repr(value))
    except BaseException as error:
        raised = error
    return json.dumps(_told(CELL, printed, raised))


def _in_page(id: str, feedback: exercises.Feedback) -> exercises.Feedback:
    """Say it as the page does: it has a button for the solution, and its list keeps what is solved when Python ends."""
    shown = feedback.message.replace(f'solution("{id}") shows ours', "the button Solution shows ours")
    return replace(feedback, standing="", message=shown)


def _remember(file: str, source: str) -> None:
    """Let tracebacks quote the editor's lines."""
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)


def _told(file: str, printed: "_Printed", raised: BaseException | None) -> dict:
    """Say what was printed and what was raised, and where."""
    said = {"printed": printed.text(), "error": "", "note": "", "line": 0, "column": 0}
    if isinstance(raised, SyntaxError) and raised.filename == file:
        said |= {"line": raised.lineno or 0, "column": raised.offset or 0}
    if raised is not None:
        said |= {"error": _traceback(raised, file), "note": ONLY_NUMPY if isinstance(raised, ImportError) else ""}
    return said


def _function(name: str, source: str):
    """Execute the source as the notebook does, after its first cell; give back the function of the exercise's name."""
    offered = {one: getattr(exercises, one) for one in ("check", "hint", "progress", "solution")}
    namespace = {"__name__": "__main__", "np": np, **offered}
    tree = ast.parse(source, FILE)
    tree.body = [statement for statement in tree.body if not _checks(statement, name)]
    exec(compile(tree, FILE, "exec"), namespace)
    if name not in namespace:
        raise NameError(f"your code defines no {name}; the checker finds your answer by that name, so keep it")
    return namespace[name]


def _checks(statement: ast.stmt, name: str) -> bool:
    """Tell the last line of a notebook's cell, check("6.3", name), which Run would do a second time."""
    match statement:
        case ast.Expr(ast.Call(ast.Name("check"), [_, ast.Name(called)])):
            return called == name
    return False


def _advice(raised: BaseException | None, allows: tuple[str, ...]) -> str:
    """Say what to do without a package that is missing: an exercise allows few, in Colab and in the grader, too."""
    package = (raised.name or "").partition(".")[0] if isinstance(raised, ModuleNotFoundError) else ""
    if not package or package == "numpy" or package in sys.stdlib_module_names:
        return ""
    return (NOT_HERE if package in allows else NOT_ALLOWED).format(package=package)


def _raised(id: str, answer) -> BaseException | None:
    """Call the answer once more on the case that `check` shows, if it raised there, and catch the error itself."""
    failure = exercises.judge(exercises.get(id), answer, exercises.SEED).failure
    if failure is None or not failure.outcome.error:
        return None
    try:
        answer(*deepcopy(failure.case.args), **deepcopy(dict(failure.case.options)))
    except BaseException as error:
        return error
    return None


def _traceback(error: BaseException, file: str) -> str:
    """Write a traceback without the frames above the learner's own."""
    told = traceback.TracebackException.from_exception(error)
    frames = list(told.stack)
    own = next((n for n, frame in enumerate(frames) if frame.filename == file), len(frames))
    told.stack = traceback.StackSummary.from_list(frames[own:])
    return "".join(told.format() if own < len(frames) else told.format_exception_only()).rstrip()[:MOST]


class _Printed(StringIO):
    """Keeps and tells the first characters that are printed, and knows that there were more."""

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        self.tell_page = tell
        self.more = False

    def write(self, text: str) -> int:
        shown = text[: max(MOST - self.tell(), 0)]
        self.more |= len(text) > len(shown)
        if shown:
            super().write(shown)
            self.tell_page(shown)
        return len(text)

    def text(self) -> str:
        return self.getvalue() + ("\n… (the page shows no more)" if self.more else "")
