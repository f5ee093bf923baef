"""What came out for one submission, and the file that keeps it: nothing else knows the JSON of these files.

A result holds no time and no address: the same submission and the same seed give the same bytes.
"""

import json
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from segbook.exercises import Feedback
from segbook.grading.files import slug, write_json
from segbook.grading.status import Status

FORM = 5  # of the files; another number makes old ones be graded again


@dataclass(frozen=True)
class ExerciseResult:
    """What one exercise of a submission earned; its fields are those of the file, in that order.

    Args:
        id: The exercise.
        title: Its title.
        status: How it went.
        reason: What kept it from being graded in full, in words.
        seed: The seed of its cases; None if there was no answer to call.
        earned: Points.
        possible: Points that a right answer earns.
        started: Whether the answer is more than the stub.
        groups: Points earned and possible of each group of cases.
        misconception: The name of the one that was recognised.
        always: What happened in every case, if that is the same error, or None came back.
        feedback: What the student reads.
    """

    id: str
    title: str
    status: Status
    reason: str
    seed: int | None
    earned: int
    possible: int
    started: bool
    groups: Mapping[str, tuple[int, int]]
    misconception: str
    always: str
    feedback: Feedback


@dataclass(frozen=True)
class Result:
    """What came out for a submission.

    Args:
        submission: Its name.
        key: What the result depends on: it holds as long as this is the same.
        sandbox: False if the code ran without one.
        status: The worst that happened.
        reason: In words.
        exercises: One for each exercise, by id, in the plan's order.
        errors: Of cells, counted among the code cells, such as "code cell 3: NameError: name 'x' is not defined".
        unchecked: The names of functions that no check received and no other function calls.
    """

    submission: str
    key: str
    sandbox: bool
    status: Status
    reason: str
    exercises: Mapping[str, ExerciseResult]
    errors: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def earned(self) -> int:
        """The points of all exercises."""
        return sum(one.earned for one in self.exercises.values())

    @property
    def possible(self) -> int:
        """The points that right answers earn."""
        return sum(one.possible for one in self.exercises.values())


def save_result(folder: Path, result: Result) -> None:
    """Write a result's file, whole or not at all."""
    write_json(_file(folder, result.submission), to_json(result))


def load_result(folder: Path, submission: str) -> Result | None:
    """Read a submission's result; None if there is none, or it was written by another version.

    Raises:
        ValueError: If its file is damaged or was changed into something else. The message names it.
    """
    path = _file(folder, submission)
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text("utf-8"))
        if stored["form"] != FORM:
            return None
        if stored["submission"] != submission:
            raise ValueError(f"it is that of {stored['submission']}")
        return _from_json(stored)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} is damaged ({type(error).__name__}: {str(error)[:100]})") from None


def to_json(result: Result) -> dict[str, Any]:
    """Write a result in JSON's types."""
    exercises = {id: asdict(one) | {"status": str(one.status)} for id, one in result.exercises.items()}
    return {
        "form": FORM,
        "submission": result.submission,
        "key": result.key,
        "sandbox": result.sandbox,
        "status": str(result.status),
        "reason": result.reason,
        "earned": result.earned,
        "possible": result.possible,
        "exercises": exercises,
        "errors": result.errors,
        "unchecked": result.unchecked,
    }


def _from_json(stored: Any) -> Result:
    _check(bools=[stored["sandbox"]], texts=[stored["key"], stored["reason"], *stored["errors"], *stored["unchecked"]])
    result = Result(
        submission=stored["submission"],
        key=stored["key"],
        sandbox=stored["sandbox"],
        status=Status(stored["status"]),
        reason=stored["reason"],
        exercises={id: _exercise_from_json(one) for id, one in stored["exercises"].items()},
        errors=tuple(stored["errors"]),
        unchecked=tuple(stored["unchecked"]),
    )
    if stored["earned"] != result.earned or stored["possible"] != result.possible:
        raise ValueError(f"{stored['earned']} of {stored['possible']} points, where the exercises have {result.earned}")
    return result


def _exercise_from_json(stored: dict[str, Any]) -> ExerciseResult:
    said = stored["feedback"]
    texts = [stored[name] for name in ("id", "title", "reason", "misconception", "always")]
    texts += [text for name, text in said.items() if name != "marks"] + [
        text for mark in said["marks"] for text in mark
    ]
    points = [number for pair in stored["groups"].values() for number in pair]
    numbers = [stored["earned"], stored["possible"], *points, *([] if stored["seed"] is None else [stored["seed"]])]
    _check(bools=[stored["started"]], texts=texts, numbers=numbers)
    if stored["earned"] != sum(points[::2]) or stored["possible"] != sum(points[1::2]):
        raise ValueError(f"exercise {stored['id']} has {numbers[:2]} points, where its groups have {points}")
    marks = tuple((mark, group, points) for mark, group, points in said["marks"])
    restored = {
        "status": Status(stored["status"]),
        "groups": {group: (earned, possible) for group, (earned, possible) in stored["groups"].items()},
        "feedback": Feedback(**said | {"marks": marks}),
    }
    return ExerciseResult(**stored | restored)


def _check(*, bools: Iterable[object], texts: Iterable[object], numbers: Iterable[object] = ()) -> None:
    """See that what a file holds is of the types that pages and tables count on."""
    for values, kind in ((bools, bool), (texts, str), (numbers, int)):
        for value in values:
            if type(value) is not kind:
                raise TypeError(f"{reprlib.repr(value)} is no {kind.__name__}")


def _file(folder: Path, submission: str) -> Path:
    return folder / f"{slug(submission)}.json"
