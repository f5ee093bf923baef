"""Graded exercises: write a function, `check` it, read what to do next.

>>> from segbook.exercises import check, solution
>>> def conv_transpose_output_size(input_size, kernel_size, *, stride, padding, dilation):
...     return (input_size - 1) * stride - 2 * padding + kernel_size
>>> check("6.3", conv_transpose_output_size).heading
'6.3 Output size: 3 of 4 points'

A chapter's exercises live in the folder `chapterNN` beside this file, a module each.
"""

import pkgutil
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any, TypeGuard

from segbook.exercises.declaration import LEVELS, Case, Exercise, Misconception, exercises_in
from segbook.exercises.feedback import Feedback, Solution, explain
from segbook.exercises.judging import GroupResult, Outcome, Verdict, judge, judge_outcomes
from segbook.exercises.session import Progress, Session, progress_of
from segbook.exercises.source import definition

__all__ = [
    "LEVELS",
    "Case",
    "Exercise",
    "Feedback",
    "GroupResult",
    "Misconception",
    "Outcome",
    "Progress",
    "Solution",
    "Verdict",
    "catalogue",
    "check",
    "exercises_in",
    "explain",
    "get",
    "hint",
    "judge",
    "judge_outcomes",
    "progress",
    "solution",
]

SEED = 2016  # one seed for everybody: the same answer gets the same words, in every run of a notebook
_SESSION = Session()


def check(id: Any, answer: Any) -> Feedback:
    """Try an answer on the cases of an exercise and say what to do next; never raises.

    Args:
        id: The exercise, such as "6.3".
        answer: Your function.

    Returns:
        Points, the smallest case that fails, a hint if the mistake is a known one, the number of the attempt and the
        chapter's points so far.
    """
    if callable(id) and type(answer) is str:
        return Feedback("Not checked", message="The number comes first: check(number, function).")
    if not _is_known(id):
        return _unknown(id)
    exercise = get(id)
    if not callable(answer):
        return Feedback(
            heading=f"{id} {exercise.title}: not checked",
            message=f"The second argument is not a function. Hand over {exercise.name} itself, without calling it: "
            f'check("{id}", {exercise.name}).',
        )
    verdict = judge(exercise, answer, SEED)
    if not verdict.started:
        return explain(verdict)
    attempt = _SESSION.note(verdict)
    chapter = id.partition(".")[0]
    standing = progress_of(_exercises_of(chapter), _SESSION).total
    return replace(explain(verdict), standing=f"Attempt {attempt}. Chapter {chapter}: {standing}")


def hint(id: Any, step: Any = None) -> Feedback:
    """Give the next hint of an exercise, from a nudge to nearly the answer; never raises.

    Args:
        id: The exercise, such as "6.3".
        step: Which hint, from 1; the one after the last that you read, if None.
    """
    if not _is_known(id):
        return _unknown(id)
    exercise, record = get(id), _SESSION[get(id)]
    last = len(exercise.hints)
    number = min(record.hints + 1, last) if step is None else step
    if type(number) is not int or not 1 <= number <= last:
        return Feedback(f"{id} {exercise.title}", message=f"There are hints 1 to {last}; ask for one of them.")
    record.hints = max(record.hints, number)
    after = f'hint("{id}") again gives the next one.' if number < last else f'What is left is solution("{id}").'
    return Feedback(f"{id} {exercise.title}: hint {number} of {last}", message=exercise.hints[number - 1], note=after)


def progress(chapter: Any = None) -> Progress | Feedback:
    """Show points and attempts since the notebook started.

    Args:
        chapter: Its number; all chapters, if None.
    """
    exercises = [*catalogue().values()] if chapter is None else _exercises_of(str(chapter))
    if not exercises:
        known = ", ".join(dict.fromkeys(id.partition(".")[0] for id in catalogue()))
        return Feedback("No progress", message=f"There is no such chapter; the chapters with exercises are {known}.")
    return progress_of(exercises, _SESSION)


def solution(id: Any) -> Solution | Feedback:
    """Show the source of an exercise's reference solution; an unknown id gets feedback."""
    return Solution(definition(get(id).solution)) if _is_known(id) else _unknown(id)


def get(id: str) -> Exercise:
    """Look an exercise up.

    Raises:
        KeyError: If there is none of that id.
    """
    return catalogue()[id]


@cache
def catalogue() -> dict[str, Exercise]:
    """Load the exercises of all chapters, in order, by id."""
    found: dict[str, Exercise] = {}
    for info in pkgutil.walk_packages(__path__, f"{__name__}."):
        for exercise in exercises_in(import_module(info.name)) if ".chapter" in info.name else []:
            if exercise.id in found:
                raise ValueError(f"exercise {exercise.id} is declared twice; the second time in {info.name}")
            found[exercise.id] = exercise
    return {id: found[id] for id in sorted(found, key=lambda id: [int(part) for part in id.split(".")])}


def _exercises_of(chapter: str) -> list[Exercise]:
    return [exercise for id, exercise in catalogue().items() if id.partition(".")[0] == chapter]


def _is_known(id: Any) -> TypeGuard[str]:
    return type(id) is str and id in catalogue()


def _unknown(id: Any) -> Feedback:
    known = [f'"{known}"' for known in catalogue()]
    near = [f'"{one.id}"' for one in _exercises_of(id.partition(".")[0])] if type(id) is str else []
    which = ", ".join(near) or f"{known[0]} to {known[-1]}"
    asked = f"exercise {id[:20]!r}" if type(id) is str else f"exercise of type {type(id).__name__}"
    quotes = f' Write the number in quotes: "{id}".' if type(id) is float and str(id) in catalogue() else ""
    return Feedback("Not checked", message=f"There is no {asked}. The exercises are {which}.{quotes}")
