"""Run an answer that was written in the page: the one module that Pyodide gets besides `segbook.exercises`.

`run` executes what stands in the editor, hands the exercise's function to `check` and says everything in one JSON
text, because text crosses from Python to the page without a copy that somebody must free.
"""

import json
import linecache
import traceback
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from io import StringIO

import numpy as np

from segbook import exercises

FILE = "<your answer>"
MOST = 20_000  # printed characters that the page shows

ONLY_NUMPY = "The page has Python and NumPy. An answer that needs another package runs in Colab or on your computer."


def run(id: str, source: str) -> str:
    """Execute an answer and check it; never raises.

    Args:
        id: The exercise, such as "6.3".
        source: What stands in the editor: the function and whatever else the learner wrote.

    Returns:
        JSON: `html`, what `check` says; `printed`; `error`, a traceback that begins in the learner's own lines;
        `note`, a sentence on it; `line` and `column` of a syntax error, from 1; `full`, whether all points are earned.
    """
    said = {"html": "", "printed": "", "error": "", "note": "", "line": 0, "column": 0, "full": False}
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    printed, raised = _Printed(), None
    with redirect_stdout(printed), redirect_stderr(printed):
        try:
            answer = _function(exercises.get(id).name, source)
        except BaseException as error:  # exit() must not end the page's Python
            raised = error
        else:
            feedback = exercises.check(id, answer)
            said |= {"html": feedback._repr_html_(), "full": {mark for mark, *_ in feedback.marks} == {"✓"}}
            if callable(answer) and not said["full"]:
                with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                    raised = _raised(id, answer)
    if isinstance(raised, SyntaxError) and raised.filename == FILE:
        said |= {"line": raised.lineno or 0, "column": raised.offset or 0}
    if raised is not None:
        said |= {"error": _traceback(raised), "note": ONLY_NUMPY if isinstance(raised, ImportError) else ""}
    return json.dumps(said | {"printed": printed.text()})


def _function(name: str, source: str):
    """Execute the source as the notebook does, after its first cell; give back the function of the exercise's name."""
    offered = {one: getattr(exercises, one) for one in ("check", "hint", "progress", "solution")}
    namespace = {"__name__": "__main__", "np": np, **offered}
    exec(compile(source, FILE, "exec"), namespace)
    if name not in namespace:
        raise NameError(f"your code defines no {name}; keep the name of the function, for by it your answer is found")
    return namespace[name]


def _raised(id: str, answer) -> BaseException | None:
    """Call the answer once more on the case that `check` shows, if it raised there, and catch the error itself."""
    verdict = exercises.judge(exercises.get(id), answer, exercises.SEED)
    failure = next((result.failure for result in verdict.results if result.failure), None)
    if failure is None or not failure.outcome.error:
        return None
    try:
        answer(*deepcopy(failure.case.args), **deepcopy(dict(failure.case.options)))
    except BaseException as error:
        return error
    return None


def _traceback(error: BaseException) -> str:
    """Write a traceback without the frames above the learner's own."""
    told = traceback.TracebackException.from_exception(error)
    frames = list(told.stack)
    own = next((n for n, frame in enumerate(frames) if frame.filename == FILE), len(frames))
    told.stack = traceback.StackSummary.from_list(frames[own:])
    return "".join(told.format() if own < len(frames) else told.format_exception_only()).rstrip()[:MOST]


class _Printed(StringIO):
    """Keeps the first characters that are printed, and knows that there were more."""

    def __init__(self) -> None:
        super().__init__()
        self.more = False

    def write(self, text: str) -> int:
        room = MOST - self.tell()
        self.more |= len(text) > room
        super().write(text[: max(room, 0)])
        return len(text)

    def text(self) -> str:
        return self.getvalue() + ("\n… (the page shows no more)" if self.more else "")
